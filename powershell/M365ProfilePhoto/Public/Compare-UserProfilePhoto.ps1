function Compare-UserProfilePhoto {
    <#
    .SYNOPSIS
    Compares the photo that SharePoint Online shows of people with the one that Exchange Online holds, or two picture files.

    .DESCRIPTION
    Tells the state of each person's photo, and the reason, and changes nothing. Pictures are compared by what they show: the same
    photo in another size or compression is the same.

    The states: InSync; Stale (SharePoint shows another picture); NeverSynced (SharePoint has no picture, and never had);
    Placeholder (SharePoint shows its grey head); Broken (the profile names a picture whose files are missing); Pinned (set by hand,
    following Exchange switched off); NoSourcePhoto; NoProfile; Excluded; Unknown (the person could not be compared; an error says why).

    With -All, one object is written for each person whose photo is to be updated or who could not be compared; people named by
    -Identity or by pipeline get one object each. A summary goes to the information stream.

    With -ReferencePath and -DifferencePath it compares picture files in the same way, and needs no connection. Distance is 0 for equal
    pictures and over 1 for different ones; Confidence, 0 to 1, says how far the answer is from that line.

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

    .PARAMETER ExchangeOnlineOnly
    Leaves out people without a mailbox in Exchange Online, whose photo comes from the directory alone.

    .PARAMETER State
    Only people in these states.

    .PARAMETER ReferencePath
    A picture file: JPEG, PNG, GIF, BMP or WebP.

    .PARAMETER DifferencePath
    The picture files to compare with it. Takes wildcards, and files from the pipeline.

    .PARAMETER Connection
    The connection, by name or as Get-M365ProfilePhotoContext writes it. Without it: the default connection, or the only one.

    .EXAMPLE
    Compare-UserProfilePhoto -Identity anna@contoso.com

    Tells whether SharePoint shows Anna's photo, and if not, why.

    .EXAMPLE
    Compare-UserProfilePhoto -All | Group-Object State

    Counts the people whose photo is not in order, by state.

    .EXAMPLE
    Compare-UserProfilePhoto -All -State Stale, Broken | Sync-UserProfilePhoto

    Repairs only those whose photo is out of date or broken.

    .EXAMPLE
    Compare-UserProfilePhoto -All -Filter "department eq 'Sales'" -IncludeUnchanged | Export-Csv ./sales.csv -NoTypeInformation

    A list of everybody in a department, for a spreadsheet.

    .EXAMPLE
    Compare-UserProfilePhoto -ReferencePath ./anna.jpg -DifferencePath ./anna-small.png

    Tells whether two files show the same picture.

    .EXAMPLE
    Get-ChildItem -Path ./photos | Compare-UserProfilePhoto -ReferencePath ./anna.jpg | Where-Object Same

    Finds the files that show one picture, in whatever size and format.

    .INPUTS
    System.String, or objects with a property UserPrincipalName, UPN or Id; with -ReferencePath objects with a property FullName or Path.

    .OUTPUTS
    M365ProfilePhoto.Comparison

    .OUTPUTS
    M365ProfilePhoto.PictureComparison

    .LINK
    Sync-UserProfilePhoto

    .LINK
    ConvertTo-UserProfilePhoto

    .LINK
    about_M365ProfilePhoto
    #>
    [CmdletBinding(DefaultParameterSetName = 'Identity')]
    [OutputType('M365ProfilePhoto.Comparison', ParameterSetName = ('Identity', 'All'))]
    [OutputType('M365ProfilePhoto.PictureComparison', ParameterSetName = 'File')]
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

        [Parameter(ParameterSetName = 'Identity')]
        [Parameter(ParameterSetName = 'All')]
        [switch] $ExchangeOnlineOnly,

        [Parameter(ParameterSetName = 'Identity')]
        [Parameter(ParameterSetName = 'All')]
        [ValidateSet('InSync', 'Stale', 'NeverSynced', 'Placeholder', 'Broken', 'Pinned', 'NoSourcePhoto', 'NoProfile', 'Excluded', 'Unknown')]
        [string[]] $State,

        [Parameter(Mandatory, ParameterSetName = 'File')]
        [ValidateNotNullOrEmpty()]
        [string] $ReferencePath,

        [Parameter(Mandatory, ValueFromPipeline, ValueFromPipelineByPropertyName, ParameterSetName = 'File')]
        [Alias('FullName', 'PSPath', 'Path')]
        [ValidateNotNullOrEmpty()]
        [string[]] $DifferencePath,

        [Parameter(ParameterSetName = 'Identity')]
        [Parameter(ParameterSetName = 'All')]
        [object] $Connection
    )

    begin {
        Use-CallerPreference -Cmdlet $PSCmdlet
        if ($ReferencePath) {
            Initialize-NativeLibrary -Cmdlet $PSCmdlet
            $reference = @{ Cmdlet = $PSCmdlet; ReferencePath = $PSCmdlet.GetUnresolvedProviderPathFromPSPath($ReferencePath) }
            $reference.Reference = Read-ReferencePicture -Cmdlet $PSCmdlet -Path $reference.ReferencePath
            return
        }
        $people = [Collections.Generic.List[string]]::new()
        $tally = New-Tally -Activity 'Comparing profile photos' -Endless:$MyInvocation.ExpectingInput
        $work = @{ Cmdlet = $PSCmdlet; Session = (Resolve-Connection -Cmdlet $PSCmdlet -Connection $Connection).Session; Tally = $tally; State = $State }
        $options = if ($ExchangeOnlineOnly) { @{ exchangeOnlineOnly = $true } } else { @{} }
    }
    process {
        if ($All) { return }
        if ($ReferencePath) {
            foreach ($file in Resolve-PicturePath -Cmdlet $PSCmdlet -Path $DifferencePath) { Compare-PictureFile @reference -DifferencePath $file }
            return
        }
        $people.AddRange([string[]] @(Select-Identity -Identity $Identity -InputObject $_))
        if ($people.Count -lt $script:BatchSize) { return }
        Invoke-Compare @work -Request ($options + @{ identities = $people.ToArray() })
        $people.Clear()
    }
    end {
        if ($ReferencePath) { return }
        if ($All) { Invoke-Compare @work -Request ($options + (New-EverybodyRequest -Bound $PSBoundParameters)) }
        elseif ($people.Count -gt 0) { Invoke-Compare @work -Request ($options + @{ identities = $people.ToArray() }) }
        Write-Summary -Tally $tally -Operation Compare
    }
}
