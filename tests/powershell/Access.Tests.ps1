# Test-UserProfilePhotoAccess: it names the one right that was taken away, and leaves no trace.

BeforeDiscovery {
    $graph = 'User.Read.All', 'ProfilePhoto.Read.All', 'GroupMember.Read.All'
    $sharePoint = 'Sites.FullControl.All', 'User.ReadWrite.All'
    # Listing is allowed by this one, too, so that the right to read photos can be missed for itself.
    $withoutPhoto = 'Directory.Read.All', 'ProfilePhoto.Read.All'
    $taken = @(
        @{ Right = 'User.Read.All'; Graph = $graph -ne 'User.Read.All'; SharePoint = $sharePoint; Fails = 'ListPeople' }
        @{ Right = 'ProfilePhoto.Read.All'; Graph = $withoutPhoto -ne 'ProfilePhoto.Read.All'; SharePoint = $sharePoint; Fails = 'ReadPhoto' }
        @{ Right = 'GroupMember.Read.All'; Graph = $graph -ne 'GroupMember.Read.All'; SharePoint = $sharePoint; Fails = 'ListGroup' }
        @{ Right = 'Sites.FullControl.All'; Graph = $graph; SharePoint = $sharePoint -ne 'Sites.FullControl.All'; Fails = 'FindLibrary', 'WriteFile', 'WriteProfile' }
        @{ Right = 'User.ReadWrite.All'; Graph = $graph; SharePoint = $sharePoint -ne 'User.ReadWrite.All'; Fails = 'WriteProfile' }
    )
}

BeforeAll {
    . $PSScriptRoot/common.ps1
    $checks = 'GraphToken', 'ListPeople', 'ListGroup', 'ReadPhoto', 'SharePointToken', 'FindLibrary', 'ReadProfile', 'WriteFile', 'WriteProfile'

    function Get-Subject {
        param([object] $Tenant)

        $person = (Get-Truth -Tenant $Tenant -Kind in-sync)[0]
        $group = (Invoke-RestMethod -Uri "$($Tenant.Control)/groups")[0].id
        @{ Identity = $person.userPrincipalName; GroupId = $group }
    }
}

Describe 'With every right' {
    BeforeAll {
        $tenant = Start-PracticeTenant -Options '--users 24 --folder Profilbilder'
        Connect-M365ProfilePhoto -EnvironmentFile $tenant.Environment
        $subject = Get-Subject -Tenant $tenant
        $before = ConvertTo-Json (Get-Truth -Tenant $tenant)
        Reset-Traffic -Tenant $tenant
    }
    AfterAll {
        Get-M365ProfilePhotoContext | Disconnect-M365ProfilePhoto
        Stop-PracticeTenant -Tenant $tenant
    }

    It 'writes nothing unless it is asked to, and says what it did not try' {
        $results = Test-UserProfilePhotoAccess @subject
        ($results | Where-Object Result -EQ NotTested).Check | Should -Be 'WriteFile', 'WriteProfile'
        ($results | Where-Object Result -EQ Yes).Count | Should -Be 7
        (Test-UserProfilePhotoAccess @subject -IncludeWrite -WhatIf | Where-Object Result -EQ NotTested).Check | Should -Be 'WriteFile', 'WriteProfile'
        (Get-Traffic -Tenant $tenant).writes.total | Should -Be 0
    }

    It 'tries everything with -IncludeWrite, and everything is as it was afterwards' {
        $results = Test-UserProfilePhotoAccess @subject -IncludeWrite
        $results.Check | Should -Be $checks
        $results | Where-Object Result -NE Yes | Should -BeNullOrEmpty
        $writes = (Get-Traffic -Tenant $tenant).writes.byOperation
        $writes.'mySite.addFile', $writes.'mySite.deleteFile', $writes.'admin.setProperty' | Should -Be 1, 1, 2
        ConvertTo-Json (Get-Truth -Tenant $tenant) | Should -Be $before
    }

    It 'names the folder in the language of the tenant' {
        (Test-UserProfilePhotoAccess | Where-Object Check -EQ FindLibrary).Detail | Should -Match '/Profilbilder on https://'
    }

    It 'writes no profile of somebody whom nobody named' {
        (Test-UserProfilePhotoAccess -IncludeWrite | Where-Object Check -EQ WriteProfile).Detail | Should -Match '-Identity'
    }

    It 'ends with a clear error when nobody has the name' {
        { Test-UserProfilePhotoAccess -Identity nobody@contoso.com } | Should -Throw -ErrorId 'M365Photo.PersonNotFound,Test-UserProfilePhotoAccess'
    }

    It 'says what was left behind when a test file cannot be deleted' {
        $fault = ConvertTo-Json @{ operation = 'mySite.deleteFile'; status = 423; times = 1 }
        [void] (Invoke-RestMethod -Uri "$($tenant.Control)/faults" -Method Post -Body $fault -ContentType application/json)
        $result = Test-UserProfilePhotoAccess @subject -IncludeWrite | Where-Object Check -EQ WriteFile
        $result.Result | Should -Be 'No'
        $result.Detail | Should -Match 'cannot be deleted: m365photo-access-test-[\w-]+\.jpg'
    }

    It 'is a table that an admin can read' {
        $shown = Test-UserProfilePhotoAccess @subject | Get-Shown
        $shown[0] | Should -Match 'Check +Result +Missing +Detail'
        $shown -match '^ListPeople +Yes' | Should -HaveCount 1
    }
}

