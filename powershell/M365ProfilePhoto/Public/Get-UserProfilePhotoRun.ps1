function Get-UserProfilePhotoRun {
    <#
    .SYNOPSIS
    Gets the summaries of what was done over a connection, newest first.

    .DESCRIPTION
    Writes one object for each run of Compare- and Sync-UserProfilePhoto over the connection: how many people, how many of them updated,
    unchanged, skipped and failed, how long it took and how many requests it cost. People who came by pipeline
    are worked on in batches of 256, and each batch is a run.

    .PARAMETER Connection
    The connection, by name or as Get-M365ProfilePhotoContext writes it. Without it: the default connection, or the only one.

    .EXAMPLE
    Get-UserProfilePhotoRun | Select-Object -First 1

    Shows the last run.

    .EXAMPLE
    Get-UserProfilePhotoRun | Where-Object Operation -EQ Sync | Export-Csv ./runs.csv -NoTypeInformation

    Keeps the numbers of all syncs.

    .EXAMPLE
    (Get-UserProfilePhotoRun)[0].States

    Shows how many people were in each state in the last run.

    .INPUTS
    None.

    .OUTPUTS
    M365ProfilePhoto.Run

    .LINK
    Sync-UserProfilePhoto
    #>
    [CmdletBinding()]
    [OutputType('M365ProfilePhoto.Run')]
    param(
        [Parameter(Position = 0)]
        [object] $Connection
    )

    Use-CallerPreference -Cmdlet $PSCmdlet
    $session = (Resolve-Connection -Cmdlet $PSCmdlet -Connection $Connection).Session
    $runs = ConvertFrom-Json -InputObject (Read-Reply -Cmdlet $PSCmdlet -Reply ([M365ProfilePhoto.Interop.V1.Api]::Runs($session)))
    foreach ($run in $runs) { ConvertTo-RunResult -Summary $run }
}
