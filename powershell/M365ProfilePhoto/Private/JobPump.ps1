# Runs a job of the library to its end: hands out its records, shows how far it is, stops it when the pipeline stops.

# Turns of at most this many milliseconds let Ctrl+C in; people whose pictures are half written get Grace to be finished.
$script:TurnMilliseconds = 150
$script:GraceMilliseconds = 1500

# Starts a job; its request is a dictionary of the fields in docs/abi.md.
function Start-PhotoJob {
    [CmdletBinding()]
    [OutputType([object])]
    param(
        [Parameter(Mandatory)] [Management.Automation.PSCmdlet] $Cmdlet,
        [Parameter(Mandatory)] [object] $Session,
        [Parameter(Mandatory)] [ValidateSet('Connect', 'Check', 'Fetch', 'Compare', 'Sync')] [string] $Operation,
        [Collections.IDictionary] $Request = @{}
    )

    $json = ConvertTo-Json -InputObject $Request -Compress
    $reply = switch ($Operation) {
        'Connect' { [M365ProfilePhoto.Interop.V1.Api]::Connect($Session, $json) }
        'Check' { [M365ProfilePhoto.Interop.V1.Api]::CheckAccess($Session, $json) }
        'Fetch' { [M365ProfilePhoto.Interop.V1.Api]::Fetch($Session, $json) }
        'Compare' { [M365ProfilePhoto.Interop.V1.Api]::Compare($Session, $json) }
        'Sync' { [M365ProfilePhoto.Interop.V1.Api]::Sync($Session, $json) }
    }
    Read-Reply -Cmdlet $Cmdlet -Reply $reply
}

# Emits the job's records as they come; its summary goes to $Tally. What ends the job ends the command.
function Receive-JobRecord {
    [CmdletBinding()]
    [OutputType([object])]
    param(
        [Parameter(Mandatory)] [Management.Automation.PSCmdlet] $Cmdlet,
        [Parameter(Mandatory)] [object] $Job,
        [Parameter(Mandatory)] [object] $Tally
    )

    $meter = New-ProgressMeter -Activity $Tally.Activity -Before $Tally.People -Endless:$Tally.Endless
    try {
        do {
            $progress = Read-Reply -Cmdlet $Cmdlet -Reply ([M365ProfilePhoto.Interop.V1.Api]::Wait($Job, $script:TurnMilliseconds))
            Show-Progress -Meter $meter -Progress $progress
            # Windows PowerShell hands a JSON array on as one object, PowerShell 7 one by one: a variable takes both alike.
            $records = ConvertFrom-Json -InputObject (Read-Reply -Cmdlet $Cmdlet -Reply ([M365ProfilePhoto.Interop.V1.Api]::Next($Job, 64)))
            foreach ($record in $records) { $record }
        } while ($progress.State -eq [M365ProfilePhoto.Interop.V1.Api]::Running -or $records)
        if ($meter.Shown) { Write-Progress -Activity $meter.Activity -Completed }
        $summary = Read-Reply -Cmdlet $Cmdlet -Reply ([M365ProfilePhoto.Interop.V1.Api]::Result($Job))
        Add-ToTally -Tally $Tally -Summary (ConvertFrom-Json -InputObject $summary)
    }
    finally {
        # A cmdlet would not run here after Ctrl+C; a .NET call does.
        [M365ProfilePhoto.Interop.V1.Api]::Stop($Job, $script:GraceMilliseconds)
    }
}

function New-ProgressMeter {
    [CmdletBinding()]
    [OutputType([object])]
    param([string] $Activity, [long] $Before, [switch] $Endless)

    [pscustomobject]@{ Activity = $Activity; Before = $Before; Endless = [bool] $Endless; Shown = $false; Clock = [Diagnostics.Stopwatch]::StartNew() }
}

# Draws the progress four times a second at most: Windows PowerShell spends milliseconds on each.
function Show-Progress {
    [CmdletBinding()]
    [OutputType([void])]
    param([object] $Meter, [object] $Progress)

    if ($Meter.Clock.ElapsedMilliseconds -lt 250) { return }
    $Meter.Clock.Restart()
    $Meter.Shown = $true

    $bar = @{ Activity = $Meter.Activity; PercentComplete = -1; SecondsRemaining = -1 }
    $known = $Progress.Total -gt 0 -and -not $Meter.Endless
    $people = if ($Progress.Total -eq 0 -and $Progress.Done -eq 0 -and $Meter.Before -eq 0) { 'starting' } elseif ($known) { '{0:N0} of {1:N0} people' -f $Progress.Done, $Progress.Total } else { '{0:N0} people' -f ($Meter.Before + $Progress.Done) }
    $failed = if ($Progress.Failed) { ', {0:N0} failed' -f $Progress.Failed }
    $rate = if ($Progress.Done -gt 0) { ', {0:N0} a minute' -f (60000 * $Progress.Done / [Math]::Max(1, $Progress.Elapsed)) }
    $budget = if ($Progress.BudgetPercent -gt 0) { ', {0} % of the budget' -f $Progress.BudgetPercent }
    $wait = if ($Progress.Waiting -gt 0) { '; Microsoft 365 asks to wait {0:N0} s' -f [Math]::Ceiling($Progress.Waiting / 1000) }
    if ($known) { $bar.PercentComplete = [int] [Math]::Min(100, 100 * $Progress.Done / $Progress.Total) }
    if ($known -and $Progress.Done -gt 0) {
        $left = $Progress.Elapsed / $Progress.Done * ($Progress.Total - $Progress.Done) + $Progress.Waiting
        $bar.SecondsRemaining = [int] [Math]::Min([int]::MaxValue, [Math]::Ceiling($left / 1000))
    }
    Write-Progress @bar -Status "$people$failed$rate$budget$wait"
}
