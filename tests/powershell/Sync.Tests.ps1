# Sync-UserProfilePhoto: the plan is true, the sync does what the plan said, and a second one has nothing to do.

BeforeAll {
    . $PSScriptRoot/common.ps1
    $tenant = Start-PracticeTenant
    Connect-M365ProfilePhoto -EnvironmentFile $tenant.Environment
    $before = Get-Truth -Tenant $tenant

    function Get-Person {
        param([string] $Kind)

        @($before | Where-Object { $_.kind -eq $Kind -and $_.shows -ne 'source' -and $_.source })[0]
    }

    # Runs a script with its host's output: "What if:" lines go there and to no stream.
    function Invoke-WithHost {
        param([string] $Text)

        $start = "Import-Module '$ModulePath'; Connect-M365ProfilePhoto -EnvironmentFile '$($tenant.Environment)'`n"
        (Invoke-OtherPowerShell -Text ($start + $Text)).Output
    }
}

AfterAll { Stop-PracticeTenant -Tenant $tenant }

Describe 'The plan' {
    BeforeAll {
        Reset-Traffic -Tenant $tenant
        $plan = Get-Plan -Tenant $tenant -Parameters @{ All = $true }
    }
    AfterAll { (Get-Traffic -Tenant $tenant).writes.total | Should -Be 0 }

    It 'is an object with the result Planned for each person who would be updated' {
        $plan.Count | Should -BeGreaterThan 5
        $plan.Result | Sort-Object -Unique | Should -Be 'Planned'
        $plan[0].PSTypeNames[0] | Should -Be 'M365ProfilePhoto.SyncResult'
        $plan.Id | Sort-Object | Should -Be ((Compare-UserProfilePhoto -All).Id | Sort-Object)
    }

    It 'is a "What if:" line for each of them, and for nobody else' {
        $people = (Get-Person -Kind stale), (Get-Person -Kind never-prompted), @($before | Where-Object kind -EQ 'no-photo')[0]
        $shown = Invoke-WithHost -Text "Sync-UserProfilePhoto -Identity '$($people.id -join "','")' -WhatIf | Out-Null"
        $lines = @($shown -split '\r?\n' | Where-Object { $_ -match '^What if:' })
        $lines | Should -HaveCount 2
        "$lines" | Should -Match "Update the photo in SharePoint \(Stale\)`" on target `"$($people[0].userPrincipalName)`""
        "$lines" | Should -Match "Update the photo in SharePoint \(NeverSynced\)`" on target `"$($people[1].userPrincipalName)`""
    }

    It 'is what a script gets that sets $WhatIfPreference' {
        $person = Get-Person -Kind stale
        Invoke-WithHost -Text "`$WhatIfPreference = `$true; (Sync-UserProfilePhoto -Identity $($person.id)).Result" | Should -Match 'What if: .+\s+Planned'
    }

    It 'tells the summary as a plan' {
        $said = Invoke-WithHost -Text 'Sync-UserProfilePhoto -All -WhatIf -InformationAction Continue | Out-Null; Get-UserProfilePhotoRun'
        $said | Should -Match "Sync of \d+ people in .+: $($plan.Count) would be updated, .+, 0 of them writes\)\."
        $said | Should -Match 'Sync -WhatIf\s+Completed'
    }
}

Describe 'The question' {
    It 'is asked for each person who would be updated, and a no is a no' {
        $person = Get-Person -Kind stale
        Reset-Traffic -Tenant $tenant
        $script = "$TestDrive/confirm.ps1"
        Set-Content -Path $script -Value "Import-Module '$ModulePath'; Connect-M365ProfilePhoto -EnvironmentFile '$($tenant.Environment)'; Sync-UserProfilePhoto -Identity $($person.id) -Confirm | ForEach-Object { 'RESULT ' + `$_.Result }; Get-UserProfilePhotoRun | ForEach-Object { 'RUN ' + `$_.WhatIf }"
        $said = 'n' | & $PowerShell -NoProfile -File $script | Out-String
        $said | Should -Match "Update the photo in SharePoint \(Stale\)[\s\S]+$($person.userPrincipalName)"
        $said | Should -Not -Match 'RESULT'
        (Get-Traffic -Tenant $tenant).writes.total | Should -Be 0
    }

    It 'answered with yes updates the person' {
        $person = Get-Person -Kind stale
        $said = 'y' | & $PowerShell -NoProfile -File "$TestDrive/confirm.ps1" | Out-String
        $said | Should -Match 'RESULT Updated'
        (Get-Truth -Tenant $tenant | Where-Object id -EQ $person.id).shows | Should -Be 'source'
    }

    It 'is asked when the preference is Medium' {
        $person = Get-Person -Kind placeholder
        Set-Content -Path "$TestDrive/prefer.ps1" -Value "`$ConfirmPreference = 'Medium'; Import-Module '$ModulePath'; Connect-M365ProfilePhoto -EnvironmentFile '$($tenant.Environment)'; Sync-UserProfilePhoto -Identity $($person.id)"
        'n' | & $PowerShell -NoProfile -File "$TestDrive/prefer.ps1" | Out-String | Should -Match 'Are you sure'
        (Get-Truth -Tenant $tenant | Where-Object id -EQ $person.id).shows | Should -Not -Be 'source'
    }
}

