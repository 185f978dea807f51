function Sync-UserProfilePhoto {
    <#
    .SYNOPSIS
    Makes SharePoint Online show the photos that Exchange Online holds.

    .DESCRIPTION
    Compares each person's photo on both sides and, where SharePoint shows no photo, an older one or a broken one, puts the three
    thumbnails where SharePoint keeps them, sets the profile's properties, and checks that it took. Nobody has to open a browser.
    People whose photo is in order are not written to, so the command can be run as often as you like. Nobody's photo is ever
    removed, and an error is never taken for "no photo".

    With -All, one object is written for each person who was updated or failed; people named by -Identity or by pipeline get one
    object each. A person who fails is reported as an error, too, and the others go on. A summary goes to the information stream
    (-InformationAction Continue shows it); Get-UserProfilePhotoRun has it as an object.

    -WhatIf shows the true plan: everything is read and decided as in a real run, and nothing is written. -Confirm decides first
    and then asks about each person whose photo would be updated.

    Ctrl+C stops cleanly: nobody new is begun, and people whose pictures are half written are finished first.

    .PARAMETER Identity
    People, by user principal name or object id. Takes objects with a property UserPrincipalName, UPN or Id from the pipeline, such as
    those of Get-MgUser, Get-EXOMailbox and Import-Csv.

    .PARAMETER All
    Everybody in the directory, narrowed by -Filter, -GroupId, -UserType and -IncludeDisabled.

    .PARAMETER Filter
    An OData filter over users, as Microsoft Graph takes it.

    .PARAMETER GroupId
    The object id of a group: its members.

    .PARAMETER UserType
    Member (the default), Guest or All.

    .PARAMETER IncludeDisabled
    Also people whose account is disabled.

    .PARAMETER IncludeUnchanged
    One object for everybody, also for people whose photo is in order.

    .PARAMETER IncludePinned
    Also people whose photo was set by hand in SharePoint, with following Exchange switched off.

    .PARAMETER ExchangeOnlineOnly
    Leaves out people without a mailbox in Exchange Online, whose photo comes from the directory alone.

    .PARAMETER Connection
    The connection, by name or as Get-M365ProfilePhotoContext writes it. Without it: the default connection, or the only one.

    .EXAMPLE
    Sync-UserProfilePhoto -Identity anna@contoso.com

    Makes SharePoint show Anna's photo.

    .EXAMPLE
    Sync-UserProfilePhoto -All -WhatIf

    Shows whose photo would be updated, and why, and writes nothing.

    .EXAMPLE
    Sync-UserProfilePhoto -All -InformationAction Continue

    Brings every member's photo up to date and tells at the end how many there were.

    .EXAMPLE
    Import-Csv ./newcomers.csv | Sync-UserProfilePhoto | Where-Object Result -EQ Failed | Export-Csv ./failed.csv -NoTypeInformation

    Syncs the people of a list that has a column UserPrincipalName, and keeps a list of those that failed.

    .EXAMPLE
    Get-MgGroupMember -GroupId $group -All | Sync-UserProfilePhoto

    Takes people from Microsoft's own cmdlets.

    .EXAMPLE
    $action = New-ScheduledTaskAction -Execute pwsh -Argument '-NoProfile -NonInteractive -File D:\Tasks\Invoke-PhotoSyncTask.ps1'
    Register-ScheduledTask -TaskName 'Profile photos' -Action $action -Trigger (New-ScheduledTaskTrigger -Daily -At 2am)

    Runs the sync every night, with the script Invoke-PhotoSyncTask.ps1 of the examples, whose exit code says how it went.

    .INPUTS
    System.String, or objects with a property UserPrincipalName, UPN or Id.

    .OUTPUTS
    M365ProfilePhoto.SyncResult

    .NOTES
    Results come in the order in which people are finished. People from the pipeline are worked on in batches of 256.

    .LINK
    Compare-UserProfilePhoto

    .LINK
    Get-UserProfilePhotoRun

    .LINK
    about_M365ProfilePhoto
    #>
    [CmdletBinding(DefaultParameterSetName = 'Identity', SupportsShouldProcess, ConfirmImpact = 'Medium')]
    [OutputType('M365ProfilePhoto.SyncResult')]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipeline, ValueFromPipelineByPropertyName, ParameterSetName = 'Identity')]
        [Alias('UserPrincipalName', 'UPN', 'Id')]
        [ValidateNotNullOrEmpty()]
        [string[]] $Identity,

        [Parameter(Mandatory, ParameterSetName = 'All')]
        [switch] $All,

        [Parameter(ParameterSetName = 'All')]
        [ValidateNotNullOrEmpty()]
        [string] $Filter,

        [Parameter(ParameterSetName = 'All')]
        [guid] $GroupId,

        [Parameter(ParameterSetName = 'All')]
        [ValidateSet('Member', 'Guest', 'All')]
        [string] $UserType,

        [Parameter(ParameterSetName = 'All')]
        [switch] $IncludeDisabled,

        [Parameter(ParameterSetName = 'All')]
        [switch] $IncludeUnchanged,

        [switch] $IncludePinned,

        [switch] $ExchangeOnlineOnly,

        [object] $Connection
    )

    begin {
        Use-CallerPreference -Cmdlet $PSCmdlet
        $people = [Collections.Generic.List[string]]::new()
        $tally = New-Tally -Activity 'Syncing profile photos' -Endless:$MyInvocation.ExpectingInput
        $work = @{ Cmdlet = $PSCmdlet; Session = (Resolve-Connection -Cmdlet $PSCmdlet -Connection $Connection).Session; Tally = $tally }
        $options = @{}
        if ($IncludePinned) { $options.includePinned = $true }
        if ($ExchangeOnlineOnly) { $options.exchangeOnlineOnly = $true }
    }
    process {
        if ($All) { return }
        $people.AddRange([string[]] @(Select-Identity -Identity $Identity -InputObject $_))
        if ($people.Count -lt $script:BatchSize) { return }
        Invoke-SyncAsPreferred @work -Request ($options + @{ identities = $people.ToArray() })
        $people.Clear()
    }
    end {
        if ($All) { Invoke-SyncAsPreferred @work -Request ($options + (New-EverybodyRequest -Bound $PSBoundParameters)) }
        elseif ($people.Count -gt 0) { Invoke-SyncAsPreferred @work -Request ($options + @{ identities = $people.ToArray() }) }
        Write-Summary -Tally $tally -Operation Sync
    }
}
