# The folder of a state file. Elsewhere the library makes it for its owner alone; on Windows a new folder has the rights of the one above,
# which often lets everybody read.

# Makes the folder where it is missing, for this account, the administrators and the system. What is there keeps its rights.
function Initialize-StateFolder {
    [CmdletBinding()]
    [OutputType([void])]
    param([Parameter(Mandatory)] [string] $StatePath)

    $folder = [IO.Path]::GetDirectoryName($StatePath)
    if ([IO.Path]::DirectorySeparatorChar -ne '\' -or -not $folder -or [IO.Directory]::Exists($folder)) { return }
    $security = [Security.AccessControl.DirectorySecurity]::new()
    $security.SetAccessRuleProtection($true, $false)
    foreach ($account in [Security.Principal.WindowsIdentity]::GetCurrent().User.Value, 'S-1-5-18', 'S-1-5-32-544') {
        $security.AddAccessRule([Security.AccessControl.FileSystemAccessRule]::new(
                [Security.Principal.SecurityIdentifier]::new($account), 'FullControl', 'ContainerInherit, ObjectInherit', 'None', 'Allow'))
    }
    try {
        if ($PSVersionTable.PSEdition -eq 'Desktop') { [void] [IO.Directory]::CreateDirectory($folder, $security) }
        else { [void] [IO.FileSystemAclExtensions]::CreateDirectory($security, $folder) }
    }
    catch {
        # A run says it with the file's name when it cannot make the folder either.
        Write-Verbose "The folder '$folder' cannot be made: $($_.Exception.Message)"
    }
}