Describe 'People who are named' {
    It 'get one object each: Updated, Unchanged or Skipped' {
        $people = (Get-Person -Kind never-prompted), @($before | Where-Object kind -EQ 'in-sync')[0], @($before | Where-Object kind -EQ 'no-photo')[0]
        $result = $people | Select-Object -Property userPrincipalName | Sync-UserProfilePhoto
        ($result | Where-Object Id -EQ $people[0].id).Result | Should -Be 'Updated'
        ($result | Where-Object Id -EQ $people[1].id).Result | Should -Be 'Unchanged'
        ($result | Where-Object Id -EQ $people[2].id).Result | Should -Be 'Skipped'
    }

    It 'are left alone when they were pinned by hand, unless -IncludePinned' {
        $pinned = @($before | Where-Object kind -EQ 'pinned')[0]
        (Sync-UserProfilePhoto -Identity $pinned.id).State | Should -Be 'Pinned'
        (Get-Plan -Tenant $tenant -Parameters @{ Identity = $pinned.id; IncludePinned = $true }).Result | Should -Be 'Planned'
    }

    It 'fail one by one' {
        $result = 'nobody@contoso.com', (Get-Person -Kind file-missing).id | Sync-UserProfilePhoto -ErrorVariable failed -ErrorAction SilentlyContinue
        ($result | Where-Object State -EQ Unknown).Result | Should -Be 'Failed'
        $result.Result | Should -Contain 'Updated'
        $failed | Should -HaveCount 1
        $failed[0].FullyQualifiedErrorId | Should -Be 'M365Photo.PersonNotFound,Sync-UserProfilePhoto'
    }
}

Describe 'Everybody' {
    BeforeAll {
        $stood = Get-Truth -Tenant $tenant
        $plan = Get-Plan -Tenant $tenant -Parameters @{ All = $true }
        Reset-Traffic -Tenant $tenant
        $result = Sync-UserProfilePhoto -All -InformationVariable said
        $after = Get-Truth -Tenant $tenant
    }

    It 'who was planned is updated, and nobody else' {
        $result.Result | Sort-Object -Unique | Should -Be 'Updated'
        $result.Id | Sort-Object | Should -Be ($plan.Id | Sort-Object)
    }

    It 'who was updated is shown with the photo of the source, as the server sees it' {
        $after | Where-Object { $_.id -in $result.Id } | ForEach-Object shows | Sort-Object -Unique | Should -Be 'source'
    }

    It 'who was not is left as they were, file by file' {
        foreach ($person in $after | Where-Object { $_.id -notin $result.Id }) {
            $was = $stood | Where-Object id -EQ $person.id
            ConvertTo-Json $person.files | Should -Be (ConvertTo-Json $was.files)
            ConvertTo-Json $person.profile | Should -Be (ConvertTo-Json $was.profile)
        }
    }

    It 'is in order then: a second sync writes nothing' {
        Reset-Traffic -Tenant $tenant
        Sync-UserProfilePhoto -All | Should -BeNullOrEmpty
        (Get-Traffic -Tenant $tenant).writes.total | Should -Be 0
        @(Get-UserProfilePhotoRun)[0].Writes | Should -Be 0
    }

    It 'is told about with -IncludeUnchanged' {
        (Sync-UserProfilePhoto -All -IncludeUnchanged).Count | Should -BeGreaterThan $result.Count
    }

    It 'follows when somebody changes their photo' {
        $person = @($after | Where-Object kind -EQ 'in-sync')[0]
        [void] (Invoke-RestMethod -Uri "$($tenant.Control)/people/$($person.id)/photo" -Method Post)
        $changed = Sync-UserProfilePhoto -All
        $changed | Should -HaveCount 1
        $changed.Id | Should -Be $person.id
        $changed.State | Should -Be 'Stale'
    }
}

