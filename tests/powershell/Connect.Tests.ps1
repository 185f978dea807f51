# Connections: signing in, several at once, what is shown of them, and how a refusal reads.

BeforeAll {
    . $PSScriptRoot/common.ps1
    $tenant = Start-PracticeTenant -Options '--users 24'
    $file = ConvertFrom-Json ([IO.File]::ReadAllText($tenant.Environment))

    # A copy of the environment file with some fields changed.
    function New-Environment {
        param([hashtable] $Change)

        $copy = $file | Select-Object -Property *
        foreach ($name in $Change.Keys) { $copy.$name = $Change[$name] }
        $path = [IO.Path]::Combine($tenant.Folder, "$([guid]::NewGuid()).json")
        [IO.File]::WriteAllText($path, (ConvertTo-Json $copy))
        $path
    }
}

AfterAll { Stop-PracticeTenant -Tenant $tenant }

Describe 'Connect-M365ProfilePhoto' {
    AfterEach { Get-M365ProfilePhotoContext | Disconnect-M365ProfilePhoto }

    It 'signs in with what an environment file says, and writes nothing' {
        Connect-M365ProfilePhoto -EnvironmentFile $tenant.Environment | Should -BeNullOrEmpty
        (Get-M365ProfilePhotoContext).Connected | Should -BeTrue
    }

    It 'writes the connection with -PassThru' {
        $context = Connect-M365ProfilePhoto -EnvironmentFile $tenant.Environment -PassThru
        $context.PSTypeNames[0] | Should -Be 'M365ProfilePhoto.Context'
        $context.Name | Should -Be 'Default'
        $context.TenantId | Should -Be $file.tenantId
        $context.ClientId | Should -Be $file.clientId
        $context.Credential | Should -Be 'Certificate'
        $context.PictureFolder | Should -BeLike '*/Profile Pictures'
        $context.Tokens.Count | Should -BeGreaterOrEqual 2
        $context.Tokens[0].Expires | Should -BeGreaterThan (Get-Date)
    }

    It 'takes a relative path, as any cmdlet does' {
        Push-Location -Path $tenant.Folder
        try { Connect-M365ProfilePhoto -EnvironmentFile ./environment.json } finally { Pop-Location }
        (Get-M365ProfilePhotoContext).Connected | Should -BeTrue
    }

    It 'takes a certificate file of its own, with the names that other modules use' {
        $environment = New-Environment @{ certificateFile = $null; clientSecretFile = $null; clientId = $null; tenantId = $null }
        $certificate = [IO.Path]::Combine($tenant.Folder, $file.certificateFile)
        $context = Connect-M365ProfilePhoto -EnvironmentFile $environment -Tenant $file.tenantId -AppId $file.clientId -CertificateFilePath $certificate -ReturnConnection
        $context.Credential | Should -Be 'Certificate'
    }

    It 'shows no secret and no token anywhere' {
        $secret = [IO.File]::ReadAllText([IO.Path]::Combine($tenant.Folder, $file.clientSecretFile)).Trim()
        $credential = [pscredential]::new($file.clientId, (ConvertTo-SecureString -String $secret -AsPlainText -Force))
        $shown = & {
            $DebugPreference = 'Continue'
            Connect-M365ProfilePhoto -EnvironmentFile $tenant.Environment -PassThru -Verbose
            Connect-M365ProfilePhoto -EnvironmentFile $tenant.Environment -ClientSecretCredential $credential -Name secret -Verbose
            try { Compare-UserProfilePhoto -All -Connection secret } catch { $_; $_.Exception }
            Get-M365ProfilePhotoContext | ConvertTo-Json -Depth 5
        } *>&1 | ForEach-Object { Format-List -InputObject $_ -Property * -Force | Out-String }
        "$shown" | Should -Match 'SharePointMySite'
        "$shown" | Should -Match 'SharePoint refuses'
        "$shown".Contains($secret) | Should -BeFalse
        "$shown" | Should -Not -Match 'eyJ[\w-]{10}'
    }

    It 'says what the service says about a wrong secret' {
        $credential = [pscredential]::new($file.clientId, (ConvertTo-SecureString -String 'wrong' -AsPlainText -Force))
        $refusal = Get-Refusal { Connect-M365ProfilePhoto -EnvironmentFile $tenant.Environment -ClientSecretCredential $credential }
        $refusal.FullyQualifiedErrorId | Should -Be 'M365Photo.SignInFailed,Connect-M365ProfilePhoto'
        $refusal.Exception.ServiceCode | Should -Be 'AADSTS7000215'
    }

    It 'shows the proxy the user and password that it asks for' {
        $listener = [Net.Sockets.TcpListener]::new([Net.IPAddress]::Loopback, 0)
        $listener.Start()
        try {
            $guest = $listener.AcceptTcpClientAsync()
            $credential = [pscredential]::new('CONTOSO\proxy', (ConvertTo-SecureString -String 'open sesame' -AsPlainText -Force))
            Get-Refusal { Connect-M365ProfilePhoto -EnvironmentFile $tenant.Environment -Proxy "http://127.0.0.1:$($listener.LocalEndpoint.Port)" -ProxyCredential $credential -TimeoutSeconds 1 }
            $buffer = [byte[]]::new(4096)
            $asked = [Text.Encoding]::ASCII.GetString($buffer, 0, $guest.Result.GetStream().Read($buffer, 0, $buffer.Length))
        }
        finally { $listener.Stop() }
        $asked | Should -Match '^CONNECT '
        $shown = [regex]::Match($asked, '(?i)proxy-authorization: Basic (\S+)').Groups[1].Value
        [Text.Encoding]::UTF8.GetString([Convert]::FromBase64String($shown)) | Should -Be 'CONTOSO\proxy:open sesame'
    }

    It 'keeps a connection that works when another one with its name is refused' {
        Connect-M365ProfilePhoto -EnvironmentFile $tenant.Environment
        Get-Refusal { Connect-M365ProfilePhoto -EnvironmentFile $tenant.Environment -TenantId ([guid]::NewGuid()) }
        Compare-UserProfilePhoto -All -IncludeUnchanged | Should -Not -BeNullOrEmpty
    }
}

