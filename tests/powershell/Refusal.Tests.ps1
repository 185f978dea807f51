# What an admin sees when signing in goes wrong: one clear error, with Microsoft's code where there is one, and the next step.

BeforeDiscovery {
    $certificates = @(
        @{ Case = 'a wrong password'; File = 'modern.pfx'; Password = 'guess'; Says = 'password of the certificate file is wrong'; Next = '-CertificatePassword' }
        @{ Case = 'a missing password'; File = 'modern.pfx'; Says = 'protected by a password'; Next = '-CertificatePassword' }
        @{ Case = 'a wrong password of a PEM key'; File = 'encrypted.pem'; Password = 'guess'; Says = 'password of the certificate file is wrong'; Next = '-CertificatePassword' }
        @{ Case = 'an expired certificate'; File = 'expired.pem'; Says = 'expired on 2021-01-01'; Next = 'upload it to the app registration' }
        @{ Case = 'a certificate of tomorrow'; File = 'early.pem'; Says = 'not valid before 2090-01-01'; Next = 'valid certificate' }
        @{ Case = 'a key without its certificate'; File = 'no-certificate.pfx'; Password = 'correct'; Says = 'a private key and no certificate'; Next = 'into the same file' }
        @{ Case = 'a certificate without its key'; File = 'no-key.pfx'; Password = 'correct'; Says = 'no private key'; Next = 'together with its private key' }
        @{ Case = 'a key of another certificate'; File = 'mismatched.pem'; Says = 'belongs to none'; Next = 'PFX or PEM' }
        @{ Case = 'a short key'; File = 'short.pem'; Says = 'too short'; Next = '2048 bits' }
        @{ Case = 'a key that is not RSA'; File = 'ec.pem'; Says = 'not an RSA key'; Next = 'RSA certificates' }
        @{ Case = 'an old encryption'; File = 'old-encrypted.pem'; Password = 'correct'; Says = 'too weak'; Next = 'openssl pkcs8 -topk8' }
        @{ Case = 'a file of another kind'; File = 'make.sh'; Says = 'neither PFX nor PEM'; Next = 'PFX or PEM' }
    )
    $identity = @(
        @{ Case = 'a tenant typed as a name'; Parameters = @{ TenantId = 'Contoso Ltd' }; Id = 'InvalidArgument'; Next = 'GUID or a verified domain' }
        @{ Case = 'a tenant that is not there'; Parameters = @{ TenantId = 'fabrikam.onmicrosoft.com' }; Id = 'SignInFailed'; Code = 'AADSTS90002'; Next = '-TenantId.+-Environment' }
        @{ Case = 'an app that is not there'; Parameters = @{ ClientId = [guid]::NewGuid() }; Id = 'SignInFailed'; Code = 'AADSTS700016'; Next = '-ClientId' }
        @{ Case = 'a client id that is none'; Parameters = @{ ClientId = 'Photo sync' }; Id = 'InvalidArgument'; Next = 'Application \(client\) ID' }
        @{ Case = 'a certificate that was not uploaded'; Own = 'rsa.pem'; Id = 'SignInFailed'; Code = 'AADSTS700027'; Next = 'Upload this certificate' }
        @{ Case = 'nobody at the proxy'; Parameters = @{ Proxy = 'http://127.0.0.1:9' }; Id = 'ConnectionFailed'; Next = 'proxy' }
    )
}

BeforeAll {
    . $PSScriptRoot/common.ps1
    $tenant = Start-PracticeTenant -Options '--users 12'
    $file = ConvertFrom-Json ([IO.File]::ReadAllText($tenant.Environment))
    $secret = [IO.File]::ReadAllText([IO.Path]::Combine($tenant.Folder, $file.clientSecretFile)).Trim()
    $folder = [IO.Path]::Combine($Repository, 'tests', 'auth', 'certificates')

    # One error, of this id and with this advice, and nothing else in $Error.
    function Confirm-Refusal {
        param([scriptblock] $Command, [string] $Id, [string] $Says = '.', [string] $Next, [string] $Code)

        $Error.Clear()
        $refusal = Get-Refusal $Command
        $refusal.FullyQualifiedErrorId | Should -Be "M365Photo.$Id,Connect-M365ProfilePhoto"
        $refusal.Exception.Message | Should -Match $Says
        $refusal.ErrorDetails.RecommendedAction | Should -Match $Next
        if ($Code) { $refusal.Exception.ServiceCode | Should -Be $Code }
        $Error | Should -HaveCount 1
        Get-M365ProfilePhotoContext | Should -BeNullOrEmpty
    }
}

AfterAll { Stop-PracticeTenant -Tenant $tenant }

Describe 'A certificate file' {
    It 'is refused with the reason: <Case>' -ForEach $certificates {
        $parameters = @{ EnvironmentFile = $tenant.Environment; CertificatePath = [IO.Path]::Combine($folder, $File) }
        if ($_['Password']) { $parameters.CertificatePassword = ConvertTo-SecureString -String $Password -AsPlainText -Force }
        Reset-Traffic -Tenant $tenant
        Confirm-Refusal -Command { Connect-M365ProfilePhoto @parameters } -Id CertificateUnusable -Says $Says -Next $Next
        (Get-Traffic -Tenant $tenant).requests.total | Should -Be 0 -Because 'nothing is sent'
    }
}

