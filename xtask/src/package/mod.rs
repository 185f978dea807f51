//! `package`: the module as it would be published: a folder, a zip of it, and their SHA-256 sums, in `dist/`.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::args::Args;
use crate::build;
use crate::interop;
use crate::shell::{self, Result};

const NAME: &str = "M365ProfilePhoto";

pub(crate) fn run(args: Args) -> Result<()> {
    args.finish()?;
    let library = build::library(true)?;
    let module = shell::root().join(build::MODULE);
    let version = version(&fs::read_to_string(module.join(format!("{NAME}.psd1")))?)?;

    let dist = shell::root().join("dist");
    let folder = dist.join(NAME);
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    // Of `bin/` only the library that was built just now: others may be of another day.
    let libraries = module.join("bin");
    for file in files(&module)?.into_iter().filter(|file| !file.starts_with(&libraries) || *file == library) {
        copy(&file, &folder.join(file.strip_prefix(&module)?))?;
    }
    for file in ["LICENSE-MIT", "LICENSE-APACHE", "README.md", "CHANGELOG.md"] {
        copy(&shell::root().join(file), &folder.join(file))?;
    }

    match interop::compile(&folder.join("Interop"))? {
        Some(assembly) => println!("{}", shell::shown(&assembly)),
        None => println!("note: {}", interop::ADVICE),
    }

    let archive = dist.join(format!("{NAME}-{version}-{}.zip", build::rid()));
    let content = files(&folder)?;
    write_zip(&dist, &content, &archive)?;
    let sums = content.iter().chain([&archive]).map(|file| sum(&dist, file)).collect::<Result<String>>()?;
    fs::write(dist.join("SHA256SUMS"), sums)?;
    println!("{}  {} files", shell::shown(&folder), content.len());
    println!("{}  {} bytes", shell::shown(&archive), fs::metadata(&archive)?.len());
    println!("{}", shell::shown(&dist.join("SHA256SUMS")));
    Ok(())
}

/// The manifest's version, which must be the workspace's.
fn version(manifest: &str) -> Result<String> {
    let line = manifest.lines().map(str::trim).find(|line| line.starts_with("ModuleVersion"));
    let version = line.and_then(|line| line.split('\'').nth(1)).ok_or("the manifest has no ModuleVersion")?;
    if version != env!("CARGO_PKG_VERSION") {
        return Err(format!("the manifest says {version}, Cargo.toml {}", env!("CARGO_PKG_VERSION")).into());
    }
    Ok(version.to_owned())
}

/// All files under a folder, in the order of their names.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut entries = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    entries.sort();
    let mut found = Vec::new();
    for entry in entries {
        if entry.is_dir() {
            found.extend(files(&entry)?);
        } else {
            found.push(entry);
        }
    }
    Ok(found)
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to.parent().unwrap_or(to))?;
    fs::copy(from, to).map_err(|error| format!("{}: {error}", shell::shown(from)))?;
    Ok(())
}

/// A path in an archive or a list: relative, with forward slashes on every system.
fn entry_name(base: &Path, file: &Path) -> Result<String> {
    let parts = file.strip_prefix(base)?.components();
    Ok(parts.map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/"))
}

/// Entries have no time of their own, so that the same files give the same archive.
fn write_zip(base: &Path, content: &[PathBuf], archive: &Path) -> Result<()> {
    let mut zip = ZipWriter::new(fs::File::create(archive)?);
    for file in content {
        let options = SimpleFileOptions::default().last_modified_time(zip::DateTime::default()).unix_permissions(0o644);
        zip.start_file(entry_name(base, file)?, options)?;
        zip.write_all(&fs::read(file)?)?;
    }
    zip.finish()?;
    Ok(())
}

/// One line as `sha256sum --check` reads it.
fn sum(base: &Path, file: &Path) -> Result<String> {
    let digest = Sha256::digest(fs::read(file)?);
    let digits: Vec<String> = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(format!("{}  {}\n", digits.concat(), entry_name(base, file)?))
}

#[cfg(test)]
mod tests {
    use super::version;

    #[test]
    fn the_manifest_must_have_the_workspace_version() {
        let manifest = |version: &str| format!("@{{\n    ModuleVersion = '{version}'\n}}");
        assert_eq!(version(&manifest(env!("CARGO_PKG_VERSION"))).unwrap(), env!("CARGO_PKG_VERSION"));
        assert!(version(&manifest("99.0.0")).unwrap_err().to_string().contains("99.0.0"));
        assert!(version("@{}").is_err());
    }
}
