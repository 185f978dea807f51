# Ctrl+C: the prompt is back within two seconds, and everybody is either done or untouched.

BeforeAll {
    . $PSScriptRoot/common.ps1

    # Starts a script in a runspace, stops it as Ctrl+C does after a while, and gives how long the stop took.
    function Stop-Midway {
        param([object] $Tenant, [scriptblock] $Script, [scriptblock] $Until)

        $shell = [powershell]::Create([initialsessionstate]::CreateDefault2())
        try {
            [void] $shell.AddScript('param($Module, $Environment) Import-Module -Name $Module; Connect-M365ProfilePhoto -EnvironmentFile $Environment').AddArgument($ModulePath).AddArgument($Tenant.Environment)
            [void] $shell.AddStatement().AddScript($Script)
            $work = $shell.BeginInvoke()
            $clock = [Diagnostics.Stopwatch]::StartNew()
            while (-not (& $Until) -and -not $work.IsCompleted) {
                if ($clock.Elapsed.TotalSeconds -gt 60) { throw 'The work did not get under way.' }
                Start-Sleep -Milliseconds 50
            }
            $work.IsCompleted | Should -BeFalse -Because 'there must be something to stop'
            $clock.Restart()
            $shell.Stop()
            $clock.Elapsed.TotalSeconds
            $shell.InvocationStateInfo.State | Should -Be 'Stopped'
        }
        finally { $shell.Dispose() }
    }
}

Describe 'A sync that is stopped' {
    BeforeAll {
        $tenant = Start-PracticeTenant -Options '--users 200'
        # Every upload takes a while, so that people are half written when the stop comes.
        Add-Fault -Tenant $tenant -Fault @{ operation = 'mySite.addFile'; delayMs = 150 }
        # Three tries, because a machine that is busy with other things may be late once; a command that is late is late each time.
        foreach ($try in 1..3) {
            $before = Get-Truth -Tenant $tenant
            Reset-Traffic -Tenant $tenant
            $seconds = Stop-Midway -Tenant $tenant -Script { Sync-UserProfilePhoto -All } -Until { (Get-Traffic -Tenant $tenant).writes.total -gt 12 }
            $written = (Get-Traffic -Tenant $tenant).writes.total
            if ($seconds -lt 2) { break }
        }
        # On such a machine, people who were under way may be finished a little after the prompt is back.
        $settled = $written
        foreach ($second in 1..20) {
            Start-Sleep -Seconds 1
            $now = (Get-Traffic -Tenant $tenant).writes.total
            if ($now -eq $settled) { break }
            $settled = $now
        }
        $after = Get-Truth -Tenant $tenant
    }
    AfterAll { Stop-PracticeTenant -Tenant $tenant }

    It 'returns within two seconds' { $seconds | Should -BeLessThan 2 }

    It 'leaves everybody done or untouched' {
        $done = 0
        $untouched = 0
        foreach ($person in $after) {
            $was = $before | Where-Object id -EQ $person.id
            $same = (ConvertTo-Json $person.files) -eq (ConvertTo-Json $was.files) -and (ConvertTo-Json $person.profile) -eq (ConvertTo-Json $was.profile)
            if ($same) { $untouched++; continue }
            $person.shows | Should -Be 'source' -Because $person.userPrincipalName
            $done++
        }
        $done | Should -BeGreaterThan 0
        $untouched | Should -BeGreaterThan ($before.Count / 2)
    }

    It 'begins nobody afterwards: the eight people under way need no more than six writes each' {
        $settled - $written | Should -BeLessOrEqual 48
    }

    It 'is finished by the same command later' {
        [void] (Invoke-RestMethod -Uri "$($tenant.Control)/faults" -Method Delete)
        Connect-M365ProfilePhoto -EnvironmentFile $tenant.Environment
        Sync-UserProfilePhoto -All | ForEach-Object Result | Sort-Object -Unique | Should -Be 'Updated'
        Sync-UserProfilePhoto -All | Should -BeNullOrEmpty
    }
}

Describe 'A command that waits for a slow service' {
    BeforeAll {
        $tenant = Start-PracticeTenant -Options '--users 12'
        Add-Fault -Tenant $tenant -Fault @{ operation = 'graph.users'; delayMs = 30000 }
    }
    AfterAll { Stop-PracticeTenant -Tenant $tenant }

    It 'is stopped within two seconds, too' {
        Stop-Midway -Tenant $tenant -Script { Compare-UserProfilePhoto -All } -Until { (Get-Traffic -Tenant $tenant).requests.byOperation.PSObject.Properties['graph.users'] } | Should -BeLessThan 2
    }
}
