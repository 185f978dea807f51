function Connect-M365ProfilePhoto {
    <#
    .SYNOPSIS
    Connects this PowerShell session to a tenant, so that its profile photos can be compared and synchronised.

    .DESCRIPTION
    Signs in to Microsoft Graph and SharePoint Online as an app registration, checks that both answer, and finds the library
    where SharePoint keeps the photos. The connection stays until Disconnect-M365ProfilePhoto or the end of the session; without
    -StatePath nothing is written to disk. Several tenants can be connected at once, each with a name of its own (-Name).

    SharePoint Online takes app sign-in with a certificate only. A client secret is taken here to say so before it is tried.

    The app registration needs these application permissions with admin consent: Microsoft Graph User.Read.All (and
    GroupMember.Read.All for -GroupId), SharePoint Sites.FullControl.All and User.ReadWrite.All.

    .PARAMETER TenantId
    The directory: its GUID or one of its verified domains, such as contoso.onmicrosoft.com.

    .PARAMETER ClientId
    The application (client) id of the app registration.

    .PARAMETER CertificatePath
    A PFX or PEM file with the certificate and its private key.

    .PARAMETER CertificatePassword
    The password of the certificate file, where it has one.

    .PARAMETER ClientSecretCredential
    A credential whose user name is the client id and whose password is the client secret. SharePoint Online refuses it.

    .PARAMETER SharePointUrl
    Any address of the tenant's SharePoint, such as https://contoso.sharepoint.com. The other hosts follow from it.

    .PARAMETER Environment
    The cloud: Commercial (the default, also for GCC), USGov (GCC High), USGovDoD or China (21Vianet).

    .PARAMETER EnvironmentFile
    A JSON file that names the hosts, the app and its credential, such as the practice tenant writes. With it, the other parameters
    are needed only where they shall differ from the file.

    .PARAMETER Name
    A name for the connection, for sessions with several. Without it the connection is the default one, which cmdlets use
    when they are given no -Connection.

    .PARAMETER Proxy
    The proxy to go through, such as http://proxy.contoso.com:8080.

    .PARAMETER ProxyCredential
    The user and password that the proxy asks for.

    .PARAMETER TimeoutSeconds
    How long one request may take, 100 seconds without it.

    .PARAMETER StatePath
    A file in which syncs of this tenant remember, between runs and sessions, what needs no second look, and from which a sync
    that broke off is completed. It is made where it is missing; it holds no secret and no picture.

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
    [CmdletBinding(DefaultParameterSetName = 'CertificateFile')]
    [OutputType('M365ProfilePhoto.Context')]
    param(
        [Parameter(Mandatory, ParameterSetName = 'CertificateFile')]
        [Parameter(Mandatory, ParameterSetName = 'ClientSecret')]
        [Parameter(ParameterSetName = 'EnvironmentFile')]
        [Alias('Tenant', 'Organization')]
        [ValidateNotNullOrEmpty()]
        [string] $TenantId,

        [Parameter(Mandatory, ParameterSetName = 'CertificateFile')]
        [Parameter(ParameterSetName = 'EnvironmentFile')]
        [Alias('AppId', 'ApplicationId')]
        [ValidateNotNullOrEmpty()]
        [string] $ClientId,

        [Parameter(Mandatory, ParameterSetName = 'CertificateFile')]
        [Parameter(ParameterSetName = 'EnvironmentFile')]
        [Alias('CertificateFilePath')]
        [ValidateNotNullOrEmpty()]
        [string] $CertificatePath,

        [Parameter(ParameterSetName = 'CertificateFile')]
        [Parameter(ParameterSetName = 'EnvironmentFile')]
        [securestring] $CertificatePassword,

        [Parameter(Mandatory, ParameterSetName = 'ClientSecret')]
        [Parameter(ParameterSetName = 'EnvironmentFile')]
        [pscredential] $ClientSecretCredential,

        [Parameter(Mandatory, ParameterSetName = 'CertificateFile')]
        [Parameter(Mandatory, ParameterSetName = 'ClientSecret')]
        [Alias('Url')]
        [uri] $SharePointUrl,

        [Parameter(ParameterSetName = 'CertificateFile')]
        [Parameter(ParameterSetName = 'ClientSecret')]
        [Alias('AzureEnvironment', 'EnvironmentName', 'NationalCloud')]
        [ValidateSet('Commercial', 'USGov', 'USGovDoD', 'China')]
        [string] $Environment,

        [Parameter(Mandatory, ParameterSetName = 'EnvironmentFile')]
        [ValidateNotNullOrEmpty()]
        [string] $EnvironmentFile,

        [ValidateNotNullOrEmpty()]
        [string] $Name = 'Default',

        [uri] $Proxy,

        [pscredential] $ProxyCredential,

        [ValidateRange(1, 3600)]
        [int] $TimeoutSeconds,

        [ValidateNotNullOrEmpty()]
        [string] $StatePath,

        [Alias('ReturnConnection')]
        [switch] $PassThru
    )

    Use-CallerPreference -Cmdlet $PSCmdlet
    Initialize-NativeLibrary -Cmdlet $PSCmdlet
    $config = New-SessionConfig -Bound $PSBoundParameters
    if ($EnvironmentFile) { $config.environmentFile = $PSCmdlet.GetUnresolvedProviderPathFromPSPath($EnvironmentFile) }
    if ($StatePath) { $config.statePath = $PSCmdlet.GetUnresolvedProviderPathFromPSPath($StatePath) }
    $json = ConvertTo-Json -InputObject $config -Compress
    $session = Read-Reply -Cmdlet $PSCmdlet -Reply ([M365ProfilePhoto.Interop.V1.Api]::NewSession($json))
    $connection = $null
    try {
        if ($CertificatePath) {
            $path = $PSCmdlet.GetUnresolvedProviderPathFromPSPath($CertificatePath)
            Set-SessionCertificate -Cmdlet $PSCmdlet -Session $session -Path $path -Password $CertificatePassword
        }
        if ($ClientSecretCredential) {
            Write-Warning 'SharePoint Online refuses apps that sign in with a client secret. Use a certificate.'
            Set-SessionSecret -Cmdlet $PSCmdlet -Session $session -Kind ClientSecret -Secret $ClientSecretCredential.Password
        }
        if ($ProxyCredential) { Set-SessionSecret -Cmdlet $PSCmdlet -Session $session -Kind ProxyPassword -Secret $ProxyCredential.Password }
        $job = Start-PhotoJob -Cmdlet $PSCmdlet -Session $session -Operation Connect
        Receive-JobRecord -Cmdlet $PSCmdlet -Job $job -Tally (New-Tally -Activity 'Connecting to Microsoft 365')
        $connection = Add-Connection -Name $Name -Session $session
    }
    finally { if (-not $connection) { $session.Dispose() } }
    if ($PassThru) { ConvertTo-ContextResult -Cmdlet $PSCmdlet -Connection $connection }
}
