# A session's config and credential. Secrets go from a secure string to bytes to the library, and the bytes are cleared.

# The config of m365photo_session_new (docs/abi.md), from the parameters that were given. SignIn.ps1 adds what the way of signing in needs.
function New-SessionConfig {
    [CmdletBinding()]
    [OutputType([Collections.IDictionary])]
    param(
        [Parameter(Mandatory)] [Management.Automation.PSCmdlet] $Cmdlet,
        [Parameter(Mandatory)] [Collections.IDictionary] $Bound
    )

    $config = @{}
    $texts = @{
        TenantId = 'tenantId'; ClientId = 'clientId'; Environment = 'environment'
        SharePointUrl = 'sharePointUrl'; SharePointMySiteUrl = 'sharePointMySiteUrl'; SharePointAdminUrl = 'sharePointAdminUrl'
    }
    foreach ($name in $texts.Keys) { if ($Bound.ContainsKey($name)) { $config[$texts[$name]] = [string] $Bound[$name] } }
    $paths = @{ EnvironmentFile = 'environmentFile'; StatePath = 'statePath'; FederatedTokenFile = 'federatedTokenFile' }
    foreach ($name in $paths.Keys) { if ($Bound.ContainsKey($name)) { $config[$paths[$name]] = $Cmdlet.GetUnresolvedProviderPathFromPSPath($Bound[$name]) } }
    if ($Bound.ContainsKey('TimeoutSeconds')) { $config.timeoutSeconds = $Bound.TimeoutSeconds }
    if ($Bound.ContainsKey('LicenseCount')) { $config.licenseCount = $Bound.LicenseCount }
    $config
}

# The bytes of a certificate file; the caller disposes of them.
function Read-CertificateFile {
    [CmdletBinding()]
    [OutputType([object])]
    param(
        [Parameter(Mandatory)] [Management.Automation.PSCmdlet] $Cmdlet,
        [Parameter(Mandatory)] [string] $Path
    )

    $full = $Cmdlet.GetUnresolvedProviderPathFromPSPath($Path)
    $file = [M365ProfilePhoto.Interop.V1.SecretBytes]::OfFile($full)
    if ($file.Error) {
        $Cmdlet.ThrowTerminatingError((New-PhotoError -Name FileAccess -Message "The certificate file cannot be read: $($file.Error)" `
                    -Advice 'Check the path and the rights on it.' -Target $full))
    }
    $file.Value
}

# The bytes of a secret, which may be a secure string, text or bytes already; the caller disposes of them.
function ConvertTo-SecretByte {
    [CmdletBinding()]
    [OutputType([object])]
    param([object] $Secret)

    if ($Secret -is [M365ProfilePhoto.Interop.V1.SecretBytes]) { return $Secret }
    if ($Secret -is [securestring]) { return [M365ProfilePhoto.Interop.V1.SecretBytes]::OfSecureString($Secret) }
    [M365ProfilePhoto.Interop.V1.SecretBytes]::OfText($Secret)
}

# Gives the session a secret, and its password where it has one, and disposes of their bytes.
function Set-SessionSecret {
    [CmdletBinding()]
    [OutputType([void])]
    param(
        [Parameter(Mandatory)] [Management.Automation.PSCmdlet] $Cmdlet,
        [Parameter(Mandatory)] [object] $Session,
        [Parameter(Mandatory)] [ValidateSet('Certificate', 'ClientSecret', 'AccessToken', 'RequestToken', 'ProxyPassword')] [string] $Kind,
        [Parameter(Mandatory)] [object] $Secret,
        [object] $Password
    )

    $bytes = $null
    $opener = $null
    try {
        $bytes = ConvertTo-SecretByte -Secret $Secret
        if ($Password) { $opener = ConvertTo-SecretByte -Secret $Password }
        $reply = [M365ProfilePhoto.Interop.V1.Api]::SetCredential($Session, [M365ProfilePhoto.Interop.V1.Api]::$Kind, $bytes, $opener)
    }
    finally { foreach ($used in $bytes, $opener) { if ($used) { $used.Dispose() } } }
    [void] (Read-Reply -Cmdlet $Cmdlet -Reply $reply)
}

# Gives the session a certificate whose private key stays where it is; .NET signs with it.
function Set-SessionCertificate {
    [CmdletBinding()]
    [OutputType([void])]
    param(
        [Parameter(Mandatory)] [Management.Automation.PSCmdlet] $Cmdlet,
        [Parameter(Mandatory)] [object] $Session,
        [Parameter(Mandatory)] [object] $Certificate
    )

    $signer = [M365ProfilePhoto.Interop.V1.Certificates]::SignerOf($Certificate)
    if ($signer.Error) {
        $Cmdlet.ThrowTerminatingError((New-PhotoError -Name CertificateUnusable -Target $Certificate.Thumbprint `
                    -Message "The private key of $($Certificate.Subject) ($($Certificate.Thumbprint)) cannot be used: $($signer.Error)" `
                    -Advice 'Import the certificate together with its private key, and give the account that runs this the right to read the key (certlm.msc, All Tasks, Manage Private Keys).'))
    }
    $kind = [M365ProfilePhoto.Interop.V1.Api]::CertificateOfCaller
    $public = [M365ProfilePhoto.Interop.V1.SecretBytes]::OfBytes($Certificate.RawData)
    $reply = [M365ProfilePhoto.Interop.V1.Api]::SetCredential($Session, $kind, $public, $null)
    $public.Dispose()
    [void] (Read-Reply -Cmdlet $Cmdlet -Reply $reply)
    $Session.Signer = $signer.Value
}

# The certificate of a store by its thumbprint, which people copy with blanks and with a mark that nobody sees.
function Find-StoreCertificate {
    [CmdletBinding()]
    [OutputType([object])]
    param(
        [Parameter(Mandatory)] [Management.Automation.PSCmdlet] $Cmdlet,
        [Parameter(Mandatory)] [string] $Thumbprint
    )

    $digits = $Thumbprint -replace '[^0-9A-Fa-f]'
    $found = [M365ProfilePhoto.Interop.V1.Certificates]::Find($digits)
    if ($found.Error) {
        $Cmdlet.ThrowTerminatingError((New-PhotoError -Name CertificateUnusable -Target $digits `
                    -Message "There is no certificate with the thumbprint $digits. $($found.Error)" `
                    -Advice 'List those that are there: Get-ChildItem Cert:\CurrentUser\My, Cert:\LocalMachine\My. A task sees the store of the account that it runs as.'))
    }
    $found.Value
}
