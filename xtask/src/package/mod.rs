//! `package`: the module as it is published, in `dist/`: a folder, the same as .nupkg and .zip, and their SHA-256 sums.
//! Everything in it is made of the sources as they are now; the same sources give the same bytes.

mod archive;
mod manifest;
mod notices;
mod sbom;
mod sign;
mod trial;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use crate::args::Args;
use crate::shell::{self, Result};
use crate::target::{TARGETS, Target};
use crate::{build, crates, interop};
use manifest::Manifest;

const NAME: &str = "M365ProfilePhoto";

/// What the root script does in the repository, where each script has a file of its own.
const LOOP: &str = "foreach ($folder in 'Private', 'Public') {
    foreach ($file in [IO.Directory]::GetFiles([IO.Path]::Combine($PSScriptRoot, $folder), '*.ps1')) { . $file }
}
";

pub(crate) fn run(mut args: Args) -> Result<()> {
    let test = args.flag("--test");
    let gathered = args.flag("--gathered");
    let targets = if gathered { Vec::new() } else { targets(&mut args)? };
    args.finish()?;
    let module = shell::root().join(build::MODULE);
    let manifest = Manifest::new(fs::read_to_string(module.join(format!("{NAME}.psd1")))?)?;
    let version = manifest.version()?;
    let libraries = libraries(&targets, gathered)?;
    let (libraries, triples): (Vec<_>, Vec<_>) = libraries.into_iter().unzip();

    let dist = shell::root().join("dist");
    if dist.exists() {
        fs::remove_dir_all(&dist)?;
    }
    let folder = dist.join(NAME);
    lay_out(&module, &libraries, &folder)?;
    match interop::compile(&folder.join("Interop"))? {
        Some(assembly) => println!("{}", shell::shown(&assembly)),
        None => println!("note: {}", interop::ADVICE),
    }
    let crates = crates::of_library(&triples)?;
    fs::write(folder.join("THIRD-PARTY-LICENSES"), notices::text(&crates)?)?;
    fs::write(folder.join("sbom.cdx.json"), sbom::json(NAME, &version, &crates)?)?;
    sign::sign(&folder)?;

    let files = shell::files(&folder)?;
    let archives = ["nupkg", "zip"].map(|kind| dist.join(format!("{NAME}.{version}.{kind}")));
    archive::nupkg(&folder, &files, &manifest, &release_notes()?, &archives[0])?;
    archive::zip(&folder, &files, &archives[1])?;
    let sums = files.iter().chain(&archives).map(|file| sum(&dist, file)).collect::<Result<String>>()?;
    fs::write(dist.join("SHA256SUMS"), sums)?;

    println!("{}  {} files, {} crates in the library", shell::shown(&folder), files.len(), crates.len());
    for archive in &archives {
        println!("{}  {} bytes", shell::shown(archive), fs::metadata(archive)?.len());
    }
    println!("{}", shell::shown(&dist.join("SHA256SUMS")));
    if test { trial::run(&archives[0]) } else { Ok(()) }
}

/// The systems whose libraries are asked for; none is this machine's, as it builds for itself.
fn targets(args: &mut Args) -> Result<Vec<&'static Target>> {
    let mut targets = Vec::new();
    while let Some(name) = args.value::<String>("--target")? {
        targets.push(Target::named(&name)?);
    }
    if args.flag("--all") {
        for target in &TARGETS {
            match target.missing() {
                None => targets.push(target),
                Some(why) => println!("left out: {why}"),
            }
        }
    }
    Ok(targets)
}

/// The libraries that belong into the package, each with its system in Rust's words.
fn libraries(targets: &[&Target], gathered: bool) -> Result<Vec<(PathBuf, String)>> {
    if gathered {
        let mut found = Vec::new();
        for target in &TARGETS {
            match build::gathered(target)? {
                Some(library) => found.push((library, target.triple.to_owned())),
                None => println!("left out: there is no library for {}", target.rid),
            }
        }
        return if found.is_empty() { Err("there is no library to package".into()) } else { Ok(found) };
    }
    if targets.is_empty() {
        return Ok(vec![(build::library(true)?, host()?)]);
    }
    targets.iter().map(|target| Ok((build::shipped(target)?, target.triple.to_owned()))).collect()
}

/// Copies what belongs into the module's folder. Of `bin/` only the libraries that are named: others may be of another day.
pub(crate) fn lay_out(module: &Path, libraries: &[PathBuf], folder: &Path) -> Result<()> {
    let scripts = ["Private", "Public"].map(|name| module.join(name));
    let elsewhere =
        |file: &PathBuf| file.starts_with(module.join("bin")) || scripts.iter().any(|of| file.starts_with(of));
    let own = shell::files(module)?.into_iter().filter(|file| !elsewhere(file));
    for file in own.chain(libraries.iter().cloned()) {
        copy(&file, &folder.join(file.strip_prefix(module)?))?;
    }
    fs::write(folder.join(format!("{NAME}.psm1")), one_script(module, &scripts)?)?;

    let root = shell::root();
    for name in ["LICENSE-MIT", "LICENSE-APACHE", "README.md", "CHANGELOG.md", "SECURITY.md"] {
        copy(&root.join(name), &folder.join(name))?;
    }
    for name in ["docs", "examples/powershell"] {
        for file in shell::files(&root.join(name))? {
            copy(&file, &folder.join(file.strip_prefix(root)?))?;
        }
    }
    Ok(())
}

/// The root script with all others in it: one file to read, to scan for viruses and to sign at each import.
fn one_script(module: &Path, folders: &[PathBuf]) -> Result<String> {
    let root = fs::read_to_string(module.join(format!("{NAME}.psm1")))?;
    let (before, after) = root.split_once(LOOP).ok_or("the root script does not load the others as it did")?;
    let mut scripts = String::new();
    for file in folders.iter().map(|folder| shell::files(folder)).collect::<Result<Vec<_>>>()?.concat() {
        write!(scripts, "# --- {}\n\n{}\n", entry_name(module, &file)?, fs::read_to_string(&file)?)?;
    }
    Ok([before, &scripts, after].concat())
}

/// What changed, of the newest version that the change log has.
fn release_notes() -> Result<String> {
    let log = fs::read_to_string(shell::root().join("CHANGELOG.md"))?;
    let newest = log.split("\n## ").nth(1).and_then(|section| section.split_once('\n'));
    Ok(newest.ok_or("the change log has no version")?.1.trim().to_owned())
}

/// This system in Rust's words.
fn host() -> Result<String> {
    let version = shell::output(shell::program("rustc").arg("-vV"))?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).ok_or_else(|| "rustc does not name its host".into())
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

/// One line as `sha256sum --check` reads it.
fn sum(base: &Path, file: &Path) -> Result<String> {
    Ok(format!("{}  {}\n", shell::sha256(&fs::read(file)?), entry_name(base, file)?))
}
