# Errors as PowerShell shows them: a category, the id M365Photo.<Code>, the person, and what to do next.
# What ends a command is given to $Cmdlet.ThrowTerminatingError where it happens: a throw on the way would be one more entry
# in the caller's $Error.

# One row for each code of docs/abi.md; a test compares the two.
$script:ErrorCategories = @{
    InvalidArgument     = 'InvalidArgument'
    InvalidHandle       = 'InvalidOperation'
    Internal            = 'NotSpecified'
    Cancelled           = 'OperationStopped'
    Pending             = 'InvalidOperation'
    NotConnected        = 'ConnectionError'
    SignInFailed        = 'AuthenticationError'
    CertificateUnusable = 'AuthenticationError'
    TokenRejected       = 'AuthenticationError'
    PermissionDenied    = 'PermissionDenied'
    PersonNotFound      = 'ObjectNotFound'
    PhotoNotFound       = 'ObjectNotFound'
    ProfileNotFound     = 'ObjectNotFound'
    PictureUnreadable   = 'InvalidData'
    PictureUnsupported  = 'InvalidData'
    PictureTooLarge     = 'InvalidData'
    ConnectionFailed    = 'ConnectionError'
    UntrustedHost       = 'SecurityError'
    TimedOut            = 'OperationTimeout'
    Throttled           = 'LimitsExceeded'
    ServiceFailed       = 'ResourceUnavailable'
    ProtocolViolation   = 'ProtocolError'
    AnswerTooLarge      = 'LimitsExceeded'
    LibraryNotFound     = 'ObjectNotFound'
    WriteNotConfirmed   = 'WriteError'
    FileLocked          = 'ResourceBusy'
    StateInUse          = 'ResourceBusy'
    StateDamaged        = 'InvalidData'
    RemovalLimitReached = 'LimitsExceeded'
    SourceSuspicious    = 'InvalidResult'
    FileAccess          = 'OpenError'
    # The module's own:
    Unsupported         = 'NotImplemented'
    LibraryMissing      = 'NotInstalled'
    LibraryUnusable     = 'NotInstalled'
    InteropFailed       = 'NotInstalled'
}

# An error of the module itself.
function New-PhotoError {
    [CmdletBinding()]
    [OutputType([Management.Automation.ErrorRecord])]
    param(
        [Parameter(Mandatory)] [string] $Name,
        [Parameter(Mandatory)] [string] $Message,
        [Parameter(Mandatory)] [string] $Advice,
        [object] $Target
    )

    New-ErrorRecord -Exception ([InvalidOperationException]::new($Message)) -Name $Name -Message $Message -Advice $Advice -Target $Target
}

# An error of the library, from its JSON (docs/abi.md, "Errors").
function ConvertTo-PhotoError {
    [CmdletBinding()]
    [OutputType([Management.Automation.ErrorRecord])]
    param(
        [Parameter(Mandatory)] [object] $Data,
        # The person.
        [string] $Target
    )

    $exception = [M365ProfilePhoto.Interop.V1.PhotoException]::new($Data.message)
    $exception.Code = $Data.code
    $exception.Name = $Data.name
    $exception.Advice = $Data.advice
    $exception.User = $Data.user
    $exception.HttpStatus = $Data.httpStatus
    if ($null -ne $Data.retryAfterSeconds) { $exception.RetryAfter = [TimeSpan]::FromSeconds($Data.retryAfterSeconds) }
    $exception.ServiceCode = $Data.serviceCode
    $exception.RequestId = $Data.requestId
    $exception.Causes = [string[]] @($Data.causes)

    $message = $Data.message
    if ($Target -and $message.IndexOf($Target, [StringComparison]::OrdinalIgnoreCase) -lt 0) { $message = "${Target}: $message" }
    New-ErrorRecord -Exception $exception -Name $Data.name -Message $message -Advice $Data.advice -Target $Target
}

function New-ErrorRecord {
    [CmdletBinding()]
    [OutputType([Management.Automation.ErrorRecord])]
    param(
        [Parameter(Mandatory)] [Exception] $Exception,
        [Parameter(Mandatory)] [string] $Name,
        [Parameter(Mandatory)] [string] $Message,
        [Parameter(Mandatory)] [string] $Advice,
        [object] $Target
    )

    $category = if ($script:ErrorCategories.ContainsKey($Name)) { $script:ErrorCategories[$Name] } else { 'NotSpecified' }
    $record = [Management.Automation.ErrorRecord]::new($Exception, "M365Photo.$Name", $category, $Target)
    # PowerShell shows the recommended action by itself from 7.5 on; before, an admin sees the message alone.
    $shown = if ($PSVersionTable.PSVersion -ge [version] '7.5') { $Message } else { "$Message $Advice" }
    $record.ErrorDetails = [Management.Automation.ErrorDetails]::new($shown)
    $record.ErrorDetails.RecommendedAction = $Advice
    $record
}

# The value of a reply of the library; a refusal ends the command.
function Read-Reply {
    [CmdletBinding()]
    [OutputType([object])]
    param(
        [Parameter(Mandatory)] [Management.Automation.PSCmdlet] $Cmdlet,
        [Parameter(Mandatory)] [object] $Reply
    )

    if ($Reply.Error) { $Cmdlet.ThrowTerminatingError((ConvertTo-PhotoError -Data (ConvertFrom-Json -InputObject $Reply.Error))) }
    , $Reply.Value
}

# Reports the failure of one person; the others go on unless the caller prefers to stop.
function Write-PhotoError {
    [CmdletBinding()]
    [OutputType([void])]
    param(
        [Parameter(Mandatory)] [Management.Automation.PSCmdlet] $Cmdlet,
        [Parameter(Mandatory)] [Management.Automation.ErrorRecord] $ErrorRecord
    )

    # Without -ErrorAction the engine reads this variable, and in the module it says Stop.
    $ErrorActionPreference = $Cmdlet.SessionState.PSVariable.GetValue('ErrorActionPreference') # lint-disable: UnusedVariable
    $Cmdlet.WriteError($ErrorRecord)
}
