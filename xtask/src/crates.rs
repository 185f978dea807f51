//! The crates that this repository builds on, as Cargo tells: all of them, and those that end up in the library.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::shell::{self, Result};

#[derive(Debug, Clone)]
pub(crate) struct Crate {
    pub(crate) name: String,
    pub(crate) version: String,
    /// An SPDX expression, as the crate's manifest has it; empty where it has none.
    pub(crate) licence: String,
    /// Where Cargo got it from, in Cargo's words; `None` for the crates of this repository.
    pub(crate) source: Option<String>,
    /// Cargo's name for it, and for those that it builds on.
    pub(crate) id: String,
    pub(crate) builds_on: Vec<String>,
    /// Its folder on this machine.
    pub(crate) folder: PathBuf,
    /// What its manifest says of it.
    pub(crate) about: String,
}

/// Every crate that Cargo may need for the workspace, on any system, tests and tools included.
pub(crate) fn all() -> Result<Vec<Crate>> {
    let metadata = shell::output(&mut shell::cargo(&["metadata", "--format-version", "1", "--locked"]))?;
    let metadata: Value = serde_json::from_str(&metadata)?;
    let packages = metadata["packages"].as_array().ok_or("cargo metadata names no packages")?;
    let nodes = metadata["resolve"]["nodes"].as_array().ok_or("cargo metadata resolves nothing")?;
    let of = |package: &Value| nodes.iter().find(|node| node["id"] == package["id"]);
    let crates = packages.iter().map(|package| read(package, of(package)?));
    crates.collect::<Option<_>>().ok_or_else(|| "cargo metadata is not understood".into())
}

/// The crates that end up in the library for one of these targets: neither those of tests and builds nor procedural macros.
pub(crate) fn of_library(triples: &[String]) -> Result<Vec<Crate>> {
    let mut cargo = shell::cargo(&["tree", "--locked", "--package", "m365photo", "--edges", "normal,no-proc-macro"]);
    cargo.args(["--prefix", "none", "--no-dedupe", "--format", "{p}"]);
    cargo.args(triples.iter().flat_map(|triple| ["--target", triple.as_str()]));
    let tree = shell::output(&mut cargo)?;
    let named: BTreeSet<_> = tree
        .lines()
        .filter_map(|line| {
            let mut words = line.split(' ');
            Some((words.next()?, words.next()?.strip_prefix('v')?))
        })
        .collect();
    let mut found = all()?;
    found.retain(|one| named.contains(&(one.name.as_str(), one.version.as_str())));
    found.sort_by(|a, b| (&a.name, &a.version).cmp(&(&b.name, &b.version)));
    if found.len() == named.len() {
        Ok(found)
    } else {
        Err("cargo tree and cargo metadata name different crates".into())
    }
}

fn read(package: &Value, node: &Value) -> Option<Crate> {
    let text = |field: &str| package[field].as_str().map(str::to_owned);
    Some(Crate {
        name: text("name")?,
        version: text("version")?,
        licence: text("license").unwrap_or_default(),
        source: text("source"),
        id: text("id")?,
        builds_on: node["dependencies"].as_array()?.iter().filter_map(|id| id.as_str().map(str::to_owned)).collect(),
        folder: Path::new(package["manifest_path"].as_str()?).parent()?.to_owned(),
        about: text("description").unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" "),
    })
}
