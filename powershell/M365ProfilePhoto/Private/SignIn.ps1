# The ways of signing in: what each adds to the session's config, and which secrets it gives. The library reads no environment
# variable; what is in them is read here.

# The way that the parameters ask for: Config, Secrets (Kind, Secret, Password) and Certificate, each where there is something.
function Get-SignInWay {
    [CmdletBinding()]
    [OutputType([Collections.IDictionary])]
    param(
        [Parameter(Mandatory)] [Management.Automation.PSCmdlet] $Cmdlet,
        [Parameter(Mandatory)] [Collections.IDictionary] $Bound
    )

    $way = @{ Config = @{}; Secrets = @(); Certificate = $null }
    switch ($Cmdlet.ParameterSetName) {
        'CertificateFile' { $way.Secrets = @(@{ Kind = 'Certificate'; Secret = (Read-CertificateFile -Cmdlet $Cmdlet -Path $Bound.CertificatePath); Password = $Bound['CertificatePassword'] }) }
        'CertificateBase64' { $way.Secrets = @(@{ Kind = 'Certificate'; Secret = $Bound.CertificateBase64Encoded; Password = $Bound['CertificatePassword'] }) }
        'CertificateThumbprint' { $way.Certificate = Find-StoreCertificate -Cmdlet $Cmdlet -Thumbprint $Bound.CertificateThumbprint }
        'Certificate' { $way.Certificate = $Bound.Certificate }
        'ClientSecret' {
            $way.Secrets = @(@{ Kind = 'ClientSecret'; Secret = $Bound.ClientSecretCredential.Password })
            if (-not $Bound.ContainsKey('ClientId')) { $way.Config.clientId = $Bound.ClientSecretCredential.UserName }
        }
        'ManagedIdentity' { Add-ManagedIdentity -Cmdlet $Cmdlet -Way $way -Bound $Bound }
        'FederatedIdentity' { Add-FederatedIdentity -Cmdlet $Cmdlet -Way $way -ServiceConnectionId $Bound['ServiceConnectionId'] }
        'DeviceCode' { $way.Config.deviceCode = $true }
        'AccessToken' { $way.Secrets = @(foreach ($token in $Bound.AccessToken) { @{ Kind = 'AccessToken'; Secret = $token } }) }
        'FromEnvironment' { Add-FromEnvironment -Cmdlet $Cmdlet -Way $way -Bound $Bound }
    }
    $way
}

function Add-ManagedIdentity {
    [CmdletBinding()]
    [OutputType([void])]
    param([Management.Automation.PSCmdlet] $Cmdlet, [Collections.IDictionary] $Way, [Collections.IDictionary] $Bound)

    $identity = Get-IdentityEndpoint -Cmdlet $Cmdlet -Way $Way
    $ids = @{ ManagedIdentityClientId = 'clientId'; ManagedIdentityObjectId = 'objectId'; ManagedIdentityResourceId = 'resourceId' }
    foreach ($name in $ids.Keys) { if ($Bound.ContainsKey($name)) { $identity[$ids[$name]] = [string] $Bound[$name] } }
    $Way.Config.managedIdentity = $identity
}

# Who gives tokens to this machine, by the variables that Azure sets: the order is that of Microsoft's own libraries.
function Get-IdentityEndpoint {
    [CmdletBinding()]
    [OutputType([Collections.IDictionary])]
    param([Management.Automation.PSCmdlet] $Cmdlet, [Collections.IDictionary] $Way)

    $isArc = $env:IMDS_ENDPOINT -or (Test-ArcAgent)
    if ($env:IDENTITY_ENDPOINT -and $env:IDENTITY_HEADER) {
        if ($env:IDENTITY_SERVER_THUMBPRINT) {
            $Cmdlet.ThrowTerminatingError((New-PhotoError -Name Unsupported -Message 'Managed identities of Service Fabric are not supported.' -Advice 'Sign in with a certificate.'))
        }
        $Way.Secrets = @(@{ Kind = 'RequestToken'; Secret = $env:IDENTITY_HEADER })
        return @{ host = 'AppService'; url = $env:IDENTITY_ENDPOINT }
    }
    if ($env:MSI_ENDPOINT -and $env:MSI_SECRET) {
        $Cmdlet.ThrowTerminatingError((New-PhotoError -Name Unsupported -Message 'This machine offers its identity in an old form only (MSI_SECRET).' -Advice 'Use a newer worker or runtime, or sign in with a certificate.'))
    }
    if ($env:MSI_ENDPOINT) { return @{ host = 'CloudShell'; url = $env:MSI_ENDPOINT } }
    if ($isArc) {
        $arc = @{ host = 'Arc' }
        if ($env:IDENTITY_ENDPOINT) { $arc.url = $env:IDENTITY_ENDPOINT }
        if ($env:ProgramData) { $arc.keyFolder = [IO.Path]::Combine($env:ProgramData, 'AzureConnectedMachineAgent', 'Tokens') }
        return $arc
    }
    # Where something stands in for the endpoint of virtual machines, as on Kubernetes, it says so here.
    if ($env:AZURE_POD_IDENTITY_AUTHORITY_HOST) {
        return @{ host = 'VirtualMachine'; url = "$($env:AZURE_POD_IDENTITY_AUTHORITY_HOST.TrimEnd('/'))/metadata/identity/oauth2/token" }
    }
    @{ host = 'VirtualMachine' }
}

