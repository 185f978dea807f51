# The package as it was unpacked: what the tree does not have, or has otherwise. "cargo xtask package --test" runs it.

BeforeDiscovery {
    # Made where Mono's compiler is installed; without it the module compiles its source, as the other tests show.
    $hasAssembly = Test-Path -Path "$env:M365PHOTO_MODULE/Interop/*.dll"
}

BeforeAll {
    . $PSScriptRoot/../powershell/common.ps1
    $bill = Get-Content -Path "$ModulePath/sbom.cdx.json" -Raw | ConvertFrom-Json
}

Describe 'The package' {
    It 'is unpacked elsewhere than in the repository''s module, in a folder with a space and umlauts' {
        Split-Path -Path $ModulePath | Split-Path -Leaf | Should -Match '^\S+ \S+$'
        [regex]::Replace((Split-Path -Path $ModulePath | Split-Path -Leaf), '[\x00-\x7f]', '').Length | Should -BeGreaterThan 1
        (Get-Module -Name M365ProfilePhoto).ModuleBase | Should -Be $ModulePath
    }

    It 'has a prerelease tag and release notes' {
        $data = (Test-ModuleManifest -Path "$ModulePath/M365ProfilePhoto.psd1").PrivateData.PSData
        $data.Prerelease | Should -Match '^[0-9A-Za-z]+$'
        $data.ReleaseNotes | Should -Not -BeNullOrEmpty
    }

    It 'names each exported function in its manifest' {
        $manifest = Import-PowerShellDataFile -Path "$ModulePath/M365ProfilePhoto.psd1"
        $exported = (Get-Module -Name M365ProfilePhoto).ExportedFunctions.Keys
        Compare-Object -ReferenceObject @($manifest.FunctionsToExport) -DifferenceObject @($exported) | Should -BeNullOrEmpty
        $manifest.CmdletsToExport.Count + $manifest.VariablesToExport.Count + $manifest.AliasesToExport.Count | Should -Be 0
    }

    It 'has all of its functions in one script' {
        Get-ChildItem -Path $ModulePath -Recurse -Include *.ps1, *.psm1 | Where-Object FullName -NotMatch '[\\/]examples[\\/]' | ForEach-Object Name | Should -Be 'M365ProfilePhoto.psm1'
    }

    It 'has licences, documents and examples' {
        foreach ($name in 'LICENSE-MIT', 'LICENSE-APACHE', 'README.md', 'CHANGELOG.md', 'docs/install.md', 'examples/powershell/README.md') { "$ModulePath/$name" | Should -Exist }
    }
}

# A package that was made without mcs has the source alone, and said so when it was made.
Describe 'The interop assembly' -Skip:(-not $hasAssembly) {
    It 'is the one that is loaded, so that nothing is compiled on first use' {
        { Connect-M365ProfilePhoto -EnvironmentFile /none.json } | Should -Throw -ErrorId 'M365Photo.FileAccess,Connect-M365ProfilePhoto'
        [M365ProfilePhoto.Interop.V1.Api].Assembly.Location | Should -Be (Get-Item -Path "$ModulePath/Interop/*.dll").FullName
    }

    It 'refers to nothing but .NET Framework 4, which PowerShell 7 has, too' {
        $references = [M365ProfilePhoto.Interop.V1.Api].Assembly.GetReferencedAssemblies()
        $references | ForEach-Object { "$($_.Name) $($_.Version)" } | Sort-Object | Should -Be 'mscorlib 4.0.0.0', 'System 4.0.0.0'
    }

    It 'imports what the header declares' {
        $header = [regex]::Matches((Get-Content -Path "$Repository/include/m365photo.h" -Raw), '\b(m365photo_\w+)\(') | ForEach-Object { $_.Groups[1].Value } | Sort-Object -Unique
        $native = [M365ProfilePhoto.Interop.V1.Api].Assembly.GetType('M365ProfilePhoto.Interop.V1.Native')
        $imports = $native.GetMethods([Reflection.BindingFlags] 'Static, NonPublic, DeclaredOnly') | ForEach-Object Name | Sort-Object
        $imports.Count | Should -BeGreaterThan 20
        Compare-Object -ReferenceObject $header -DifferenceObject $imports | Should -BeNullOrEmpty
    }
}

# Mono is not needed to make a package on every system, and not there on Windows.
Describe 'The interop assembly on Mono, which stands in for .NET Framework' -Skip:(-not $hasAssembly -or -not (Get-Command -Name mono, mcs -ErrorAction Ignore)) {
    BeforeAll { $tenant = Start-PracticeTenant -Options '--users 40' }

    AfterAll { Stop-PracticeTenant -Tenant $tenant }

    It 'does the same: handles, structs, text beyond ASCII, jobs, pictures, signatures' {
        $assembly = Copy-Item -Path "$ModulePath/Interop/*.dll" -Destination $TestDrive -PassThru
        & mcs -langversion:5 -warnaserror "-r:$($assembly.FullName)" -r:System.dll "-out:$TestDrive/Interop.exe" "$PSScriptRoot/Interop.cs" | Should -BeNullOrEmpty
        $before = $env:LD_LIBRARY_PATH
        $env:LD_LIBRARY_PATH = (Get-Item -Path "$ModulePath/bin/linux-x64").FullName
        try { $said = & mono "$TestDrive/Interop.exe" $tenant.Environment "$Repository/tests/auth/certificates/triple-des.pfx" }
        finally { $env:LD_LIBRARY_PATH = $before }
        $said[0..3] | Should -Be 'abi 1', 'error True', 'connect 0', 'people 40'
        $said[4] | Should -Match '^picture .+"PNG"'
        $said[5] | Should -Be 'signature 256'
    }
}

