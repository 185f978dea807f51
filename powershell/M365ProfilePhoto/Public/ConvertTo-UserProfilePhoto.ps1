function ConvertTo-UserProfilePhoto {
    <#
    .SYNOPSIS
    Makes the square profile photos of a picture file, without a connection.

    .DESCRIPTION
    Cuts the centred square of a picture and saves it as JPEG in each size: upright, with the colours of sRGB, on white where the
    picture is transparent, and without metadata. Reads JPEG, PNG, GIF, BMP and WebP. The sizes are those that SharePoint keeps.

    A picture is never enlarged: where it is smaller than a size, the file holds what there is, and the property Width says how much.
    A damaged or truncated file is refused, never half converted.

    .PARAMETER Path
    Picture files. Takes wildcards, and files from the pipeline. A file whose name has brackets is taken as it is named.

    .PARAMETER Destination
    The folder to save to. It is made where it is missing. A photo of 300 pixels made of anna.png is named anna-300.jpg.

    .PARAMETER Size
    Pixels of a side. 300, 72 and 48 without it: SharePoint's large, medium and small picture.

    .PARAMETER Force
    Overwrites files that are already there.

    .EXAMPLE
    ConvertTo-UserProfilePhoto -Path ./anna.jpg -Destination ./out

    Saves anna-300.jpg, anna-72.jpg and anna-48.jpg.

    .EXAMPLE
    Get-ChildItem -Path ./camera -Filter *.jpg | ConvertTo-UserProfilePhoto -Destination ./out -Size 648

    Saves each picture as large as Microsoft 365 keeps profile photos.

    .EXAMPLE
    ConvertTo-UserProfilePhoto -Path ./camera/*.png -Destination ./out -WhatIf

    Reads every picture and tells which files would be written. A picture that cannot be read is an error here already.

    .EXAMPLE
    ConvertTo-UserProfilePhoto -Path ./anna.jpg -Destination ./out -Force | Compare-UserProfilePhoto -ReferencePath ./anna.jpg

    Checks that what was made shows the same picture.

    .INPUTS
    System.String, or objects with a property FullName or Path, such as those of Get-ChildItem.

    .OUTPUTS
    M365ProfilePhoto.PhotoFile

    .LINK
    Compare-UserProfilePhoto

    .LINK
    about_M365ProfilePhoto
    #>
    [CmdletBinding(SupportsShouldProcess)]
    [OutputType('M365ProfilePhoto.PhotoFile')]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipeline, ValueFromPipelineByPropertyName)]
        [Alias('FullName', 'PSPath', 'LiteralPath')]
        [ValidateNotNullOrEmpty()]
        [string[]] $Path,

        [Parameter(Mandatory, Position = 1)]
        [ValidateNotNullOrEmpty()]
        [string] $Destination,

        [ValidateRange(1, 16384)]
        [int[]] $Size = @(300, 72, 48),

        [switch] $Force
    )

    begin {
        Use-CallerPreference -Cmdlet $PSCmdlet
        Initialize-NativeLibrary -Cmdlet $PSCmdlet
        $work = @{
            Cmdlet = $PSCmdlet
            Folder = $PSCmdlet.GetUnresolvedProviderPathFromPSPath($Destination)
            Size   = @($Size | Select-Object -Unique)
            Force  = $Force
        }
    }
    process {
        foreach ($file in Resolve-PicturePath -Cmdlet $PSCmdlet -Path $Path) { Save-Thumbnail @work -Path $file }
    }
}