Describe 'A refused connection' {
    It '<Case>: <Id>, <Category>, and what to do next' -ForEach @(
        @{ Case = 'a wrong tenant'; Id = 'SignInFailed'; Category = 'AuthenticationError'; Parameters = @{ TenantId = '99999999-9999-9999-9999-999999999999' } }
        @{ Case = 'a wrong app'; Id = 'SignInFailed'; Category = 'AuthenticationError'; Parameters = @{ ClientId = '99999999-9999-9999-9999-999999999999' } }
        @{ Case = 'a certificate file that is none'; Id = 'CertificateUnusable'; Category = 'AuthenticationError'; Parameters = @{ CertificatePath = 'environment.json' } }
        @{ Case = 'a certificate file that is missing'; Id = 'FileAccess'; Category = 'OpenError'; Parameters = @{ CertificatePath = 'none.pfx' } }
        @{ Case = 'an environment file that is missing'; Id = 'FileAccess'; Category = 'OpenError'; Parameters = @{ EnvironmentFile = 'none.json' } }
        @{ Case = 'a proxy that is not there'; Id = 'ConnectionFailed'; Category = 'ConnectionError'; Parameters = @{ Proxy = 'http://127.0.0.1:9' } }
        @{ Case = 'a host that is not there'; Id = 'ConnectionFailed'; Category = 'ConnectionError'; Change = @{ authority = 'https://127.0.0.1:9' } }
        @{ Case = 'an authority that nobody vouches for'; Id = 'UntrustedHost'; Category = 'SecurityError'; Change = @{ certificateAuthorityFile = $null } }
    ) {
        $parameters = @{ EnvironmentFile = $tenant.Environment }
        if ($_['Change']) { $parameters.EnvironmentFile = New-Environment $Change }
        if ($_['Parameters']) { foreach ($name in $_.Parameters.Keys) { $parameters[$name] = $_.Parameters[$name] } }
        Push-Location -Path $tenant.Folder
        try { $refusal = Get-Refusal { Connect-M365ProfilePhoto @parameters } } finally { Pop-Location }
        $refusal.FullyQualifiedErrorId | Should -Be "M365Photo.$Id,Connect-M365ProfilePhoto"
        $refusal.CategoryInfo.Category | Should -Be $Category
        $refusal.ErrorDetails.RecommendedAction | Should -Match '\w.+\.$'
        Get-M365ProfilePhotoContext | Should -BeNullOrEmpty
    }

    It 'carries what a support case needs' {
        $refusal = Get-Refusal { Connect-M365ProfilePhoto -EnvironmentFile $tenant.Environment -TenantId ([guid]::NewGuid()) }
        $refusal.Exception.Name | Should -Be 'SignInFailed'
        $refusal.Exception.Code | Should -Be 10
        $refusal.Exception.HttpStatus | Should -Be 400
        $refusal.Exception.ServiceCode | Should -Match '^AADSTS\d+$'
        $refusal.Exception.Advice | Should -Be $refusal.ErrorDetails.RecommendedAction
    }
}