Describe 'A service in trouble' {
    AfterEach { [void] (Invoke-RestMethod -Uri "$($tenant.Control)/faults" -Method Delete) }

    It 'fails the person it hits, and is an error with the HTTP status' {
        $person = @(Get-Truth -Tenant $tenant | Where-Object { $_.kind -eq 'stale' })[0]
        $fault = ConvertTo-Json @{ operation = 'graph.photo'; person = $person.userPrincipalName; status = 403; times = 20 }
        [void] (Invoke-RestMethod -Uri "$($tenant.Control)/faults" -Method Post -Body $fault -ContentType application/json)
        Reset-Traffic -Tenant $tenant
        try { Sync-UserProfilePhoto -Identity $person.id -ErrorAction Stop } catch { $failure = $_ }
        $failure.FullyQualifiedErrorId | Should -Match '^M365Photo\.\w+,Sync-UserProfilePhoto$'
        $failure.Exception.HttpStatus | Should -Be 403
        (Get-Traffic -Tenant $tenant).writes.total | Should -Be 0
    }
}

Describe 'A state file' {
    It 'saves a second look between sessions, and takes one session at a time' {
        $state = "$TestDrive/state.db"
        $requests = foreach ($turn in 1, 2) {
            Connect-M365ProfilePhoto -EnvironmentFile $tenant.Environment -StatePath $state -Name remembering
            Sync-UserProfilePhoto -All -Connection remembering | Out-Null
            @(Get-UserProfilePhotoRun -Connection remembering)[0].Requests
            if ($turn -eq 1) { Disconnect-M365ProfilePhoto -Name remembering }
        }
        $requests[1] | Should -BeLessThan ($requests[0] / 2)
        Disconnect-M365ProfilePhoto -Name remembering
    }
}

Describe 'The table' {
    It 'shows person, state, result and reason' {
        $shown = Sync-UserProfilePhoto -Identity @($before | Where-Object kind -EQ 'no-photo')[0].id | Get-Shown
        $shown[0] | Should -Match '^UserPrincipalName\s+State\s+Result\s+Reason$'
        $shown[2] | Should -Match '\sNoSourcePhoto\s+Skipped\s+The source has no photo'
    }

    It 'of the runs fits a terminal of 80 columns' {
        $shown = Get-UserProfilePhotoRun | Get-Shown -Width 80
        $shown[0] | Should -Match '^Started\s+Operation\s+Status\s+People\s+Updated\s+Unchanged\s+Failed\s+Duration$'
        $shown[2].Length | Should -BeLessOrEqual 80
    }
}

Describe 'A photo that is gone at the source' {
    BeforeAll {
        $gone = @(Get-Truth -Tenant $tenant | Where-Object { $_.kind -eq 'in-sync' -and $_.source })[0]
        Invoke-RestMethod -Method Delete -Uri "$($tenant.Control)/people/$($gone.id)/photo" | Out-Null
        function Get-Shown { (Get-Truth -Tenant $tenant | Where-Object id -EQ $gone.id).profile.pictureUrl }
    }

    It 'leaves the picture in SharePoint by default' {
        (Sync-UserProfilePhoto -Identity $gone.id).Result | Should -Be 'Skipped'
        Get-Shown | Should -Not -BeNullOrEmpty
    }

    It 'shows as a removal in the plan, and nothing is written' {
        $shown = Invoke-WithHost -Text "Sync-UserProfilePhoto -Identity $($gone.id) -RemovalPolicy Remove -WhatIf | Out-Null"
        $shown | Should -Match 'Remove the photo from SharePoint \(NoSourcePhoto\)'
        Get-Shown | Should -Not -BeNullOrEmpty
    }

    It 'stops the run when no removal is allowed' {
        { Sync-UserProfilePhoto -Identity $gone.id -RemovalPolicy Remove -MaximumRemovals 0 -ErrorAction Stop } |
            Should -Throw -ErrorId 'RemovalLimitReached*'
        Get-Shown | Should -Not -BeNullOrEmpty
    }

    It 'takes the picture out of the profile where that is asked for' {
        $result = Sync-UserProfilePhoto -Identity $gone.id -RemovalPolicy Remove
        $result.Action, $result.Result | Should -Be 'Remove', 'Updated'
        Get-Shown | Should -BeNullOrEmpty
    }
}
