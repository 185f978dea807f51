function Sync-UserProfilePhoto {
    <#
    .SYNOPSIS
    Makes SharePoint Online show the photos that Exchange Online holds.

    .DESCRIPTION
    Compares each person's photo on both sides and, where SharePoint shows no photo, an older one or a broken one, puts the three
    thumbnails where SharePoint keeps them, sets the profile's properties, and checks that it took. Nobody has to open a browser.
    People whose photo is in order are not written to, so the command can be run as often as you like. Nobody's photo is
    removed unless -RemovalPolicy Remove asks for it, and an error is never taken for "no photo".

    The command keeps to four fifths of what SharePoint allows an app in a tenant of this size, waits when SharePoint asks for it,
    and stops with the error Throttled when the wait is long; the same command goes on where it stopped (with the connection's
    -StatePath, without looking at everybody again).

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

    .PARAMETER RemovalPolicy
    What happens to the picture of a person whose photo is gone at the source. Keep (the default): it stays. Remove: the profile
    names no picture any more; the files stay in the library. Pictures outside the library and those set by hand stay in any case.

    .PARAMETER MaximumRemovals
    So many people may lose their photo in one run; when there are more, the run stops and removes none. Without it: 10 people, or
    one in fifty when that is more. With the connection's -StatePath the same number stops a run, whatever the -RemovalPolicy, when
    more people than that had a photo in the last run and have none now: that is rather an outage of the source.

    .PARAMETER ConflictPolicy
    What happens where the picture was changed in SharePoint since the last run while the photo at the source was not (needs the
    connection's -StatePath). SourceWins (the default): SharePoint follows the source. Keep: the picture stays.

    .PARAMETER Nights
    Looks at each person in one of so many nights instead of every night; new people, and those whom a run left unfinished, at
    once. Needs the connection's -StatePath. For very large tenants.

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
    Sync-UserProfilePhoto -All -RemovalPolicy Remove -WhatIf

    Shows whose picture would go because the photo is gone, besides those that would be updated.

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

        [Parameter(ParameterSetName = 'All')]
        [ValidateRange(1, 31)]
        [int] $Nights,

        [ValidateSet('Keep', 'Remove')]
        [string] $RemovalPolicy,

        [ValidateRange(0, [int]::MaxValue)]
        [int] $MaximumRemovals,

        [ValidateSet('SourceWins', 'Keep')]
        [string] $ConflictPolicy,

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
        if ($RemovalPolicy) { $options.removalPolicy = $RemovalPolicy }
        if ($PSBoundParameters.ContainsKey('MaximumRemovals')) { $options.maximumRemovals = $MaximumRemovals }
        if ($ConflictPolicy) { $options.conflictPolicy = $ConflictPolicy }
        if ($Nights) { $options.nights = $Nights }
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
