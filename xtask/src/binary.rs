//! What a library must be before it is shipped, read from the file itself: it exports what the header declares, hangs on
//! nothing but what every system of its kind has, tells nothing of the machine that built it, and is small.

use std::collections::BTreeSet;
use std::path::Path;

use object::read::{ImportFlags, NameOrOrdinal, Object};

use crate::shell::{self, Result};
use crate::target::Target;

const MOST_BYTES: usize = 12 << 20;
/// Of the year 2012; .NET itself needs a younger one.
const YOUNGEST_GLIBC: [u32; 2] = [2, 17];

/// What a library may ask of Windows, of Linux and of macOS. A name that ends with `*` stands for all that begin so.
const WINDOWS: &[&str] = &[
    "advapi32.dll",
    "api-ms-win-core-synch-*",
    // The C library, by its old name and as it is part of Windows 10 and Server 2016.
    "msvcrt.dll",
    "api-ms-win-crt-*",
    "bcrypt.dll",
    "bcryptprimitives.dll",
    "crypt32.dll",
    "kernel32.dll",
    "ntdll.dll",
    "userenv.dll",
    "ws2_32.dll",
];
const GLIBC: &[&str] = &["libc.so.6", "libm.so.6", "libpthread.so.0", "libdl.so.2", "ld-linux-*"];
const MUSL: &[&str] = &["libc.so"];
const MACOS: &[&str] = &["/usr/lib/libSystem.B.dylib", "/usr/lib/libiconv.2.dylib", "/System/Library/Frameworks/*"];

/// What is wrong with a library that was built for shipping.
pub(crate) fn faults(target: &Target, library: &Path) -> Result<Vec<String>> {
    let bytes = std::fs::read(library)?;
    let file = object::File::parse(bytes.as_slice())?;
    let mut faults = Vec::new();

    let declared = declared(&std::fs::read_to_string(shell::root().join("include/m365photo.h"))?);
    let exported = exported(&file)?;
    faults.extend(declared.difference(&exported).map(|name| format!("does not export {name}")));
    faults.extend(
        exported.difference(&declared).map(|name| format!("exports {name}, which the header does not declare")),
    );

    let allowed = match target.rid.split('-').collect::<Vec<_>>()[..] {
        ["win", ..] => WINDOWS,
        ["osx", ..] => MACOS,
        ["linux", "musl", ..] => MUSL,
        _ => GLIBC,
    };
    for library in file.import_libraries()? {
        let name = text(library?.name());
        if !allowed.iter().any(|allowed| is_named(allowed, &name)) {
            faults.push(format!("needs {name}"));
        }
    }
    for import in file.imports()? {
        let import = import?;
        if let ImportFlags::Elf { version: Some(version), .. } = import.flags()
            && !is_old_enough(&text(version))
        {
            faults.push(format!("needs {} of {}", symbol(import.name()), text(version)));
        }
    }
    for place in builders_places() {
        if bytes.windows(place.len()).any(|window| window == place.as_bytes()) {
            faults.push(format!("names {place}, a place on the machine that built it"));
        }
    }
    if bytes.len() > MOST_BYTES {
        faults.push(format!("has {} bytes, more than {MOST_BYTES}", bytes.len()));
    }
    Ok(faults)
}

/// The functions that the header declares.
fn declared(header: &str) -> BTreeSet<String> {
    let lines = header.lines().filter(|line| !line.trim_start().starts_with(['*', '/']));
    let names = lines.filter_map(|line| line.split_once('(')?.0.rsplit([' ', '*']).next());
    names.filter(|name| name.starts_with("m365photo_")).map(str::to_owned).collect()
}

fn exported(file: &object::File) -> Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for export in file.exports()? {
        let name = symbol(export?.name());
        // On macOS every name of C has an underscore before it.
        names.insert(name.strip_prefix('_').unwrap_or(&name).to_owned());
    }
    Ok(names)
}

/// Windows asks for its libraries in any case.
fn is_named(allowed: &str, name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let allowed = allowed.to_ascii_lowercase();
    allowed.strip_suffix('*').map_or(name == allowed, |start| name.starts_with(start))
}

/// Whether the oldest glibc that we promise has this version of a symbol. Names that are no glibc's are none of ours.
fn is_old_enough(version: &str) -> bool {
    let Some(numbers) = version.strip_prefix("GLIBC_") else { return false };
    let numbers: Vec<u32> = numbers.split('.').filter_map(|number| number.parse().ok()).collect();
    !numbers.is_empty() && numbers[..] <= YOUNGEST_GLIBC[..]
}

/// The folders of this machine that compilers like to write down.
fn builders_places() -> Vec<String> {
    let home = std::env::home_dir().map(|home| home.join(".cargo"));
    let folders = std::env::var_os("CARGO_HOME").map(Into::into).into_iter().chain(home);
    let folders = folders.chain([shell::root().to_owned()]).map(|folder| folder.display().to_string());
    folders.chain(["registry/src/".to_owned(), "registry\\src\\".to_owned()]).collect()
}

fn symbol(name: NameOrOrdinal<&[u8]>) -> String {
    match name {
        NameOrOrdinal::Name(name) => text(name),
        NameOrOrdinal::Ordinal(number) => format!("number {number}"),
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declarations_are_told_from_what_is_said_about_them() {
        let header =
            "/** m365photo_no(1) */\nint32_t m365photo_a(void);\n * m365photo_no(2)\nconst char *m365photo_b(void);\n";
        assert_eq!(declared(header), ["m365photo_a", "m365photo_b"].map(str::to_owned).into());
    }

    #[test]
    fn a_younger_glibc_than_promised_is_not_old_enough() {
        assert!(is_old_enough("GLIBC_2.2.5") && is_old_enough("GLIBC_2.17"));
        assert!(!is_old_enough("GLIBC_2.17.1") && !is_old_enough("GLIBC_2.34") && !is_old_enough("GLIBC_PRIVATE"));
    }

    #[test]
    fn libraries_are_named_in_any_case_and_some_by_their_beginning() {
        assert!(
            is_named("kernel32.dll", "KERNEL32.dll") && is_named("api-ms-win-crt-*", "api-ms-win-crt-math-l1-1-0.dll")
        );
        assert!(!is_named("libc.so", "libc.so.6"));
    }
}
