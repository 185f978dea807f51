//! Signing the package's files for Windows, with the certificate that the environment names.

use std::path::Path;

use crate::pwsh;
use crate::shell::{self, Result};

/// Thumbprint of a code-signing certificate with its key in the user's store.
const VARIABLE: &str = "M365PHOTO_SIGNING_THUMBPRINT";

const SCRIPT: &str = "
    $ErrorActionPreference = 'Stop'
    $certificate = Get-Item -LiteralPath \"Cert:\\CurrentUser\\My\\$env:M365PHOTO_SIGNING_THUMBPRINT\"
    $files = Get-ChildItem -LiteralPath $env:M365PHOTO_PACKAGE -Recurse -File | Where-Object Extension -In .psd1, .psm1, .ps1, .ps1xml, .dll
    $signed = Set-AuthenticodeSignature -FilePath $files.FullName -Certificate $certificate -HashAlgorithm SHA256 -TimestampServer http://timestamp.digicert.com
    $signed | Format-Table -AutoSize -Property Status, Path
    if ($signed | Where-Object Status -NE Valid) { throw 'not every file could be signed' }
";

pub(super) fn sign(folder: &Path) -> Result<()> {
    if std::env::var_os(VARIABLE).is_none() {
        println!("not signed: {VARIABLE} names no certificate");
        return Ok(());
    }
    let pwsh = pwsh::find()?.ok_or(pwsh::ADVICE)?;
    shell::run(pwsh::command(&pwsh, SCRIPT).env("M365PHOTO_PACKAGE", folder))
}
