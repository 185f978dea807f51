# Planted secrets are looked for in all that a session says and writes, and in its memory after Disconnect-M365ProfilePhoto.

BeforeDiscovery {
    # Under Wine there is a /proc, too, but its processes have other numbers.
    $hasMemory = [IO.Path]::DirectorySeparatorChar -eq '/' -and (Test-Path -Path /proc/self/mem)
    $inWine = Test-Path -Path HKCU:\Software\Wine
    if ($inWine) { Write-Warning -Message 'Secrets are not searched for under Wine: it cannot import the private key that is planted.' }
}

BeforeAll {
    . $PSScriptRoot/common.ps1
    $other = $null
    if ($InWine) { return }

    # Searches the writable memory of a process, or a file, for byte patterns (given in disguise: each byte XOR 0x80) and for tokens.
    Add-Type -TypeDefinition @'
using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;

public static class SecretSearch
{
    // Where the last search of a memory found what was planted, for whoever has to find out why.
    public static string Places;

    public static int[] InMemory(int process, byte[][] disguised)
    {
        int[] found = new int[disguised.Length + 1];
        Places = "";
        using (FileStream memory = new FileStream("/proc/" + process + "/mem", FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 1))
            foreach (string line in File.ReadAllLines("/proc/" + process + "/maps"))
            {
                string[] parts = line.Split(' ');
                if (!parts[1].StartsWith("rw")) continue;
                string[] range = parts[0].Split('-');
                long from = long.Parse(range[0], NumberStyles.HexNumber), to = long.Parse(range[1], NumberStyles.HexNumber);
                for (long at = from; at < to; at += 1 << 20)
                {
                    byte[] bytes = Read(memory, at, (int)Math.Min(to - at, (1 << 20) + 8192));
                    In(bytes, 1 << 20, disguised, found, line);
                    // Else a later search of this process would find them here.
                    Array.Clear(bytes, 0, bytes.Length);
                }
            }
        return found;
    }

    public static int[] InFile(string path, byte[][] disguised)
    {
        int[] found = new int[disguised.Length + 1];
        byte[] all = File.ReadAllBytes(path);
        In(all, all.Length, disguised, found, path);
        return found;
    }

    static byte[] Read(FileStream memory, long at, int length)
    {
        byte[] bytes = new byte[length];
        int done = 0;
        try
        {
            memory.Position = at;
            while (done < length)
            {
                int more = memory.Read(bytes, done, length - done);
                if (more <= 0) break;
                done += more;
            }
        }
        catch (IOException) { }
        if (done == length) return bytes;
        byte[] read = new byte[done];
        Array.Copy(bytes, read, done);
        Array.Clear(bytes, 0, length);
        return read;
    }

    // Counts what begins in the first `limit` bytes, as UTF-8 and as UTF-16.
    static void In(byte[] bytes, int limit, byte[][] disguised, int[] found, string place)
    {
        for (int at = 0; at < Math.Min(limit, bytes.Length); at++)
        {
            for (int pattern = 0; pattern < disguised.Length; pattern++)
                for (int step = 1; step <= 2; step++)
                    if (Is(bytes, at, step, disguised[pattern])) { found[pattern]++; Places += "\n" + (step == 1 ? "UTF-8 in " : "UTF-16 in ") + place; }
            if (bytes[at] == 'e')
                for (int step = 1; step <= 2; step++)
                    if (IsToken(bytes, at, step)) found[disguised.Length]++;
        }
    }

    static bool Is(byte[] bytes, int at, int step, byte[] disguised)
    {
        if (at + disguised.Length * step > bytes.Length) return false;
        for (int i = 0; i < disguised.Length; i++)
            if (bytes[at + i * step] != (disguised[i] ^ 0x80)) return false;
        return true;
    }

    // eyJ...  .  eyJ...  .  a signature: a whole JSON web token.
    static bool IsToken(byte[] bytes, int at, int step)
    {
        int dots = 0, tail = 0;
        if (!Begins(bytes, at, step)) return false;
        for (int i = at; i < bytes.Length; i += step)
        {
            byte c = bytes[i];
            if (c == '.')
            {
                if (++dots == 1 && !Begins(bytes, i + step, step)) return false;
                if (dots > 2) return false;
                tail = 0;
            }
            else if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_') tail++;
            else return dots == 2 && tail > 100;
        }
        return dots == 2 && tail > 100;
    }

    static bool Begins(byte[] bytes, int at, int step)
    {
        return at + 2 * step < bytes.Length && bytes[at] == 'e' && bytes[at + step] == 'y' && bytes[at + 2 * step] == 'J';
    }
}
'@

    function New-Plant {
        $random = [byte[]]::new(24)
        [Security.Cryptography.RandomNumberGenerator]::Create().GetBytes($random)
        -join ($random | ForEach-Object { [char] (97 + $_ % 26) })
    }

    function ConvertTo-Disguise { param([byte[]] $Bytes) , [byte[]] ($Bytes | ForEach-Object { $_ -bxor 0x80 }) }

    # Waits until the other process has written a file of this name.
    function Wait-Sign {
        param([string] $Name)

        $clock = [Diagnostics.Stopwatch]::StartNew()
        while (-not (Test-Path -Path "$folder/$Name")) {
            if ($clock.Elapsed.TotalSeconds -gt 120 -or $other.HasExited) { throw "No sign '$Name': $(Get-Content -Path "$folder/said.txt" -Raw -ErrorAction Ignore)" }
            Start-Sleep -Milliseconds 100
        }
    }

    $secret, $password, $proxyPassword = (New-Plant), (New-Plant), (New-Plant)
    Set-Content -Path "$TestDrive/app-secret.txt" -Value $secret -NoNewline
    $tenant = Start-PracticeTenant -Options "--users 24 --app-secret-file `"$TestDrive/app-secret.txt`""
    $file = ConvertFrom-Json ([IO.File]::ReadAllText($tenant.Environment))
    $folder = "$TestDrive/other"
    [void] (New-Item -Path $folder -ItemType Directory)
    $certificate = [Security.Cryptography.X509Certificates.X509Certificate2]::CreateFromPemFile([IO.Path]::Combine($tenant.Folder, $file.certificateFile))
    [IO.File]::WriteAllBytes("$folder/app.pfx", $certificate.Export('Pfx', $password))
    # Of the private key, a piece of its first prime, as files hold it.
    $prime = [Security.Cryptography.X509Certificates.RSACertificateExtensions]::GetRSAPrivateKey($certificate).ExportParameters($true).P
    $plants = [byte[][]] ((ConvertTo-Disguise ([Text.Encoding]::ASCII.GetBytes($secret))), (ConvertTo-Disguise ([Text.Encoding]::ASCII.GetBytes($password))), (ConvertTo-Disguise $prime[20..51]), (ConvertTo-Disguise ([Text.Encoding]::ASCII.GetBytes($proxyPassword))))

    # The other process gets the secrets in disguise, so that it holds them nowhere but where the module puts them.
    $text = @'
        param($Module, $Environment, $ClientId, $Folder)
        function Wait-Word { param($Name) while (-not (Test-Path -Path "$Folder/$Name")) { Start-Sleep -Milliseconds 100 } }
        function Get-Secure {
            param($Name)
            $secure = [securestring]::new()
            foreach ($byte in [IO.File]::ReadAllBytes("$Folder/$Name")) { $secure.AppendChar([char] ($byte -bxor 0x80)) }
            $secure
        }
        Import-Module -Name $Module
        & {
            $VerbosePreference = $DebugPreference = $InformationPreference = 'Continue'
            $password, $secret, $proxyPassword = (Get-Secure password), (Get-Secure secret), (Get-Secure proxy)
            Connect-M365ProfilePhoto -EnvironmentFile $Environment -CertificatePath "$Folder/app.pfx" -CertificatePassword $password -StatePath "$Folder/state.db" -PassThru
            $credential = [pscredential]::new($ClientId, $secret)
            Connect-M365ProfilePhoto -EnvironmentFile $Environment -ClientSecretCredential $credential -Name secret
            Sync-UserProfilePhoto -All -Connection Default | Export-Csv -Path "$Folder/report.csv" -NoTypeInformation
            Test-UserProfilePhotoAccess -Connection Default
            Get-UserProfilePhotoRun -Connection Default
            try { Compare-UserProfilePhoto -All -Connection secret } catch { $_, $_.Exception | Format-List -Property * -Force }
            try { Connect-M365ProfilePhoto -EnvironmentFile $Environment -ClientSecretCredential $credential -TenantId ([guid]::NewGuid()) -Name wrong } catch { $_, $_.Exception | Format-List -Property * -Force }
            $user = [pscredential]::new('proxyuser', $proxyPassword)
            try { Connect-M365ProfilePhoto -EnvironmentFile $Environment -Proxy http://127.0.0.1:9 -ProxyCredential $user -Name proxied } catch { $_, $_.Exception | Format-List -Property * -Force }
            Get-M365ProfilePhotoContext | ConvertTo-Json -Depth 6
            $Error | Format-List -Property * -Force
            # The secure strings are the script's own; what is looked for later is what the module keeps.
            foreach ($own in $password, $secret, $proxyPassword) { $own.Dispose() }
        } *>&1 | Out-String -Width 500 | Set-Content -Path "$Folder/said.txt"
        Set-Content -Path "$Folder/connected" -Value 1
        Wait-Word disconnect
        Get-M365ProfilePhotoContext | Disconnect-M365ProfilePhoto
        foreach ($turn in 1..3) { [GC]::Collect(); [GC]::WaitForPendingFinalizers() }
        Start-Sleep -Seconds 1
        Set-Content -Path "$Folder/disconnected" -Value 1
        Wait-Word end
'@
    [IO.File]::WriteAllText("$folder/other.ps1", $text)
    [IO.File]::WriteAllBytes("$folder/secret", $plants[0])
    [IO.File]::WriteAllBytes("$folder/password", $plants[1])
    [IO.File]::WriteAllBytes("$folder/proxy", $plants[3])
    $start = [Diagnostics.ProcessStartInfo]::new($PowerShell, "-NoProfile -NonInteractive -File `"$folder/other.ps1`" `"$ModulePath`" `"$($tenant.Environment)`" $($file.clientId) `"$folder`"")
    $start.UseShellExecute = $false
    $other = [Diagnostics.Process]::Start($start)
    Wait-Sign -Name connected
    $connected = if ([IO.Path]::DirectorySeparatorChar -eq '/' -and (Test-Path -Path /proc/self/mem)) { [SecretSearch]::InMemory($other.Id, $plants) }
    Set-Content -Path "$folder/disconnect" -Value 1
    Wait-Sign -Name disconnected
    if ([IO.Path]::DirectorySeparatorChar -eq '/' -and (Test-Path -Path /proc/self/mem)) {
        # The library's threads end by themselves, on a busy machine a little later.
        foreach ($turn in 1..10) {
            $disconnected = [SecretSearch]::InMemory($other.Id, $plants)
            $places = [SecretSearch]::Places
            if (($disconnected | Measure-Object -Sum).Sum -eq 0) { break }
            Start-Sleep -Seconds 1
        }
    }
    Set-Content -Path "$folder/end" -Value 1
}

