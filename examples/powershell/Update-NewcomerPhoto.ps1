<#
.SYNOPSIS
An onboarding script of the kind many admins already have, with the photo as one more step.

.DESCRIPTION
Takes the list of newcomers that HR exports (CSV with a column UserPrincipalName), makes SharePoint show the photos of those who
have one, and tells HR who has none yet. Everything but the lines that mention photos stands for what such a script does anyway.

.PARAMETER Path
The CSV file with the newcomers.

.PARAMETER MissingPath
Where the list of people without a photo goes.

.EXAMPLE
Connect-M365ProfilePhoto @app
./Update-NewcomerPhoto.ps1 -Path ./newcomers.csv -WhatIf

Shows what would happen, without writing anything.

.EXAMPLE
./Update-NewcomerPhoto.ps1 -Path ./newcomers.csv -MissingPath ./no-photo-yet.csv
#>
[CmdletBinding(SupportsShouldProcess)]
param(
    [Parameter(Mandatory)] [string] $Path,
    [string] $MissingPath = './no-photo-yet.csv'
)

$newcomers = Import-Csv -Path $Path

# ... licences, groups, mailbox settings ...

# -WhatIf of this script reaches the cmdlet by itself.
$photos = $newcomers | Sync-UserProfilePhoto -ErrorVariable failed -ErrorAction SilentlyContinue

$photos | Where-Object State -EQ NoSourcePhoto |
    Select-Object -Property UserPrincipalName, DisplayName |
    Export-Csv -Path $MissingPath -NoTypeInformation -Encoding UTF8

foreach ($failure in $failed) {
    Write-Warning "$($failure.TargetObject): $($failure.Exception.Message) $($failure.ErrorDetails.RecommendedAction)"
}
$photos | Group-Object -Property Result | Select-Object -Property Name, Count
