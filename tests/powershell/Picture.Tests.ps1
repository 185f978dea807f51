# Picture files, without a connection: ConvertTo-UserProfilePhoto, and Compare-UserProfilePhoto with -ReferencePath.

BeforeAll {
    . $PSScriptRoot/common.ps1

    # A picture made by code: a Windows bitmap, which any script can write. Each row is the one below it moved by a pixel.
    # $Person says whose picture it is.
    function New-Bitmap {
        param([string] $Path, [int] $Width = 400, [int] $Height = 320, [int] $Person = 1)

        $stride = [int] [Math]::Ceiling($Width * 3 / 4) * 4
        $bytes = [byte[]]::new(54 + $stride * $Height)
        $head = @([Text.Encoding]::ASCII.GetBytes('BM')) + [BitConverter]::GetBytes($bytes.Length) + [BitConverter]::GetBytes(0) + [BitConverter]::GetBytes(54) +
            [BitConverter]::GetBytes(40) + [BitConverter]::GetBytes($Width) + [BitConverter]::GetBytes($Height) + [BitConverter]::GetBytes([int16] 1) + [BitConverter]::GetBytes([int16] 24)
        [Array]::Copy([byte[]] $head, $bytes, $head.Count)
        $line = [byte[]] @(foreach ($at in 0..($Width + $Height)) { foreach ($colour in 1..3) { [Math]::Floor(128 + 100 * [Math]::Sin($at * $Person / (30 * $colour))) } })
        foreach ($y in 0..($Height - 1)) { [Array]::Copy($line, 3 * $y, $bytes, 54 + $y * $stride, 3 * $Width) }
        [IO.File]::WriteAllBytes($Path, $bytes)
        $Path
    }

    $anna = New-Bitmap -Path ([IO.Path]::Combine("$TestDrive", 'anna.bmp'))
    $other = New-Bitmap -Path "$TestDrive/other.bmp" -Person 2
    $bytes = [IO.File]::ReadAllBytes($anna)
    $cut = [IO.Path]::Combine("$TestDrive", 'cut.bmp')
    [IO.File]::WriteAllBytes($cut, [byte[]] $bytes[0..5000])
    $heic = "$TestDrive/phone.heic"
    [IO.File]::WriteAllBytes($heic, [Text.Encoding]::ASCII.GetBytes("`0`0`0 ftypheic`0`0`0`0mif1heic"))
    $out = "$TestDrive/out"
}

Describe 'A converted photo' {
    BeforeAll { $made = ConvertTo-UserProfilePhoto -Path $anna -Destination $out -Size 300, 72, 48 }

    It 'is an object and a file for each size, in a folder that is made' {
        $made | Should -HaveCount 3
        $made[0].PSTypeNames[0] | Should -Be 'M365ProfilePhoto.PhotoFile'
        $made.Size | Should -Be 300, 72, 48
        $made.Width | Should -Be 300, 72, 48
        $made.Height | Should -Be 300, 72, 48
        (Get-ChildItem -Path $out).Name | Sort-Object | Should -Be 'anna-300.jpg', 'anna-48.jpg', 'anna-72.jpg'
        foreach ($one in $made) {
            $written = [IO.File]::ReadAllBytes($one.Path)
            $written.Length | Should -Be $one.Length
            $written[0, 1] | Should -Be 0xFF, 0xD8
        }
    }

    It 'shows the same picture' {
        $answers = $made | Compare-UserProfilePhoto -ReferencePath $anna
        $answers.Same | Should -Be $true, $true, $true
    }

    It 'has the sizes of SharePoint when none is asked for' {
        (ConvertTo-UserProfilePhoto $anna "$TestDrive/three").Size | Should -Be 300, 72, 48
    }

    It 'is never enlarged' {
        $small = New-Bitmap -Path "$TestDrive/small.bmp" -Width 90 -Height 60
        $made = ConvertTo-UserProfilePhoto -Path $small -Destination $out -Size 300, 48
        $made.Width | Should -Be 60, 48
        $made[0].Path | Should -BeLike '*small-300.jpg'
    }

    It 'overwrites nothing without -Force' {
        $before = [IO.File]::ReadAllBytes("$out/anna-72.jpg")
        [IO.File]::WriteAllText("$out/anna-300.jpg", 'mine')
        $made = ConvertTo-UserProfilePhoto -Path $anna -Destination $out -Size 300, 96 -ErrorVariable failed -ErrorAction SilentlyContinue
        $made.Size | Should -Be 96
        $failed[0].FullyQualifiedErrorId | Should -Be 'M365Photo.FileAccess,ConvertTo-UserProfilePhoto'
        $failed[0].ErrorDetails.RecommendedAction | Should -Match '-Force'
        [IO.File]::ReadAllText("$out/anna-300.jpg") | Should -Be 'mine'
        (ConvertTo-UserProfilePhoto -Path $anna -Destination $out -Size 300, 72 -Force).Width | Should -Be 300, 72
        [IO.File]::ReadAllBytes("$out/anna-72.jpg") | Should -Be $before
    }

    It 'is not written with -WhatIf' {
        ConvertTo-UserProfilePhoto -Path $anna -Destination "$TestDrive/never" -WhatIf | Should -BeNullOrEmpty
        "$TestDrive/never" | Should -Not -Exist
    }

    It 'is made of relative paths, too' {
        Push-Location -Path $TestDrive
        try { $made = ConvertTo-UserProfilePhoto -Path ./anna.bmp -Destination ./relative -Size 48 } finally { Pop-Location }
        $made.Path | Should -Be ([IO.Path]::Combine("$TestDrive", 'relative', 'anna-48.jpg'))
    }
}

