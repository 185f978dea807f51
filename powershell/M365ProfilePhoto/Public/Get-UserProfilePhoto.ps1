function Get-UserProfilePhoto {
    <#
    .SYNOPSIS
    Gets the photo of people: what Exchange Online holds, and what SharePoint Online shows.

    .DESCRIPTION
    Writes two objects for each person, one for each side: Source (the photo in Exchange Online, or in the directory for people without
    a mailbox there) and Shown (the picture in SharePoint). Saves the pictures to files with -OutFile or -Destination.

    .PARAMETER Identity
    People, by user principal name or object id. Takes objects with a property UserPrincipalName, UPN or Id from the pipeline, such as
    those of Get-MgUser, Get-EXOMailbox and Import-Csv.

    .PARAMETER Side
    Source, Shown or Both. Both without it; with -OutFile, Source.

    .PARAMETER OutFile
    The file to save the picture of one person to. An existing file is overwritten.

    .PARAMETER Destination
    The folder to save pictures to, as <user principal name>.source.jpg and <user principal name>.shown.jpg. It is made where it is
    missing.

    .PARAMETER IncludeBytes
    Puts the picture itself into the property Bytes.

    .PARAMETER Connection
    The connection, by name or as Get-M365ProfilePhotoContext writes it. Without it: the default connection, or the only one.

    .EXAMPLE
    Get-UserProfilePhoto -Identity anna@contoso.com

    Shows what each side holds of Anna.

    .EXAMPLE
    Get-UserProfilePhoto -Identity anna@contoso.com -OutFile ./anna.jpg

    Saves Anna's photo from Exchange Online.

    .EXAMPLE
    Compare-UserProfilePhoto -All -State Stale | Get-UserProfilePhoto -Destination ./stale

    Saves both pictures of everybody whose picture in SharePoint is out of date, to look at them side by side.

    .EXAMPLE
    (Get-UserProfilePhoto -Identity anna@contoso.com -Side Source -IncludeBytes).Bytes.Length

    Takes the picture as bytes, for scripts that hand it on.

    .INPUTS
    System.String, or objects with a property UserPrincipalName, UPN or Id.

    .OUTPUTS
    M365ProfilePhoto.Photo

    .NOTES
    Exchange Online has a cmdlet Get-UserPhoto of its own, which this one does not hide.

    .LINK
    Compare-UserProfilePhoto

    .LINK
    about_M365ProfilePhoto
    #>
    [CmdletBinding(DefaultParameterSetName = 'Object')]
    [OutputType('M365ProfilePhoto.Photo')]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipeline, ValueFromPipelineByPropertyName)]
        [Alias('UserPrincipalName', 'UPN', 'Id')]
        [ValidateNotNullOrEmpty()]
        [string[]] $Identity,

        [ValidateSet('Both', 'Source', 'Shown')]
        [string] $Side = 'Both',

        [Parameter(Mandatory, ParameterSetName = 'File')]
        [ValidateNotNullOrEmpty()]
        [string] $OutFile,

        [Parameter(Mandatory, ParameterSetName = 'Folder')]
        [ValidateNotNullOrEmpty()]
        [string] $Destination,

        [switch] $IncludeBytes,

        [object] $Connection
    )

    begin {
        Use-CallerPreference -Cmdlet $PSCmdlet
        $people = [Collections.Generic.List[string]]::new()
        $tally = New-Tally -Activity 'Fetching profile photos' -Endless:$MyInvocation.ExpectingInput
        $work = @{
            Cmdlet  = $PSCmdlet
            Session = (Resolve-Connection -Cmdlet $PSCmdlet -Connection $Connection).Session
            Tally   = $tally
            Side    = if ($OutFile -and -not $PSBoundParameters.ContainsKey('Side')) { 'Source' } else { $Side }
            Bytes   = [bool] $IncludeBytes
        }
        if ($OutFile) { $work.File = $PSCmdlet.GetUnresolvedProviderPathFromPSPath($OutFile) }
        if ($Destination) { $work.Folder = $PSCmdlet.GetUnresolvedProviderPathFromPSPath($Destination) }
    }
    process {
        $people.AddRange([string[]] @(Select-Identity -Identity $Identity -InputObject $_))
        if ($OutFile) { Assert-OneFile -Cmdlet $PSCmdlet -People $people.Count -Side $work.Side }
        if ($people.Count -lt $script:BatchSize) { return }
        Invoke-Fetch @work -Identity $people
        $people.Clear()
    }
    end {
        if ($people.Count -gt 0) { Invoke-Fetch @work -Identity $people }
        Write-Summary -Tally $tally -Operation Fetch
    }
}
