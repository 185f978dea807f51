<#
.SYNOPSIS
Registers the app that M365ProfilePhoto signs in as: least rights, and a certificate of its own.

.DESCRIPTION
Makes a certificate whose private key only you can read, registers an app of this directory with it, asks for the application
permissions of docs/permissions.md, and grants them (admin consent). Writes what Connect-M365ProfilePhoto needs.

Needs the module Microsoft.Graph.Authentication and a sign-in of an administrator who may grant rights to apps (Privileged Role Administrator):

    Connect-MgGraph -Scopes Application.ReadWrite.All, AppRoleAssignment.ReadWrite.All

-WhatIf shows what would be made. Nothing of what is there already is changed: with an app of the same name the script stops.

.PARAMETER Name
The name of the app.

.PARAMETER CertificatePath
Where the certificate with its key goes, a PFX file that only you can read.

.PARAMETER CertificatePassword
The password of that file.

.PARAMETER Months
How long the certificate is valid.

.PARAMETER IncludeGroups
Also the right to list the members of groups, for -GroupId.

.EXAMPLE
Connect-MgGraph -Scopes Application.ReadWrite.All, AppRoleAssignment.ReadWrite.All
$app = ./New-PhotoSyncApp.ps1 -CertificatePath ./photo-sync.pfx -CertificatePassword (Read-Host -AsSecureString)
Connect-M365ProfilePhoto @app -CertificatePassword (Read-Host -AsSecureString) -SharePointUrl https://contoso.sharepoint.com
Test-UserProfilePhotoAccess

.NOTES
Never run against a live tenant by us; tests/powershell/Examples.Tests.ps1 runs it against a directory of its own. For clouds other than the public
one, Connect-MgGraph -Environment chooses the cloud.
#>
[CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'High')]
param(
    [string] $Name = 'Profile photo sync',
    [Parameter(Mandatory)] [string] $CertificatePath,
    [Parameter(Mandatory)] [securestring] $CertificatePassword,
    [ValidateRange(1, 24)] [int] $Months = 12,
    [switch] $IncludeGroups
)

$ErrorActionPreference = 'Stop'

# The rights, by the app id of the API that gives them.
$rights = [ordered] @{
    '00000003-0000-0000-c000-000000000000' = @('User.Read.All', 'ProfilePhoto.Read.All') + @(if ($IncludeGroups) { 'GroupMember.Read.All' })
    '00000003-0000-0ff1-ce00-000000000000' = @('Sites.FullControl.All', 'User.ReadWrite.All')
}

function Invoke-Graph {
    param([string] $Method, [string] $Path, [object] $Body)

    $request = @{ Method = $Method; Uri = "v1.0/$Path"; OutputType = 'PSObject' }
    if ($Body) { $request += @{ Body = (ConvertTo-Json -InputObject $Body -Depth 6); ContentType = 'application/json' } }
    Invoke-MgGraphRequest @request
}

# A certificate for signing, with a key that was made for it alone.
function Get-SigningCertificate {
    param([string] $Subject, [DateTimeOffset] $Until)

    # In Windows PowerShell RSA.Create() gives a key of the old providers.
    $key = if ($PSVersionTable.PSEdition -eq 'Desktop') { [Security.Cryptography.RSACng]::new(3072) } else { [Security.Cryptography.RSA]::Create(3072) }
    $request = [Security.Cryptography.X509Certificates.CertificateRequest]::new(
        "CN=$Subject", $key, [Security.Cryptography.HashAlgorithmName]::SHA256, [Security.Cryptography.RSASignaturePadding]::Pkcs1)
    $usage = [Security.Cryptography.X509Certificates.X509KeyUsageExtension]::new('DigitalSignature', $true)
    $request.CertificateExtensions.Add($usage)
    $request.CreateSelfSigned([DateTimeOffset]::UtcNow.AddMinutes(-5), $Until)
}