# Whether the agent of Azure Arc is installed here.
function Test-ArcAgent {
    [CmdletBinding()]
    [OutputType([bool])]
    param()

    $program = if ($env:ProgramFiles) { [IO.Path]::Combine($env:ProgramFiles, 'AzureConnectedMachineAgent', 'himds.exe') } else { '/opt/azcmagent/bin/himds' }
    [IO.File]::Exists($program)
}

# The token of the pipeline that this runs in: GitHub Actions or Azure DevOps, by the variables that they set.
function Add-FederatedIdentity {
    [CmdletBinding()]
    [OutputType([void])]
    param([Management.Automation.PSCmdlet] $Cmdlet, [Collections.IDictionary] $Way, [string] $ServiceConnectionId)

    if ($env:ACTIONS_ID_TOKEN_REQUEST_URL -and $env:ACTIONS_ID_TOKEN_REQUEST_TOKEN) {
        $Way.Config.pipeline = @{ provider = 'GitHub'; url = $env:ACTIONS_ID_TOKEN_REQUEST_URL }
        $Way.Secrets = @(@{ Kind = 'RequestToken'; Secret = $env:ACTIONS_ID_TOKEN_REQUEST_TOKEN })
        return
    }
    if ($env:SYSTEM_OIDCREQUESTURI -and $env:SYSTEM_ACCESSTOKEN) {
        $connection = if ($ServiceConnectionId) { $ServiceConnectionId } else { $env:AZURESUBSCRIPTION_SERVICE_CONNECTION_ID }
        if (-not $connection) {
            $Cmdlet.ThrowTerminatingError((New-PhotoError -Name InvalidArgument -Message 'Azure DevOps gives a token for one service connection, and none was named.' -Advice 'Give its id with -ServiceConnectionId.'))
        }
        $Way.Config.pipeline = @{ provider = 'AzureDevOps'; url = $env:SYSTEM_OIDCREQUESTURI; serviceConnectionId = $connection }
        $Way.Secrets = @(@{ Kind = 'RequestToken'; Secret = $env:SYSTEM_ACCESSTOKEN })
        return
    }
    $Cmdlet.ThrowTerminatingError((New-PhotoError -Name InvalidArgument -Message 'This runs in no pipeline that gives tokens.' `
                -Advice "GitHub: give the job 'permissions: id-token: write'. Azure DevOps: map System.AccessToken to SYSTEM_ACCESSTOKEN in the step's env. Kubernetes: -FederatedTokenFile."))
}

# The variables that Microsoft's own libraries read. The first of certificate, federated token and secret that is there counts.
function Add-FromEnvironment {
    [CmdletBinding()]
    [OutputType([void])]
    param([Management.Automation.PSCmdlet] $Cmdlet, [Collections.IDictionary] $Way, [Collections.IDictionary] $Bound)

    if ($env:AZURE_TENANT_ID -and -not $Bound.ContainsKey('TenantId')) { $Way.Config.tenantId = $env:AZURE_TENANT_ID }
    if ($env:AZURE_CLIENT_ID -and -not $Bound.ContainsKey('ClientId')) { $Way.Config.clientId = $env:AZURE_CLIENT_ID }
    if ($env:AZURE_CLIENT_CERTIFICATE_PATH) {
        $bytes = Read-CertificateFile -Cmdlet $Cmdlet -Path $env:AZURE_CLIENT_CERTIFICATE_PATH
        $Way.Secrets = @(@{ Kind = 'Certificate'; Secret = $bytes; Password = $env:AZURE_CLIENT_CERTIFICATE_PASSWORD })
    }
    elseif ($env:AZURE_FEDERATED_TOKEN_FILE) { $Way.Config.federatedTokenFile = $env:AZURE_FEDERATED_TOKEN_FILE }
    elseif ($env:AZURE_CLIENT_SECRET) { $Way.Secrets = @(@{ Kind = 'ClientSecret'; Secret = $env:AZURE_CLIENT_SECRET }) }
    else {
        $Cmdlet.ThrowTerminatingError((New-PhotoError -Name InvalidArgument -Message 'The environment holds no credential.' `
                    -Advice 'Set AZURE_CLIENT_CERTIFICATE_PATH, AZURE_FEDERATED_TOKEN_FILE or AZURE_CLIENT_SECRET, with AZURE_TENANT_ID and AZURE_CLIENT_ID.'))
    }
}

# Shows the code that a person is asked to type in; other records do not come while connecting. Shown whatever the caller prefers for
# information, since the command waits for it.
function Show-DeviceCode {
    [CmdletBinding()]
    [OutputType([void])]
    param([Parameter(Mandatory, ValueFromPipeline)] [object] $Record)

    process {
        $code = $Record.deviceCode
        $text = '{0} The code is good for {1:N0} minutes. Press Ctrl+C to give up.' -f $code.message, ($code.expiresInSeconds / 60)
        Write-Information -MessageData $text -Tags 'M365ProfilePhoto.DeviceCode' -InformationAction Continue
    }
}
