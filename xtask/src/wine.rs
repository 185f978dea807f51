//! Wine: runs programs of Windows on this machine, with a folder below `target/` as their drive `C:`. This machine's own
//! files are on their drive `Z:`, which is the current one for whatever starts in the repository.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::pwsh;
use crate::shell::{self, Result};
use crate::target::Target;

/// The target whose programs Wine runs.
pub(crate) const RID: &str = "win-x64";
/// The programs that are needed, and what brings all of them on Debian.
const PROGRAMS: [&str; 3] = ["wine", "x86_64-w64-mingw32-gcc", "x86_64-w64-mingw32-g++"];
const PACKAGES: &str = "apt-get install --no-install-recommends wine64 wine gcc-mingw-w64-x86-64 g++-mingw-w64-x86-64";

/// A Windows to run programs in; what still runs when this is dropped is ended.
pub(crate) struct Wine {
    /// Wine's word for the folder that holds the drives and the registry.
    prefix: PathBuf,
}

impl Wine {
    /// Wine, ready to run; or what this machine lacks, with the command that brings it.
    pub(crate) fn ready() -> Result<Self> {
        if cfg!(windows) {
            return Err("this is Windows: leave out --windows".into());
        }
        if let Some(missing) = PROGRAMS.into_iter().find(|program| !shell::is_there(program)) {
            return Err(format!(
                "programs of Windows cannot be tried here: {missing} is missing; '{PACKAGES}' brings it"
            )
            .into());
        }
        if let Some(missing) = Target::named(RID)?.missing() {
            return Err(missing.into());
        }
        let wine = Self { prefix: shell::root().join("target").join("wine") };
        wine.set_up()?;
        Ok(wine)
    }

    /// The PowerShell of Windows, as a launcher that is called as PowerShell is.
    pub(crate) fn pwsh(&self) -> Result<Option<PathBuf>> {
        let Some(program) = pwsh::windows()? else { return Ok(None) };
        let launcher = self.prefix.join("pwsh");
        let variables = self.variables().map(|(name, value)| format!("export {name}='{value}'\n")).concat();
        std::fs::write(&launcher, format!("#!/bin/sh\n{variables}exec '{}' \"$@\"\n", program.display()))?;
        make_executable(&launcher)?;
        Ok(Some(launcher))
    }

    /// What the programs of Windows that a command starts are to find in the environment.
    pub(crate) fn variables(&self) -> [(&'static str, String); 3] {
        let prefix = self.prefix.display().to_string();
        // By the locale Wine reads this machine's file names; without one it knows ASCII alone.
        [("WINEPREFIX", prefix), ("WINEDEBUG", "-all".to_owned()), ("LC_ALL", "C.UTF-8".to_owned())]
    }

    fn command(&self, program: &str, args: &[&str]) -> Command {
        let mut command = shell::program(program);
        command.args(args).envs(self.variables());
        command
    }

    fn set_up(&self) -> Result<()> {
        if !self.prefix.join("system.reg").is_file() {
            std::fs::create_dir_all(&self.prefix)?;
            eprintln!("Wine makes its folder, {}", shell::shown(&self.prefix));
            // Wine would offer to download what it has of .NET and of a browser.
            let mut boot = self.command("wineboot", &["--init"]);
            shell::output(boot.env("WINEDLLOVERRIDES", "mscoree,mshtml=").stderr(std::process::Stdio::null()))?;
            shell::output(&mut self.command("wine", &["winecfg", "-v", "win10"]))?;
        }
        let system = self.prefix.join("drive_c/windows/system32/bcryptprimitives.dll");
        if system.is_file() {
            return Ok(());
        }
        let mut compile = shell::program("x86_64-w64-mingw32-gcc");
        compile.args(["-s", "-shared", "tests/windows/bcryptprimitives.c", "-ladvapi32", "-o"]);
        shell::run(compile.arg(&system))
    }
}

impl Drop for Wine {
    fn drop(&mut self) {
        // Windows' services stay for a while; a later run would start them again.
        let _ = self.command("wineserver", &["--kill"]).status();
    }
}

/// A path of this machine as the programs of Windows know it.
pub(crate) fn path(path: &Path) -> PathBuf {
    PathBuf::from(format!("Z:{}", path.display().to_string().replace('/', "\\")))
}

#[cfg(unix)]
fn make_executable(file: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    Ok(std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o755))?)
}

#[cfg(not(unix))]
fn make_executable(_: &Path) -> Result<()> {
    Ok(())
}
