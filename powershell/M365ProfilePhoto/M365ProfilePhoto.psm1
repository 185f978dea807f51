# The module's root: refuses a session that cannot run it, then loads its functions. The native library waits for first use.

if ($ExecutionContext.SessionState.LanguageMode -ne 'FullLanguage') {
    throw 'M365ProfilePhoto calls a native library, which PowerShell allows in FullLanguage mode only; this session is in ' +
        "$($ExecutionContext.SessionState.LanguageMode) mode. Ask whoever keeps the application control policy to trust the module."
}

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
$script:ModuleRoot = $PSScriptRoot
$script:NativeIsReady = $false

foreach ($folder in 'Private', 'Public') {
    foreach ($file in [IO.Directory]::GetFiles([IO.Path]::Combine($PSScriptRoot, $folder), '*.ps1')) { . $file }
}

# Registered from here, a completer runs in the module and sees its connections; the attribute's would run outside.
$completer = { param($Command, $Parameter, $WordToComplete) Get-ConnectionName -WordToComplete $WordToComplete }
Register-ArgumentCompleter -ParameterName Connection -ScriptBlock $completer -CommandName @(
    'Compare-UserProfilePhoto', 'Get-UserProfilePhoto', 'Get-UserProfilePhotoRun', 'Sync-UserProfilePhoto',
    'Test-UserProfilePhotoAccess'
)
Register-ArgumentCompleter -ParameterName Name -ScriptBlock $completer -CommandName @(
    'Connect-M365ProfilePhoto', 'Disconnect-M365ProfilePhoto', 'Get-M365ProfilePhotoContext'
)
