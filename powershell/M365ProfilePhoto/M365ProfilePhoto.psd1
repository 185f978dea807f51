@{
    RootModule           = 'M365ProfilePhoto.psm1'
    ModuleVersion        = '0.1.0'
    GUID                 = '355c57c4-d6da-4f74-a43d-20af0e57ba10'
    Author               = 'The m365photo authors'
    CompanyName          = 'The m365photo authors'
    Copyright            = '(c) The m365photo authors. MIT OR Apache-2.0.'
    Description          = 'Makes SharePoint Online show the profile photo that Exchange Online holds, for one person or for everybody, without anyone opening a browser.'

    PowerShellVersion      = '5.1'
    DotNetFrameworkVersion = '4.7.2'
    CompatiblePSEditions   = @('Desktop', 'Core')

    FunctionsToExport = @(
        'Compare-UserProfilePhoto'
        'Connect-M365ProfilePhoto'
        'ConvertTo-UserProfilePhoto'
        'Disconnect-M365ProfilePhoto'
        'Get-M365ProfilePhotoContext'
        'Get-UserProfilePhoto'
        'Get-UserProfilePhotoRun'
        'Sync-UserProfilePhoto'
        'Test-UserProfilePhotoAccess'
    )
    CmdletsToExport   = @()
    VariablesToExport = @()
    AliasesToExport   = @()
    TypesToProcess    = @('M365ProfilePhoto.Types.ps1xml')
    FormatsToProcess  = @('M365ProfilePhoto.Format.ps1xml')

    PrivateData = @{
        PSData = @{
            Prerelease   = 'preview'
            ReleaseNotes = 'What changed is listed in CHANGELOG.md, in the folder of the module.'
            Tags = @(
                'Microsoft365', 'Office365', 'SharePoint', 'SharePointOnline', 'ExchangeOnline', 'EntraID', 'Graph', 'ProfilePhoto', 'UserPhoto', 'Sync'
                'PSEdition_Desktop', 'PSEdition_Core', 'Windows', 'Linux', 'MacOS'
            )
        }
    }
}
