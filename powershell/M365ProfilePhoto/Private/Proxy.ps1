# The proxy of the connection: the one that was given, or the system's. The library asks the system for none.

# Adds the proxy to the session's config; gives its password, where it has one.
function Add-Proxy {
    [CmdletBinding()]
    [OutputType([object])]
    param(
        [Parameter(Mandatory)] [Collections.IDictionary] $Config,
        [uri] $Proxy,
        [pscredential] $Credential
    )

    $user = $Credential
    if (-not $Proxy) {
        $system = Get-SystemProxy -Target (Get-ProxyTarget -Config $Config)
        if (-not $system) { return }
        $Proxy = $system.Uri
        if (-not $user) { $user = $system.Credential }
        Write-Verbose "Going through the system's proxy $Proxy."
    }
    $address = [UriBuilder]::new($Proxy)
    if ($user) { $address.UserName = [uri]::EscapeDataString($user.UserName) }
    $Config.proxy = $address.Uri.AbsoluteUri
    if ($user) { $user.Password }
}

# The address for which the system is asked: one proxy serves all hosts, and the identity service comes first.
function Get-ProxyTarget {
    [CmdletBinding()]
    [OutputType([uri])]
    param([Collections.IDictionary] $Config)

    $target = $null
    if ($Config.Contains('environmentFile')) {
        $file = [M365ProfilePhoto.Interop.V1.Files]::Read($Config.environmentFile)
        # What is wrong with the file is the library's to say.
        if (-not $file.Error -and [Text.Encoding]::UTF8.GetString($file.Value) -match '"authority"\s*:\s*"([^"]+)"') { $target = $Matches[1] -as [uri] }
    }
    if ($target -and $target.IsAbsoluteUri) { $target } else { [uri] 'https://login.microsoftonline.com' }
}

# The system's proxy for an address, as .NET knows it: the settings of Windows with their scripts and exceptions, and in PowerShell 7
# the variables HTTPS_PROXY and NO_PROXY.
function Get-SystemProxy {
    [CmdletBinding()]
    [OutputType([object])]
    param([uri] $Target)

    $proxies = if ($PSVersionTable.PSEdition -eq 'Desktop') { [Net.WebRequest]::GetSystemWebProxy() } else { [Net.Http.HttpClient]::DefaultProxy }
    if ($Target.IsLoopback -or $proxies.IsBypassed($Target)) { return }
    $found = $proxies.GetProxy($Target)
    if (-not $found -or $found -eq $Target) { return }
    $user = if ($proxies.Credentials) { $proxies.Credentials.GetCredential($found, 'Basic') }
    $credential = if ($user -and $user.UserName -and $user.Password) { [pscredential]::new($user.UserName, $user.SecurePassword) }
    # A variable may hold user and password; an address is shown, so it must not.
    $address = [UriBuilder]::new($found)
    $address.UserName = ''
    $address.Password = ''
    [pscustomobject] @{ Uri = $address.Uri; Credential = $credential }
}
