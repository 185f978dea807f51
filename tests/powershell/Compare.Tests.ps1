# Compare-UserProfilePhoto: states that are true, people however they come, and errors one by one.

BeforeAll {
    . $PSScriptRoot/common.ps1
    $tenant = Start-PracticeTenant
    Connect-M365ProfilePhoto -EnvironmentFile $tenant.Environment
    $truth = Get-Truth -Tenant $tenant
    $stale = @($truth | Where-Object { $_.kind -eq 'stale' -and $_.shows -eq 'other' })
    $inSync = @($truth | Where-Object { $_.kind -eq 'in-sync' })
}

AfterAll { Stop-PracticeTenant -Tenant $tenant }

Describe 'The state of a person' {
    It 'of kind <Kind> is <State>' -ForEach @(
        @{ Kind = 'in-sync'; State = 'InSync' }
        @{ Kind = 'stale'; State = 'Stale' }
        @{ Kind = 'never-prompted'; State = 'NeverSynced' }
        @{ Kind = 'no-photo'; State = 'NoSourcePhoto' }
        @{ Kind = 'no-profile'; State = 'NoProfile' }
        @{ Kind = 'file-missing'; State = 'Broken' }
        @{ Kind = 'pinned'; State = 'Pinned' }
    ) {
        $people = @($truth | Where-Object kind -EQ $Kind)
        $people.Count | Should -BeGreaterThan 0
        $compared = $people.userPrincipalName | Compare-UserProfilePhoto
        $compared | ForEach-Object State | Sort-Object -Unique | Should -Be $State
        $compared | ForEach-Object Reason | ForEach-Object { $_ | Should -Match '^[A-Z].+\.$' }
    }

    It 'says where the photo comes from' {
        (Compare-UserProfilePhoto -Identity @($truth | Where-Object kind -EQ 'no-mailbox')[0].id).Source | Should -Be 'Directory'
        (Compare-UserProfilePhoto -Identity $stale[0].id).Source | Should -Be 'ExchangeOnline'
    }
}

Describe 'People' {
    It 'are named by user principal name or object id, in any case' {
        $result = Compare-UserProfilePhoto -Identity $stale[0].userPrincipalName.ToUpperInvariant(), $stale[1].id
        $result.UserPrincipalName | Sort-Object | Should -Be ($stale[0, 1].userPrincipalName | Sort-Object)
    }

    It 'get one object each when they are named, also when nothing is wrong' {
        $result = Compare-UserProfilePhoto $inSync[0].id
        $result | Should -HaveCount 1
        $result.PSTypeNames[0] | Should -Be 'M365ProfilePhoto.Comparison'
        $result.State | Should -Be 'InSync'
        $result.Action | Should -Be 'None'
    }

    It 'come as texts by pipeline' {
        $truth[0..9].userPrincipalName | Compare-UserProfilePhoto | Should -HaveCount 10
    }

    It 'come as rows of a CSV file with a column <_>' -ForEach 'UserPrincipalName', 'UPN', 'Id' {
        $column = $_
        $truth[0..4] | ForEach-Object { [pscustomobject] @{ $column = if ($column -eq 'Id') { $_.id } else { $_.userPrincipalName }; Department = 'Sales' } } |
            Export-Csv -Path "$TestDrive/people.csv" -NoTypeInformation
        (Import-Csv -Path "$TestDrive/people.csv" | Compare-UserProfilePhoto).Id | Sort-Object | Should -Be ($truth[0..4].id | Sort-Object)
    }

    It 'come as Get-MgUser gives them' {
        Add-Type -TypeDefinition 'namespace Practice { public class MgUser { public string Id { get; set; } public string UserPrincipalName { get; set; } } }'
        $user = [Practice.MgUser]::new()
        $user.Id = $stale[0].id
        $user.UserPrincipalName = $stale[0].userPrincipalName
        ($user | Compare-UserProfilePhoto).Id | Should -Be $stale[0].id
    }

    It 'come as Get-EXOMailbox gives them, whose Identity is a display name' {
        $mailbox = [pscustomobject] @{ Identity = $stale[0].displayName; UserPrincipalName = $stale[0].userPrincipalName; Id = $stale[0].displayName }
        ($mailbox | Compare-UserProfilePhoto).Id | Should -Be $stale[0].id
    }

    It 'are those who are named, whatever the pipeline around holds' {
        $inSync[0] | ForEach-Object { (Compare-UserProfilePhoto -Identity $stale[0].id).Id } | Should -Be $stale[0].id
    }

    It 'come as the results of this module' {
        (Compare-UserProfilePhoto -Identity $stale[0].id | Compare-UserProfilePhoto).Id | Should -Be $stale[0].id
    }

    It 'come in any number: more than one batch' {
        # Nobody has these names, so that the test costs few requests.
        $result = 1..600 | ForEach-Object { "nobody$_@contoso.com" } | Compare-UserProfilePhoto -ErrorAction SilentlyContinue
        $result.Identity | Sort-Object -Unique | Should -HaveCount 600
        @(Get-UserProfilePhotoRun)[0, 1, 2].People | Should -Be 88, 256, 256
    }

    It 'stop when the pipeline has enough' {
        $many = foreach ($turn in 1..20) { $truth.userPrincipalName }
        $asked = @{ Count = 0 }
        $many | ForEach-Object { $asked.Count++; $_ } | Compare-UserProfilePhoto | Select-Object -First 1 | Should -HaveCount 1
        $asked.Count | Should -Be 256
    }
}