Describe 'Without <Right>' -ForEach $taken {
    BeforeAll {
        $tenant = Start-PracticeTenant -Options "--users 24 --graph-roles $($Graph -join ',') --sharepoint-roles $($SharePoint -join ',')"
        Connect-M365ProfilePhoto -EnvironmentFile $tenant.Environment -WarningAction SilentlyContinue
        $subject = Get-Subject -Tenant $tenant
        $results = Test-UserProfilePhotoAccess @subject -IncludeWrite
        $refused = $results | Where-Object Result -EQ No
    }
    AfterAll {
        Get-M365ProfilePhotoContext | Disconnect-M365ProfilePhoto
        Stop-PracticeTenant -Tenant $tenant
    }

    It 'names exactly that one' { $refused.Missing | Sort-Object -Unique | Should -Be $Right }

    It 'says what needs it' { $refused.Check | Should -Be $Fails }

    It 'says where it is granted' {
        foreach ($one in $refused) { $one.Grant | Should -Match "App registrations, aaaaaaaa-.+$($one.Api), Application permissions, $Right; then 'Grant admin consent'" }
    }

    It 'tries everything else' { $results.Check | Should -Be $checks }
}

Describe 'Without the rights to write, and without writing' {
    BeforeAll {
        $tenant = Start-PracticeTenant -Options '--users 24 --sharepoint-roles Sites.Read.All,User.Read.All'
        Connect-M365ProfilePhoto -EnvironmentFile $tenant.Environment
    }
    AfterAll {
        Get-M365ProfilePhotoContext | Disconnect-M365ProfilePhoto
        Stop-PracticeTenant -Tenant $tenant
    }

    It 'tells by the token what would be refused' {
        $refused = Test-UserProfilePhotoAccess | Where-Object Result -EQ No
        $refused.Check | Should -Be 'WriteFile', 'WriteProfile'
        $refused[1].Missing | Should -Be 'Sites.FullControl.All', 'User.ReadWrite.All'
    }
}

Describe 'Signed in with a client secret' {
    It 'says that SharePoint takes none, and tries what Graph allows' {
        $tenant = Start-PracticeTenant -Options '--users 24'
        try {
            $file = ConvertFrom-Json ([IO.File]::ReadAllText($tenant.Environment))
            $secret = [IO.File]::ReadAllText([IO.Path]::Combine($tenant.Folder, $file.clientSecretFile)).Trim()
            $credential = [pscredential]::new($file.clientId, (ConvertTo-SecureString -String $secret -AsPlainText -Force))
            Connect-M365ProfilePhoto -EnvironmentFile $tenant.Environment -ClientSecretCredential $credential -WarningAction SilentlyContinue
            $results = Test-UserProfilePhotoAccess
            ($results | Where-Object Result -EQ Yes).Check | Should -Be 'GraphToken', 'ListPeople', 'ReadPhoto'
            $token = $results | Where-Object Result -EQ No
            $token.Check | Should -Be 'SharePointToken'
            $token.Grant | Should -Match 'certificate or a managed identity'
        }
        finally {
            Get-M365ProfilePhotoContext | Disconnect-M365ProfilePhoto
            Stop-PracticeTenant -Tenant $tenant
        }
    }
}
