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
    $job = Start-PhotoJob -Cmdlet $Cmdlet -Session $Session -Operation Fetch -Request $request
    Receive-JobRecord -Cmdlet $Cmdlet -Job $job -Tally $Tally | ForEach-Object {
        $record = $_
        $person = Get-PersonName -Record $record
        if ($record.error) {
            Write-PhotoError -Cmdlet $Cmdlet -ErrorRecord (ConvertTo-PhotoError -Data $record.error -Target $person)
            return
        }
        foreach ($one in 'Source', 'Shown') {
            if ($Side -notin 'Both', $one) { continue }
            $photo = if ($one -eq 'Source') { $record.photo } else { $record.shown }
            $result = @{ Record = $record; Side = $one; Photo = $photo }
            if ($photo -and $null -ne $photo.picture) {
                $picture = Read-Reply -Cmdlet $Cmdlet -Reply ([M365ProfilePhoto.Interop.V1.Api]::Picture($job, $photo.picture))
                if ($Bytes) { $result.Bytes = $picture }
                if ($File) { $result.Path = $File }
                if ($Folder) { $result.Path = Join-Path -Path $Folder -ChildPath (Get-PictureName -Person $person -Side $one -Picture $picture) }
                if ($result['Path'] -and -not (Save-Picture -Cmdlet $Cmdlet -Path $result.Path -Picture $picture)) { continue }
            }
            ConvertTo-PhotoResult @result
        }
    }
}

# One file takes one picture.
function Assert-OneFile {
    [CmdletBinding()]
    [OutputType([void])]
    param(
        [Parameter(Mandatory)] [Management.Automation.PSCmdlet] $Cmdlet,
        [int] $People,
        [string] $Side
    )

    if ($People -eq 1 -and $Side -ne 'Both') { return }
    $Cmdlet.ThrowTerminatingError((New-PhotoError -Name InvalidArgument -Message '-OutFile takes the picture of one side of one person.' `
                -Advice 'Save several pictures with -Destination.'))
}

# The file name of a picture: letters that a file system may refuse become underscores.
function Get-PictureName {
    [CmdletBinding()]
    [OutputType([string])]
    param([string] $Person, [string] $Side, [byte[]] $Picture)

    $extension = if ($Picture[0] -eq 0x89) { 'png' } else { 'jpg' }
    '{0}.{1}.{2}' -f ($Person -replace '[^\w.@+-]', '_'), $Side.ToLowerInvariant(), $extension
}

# Whether the picture was saved; if not, an error says why.
function Save-Picture {
    [CmdletBinding()]
    [OutputType([bool])]
    param(
        [Parameter(Mandatory)] [Management.Automation.PSCmdlet] $Cmdlet,
        [string] $Path,
        [byte[]] $Picture
    )

    $problem = [M365ProfilePhoto.Interop.V1.Files]::Write($Path, $Picture).Error
    if (-not $problem) { return $true }
    Write-PhotoError -Cmdlet $Cmdlet -ErrorRecord (New-PhotoError -Name FileAccess -Message "The picture cannot be saved: $problem" `
            -Advice 'Check the path and the rights on it.' -Target $Path)
    $false
}
