//! `package --test`: the package unpacked as an admin would have it, and the module's tests on that.

use std::fs::{self, File};
use std::path::Path;

use zip::ZipArchive;

use super::{NAME, archive};
use crate::shell::{Result, Scratch};
use crate::test::Tally;
use crate::{build, pwsh, test, windows, wine};

/// A folder that programs stumble over: with a space and with letters that no code page has all of.
const FOLDER: &str = "Ünï çode";

const TESTS: &[&str] = &["tests/powershell", "tests/package"];

/// On this system and, where the package has a library for Windows, under Wine.
pub(super) fn run(nupkg: &Path) -> Result<()> {
    let scratch = Scratch::new("package")?;
    let module = scratch.path().join(FOLDER).join(NAME);
    unpack(nupkg, &module)?;
    let has = |rid: &str| module.join("bin").join(rid).is_dir();
    let mut tallies = Vec::new();
    if has(&build::rid()) {
        let pwsh = pwsh::find()?.ok_or(pwsh::ADVICE)?;
        tallies.push((build::rid(), test::run_pester(&pwsh, &test::practice_tenant()?, TESTS, &module)?));
    }
    if has(wine::RID) && build::rid() != wine::RID {
        tallies.push((format!("{} under Wine", wine::RID), windows::run_pester(TESTS, &module)?));
    }
    for (system, Tally { passed, failed, skipped, note }) in &tallies {
        println!("{system}: {passed} passed, {failed} failed, {skipped} skipped {note}");
    }
    match tallies.iter().map(|(_, tally)| tally.failed).sum() {
        0 if tallies.is_empty() => Err("the package has no library that can be tried here".into()),
        0 => Ok(()),
        failed => Err(format!("{failed} failed").into()),
    }
}

fn unpack(nupkg: &Path, module: &Path) -> Result<()> {
    let mut zip = ZipArchive::new(File::open(nupkg)?)?;
    for at in 0..zip.len() {
        let mut entry = zip.by_index(at)?;
        if archive::describes(&entry.name()?) {
            continue;
        }
        let path = module.join(entry.enclosed_name().ok_or("an entry would leave the folder")?);
        fs::create_dir_all(path.parent().unwrap_or(module))?;
        std::io::copy(&mut entry, &mut File::create(path)?)?;
    }
    Ok(())
}
