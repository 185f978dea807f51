# Get-UserProfilePhoto: what each side holds, as objects, bytes and files.

BeforeAll {
    . $PSScriptRoot/common.ps1
    $tenant = Start-PracticeTenant -Options '--users 24'
    Connect-M365ProfilePhoto -EnvironmentFile $tenant.Environment
    $truth = Get-Truth -Tenant $tenant
    $person = @($truth | Where-Object kind -EQ 'in-sync')[0]
    $faceless = @($truth | Where-Object { $_.kind -eq 'no-photo' -and $_.shows -eq 'nothing' })[0]

    function Get-Sha256 {
        param([byte[]] $Bytes)

        $hash = [Security.Cryptography.SHA256]::Create()
        try { ([BitConverter]::ToString($hash.ComputeHash($Bytes)) -replace '-').ToLowerInvariant() } finally { $hash.Dispose() }
    }
}

AfterAll { Stop-PracticeTenant -Tenant $tenant }

Describe 'A photo' {
    It 'is an object for each side' {
        $photos = Get-UserProfilePhoto -Identity $person.userPrincipalName
        $photos.Side | Should -Be 'Source', 'Shown'
        $photos[0].PSTypeNames[0] | Should -Be 'M365ProfilePhoto.Photo'
        $photos.HasPhoto | Should -Be $true, $true
        $photos[0].Width | Should -Be $person.source.width
        $photos[0].ETag | Should -Match $person.source.etag
        $photos[0].ContentType | Should -Be 'image/jpeg'
        $photos[1].Width | Should -Be 300
        $photos[1].PictureUrl | Should -Be $person.profile.pictureUrl
        $photos[1].Length | Should -Be $person.files.L.length
        $photos[0].Bytes | Should -BeNullOrEmpty
    }

    It 'of one side is asked for with -Side' {
        (Get-UserProfilePhoto -Identity $person.id -Side Shown).Side | Should -Be 'Shown'
    }

    It 'that is not there is an object that says so, and no error' {
        $photos = Get-UserProfilePhoto -Identity $faceless.id -ErrorVariable failed
        $photos.HasPhoto | Should -Be $false, $false
        $failed | Should -BeNullOrEmpty
    }

    It 'of nobody is an error, and the others go on' {
        $photos = 'nobody@contoso.com', $person.id | Get-UserProfilePhoto -Side Source -ErrorVariable failed -ErrorAction SilentlyContinue
        $photos.Id | Should -Be $person.id
        $failed[0].FullyQualifiedErrorId | Should -Be 'M365Photo.PersonNotFound,Get-UserProfilePhoto'
        $failed[0].TargetObject | Should -Be 'nobody@contoso.com'
    }

    It 'is given as bytes with -IncludeBytes' {
        $photos = Get-UserProfilePhoto -Identity $person.id -IncludeBytes
        , $photos[0].Bytes | Should -BeOfType ([byte[]])
        Get-Sha256 -Bytes $photos[0].Bytes | Should -Be $person.source.sha256
        Get-Sha256 -Bytes $photos[1].Bytes | Should -Be $person.files.L.sha256
    }
}

Describe 'A file' {
    It 'takes the photo of one person' {
        Push-Location -Path $TestDrive
        try { $photo = Get-UserProfilePhoto -Identity $person.id -OutFile ./anna.jpg } finally { Pop-Location }
        $photo.Side | Should -Be 'Source'
        $photo.Path | Should -Be ([IO.Path]::Combine("$TestDrive", 'anna.jpg'))
        Get-Sha256 -Bytes ([IO.File]::ReadAllBytes($photo.Path)) | Should -Be $person.source.sha256
    }

    It 'takes no second person and no second side' {
        { $truth.id | Get-UserProfilePhoto -OutFile "$TestDrive/all.jpg" } | Should -Throw -ErrorId 'M365Photo.InvalidArgument,Get-UserProfilePhoto'
        { Get-UserProfilePhoto -Identity $person.id -Side Both -OutFile "$TestDrive/all.jpg" } | Should -Throw -ErrorId 'M365Photo.InvalidArgument,Get-UserProfilePhoto'
        "$TestDrive/all.jpg" | Should -Not -Exist
    }

    It 'is not made for a person without a photo' {
        (Get-UserProfilePhoto -Identity $faceless.id -OutFile "$TestDrive/none.jpg").Path | Should -BeNullOrEmpty
        "$TestDrive/none.jpg" | Should -Not -Exist
    }

    It 'that cannot be written is an error' {
        Get-UserProfilePhoto -Identity $person.id -OutFile $TestDrive -ErrorVariable failed -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $failed[0].FullyQualifiedErrorId | Should -Be 'M365Photo.FileAccess,Get-UserProfilePhoto'
        $failed[0].CategoryInfo.Category | Should -Be 'OpenError'
    }
}

Describe 'A folder' {
    It 'takes both pictures of everybody who has one' {
        $photos = $truth.userPrincipalName | Get-UserProfilePhoto -Destination "$TestDrive/pictures"
        $with = @($photos | Where-Object HasPhoto)
        @(Get-ChildItem -Path "$TestDrive/pictures") | Should -HaveCount $with.Count
        $with.Path | ForEach-Object { $_ | Should -Exist }
        "$TestDrive/pictures/$($person.userPrincipalName).source.jpg" | Should -Exist
        "$TestDrive/pictures/$($person.userPrincipalName).shown.jpg" | Should -Exist
    }
}

Describe 'The table' {
    It 'shows both sides under each other' {
        $shown = Get-UserProfilePhoto -Identity $person.id | Get-Shown
        $shown[0] | Should -Match '^UserPrincipalName\s+Side\s+Pixels\s+Length\s+From, or saved to$'
        $shown[2] | Should -Match '\sSource\s+648 x 648\s+\d+[.,]\d KB\s+ExchangeOnline$'
        $shown[3] | Should -Match '\sShown\s+300 x 300\s+\d+[.,]\d KB\s+SharePoint$'
    }
}
