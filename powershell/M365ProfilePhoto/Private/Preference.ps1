# A function of a module does not see the preferences that its caller set in a script: this brings them in.

function Use-CallerPreference {
    [CmdletBinding()]
    [OutputType([void])]
    param([Parameter(Mandatory)] [Management.Automation.PSCmdlet] $Cmdlet)

    $parameters = @{ Verbose = 'Verbose'; Warning = 'WarningAction'; Information = 'InformationAction'; Progress = 'ProgressAction'; WhatIf = 'WhatIf'; Confirm = 'Confirm' }
    $always = @{ Scope = 1; WhatIf = $false; Confirm = $false }
    foreach ($name in $parameters.Keys) {
        if ($Cmdlet.MyInvocation.BoundParameters.ContainsKey($parameters[$name])) { continue }
        Set-Variable -Name "${name}Preference" -Value $Cmdlet.SessionState.PSVariable.GetValue("${name}Preference") @always
    }
    # What fails inside the module stops there, whatever the caller prefers for the errors it is shown.
    Set-Variable -Name ErrorActionPreference -Value Stop @always
}
