# What our scripts may contain, so that Windows PowerShell 5.1 runs them as PowerShell 7 does.

BeforeAll {
    . $PSScriptRoot/common.ps1

    # A package has the examples in the module's folder.
    $scripts = @(Get-ChildItem -Path $ModulePath -Recurse -Include *.ps1, *.psm1 | Where-Object { $_.FullName -notmatch '[\\/]examples[\\/]' } | ForEach-Object FullName)
    $examples = @(Get-ChildItem -Path "$Repository/examples/powershell" -Filter *.ps1 | ForEach-Object FullName)
    $table = [IO.Path]::Combine($PSScriptRoot, 'cmdlets.psd1')

    # The cmdlets of others that some scripts call.
    function Get-CalledCmdlet {
        param([string[]] $Path)

        $trees = foreach ($file in $Path) { [Management.Automation.Language.Parser]::ParseFile($file, [ref] $null, [ref] $null) }
        $own = foreach ($tree in $trees) { $tree.FindAll({ param($node) $node -is [Management.Automation.Language.FunctionDefinitionAst] }, $true) | ForEach-Object Name }
        $own += (Get-Module -Name M365ProfilePhoto).ExportedFunctions.Keys
        $calls = foreach ($tree in $trees) { $tree.FindAll({ param($node) $node -is [Management.Automation.Language.CommandAst] }, $true) }
        $calls | ForEach-Object { $_.GetCommandName() } | Where-Object { $_ -like '*-*' -and $_ -notin $own } | Sort-Object -Unique
    }
}

Describe 'Scripts' {
    It 'suit Windows PowerShell 5.1 and have none of the common faults' {
        if (-not (Get-Command -Name Test-ScriptCompatibility -ErrorAction Ignore)) { Set-ItResult -Skipped -Because 'this PowerShell has no Test-ScriptCompatibility'; return }
        $found = @(Test-ScriptCompatibility -Path (@($ModulePath) + $examples)) + @(Test-ScriptCompatibility -Path "$Repository/tests", "$Repository/xtask/src/try_/session.ps1" -Severity Error)
        $found | ForEach-Object { "$($_.File):$($_.Line) $($_.Rule) $($_.Message)" } | Should -BeNullOrEmpty
    }

    It 'call only cmdlets that cmdlets.psd1 lists, and all that it lists' {
        $called = @(Get-CalledCmdlet -Path ($scripts + $examples))
        $called.Count | Should -BeGreaterThan 20
        $known = Import-PowerShellDataFile -Path $table
        if ($env:M365PHOTO_BLESS) {
            $about = @(Get-Content -Path $table | Where-Object { $_ -like '#*' })
            Set-Content -Path $table -Value ($about + '@{' + ($called | ForEach-Object { "    '$_' = '$($known[$_])'" }) + '}')
            return
        }
        Compare-Object -ReferenceObject @($known.Keys) -DifferenceObject $called | ForEach-Object { "$($_.InputObject) $($_.SideIndicator)" } | Should -BeNullOrEmpty
    }

    It 'call only cmdlets that Windows PowerShell 5.1 has; the module calls no others' {
        $versions = '2.0', '3.0', '4.0', '5.1'
        $known = Import-PowerShellDataFile -Path $table
        foreach ($name in Get-CalledCmdlet -Path $scripts) { $known[$name] | Should -BeIn $versions -Because $name }
        foreach ($name in $known.Keys) { $known[$name] | Should -BeIn ($versions + 'Microsoft.Graph.Authentication') -Because $name }
    }
}

Describe 'Files' {
    It 'are ASCII, so that Windows PowerShell reads them as they were written' {
        $files = Get-ChildItem -Path $ModulePath, "$Repository/examples/powershell", "$Repository/tests" -Recurse -Include *.ps1, *.psm1, *.psd1, *.cs, *.ps1xml, *.txt
        $files.Count | Should -BeGreaterThan 20
        $files | Where-Object { [IO.File]::ReadAllText($_.FullName) -cmatch '[^\x00-\x7f]' } | ForEach-Object Name | Should -BeNullOrEmpty
    }

    It 'are C# 5 where Windows PowerShell compiles them' {
        if ($PSVersionTable.PSEdition -eq 'Desktop') { Set-ItResult -Skipped -Because 'Windows PowerShell compiles C# 5 anyway'; return }
        $text = 'Add-Type -Path $args[0] -CompilerOptions "-langversion:5" -PassThru | ForEach-Object Name'
        $compiled = Invoke-OtherPowerShell -Text $text -Arguments "$ModulePath/Interop/M365ProfilePhoto.Interop.cs"
        $compiled.Output | Should -Match '(?m)^Api\r?$' -Because $compiled.Output
    }

    It 'never end the session and write nothing to the host' {
        Select-String -Path $scripts -Pattern '^\s*exit\b', '\bWrite-Host\b' | Should -BeNullOrEmpty
    }
}
