# The scripts of examples/powershell, run as their readers would run them.

BeforeAll {
    . $PSScriptRoot/common.ps1
    $tenant = Start-PracticeTenant -Options '--users 24'
    $truth = Get-Truth -Tenant $tenant

    # Runs the task in a process that finds the module by name, as an installed one is found.
    function Invoke-Task {
        param([string] $Environment)

        $config = "$TestDrive/task.psd1"
        Set-Content -Path $config -Value "@{ EnvironmentFile = '$Environment' }"
        $paths = $env:PSModulePath
        $env:PSModulePath = (Split-Path -Path $ModulePath) + [IO.Path]::PathSeparator + $paths
        try { $said = & $PowerShell -NoProfile -NonInteractive -File "$Repository/examples/powershell/Invoke-PhotoSyncTask.ps1" -ConfigPath $config -ReportFolder "$TestDrive/reports" 2>&1 | Out-String }
        finally { $env:PSModulePath = $paths }
        [pscustomobject] @{ ExitCode = $LASTEXITCODE; Said = $said }
    }
}

AfterAll { Stop-PracticeTenant -Tenant $tenant }

Describe 'The scheduled task' {
    It 'ends with 2 when somebody failed, and the report says who' {
        $person = @($truth | Where-Object { $_.kind -eq 'never-prompted' })[0]
        $fault = ConvertTo-Json @{ operation = 'graph.photo'; person = $person.userPrincipalName; status = 400 }
        [void] (Invoke-RestMethod -Uri "$($tenant.Control)/faults" -Method Post -Body $fault -ContentType application/json)
        $task = Invoke-Task -Environment $tenant.Environment
        [void] (Invoke-RestMethod -Uri "$($tenant.Control)/faults" -Method Delete)
        $task.ExitCode | Should -Be 2 -Because $task.Said
        $report = Import-Csv -Path (Get-ChildItem -Path "$TestDrive/reports" -Filter *.csv | Select-Object -Last 1).FullName
        ($report | Where-Object Result -EQ Failed).Id | Should -Be $person.id
        ($report | Where-Object Result -EQ Updated).Count | Should -BeGreaterThan 1
    }

    It 'ends with 0 when everybody is in order' {
        $task = Invoke-Task -Environment $tenant.Environment
        $task.ExitCode | Should -Be 0 -Because $task.Said
        $task.Said | Should -Match '\d+ people: 1 updated, .+ 0 failed\. Report: .+\.csv'
    }

    It 'ends with 1 and says why when it could not run' {
        $task = Invoke-Task -Environment "$TestDrive/none.json"
        $task.ExitCode | Should -Be 1
        $task.Said | Should -Match 'M365Photo\.FileAccess.+Check the path'
    }
}

Describe 'The onboarding script' {
    BeforeAll {
        Connect-M365ProfilePhoto -EnvironmentFile $tenant.Environment
        $changed = @($truth | Where-Object kind -EQ 'in-sync')[0]
        $faceless = @($truth | Where-Object kind -EQ 'no-photo')[0]
        [void] (Invoke-RestMethod -Uri "$($tenant.Control)/people/$($changed.id)/photo" -Method Post)
        $changed, $faceless, [pscustomobject] @{ userPrincipalName = 'nobody@contoso.com' } | Select-Object -Property userPrincipalName |
            Export-Csv -Path "$TestDrive/newcomers.csv" -NoTypeInformation
        $counts = & "$Repository/examples/powershell/Update-NewcomerPhoto.ps1" -Path "$TestDrive/newcomers.csv" -MissingPath "$TestDrive/missing.csv" -WarningVariable warned -WarningAction SilentlyContinue
    }

    It 'counts what became of the newcomers' {
        ($counts | Sort-Object -Property Name | ForEach-Object { "$($_.Name) $($_.Count)" }) | Should -Be 'Failed 1', 'Skipped 1', 'Updated 1'
    }

    It 'lists those without a photo' {
        (Import-Csv -Path "$TestDrive/missing.csv").UserPrincipalName | Should -Be $faceless.userPrincipalName
    }

    It 'warns about those who failed, with what to do' {
        "$warned" | Should -Match 'nobody@contoso\.com: .+ Check the user principal name'
    }
}
