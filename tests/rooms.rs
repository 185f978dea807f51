//! The rooms of `src/` know each other as `docs/architecture.md` says, and no better.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn a_room_knows_only_the_rooms_that_the_table_allows() {
    let table = table();
    for (room, files) in rooms() {
        for (file, code) in files {
            for known in known_rooms(&code) {
                assert!(known == room || known == "error" || table[&room].contains(&known), "{file} knows {known}");
            }
        }
    }
}

#[test]
fn the_table_names_the_rooms_that_there_are() {
    assert_eq!(table().into_keys().collect::<Vec<_>>(), rooms().into_keys().collect::<Vec<_>>());
}

#[test]
fn unsafe_code_is_in_ffi_alone() {
    let mut found = 0;
    for (room, files) in rooms() {
        for (file, code) in files {
            let here = words(&code).filter(|word| *word == "unsafe" || *word == "unsafe_code").count();
            assert!(here == 0 || room == "ffi", "{file} has unsafe code");
            found += here;
        }
    }
    assert!(found > 0, "the reader of this test sees nothing");
}

#[test]
fn each_room_begins_with_what_it_is_for_what_it_knows_and_what_it_promises() {
    for room in rooms().into_keys() {
        let folder = source().join(&room).join("mod.rs");
        let file = if folder.exists() { folder } else { source().join(&room).with_extension("rs") };
        let text = fs::read_to_string(&file).unwrap();
        let lines: Vec<&str> = text.lines().take_while(|line| line.starts_with("//!")).collect();
        let has = |words: [&str; 2]| lines.iter().any(|line| words.iter().any(|word| line.contains(word)));
        assert!(has(["Knows", "knows"]) && has(["Promises", "promises"]), "{}", file.display());
    }
}

/// What each room may know besides the error type, from the table in `docs/architecture.md`.
fn table() -> BTreeMap<String, BTreeSet<String>> {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/architecture.md")).unwrap();
    let mut table: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in page.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let known = match cells[2] {
            "nobody" => BTreeSet::new(),
            "all above" => table.keys().cloned().collect(),
            names => names.split(", ").map(str::to_owned).collect(),
        };
        table.insert(cells[0].trim_matches('`').to_owned(), known);
    }
    table
}

/// Each room with the name and the code of its files.
fn rooms() -> BTreeMap<String, Vec<(String, String)>> {
    let mut rooms: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for file in rust_files(&source()) {
        let name = file.strip_prefix(source()).unwrap();
        let room = name.components().next().unwrap().as_os_str().to_str().unwrap().trim_end_matches(".rs").to_owned();
        let text = fs::read_to_string(&file).unwrap();
        let code: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        rooms.entry(room).or_default().push((name.display().to_string(), code.join("\n")));
    }
    // The crate's root holds no code: it says which rooms there are.
    rooms.remove("lib");
    rooms
}

/// The rooms that a file names, in its imports or on the way.
fn known_rooms(code: &str) -> impl Iterator<Item = String> {
    code.split("crate::").skip(1).map(|rest| {
        assert!(!rest.starts_with('{'), "one import a room, please: this test reads `crate::` and a name");
        words(rest).next().unwrap().to_owned()
    })
}

fn words(code: &str) -> impl Iterator<Item = &str> {
    code.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = entries.flat_map(|path| if path.is_dir() { rust_files(&path) } else { vec![path] });
    files.filter(|path| path.extension().is_some_and(|extension| extension == "rs")).collect()
}

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}