Describe 'Files to convert' {
    It 'come by pipeline, as objects of Get-ChildItem' {
        $made = Get-ChildItem -Path $TestDrive -Filter *.bmp | Where-Object BaseName -In anna, other | ConvertTo-UserProfilePhoto -Destination "$TestDrive/piped" -Size 48
        $made.SourcePath | Sort-Object | Should -Be ($anna, $other | ForEach-Object { (Get-Item $_).FullName } | Sort-Object)
    }

    It 'come as texts, as rows of a CSV file, and by wildcard' {
        ($anna, $other | ConvertTo-UserProfilePhoto -Destination "$TestDrive/texts" -Size 48) | Should -HaveCount 2
        ([pscustomobject] @{ Path = $anna } | ConvertTo-UserProfilePhoto -Destination "$TestDrive/rows" -Size 48) | Should -HaveCount 1
        (ConvertTo-UserProfilePhoto -Path "$TestDrive/[ao]*.bmp" -Destination "$TestDrive/wild" -Size 48) | Should -HaveCount 2
    }

    It 'may have brackets in their names' {
        $odd = New-Bitmap -Path "$TestDrive/anna[1].bmp"
        [IO.Path]::GetFileName((Get-Item -LiteralPath $odd | ConvertTo-UserProfilePhoto -Destination "$TestDrive/odd" -Size 48).Path) | Should -Be 'anna[1]-48.jpg'
        (ConvertTo-UserProfilePhoto -Path $odd -Destination "$TestDrive/odd" -Size 72).Width | Should -Be 72
    }

    It 'that are damaged, missing or of another format are errors, and the others go on' {
        $made = $cut, $heic, "$TestDrive/missing.jpg", "$TestDrive/no*.jpg", $anna |
            ConvertTo-UserProfilePhoto -Destination "$TestDrive/some" -Size 48, 72 -ErrorVariable failed -ErrorAction SilentlyContinue
        $made.Size | Should -Be 48, 72
        $failed.FullyQualifiedErrorId | Should -Be @(
            'PictureUnreadable', 'PictureUnsupported', 'FileAccess', 'FileAccess' | ForEach-Object { "M365Photo.$_,ConvertTo-UserProfilePhoto" }
        )
        $failed[0].TargetObject | Should -Be $cut
        $failed[0].CategoryInfo.Category | Should -Be 'InvalidData'
        "$($failed[0])" | Should -Match 'cut\.bmp'
        $failed[1].ErrorDetails.RecommendedAction | Should -Match 'JPEG'
        "$($failed[2])" | Should -Match 'missing\.jpg'
        (Get-ChildItem -Path "$TestDrive/some").Name | Sort-Object | Should -Be 'anna-48.jpg', 'anna-72.jpg'
    }

    It 'are errors with -WhatIf, too' {
        ConvertTo-UserProfilePhoto -Path $cut -Destination $out -WhatIf -ErrorVariable failed -ErrorAction SilentlyContinue
        $failed[0].FullyQualifiedErrorId | Should -Be 'M365Photo.PictureUnreadable,ConvertTo-UserProfilePhoto'
    }

    It 'cannot go where a file is' {
        ConvertTo-UserProfilePhoto -Path $anna -Destination $other -Size 48 -ErrorVariable failed -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $failed[0].FullyQualifiedErrorId | Should -Be 'M365Photo.FileAccess,ConvertTo-UserProfilePhoto'
    }
}