Describe 'Several connections' {
    BeforeAll {
        $other = Start-PracticeTenant -Options '--users 12 --seed 7'
        Connect-M365ProfilePhoto -EnvironmentFile $tenant.Environment -Name first
    }
    AfterAll {
        Get-M365ProfilePhotoContext | Disconnect-M365ProfilePhoto
        Stop-PracticeTenant -Tenant $other
    }

    It 'need no name while there is only one' {
        Compare-UserProfilePhoto -All -IncludeUnchanged -IncludeDisabled -UserType All | Should -HaveCount 24
    }

    It 'are told apart by name' {
        Connect-M365ProfilePhoto -EnvironmentFile $other.Environment -Name second
        Compare-UserProfilePhoto -All -IncludeUnchanged -IncludeDisabled -UserType All -Connection second | Should -HaveCount 12
        Compare-UserProfilePhoto -All -IncludeUnchanged -IncludeDisabled -UserType All -Connection FIRST | Should -HaveCount 24
    }

    It 'are taken as objects, too' {
        $second = Get-M365ProfilePhotoContext -Name second
        Compare-UserProfilePhoto -All -IncludeUnchanged -IncludeDisabled -UserType All -Connection $second | Should -HaveCount 12
    }

    It 'are never guessed: without a default one, the cmdlet asks which' {
        $refusal = Get-Refusal { Sync-UserProfilePhoto -All }
        $refusal.FullyQualifiedErrorId | Should -Be 'M365Photo.NotConnected,Sync-UserProfilePhoto'
        $refusal.Exception.Message | Should -Match 'several connections: first, second'
    }

    It 'complete by name' {
        $line = 'Compare-UserProfilePhoto -All -Connection s'
        (TabExpansion2 -inputScript $line -cursorColumn $line.Length).CompletionMatches.CompletionText | Should -Be 'second'
        $line = 'Disconnect-M365ProfilePhoto '
        (TabExpansion2 -inputScript $line -cursorColumn $line.Length).CompletionMatches.CompletionText | Should -Contain 'first'
        $line = 'Compare-UserProfilePhoto -State Pl'
        (TabExpansion2 -inputScript $line -cursorColumn $line.Length).CompletionMatches.CompletionText | Should -Be 'Placeholder'
    }

    It 'yield to the connection without a name' {
        Connect-M365ProfilePhoto -EnvironmentFile $other.Environment
        Compare-UserProfilePhoto -All -IncludeUnchanged -IncludeDisabled -UserType All | Should -HaveCount 12
    }

    It 'end one by one; what is not there is an error' {
        Disconnect-M365ProfilePhoto -Name first
        (Get-M365ProfilePhotoContext).Name | Should -Be 'second', 'Default'
        Disconnect-M365ProfilePhoto -Name first -ErrorVariable failed -ErrorAction SilentlyContinue
        $failed[0].FullyQualifiedErrorId | Should -Be 'M365Photo.NotConnected,Disconnect-M365ProfilePhoto'
        $failed[0].TargetObject | Should -Be 'first'
    }
}

Describe 'A session that is not connected' {
    It '<_> says so' -ForEach 'Compare-UserProfilePhoto', 'Sync-UserProfilePhoto', 'Get-UserProfilePhoto' {
        $refusal = Get-Refusal { & $_ -Identity anna@contoso.com }
        $refusal.FullyQualifiedErrorId | Should -Be "M365Photo.NotConnected,$_"
        $refusal.ErrorDetails.RecommendedAction | Should -Match 'Connect-M365ProfilePhoto'
    }

    It 'has no context' { Get-M365ProfilePhotoContext | Should -BeNullOrEmpty }
}