Describe 'Everybody' {
    BeforeAll {
        $members = @($truth | Where-Object { $_.userType -eq 'Member' -and $_.accountEnabled })
    }

    It 'gives those who are to be updated' {
        $result = Compare-UserProfilePhoto -All
        $result.Action | Sort-Object -Unique | Should -Be 'Update'
        $result.State | Sort-Object -Unique | Should -Be 'Broken', 'NeverSynced', 'Placeholder', 'Stale'
        $result.Id | Where-Object { $_ -notin $members.id } | Should -BeNullOrEmpty
    }

    It 'gives everybody with -IncludeUnchanged' {
        (Compare-UserProfilePhoto -All -IncludeUnchanged).Id | Sort-Object | Where-Object { $_ -in $members.id } | Should -Be ($members.id | Sort-Object)
    }

    It 'takes disabled people and guests when asked to' {
        $result = Compare-UserProfilePhoto -All -IncludeDisabled -UserType All -IncludeUnchanged
        $result.Id | Sort-Object | Should -Be ($truth.id | Sort-Object)
        $guests = Compare-UserProfilePhoto -All -UserType Guest -IncludeUnchanged | Where-Object State -NE Excluded
        $guests.Id | Sort-Object | Should -Be (($truth | Where-Object userType -EQ Guest).id | Sort-Object)
    }

    It 'is narrowed by a filter' {
        $name = $members[0].displayName.Split(' ')[0]
        $result = Compare-UserProfilePhoto -All -IncludeUnchanged -Filter "startswith(displayName,'$name')" | Where-Object State -NE Excluded
        $result.Id | Sort-Object | Should -Be (($members | Where-Object { $_.displayName.StartsWith($name) }).id | Sort-Object)
    }

    It 'leaves out those without a mailbox with -ExchangeOnlineOnly' {
        (Compare-UserProfilePhoto -All -ExchangeOnlineOnly).Source | Sort-Object -Unique | Should -Be 'ExchangeOnline'
        (Compare-UserProfilePhoto -All).Source | Sort-Object -Unique | Should -Be 'Directory', 'ExchangeOnline'
    }

    It 'gives only the states that -State names, also InSync' {
        (Compare-UserProfilePhoto -All -State Stale, Broken).State | Sort-Object -Unique | Should -Be 'Broken', 'Stale'
        (Compare-UserProfilePhoto -All -State InSync).State | Sort-Object -Unique | Should -Be 'InSync'
    }

    It 'refuses a filter that Graph does not understand' {
        { Compare-UserProfilePhoto -All -Filter 'nonsense' } | Should -Throw -ErrorId 'M365Photo.InvalidArgument,Compare-UserProfilePhoto'
    }

    It 'cannot be mixed with names' {
        { Compare-UserProfilePhoto -Identity a -All } | Should -Throw -ErrorId 'AmbiguousParameterSet,Compare-UserProfilePhoto'
    }
}

