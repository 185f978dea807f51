function Disconnect-M365ProfilePhoto {
    <#
    .SYNOPSIS
    Ends a connection and wipes its secrets from memory.

    .DESCRIPTION
    Ends the connection that was named, or the default one. Summaries of its runs (Get-UserProfilePhotoRun) end with it.

    .PARAMETER Name
    The connections to end. Without it: the default connection, or the only one.

    .EXAMPLE
    Disconnect-M365ProfilePhoto

    Ends the default connection, or the only one.

    .EXAMPLE
    Disconnect-M365ProfilePhoto -Name contoso, fabrikam

    Ends two connections.

    .EXAMPLE
    Get-M365ProfilePhotoContext | Disconnect-M365ProfilePhoto

    Ends all connections.

    .INPUTS
    System.String, M365ProfilePhoto.Context. Names, or objects with a property Name.

    .OUTPUTS
    None.

    .LINK
    Connect-M365ProfilePhoto
    #>
    [CmdletBinding()]
    [OutputType([void])]
    param(
        [Parameter(Position = 0, ValueFromPipeline, ValueFromPipelineByPropertyName)]
        [string[]] $Name
    )

    process {
        Use-CallerPreference -Cmdlet $PSCmdlet
        if (-not $Name) { Remove-Connection -Connection (Resolve-Connection -Cmdlet $PSCmdlet) }
        foreach ($one in $Name) {
            if ($script:Connections.Contains($one)) { Remove-Connection -Connection $script:Connections[$one] }
            else { Write-PhotoError -Cmdlet $PSCmdlet -ErrorRecord (New-NoConnectionError -Name $one) }
        }
    }
}
