//! The package as one file: a plain zip, and a .nupkg, which is a zip that also says what it is.
//! Entries have no time of their own, so that the same files give the same archive.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use quick_xml::escape::escape;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::manifest::Manifest;
use super::{NAME, entry_name};
use crate::shell::Result;

/// The folder's files under the folder's name.
pub(super) fn zip(folder: &Path, files: &[PathBuf], archive: &Path) -> Result<()> {
    let mut zip = ZipWriter::new(File::create(archive)?);
    for file in files {
        add(&mut zip, &format!("{NAME}/{}", entry_name(folder, file)?), &fs::read(file)?)?;
    }
    zip.finish()?;
    Ok(())
}

/// What the PowerShell Gallery and NuGet feeds take: the files at the root, beside the parts that describe them.
pub(super) fn nupkg(folder: &Path, files: &[PathBuf], manifest: &Manifest, notes: &str, archive: &Path) -> Result<()> {
    let names = files.iter().map(|file| entry_name(folder, file)).collect::<Result<Vec<_>>>()?;
    let mut zip = ZipWriter::new(File::create(archive)?);
    add(&mut zip, "_rels/.rels", RELATIONS.replace("NAME", NAME).as_bytes())?;
    add(&mut zip, &format!("{NAME}.nuspec"), nuspec(manifest, notes)?.as_bytes())?;
    for (name, file) in names.iter().zip(files) {
        add(&mut zip, name, &fs::read(file)?)?;
    }
    add(&mut zip, "[Content_Types].xml", content_types(&names).as_bytes())?;
    zip.finish()?;
    Ok(())
}

/// The entries of a .nupkg that describe it, which whoever installs a module leaves out.
pub(super) fn describes(entry: &str) -> bool {
    entry == "[Content_Types].xml" || entry.starts_with("_rels/") || entry == format!("{NAME}.nuspec")
}

const RELATIONS: &str = r#"<?xml version="1.0" encoding="utf-8"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
  <Relationship Type="http://schemas.microsoft.com/packaging/2010/07/manifest" Target="/NAME.nuspec" Id="R1" />
</Relationships>
"#;

fn nuspec(manifest: &Manifest, notes: &str) -> Result<String> {
    // By these tags Find-Module knows a module, its editions and its functions.
    let functions = manifest.texts("FunctionsToExport");
    let functions = functions.flat_map(|name| [format!("PSFunction_{name}"), format!("PSCommand_{name}")]);
    let own = ["PSModule", "PSIncludes_Function"].map(str::to_owned);
    let tags: Vec<_> = manifest.texts("Tags").map(str::to_owned).chain(own).chain(functions).collect();
    let fields = [
        ("id", NAME),
        ("version", &manifest.version()?),
        ("authors", manifest.text("Author")?),
        ("owners", manifest.text("CompanyName")?),
        ("requireLicenseAcceptance", "false"),
        ("description", manifest.text("Description")?),
        ("releaseNotes", notes),
        ("copyright", manifest.text("Copyright")?),
        ("tags", &tags.join(" ")),
    ];
    let fields = fields.map(|(name, value)| format!("    <{name}>{}</{name}>\n", escape(value))).concat();
    Ok(format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\
         <package xmlns=\"http://schemas.microsoft.com/packaging/2011/08/nuspec.xsd\">\n  <metadata>\n{fields}  </metadata>\n</package>\n"
    ))
}

/// Each part needs a type; files without an extension are named one by one.
fn content_types(names: &[String]) -> String {
    let extension = |name: &str| Path::new(name).extension().map(|kind| kind.to_string_lossy().into_owned());
    let kinds: BTreeSet<_> = names.iter().filter_map(|name| extension(name)).chain(["nuspec".into()]).collect();
    let kinds =
        kinds.iter().map(|kind| format!("  <Default Extension=\"{kind}\" ContentType=\"application/octet\" />\n"));
    let others = names.iter().filter(|name| extension(name).is_none());
    let others = others.map(|name| format!("  <Override PartName=\"/{name}\" ContentType=\"application/octet\" />\n"));
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\
         <Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">\n  \
         <Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\" />\n{}{}</Types>\n",
        kinds.collect::<String>(),
        others.collect::<String>()
    )
}

fn add(zip: &mut ZipWriter<File>, name: &str, bytes: &[u8]) -> Result<()> {
    let options = SimpleFileOptions::default().last_modified_time(zip::DateTime::default()).unix_permissions(0o644);
    zip.start_file(name, options)?;
    Ok(zip.write_all(bytes)?)
}