Describe 'A sign-in' {
    It 'is refused with the reason: <Case>' -ForEach $identity {
        $parameters = @{ EnvironmentFile = $tenant.Environment }
        if ($_['Parameters']) { $parameters += $_.Parameters }
        if ($_['Own']) { $parameters.CertificatePath = [IO.Path]::Combine($folder, $_.Own) }
        Confirm-Refusal -Command { Connect-M365ProfilePhoto @parameters } -Id $Id -Next $Next -Code $_['Code']
    }

    It 'in the wrong cloud is refused before anything is sent' {
        Confirm-Refusal -Id InvalidArgument -Says 'is in USGov, not in Commercial' -Next '-Environment USGov' -Command {
            Connect-M365ProfilePhoto -TenantId contoso.onmicrosoft.us -ClientId ([guid]::NewGuid()) -SharePointUrl https://contoso.sharepoint.us -Environment Commercial -CertificatePath ([IO.Path]::Combine($folder, 'rsa.pem'))
        }
    }

    It 'with a secret that has <Case> says so' -ForEach @(
        @{ Case = 'expired'; Lever = 'secret-expired'; Code = 'AADSTS7000222'; Next = 'has expired' }
        @{ Case = 'an app that was disabled'; Lever = 'disabled'; Code = 'AADSTS7000112'; Next = 'Enterprise applications' }
    ) {
        $credential = [pscredential]::new($file.clientId, (ConvertTo-SecureString -String $secret -AsPlainText -Force))
        [void] (Invoke-RestMethod -Uri "$($tenant.Control)/app/$Lever" -Method Post)
        try {
            Confirm-Refusal -Id SignInFailed -Code $Code -Next $Next -Command {
                Connect-M365ProfilePhoto -EnvironmentFile $tenant.Environment -ClientSecretCredential $credential
            }
        }
        finally { [void] (Invoke-RestMethod -Uri "$($tenant.Control)/app/enabled" -Method Post) }
    }

    It 'through a proxy that asks for a password names the parameter' {
        $shell = [powershell]::Create([initialsessionstate]::CreateDefault2())
        $listener = [Net.Sockets.TcpListener]::new([Net.IPAddress]::Loopback, 0)
        $listener.Start()
        try {
            [void] $shell.AddScript({
                    param($Listener)
                    $answer = [Text.Encoding]::ASCII.GetBytes("HTTP/1.1 407 Proxy Authentication Required`r`nProxy-Authenticate: Basic realm=`"proxy`"`r`nContent-Length: 0`r`n`r`n")
                    while ($true) {
                        $stream = $Listener.AcceptTcpClient().GetStream()
                        [void] $stream.Read([byte[]]::new(4096), 0, 4096)
                        $stream.Write($answer, 0, $answer.Length)
                        $stream.Close()
                    }
                }).AddArgument($listener)
            [void] $shell.BeginInvoke()
            Confirm-Refusal -Id ConnectionFailed -Next '-ProxyCredential' -Command {
                Connect-M365ProfilePhoto -EnvironmentFile $tenant.Environment -Proxy "http://127.0.0.1:$($listener.LocalEndpoint.Port)"
            }
        }
        finally {
            $listener.Stop()
            $shell.Dispose()
        }
    }

    It 'on a computer whose clock is two hours slow says by how much' {
        if (-not (Get-Command -Name faketime -ErrorAction Ignore)) { Set-ItResult -Skipped -Because 'faketime, which sets the clock back, is not installed'; return }
        $text = "Import-Module '$ModulePath'; try { Connect-M365ProfilePhoto -EnvironmentFile '$($tenant.Environment)' } catch { `$_.Exception.ServiceCode; `$_.ErrorDetails.RecommendedAction }"
        $script = "$TestDrive/slow.ps1"
        [IO.File]::WriteAllText($script, $text)
        $said = & faketime -f -2h $PowerShell -NoProfile -NonInteractive -File $script 2>&1 | Out-String
        $said | Should -Match 'AADSTS700024'
        $said | Should -Match "Set this computer's clock: it is 1(19|20) minutes behind"
    }
}

Describe 'The system' {
    It 'names the proxy where none is given, with the user that the variable holds' {
        $listener = [Net.Sockets.TcpListener]::new([Net.IPAddress]::Loopback, 0)
        $listener.Start()
        try {
            $guest = $listener.AcceptTcpClientAsync()
            $text = "Import-Module '$ModulePath'; try { Connect-M365ProfilePhoto -TenantId contoso.onmicrosoft.com -ClientId $([guid]::NewGuid()) -SharePointUrl https://contoso.sharepoint.com -CertificatePath '$folder/rsa.pem' -TimeoutSeconds 1 -Verbose } catch { `$_ }"
            $proxies = 'HTTPS_PROXY', 'https_proxy', 'NO_PROXY', 'no_proxy', 'ALL_PROXY', 'all_proxy'
            $before = @{}
            foreach ($name in $proxies) { $before[$name] = [Environment]::GetEnvironmentVariable($name); [Environment]::SetEnvironmentVariable($name, $null) }
            $env:HTTPS_PROXY = "http://anna:PLANTED@127.0.0.1:$($listener.LocalEndpoint.Port)"
            try { $said = (Invoke-OtherPowerShell -Text $text).Output } finally { foreach ($name in $proxies) { [Environment]::SetEnvironmentVariable($name, $before[$name]) } }
            $guest.Wait(20000) | Should -BeTrue -Because $said
            $buffer = [byte[]]::new(4096)
            $asked = [Text.Encoding]::ASCII.GetString($buffer, 0, $guest.Result.GetStream().Read($buffer, 0, $buffer.Length))
        }
        finally { $listener.Stop() }
        $asked | Should -Match '^CONNECT login\.microsoftonline\.com:443'
        $asked | Should -Match "(?i)proxy-authorization: Basic $([Convert]::ToBase64String([Text.Encoding]::ASCII.GetBytes('anna:PLANTED')))"
        $said | Should -Match "system's proxy http://127\.0\.0\.1"
        $said | Should -Not -Match 'PLANTED'
    }
}