Describe 'Two compared files' {
    BeforeAll { $shown = (ConvertTo-UserProfilePhoto -Path $anna -Destination "$TestDrive/shown" -Size 300).Path }

    It 'are the same when they show the same picture' {
        $answer = Compare-UserProfilePhoto -ReferencePath $anna -DifferencePath $shown
        $answer.PSTypeNames[0] | Should -Be 'M365ProfilePhoto.PictureComparison'
        $answer.Same | Should -Be $true
        $answer.Distance | Should -BeLessOrEqual 1
        $answer.Confidence | Should -BeGreaterThan 0
        $answer.ReferencePath | Should -Be $anna
        $answer.DifferencePath | Should -Be $shown
        $answer.Reason | Should -Match '\.$'
    }

    It 'are different when they show different pictures, whichever comes first' {
        $answers = @(
            Compare-UserProfilePhoto -ReferencePath $anna -DifferencePath $other
            Compare-UserProfilePhoto -ReferencePath $other -DifferencePath $shown
        )
        $answers.Same | Should -Be $false, $false
        $answers.Distance | ForEach-Object { $_ | Should -BeGreaterThan 1 }
    }

    It 'may be many against one' {
        $answers = $shown, $other | Get-Item | Compare-UserProfilePhoto -ReferencePath $anna
        $answers.Same | Should -Be $true, $false
        ($shown, $other | Compare-UserProfilePhoto -ReferencePath $anna).Same | Should -Be $true, $false
        (Compare-UserProfilePhoto -ReferencePath $anna -DifferencePath $other, $shown).Same | Should -Be $false, $true
    }

    It 'that cannot be read are errors, and the others go on' {
        $answers = $cut, "$TestDrive/missing.jpg", $shown | Compare-UserProfilePhoto -ReferencePath $anna -ErrorVariable failed -ErrorAction SilentlyContinue
        $answers.Same | Should -Be $true
        $failed.FullyQualifiedErrorId | Should -Be 'M365Photo.PictureUnreadable,Compare-UserProfilePhoto', 'M365Photo.FileAccess,Compare-UserProfilePhoto'
        $failed[0].TargetObject | Should -Be $cut
    }

    It 'need a reference: without it the command ends' {
        { Compare-UserProfilePhoto -ReferencePath "$TestDrive/missing.jpg" -DifferencePath $anna } | Should -Throw -ErrorId 'M365Photo.FileAccess,Compare-UserProfilePhoto'
        { Compare-UserProfilePhoto -ReferencePath $cut -DifferencePath $anna } | Should -Throw -ErrorId 'M365Photo.PictureUnreadable,Compare-UserProfilePhoto'
        { Compare-UserProfilePhoto -ReferencePath $heic -DifferencePath $anna } | Should -Throw -ErrorId 'M365Photo.PictureUnsupported,Compare-UserProfilePhoto'
    }

    It 'are no people: rows with a name in a column FullName are still people' {
        $row = [pscustomobject] @{ FullName = 'Anna Lee'; UserPrincipalName = 'anna@contoso.com' }
        { $row | Compare-UserProfilePhoto } | Should -Throw -ErrorId 'M365Photo.NotConnected,Compare-UserProfilePhoto'
        { Compare-UserProfilePhoto -ReferencePath $anna -DifferencePath $shown -All } | Should -Throw -ErrorId 'AmbiguousParameterSet,Compare-UserProfilePhoto'
    }
}

Describe 'The tables' {
    It 'show what was saved' {
        $shown = ConvertTo-UserProfilePhoto -Path $anna -Destination "$TestDrive/table" -Size 72 | Get-Shown
        $shown[0] | Should -Match '^\s*Size\s+Pixels\s+Length\s+Path$'
        $shown[2] | Should -Match '^\s*72\s+72 x 72\s+\d+[.,]\d KB\s+.*anna-72\.jpg$'
    }

    It 'show the answer and its reason' {
        $shown = Compare-UserProfilePhoto -ReferencePath $anna -DifferencePath $other | Get-Shown
        $shown[0] | Should -Match '^Picture\s+Same\s+Distance\s+Confidence\s+Reason$'
        $shown[2] | Should -Match '^other\.bmp\s+False\s+\d+[.,]\d\d\s+.+The pictures differ all over\.$'
    }
}
