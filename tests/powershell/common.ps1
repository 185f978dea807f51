# What the test files share: the module, and a practice tenant of one's own for each file. Dot-source it in BeforeAll.

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

$script:Repository = [IO.Path]::GetFullPath([IO.Path]::Combine($PSScriptRoot, '..', '..'))
# The module of the repository, or the copy of it that M365PHOTO_MODULE names, such as an unpacked package.
$script:ModulePath = if ($env:M365PHOTO_MODULE) { $env:M365PHOTO_MODULE } else { [IO.Path]::Combine($Repository, 'powershell', 'M365ProfilePhoto') }
Import-Module $ModulePath -Force

# Wine stands in for Windows where there is none; what it lacks is skipped there, and tried on Windows in CI.
$script:InWine = Test-Path -Path HKCU:\Software\Wine

# AfterAll stops what was started, also when starting it failed.
$tenant = $null

# This PowerShell's own program, for what needs a process of its own.
$script:PowerShell = [IO.Path]::Combine($PSHOME, $(if ($PSVersionTable.PSEdition -eq 'Desktop') { 'powershell.exe' } elseif ($IsWindows) { 'pwsh.exe' } else { 'pwsh' }))

# Runs a script text in a process of its own; gives its exit code and what it wrote.
function Invoke-OtherPowerShell {
    param([string] $Text, [string[]] $Arguments)

    $file = [IO.Path]::Combine("$TestDrive", "$([guid]::NewGuid()).ps1")
    [IO.File]::WriteAllText($file, $Text)
    $output = & $PowerShell -NoProfile -NonInteractive -File $file @Arguments 2>&1
    [pscustomobject]@{ ExitCode = $LASTEXITCODE; Output = ($output | Out-String) }
}

# The practice tenant: named by M365PHOTO_PRACTICE_TENANT, or the newest one that Cargo built.
function Get-PracticeTenantProgram {
    if ($env:M365PHOTO_PRACTICE_TENANT) { return $env:M365PHOTO_PRACTICE_TENANT }
    $name = if ([IO.Path]::DirectorySeparatorChar -eq '\') { 'practice-tenant.exe' } else { 'practice-tenant' }
    $built = foreach ($kind in 'release', 'debug') { Get-Item -LiteralPath ([IO.Path]::Combine($Repository, 'target', $kind, $name)) -ErrorAction Ignore }
    $newest = $built | Sort-Object -Property LastWriteTime -Descending | Select-Object -First 1
    if (-not $newest) { throw 'There is no practice tenant; "cargo build -p practice-tenant" makes one.' }
    $newest.FullName
}

# Starts a practice tenant on free ports and gives its environment file and its control port.
function Start-PracticeTenant {
    param([string] $Options = '--users 40')

    $folder = [IO.Path]::Combine("$TestDrive", "tenant-$([guid]::NewGuid())")
    [void] [IO.Directory]::CreateDirectory($folder)
    $environment = [IO.Path]::Combine($folder, 'environment.json')
    $start = [Diagnostics.ProcessStartInfo]::new((Get-PracticeTenantProgram), "--environment-file `"$environment`" $Options")
    $start.UseShellExecute = $false
    $start.RedirectStandardOutput = $true
    $process = [Diagnostics.Process]::Start($start)
    $ready = $process.StandardOutput.ReadLine()
    if (-not $ready) { throw 'The practice tenant did not start.' }
    $ready = ConvertFrom-Json $ready
    $machine = if ($ready.PSObject.Properties['managedIdentity']) { $ready.managedIdentity }
    [pscustomobject]@{ Environment = $environment; Folder = $folder; Control = $ready.control.TrimEnd('/'); Machine = $machine; Process = $process }
}

function Stop-PracticeTenant {
    param([object] $Tenant)

    if (-not $Tenant) { return }
    $Tenant.Process.Kill()
    $Tenant.Process.WaitForExit()
}

# Asks the practice tenant's services as Invoke-RestMethod does, without knowing its throw-away authority.
function Invoke-TenantMethod {
    $trust = @{ SkipCertificateCheck = $true }
    if ($PSVersionTable.PSEdition -eq 'Desktop') {
        # Windows PowerShell has no such parameter, and asks for trust on threads where no script runs.
        Add-Type -TypeDefinition 'public static class Trust { public static void All() { System.Net.ServicePointManager.ServerCertificateValidationCallback = (a, b, c, d) => true; } }'
        [Trust]::All()
        $trust = @{}
    }
    Invoke-RestMethod @args @trust
}

# The truth about people, and what was asked of the services, from the control port.
function Get-Truth {
    param([object] $Tenant, [string] $Kind)

    $people = Invoke-RestMethod -Uri "$($Tenant.Control)/people"
    if ($Kind) { $people | Where-Object kind -EQ $Kind } else { $people }
}

function Get-Traffic {
    param([object] $Tenant)

    Invoke-RestMethod -Uri "$($Tenant.Control)/stats"
}

function Reset-Traffic {
    param([object] $Tenant)

    [void] (Invoke-RestMethod -Uri "$($Tenant.Control)/stats/reset" -Method Post)
}

# Runs a cmdlet with -WhatIf in a runspace without a host, where "What if:" lines would go, and gives its objects.
function Get-Plan {
    param([object] $Tenant, [hashtable] $Parameters)

    $shell = [powershell]::Create([initialsessionstate]::CreateDefault2())
    try {
        [void] $shell.AddScript({
                param($Module, $Environment, $Parameters)
                Import-Module -Name $Module
                Connect-M365ProfilePhoto -EnvironmentFile $Environment
                Sync-UserProfilePhoto @Parameters -WhatIf
            }).AddArgument($ModulePath).AddArgument($Tenant.Environment).AddArgument($Parameters)
        $shell.Invoke()
    }
    finally { $shell.Dispose() }
}

# What an admin would see of objects, line by line, without colours.
function Get-Shown {
    param([Parameter(ValueFromPipeline)] [object] $InputObject, [int] $Width = 150)

    end { @($input) | Out-String -Width $Width -Stream | ForEach-Object { ($_ -replace '\e\[[\d;]*m').TrimEnd() } | Where-Object { $_ } }
}

# The error with which a command ends.
function Get-Refusal {
    param([scriptblock] $Command)

    try { [void] (& $Command) } catch { return $_ }
    throw 'The command was not refused.'
}

# Runs a script with some environment variables and without all others that name an identity.
function Invoke-WithVariable {
    param([hashtable] $Variable, [scriptblock] $Script)

    $names = @(Get-ChildItem -Path Env: | ForEach-Object Name | Where-Object { $_ -match '^(AZURE_|IDENTITY_|MSI_|IMDS_|ACTIONS_ID|SYSTEM_)' }) + @($Variable.Keys)
    $before = @{}
    foreach ($name in $names) { $before[$name] = [Environment]::GetEnvironmentVariable($name); [Environment]::SetEnvironmentVariable($name, $null) }
    foreach ($name in $Variable.Keys) { [Environment]::SetEnvironmentVariable($name, $Variable[$name]) }
    try { & $Script } finally { foreach ($name in $names) { [Environment]::SetEnvironmentVariable($name, $before[$name]) } }
}

# Something goes wrong on purpose.
function Add-Fault {
    param([object] $Tenant, [hashtable] $Fault)

    [void] (Invoke-RestMethod -Uri "$($Tenant.Control)/faults" -Method Post -Body (ConvertTo-Json $Fault) -ContentType application/json)
}
