# The module as it lies there: what it exports, and how it explains itself.

BeforeDiscovery {
    $module = [IO.Path]::Combine($PSScriptRoot, '..', '..', 'powershell', 'M365ProfilePhoto')
    $cmdlets = Get-ChildItem -Path ([IO.Path]::Combine($module, 'Public')) -Filter *.ps1 | ForEach-Object BaseName
    $types = 'Comparison', 'SyncResult', 'Photo', 'PhotoFile', 'PictureComparison', 'Run', 'Context', 'AccessCheck'
}

BeforeAll { . $PSScriptRoot/common.ps1 }

Describe 'Exports' {
    It 'has a valid manifest for both editions' {
        $manifest = Test-ModuleManifest -Path "$ModulePath/M365ProfilePhoto.psd1"
        $manifest.CompatiblePSEditions | Should -Be 'Desktop', 'Core'
        $manifest.PowerShellVersion | Should -Be '5.1'
    }

    It 'exports the functions of the folder Public, and nothing else' {
        $public = Get-ChildItem -Path "$Repository/powershell/M365ProfilePhoto/Public" | ForEach-Object BaseName | Sort-Object
        $module = Get-Module -Name M365ProfilePhoto
        $module.ExportedFunctions.Keys | Sort-Object | Should -Be $public
        $module.ExportedAliases.Count + $module.ExportedVariables.Count + $module.ExportedCmdlets.Count | Should -Be 0
    }

    It 'names functions by approved verbs' {
        $approved = Get-Verb | ForEach-Object Verb
        Get-Command -Module M365ProfilePhoto | ForEach-Object { $_.Verb | Should -BeIn $approved }
    }

    It 'leaves the session as it was: no variables, no changed preferences' {
        $text = 'Import-Module $args[0]; (Get-Variable -Scope Global).Name | Sort-Object; $ErrorActionPreference'
        $with = (Invoke-OtherPowerShell -Text $text -Arguments $ModulePath).Output
        $without = (Invoke-OtherPowerShell -Text $text -Arguments 'Microsoft.PowerShell.Utility').Output
        $with | Should -Be $without
    }
}

Describe 'Import' {
    It 'loads neither the native library nor the interop types' {
        $text = 'Import-Module "' + $ModulePath + '"; $null -eq ("M365ProfilePhoto.Interop.V1.Api" -as [type])'
        (Invoke-OtherPowerShell -Text $text).Output.Trim() | Should -Be 'True'
    }
}

Describe 'Help of <_>' -ForEach $cmdlets {
    BeforeAll {
        $cmdlet = $_
        $help = Get-Help -Name $cmdlet -Full
        $own = (Get-Command -Name $cmdlet).Parameters.Values |
            Where-Object { $_.Name -notin [Management.Automation.PSCmdlet]::CommonParameters + [Management.Automation.PSCmdlet]::OptionalCommonParameters }
    }

    It 'has a synopsis and a description' {
        $help.Synopsis.Trim() | Should -Match '^[A-Z].+\.$'
        ($help.description | Out-String).Trim().Length | Should -BeGreaterThan 100
    }

    It 'describes every parameter' {
        foreach ($parameter in $own) {
            $text = Get-Help -Name $cmdlet -Parameter $parameter.Name
            ($text.description | Out-String).Trim() | Should -Match '\.$' -Because $parameter.Name
        }
    }

    It 'has three examples or more, each explained, and each of them parses' {
        @($help.examples.example).Count | Should -BeGreaterOrEqual 3
        foreach ($example in $help.examples.example) {
            $errors = $null
            $code = "$($example.code)"
            [void] [Management.Automation.Language.Parser]::ParseInput($code, [ref] $null, [ref] $errors)
            $errors | Should -BeNullOrEmpty -Because $code
            ($example.remarks | Out-String).Trim() | Should -Not -BeNullOrEmpty -Because $code
        }
    }

    It 'uses only parameters that exist in its examples' {
        foreach ($example in $help.examples.example) {
            $tree = [Management.Automation.Language.Parser]::ParseInput("$($example.code)", [ref] $null, [ref] $null)
            $calls = $tree.FindAll({ param($node) $node -is [Management.Automation.Language.CommandAst] }, $true)
            foreach ($call in $calls | Where-Object { $_.GetCommandName() -like '*UserProfilePhoto*' -or $_.GetCommandName() -like '*M365ProfilePhoto*' }) {
                $named = $call.CommandElements | Where-Object { $_ -is [Management.Automation.Language.CommandParameterAst] }
                foreach ($parameter in $named) { (Get-Command $call.GetCommandName()).Parameters.Keys | Should -Contain $parameter.ParameterName }
            }
        }
    }

    It 'says what it takes and what it gives' {
        ($help.inputTypes | Out-String).Trim() | Should -Not -BeNullOrEmpty
        ($help.returnValues | Out-String).Trim() | Should -Not -BeNullOrEmpty
        (Get-Command -Name $cmdlet).OutputType.Count | Should -BeGreaterOrEqual 1
    }
}

