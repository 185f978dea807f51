# The three ways of a sync. -WhatIf and -Confirm show what the library decided for each person, so a plan is the true one.

# Syncs, asks first, or shows the plan, as -WhatIf, -Confirm and the caller's preferences say.
function Invoke-SyncAsPreferred {
    [CmdletBinding()]
    [OutputType([object])]
    param(
        [Parameter(Mandatory)] [Management.Automation.PSCmdlet] $Cmdlet,
        [Parameter(Mandatory)] [object] $Session,
        [Parameter(Mandatory)] [Collections.IDictionary] $Request,
        [Parameter(Mandatory)] [object] $Tally
    )

    # PowerShell asks when the command's impact (Medium) is at least the preference.
    $asks = $ConfirmPreference -in 'Low', 'Medium'
    if ($WhatIfPreference) { Show-SyncPlan @PSBoundParameters }
    elseif ($asks) { Invoke-ConfirmedSync @PSBoundParameters }
    else { Invoke-Sync @PSBoundParameters }
}

# Repairs what is wrong.
function Invoke-Sync {
    [CmdletBinding()]
    [OutputType([object])]
    param(
        [Parameter(Mandatory)] [Management.Automation.PSCmdlet] $Cmdlet,
        [Parameter(Mandatory)] [object] $Session,
        [Parameter(Mandatory)] [Collections.IDictionary] $Request,
        [Parameter(Mandatory)] [object] $Tally
    )

    $job = Start-PhotoJob -Cmdlet $Cmdlet -Session $Session -Operation Sync -Request $Request
    Receive-JobRecord -Cmdlet $Cmdlet -Job $job -Tally $Tally | ForEach-Object { Write-PersonResult -Cmdlet $Cmdlet -Record $_ -Sync }
}

# Decides as a sync does, and writes nothing: a "What if:" line for each person who would be updated.
function Show-SyncPlan {
    [CmdletBinding()]
    [OutputType([object])]
    param(
        [Parameter(Mandatory)] [Management.Automation.PSCmdlet] $Cmdlet,
        [Parameter(Mandatory)] [object] $Session,
        [Parameter(Mandatory)] [Collections.IDictionary] $Request,
        [Parameter(Mandatory)] [object] $Tally
    )

    $job = Start-PhotoJob -Cmdlet $Cmdlet -Session $Session -Operation Sync -Request ($Request + @{ whatIf = $true })
    Receive-JobRecord -Cmdlet $Cmdlet -Job $job -Tally $Tally | ForEach-Object {
        if ($_.result -eq 'Planned') { [void] (Confirm-Update -Cmdlet $Cmdlet -Record $_) }
        Write-PersonResult -Cmdlet $Cmdlet -Record $_ -Sync
    }
}

# Decides first, asks about each person who would be updated, then updates those who were agreed to.
function Invoke-ConfirmedSync {
    [CmdletBinding()]
    [OutputType([object])]
    param(
        [Parameter(Mandatory)] [Management.Automation.PSCmdlet] $Cmdlet,
        [Parameter(Mandatory)] [object] $Session,
        [Parameter(Mandatory)] [Collections.IDictionary] $Request,
        [Parameter(Mandatory)] [object] $Tally
    )

    $plan = New-Tally -Activity 'Deciding whose photo to update'
    $agreed = [Collections.Generic.List[string]]::new()
    $job = Start-PhotoJob -Cmdlet $Cmdlet -Session $Session -Operation Sync -Request ($Request + @{ whatIf = $true })
    Receive-JobRecord -Cmdlet $Cmdlet -Job $job -Tally $plan | ForEach-Object {
        if ($_.result -ne 'Planned') { Write-PersonResult -Cmdlet $Cmdlet -Record $_ -Sync }
        elseif (Confirm-Update -Cmdlet $Cmdlet -Record $_) { $agreed.Add($_.id) }
    }

    # Of the plan, those agreed to are counted by the run that updates them; the others were skipped.
    $plan.Skipped += $plan.Updated - $agreed.Count
    $plan.People -= $agreed.Count
    $plan.Updated = 0
    Join-Tally -Tally $Tally -Other $plan
    if ($agreed.Count -eq 0) { return }

    $updates = @{ identities = $agreed.ToArray() }
    # The plan counted the removals; of those agreed to, none is too many.
    $updates.maximumRemovals = $agreed.Count
    foreach ($field in 'includePinned', 'exchangeOnlineOnly', 'removalPolicy', 'conflictPolicy') { if ($Request.Contains($field)) { $updates[$field] = $Request[$field] } }
    Invoke-Sync -Cmdlet $Cmdlet -Session $Session -Request $updates -Tally $Tally
}

# The one question, or "What if:" line, about a person.
function Confirm-Update {
    [CmdletBinding()]
    [OutputType([bool])]
    param(
        [Parameter(Mandatory)] [Management.Automation.PSCmdlet] $Cmdlet,
        [Parameter(Mandatory)] [object] $Record
    )

    $does = if ($Record.action -eq 'Remove') { 'Remove the photo from SharePoint' } else { 'Update the photo in SharePoint' }
    $Cmdlet.ShouldProcess((Get-PersonName -Record $Record), "$does ($($Record.state))")
}
