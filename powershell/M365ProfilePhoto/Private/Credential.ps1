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
    if ($Bound.ContainsKey('Proxy') -and $Bound.ContainsKey('ProxyCredential')) {
        $address = [UriBuilder]::new($Bound.Proxy)
        $address.UserName = [uri]::EscapeDataString($Bound.ProxyCredential.UserName)
        $config.proxy = $address.Uri.AbsoluteUri
    }
    $config
}

function Set-SessionCertificate {
    [CmdletBinding()]
    [OutputType([void])]
    param(
        [Parameter(Mandatory)] [Management.Automation.PSCmdlet] $Cmdlet,
        [Parameter(Mandatory)] [object] $Session,
        [Parameter(Mandatory)] [string] $Path,
        [securestring] $Password
    )

    $file = [M365ProfilePhoto.Interop.V1.Files]::Read($Path)
    if ($file.Error) {
        $Cmdlet.ThrowTerminatingError((New-PhotoError -Name FileAccess -Message "The certificate file cannot be read: $($file.Error)" `
                    -Advice 'Check the path and the rights on it.' -Target $Path))
    }
    $bytes = $file.Value
    $secret = $null
    try {
        if ($Password) { $secret = [M365ProfilePhoto.Interop.V1.Api]::Reveal($Password) }
        $reply = [M365ProfilePhoto.Interop.V1.Api]::SetCredential($Session, [M365ProfilePhoto.Interop.V1.Api]::Certificate, $bytes, $secret)
    }
    finally {
        [Array]::Clear($bytes, 0, $bytes.Length)
        if ($secret) { [Array]::Clear($secret, 0, $secret.Length) }
    }
    [void] (Read-Reply -Cmdlet $Cmdlet -Reply $reply)
}

function Set-SessionSecret {
    [CmdletBinding()]
    [OutputType([void])]
    param(
        [Parameter(Mandatory)] [Management.Automation.PSCmdlet] $Cmdlet,
        [Parameter(Mandatory)] [object] $Session,
        [Parameter(Mandatory)] [ValidateSet('ClientSecret', 'ProxyPassword')] [string] $Kind,
        [Parameter(Mandatory)] [securestring] $Secret
    )

    $bytes = [M365ProfilePhoto.Interop.V1.Api]::Reveal($Secret)
    try { $reply = [M365ProfilePhoto.Interop.V1.Api]::SetCredential($Session, [M365ProfilePhoto.Interop.V1.Api]::$Kind, $bytes, $null) }
    finally { [Array]::Clear($bytes, 0, $bytes.Length) }
    [void] (Read-Reply -Cmdlet $Cmdlet -Reply $reply)
}
