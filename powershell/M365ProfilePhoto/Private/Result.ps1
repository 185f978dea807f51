# The library's JSON as the objects that cmdlets write. Names in JSON are camelCase, properties PascalCase.

# A person's comparison or sync.
function ConvertTo-PersonResult {
    [CmdletBinding()]
    [OutputType([object])]
    param(
        [Parameter(Mandatory)] [object] $Record,
        # With the columns of a sync, which a comparison has not.
        [switch] $Sync
    )

    $failure = $Record.error
    $result = [ordered]@{
        PSTypeName        = if ($Sync) { 'M365ProfilePhoto.SyncResult' } else { 'M365ProfilePhoto.Comparison' }
        UserPrincipalName = $Record.userPrincipalName
        DisplayName       = $Record.displayName
        Id                = $Record.id
        Identity          = $Record.identity
        State             = $Record.state
        Action            = $Record.action
        Result            = $Record.result
        Reason            = if ($failure -and -not $Record.reason) { $failure.message } else { $Record.reason }
        Source            = $Record.source
        PictureUrl        = $Record.pictureUrl
        Distance          = $Record.distance
        Confidence        = $Record.confidence
        ErrorCode         = if ($failure) { $failure.name }
    }
    if (-not $Sync) { $result.Remove('Result') }
    [pscustomobject] $result
}

# Writes a person's result to the pipeline, and the error of one who failed beside it.
function Write-PersonResult {
    [CmdletBinding()]
    [OutputType([object])]
    param(
        [Parameter(Mandatory)] [Management.Automation.PSCmdlet] $Cmdlet,
        [Parameter(Mandatory)] [object] $Record,
        [switch] $Sync
    )

    ConvertTo-PersonResult -Record $Record -Sync:$Sync
    if ($Record.error) {
        Write-PhotoError -Cmdlet $Cmdlet -ErrorRecord (ConvertTo-PhotoError -Data $Record.error -Target (Get-PersonName -Record $Record))
    }
}

# How people know a person: the user principal name, or what was asked for where nobody has it.
function Get-PersonName {
    [CmdletBinding()]
    [OutputType([string])]
    param([Parameter(Mandatory)] [object] $Record)

    if ($Record.userPrincipalName) { $Record.userPrincipalName } else { $Record.identity }
}

# What one side holds for a person. Photo is the record's "photo" or "shown", $null where there is none.
function ConvertTo-PhotoResult {
    [CmdletBinding()]
    [OutputType([object])]
    param(
        [Parameter(Mandatory)] [object] $Record,
        [Parameter(Mandatory)] [ValidateSet('Source', 'Shown')] [string] $Side,
        [object] $Photo,
        [byte[]] $Bytes,
        [string] $Path
    )

    $field = { param([string] $Name) if ($null -ne $Photo -and $Photo.PSObject.Properties[$Name]) { $Photo.$Name } }
    [pscustomobject] [ordered]@{
        PSTypeName        = 'M365ProfilePhoto.Photo'
        UserPrincipalName = $Record.userPrincipalName
        DisplayName       = $Record.displayName
        Id                = $Record.id
        Identity          = $Record.identity
        Source            = $Record.source
        Side              = $Side
        HasPhoto          = $null -ne (& $field length)
        Width             = & $field width
        Height            = & $field height
        ContentType       = & $field contentType
        Length            = & $field length
        ETag              = & $field etag
        PictureUrl        = & $field pictureUrl
        PlaceholderState  = & $field placeholderState
        Timestamp         = & $field timestamp
        ExchangeSyncState = & $field exchangeSyncState
        Path              = if ($Path) { $Path }
        Bytes             = $Bytes
    }
}

# A square that was saved. Width is less than Size where the picture is smaller.
function ConvertTo-PhotoFileResult {
    [CmdletBinding()]
    [OutputType([object])]
    param(
        [Parameter(Mandatory)] [Management.Automation.PSCmdlet] $Cmdlet,
        [Parameter(Mandatory)] [string] $SourcePath,
        [Parameter(Mandatory)] [string] $Path,
        [Parameter(Mandatory)] [int] $Size,
        [Parameter(Mandatory)] [byte[]] $Picture
    )

    $seen = ConvertFrom-Json -InputObject (Read-Reply -Cmdlet $Cmdlet -Reply ([M365ProfilePhoto.Interop.V1.Api]::InspectPicture($Picture)))
    [pscustomobject] [ordered]@{
        PSTypeName  = 'M365ProfilePhoto.PhotoFile'
        SourcePath  = $SourcePath
        Path        = $Path
        Size        = $Size
        Width       = $seen.width
        Height      = $seen.height
        ContentType = $seen.contentType
        Length      = $Picture.Length
    }
}