AfterAll {
    if ($other -and -not $other.WaitForExit(10000)) { $other.Kill() }
    Stop-PracticeTenant -Tenant $tenant
}

Describe 'What a session says and writes' -Skip:$inWine {
    It 'has something to be searched' {
        $said = [IO.File]::ReadAllText("$folder/said.txt")
        $said | Should -Match 'SharePointMySite'
        $said | Should -Match 'AADSTS90002'
        $said | Should -Match 'client secret'
        $said | Should -Match '127\.0\.0\.1:9'
        (Get-Content -Path "$folder/report.csv").Count | Should -BeGreaterThan 2
        [SecretSearch]::InFile("$TestDrive/app-secret.txt", $plants)[0] | Should -Be 1 -Because 'the search finds what is there'
    }

    It 'holds no secret: <_>' -ForEach 'said.txt', 'report.csv', 'state.db' {
        [SecretSearch]::InFile("$folder/$_", $plants) | Measure-Object -Sum | ForEach-Object Sum | Should -Be 0
    }
}

# Only Linux shows a process its memory as a file.
Describe 'The memory of the session' -Skip:(-not $hasMemory) {
    It 'holds secret and tokens while it is connected, so that the search is known to find them' {
        $connected[0] | Should -BeGreaterThan 0
        $connected[4] | Should -BeGreaterThan 0
    }

    It 'holds no <What> after Disconnect-M365ProfilePhoto' -ForEach @(
        @{ What = 'client secret'; At = 0 }, @{ What = 'certificate password'; At = 1 }, @{ What = 'private key'; At = 2 }, @{ What = 'password of a proxy'; At = 3 }, @{ What = 'token'; At = 4 }
    ) { $disconnected[$At] | Should -Be 0 -Because $places }
}

