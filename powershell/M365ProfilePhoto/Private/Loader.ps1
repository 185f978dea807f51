# Loads the native library on the first call of a session, by absolute path, or says in one sentence why it cannot.

function Initialize-NativeLibrary {
    [CmdletBinding()]
    [OutputType([void])]
    param([Parameter(Mandatory)] [Management.Automation.PSCmdlet] $Cmdlet)

    if ($script:NativeIsReady) { return }
    $path = Get-NativeLibraryPath -Cmdlet $Cmdlet

    # One runspace of the process at a time: two would compile the interop types twice. An interned string is one object for all.
    $gate = [string]::Intern('M365ProfilePhoto.Interop.V1')
    [Threading.Monitor]::Enter($gate)
    try {
        Import-InteropType -Cmdlet $Cmdlet
        Import-NativeLibrary -Cmdlet $Cmdlet -Path $path
    }
    finally { [Threading.Monitor]::Exit($gate) }
    $script:NativeIsReady = $true
}

# Where the library for this process lies: bin/<runtime>/ in the module.
function Get-NativeLibraryPath {
    [CmdletBinding()]
    [OutputType([string])]
    param([Parameter(Mandatory)] [Management.Automation.PSCmdlet] $Cmdlet)

    if ([IntPtr]::Size -ne 8) {
        $Cmdlet.ThrowTerminatingError((New-PhotoError -Name Unsupported -Message 'This is a 32-bit PowerShell; M365ProfilePhoto needs a 64-bit one.' `
            -Advice 'Start "Windows PowerShell", not "Windows PowerShell (x86)".'))
    }
    $system = [Runtime.InteropServices.RuntimeInformation]
    $onWindows = $system::IsOSPlatform([Runtime.InteropServices.OSPlatform]::Windows)
    $onMac = $system::IsOSPlatform([Runtime.InteropServices.OSPlatform]::OSX)
    $prefix, $file = if ($onWindows) { 'win', 'm365photo.dll' } elseif ($onMac) { 'osx', 'libm365photo.dylib' } else { 'linux', 'libm365photo.so' }
    # .NET names its own system with the C library that it was built for; .NET Framework has no such name, and no need of it.
    if ($system.GetProperty('RuntimeIdentifier') -and $system::RuntimeIdentifier -match 'musl|alpine') { $prefix = 'linux-musl' }
    $runtime = '{0}-{1}' -f $prefix, "$($system::ProcessArchitecture)".ToLowerInvariant()

    $path = [IO.Path]::Combine($script:ModuleRoot, 'bin', $runtime, $file)
    if (-not [IO.File]::Exists($path)) {
        $Cmdlet.ThrowTerminatingError((New-PhotoError -Name LibraryMissing -Message "The native library for $runtime is missing: $path does not exist." `
            -Advice 'Install the module again; in a checkout of its source, run "cargo xtask build" first.'))
    }
    $path
}

# Makes the types of Interop/ known to the process: from the assembly whose name says that it was compiled of this very source,
# else from the source.
function Import-InteropType {
    [CmdletBinding()]
    [OutputType([void])]
    param([Parameter(Mandatory)] [Management.Automation.PSCmdlet] $Cmdlet)

    if ('M365ProfilePhoto.Interop.V1.Api' -as [type]) { return }
    $folder = [IO.Path]::Combine($script:ModuleRoot, 'Interop')
    $source = [IO.File]::ReadAllBytes([IO.Path]::Combine($folder, 'M365ProfilePhoto.Interop.cs'))
    $digest = [BitConverter]::ToString([Security.Cryptography.SHA256]::Create().ComputeHash($source), 0, 8) -replace '-'
    $assembly = [IO.Path]::Combine($folder, "M365ProfilePhoto.Interop.$($digest.ToLowerInvariant()).dll")
    try {
        if ([IO.File]::Exists($assembly)) { Add-Type -LiteralPath $assembly }
        else { Add-Type -TypeDefinition ([Text.Encoding]::ASCII.GetString($source)) }
    }
    catch {
        $Cmdlet.ThrowTerminatingError((New-PhotoError -Name InteropFailed -Message "The interop types cannot be loaded: $($_.Exception.Message)" `
            -Advice "On Windows unblock the module's files (Unblock-File); check that the folder for temporary files can be written ($([IO.Path]::GetTempPath()))."))
    }
}

function Import-NativeLibrary {
    [CmdletBinding()]
    [OutputType([void])]
    param(
        [Parameter(Mandatory)] [Management.Automation.PSCmdlet] $Cmdlet,
        [Parameter(Mandatory)] [string] $Path
    )

    $problem = [M365ProfilePhoto.Interop.V1.Library]::Load($Path)
    if ($problem) {
        # On Linux .NET writes a paragraph of advice for developers first; the last line is what the system said.
        $cause = @($problem -split '\r?\n' | Where-Object { $_ })[-1]
        $Cmdlet.ThrowTerminatingError((New-PhotoError -Name LibraryUnusable -Message "The native library $Path cannot be loaded: $cause" `
            -Advice 'Start a new PowerShell session; if that does not help, install the module again, and check on Windows that no policy blocks the file, on Linux that glibc is recent enough.'))
    }
    $has = [M365ProfilePhoto.Interop.V1.Api]::AbiMajor()
    $needs = [M365ProfilePhoto.Interop.V1.Library]::AbiMajor
    if ($has -ne $needs) {
        $Cmdlet.ThrowTerminatingError((New-PhotoError -Name LibraryUnusable -Message "The native library speaks version $has of its interface, this module version $needs." `
            -Advice 'Install the module again and start a new PowerShell session.'))
    }
}
