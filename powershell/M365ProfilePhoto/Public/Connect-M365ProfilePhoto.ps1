function Connect-M365ProfilePhoto {
    <#
    .SYNOPSIS
    Connects this PowerShell session to a tenant, so that its profile photos can be compared and synchronised.

    .DESCRIPTION
    Signs in to Microsoft Graph and SharePoint Online and finds the library where SharePoint keeps the photos. The connection stays until
    Disconnect-M365ProfilePhoto or the end of the session; without -StatePath nothing is written to disk. Several tenants can be
    connected at once, each with a name of its own (-Name).

    There is a way of signing in for each place: a certificate (file, base64, Windows store, or an object) for servers and scheduled tasks, a managed
    identity for machines in Azure, a federated token for Kubernetes, GitHub and Azure DevOps, a device code for a person, and access tokens
    that a script already has. docs/sign-in.md has an example of each. SharePoint Online refuses apps that sign in with a client secret; such a
    connection is good for what Microsoft Graph knows alone.

    Where SharePoint refuses for want of a right, a warning says so, and Test-UserProfilePhotoAccess says which right is missing and
    where it is granted. docs/permissions.md lists the rights.

    .PARAMETER TenantId
    The directory: its GUID or one of its verified domains, such as contoso.onmicrosoft.com. Managed identities and access tokens need none.

    .PARAMETER ClientId
    The application (client) id of the app registration. Managed identities and access tokens need none.

    .PARAMETER SharePointUrl
    Any address of the tenant's SharePoint, such as https://contoso.sharepoint.com. The other hosts and the cloud follow from it.

    .PARAMETER SharePointMySiteUrl
    The host of personal sites, where it does not follow from -SharePointUrl (multi-geo, names of one's own).

    .PARAMETER SharePointAdminUrl
    The admin host, where it does not follow from -SharePointUrl.

    .PARAMETER Environment
    The cloud: Commercial (also for GCC), USGov (GCC High), USGovDoD or China (21Vianet). Without it, the cloud follows from -SharePointUrl.

    .PARAMETER EnvironmentFile
    A JSON file that names the hosts, the app and its credential, such as the practice tenant writes. With it, the other parameters
    are needed only where they shall differ from the file.

    .PARAMETER CertificatePath
    A PFX or PEM file with the certificate and its private key.

    .PARAMETER CertificateBase64Encoded
    The content of such a file as base64: a secure string, or text such as that of an environment variable.

    .PARAMETER CertificatePassword
    The password of the certificate file, where it has one.

    .PARAMETER CertificateThumbprint
    The thumbprint of a certificate in the store of this user or, after that, of the computer. Its private key need not be exportable: .NET
    signs with it where it is.

    .PARAMETER Certificate
    A certificate with its private key, such as Get-AutomationCertificate gives.

    .PARAMETER ClientSecretCredential
    A credential whose user name is the client id and whose password is the client secret. SharePoint Online refuses it.

    .PARAMETER ManagedIdentity
    Signs in as the identity that Azure gives to this machine: virtual machine, App Service, Functions, Automation, Azure Arc or Cloud Shell.

    .PARAMETER ManagedIdentityClientId
    The client id of a user-assigned identity.

    .PARAMETER ManagedIdentityObjectId
    The object id of a user-assigned identity.

    .PARAMETER ManagedIdentityResourceId
    The resource id of a user-assigned identity.

    .PARAMETER FederatedTokenFile
    A file with a token that the app registration trusts, such as Kubernetes writes. It is read anew for each sign-in.

    .PARAMETER FederatedIdentity
    Signs in with the token of the pipeline that this runs in: GitHub Actions or Azure DevOps.

    .PARAMETER ServiceConnectionId
    Azure DevOps: the id of the service connection, where AZURESUBSCRIPTION_SERVICE_CONNECTION_ID does not name it.

    .PARAMETER UseDeviceCode
    A person signs in: a code is shown, to be typed in on any device. Ctrl+C gives up.

    .PARAMETER AccessToken
    Access tokens that a script already has, as secure strings or text, one for each host. A run cannot outlive them.

    .PARAMETER FromEnvironment
    Signs in as the environment says: AZURE_TENANT_ID and AZURE_CLIENT_ID with AZURE_CLIENT_CERTIFICATE_PATH (and
    AZURE_CLIENT_CERTIFICATE_PASSWORD), AZURE_FEDERATED_TOKEN_FILE or AZURE_CLIENT_SECRET; the first that is there counts.

    .PARAMETER Name
    A name for the connection, for sessions with several. Without it the connection is the default one, which cmdlets use
    when they are given no -Connection.

    .PARAMETER Proxy
    The proxy to go through, such as http://proxy.contoso.com:8080. Without it, the system's proxy for the identity service, where it has
    one. The endpoints of managed identities are never asked through a proxy.

    .PARAMETER ProxyCredential
    The user and password that the proxy asks for.

    .PARAMETER TimeoutSeconds
    How long one request may take, 100 seconds without it.

    .PARAMETER LicenseCount
    How many Microsoft 365 licenses the tenant has: SharePoint allows an app more in a tenant with more of them. Without it the
    people with a license are counted when everybody is looked at, and the least that any tenant has is kept to before.

    .PARAMETER StatePath
    A file in which syncs of this tenant remember, between runs and sessions, what needs no second look, and from which a sync
    that broke off is completed. It is made where it is missing; it holds no secret and no picture, but coarse sketches of pictures.
    A folder that has to be made for it is for this account alone, on Windows also for administrators and the system; where the folder
    is there, a new file has the folder's rights on Windows, and is its owner's alone elsewhere. Keep it on a local disk: it is a
    SQLite file with a write-ahead log, which does not work over a network [D].

    .PARAMETER PassThru
    Writes the connection, as Get-M365ProfilePhotoContext does.

    .EXAMPLE
    Connect-M365ProfilePhoto -TenantId contoso.onmicrosoft.com -ClientId 8a3a1c0e-7d1b-4a53-9a36-0b8a2f6f1f11 -CertificatePath ./photo-sync.pfx -CertificatePassword (Read-Host -AsSecureString) -SharePointUrl https://contoso.sharepoint.com

    Connects with a certificate file and asks for its password.

    .EXAMPLE
    $app = @{
        TenantId        = 'contoso.onmicrosoft.com'
        ClientId        = '8a3a1c0e-7d1b-4a53-9a36-0b8a2f6f1f11'
        CertificatePath = 'D:\Tasks\photo-sync.pem'
        SharePointUrl   = 'https://contoso.sharepoint.com'
        StatePath       = 'D:\Tasks\photo-sync.db'
    }
    Connect-M365ProfilePhoto @app
    Sync-UserProfilePhoto -All

    In a scheduled task: a PEM file without a password, readable by the task's account only,
    and a state file, so that each night's run looks only at what may have changed.

    .EXAMPLE
    Connect-M365ProfilePhoto -TenantId contoso.onmicrosoft.com -ClientId 8a3a1c0e-7d1b-4a53-9a36-0b8a2f6f1f11 -CertificateThumbprint 0F1E2D3C4B5A69788796A5B4C3D2E1F00F1E2D3C -SharePointUrl https://contoso.sharepoint.com

    Connects with a certificate of the Windows store, without exporting its key.

    .EXAMPLE
    Connect-M365ProfilePhoto -ManagedIdentity -SharePointUrl https://contoso.sharepoint.com

    Connects as the virtual machine, function or runbook that this runs in.

    .EXAMPLE
    Connect-M365ProfilePhoto -UseDeviceCode -TenantId contoso.onmicrosoft.com -ClientId 8a3a1c0e-7d1b-4a53-9a36-0b8a2f6f1f11 -SharePointUrl https://contoso.sharepoint.com

    Connects as a person, who types in the code that is shown.

    .EXAMPLE
    Connect-M365ProfilePhoto @contoso -Name contoso
    Connect-M365ProfilePhoto @fabrikam -Name fabrikam
    'contoso', 'fabrikam' | ForEach-Object { Compare-UserProfilePhoto -All -Connection $_ }

    Two tenants in one session.

    .EXAMPLE
    Connect-M365ProfilePhoto -EnvironmentFile ./practice.json

    Connects to the practice tenant.

    .INPUTS
    None.

    .OUTPUTS
    M365ProfilePhoto.Context, with -PassThru.

    .LINK
    Get-M365ProfilePhotoContext

    .LINK
    Disconnect-M365ProfilePhoto

    .LINK
    about_M365ProfilePhoto
    #>
    [CmdletBinding(DefaultParameterSetName = 'EnvironmentFile')]
    [OutputType('M365ProfilePhoto.Context')]
    param(
        # What is missing is the library's to say, in one clear error: a prompt would stop a scheduled task for ever.
        [Alias('Tenant', 'Organization')]
        [ValidateNotNullOrEmpty()]
        [string] $TenantId,

        [Alias('AppId', 'ApplicationId')]
        [ValidateNotNullOrEmpty()]
        [string] $ClientId,

        [Alias('Url')]
        [uri] $SharePointUrl,

        [uri] $SharePointMySiteUrl,

        [Alias('TenantAdminUrl')]
        [uri] $SharePointAdminUrl,

        [Alias('AzureEnvironment', 'EnvironmentName', 'NationalCloud')]
        [ValidateSet('Commercial', 'USGov', 'USGovDoD', 'China')]
        [string] $Environment,

        [ValidateNotNullOrEmpty()]
        [string] $EnvironmentFile,

        [Parameter(Mandatory, ParameterSetName = 'CertificateFile')]
        [Alias('CertificateFilePath')]
        [ValidateNotNullOrEmpty()]
        [string] $CertificatePath,

        [Parameter(Mandatory, ParameterSetName = 'CertificateBase64')]
        [ValidateNotNullOrEmpty()]
        [object] $CertificateBase64Encoded,

        [Parameter(ParameterSetName = 'CertificateFile')]
        [Parameter(ParameterSetName = 'CertificateBase64')]
        [securestring] $CertificatePassword,

        [Parameter(Mandatory, ParameterSetName = 'CertificateThumbprint')]
        [Alias('Thumbprint')]
        [ValidateNotNullOrEmpty()]
        [string] $CertificateThumbprint,

        [Parameter(Mandatory, ParameterSetName = 'Certificate')]
        [Security.Cryptography.X509Certificates.X509Certificate2] $Certificate,

        [Parameter(Mandatory, ParameterSetName = 'ClientSecret')]
        [pscredential] $ClientSecretCredential,

        [Parameter(Mandatory, ParameterSetName = 'ManagedIdentity')]
        [Alias('Identity')]
        [switch] $ManagedIdentity,

        [Parameter(ParameterSetName = 'ManagedIdentity')]
        [Alias('UserAssignedManagedIdentityClientId', 'ManagedIdentityAccountId')]
        [guid] $ManagedIdentityClientId,

        [Parameter(ParameterSetName = 'ManagedIdentity')]
        [Alias('UserAssignedManagedIdentityObjectId')]
        [guid] $ManagedIdentityObjectId,

        [Parameter(ParameterSetName = 'ManagedIdentity')]
        [Alias('UserAssignedManagedIdentityAzureResourceId')]
        [ValidateNotNullOrEmpty()]
        [string] $ManagedIdentityResourceId,

        [Parameter(Mandatory, ParameterSetName = 'FederatedTokenFile')]
        [ValidateNotNullOrEmpty()]
        [string] $FederatedTokenFile,

        [Parameter(Mandatory, ParameterSetName = 'FederatedIdentity')]
        [switch] $FederatedIdentity,

        [Parameter(ParameterSetName = 'FederatedIdentity')]
        [ValidateNotNullOrEmpty()]
        [string] $ServiceConnectionId,

        [Parameter(Mandatory, ParameterSetName = 'DeviceCode')]
        [Alias('DeviceCode', 'DeviceLogin', 'Device')]
        [switch] $UseDeviceCode,

        [Parameter(Mandatory, ParameterSetName = 'AccessToken')]
        [ValidateScript({ $_ -is [string] -or $_ -is [securestring] })]
        [object[]] $AccessToken,

        [Parameter(Mandatory, ParameterSetName = 'FromEnvironment')]
        [Alias('EnvironmentVariable')]
        [switch] $FromEnvironment,

        [ValidateNotNullOrEmpty()]
        [string] $Name = 'Default',

        [uri] $Proxy,

        [pscredential] $ProxyCredential,

        [ValidateRange(1, 3600)]
        [int] $TimeoutSeconds,

        [ValidateRange(0, [int]::MaxValue)]
        [int] $LicenseCount,

        [ValidateNotNullOrEmpty()]
        [string] $StatePath,

        [Alias('ReturnConnection')]
        [switch] $PassThru
    )

    Use-CallerPreference -Cmdlet $PSCmdlet
    Initialize-NativeLibrary -Cmdlet $PSCmdlet
    $way = Get-SignInWay -Cmdlet $PSCmdlet -Bound $PSBoundParameters
    $config = New-SessionConfig -Cmdlet $PSCmdlet -Bound $PSBoundParameters
    foreach ($field in $way.Config.Keys) { $config[$field] = $way.Config[$field] }
    $proxyPassword = Add-Proxy -Config $config -Proxy $Proxy -Credential $ProxyCredential
    $session = Read-Reply -Cmdlet $PSCmdlet -Reply ([M365ProfilePhoto.Interop.V1.Api]::NewSession((ConvertTo-Json -InputObject $config -Compress)))
    $connection = $null
    try {
        if ($StatePath) { Initialize-StateFolder -StatePath $config.statePath }
        foreach ($secret in $way.Secrets) { Set-SessionSecret -Cmdlet $PSCmdlet -Session $session @secret }
        if ($way.Certificate) { Set-SessionCertificate -Cmdlet $PSCmdlet -Session $session -Certificate $way.Certificate }
        if ($proxyPassword) { Set-SessionSecret -Cmdlet $PSCmdlet -Session $session -Kind ProxyPassword -Secret $proxyPassword }
        $job = Start-PhotoJob -Cmdlet $PSCmdlet -Session $session -Operation Connect
        Receive-JobRecord -Cmdlet $PSCmdlet -Job $job -Tally (New-Tally -Activity 'Connecting to Microsoft 365') | Show-DeviceCode
        $connection = Add-Connection -Name $Name -Session $session
    }
    finally { if (-not $connection) { $session.Dispose() } }
    $context = ConvertTo-ContextResult -Cmdlet $PSCmdlet -Connection $connection
    if ($context.SharePointError) { Write-Warning "SharePoint cannot be used with this connection. $($context.SharePointError)" }
    if ($PassThru) { $context }
}
