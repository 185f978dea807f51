//! `THIRD-PARTY-LICENSES`: the licence texts of everything that is in the library, each with the crates that it is for.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::crates::Crate;
use crate::shell::{self, Result};

/// What is in the library and comes from no crate's own files.
const OTHERS: &str = "\
Rust's standard library: MIT OR Apache-2.0, (c) The Rust Project contributors
SQLite, in libsqlite3-sys: in the public domain
The C compiler's own support code: GPL-3.0-or-later WITH GCC-exception-3.1 (GCC) or Apache-2.0 WITH LLVM-exception (LLVM)
mingw-w64's runtime, in the libraries for Windows: in the public domain or ZPL-2.1
";

pub(crate) fn text(crates: &[Crate]) -> Result<String> {
    let mut of_text = BTreeMap::<String, Vec<String>>::new();
    let mut without = String::new();
    for one in crates.iter().filter(|one| one.source.is_some()) {
        let title = format!("{} {} ({})", one.name, one.version, one.licence);
        let files: Vec<_> = shell::files(&one.folder)?.into_iter().filter(|file| is_licence(file)).collect();
        if files.is_empty() {
            writeln!(without, "{title}")?;
        }
        for file in files {
            let text = String::from_utf8_lossy(&fs::read(&file)?).trim().replace('\r', "");
            of_text.entry(text).or_default().push(title.clone());
        }
    }
    let rule = "=".repeat(100);
    let mut all = format!("The native library of M365ProfilePhoto contains other people's work.\n\n{OTHERS}\n");
    writeln!(all, "Crates whose packages hold no licence text; their manifests name these licences:\n{without}")?;
    for (text, mut crates) in of_text {
        crates.dedup();
        write!(all, "{rule}\n{}\n{rule}\n\n{text}\n\n", crates.join("\n"))?;
    }
    Ok(all)
}

/// A licence's file, by the names that are usual; not the source of a program that deals with licences.
fn is_licence(file: &Path) -> bool {
    const NAMES: [&str; 6] = ["licen", "unlicen", "copying", "copyright", "notice", "patents"];
    let name = file.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    NAMES.iter().any(|usual| name.starts_with(usual)) && file.extension().is_none_or(|kind| kind != "rs")
}
