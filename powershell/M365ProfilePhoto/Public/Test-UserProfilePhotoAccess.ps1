function Test-UserProfilePhotoAccess {
    <#
    .SYNOPSIS
    Says of each thing that the job needs whether it is there, which right is missing, and where it is granted.

    .DESCRIPTION
    Tries, one after the other: tokens for Microsoft Graph and SharePoint, listing people, reading a photo, finding the picture library,
    reading a profile. Writes one object for each, with the result Yes, No or NotTested, the rights that are missing, and the
    place in the admin centre or the command that grants them.

    Nothing is written without -IncludeWrite. Then a test file is uploaded and deleted, and with -Identity a property of that person's
    profile is written and put back; nobody sees either. Without it, the token tells whether the rights for writing are there.

    It works also on a connection that SharePoint refuses.

    .PARAMETER Identity
    The person to try it on, by user principal name or object id. Without it, reading is tried on the first person with a mailbox, and no
    profile is written.

    .PARAMETER GroupId
    The object id of a group, to try also what -GroupId of the other cmdlets needs.

    .PARAMETER IncludeWrite
    Also writes: a test file, which is deleted, and a property of the profile of -Identity, which is put back.

    .PARAMETER Connection
    The connection, by name or as Get-M365ProfilePhotoContext writes it. Without it: the default connection, or the only one.

    .EXAMPLE
    Test-UserProfilePhotoAccess

    Shows what works, without writing anything.

    .EXAMPLE
    Test-UserProfilePhotoAccess -Identity anna@contoso.com -IncludeWrite

    Tries everything, on Anna.

    .EXAMPLE
    Test-UserProfilePhotoAccess | Where-Object Result -EQ No | Format-List -Property Missing, Grant

    Shows only what is missing, and where it is granted.

    .INPUTS
    None.

    .OUTPUTS
    M365ProfilePhoto.AccessCheck

    .LINK
    Connect-M365ProfilePhoto
    #>
    [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'Medium')]
    [OutputType('M365ProfilePhoto.AccessCheck')]
    param(
        [Parameter(Position = 0)]
        [Alias('UserPrincipalName', 'UPN', 'Id')]
        [ValidateNotNullOrEmpty()]
        [string] $Identity,

        [guid] $GroupId,

        [switch] $IncludeWrite,

        [object] $Connection
    )

    Use-CallerPreference -Cmdlet $PSCmdlet
    $session = (Resolve-Connection -Cmdlet $PSCmdlet -Connection $Connection).Session
    $request = @{}
    if ($Identity) { $request.identity = $Identity }
    if ($PSBoundParameters.ContainsKey('GroupId')) { $request.groupId = "$GroupId" }
    if ($IncludeWrite) {
        $what = 'Upload and delete a test file'
        if ($Identity) { $what += ', write and put back a property of the profile' }
        $request.write = $PSCmdlet.ShouldProcess($(if ($Identity) { $Identity } else { 'the picture library' }), $what)
    }
    $job = Start-PhotoJob -Cmdlet $PSCmdlet -Session $session -Operation Check -Request $request
    Receive-JobRecord -Cmdlet $PSCmdlet -Job $job -Tally (New-Tally -Activity 'Testing what the job needs') | ConvertTo-AccessResult
}
