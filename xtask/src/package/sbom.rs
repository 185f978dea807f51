//! The bill of materials in CycloneDX's JSON: which crates are in the library, and which builds on which.
//! Without the time and a number of its own, so that the same sources give the same file.

use std::collections::{HashMap, HashSet};

use serde_json::{Value, json};
use toml::Table;

use crate::crates::Crate;
use crate::shell::{self, Result};

/// SQLite comes inside of a crate.
const SQLITE: (&str, &str) = ("libsqlite3-sys", "sqlite3/sqlite3.h");

pub(crate) fn json(module: &str, version: &str, crates: &[Crate]) -> Result<String> {
    let sums = checksums()?;
    let present: HashSet<_> = crates.iter().map(|one| one.id.as_str()).collect();
    let references: HashMap<_, _> = crates.iter().map(|one| (one.id.as_str(), purl(one))).collect();
    let mut components = crates.iter().map(|one| component(one, &sums)).collect::<Result<Vec<_>>>()?;
    components.extend(crates.iter().find(|one| one.name == SQLITE.0).map(sqlite).transpose()?);
    let depends = |one: &Crate| {
        let on = one.builds_on.iter().filter(|id| present.contains(id.as_str()));
        json!({ "ref": purl(one), "dependsOn": on.map(|id| &references[id.as_str()]).collect::<Vec<_>>() })
    };
    let mut dependencies: Vec<_> = crates.iter().map(depends).collect();
    let library: Vec<_> = crates.iter().filter(|one| one.name == "m365photo").map(purl).collect();
    dependencies.insert(0, json!({ "ref": module, "dependsOn": library }));
    let bill = json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "library",
                "bom-ref": module,
                "name": module,
                "version": version,
                "purl": format!("pkg:nuget/{module}@{version}?repository_url=https://www.powershellgallery.com/api/v2"),
                "licenses": [{ "expression": env!("CARGO_PKG_LICENSE") }],
            },
        },
        "components": components,
        "dependencies": dependencies,
    });
    Ok(serde_json::to_string_pretty(&bill)? + "\n")
}

fn component(one: &Crate, sums: &HashMap<(String, String), String>) -> Result<Value> {
    let licence = spdx::Expression::canonicalize(&one.licence).map_err(|error| error.reason.to_string())?;
    let mut component = json!({
        "type": "library",
        "bom-ref": purl(one),
        "name": one.name,
        "version": one.version,
        "description": one.about,
        "purl": purl(one),
        "licenses": [{ "expression": licence.as_ref().unwrap_or(&one.licence) }],
    });
    if let Some(sum) = sums.get(&(one.name.clone(), one.version.clone())) {
        component["hashes"] = json!([{ "alg": "SHA-256", "content": sum }]);
    }
    Ok(component)
}

fn sqlite(inside: &Crate) -> Result<Value> {
    let header = std::fs::read_to_string(inside.folder.join(SQLITE.1))?;
    let version = header.lines().find_map(|line| line.strip_prefix("#define SQLITE_VERSION ")?.split('"').nth(1));
    let version = version.ok_or("sqlite3.h names no version")?;
    Ok(json!({
        "type": "library",
        "bom-ref": format!("pkg:generic/sqlite@{version}"),
        "name": "SQLite",
        "version": version,
        "purl": format!("pkg:generic/sqlite@{version}"),
        "licenses": [{ "license": { "name": "Public domain" } }],
    }))
}

fn purl(one: &Crate) -> String {
    format!("pkg:cargo/{}@{}", one.name, one.version)
}

/// The SHA-256 of each crate's package, which Cargo holds its downloads to.
fn checksums() -> Result<HashMap<(String, String), String>> {
    let lock = std::fs::read_to_string(shell::root().join("Cargo.lock"))?.parse::<Table>()?;
    let packages = lock["package"].as_array().ok_or("Cargo.lock names no packages")?;
    let of = |package: &toml::Value| {
        let text = |field: &str| Some(package.get(field)?.as_str()?.to_owned());
        Some(((text("name")?, text("version")?), text("checksum")?))
    };
    Ok(packages.iter().filter_map(of).collect())
}