# Writes a file that only its owner can read, from its first byte on. It must not be there yet.
function Write-PrivateFile {
    param([string] $Path, [byte[]] $Bytes)

    [IO.FileStream]::new($Path, 'CreateNew', 'Write').Dispose()
    if ([IO.Path]::DirectorySeparatorChar -eq '/') { chmod 600 -- $Path; if ($LASTEXITCODE) { throw "The rights on $Path cannot be set." } }
    else {
        $owner = [Security.Principal.WindowsIdentity]::GetCurrent().User
        $acl = [Security.AccessControl.FileSecurity]::new()
        $acl.SetAccessRuleProtection($true, $false)
        $acl.AddAccessRule([Security.AccessControl.FileSystemAccessRule]::new($owner, 'FullControl', 'Allow'))
        Set-Acl -LiteralPath $Path -AclObject $acl
    }
    [IO.File]::WriteAllBytes($Path, $Bytes)
}

if (-not (Get-Command -Name Invoke-MgGraphRequest -ErrorAction Ignore)) {
    throw 'This needs Microsoft.Graph.Authentication: Install-Module Microsoft.Graph.Authentication, then Connect-MgGraph.'
}
$path = $PSCmdlet.GetUnresolvedProviderPathFromPSPath($CertificatePath)
if (Test-Path -LiteralPath $path) { throw "$path is there already; choose another -CertificatePath." }
$filter = [uri]::EscapeDataString("displayName eq '$($Name.Replace("'", "''"))'")
if ((Invoke-Graph -Method GET -Path "applications?`$filter=$filter").value) { throw "There is an app named '$Name' already; choose another -Name." }

$resources = foreach ($api in $rights.Keys) {
    $principal = (Invoke-Graph -Method GET -Path "servicePrincipals?`$filter=$([uri]::EscapeDataString("appId eq '$api'"))").value | Select-Object -First 1
    foreach ($right in $rights[$api]) {
        $role = $principal.appRoles | Where-Object { $_.value -eq $right -and $_.allowedMemberTypes -contains 'Application' }
        if (-not $role) { throw "This directory knows no application permission $right of $api." }
        [pscustomobject] @{ Api = $api; Principal = $principal.id; Role = $role.id; Right = $right }
    }
}
if (-not $PSCmdlet.ShouldProcess("$Name, with $($resources.Right -join ', ')", 'Register the app, grant its rights')) { return }

$certificate = Get-SigningCertificate -Subject $Name -Until ([DateTimeOffset]::UtcNow.AddMonths($Months))
$bytes = $certificate.Export([Security.Cryptography.X509Certificates.X509ContentType]::Pfx, $CertificatePassword)
try { Write-PrivateFile -Path $path -Bytes $bytes } finally { [Array]::Clear($bytes, 0, $bytes.Length) }

$app = Invoke-Graph -Method POST -Path applications -Body @{
    displayName            = $Name
    signInAudience         = 'AzureADMyOrg'
    keyCredentials         = @(@{
            type = 'AsymmetricX509Cert'; usage = 'Verify'; displayName = "CN=$Name"; key = [Convert]::ToBase64String($certificate.RawData)
        })
    requiredResourceAccess = @($resources | Group-Object -Property Api | ForEach-Object {
            @{ resourceAppId = $_.Name; resourceAccess = @($_.Group | ForEach-Object { @{ id = $_.Role; type = 'Role' } }) }
        })
}
$principal = Invoke-Graph -Method POST -Path servicePrincipals -Body @{ appId = $app.appId }
foreach ($resource in $resources) {
    [void] (Invoke-Graph -Method POST -Path "servicePrincipals/$($principal.id)/appRoleAssignments" -Body @{
            principalId = $principal.id; resourceId = $resource.Principal; appRoleId = $resource.Role
        })
}
$organization = (Invoke-Graph -Method GET -Path 'organization').value | Select-Object -First 1

# What Connect-M365ProfilePhoto takes: @app.
@{ TenantId = $organization.id; ClientId = $app.appId; CertificatePath = $path }