# Searched through /proc, which only Linux has.
Describe 'The bytes of secure strings' -Skip:(-not $hasMemory) {
    It 'leave no copies behind when .NET moves what lies in its memory' {
        # The first command that needs the library loads the types.
        [void] (Get-Refusal { Connect-M365ProfilePhoto -EnvironmentFile "$TestDrive/none.json" })
        # Made in disguise, since here is where it is looked for.
        $disguise = [byte[]] (1..24 | ForEach-Object { Get-Random -Minimum 225 -Maximum 251 })
        $secure = [securestring]::new()
        foreach ($byte in $disguise) { $secure.AppendChar([char] ($byte -bxor 0x80)) }
        $revealed = foreach ($turn in 1..50) {
            # What lies between them goes, so that they would move together.
            [void] [byte[]]::new(30000)
            [M365ProfilePhoto.Interop.V1.SecretBytes]::OfSecureString($secure)
        }
        $secure.Dispose()
        [GC]::Collect(0, 'Forced', $true, $true)
        $held = [SecretSearch]::InMemory($PID, [byte[][]] (, $disguise))
        $revealed | ForEach-Object { $_.Dispose() }
        $left = [SecretSearch]::InMemory($PID, [byte[][]] (, $disguise))
        $held[0] | Should -Be 50
        $left[0] | Should -Be 0
    }
}
