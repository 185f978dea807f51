# First use: one clear sentence when the native library cannot be used, and any number of sessions when it can.

BeforeAll {
    . $PSScriptRoot/common.ps1

    # The module with another native library, to be loaded by a process of its own: types stay for the life of a process.
    function New-ModuleCopy {
        $copy = [IO.Path]::GetFullPath("$TestDrive/$([guid]::NewGuid())/M365ProfilePhoto")
        [void] (New-Item -Path (Split-Path -Path $copy) -ItemType Directory)
        Copy-Item -Path $ModulePath -Destination $copy -Recurse
        $copy
    }

    # What the first use of a module says.
    function Get-FirstUse {
        param([string] $Module)

        $text = 'Import-Module $args[0]; try { Connect-M365ProfilePhoto -EnvironmentFile none.json } catch { $_.FullyQualifiedErrorId; $_.Exception.Message; $_.ErrorDetails.RecommendedAction }'
        (Invoke-OtherPowerShell -Text $text -Arguments $Module).Output
    }

    # The library that this process would load of a copy; beside it there may be those of other systems.
    function Get-LibraryFile {
        param([string] $Module)

        $loaded = & (Get-Module -Name M365ProfilePhoto) { [CmdletBinding()] param() Get-NativeLibraryPath -Cmdlet $PSCmdlet }
        $folder = [IO.Path]::GetFileName([IO.Path]::GetDirectoryName($loaded))
        [IO.Path]::GetFullPath([IO.Path]::Combine($Module, 'bin', $folder, [IO.Path]::GetFileName($loaded)))
    }
}

Describe 'A native library that cannot be used' {
    It 'is missing: the error names the file and what to do' {
        $copy = New-ModuleCopy
        Remove-Item -Path "$copy/bin" -Recurse
        $said = Get-FirstUse -Module $copy
        $said | Should -Match 'M365Photo\.LibraryMissing,Connect-M365ProfilePhoto'
        $said | Should -Match 'bin.\w+-\w+.(lib)?m365photo\.\w+ does not exist'
        $said | Should -Match 'Install the module again'
    }

    It 'is no library: the error says so' {
        $copy = New-ModuleCopy
        Set-Content -Path (Get-LibraryFile -Module $copy) -Value 'not a library'
        Get-FirstUse -Module $copy | Should -Match 'M365Photo\.LibraryUnusable,[\s\S]+cannot be loaded'
    }

    It 'has another major version of its interface: the error names both' {
        if (-not (Get-Command -Name gcc -ErrorAction Ignore)) { Set-ItResult -Skipped -Because 'gcc is not installed'; return }
        $copy = New-ModuleCopy
        $library = Get-LibraryFile -Module $copy
        Set-Content -Path "$TestDrive/other.c" -Value 'unsigned m365photo_abi_version(void) { return 7u << 16; }'
        & gcc -shared -fPIC -o $library "$TestDrive/other.c"
        Get-FirstUse -Module $copy | Should -Match 'speaks version 7 of its interface, this module version 1'
    }
}

Describe 'The interop types' {
    BeforeAll {
        # Puts an assembly beside the source, named after the source as it is then; the file's name says whether the session loaded it.
        function Add-InteropAssembly {
            param([string] $Module, [string] $Content)

            $source = "$Module/Interop/M365ProfilePhoto.Interop.cs"
            $assembly = "$Module/Interop/M365ProfilePhoto.Interop.$((Get-FileHash -Path $source).Hash.Substring(0, 16).ToLowerInvariant()).dll"
            if ($Content) { [IO.File]::WriteAllText($assembly, $Content) }
            else { [void] (Invoke-OtherPowerShell -Text 'Add-Type -Path $args[0] -OutputAssembly $args[1]' -Arguments $source, $assembly) }
            $assembly | Should -Exist
            [IO.Path]::GetFileName($assembly)
        }

        function Get-LoadedFrom {
            param([string] $Module)

            $text = 'Import-Module $args[0]; try { Connect-M365ProfilePhoto -EnvironmentFile /none.json } catch { $_.FullyQualifiedErrorId }; [IO.Path]::GetFileName([M365ProfilePhoto.Interop.V1.Api].Assembly.Location)'
            (Invoke-OtherPowerShell -Text $text -Arguments $Module).Output.Trim()
        }

        function New-ModuleWithoutAssembly {
            $copy = New-ModuleCopy
            Remove-Item -Path "$copy/Interop/*.dll"
            $copy
        }
    }

    It 'come from the assembly that was compiled of the source beside it' {
        $copy = New-ModuleWithoutAssembly
        $name = Add-InteropAssembly -Module $copy
        Get-LoadedFrom -Module $copy | Should -Match "M365Photo\.FileAccess,[\s\S]+$([regex]::Escape($name))$"
    }

    It 'come from the source where the assembly is of another one' {
        $copy = New-ModuleWithoutAssembly
        $name = Add-InteropAssembly -Module $copy
        Add-Content -Path "$copy/Interop/M365ProfilePhoto.Interop.cs" -Value '// Another source.'
        $from = Get-LoadedFrom -Module $copy
        $from | Should -Match 'M365Photo\.FileAccess,'
        $from | Should -Not -Match ([regex]::Escape($name))
    }

    It 'cannot be loaded: the error says so' {
        $copy = New-ModuleWithoutAssembly
        [void] (Add-InteropAssembly -Module $copy -Content 'not an assembly')
        Get-FirstUse -Module $copy | Should -Match 'M365Photo\.InteropFailed,[\s\S]+cannot be loaded'
    }
}

