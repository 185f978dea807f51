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

Describe 'The registration of an app' {
    BeforeAll {
        # A directory that remembers what was made in it, behind the command of Microsoft's module.
        function New-Directory {
            $role = { param($Name) [pscustomobject] @{ id = "role-$Name"; value = $Name; allowedMemberTypes = @('Application') } }
            $graph = [pscustomobject] @{ id = 'graph'; appId = '00000003-0000-0000-c000-000000000000'; appRoles = 'User.Read.All', 'ProfilePhoto.Read.All', 'GroupMember.Read.All', 'Mail.Read' | ForEach-Object { & $role $_ } }
            $sharePoint = [pscustomobject] @{ id = 'sharepoint'; appId = '00000003-0000-0ff1-ce00-000000000000'; appRoles = 'Sites.FullControl.All', 'User.ReadWrite.All' | ForEach-Object { & $role $_ } }
            @{ Principals = @($graph, $sharePoint); Apps = @(); Granted = [Collections.Generic.List[object]]::new(); Posts = 0 }
        }
        function global:Invoke-MgGraphRequest {
            param($Method, $Uri, $OutputType, $Body, $ContentType)

            $directory = $global:PracticeDirectory
            $asked = [uri]::UnescapeDataString($Uri)
            if ($Method -eq 'POST') { $directory.Posts++; $content = ConvertFrom-Json -InputObject $Body }
            switch -Regex ("$Method $asked") {
                "^GET v1.0/applications.+eq '(.+)'" { $name = $Matches[1]; return [pscustomobject] @{ value = @($directory.Apps | Where-Object displayName -EQ $name) } }
                "^GET v1.0/servicePrincipals.+eq '(.+)'" { $id = $Matches[1]; return [pscustomobject] @{ value = @($directory.Principals | Where-Object appId -EQ $id) } }
                '^GET v1.0/organization' { return [pscustomobject] @{ value = @([pscustomobject] @{ id = '11111111-2222-3333-4444-555555555555' }) } }
                '^POST v1.0/applications' { $content | Add-Member -NotePropertyName appId -NotePropertyValue 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee'; $directory.Apps += $content; return $content }
                '^POST v1.0/servicePrincipals$' { return [pscustomobject] @{ id = 'mine'; appId = $content.appId } }
                '^POST v1.0/servicePrincipals/mine/appRoleAssignments' { $directory.Granted.Add($content); return $content }
                default { throw "The directory was asked $Method $asked" }
            }
        }
        $password = ConvertTo-SecureString -String 'open sesame' -AsPlainText -Force
        $script = "$Repository/examples/powershell/New-PhotoSyncApp.ps1"
    }
    BeforeEach { $global:PracticeDirectory = New-Directory }
    AfterAll {
        Remove-Item -Path Function:/Invoke-MgGraphRequest
        Remove-Variable -Name PracticeDirectory -Scope Global
    }

    It 'grants the rights of docs/permissions.md and no others' {
        if ($InWine) { Set-ItResult -Skipped -Because 'Wine makes no certificate requests'; return }
        [void] (& $script -CertificatePath "$TestDrive/rights.pfx" -CertificatePassword $password -Confirm:$false)
        $global:PracticeDirectory.Granted.appRoleId | Sort-Object | Should -Be 'role-ProfilePhoto.Read.All', 'role-Sites.FullControl.All', 'role-User.Read.All', 'role-User.ReadWrite.All'
        $global:PracticeDirectory.Apps[0].requiredResourceAccess.resourceAccess.id | Sort-Object | Should -Be ($global:PracticeDirectory.Granted.appRoleId | Sort-Object)
        $page = Get-Content -Path "$Repository/docs/permissions.md" -Raw
        foreach ($right in $global:PracticeDirectory.Granted.appRoleId) { $page | Should -Match "\| ``$([regex]::Escape($right.Substring(5)))`` \|" }
    }

    It 'makes a certificate that signs in, in a file that only its owner can read' {
        if ($InWine) { Set-ItResult -Skipped -Because 'Wine makes no certificate requests'; return }
        $app = & $script -CertificatePath "$TestDrive/signs.pfx" -CertificatePassword $password -Confirm:$false
        if ([IO.Path]::DirectorySeparatorChar -eq '/') { stat -c %a "$TestDrive/signs.pfx" | Should -Be '600' }
        $uploaded = [Security.Cryptography.X509Certificates.X509Certificate2]::new([Convert]::FromBase64String($global:PracticeDirectory.Apps[0].keyCredentials[0].key))
        $uploaded.HasPrivateKey | Should -BeFalse
        $pem = "-----BEGIN CERTIFICATE-----`n$([Convert]::ToBase64String($uploaded.RawData, 'InsertLineBreaks'))`n-----END CERTIFICATE-----`n"
        Set-Content -Path "$TestDrive/uploaded.pem" -Value $pem -NoNewline
        $theirs = Start-PracticeTenant -Options "--users 12 --app-certificate `"$TestDrive/uploaded.pem`""
        try {
            Connect-M365ProfilePhoto -EnvironmentFile $theirs.Environment @app -CertificatePassword $password -Name registered
            Test-UserProfilePhotoAccess -Connection registered | Where-Object Result -EQ No | Should -BeNullOrEmpty
        }
        finally { Stop-PracticeTenant -Tenant $theirs }
    }

    It 'makes nothing with -WhatIf' {
        & $script -CertificatePath "$TestDrive/none.pfx" -CertificatePassword $password -WhatIf
        $global:PracticeDirectory.Posts | Should -Be 0
        "$TestDrive/none.pfx" | Should -Not -Exist
    }

    It 'stops before anything is made when <Case>' -ForEach @(
        @{ Case = 'an app has the name'; Says = 'an app named'; Prepare = { $global:PracticeDirectory.Apps = @([pscustomobject] @{ displayName = 'Profile photo sync' }) } }
        @{ Case = 'the file is there'; Says = 'is there already'; Prepare = { Set-Content -Path "$TestDrive/stop.pfx" -Value 'precious' } }
        @{ Case = 'the directory does not know a right'; Says = 'knows no application permission User.ReadWrite.All'; Prepare = { $global:PracticeDirectory.Principals[1].appRoles = @($global:PracticeDirectory.Principals[1].appRoles[0]) } }
    ) {
        Remove-Item -Path "$TestDrive/stop.pfx" -ErrorAction Ignore
        & $Prepare
        { & $script -CertificatePath "$TestDrive/stop.pfx" -CertificatePassword $password -Confirm:$false } | Should -Throw "*$Says*"
        $global:PracticeDirectory.Posts | Should -Be 0
    }
}