Describe 'The bill of materials' {
    It 'names the package and its version' {
        $manifest = Import-PowerShellDataFile -Path "$ModulePath/M365ProfilePhoto.psd1"
        $bill.bomFormat | Should -Be CycloneDX
        $bill.metadata.component.version | Should -Be "$($manifest.ModuleVersion)-$($manifest.PrivateData.PSData.Prerelease)"
    }

    It 'has a licence for each component and a sum for each crate of others' {
        $bill.components.Count | Should -BeGreaterThan 100
        $bill.components | Where-Object { -not $_.licenses } | ForEach-Object name | Should -BeNullOrEmpty
        $bill.components | Where-Object { -not $_.PSObject.Properties['hashes'] } | ForEach-Object name | Should -Be 'm365photo', 'SQLite'
    }

    It 'knows every component that another one builds on' {
        $known = @($bill.components.'bom-ref')
        $bill.dependencies.Count | Should -BeGreaterThan 100
        $bill.dependencies | ForEach-Object dependsOn | Where-Object { $_ -notin $known } | Should -BeNullOrEmpty
    }

    It 'has the crates whose licences are named, and no others' {
        $texts = Get-Content -Path "$ModulePath/THIRD-PARTY-LICENSES" -Raw -Encoding UTF8
        $named = [regex]::Matches($texts, '(?m)^([\w-]+) (\d+\.\d+\.\d[\w.+-]*) \(') | ForEach-Object { "pkg:cargo/$($_.Groups[1].Value)@$($_.Groups[2].Value)" } | Sort-Object -Unique
        $crates = $bill.components.purl | Where-Object { $_ -match '^pkg:cargo/(?!m365photo@)' } | Sort-Object -Unique
        Compare-Object -ReferenceObject $crates -DifferenceObject $named | Should -BeNullOrEmpty
    }
}

Describe 'docs/install.md' {
    BeforeAll {
        $page = Get-Content -Path "$ModulePath/docs/install.md" -Raw -Encoding UTF8
        $version = (Import-PowerShellDataFile -Path "$ModulePath/M365ProfilePhoto.psd1").ModuleVersion

        # A place for modules with a copy of the package, and a session that has this place only.
        function Invoke-WithCopy {
            param([string] $Folder, [string] $Text)

            $place = "$TestDrive/$([guid]::NewGuid())"
            [void] (New-Item -Path (Split-Path -Path "$place/$Folder") -ItemType Directory -Force)
            Copy-Item -Path $ModulePath -Destination "$place/$Folder" -Recurse
            $text = '$env:PSModulePath = $args[0] + [IO.Path]::PathSeparator + $env:PSModulePath; ' + $Text
            (Invoke-OtherPowerShell -Text $text -Arguments $place).Output.Trim()
        }
    }

    It 'has commands that parse' {
        $blocks = [regex]::Matches($page, '(?ms)^```powershell\r?\n(.+?)^```')
        $blocks.Count | Should -BeGreaterThan 5
        foreach ($block in $blocks) {
            $errors = $null
            [void] [Management.Automation.Language.Parser]::ParseInput($block.Groups[1].Value, [ref] $null, [ref] $errors)
            $errors | Should -BeNullOrEmpty -Because $block.Value
        }
    }

    It 'names the package as it is called' {
        $page | Should -Match ([regex]::Escape("M365ProfilePhoto.$($bill.metadata.component.version).zip"))
    }

    It 'is right that a copy among the modules is found by name, also in a folder named after its version' -ForEach 'M365ProfilePhoto', 'M365ProfilePhoto/<version>' {
        $folder = $_ -replace '<version>', $version
        $said = Invoke-WithCopy -Folder $folder -Text 'Import-Module -Name M365ProfilePhoto; (Get-Command -Module M365ProfilePhoto).Count; (Get-Module M365ProfilePhoto).ModuleBase'
        $said | Should -Match "^9\s+\S+$([regex]::Escape([IO.Path]::GetFileName($folder)))$"
    }

    It 'is right about the removal of what was copied' {
        $removal = [regex]::Match($page, '(?m)^Remove-Item .+Get-Module.+?(?= +#)').Value
        $said = Invoke-WithCopy -Folder "M365ProfilePhoto/$version" -Text "$removal; Test-Path -Path `"`$(`$args[0])/M365ProfilePhoto/$version`"; @(Get-Module -Name M365ProfilePhoto -ListAvailable).Count"
        $said | Should -Match '^False\s+0$'
    }
}