Describe 'Two copies of the module in one session' {
    It 'do not mix: the second one asks for a new session and names the first one''s library' {
        $first, $second = (New-ModuleCopy), (New-ModuleCopy)
        $text = 'foreach ($module in $args) { Remove-Module M365ProfilePhoto -ErrorAction Ignore; Import-Module $module; try { Connect-M365ProfilePhoto -EnvironmentFile /none.json } catch { $_.FullyQualifiedErrorId; $_.Exception.Message; $_.ErrorDetails.RecommendedAction } }'
        $said = (Invoke-OtherPowerShell -Text $text -Arguments $first, $second).Output -replace '\s+', ' '
        $said | Should -Match '^M365Photo\.FileAccess,.+ M365Photo\.LibraryUnusable,.+Start a new PowerShell session'
        $said | Should -Match "this session uses $([regex]::Escape((Get-LibraryFile -Module $first)))"
    }
}

Describe 'A session that cannot run the module' {
    It 'is in constrained language mode: the import says so' {
        $initial = [initialsessionstate]::CreateDefault2()
        $initial.LanguageMode = 'ConstrainedLanguage'
        $shell = [powershell]::Create($initial)
        try {
            [void] $shell.AddCommand('Import-Module').AddParameter('Name', "$ModulePath/M365ProfilePhoto.psm1")
            { $shell.Invoke() } | Should -Throw '*FullLanguage mode only; this session is in ConstrainedLanguage mode*'
        }
        finally { $shell.Dispose() }
    }
}

Describe 'Sessions that use the library' {
    It 'load it at once in two runspaces' {
        $text = @'
            $work = foreach ($n in 1..4) {
                $shell = [powershell]::Create([initialsessionstate]::CreateDefault2())
                [void] $shell.AddScript('param($m) Import-Module $m; try { Connect-M365ProfilePhoto -EnvironmentFile /none.json } catch { $_.FullyQualifiedErrorId }').AddArgument($args[0])
                @{ Shell = $shell; Wait = $shell.BeginInvoke() }
            }
            foreach ($one in $work) { $one.Shell.EndInvoke($one.Wait) }
            @([AppDomain]::CurrentDomain.GetAssemblies() | Where-Object { $_.GetType('M365ProfilePhoto.Interop.V1.Api') }).Count
'@
        $said = (Invoke-OtherPowerShell -Text $text -Arguments $ModulePath).Output.Trim() -split '\s+'
        $said | Should -Be (@('M365Photo.FileAccess,Connect-M365ProfilePhoto') * 4 + '1')
    }

    It 'load it in a background job' {
        $job = Start-Job -ArgumentList $ModulePath -ScriptBlock {
            param($Module)
            Import-Module -Name $Module
            try { Connect-M365ProfilePhoto -EnvironmentFile /none.json } catch { $_.FullyQualifiedErrorId }
        }
        $job | Wait-Job | Receive-Job | Should -Be 'M365Photo.FileAccess,Connect-M365ProfilePhoto'
        $job | Remove-Job
    }

    It 'import the module again' {
        Import-Module -Name $ModulePath -Force
        Import-Module -Name $ModulePath -Force
        { Connect-M365ProfilePhoto -EnvironmentFile /none.json } | Should -Throw -ErrorId 'M365Photo.FileAccess,Connect-M365ProfilePhoto'
    }
}