# The answer about two files.
function ConvertTo-PictureComparison {
    [CmdletBinding()]
    [OutputType([object])]
    param(
        [Parameter(Mandatory)] [string] $ReferencePath,
        [Parameter(Mandatory)] [string] $DifferencePath,
        [Parameter(Mandatory)] [object] $Answer
    )

    [pscustomobject] [ordered]@{
        PSTypeName     = 'M365ProfilePhoto.PictureComparison'
        ReferencePath  = $ReferencePath
        DifferencePath = $DifferencePath
        Same           = $Answer.same
        Distance       = $Answer.distance
        Confidence     = $Answer.confidence
        Reason         = $Answer.reason
    }
}

# The summary of a run.
function ConvertTo-RunResult {
    [CmdletBinding()]
    [OutputType([object])]
    param([Parameter(Mandatory)] [object] $Summary)

    [pscustomobject] [ordered]@{
        PSTypeName = 'M365ProfilePhoto.Run'
        RunId      = $Summary.runId
        Resumed    = $Summary.resumedRunId
        Operation  = $Summary.operation
        WhatIf     = $Summary.whatIf
        Status     = $Summary.status
        Started    = ConvertTo-LocalTime -Time $Summary.started
        Finished   = ConvertTo-LocalTime -Time $Summary.finished
        Duration   = [TimeSpan]::FromSeconds($Summary.seconds)
        People     = $Summary.people
        Updated    = $Summary.updated
        Unchanged  = $Summary.unchanged
        Skipped    = $Summary.skipped
        Failed     = $Summary.failed
        Requests   = $Summary.requests
        Writes     = $Summary.writes
        Closings   = $Summary.closings
        States     = $Summary.states
    }
}

# Whether something that the job needs is there.
function ConvertTo-AccessResult {
    [CmdletBinding()]
    [OutputType([object])]
    param([Parameter(Mandatory, ValueFromPipeline)] [object] $Record)

    process {
        $failure = $Record.error
        [pscustomobject] [ordered]@{
            PSTypeName  = 'M365ProfilePhoto.AccessCheck'
            Check       = $Record.check
            Result      = $Record.result
            Api         = $Record.api
            Missing     = [string[]] @($Record.missing)
            Detail      = $Record.detail
            Grant       = $Record.grant
            ErrorCode   = if ($failure) { $failure.name }
            ServiceCode = if ($failure) { $failure.serviceCode }
        }
    }
}

# A connection as people may see it: never a secret.
function ConvertTo-ContextResult {
    [CmdletBinding()]
    [OutputType([object])]
    param(
        [Parameter(Mandatory)] [Management.Automation.PSCmdlet] $Cmdlet,
        [Parameter(Mandatory)] [object] $Connection
    )

    $json = Read-Reply -Cmdlet $Cmdlet -Reply ([M365ProfilePhoto.Interop.V1.Api]::Context($Connection.Session))
    $context = ConvertFrom-Json -InputObject $json
    $tokens = foreach ($token in $context.tokens) {
        [pscustomobject] [ordered]@{
            Resource = $token.resource; Expires = ConvertTo-LocalTime -Time $token.expires; Permissions = [string[]] @($token.permissions)
        }
    }
    $users = @($context.tokens | ForEach-Object { $_.user } | Where-Object { $_ } | Select-Object -First 1)
    $refusal = if ($context.PSObject.Properties['sharePointError']) { $context.sharePointError }
    [pscustomobject] [ordered]@{
        PSTypeName       = 'M365ProfilePhoto.Context'
        Name             = $Connection.Name
        Connected        = $context.connected
        User             = if ($users) { $users[0] }
        TenantId         = $context.tenantId
        ClientId         = $context.clientId
        Environment      = $context.environment
        Credential       = $context.credential
        Graph            = $context.graph
        SharePointMySite = $context.sharePointMySite
        SharePointAdmin  = $context.sharePointAdmin
        PictureFolder    = $context.pictureFolder
        SharePointError  = if ($refusal) { "$($refusal.message) $($refusal.advice)" }
        Permissions      = [string[]] @($tokens | ForEach-Object { $_.Permissions } | Sort-Object -Unique)
        Expires          = $tokens | ForEach-Object { $_.Expires } | Sort-Object | Select-Object -First 1
        Tokens           = @($tokens)
    }
}

# A time of the library (ISO 8601, UTC): PowerShell 7 makes a DateTime of it by itself, Windows PowerShell leaves it a text.
function ConvertTo-LocalTime {
    [CmdletBinding()]
    [OutputType([datetime])]
    param([object] $Time)

    if ($null -eq $Time) { return }
    if ($Time -is [datetime]) { return $Time.ToLocalTime() }
    [datetime]::Parse($Time, [Globalization.CultureInfo]::InvariantCulture, [Globalization.DateTimeStyles]::RoundtripKind).ToLocalTime()
}
