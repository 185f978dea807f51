//! `build`: the library, at the place where the PowerShell module looks for it.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::Value;

use crate::args::Args;
use crate::shell::{self, Result};

/// The module as it lies in the repository.
pub(crate) const MODULE: &str = "powershell/M365ProfilePhoto";

pub(crate) fn run(mut args: Args) -> Result<()> {
    let debug = args.flag("--debug");
    args.finish()?;
    library(!debug).map(drop)
}

/// Builds the library and puts it where the module finds it.
pub(crate) fn library(release: bool) -> Result<PathBuf> {
    // With `cdylib` and `rlib` in one build Cargo drops LTO without a word, so the cdylib is asked for alone.
    let mut args = vec!["rustc", "--package", "m365photo", "--lib", "--crate-type", "cdylib"];
    args.extend(release.then_some("--release"));
    let built = artifact(&args, |message| {
        let files = message["filenames"].as_array()?.iter().filter_map(Value::as_str);
        files
            .map(PathBuf::from)
            .find(|file| file.extension().is_some_and(|kind| kind == std::env::consts::DLL_EXTENSION))
    })?;
    install(&built)
}

/// Copies a built library into the module's `bin/<rid>/`; says where and how large it is.
pub(crate) fn install(built: &Path) -> Result<PathBuf> {
    let name = built.file_name().ok_or("the library has no name")?;
    let folder = shell::root().join(MODULE).join("bin").join(rid());
    std::fs::create_dir_all(&folder)?;
    let installed = folder.join(name);
    replace(built, &installed)?;
    eprintln!("{}  {} bytes", shell::shown(&installed), std::fs::metadata(&installed)?.len());
    Ok(installed)
}

/// Builds a program of the workspace and gives its path.
pub(crate) fn executable(package: &str, release: bool) -> Result<PathBuf> {
    let mut args = vec!["build", "--package", package, "--bin", package];
    args.extend(release.then_some("--release"));
    artifact(&args, |message| message["executable"].as_str().map(PathBuf::from))
}

/// Runs Cargo and picks the file that it made from its messages, wherever the target folder is.
fn artifact(args: &[&str], pick: impl Fn(&Value) -> Option<PathBuf>) -> Result<PathBuf> {
    let mut cargo = shell::cargo(args);
    eprintln!("> {}", shell::line(&cargo));
    cargo.arg("--message-format=json-render-diagnostics").stdin(Stdio::null());
    let messages = shell::output(&mut cargo)?;
    let messages = messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let made = messages.filter(|message| message["reason"] == "compiler-artifact").filter_map(|message| pick(&message));
    made.last().ok_or_else(|| format!("{} made nothing that was asked for", shell::line(&cargo)).into())
}

/// Puts a copy in place by renaming it, since a session may hold the old file open.
fn replace(from: &Path, to: &Path) -> Result<()> {
    let new = to.with_extension(format!("new{}", std::process::id()));
    std::fs::copy(from, &new)?;
    std::fs::rename(&new, to).map_err(|error| {
        let _ = std::fs::remove_file(&new);
        format!("{} cannot be replaced ({error}); close the PowerShell sessions that use it", shell::shown(to)).into()
    })
}

/// The name of this system in .NET's words, such as `linux-x64`.
pub(crate) fn rid() -> String {
    let system = match std::env::consts::OS {
        "windows" => "win",
        "macos" => "osx",
        "linux" if cfg!(target_env = "musl") => "linux-musl",
        other => other,
    };
    let processor = match std::env::consts::ARCH {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        other => other,
    };
    format!("{system}-{processor}")
}
