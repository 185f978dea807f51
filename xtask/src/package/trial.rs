//! `package --test`: the package unpacked as an admin would have it, and the module's tests on that.

use std::fs::{self, File};
use std::path::Path;

use zip::ZipArchive;

use super::{NAME, archive};
use crate::shell::{Result, Scratch};
use crate::{pwsh, test};

/// A folder that programs stumble over: with a space and with letters that no code page has all of.
const FOLDER: &str = "Ünï çode";

pub(super) fn run(nupkg: &Path) -> Result<()> {
    let scratch = Scratch::new("package")?;
    let module = scratch.path().join(FOLDER).join(NAME);
    let mut zip = ZipArchive::new(File::open(nupkg)?)?;
    for at in 0..zip.len() {
        let mut entry = zip.by_index(at)?;
        if archive::describes(&entry.name()?) {
            continue;
        }
        let path = module.join(entry.enclosed_name().ok_or("an entry would leave the folder")?);
        fs::create_dir_all(path.parent().unwrap_or(&module))?;
        std::io::copy(&mut entry, &mut File::create(path)?)?;
    }
    let pwsh = pwsh::find()?.ok_or(pwsh::ADVICE)?;
    let tally = test::run_pester(&pwsh, &test::practice_tenant()?, &["tests/powershell", "tests/package"], &module)?;
    println!("{} passed, {} failed, {} skipped", tally.passed, tally.failed, tally.skipped);
    if tally.failed == 0 { Ok(()) } else { Err(format!("{} failed {}", tally.failed, tally.note).into()) }
}
