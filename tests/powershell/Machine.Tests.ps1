# Signing in where a machine or a pipeline vouches for the script: managed identities and federated tokens.

BeforeAll {
    . $PSScriptRoot/common.ps1
    # On Windows the keys of Arc's agent lie below ProgramData, so the variable chooses their folder here.
    $programData = [IO.Path]::Combine("$TestDrive", 'ProgramData')
    $keys = [IO.Path]::Combine($programData, 'AzureConnectedMachineAgent', 'Tokens')
    $tenant = Start-PracticeTenant -Options "--users 24 --managed-identity --arc-key-folder `"$keys`""
    $file = ConvertFrom-Json ([IO.File]::ReadAllText($tenant.Environment))
    $machine = $tenant.Machine
    $bare = [IO.Path]::Combine($tenant.Folder, 'bare.json')
    $hosts = $file | Select-Object -Property authority, graph, sharePointMySite, sharePointAdmin, certificateAuthorityFile
    [IO.File]::WriteAllText($bare, (ConvertTo-Json $hosts))
    $imds = @{ AZURE_POD_IDENTITY_AUTHORITY_HOST = ([uri] $machine.imds).GetLeftPart('Authority') }

    function Confirm-Connection {
        param([string] $Credential)

        $context = Get-M365ProfilePhotoContext
        $context.Credential | Should -Be $Credential
        $context.SharePointError | Should -BeNullOrEmpty
        $context.TenantId | Should -Be $file.tenantId
        Compare-UserProfilePhoto -All -IncludeUnchanged | Should -Not -BeNullOrEmpty
    }

    function Get-PipelineToken {
        $headers = @{ Authorization = "Bearer $($machine.pipelineToken)" }
        (Invoke-TenantMethod -Uri "$($machine.gitHub)&audience=api://AzureADTokenExchange" -Headers $headers).value
    }
}

AfterAll { Stop-PracticeTenant -Tenant $tenant }

AfterEach { Get-M365ProfilePhotoContext | Disconnect-M365ProfilePhoto }

Describe 'A managed identity' {
    It 'of a virtual machine signs in' {
        Invoke-WithVariable -Variable $imds -Script { Connect-M365ProfilePhoto -EnvironmentFile $bare -ManagedIdentity }
        Confirm-Connection -Credential ManagedIdentity
        (Get-M365ProfilePhotoContext).ClientId | Should -Not -Be $machine.userAssigned.clientId
    }

    It 'that was assigned by hand is named by its <Parameter>' -ForEach @(
        @{ Parameter = 'ManagedIdentityClientId'; Field = 'clientId' }
        @{ Parameter = 'ManagedIdentityObjectId'; Field = 'objectId' }
        @{ Parameter = 'ManagedIdentityResourceId'; Field = 'resourceId' }
    ) {
        $id = @{ $Parameter = $machine.userAssigned.$Field }
        Invoke-WithVariable -Variable $imds -Script { Connect-M365ProfilePhoto -EnvironmentFile $bare -ManagedIdentity @id }
        Confirm-Connection -Credential ManagedIdentity
        (Get-M365ProfilePhotoContext).ClientId | Should -Be $machine.userAssigned.clientId
    }

    It 'of App Service and Automation signs in, by resource id, too' {
        $variables = @{ IDENTITY_ENDPOINT = $machine.appService; IDENTITY_HEADER = $machine.identityHeader }
        Invoke-WithVariable -Variable $variables -Script {
            Connect-M365ProfilePhoto -EnvironmentFile $bare -ManagedIdentity
            Confirm-Connection -Credential ManagedIdentity
            Connect-M365ProfilePhoto -EnvironmentFile $bare -ManagedIdentity -ManagedIdentityResourceId $machine.userAssigned.resourceId
        }
        (Get-M365ProfilePhotoContext).ClientId | Should -Be $machine.userAssigned.clientId
    }

    It 'of a machine in Azure Arc signs in with the key that its agent left' {
        $variables = @{ IDENTITY_ENDPOINT = $machine.arc; IMDS_ENDPOINT = 'http://127.0.0.1:40342'; ProgramData = $programData }
        Invoke-WithVariable -Variable $variables -Script { Connect-M365ProfilePhoto -EnvironmentFile $bare -ManagedIdentity }
        Confirm-Connection -Credential ManagedIdentity
    }

    It 'of Cloud Shell signs in' {
        Invoke-WithVariable -Variable @{ MSI_ENDPOINT = $machine.cloudShell } -Script { Connect-M365ProfilePhoto -EnvironmentFile $bare -ManagedIdentity }
        Confirm-Connection -Credential ManagedIdentity
        (Get-Traffic -Tenant $tenant).requests.byOperation.'entra.cloudShell' | Should -BeGreaterThan 0
    }

    It 'is never asked for through a proxy' {
        $proxy = [Net.Sockets.TcpListener]::new([Net.IPAddress]::Loopback, 0)
        $proxy.Start()
        try {
            Reset-Traffic -Tenant $tenant
            $guest = $proxy.AcceptTcpClientAsync()
            $at = "http://127.0.0.1:$($proxy.LocalEndpoint.Port)"
            Invoke-WithVariable -Variable $imds -Script { Get-Refusal { Connect-M365ProfilePhoto -EnvironmentFile $bare -ManagedIdentity -Proxy $at -TimeoutSeconds 1 } }
            $buffer = [byte[]]::new(4096)
            $asked = [Text.Encoding]::ASCII.GetString($buffer, 0, $guest.Result.GetStream().Read($buffer, 0, $buffer.Length))
        }
        finally { $proxy.Stop() }
        $asked | Should -Match '^CONNECT '
        $asked | Should -Not -Match ([regex]::Escape(([uri] $machine.imds).Authority))
        (Get-Traffic -Tenant $tenant).requests.byOperation.'entra.imds' | Should -BeGreaterThan 0
    }

    It 'that the machine has not is told, with what to do' {
        $refusal = Invoke-WithVariable -Variable $imds -Script { Get-Refusal { Connect-M365ProfilePhoto -EnvironmentFile $bare -ManagedIdentity -ManagedIdentityClientId ([guid]::NewGuid()) } }
        $refusal.FullyQualifiedErrorId | Should -Be 'M365Photo.SignInFailed,Connect-M365ProfilePhoto'
        $refusal.ErrorDetails.RecommendedAction | Should -Match 'Assign the identity'
    }

    It 'is named by one id' {
        $refusal = Get-Refusal { Connect-M365ProfilePhoto -EnvironmentFile $bare -ManagedIdentity -ManagedIdentityClientId ([guid]::NewGuid()) -ManagedIdentityObjectId ([guid]::NewGuid()) }
        $refusal.Exception.Message | Should -Match 'one id: client id, object id or resource id'
    }

    It 'is not believed when somebody else answers in its place' {
        Add-Fault -Tenant $tenant -Fault @{ operation = 'entra.imds'; status = 200; body = '<html>Welcome to our network</html>'; contentType = 'text/html'; times = 1 }
        $refusal = Invoke-WithVariable -Variable $imds -Script { Get-Refusal { Connect-M365ProfilePhoto -EnvironmentFile $bare -ManagedIdentity } }
        $refusal.FullyQualifiedErrorId | Should -Be 'M365Photo.ProtocolViolation,Connect-M365ProfilePhoto'
    }

    It 'that has no endpoint here is told so soon' {
        $clock = [Diagnostics.Stopwatch]::StartNew()
        $refusal = Invoke-WithVariable -Variable @{ AZURE_POD_IDENTITY_AUTHORITY_HOST = 'http://127.0.0.1:9' } -Script { Get-Refusal { Connect-M365ProfilePhoto -EnvironmentFile $bare -ManagedIdentity } }
        $refusal.ErrorDetails.RecommendedAction | Should -Match 'is this the Azure machine'
        $clock.Elapsed.TotalSeconds | Should -BeLessThan 20
    }

    It 'of a kind that is not supported is named: <Kind>' -ForEach @(
        @{ Kind = 'Service Fabric'; Variables = @{ IDENTITY_ENDPOINT = 'https://127.0.0.1:1'; IDENTITY_HEADER = 'x'; IDENTITY_SERVER_THUMBPRINT = 'x' } }
        @{ Kind = 'old form'; Variables = @{ MSI_ENDPOINT = 'http://127.0.0.1:1'; MSI_SECRET = 'x' } }
    ) {
        $refusal = Invoke-WithVariable -Variable $Variables -Script { Get-Refusal { Connect-M365ProfilePhoto -EnvironmentFile $bare -ManagedIdentity } }
        $refusal.FullyQualifiedErrorId | Should -Be 'M365Photo.Unsupported,Connect-M365ProfilePhoto'
        $refusal.Exception.Message | Should -Match $Kind
    }
}

Describe 'A federated token' {
    BeforeAll {
        $tokenFile = "$TestDrive/token"
        [IO.File]::WriteAllText($tokenFile, (Get-PipelineToken))
    }

    It 'comes from a file' {
        Connect-M365ProfilePhoto -EnvironmentFile $bare -TenantId $file.tenantId -ClientId $file.clientId -FederatedTokenFile $tokenFile
        Confirm-Connection -Credential FederatedToken
    }

    It 'comes from the file that the environment names, as on Kubernetes' {
        $variables = @{ AZURE_TENANT_ID = $file.tenantId; AZURE_CLIENT_ID = $file.clientId; AZURE_FEDERATED_TOKEN_FILE = $tokenFile }
        Invoke-WithVariable -Variable $variables -Script { Connect-M365ProfilePhoto -EnvironmentFile $bare -FromEnvironment }
        Confirm-Connection -Credential FederatedToken
    }

    It 'that the app does not trust is refused with its code and what to compare' {
        $headers = @{ Authorization = "Bearer $($machine.pipelineToken)" }
        [IO.File]::WriteAllText("$TestDrive/other", (Invoke-TenantMethod -Uri "$($machine.gitHub)&audience=https://elsewhere.example" -Headers $headers).value)
        $refusal = Get-Refusal { Connect-M365ProfilePhoto -EnvironmentFile $bare -TenantId $file.tenantId -ClientId $file.clientId -FederatedTokenFile "$TestDrive/other" }
        $refusal.Exception.ServiceCode | Should -Match '^AADSTS7002\d\d$'
        $refusal.ErrorDetails.RecommendedAction | Should -Match 'issuer, subject and audience'
    }

    It 'whose file is missing is told' {
        $refusal = Get-Refusal { Connect-M365ProfilePhoto -EnvironmentFile $bare -TenantId $file.tenantId -ClientId $file.clientId -FederatedTokenFile "$TestDrive/none" }
        $refusal.FullyQualifiedErrorId | Should -Be 'M365Photo.FileAccess,Connect-M365ProfilePhoto'
    }
}

Describe 'The token of a pipeline' {
    BeforeDiscovery {
        $providers = @(
            @{ Provider = 'GitHub'; Url = 'gitHub'; Names = 'ACTIONS_ID_TOKEN_REQUEST_URL', 'ACTIONS_ID_TOKEN_REQUEST_TOKEN'; More = @{} }
            @{ Provider = 'Azure DevOps'; Url = 'azureDevOps'; Names = 'SYSTEM_OIDCREQUESTURI', 'SYSTEM_ACCESSTOKEN'; More = @{ AZURESUBSCRIPTION_SERVICE_CONNECTION_ID = [guid]::NewGuid() } }
        )
    }

    It 'of <Provider> signs in' -ForEach $providers {
        $variables = $More + @{ $Names[0] = $machine.$Url; $Names[1] = $machine.pipelineToken }
        Invoke-WithVariable -Variable $variables -Script { Connect-M365ProfilePhoto -EnvironmentFile $bare -TenantId $file.tenantId -ClientId $file.clientId -FederatedIdentity }
        Confirm-Connection -Credential FederatedToken
        (Get-Traffic -Tenant $tenant).requests.byOperation."entra.$Url" | Should -BeGreaterThan 0
    }

    It 'is refused by <Provider> to whoever is not in the job, and the advice says what the job needs' -ForEach $providers {
        $variables = $More + @{ $Names[0] = $machine.$Url; $Names[1] = 'PLANTED' }
        $refusal = Invoke-WithVariable -Variable $variables -Script { Get-Refusal { Connect-M365ProfilePhoto -EnvironmentFile $bare -TenantId $file.tenantId -ClientId $file.clientId -FederatedIdentity } }
        $refusal.FullyQualifiedErrorId | Should -Be 'M365Photo.SignInFailed,Connect-M365ProfilePhoto'
        $refusal.Exception.Message | Should -Match "$Provider gave no token"
        "$refusal $($refusal.Exception)" | Should -Not -Match 'PLANTED'
    }

    It 'is not asked for over plain HTTP' {
        $variables = @{ ACTIONS_ID_TOKEN_REQUEST_URL = 'http://127.0.0.1:9/token?api-version=2.0'; ACTIONS_ID_TOKEN_REQUEST_TOKEN = 'PLANTED' }
        $refusal = Invoke-WithVariable -Variable $variables -Script { Get-Refusal { Connect-M365ProfilePhoto -EnvironmentFile $bare -TenantId $file.tenantId -ClientId $file.clientId -FederatedIdentity } }
        $refusal.Exception.Message | Should -Match 'Nothing is sent to http://127\.0\.0\.1:9'
        "$refusal $($refusal.Exception)" | Should -Not -Match 'PLANTED'
    }

    It 'of Azure DevOps needs a service connection' {
        $variables = @{ SYSTEM_OIDCREQUESTURI = 'https://devops.example/token'; SYSTEM_ACCESSTOKEN = 'x' }
        $refusal = Invoke-WithVariable -Variable $variables -Script { Get-Refusal { Connect-M365ProfilePhoto -EnvironmentFile $bare -FederatedIdentity } }
        $refusal.ErrorDetails.RecommendedAction | Should -Match '-ServiceConnectionId'
    }

    It 'is not to be had outside of one, and the advice says how' {
        $refusal = Invoke-WithVariable -Variable @{} -Script { Get-Refusal { Connect-M365ProfilePhoto -EnvironmentFile $bare -FederatedIdentity } }
        $refusal.ErrorDetails.RecommendedAction | Should -Match 'id-token: write.+SYSTEM_ACCESSTOKEN.+-FederatedTokenFile'
    }
}

Describe 'A right that a managed identity lacks' {
    It 'is granted by a command, since the portal has no page for it' {
        $poor = Start-PracticeTenant -Options '--users 24 --managed-identity --sharepoint-roles Sites.FullControl.All'
        try {
            $variables = @{ AZURE_POD_IDENTITY_AUTHORITY_HOST = ([uri] $poor.Machine.imds).GetLeftPart('Authority') }
            Invoke-WithVariable -Variable $variables -Script { Connect-M365ProfilePhoto -EnvironmentFile $poor.Environment -ManagedIdentity }
            $refused = Test-UserProfilePhotoAccess | Where-Object Result -EQ No
            $refused.Missing | Should -Be 'User.ReadWrite.All'
            $refused.Grant | Should -Match "New-MgServicePrincipalAppRoleAssignment.+'User\.ReadWrite\.All'"
            $errors = $null
            [void] [Management.Automation.Language.Parser]::ParseInput(($refused.Grant -replace '^[^:]+: '), [ref] $null, [ref] $errors)
            $errors | Should -BeNullOrEmpty
        }
        finally { Stop-PracticeTenant -Tenant $poor }
    }
}
