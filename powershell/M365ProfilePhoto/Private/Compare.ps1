# A comparison: one job, its results to the pipeline.

function Invoke-Compare {
    [CmdletBinding()]
    [OutputType([object])]
    param(
        [Parameter(Mandatory)] [Management.Automation.PSCmdlet] $Cmdlet,
        [Parameter(Mandatory)] [object] $Session,
        [Parameter(Mandatory)] [Collections.IDictionary] $Request,
        [Parameter(Mandatory)] [object] $Tally,
        # Only people in these states; everybody without it.
        [string[]] $State
    )

    if ($State -and $Request.Contains('all')) { $Request.includeUnchanged = $true }
    $job = Start-PhotoJob -Cmdlet $Cmdlet -Session $Session -Operation Compare -Request $Request
    Receive-JobRecord -Cmdlet $Cmdlet -Job $job -Tally $Tally | ForEach-Object {
        if (-not $State -or $_.state -in $State) { Write-PersonResult -Cmdlet $Cmdlet -Record $_ }
    }
}