Describe 'A person nobody knows' {
    BeforeAll {
        $result = 'nobody@contoso.com', $inSync[0].id | Compare-UserProfilePhoto -ErrorVariable failed -ErrorAction SilentlyContinue
    }

    It 'is an object with the state Unknown, and the others go on' {
        $result | Should -HaveCount 2
        $unknown = $result | Where-Object State -EQ Unknown
        $unknown.Identity | Should -Be 'nobody@contoso.com'
        $unknown.ErrorCode | Should -Be 'PersonNotFound'
    }

    It 'is an error with id, category, person and advice' {
        $failed | Should -HaveCount 1
        $failed[0].FullyQualifiedErrorId | Should -Be 'M365Photo.PersonNotFound,Compare-UserProfilePhoto'
        $failed[0].CategoryInfo.Category | Should -Be 'ObjectNotFound'
        $failed[0].TargetObject | Should -Be 'nobody@contoso.com'
        $failed[0].ErrorDetails.RecommendedAction | Should -Match 'user principal name'
        $failed[0].Exception.Code | Should -Be 20
    }

    It 'ends the command with -ErrorAction Stop' {
        { 'nobody@contoso.com' | Compare-UserProfilePhoto -ErrorAction Stop } | Should -Throw -ErrorId 'M365Photo.PersonNotFound,Compare-UserProfilePhoto'
    }

    It 'is no error to a script that prefers silence' {
        $ErrorActionPreference = 'SilentlyContinue'
        $Error.Clear()
        Compare-UserProfilePhoto -Identity nobody@contoso.com 2>&1 | Where-Object { $_ -is [Management.Automation.ErrorRecord] } | Should -BeNullOrEmpty
    }
}

Describe 'The summary' {
    It 'is a sentence in the information stream with a tag, and not in the pipeline' {
        $result = Compare-UserProfilePhoto -All -InformationVariable said
        $result | Where-Object { $_ -is [string] } | Should -BeNullOrEmpty
        $said | Should -HaveCount 1
        $said[0].Tags | Should -Be 'M365ProfilePhoto.Summary'
        "$($said[0])" | Should -Match "^Compare of \d+ people in [\d.,]+ s: $($result.Count) to update, .+\d+ requests, 0 of them writes\)\.$"
    }

    It 'is one for all batches' {
        1..300 | ForEach-Object { "nobody$_@contoso.com" } | Compare-UserProfilePhoto -InformationVariable said -ErrorAction SilentlyContinue | Out-Null
        $said | Should -HaveCount 1
        "$said" | Should -Match '^Compare of 300 people .+, 300 failed '
    }

    It 'follows the preference of the script that calls' {
        & { $InformationPreference = 'Continue'; Compare-UserProfilePhoto -Identity $inSync[0].id } 6>&1 | Where-Object { $_ -is [Management.Automation.InformationRecord] } | Should -HaveCount 1
    }

    It 'is an object of Get-UserProfilePhotoRun, newest first' {
        $result = Compare-UserProfilePhoto -All
        $run = Get-UserProfilePhotoRun | Select-Object -First 1
        $run.PSTypeNames[0] | Should -Be 'M365ProfilePhoto.Run'
        $run.Operation | Should -Be 'Compare'
        $run.Status | Should -Be 'Completed'
        $run.Updated | Should -Be $result.Count
        $run.People | Should -Be ($run.Updated + $run.Unchanged + $run.Skipped + $run.Failed)
        $run.Writes | Should -Be 0
        $run.Started | Should -BeOfType ([datetime])
        ((Get-Date) - $run.Started).TotalMinutes | Should -BeLessThan 1
        $run.Duration | Should -BeOfType ([timespan])
    }
}

Describe 'The table' {
    It 'shows person, state, action and reason' {
        $shown = Compare-UserProfilePhoto -Identity $stale[0].id | Get-Shown
        $shown[0] | Should -Match '^UserPrincipalName\s+State\s+Action\s+Reason$'
        $shown[2] | Should -Match "^$([regex]::Escape($stale[0].userPrincipalName))\s+Stale\s+Update\s+SharePoint shows another picture\.$"
    }

    It 'shows what was asked for where nobody has the name' {
        $shown = Compare-UserProfilePhoto -Identity nobody@contoso.com -ErrorAction SilentlyContinue | Get-Shown
        $shown[2] | Should -Match '^nobody@contoso\.com\s+Unknown'
    }
}

Describe 'Comparing' {
    It 'changes nothing' { (Get-Traffic -Tenant $tenant).writes.total | Should -Be 0 }
}
