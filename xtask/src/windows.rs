//! `test --windows`: the tests in Rust, C and Pester once more, compiled for Windows and run by Wine. Everything is the
//! Windows build but the C programs' practice tenant, which they meet over loopback.

use std::path::{Path, PathBuf};

use crate::shell::{self, Result};
use crate::target::Target;
use crate::test::{self, Check, Tally};
use crate::wine::{self, Wine};
use crate::{build, pwsh};

pub(crate) const CHECKS: &[(&str, Check)] = &[("cargo test", rust), ("C programs", c), ("Pester", pester)];

fn rust() -> Result<Vec<(String, Tally)>> {
    let wine = Wine::ready()?;
    let mut cargo = cargo(&["--no-fail-fast"])?;
    cargo.env("CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER", "wine").envs(wine.variables());
    // Those in C are compiled by a program of this machine, so they have a check of their own.
    let (rust, _) = test::count(&mut cargo)?;
    Ok(vec![("Rust tests under Wine".into(), rust)])
}

fn c() -> Result<Vec<(String, Tally)>> {
    let wine = Wine::ready()?;
    let library = built()?.join("deps");
    let mut cargo = shell::cargo(&["test", "--workspace", "--test", "c_programs"]);
    let (_, c) = test::count(cargo.env("M365PHOTO_WINDOWS_LIBRARY", library).envs(wine.variables()))?;
    Ok(vec![("C tests under Wine".into(), c)])
}

fn pester() -> Result<Vec<(String, Tally)>> {
    build::install(&built()?.join("deps").join(Target::named(wine::RID)?.file()), wine::RID)?;
    let tally = run_pester(&["tests/powershell"], &shell::root().join(build::MODULE))?;
    Ok(vec![("Pester tests under Wine".into(), tally)])
}

/// Runs the Pester tests of some folders on a copy of the module that has a library for Windows.
pub(crate) fn run_pester(folders: &[&str], module: &Path) -> Result<Tally> {
    let wine = Wine::ready()?;
    let Some(pwsh) = wine.pwsh()? else { return Ok(Tally::skipped(pwsh::NO_WINDOWS)) };
    let practice_tenant = wine::path(&built()?.join("practice-tenant.exe"));
    test::run_pester(&pwsh, &practice_tenant, folders, &wine::path(module))
}

/// Where Cargo puts what it builds for Windows, after it has built it.
fn built() -> Result<PathBuf> {
    shell::run(&mut cargo(&["--no-run", "--quiet"])?)?;
    let target = std::env::current_exe()?;
    let target = target.ancestors().nth(2).ok_or("this program is in no target folder")?;
    Ok(target.join(Target::named(wine::RID)?.triple).join("debug"))
}

fn cargo(words: &[&str]) -> Result<std::process::Command> {
    let mut cargo = shell::cargo(&["test", "--workspace", "--target", Target::named(wine::RID)?.triple]);
    cargo.args(words);
    Ok(cargo)
}
