# Whom a command is about: the people of a request (docs/abi.md, "Requests").

# So many people who come by pipeline go to the library in one call.
$script:BatchSize = 256

# The identity of one person who came by pipeline. Exchange's objects have a property Identity, which is no name for
# Graph: where there is a UserPrincipalName beside it, that is meant.
function Select-Identity {
    [CmdletBinding()]
    [OutputType([string[]])]
    param([string[]] $Identity, [object] $InputObject)

    if ($null -eq $InputObject -or $InputObject -is [string]) { return $Identity }
    $name = $InputObject.PSObject.Properties['UserPrincipalName']
    if ($name -and $name.Value -and $InputObject.PSObject.Properties['Identity']) { return [string] $name.Value }
    $Identity
}

# The request for everybody, from the parameters that were given.
function New-EverybodyRequest {
    [CmdletBinding()]
    [OutputType([Collections.IDictionary])]
    param([Parameter(Mandatory)] [Collections.IDictionary] $Bound)

    $request = @{ all = $true }
    $fields = @{ Filter = 'filter'; GroupId = 'groupId'; UserType = 'userType' }
    foreach ($name in $fields.Keys) { if ($Bound.ContainsKey($name)) { $request[$fields[$name]] = [string] $Bound[$name] } }
    $switches = @{ IncludeDisabled = 'includeDisabled'; IncludeUnchanged = 'includeUnchanged' }
    foreach ($name in $switches.Keys) { if ($Bound.ContainsKey($name)) { $request[$switches[$name]] = [bool] $Bound[$name] } }
    $request
}
