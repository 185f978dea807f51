//! Finding PowerShell: the one that is named, the one that is installed, or the stand-in beside the repository.

use std::path::PathBuf;
use std::process::Command;

use crate::shell::{self, Result};

/// Where to get PowerShell, for those who have none.
pub(crate) const ADVICE: &str =
    "Install PowerShell (https://aka.ms/powershell), or name one with M365PHOTO_PWSH=/path/to/pwsh.";

/// The PowerShell to use, or `None` where the machine has none.
pub(crate) fn find() -> Result<Option<PathBuf>> {
    if let Some(named) = std::env::var_os("M365PHOTO_PWSH") {
        let named = PathBuf::from(named);
        return if named.is_file() {
            Ok(Some(named))
        } else {
            Err(format!("M365PHOTO_PWSH names {}, which is not there", named.display()).into())
        };
    }
    if let Some(installed) = ["pwsh", "powershell"].into_iter().find_map(shell::find) {
        return Ok(Some(installed));
    }
    let installer = stand_in();
    if !installer.is_file() {
        return Ok(None);
    }
    let path = shell::output(&mut shell::program(&installer))?;
    Ok(Some(PathBuf::from(path.trim())))
}

/// What to say where there is no PowerShell that Wine could run.
pub(crate) const NO_WINDOWS: &str = "there is no PowerShell for Windows that runs under Wine";

/// The stand-in as it is built for Windows, for which it needs Wine.
pub(crate) fn windows() -> Result<Option<PathBuf>> {
    if !has_stand_in() {
        return Ok(None);
    }
    let path = shell::output(shell::program(stand_in()).arg("--windows"))?;
    Ok(Some(PathBuf::from(path.trim())))
}

/// Whether a stand-in lies beside the repository; then a machine without PowerShell is a defect of its set-up.
pub(crate) fn has_stand_in() -> bool {
    stand_in().is_file()
}

fn stand_in() -> PathBuf {
    shell::root().join("../shared/pwsh/install.sh")
}

/// PowerShell with nobody's profile, running a command text.
pub(crate) fn command(pwsh: &PathBuf, text: &str) -> Command {
    let mut command = shell::program(pwsh);
    command.args(["-NoProfile", "-NonInteractive", "-ExecutionPolicy", "Bypass", "-Command", text]);
    command
}

/// PowerShell with nobody's profile, running a script.
pub(crate) fn script(pwsh: &PathBuf, file: &std::path::Path) -> Command {
    let mut command = shell::program(pwsh);
    command.args(["-NoProfile", "-NonInteractive", "-ExecutionPolicy", "Bypass", "-File"]).arg(file);
    command
}
