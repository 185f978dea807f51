# The connections of this session by name, and which of them a cmdlet means.

$script:DefaultName = 'Default'
$script:Connections = [Collections.Specialized.OrderedDictionary]::new([StringComparer]::OrdinalIgnoreCase)

# The connection that -Connection means; without it the default one, or the only one. It never guesses between tenants.
function Resolve-Connection {
    [CmdletBinding()]
    [OutputType([object])]
    param(
        [Parameter(Mandatory)] [Management.Automation.PSCmdlet] $Cmdlet,
        [object] $Connection
    )

    $name = if ($null -eq $Connection -or $Connection -is [string]) { $Connection } else { $Connection.Name }
    if (-not $name -and $script:Connections.Count -eq 1) { return $script:Connections[0] }
    $found = if ($name) { $name } else { $script:DefaultName }
    if ($script:Connections.Contains($found)) { return $script:Connections[$found] }

    $problem = if ($name) { New-NoConnectionError -Name $name }
    elseif ($script:Connections.Count -eq 0) {
        New-PhotoError -Name NotConnected -Message 'This session is not connected.' -Advice 'Connect first: Connect-M365ProfilePhoto ...'
    }
    else {
        New-PhotoError -Name NotConnected -Message "There are several connections: $(@($script:Connections.Keys) -join ', ')." `
            -Advice 'Say which one with -Connection.'
    }
    $Cmdlet.ThrowTerminatingError($problem)
}

function New-NoConnectionError {
    [CmdletBinding()]
    [OutputType([Management.Automation.ErrorRecord])]
    param([Parameter(Mandatory)] [string] $Name)

    New-PhotoError -Name NotConnected -Message "There is no connection named '$Name'." -Target $Name `
        -Advice "Connect first: Connect-M365ProfilePhoto -Name '$Name' ..."
}

function Add-Connection {
    [CmdletBinding()]
    [OutputType([object])]
    param(
        [Parameter(Mandatory)] [string] $Name,
        [Parameter(Mandatory)] [object] $Session
    )

    if ($script:Connections.Contains($Name)) { $script:Connections[$Name].Session.Dispose() }
    $script:Connections[$Name] = [pscustomobject]@{ Name = $Name; Session = $Session }
    $script:Connections[$Name]
}

function Remove-Connection {
    [CmdletBinding()]
    [OutputType([void])]
    param([Parameter(Mandatory)] [object] $Connection)

    $Connection.Session.Dispose()
    $script:Connections.Remove($Connection.Name)
}

# The names whose beginning was typed, for tab completion.
function Get-ConnectionName {
    [CmdletBinding()]
    [OutputType([Management.Automation.CompletionResult])]
    param([string] $WordToComplete)

    foreach ($name in $script:Connections.Keys) {
        if (-not $name.StartsWith($WordToComplete.Trim('''"'), [StringComparison]::OrdinalIgnoreCase)) { continue }
        $text = if ($name -match '^[\w.-]+$') { $name } else { "'" + $name.Replace("'", "''") + "'" }
        [Management.Automation.CompletionResult]::new($text, $name, 'ParameterValue', $name)
    }
}
