//! The C ABI as it is written down: header, table of codes, exported names and the imports of the PowerShell module are the same.
//!
//! `M365PHOTO_BLESS=1 cargo test --test abi` writes the generated files anew.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use m365photo::Code;

/// The files of src/ffi whose functions C sees, in the order of use.
const SOURCES: [&str; 6] = ["abi", "session", "job", "picture", "buffer", "error"];
const INTEROP: &str = "powershell/M365ProfilePhoto/Interop/M365ProfilePhoto.Interop.cs";

#[test]
fn the_header_is_what_cbindgen_makes_of_the_source() {
    let mut config = cbindgen::Config::from_file(root().join("cbindgen.toml")).unwrap();
    config.after_includes = Some(codes_for_the_header());
    let builder = SOURCES.iter().fold(cbindgen::Builder::new().with_config(config), |builder, source| {
        builder.with_src(root().join("src/ffi").join(source).with_extension("rs"))
    });
    let mut header = Vec::new();
    builder.generate().unwrap().write(&mut header);
    assert_fresh("include/m365photo.h", &String::from_utf8(header).unwrap());
}

#[test]
fn the_table_of_codes_is_that_of_the_source() {
    let page = read("docs/abi.md");
    let (text, _) = page.split_once("\n## Codes\n").unwrap();
    assert_fresh("docs/abi.md", &format!("{text}\n## Codes\n\n{}", codes_for_the_page()));
}

#[test]
fn the_library_exports_what_the_header_declares_and_nothing_else() {
    let library = std::env::current_exe().unwrap().with_file_name("libm365photo.so");
    if !library.exists() {
        return skip("the exported names are read from libm365photo.so, which this system does not make");
    }
    let Ok(output) = Command::new("nm").args(["-D", "--defined-only"]).arg(&library).output() else {
        return skip("the exported names are read with nm, which is not installed");
    };
    assert!(output.status.success(), "nm: {}", String::from_utf8_lossy(&output.stderr));
    let symbols = String::from_utf8(output.stdout).unwrap();
    let mut exported: Vec<&str> = symbols.lines().filter_map(|line| line.split_whitespace().last()).collect();
    exported.sort_unstable();
    let header = read("include/m365photo.h");
    let declared: Vec<_> = declarations(&without_comments(&header), Type::of_c).into_keys().collect();
    assert_eq!(exported, declared);
}

#[test]
fn the_powershell_module_imports_what_the_header_declares() {
    let header = without_comments(&read("include/m365photo.h"));
    let interop = read(INTEROP);
    let (_, imports) = interop.split_once("static class Native").unwrap();
    assert_eq!(declarations(&header, Type::of_c), declarations(imports, Type::of_csharp));
}

/// What C and .NET must agree on.
#[derive(Debug, PartialEq, Eq)]
enum Type {
    Nothing,
    Int,
    Uint,
    Pointer,
}

impl Type {
    fn of_c(declared: &str) -> Self {
        match declared.split(' ').next() {
            _ if declared.contains('*') => Self::Pointer,
            Some("void") => Self::Nothing,
            Some("int32_t") => Self::Int,
            Some("uint32_t") => Self::Uint,
            _ => panic!("'{declared}' has no place in an ABI"),
        }
    }

    fn of_csharp(declared: &str) -> Self {
        match declared.trim_start_matches("internal static extern ").split(' ').next() {
            Some("void") => Self::Nothing,
            Some("int") => Self::Int,
            Some("uint") => Self::Uint,
            Some("IntPtr" | "byte[]" | "out" | "ref") => Self::Pointer,
            Some(handle) if handle.ends_with("Handle") => Self::Pointer,
            _ => panic!("'{declared}' is not known here"),
        }
    }
}

/// Each function that a text declares, with the types of its result and its parameters.
fn declarations(text: &str, type_of: fn(&str) -> Type) -> BTreeMap<String, Vec<Type>> {
    let mut found = BTreeMap::new();
    for (at, _) in text.match_indices("m365photo_") {
        let (before, rest) = text.split_at(at);
        let length = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        let (name, rest) = rest.split_at(length);
        let Some((parameters, _)) = rest.strip_prefix('(').and_then(|rest| rest.split_once(')')) else { continue };
        let result = before.rsplit('\n').next().unwrap().trim();
        let parameters = parameters.split(',').map(str::trim).filter(|text| !text.is_empty() && *text != "void");
        found.insert(name.to_owned(), [result].into_iter().chain(parameters).map(type_of).collect());
    }
    assert!(found.len() > 20, "the declarations were not understood");
    found
}

fn codes_for_the_header() -> String {
    let mut text = String::from("\n/** Success. */\n#define M365PHOTO_OK 0\n");
    for code in Code::ALL {
        let (name, number) = (constant(*code), *code as i32);
        write!(text, "/** {} {} */\n#define {name} {number}\n", code.meaning(), code.advice()).unwrap();
    }
    text
}

fn codes_for_the_page() -> String {
    let mut text = String::from("| number | name | what went wrong | what to do next |\n| --- | --- | --- | --- |\n");
    for code in Code::ALL {
        let (number, name) = (*code as i32, code.name());
        writeln!(text, "| {number} | `{name}` | {} | {} |", code.meaning(), code.advice()).unwrap();
    }
    text.push_str("\nIn C, `InvalidHandle` is `M365PHOTO_INVALID_HANDLE`, and so on; `M365PHOTO_OK` is 0.\n");
    text
}

/// `InvalidHandle` as `M365PHOTO_INVALID_HANDLE`.
fn constant(code: Code) -> String {
    let mut text = String::from("M365PHOTO");
    for letter in code.name().chars() {
        if letter.is_ascii_uppercase() {
            text.push('_');
        }
        text.push(letter.to_ascii_uppercase());
    }
    text
}

fn assert_fresh(name: &str, wanted: &str) {
    if std::env::var_os("M365PHOTO_BLESS").is_some() {
        return fs::write(root().join(name), wanted).unwrap();
    }
    let found = read(name);
    let same = found.lines().zip(wanted.lines()).take_while(|(found, wanted)| found == wanted).count();
    assert!(found == wanted, "{name} is stale from line {} on: M365PHOTO_BLESS=1 cargo test --test abi", same + 1);
}

fn without_comments(text: &str) -> String {
    let mut pieces = text.split("/*");
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.filter_map(|piece| piece.split_once("*/")).fold(first, |code, (_, rest)| code + rest)
}

fn read(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap().replace("\r\n", "\n")
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// Says on the terminal, past the capture of tests, what is not tested here and why.
fn skip(reason: &str) {
    let _ = writeln!(std::io::stderr(), "skipped: {reason}");
}
