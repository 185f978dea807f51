# A fetch: what each side holds, and its pictures as bytes or files.

function Invoke-Fetch {
    [CmdletBinding()]
    [OutputType([object])]
    param(
        [Parameter(Mandatory)] [Management.Automation.PSCmdlet] $Cmdlet,
        [Parameter(Mandatory)] [object] $Session,
        [Parameter(Mandatory)] [string[]] $Identity,
        [Parameter(Mandatory)] [object] $Tally,
        [Parameter(Mandatory)] [string] $Side,
        [bool] $Bytes,
        [string] $File,
        [string] $Folder
    )

    # Without the pictures SharePoint tells neither their size nor their length.
    $request = @{ identities = $Identity; sides = $Side; pictures = $true }
    $job = Start-PhotoJob -Session $Session -Operation Fetch -Request $request
    Receive-JobRecord -Job $job -Tally $Tally | ForEach-Object {
        $record = $_
        $person = Get-PersonName -Record $record
        if ($record.error) {
            Write-PhotoError -Cmdlet $Cmdlet -ErrorRecord (ConvertTo-PhotoError -Data $record.error -Target $person)
            return
        }
        foreach ($one in 'Source', 'Shown') {
            if ($Side -notin 'Both', $one) { continue }
            $photo = if ($one -eq 'Source') { $record.photo } else { $record.shown }
            $picture = if ($photo -and $null -ne $photo.picture) { Invoke-Native { , [M365ProfilePhoto.Interop.V1.Api]::Picture($job, $photo.picture) } }
            $path = if ($File) { $File } elseif ($Folder) { Join-Path -Path $Folder -ChildPath (Get-PictureName -Person $person -Side $one -Picture $picture) }
            try { if ($path -and $picture) { Save-Picture -Path $path -Picture $picture } }
            catch { Write-PhotoError -Cmdlet $Cmdlet -ErrorRecord $_; continue }
            $result = @{ Record = $record; Side = $one; Photo = $photo }
            if ($Bytes) { $result.Bytes = $picture }
            if ($path -and $picture) { $result.Path = $path }
            ConvertTo-PhotoResult @result
        }
    }
}

# One file takes one picture.
function Assert-OneFile {
    [CmdletBinding()]
    [OutputType([void])]
    param([int] $People, [string] $Side)

    if ($People -eq 1 -and $Side -ne 'Both') { return }
    throw New-PhotoError -Name InvalidArgument -Message '-OutFile takes the picture of one side of one person.' `
        -Advice 'Save several pictures with -Destination.'
}

# The file name of a picture: letters that a file system may refuse become underscores.
function Get-PictureName {
    [CmdletBinding()]
    [OutputType([string])]
    param([string] $Person, [string] $Side, [byte[]] $Picture)

    $extension = if ($Picture -and $Picture[0] -eq 0x89) { 'png' } else { 'jpg' }
    '{0}.{1}.{2}' -f ($Person -replace '[^\w.@+-]', '_'), $Side.ToLowerInvariant(), $extension
}

function Save-Picture {
    [CmdletBinding()]
    [OutputType([void])]
    param([string] $Path, [byte[]] $Picture)

    try {
        [void] [IO.Directory]::CreateDirectory([IO.Path]::GetDirectoryName($Path))
        [IO.File]::WriteAllBytes($Path, $Picture)
    }
    catch {
        throw New-PhotoError -Name FileAccess -Message "The picture cannot be saved: $($_.Exception.GetBaseException().Message)" `
            -Advice 'Check the path and the rights on it.' -Target $Path
    }
}
