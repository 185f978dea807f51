# Paths that programs stumble over, files that others hold open, and accounts without a folder for temporary files.

BeforeDiscovery {
    $letters = [string]::new([char[]] (0xDC, 0x6E, 0xEF, 0x20, 0xE7, 0xF6, 0x64, 0xE9, 0x20, 0x7167, 0x7247))
    $paths = @{ Kind = 'with spaces and letters of no one code page'; Name = $letters; TooLong = $false },
        @{ Kind = 'of more than 260 characters'; Name = [IO.Path]::Combine('a' * 90, 'b' * 90, 'c' * 90); TooLong = $PSVersionTable.PSEdition -eq 'Desktop' }
    # The drive as Windows shares it with administrators; elsewhere, under Wine too, there is none.
    $share = '\\localhost\{0}$' -f [IO.Path]::GetTempPath()[0]
    $shares = @(if ([IO.Path]::DirectorySeparatorChar -eq '\' -and [IO.Directory]::Exists($share)) { $share })
}

BeforeAll {
    . $PSScriptRoot/common.ps1
    $tenant = Start-PracticeTenant -Options '--users 12'
    $person = @(Get-Truth -Tenant $tenant -Kind in-sync)[0]
}

AfterAll { Stop-PracticeTenant -Tenant $tenant }

AfterEach { Get-M365ProfilePhotoContext | Disconnect-M365ProfilePhoto }

Describe 'A path <Kind>' -ForEach $paths {
    It 'leads to the environment file, the state file and the pictures' {
        if ($TooLong) { Set-ItResult -Skipped -Because 'Windows PowerShell knows no such paths'; return }
        $folder = [IO.Path]::Combine("$TestDrive", $Name)
        [void] [IO.Directory]::CreateDirectory($folder)
        foreach ($file in [IO.Directory]::GetFiles($tenant.Folder)) { [IO.File]::Copy($file, [IO.Path]::Combine($folder, [IO.Path]::GetFileName($file))) }
        $state, $pictures = 'state.db', 'pictures' | ForEach-Object { [IO.Path]::Combine($folder, $_) }

        Connect-M365ProfilePhoto -EnvironmentFile ([IO.Path]::Combine($folder, 'environment.json')) -StatePath $state
        (Compare-UserProfilePhoto -Identity $person.id).State | Should -Be 'InSync'
        Sync-UserProfilePhoto -All | Where-Object Result -EQ Failed | Should -BeNullOrEmpty
        (Get-UserProfilePhotoRun)[0].Operation | Should -Be 'Sync'
        $photo = Get-UserProfilePhoto -Identity $person.id -Destination $pictures -Side Source
        $photo.Path | Should -Be ([IO.Path]::Combine($pictures, "$($person.userPrincipalName).source.jpg"))
        [IO.File]::Exists($photo.Path) | Should -BeTrue
        [IO.File]::Exists($state) | Should -BeTrue
    }
}

Describe 'A path on the share <_>' -ForEach $shares {
    It 'leads to the environment file and the pictures' {
        $folder = $_ + [IO.Path]::GetFullPath($tenant.Folder).Substring(2)
        Connect-M365ProfilePhoto -EnvironmentFile ([IO.Path]::Combine($folder, 'environment.json'))
        $photo = Get-UserProfilePhoto -Identity $person.id -Destination ([IO.Path]::Combine($folder, 'pictures')) -Side Source
        $photo.Path | Should -Be ([IO.Path]::Combine($folder, 'pictures', "$($person.userPrincipalName).source.jpg"))
        [IO.File]::Exists($photo.Path) | Should -BeTrue
    }
}

Describe 'A file that another program holds open' {
    It 'is no state file: the error names it' {
        $state = [IO.Path]::Combine("$TestDrive", 'held.db')
        $held = [IO.File]::Open("$state.lock", 'OpenOrCreate', 'ReadWrite', 'None')
        try {
            $refusal = Get-Refusal {
                Connect-M365ProfilePhoto -EnvironmentFile $tenant.Environment -StatePath $state
                Sync-UserProfilePhoto -All
            }
        }
        finally { $held.Close() }
        $refusal.FullyQualifiedErrorId | Should -Match '^M365Photo\.(FileAccess|StateInUse),'
        $refusal.Exception.Message | Should -Match 'held\.db'
    }

    It 'takes no picture: the error names it, and the next file is written' {
        Connect-M365ProfilePhoto -EnvironmentFile $tenant.Environment
        $path = [IO.Path]::Combine("$TestDrive", 'held.jpg')
        $held = [IO.File]::Open($path, 'OpenOrCreate', 'ReadWrite', 'None')
        try { Get-UserProfilePhoto -Identity $person.id -OutFile $path -ErrorVariable failed -ErrorAction SilentlyContinue | Should -BeNullOrEmpty }
        finally { $held.Close() }
        $failed[0].FullyQualifiedErrorId | Should -Be 'M365Photo.FileAccess,Get-UserProfilePhoto'
        $failed[0].Exception.Message | Should -Match 'held\.jpg'
        (Get-UserProfilePhoto -Identity $person.id -OutFile $path).Path | Should -Be $path
    }
}

Describe 'A folder that is made for a state file' {
    It 'is this account''s, not everybody''s' {
        $folder = [IO.Path]::Combine("$TestDrive", 'own', 'states')
        Connect-M365ProfilePhoto -EnvironmentFile $tenant.Environment -StatePath ([IO.Path]::Combine($folder, 'state.db'))
        Sync-UserProfilePhoto -All -WarningAction SilentlyContinue | Where-Object Result -EQ Failed | Should -BeNullOrEmpty
        [IO.File]::Exists([IO.Path]::Combine($folder, 'state.db')) | Should -BeTrue
        if ([IO.Path]::DirectorySeparatorChar -eq '/') {
            foreach ($path in @($folder) + [IO.Directory]::GetFiles($folder)) { & ls -ld $path | Should -Match '^.rw.------' }
            return
        }
        $information = [IO.DirectoryInfo]::new($folder)
        $security = if ($PSVersionTable.PSEdition -eq 'Desktop') { $information.GetAccessControl() } else { [IO.FileSystemAclExtensions]::GetAccessControl($information) }
        $accounts = $security.GetAccessRules($true, $true, [Security.Principal.SecurityIdentifier]) | ForEach-Object { $_.IdentityReference.Value } | Sort-Object -Unique
        $accounts | Should -Contain ([Security.Principal.WindowsIdentity]::GetCurrent().User.Value)
        $accounts | Where-Object { $_ -notin 'S-1-5-18', 'S-1-5-32-544', [Security.Principal.WindowsIdentity]::GetCurrent().User.Value } | Should -BeNullOrEmpty
    }
}

Describe 'An account without a folder for temporary files' {
    It 'compares all the same' {
        # Below a file no folder can be made.
        $none = [IO.Path]::Combine("$TestDrive", 'file', 'none')
        Set-Content -Path "$TestDrive/file" -Value ''
        $text = 'Import-Module $args[0]; Connect-M365ProfilePhoto -EnvironmentFile $args[1]; Compare-UserProfilePhoto -Identity $args[2] | ForEach-Object State; [IO.Directory]::Exists([IO.Path]::GetTempPath())'
        $other = Invoke-WithVariable -Variable @{ TEMP = $none; TMP = $none; TMPDIR = $none } -Script {
            Invoke-OtherPowerShell -Text $text -Arguments $ModulePath, $tenant.Environment, $person.id
        }
        $other.Output | Should -Match 'InSync\s+False'
    }
}
