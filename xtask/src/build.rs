//! `build`: the library, for this machine or as it is shipped for another, where the PowerShell module looks for it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::args::Args;
use crate::shell::{self, Result, Scratch};
use crate::target::Target;
use crate::{alone, binary};

/// The module as it lies in the repository.
pub(crate) const MODULE: &str = "powershell/M365ProfilePhoto";

/// With `cdylib` and `rlib` in one build Cargo drops LTO without a word, so the cdylib is asked for alone.
const LIBRARY: &[&str] = &["rustc", "--package", "m365photo", "--lib", "--crate-type", "cdylib"];

pub(crate) fn run(mut args: Args) -> Result<()> {
    let target: Option<String> = args.value("--target")?;
    let Some(target) = target.as_deref().map(Target::named).transpose()? else {
        let debug = args.flag("--debug");
        args.finish()?;
        return library(!debug).map(drop);
    };
    let verify = args.flag("--verify");
    args.finish()?;
    let shipped = shipped(target)?;
    if verify {
        eprintln!("{}", alone::trial(target, &shipped)?);
        verify_again(target, &shipped)?;
    }
    Ok(())
}

/// Builds the library for this machine and puts it where the module finds it.
pub(crate) fn library(release: bool) -> Result<PathBuf> {
    let mut cargo = shell::cargo(LIBRARY);
    cargo.args(release.then_some("--release"));
    install(&artifact(&mut cargo, |message| made(message, std::env::consts::DLL_SUFFIX))?, &rid())
}

/// Builds the library as it is shipped for a target, holds it to what is promised of it, and puts it where the module
/// finds it there. Says what is missing where this machine cannot build it.
pub(crate) fn shipped(target: &Target) -> Result<PathBuf> {
    if let Some(missing) = target.missing() {
        return Err(missing.into());
    }
    let built = for_shipping(target, shell::root())?;
    hold(target, &built)?;
    install(&built, target.rid)
}

/// The library for a target that somebody put where the module finds it; held to the same promises.
pub(crate) fn gathered(target: &Target) -> Result<Option<PathBuf>> {
    let library = shell::root().join(MODULE).join("bin").join(target.rid).join(target.file());
    if !library.is_file() {
        return Ok(None);
    }
    hold(target, &library)?;
    Ok(Some(library))
}

fn hold(target: &Target, library: &Path) -> Result<()> {
    let faults = binary::faults(target, library)?;
    if faults.is_empty() {
        return Ok(());
    }
    Err(format!("{} cannot be shipped for {}; it\n  {}", shell::shown(library), target.rid, faults.join("\n  ")).into())
}

/// Builds the library from the sources in a folder so that nothing in it tells of this machine.
fn for_shipping(target: &Target, sources: &Path) -> Result<PathBuf> {
    let mut cargo = target.cargo(LIBRARY);
    cargo.args(["--release", "--locked"]).current_dir(sources);
    cargo.env("CARGO_TARGET_DIR", sources.join("target")).env("CARGO_ENCODED_RUSTFLAGS", target.flags(sources)?);
    // Of the linkers that write the time down, some ask this variable for it.
    cargo.env("SOURCE_DATE_EPOCH", "0");
    artifact(&mut cargo, |message| made(message, target.file()))
}

/// Builds once more from a copy of the sources in another folder; both files must be the same, byte by byte.
fn verify_again(target: &Target, shipped: &Path) -> Result<()> {
    let copy = Scratch::new("sources-of-another-folder")?;
    let list = shell::output(shell::program("git").args(["ls-files", "--cached", "--others", "--exclude-standard"]))?;
    for name in list.lines() {
        let file = copy.path().join(name);
        std::fs::create_dir_all(file.parent().unwrap_or(copy.path()))?;
        std::fs::copy(shell::root().join(name), file)?;
    }
    let again = for_shipping(target, copy.path())?;
    if std::fs::read(again)? != std::fs::read(shipped)? {
        return Err(format!("{} is not the same when it is built in another folder", shell::shown(shipped)).into());
    }
    eprintln!("{} is the same, byte by byte, when it is built in another folder", shell::shown(shipped));
    Ok(())
}

/// The file with this ending that Cargo says it made.
fn made(message: &Value, ending: &str) -> Option<PathBuf> {
    let files = message["filenames"].as_array()?.iter().filter_map(Value::as_str);
    files.filter(|file| file.ends_with(ending)).map(PathBuf::from).next()
}

/// Copies a built library into the module's `bin/<rid>/`; says where and how large it is.
pub(crate) fn install(built: &Path, rid: &str) -> Result<PathBuf> {
    let name = built.file_name().ok_or("the library has no name")?;
    let folder = shell::root().join(MODULE).join("bin").join(rid);
    std::fs::create_dir_all(&folder)?;
    let installed = folder.join(name);
    replace(built, &installed)?;
    eprintln!("{}  {} bytes", shell::shown(&installed), std::fs::metadata(&installed)?.len());
    Ok(installed)
}

/// Builds a program of the workspace and gives its path.
pub(crate) fn executable(package: &str, release: bool) -> Result<PathBuf> {
    let mut cargo = shell::cargo(&["build", "--package", package, "--bin", package]);
    cargo.args(release.then_some("--release"));
    artifact(&mut cargo, |message| message["executable"].as_str().map(PathBuf::from))
}

/// Runs Cargo and picks the file that it made from its messages, wherever the target folder is.
fn artifact(cargo: &mut Command, pick: impl Fn(&Value) -> Option<PathBuf>) -> Result<PathBuf> {
    eprintln!("> {}", shell::line(cargo));
    cargo.arg("--message-format=json-render-diagnostics").stdin(Stdio::null());
    let messages = shell::output(cargo)?;
    let messages = messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let made = messages.filter(|message| message["reason"] == "compiler-artifact").filter_map(|message| pick(&message));
    made.last().ok_or_else(|| format!("{} made nothing that was asked for", shell::line(cargo)).into())
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
