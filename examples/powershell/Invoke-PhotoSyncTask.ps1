<#
.SYNOPSIS
Syncs everybody's profile photo from a scheduled task, and tells by its exit code how it went.

.DESCRIPTION
Connects, runs Sync-UserProfilePhoto -All, writes the results to a CSV file and the summary to the output, and ends with

    0  everybody is in order
    1  the run could not be done (sign-in refused, service unreachable, ...)
    2  the run was done, and some people failed; the CSV file says who and why

Run it with -File, so that the exit code reaches the task scheduler:

    pwsh -NoProfile -NonInteractive -File Invoke-PhotoSyncTask.ps1 -ConfigPath D:\Tasks\photo-sync.psd1

.PARAMETER ConfigPath
A PowerShell data file with the parameters of Connect-M365ProfilePhoto, such as
@{ TenantId = 'contoso.onmicrosoft.com'; ClientId = '...'; CertificatePath = 'D:\Tasks\photo-sync.pem'; SharePointUrl = 'https://contoso.sharepoint.com' }

.PARAMETER ReportFolder
Where the CSV files go; beside this script without it.

.PARAMETER Days
CSV files older than this are removed.

.EXAMPLE
./Invoke-PhotoSyncTask.ps1 -ConfigPath ./photo-sync.psd1 -ReportFolder ./reports
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory)] [string] $ConfigPath,
    [string] $ReportFolder = (Join-Path -Path $PSScriptRoot -ChildPath 'reports'),
    [int] $Days = 30
)

$ErrorActionPreference = 'Stop'
try {
    Import-Module -Name M365ProfilePhoto
    $parameters = Import-PowerShellDataFile -Path $ConfigPath
    Connect-M365ProfilePhoto @parameters

    [void] (New-Item -Path $ReportFolder -ItemType Directory -Force)
    $report = Join-Path -Path $ReportFolder -ChildPath "photos-$(Get-Date -Format 'yyyyMMdd-HHmmss').csv"
    Sync-UserProfilePhoto -All -ErrorAction SilentlyContinue | Export-Csv -Path $report -NoTypeInformation -Encoding UTF8

    $run = Get-UserProfilePhotoRun | Select-Object -First 1
    "$($run.People) people: $($run.Updated) updated, $($run.Unchanged) unchanged, $($run.Skipped) skipped, $($run.Failed) failed. Report: $report"
    Get-ChildItem -Path $ReportFolder -Filter 'photos-*.csv' | Where-Object LastWriteTime -LT (Get-Date).AddDays(-$Days) | Remove-Item
    if ($run.Failed -gt 0) { exit 2 }
    exit 0
}
catch {
    [Console]::Error.WriteLine("$($_.FullyQualifiedErrorId): $($_.Exception.Message) $($_.ErrorDetails.RecommendedAction)")
    exit 1
}
