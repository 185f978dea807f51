function Get-M365ProfilePhotoContext {
    <#
    .SYNOPSIS
    Shows what this session is connected to.

    .DESCRIPTION
    Writes one object for each connection: tenant, app, kind of credential, hosts, the folder in which SharePoint keeps the photos,
    and the tokens with their expiry and permissions. Never a secret or a token.

    .PARAMETER Name
    The connections to show; all of them without it.

    .EXAMPLE
    Get-M365ProfilePhotoContext

    Shows all connections.

    .EXAMPLE
    (Get-M365ProfilePhotoContext -Name contoso).Tokens | Format-List

    Shows what the app may do, and until when its tokens are good.

    .EXAMPLE
    if (-not (Get-M365ProfilePhotoContext)) { Connect-M365ProfilePhoto @app }

    Connects where the session is not connected yet.

    .INPUTS
    None.

    .OUTPUTS
    M365ProfilePhoto.Context

    .LINK
    Connect-M365ProfilePhoto
    #>
    [CmdletBinding()]
    [OutputType('M365ProfilePhoto.Context')]
    param(
        [Parameter(Position = 0)]
        [string[]] $Name
    )

    Use-CallerPreference -Cmdlet $PSCmdlet
    $names = if ($Name) { $Name } else { @($script:Connections.Keys) }
    foreach ($one in $names) {
        if ($script:Connections.Contains($one)) { ConvertTo-ContextResult -Cmdlet $PSCmdlet -Connection $script:Connections[$one] }
        else { Write-PhotoError -Cmdlet $PSCmdlet -ErrorRecord (New-NoConnectionError -Name $one) }
    }
}
