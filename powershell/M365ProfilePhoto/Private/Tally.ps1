# What one command did, over all the runs that it needed: people who come by pipeline go to the library in batches.

$script:TallyFields = 'People', 'Updated', 'Unchanged', 'Skipped', 'Failed', 'Requests', 'Writes', 'Seconds'

function New-Tally {
    [CmdletBinding()]
    [OutputType([object])]
    param(
        [Parameter(Mandatory)] [string] $Activity,
        # People may follow after those known: progress then shows no percentage.
        [switch] $Endless
    )

    $tally = [ordered]@{ Activity = $Activity; Endless = [bool] $Endless; Runs = 0; WhatIf = $false }
    foreach ($field in $script:TallyFields) { $tally[$field] = 0 }
    [pscustomobject] $tally
}

# Adds the summary of a run.
function Add-ToTally {
    [CmdletBinding()]
    [OutputType([void])]
    param([object] $Tally, [object] $Summary)

    # Connecting has a result of its own shape, and nothing to count.
    if (-not $Summary.PSObject.Properties['people']) { return }
    $Tally.Runs++
    $Tally.WhatIf = $Summary.whatIf
    foreach ($field in $script:TallyFields) { $Tally.$field += $Summary.$field }
}

# Adds another tally of the same command.
function Join-Tally {
    [CmdletBinding()]
    [OutputType([void])]
    param([object] $Tally, [object] $Other)

    foreach ($field in @('Runs') + $script:TallyFields) { $Tally.$field += $Other.$field }
}

# Tells the summary as a sentence to the information stream (tag M365ProfilePhoto.Summary), never to the pipeline.
function Write-Summary {
    [CmdletBinding()]
    [OutputType([void])]
    param([object] $Tally, [string] $Operation)

    if ($Tally.Runs -eq 0) { return }
    $people = if ($Tally.People -eq 1) { '1 person' } else { '{0:N0} people' -f $Tally.People }
    $found = switch ($Operation) {
        'Sync' { '{0:N0} {1}, {2:N0} unchanged, {3:N0} skipped, {4:N0} failed' -f
            $Tally.Updated, $(if ($Tally.WhatIf) { 'would be updated' } else { 'updated' }), $Tally.Unchanged, $Tally.Skipped, $Tally.Failed }
        'Compare' { '{0:N0} to update, {1:N0} in order, {2:N0} left out, {3:N0} failed' -f $Tally.Updated, $Tally.Unchanged, $Tally.Skipped, $Tally.Failed }
        'Fetch' { '{0:N0} failed' -f $Tally.Failed }
    }
    $text = '{0} of {1} in {2:N1} s: {3} ({4:N0} requests, {5:N0} of them writes).' -f
        $Operation, $people, $Tally.Seconds, $found, $Tally.Requests, $Tally.Writes
    Write-Information -MessageData $text -Tags 'M365ProfilePhoto.Summary'
}
