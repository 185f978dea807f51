# Runs the lines that `cargo xtask try` sends, as if somebody typed them here, and answers each with one line of JSON:
# the error that ended it, if any, and the session's newest run.
param([Parameter(Mandatory = $true)] [int] $Port)

$ErrorActionPreference = 'Stop'
$tryClient = New-Object System.Net.Sockets.TcpClient('127.0.0.1', $Port)
$tryReader = New-Object System.IO.StreamReader($tryClient.GetStream())
$tryWriter = New-Object System.IO.StreamWriter($tryClient.GetStream())

while ($null -ne ($tryLine = $tryReader.ReadLine())) {
    Write-Host ''
    Write-Host 'PS> ' -NoNewline -ForegroundColor DarkGray
    Write-Host $tryLine -ForegroundColor Cyan
    $tryAnswer = @{ error = $null; run = $null }
    try {
        . ([scriptblock]::Create($tryLine)) | Out-Host
        if ((Get-Module M365ProfilePhoto) -and (Get-M365ProfilePhotoContext)) {
            $tryAnswer.run = Get-UserProfilePhotoRun | Select-Object -First 1
        }
    } catch {
        $tryAnswer.error = "$_"
    }
    $tryWriter.WriteLine((ConvertTo-Json $tryAnswer -Compress -Depth 4))
    $tryWriter.Flush()
}
