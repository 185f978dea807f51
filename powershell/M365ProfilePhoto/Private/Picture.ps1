# Picture files, without a connection: compared, and made into thumbnails.

# The files that paths mean. What exists under the very name is that file; else wildcards are followed.
function Resolve-PicturePath {
    [CmdletBinding()]
    [OutputType([string])]
    param(
        [Parameter(Mandatory)] [Management.Automation.PSCmdlet] $Cmdlet,
        [Parameter(Mandatory)] [string[]] $Path
    )

    foreach ($one in $Path) {
        $literal = $Cmdlet.GetUnresolvedProviderPathFromPSPath($one)
        $hasWildcards = [Management.Automation.WildcardPattern]::ContainsWildcardCharacters($one)
        if ([IO.File]::Exists($literal) -or -not $hasWildcards) { $literal; continue }
        $found = @(Get-Item -Path $one -ErrorAction Ignore | Where-Object { $_ -is [IO.FileInfo] } | ForEach-Object FullName)
        if ($found) { $found; continue }
        Write-PhotoError -Cmdlet $Cmdlet -ErrorRecord (New-PhotoError -Name FileAccess -Message "No file matches $one." -Advice 'Check the path.' -Target $one)
    }
}

# The bytes of a file, or nothing and an error.
function Read-PictureFile {
    [CmdletBinding()]
    [OutputType([byte[]])]
    param(
        [Parameter(Mandatory)] [Management.Automation.PSCmdlet] $Cmdlet,
        [Parameter(Mandatory)] [string] $Path
    )

    $file = [M365ProfilePhoto.Interop.V1.Files]::Read($Path)
    if (-not $file.Error) { return , $file.Value }
    Write-PhotoError -Cmdlet $Cmdlet -ErrorRecord (New-PhotoError -Name FileAccess -Message "The picture cannot be read: $($file.Error)" `
            -Advice 'Check the path and the rights on it.' -Target $Path)
}

# The value of a reply about a picture, or nothing and an error that names the file.
function Read-PictureReply {
    [CmdletBinding()]
    [OutputType([object])]
    param(
        [Parameter(Mandatory)] [Management.Automation.PSCmdlet] $Cmdlet,
        [Parameter(Mandatory)] [object] $Reply,
        [Parameter(Mandatory)] [string] $Path
    )

    if (-not $Reply.Error) { return , $Reply.Value }
    Write-PhotoError -Cmdlet $Cmdlet -ErrorRecord (ConvertTo-PhotoError -Data (ConvertFrom-Json -InputObject $Reply.Error) -Target $Path)
}

# Makes the squares of one file and saves them.
function Save-Thumbnail {
    [CmdletBinding()]
    [OutputType([object])]
    param(
        [Parameter(Mandatory)] [Management.Automation.PSCmdlet] $Cmdlet,
        [Parameter(Mandatory)] [string] $Path,
        [Parameter(Mandatory)] [string] $Folder,
        [Parameter(Mandatory)] [int[]] $Size,
        [switch] $Force
    )

    $picture = Read-PictureFile -Cmdlet $Cmdlet -Path $Path
    if ($null -eq $picture) { return }
    foreach ($side in $Size) {
        $made = Read-PictureReply -Cmdlet $Cmdlet -Path $Path -Reply ([M365ProfilePhoto.Interop.V1.Api]::Thumbnail($picture, $side))
        # What cannot be read for one size cannot be read for another.
        if ($null -eq $made) { return }
        $target = [IO.Path]::Combine($Folder, ('{0}-{1}.jpg' -f [IO.Path]::GetFileNameWithoutExtension($Path), $side))
        if (-not $Force -and [IO.File]::Exists($target)) {
            Write-PhotoError -Cmdlet $Cmdlet -ErrorRecord (New-PhotoError -Name FileAccess -Message "The file $target is already there." `
                    -Advice 'Overwrite it with -Force, or save to another folder.' -Target $target)
            continue
        }
        if (-not $Cmdlet.ShouldProcess($target, "Save $Path as a square of $side pixels")) { continue }
        if (Save-Picture -Cmdlet $Cmdlet -Path $target -Picture $made) {
            ConvertTo-PhotoFileResult -Cmdlet $Cmdlet -SourcePath $Path -Path $target -Size $side -Picture $made
        }
    }
}

# Compares files with one and the same.
function Compare-PictureFile {
    [CmdletBinding()]
    [OutputType([object])]
    param(
        [Parameter(Mandatory)] [Management.Automation.PSCmdlet] $Cmdlet,
        [Parameter(Mandatory)] [string] $ReferencePath,
        [Parameter(Mandatory)] [byte[]] $Reference,
        [Parameter(Mandatory)] [string] $DifferencePath
    )

    $difference = Read-PictureFile -Cmdlet $Cmdlet -Path $DifferencePath
    if ($null -eq $difference) { return }
    $reply = [M365ProfilePhoto.Interop.V1.Api]::ComparePictures($Reference, $difference)
    $json = Read-PictureReply -Cmdlet $Cmdlet -Path $DifferencePath -Reply $reply
    if ($null -ne $json) { ConvertTo-PictureComparison -ReferencePath $ReferencePath -DifferencePath $DifferencePath -Answer (ConvertFrom-Json -InputObject $json) }
}

# The file that all others are compared with: without it there is nothing to do.
function Read-ReferencePicture {
    [CmdletBinding()]
    [OutputType([object])]
    param(
        [Parameter(Mandatory)] [Management.Automation.PSCmdlet] $Cmdlet,
        [Parameter(Mandatory)] [string] $Path
    )

    $file = [M365ProfilePhoto.Interop.V1.Files]::Read($Path)
    if ($file.Error) {
        $Cmdlet.ThrowTerminatingError((New-PhotoError -Name FileAccess -Message "The picture cannot be read: $($file.Error)" `
                    -Advice 'Check the path and the rights on it.' -Target $Path))
    }
    # Compared with itself, a picture that cannot be read says so.
    $answer = [M365ProfilePhoto.Interop.V1.Api]::ComparePictures($file.Value, $file.Value)
    if ($answer.Error) { $Cmdlet.ThrowTerminatingError((ConvertTo-PhotoError -Data (ConvertFrom-Json -InputObject $answer.Error) -Target $Path)) }
    , $file.Value
}