Describe 'About topic' {
    It 'is found, and names every cmdlet' {
        $topic = Get-Help -Name about_M365ProfilePhoto | Out-String
        foreach ($cmdlet in (Get-Module -Name M365ProfilePhoto).ExportedFunctions.Keys) { $topic | Should -Match "\b$cmdlet\b" }
    }

    It 'names every state that -State offers' {
        $topic = Get-Help -Name about_M365ProfilePhoto | Out-String
        $set = (Get-Command -Name Compare-UserProfilePhoto).Parameters.State.Attributes | Where-Object { $_ -is [ValidateSet] }
        foreach ($state in $set.ValidValues) { $topic | Should -Match "\b$state\b" }
    }
}

Describe 'The examples of docs/<_>' -ForEach 'sign-in.md', 'permissions.md' {
    It 'call Connect-M365ProfilePhoto with parameters that go together' {
        $page = Get-Content -Path "$Repository/docs/$_" -Raw
        $blocks = [regex]::Matches($page, '(?ms)^ *```powershell\r?\n(.+?)^ *```') | ForEach-Object { $_.Groups[1].Value }
        $command = Get-Command -Name Connect-M365ProfilePhoto
        $calls = foreach ($block in $blocks) {
            $errors = $null
            $tree = [Management.Automation.Language.Parser]::ParseInput($block, [ref] $null, [ref] $errors)
            $errors | Should -BeNullOrEmpty -Because $block
            $tree.FindAll({ param($node) $node -is [Management.Automation.Language.CommandAst] -and $node.GetCommandName() -eq 'Connect-M365ProfilePhoto' }, $true)
        }
        @($calls).Count | Should -BeGreaterThan 0
        foreach ($call in $calls) {
            $names = $call.CommandElements | Where-Object { $_ -is [Management.Automation.Language.CommandParameterAst] } | ForEach-Object ParameterName
            $fits = $command.ParameterSets | Where-Object { $set = $_; -not ($names | Where-Object { $_ -notin $set.Parameters.Name }) }
            $fits | Should -Not -BeNullOrEmpty -Because $call.Extent.Text
        }
    }
}

Describe 'View of M365ProfilePhoto.<_>' -ForEach $types {
    It 'is a table with a handful of columns' {
        $view = Get-FormatData -TypeName "M365ProfilePhoto.$_" -PowerShellVersion $PSVersionTable.PSVersion
        $columns = $view.FormatViewDefinition[0].Control.Headers.Count
        $columns | Should -BeGreaterOrEqual 4
        $columns | Should -BeLessOrEqual 9
    }

    It 'has default properties for lists' {
        $set = (Get-TypeData -TypeName "M365ProfilePhoto.$_").DefaultDisplayPropertySet
        $set.ReferencedProperties.Count | Should -BeGreaterOrEqual 4
    }
}

Describe 'Errors' {
    It 'has a category for every code of the library, and for nothing else but its own four' {
        $source = Get-Content -Path "$Repository/src/error.rs" -Raw
        $codes = [regex]::Matches($source, '(?m)^\s{4}(\w+) = \d+, "') | ForEach-Object { $_.Groups[1].Value }
        $codes.Count | Should -BeGreaterThan 20
        $categories = & (Get-Module -Name M365ProfilePhoto) { $script:ErrorCategories }
        foreach ($code in $codes) { $categories.Keys | Should -Contain $code }
        $categories.Keys | Where-Object { $_ -notin $codes } | Sort-Object | Should -Be 'InteropFailed', 'LibraryMissing', 'LibraryUnusable', 'Unsupported'
        foreach ($category in $categories.Values) { { [Management.Automation.ErrorCategory] $category } | Should -Not -Throw }
    }
}
