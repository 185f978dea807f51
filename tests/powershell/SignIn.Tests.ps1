# Every way of signing in that Connect-M365ProfilePhoto has, each at the practice tenant, as an admin would type it.

BeforeDiscovery {
    $inWine = Test-Path -Path HKCU:\Software\Wine
    if ($inWine) { Write-Warning -Message 'Certificates in the store are not tried under Wine: it cannot import a private key.' }
}

BeforeAll {
    . $PSScriptRoot/common.ps1
    $noKeys = 'Wine imports no private keys'
    # A certificate that every .NET reads, with its key as PEM and as PFX.
    $certificates = [IO.Path]::Combine($Repository, 'tests', 'auth', 'certificates')
    $pfx = [IO.Path]::Combine($certificates, 'triple-des.pfx')
    $password = 'correct'
    $tenant = Start-PracticeTenant -Options "--users 24 --app-certificate `"$([IO.Path]::Combine($certificates, 'rsa.pem'))`""
    $file = ConvertFrom-Json ([IO.File]::ReadAllText($tenant.Environment))
    $certificatePath = [IO.Path]::Combine($tenant.Folder, $file.certificateFile)

    # The hosts alone: what signs in must come from the parameters.
    $bare = [IO.Path]::Combine($tenant.Folder, 'bare.json')
    $hosts = $file | Select-Object -Property authority, graph, sharePointMySite, sharePointAdmin, certificateAuthorityFile
    [IO.File]::WriteAllText($bare, (ConvertTo-Json $hosts))
    $app = @{ EnvironmentFile = $bare; TenantId = $file.tenantId; ClientId = $file.clientId }

    # The app's certificate with its key, as .NET knows it.
    function Get-AppCertificate {
        [Security.Cryptography.X509Certificates.X509Certificate2]::new($pfx, $password, 'Exportable, PersistKeySet')
    }

    # Whoever works with it can read both sides.
    function Confirm-Connection {
        (Get-M365ProfilePhotoContext).SharePointError | Should -BeNullOrEmpty
        Compare-UserProfilePhoto -All -IncludeUnchanged | Should -Not -BeNullOrEmpty
    }

    # A token as the tenant gives it to whoever holds the certificate, for one host.
    function Get-Token {
        param([string] $Resource)

        $part = { param([byte[]] $Bytes) [Convert]::ToBase64String($Bytes).TrimEnd('=').Replace('+', '-').Replace('/', '_') }
        $text = { param([object] $Object) & $part ([Text.Encoding]::UTF8.GetBytes((ConvertTo-Json $Object -Compress))) }
        $certificate = Get-AppCertificate
        $endpoint = "$($file.authority)/$($file.tenantId)/oauth2/v2.0/token"
        $now = [DateTimeOffset]::UtcNow.ToUnixTimeSeconds()
        $header = @{ alg = 'RS256'; typ = 'JWT'; x5t = & $part $certificate.GetCertHash() }
        $claims = @{ aud = $endpoint; iss = $file.clientId; sub = $file.clientId; jti = "$([guid]::NewGuid())"; nbf = $now - 60; exp = $now + 300 }
        $signed = "$(& $text $header).$(& $text $claims)"
        $key = [Security.Cryptography.X509Certificates.RSACertificateExtensions]::GetRSAPrivateKey($certificate)
        $signature = & $part $key.SignData([Text.Encoding]::ASCII.GetBytes($signed), 'SHA256', [Security.Cryptography.RSASignaturePadding]::Pkcs1)
        $form = @{
            grant_type = 'client_credentials'; client_id = $file.clientId; scope = "$Resource/.default"; client_assertion = "$signed.$signature"
            client_assertion_type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
        }
        (Invoke-TenantMethod -Uri $endpoint -Method Post -Body $form).access_token
    }
}

AfterAll { Stop-PracticeTenant -Tenant $tenant }

AfterEach { Get-M365ProfilePhotoContext | Disconnect-M365ProfilePhoto }

Describe 'A certificate' {
    It 'comes from a file' {
        Connect-M365ProfilePhoto @app -CertificatePath $certificatePath
        Confirm-Connection
    }

    It 'comes as base64: <Case>' -ForEach @(@{ Case = 'text' }, @{ Case = 'a secure string' }) {
        $text = [Convert]::ToBase64String([IO.File]::ReadAllBytes($certificatePath))
        $value = if ($Case -eq 'text') { $text } else { ConvertTo-SecureString -String $text -AsPlainText -Force }
        Connect-M365ProfilePhoto @app -CertificateBase64Encoded $value
        Confirm-Connection
    }

    It 'comes as a PFX in base64 with its password' {
        $text = [Convert]::ToBase64String([IO.File]::ReadAllBytes($pfx))
        Connect-M365ProfilePhoto @app -CertificateBase64Encoded $text -CertificatePassword (ConvertTo-SecureString -String $password -AsPlainText -Force)
        Confirm-Connection
    }

    It 'comes as an object, and .NET signs with its key' {
        if ($InWine) { Set-ItResult -Skipped -Because $noKeys; return }
        Connect-M365ProfilePhoto @app -Certificate (Get-AppCertificate)
        Confirm-Connection
    }

    Context 'in the store' -Skip:$inWine {
        BeforeAll {
            if ($InWine) { return }
            $store = [Security.Cryptography.X509Certificates.X509Store]::new('My', 'CurrentUser')
            $store.Open('ReadWrite')
            $stored = Get-AppCertificate
            $store.Add($stored)
        }
        AfterAll {
            if ($InWine) { return }
            $store.Remove($stored)
            $store.Close()
        }

        It 'is found by its thumbprint, however that was copied' {
            $copied = [char] 0x200E + ($stored.Thumbprint.ToLowerInvariant() -replace '(..)', '$1 ')
            Connect-M365ProfilePhoto @app -CertificateThumbprint $copied
            Confirm-Connection
        }

        It 'signs again when a token is taken back in the middle' {
            Connect-M365ProfilePhoto @app -CertificateThumbprint $stored.Thumbprint
            [void] (Invoke-RestMethod -Uri "$($tenant.Control)/tokens/revoke" -Method Post)
            Confirm-Connection
        }
    }

    It 'that is in no store is named, and the stores are' {
        $refusal = Get-Refusal { Connect-M365ProfilePhoto @app -CertificateThumbprint ('0' * 40) }
        $refusal.FullyQualifiedErrorId | Should -Be 'M365Photo.CertificateUnusable,Connect-M365ProfilePhoto'
        $refusal.Exception.Message | Should -Match 'thumbprint 0{40}\..+store'
        $refusal.ErrorDetails.RecommendedAction | Should -Match 'Cert:\\CurrentUser\\My'
    }

    It 'without its private key is refused before anything is sent' {
        $pem = [IO.File]::ReadAllText($certificatePath) -replace '(?s).*-----BEGIN CERTIFICATE-----(.+?)-----END.*', '$1'
        $public = [Security.Cryptography.X509Certificates.X509Certificate2]::new([Convert]::FromBase64String($pem))
        $refusal = Get-Refusal { Connect-M365ProfilePhoto @app -Certificate $public }
        $refusal.FullyQualifiedErrorId | Should -Be 'M365Photo.CertificateUnusable,Connect-M365ProfilePhoto'
        $refusal.Exception.Message | Should -Match 'no private key'
    }
}

Describe 'A client secret' {
    BeforeAll {
        $secret = [IO.File]::ReadAllText([IO.Path]::Combine($tenant.Folder, $file.clientSecretFile)).Trim()
        $credential = [pscredential]::new($file.clientId, (ConvertTo-SecureString -String $secret -AsPlainText -Force))
    }

    It 'connects to Graph alone, and a warning says why and what to use instead' {
        $context = Connect-M365ProfilePhoto -EnvironmentFile $bare -TenantId $file.tenantId -ClientSecretCredential $credential -PassThru -WarningVariable warned -WarningAction SilentlyContinue
        "$warned" | Should -Match 'SharePoint refuses tokens that were got with a client secret.+certificate'
        $context.SharePointError | Should -Match 'client secret'
        $person = (Get-Truth -Tenant $tenant -Kind in-sync)[0]
        (Get-UserProfilePhoto -Identity $person.id -Side Source).HasPhoto | Should -BeTrue
        $refusal = Get-Refusal { Sync-UserProfilePhoto -All }
        $refusal.FullyQualifiedErrorId | Should -Be 'M365Photo.TokenRejected,Sync-UserProfilePhoto'
        $refusal.ErrorDetails.RecommendedAction | Should -Match 'certificate'
    }
}

Describe 'Access tokens' {
    It 'are used for the host that each names' {
        if ($InWine) { Set-ItResult -Skipped -Because $noKeys; return }
        $tokens = foreach ($resource in $file.graph, $file.sharePointMySite, $file.sharePointAdmin) { Get-Token -Resource $resource.TrimEnd('/') }
        $secure = ConvertTo-SecureString -String $tokens[0] -AsPlainText -Force
        $context = Connect-M365ProfilePhoto -EnvironmentFile $bare -AccessToken $secure, $tokens[1], $tokens[2] -PassThru
        $context.Credential | Should -Be 'AccessToken'
        $context.TenantId | Should -Be $file.tenantId
        $context.ClientId | Should -Be $file.clientId
        Confirm-Connection
    }

    It 'for Graph alone connect to Graph alone' {
        if ($InWine) { Set-ItResult -Skipped -Because $noKeys; return }
        $context = Connect-M365ProfilePhoto -EnvironmentFile $bare -AccessToken (Get-Token -Resource $file.graph.TrimEnd('/')) -PassThru -WarningAction SilentlyContinue
        $context.SharePointError | Should -Match 'None of the given access tokens is for'
    }

    It 'that are none are refused, and not repeated' {
        $refusal = Get-Refusal { Connect-M365ProfilePhoto -EnvironmentFile $bare -AccessToken 'Bearer hunter2' }
        $refusal.FullyQualifiedErrorId | Should -Be 'M365Photo.InvalidArgument,Connect-M365ProfilePhoto'
        $refusal.ErrorDetails.RecommendedAction | Should -Match "without 'Bearer'"
        "$refusal $($refusal.Exception)" | Should -Not -Match 'hunter2'
    }
}

Describe 'The environment' {
    It 'gives tenant, app and certificate file' {
        $variables = @{ AZURE_TENANT_ID = $file.tenantId; AZURE_CLIENT_ID = $file.clientId; AZURE_CLIENT_CERTIFICATE_PATH = $certificatePath }
        Invoke-WithVariable -Variable $variables -Script { Connect-M365ProfilePhoto -EnvironmentFile $bare -FromEnvironment }
        Confirm-Connection
    }

    It 'gives the password of the certificate file' {
        $variables = @{ AZURE_CLIENT_CERTIFICATE_PATH = $pfx; AZURE_CLIENT_CERTIFICATE_PASSWORD = $password }
        Invoke-WithVariable -Variable $variables -Script { Connect-M365ProfilePhoto @app -FromEnvironment }
        Confirm-Connection
    }

    It 'gives a client secret' {
        $secret = [IO.File]::ReadAllText([IO.Path]::Combine($tenant.Folder, $file.clientSecretFile)).Trim()
        Invoke-WithVariable -Variable @{ AZURE_CLIENT_SECRET = $secret } -Script { Connect-M365ProfilePhoto @app -FromEnvironment -WarningAction SilentlyContinue }
        (Get-M365ProfilePhotoContext).Credential | Should -Be 'ClientSecret'
    }

    It 'without a credential is told what it lacks' {
        $refusal = Invoke-WithVariable -Variable @{} -Script { Get-Refusal { Connect-M365ProfilePhoto @app -FromEnvironment } }
        $refusal.ErrorDetails.RecommendedAction | Should -Match 'AZURE_CLIENT_CERTIFICATE_PATH, AZURE_FEDERATED_TOKEN_FILE or AZURE_CLIENT_SECRET'
    }
}

Describe 'A device code' {
    It 'is shown, and the connection is that of the person who types it in' {
        $shown = Connect-M365ProfilePhoto @app -UseDeviceCode 6>&1
        $shown.MessageData | Should -Match 'enter the code \w+ to authenticate.+15 minutes'
        $shown.Tags | Should -Contain 'M365ProfilePhoto.DeviceCode'
        $context = Get-M365ProfilePhotoContext
        $context.Credential | Should -Be 'DeviceCode'
        $context.User | Should -Match '@'
        Confirm-Connection
    }

    It 'is asked for once: when tokens are over or taken back, a refresh token stands for the person' {
        $short = Start-PracticeTenant -Options '--users 24 --token-lifetime 2'
        try {
            $person = ConvertFrom-Json ([IO.File]::ReadAllText($short.Environment))
            $shown = @(Connect-M365ProfilePhoto -EnvironmentFile $short.Environment -TenantId $person.tenantId -ClientId $person.clientId -UseDeviceCode 6>&1)
            foreach ($turn in 1..3) {
                Start-Sleep -Seconds 2
                if ($turn -eq 2) { [void] (Invoke-RestMethod -Uri "$($short.Control)/tokens/revoke" -Method Post) }
                Reset-Traffic -Tenant $short
                $results = Sync-UserProfilePhoto -All -IncludeUnchanged
                $results | Where-Object Result -EQ Failed | Should -BeNullOrEmpty
                $results | Should -Not -BeNullOrEmpty
                (Get-Traffic -Tenant $short).requests.byOperation.'entra.token' | Should -BeGreaterThan 2 -Because 'each of the three hosts needs a new one'
            }
            $shown.Count | Should -Be 1
        }
        finally { Stop-PracticeTenant -Tenant $short }
    }

    It 'is given up within two seconds by Ctrl+C' {
        $shell = [powershell]::Create([initialsessionstate]::CreateDefault2())
        try {
            [void] $shell.AddScript({
                    param($Module, $App)
                    Import-Module -Name $Module
                    Connect-M365ProfilePhoto @App -UseDeviceCode
                }).AddArgument($ModulePath).AddArgument($app)
            [void] $shell.BeginInvoke()
            $clock = [Diagnostics.Stopwatch]::StartNew()
            while ($shell.Streams.Information.Count -eq 0 -and $clock.Elapsed.TotalSeconds -lt 60) { Start-Sleep -Milliseconds 50 }
            $shell.Streams.Information.Count | Should -Be 1
            $clock.Restart()
            $shell.Stop()
            $clock.Elapsed.TotalSeconds | Should -BeLessThan 2
        }
        finally { $shell.Dispose() }
    }

    It 'that is declined ends in words' {
        $job = Start-Job -ScriptBlock {
            param($Module, $App)
            Import-Module -Name $Module
            try { Connect-M365ProfilePhoto @App -UseDeviceCode } catch { "$($_.FullyQualifiedErrorId): $($_.Exception.Message)" }
        } -ArgumentList $ModulePath, $app
        try {
            $clock = [Diagnostics.Stopwatch]::StartNew()
            while ("$($job | Receive-Job -Keep 6>&1)" -notmatch 'enter the code' -and $clock.Elapsed.TotalSeconds -lt 60) { Start-Sleep -Milliseconds 100 }
            [void] (Invoke-RestMethod -Uri "$($tenant.Control)/devicecodes/decline" -Method Post)
            "$($job | Wait-Job | Receive-Job 6>&1)" | Should -Match 'M365Photo\.SignInFailed,Connect-M365ProfilePhoto: The sign-in was declined'
        }
        finally { $job | Remove-Job -Force }
    }
}

Describe 'A way of signing in' {
    It 'must be there' {
        $refusal = Get-Refusal { Connect-M365ProfilePhoto @app }
        $refusal.FullyQualifiedErrorId | Should -Be 'M365Photo.InvalidArgument,Connect-M365ProfilePhoto'
        $refusal.ErrorDetails.RecommendedAction | Should -Match 'docs/sign-in.md'
    }

    It 'must be one' {
        { Connect-M365ProfilePhoto @app -UseDeviceCode -CertificatePath $certificatePath } | Should -Throw -ErrorId 'AmbiguousParameterSet,Connect-M365ProfilePhoto'
    }

    It 'says which parameter it lacks: <Lacks>' -ForEach @(@{ Lacks = 'TenantId' }, @{ Lacks = 'ClientId' }) {
        $parameters = $app.Clone()
        $parameters.Remove($Lacks)
        $refusal = Get-Refusal { Connect-M365ProfilePhoto @parameters -CertificatePath $certificatePath }
        $refusal.ErrorDetails.RecommendedAction | Should -Match "Give -${Lacks}:"
    }

    It 'says that the address of SharePoint is missing' {
        $refusal = Get-Refusal { Connect-M365ProfilePhoto -TenantId $file.tenantId -ClientId $file.clientId -CertificatePath $certificatePath }
        $refusal.ErrorDetails.RecommendedAction | Should -Match '-SharePointUrl'
    }
}
