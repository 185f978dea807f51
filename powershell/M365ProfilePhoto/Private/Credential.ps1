# A session's config and credential. Secrets go from a secure string to bytes to the library, and the bytes are cleared.

# The config of m365photo_session_new (docs/abi.md), from the parameters that were given.
function New-SessionConfig {
    [CmdletBinding()]
    [OutputType([Collections.IDictionary])]
    param([Parameter(Mandatory)] [Collections.IDictionary] $Bound)

    $config = @{}
    $texts = @{ TenantId = 'tenantId'; ClientId = 'clientId'; Environment = 'environment'; SharePointUrl = 'sharePointUrl'; Proxy = 'proxy' }
    foreach ($name in $texts.Keys) { if ($Bound.ContainsKey($name)) { $config[$texts[$name]] = [string] $Bound[$name] } }
    if ($Bound.ContainsKey('TimeoutSeconds')) { $config.timeoutSeconds = $Bound.TimeoutSeconds }
    if ($Bound.ContainsKey('ClientSecretCredential') -and -not $Bound.ContainsKey('ClientId')) { $config.clientId = $Bound.ClientSecretCredential.UserName }
    $config
}

function Set-SessionCertificate {
    [CmdletBinding()]
    [OutputType([void])]
    param(
        [Parameter(Mandatory)] [object] $Session,
        [Parameter(Mandatory)] [string] $Path,
        [securestring] $Password
    )

    $bytes = $null
    $secret = $null
    try {
        try { $bytes = [IO.File]::ReadAllBytes($Path) }
        catch {
            throw New-PhotoError -Name FileAccess -Message "The certificate file cannot be read: $($_.Exception.GetBaseException().Message)" `
                -Advice 'Check the path and the rights on it.' -Target $Path
        }
        if ($Password) { $secret = [M365ProfilePhoto.Interop.V1.Api]::Reveal($Password) }
        Invoke-Native { [M365ProfilePhoto.Interop.V1.Api]::SetCredential($Session, [M365ProfilePhoto.Interop.V1.Api]::Certificate, $bytes, $secret) }
    }
    finally {
        if ($bytes) { [Array]::Clear($bytes, 0, $bytes.Length) }
        if ($secret) { [Array]::Clear($secret, 0, $secret.Length) }
    }
}

function Set-SessionSecret {
    [CmdletBinding()]
    [OutputType([void])]
    param(
        [Parameter(Mandatory)] [object] $Session,
        [Parameter(Mandatory)] [securestring] $Secret
    )

    $bytes = [M365ProfilePhoto.Interop.V1.Api]::Reveal($Secret)
    try { Invoke-Native { [M365ProfilePhoto.Interop.V1.Api]::SetCredential($Session, [M365ProfilePhoto.Interop.V1.Api]::ClientSecret, $bytes, $null) } }
    finally { [Array]::Clear($bytes, 0, $bytes.Length) }
}
