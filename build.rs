//! Tells the linker what Rust does not tell it: the library's own name, no time stamp, and the list of exports where it gets lost.

use std::env;
use std::fs;
use std::path::Path;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let target = |part: &str| env::var(format!("CARGO_CFG_TARGET_{part}")).unwrap_or_default();
    match (target("OS").as_str(), target("ABI").as_str()) {
        // By this name other programs ask for the library, wherever it was built.
        ("linux", _) => link("-Wl,-soname,libm365photo.so"),
        ("macos", _) => link("-Wl,-install_name,@rpath/libm365photo.dylib"),
        // Zig drops Rust's list of exports, and everything in SQLite would be exported.
        ("windows", "llvm") => link(&exports()),
        ("windows", _) if target("ENV") == "gnu" => link("-Wl,--no-insert-timestamp"),
        _ => {}
    }
}

fn link(argument: &str) {
    println!("cargo:rustc-cdylib-link-arg={argument}");
}

/// Writes the functions that the header declares as a module definition file.
fn exports() -> String {
    const HEADER: &str = "include/m365photo.h";
    println!("cargo:rerun-if-changed={HEADER}");
    let header = fs::read_to_string(HEADER).unwrap_or_default();
    let declarations = header.lines().filter(|line| !line.trim_start().starts_with(['*', '/']));
    let names = declarations.filter_map(|line| {
        let (before, _) = line.split_once('(')?;
        before.rsplit([' ', '*']).next().filter(|name| name.starts_with("m365photo_"))
    });
    let list: String = ["EXPORTS"].into_iter().chain(names).flat_map(|line| [line, "\n"]).collect();
    let file = Path::new(&env::var_os("OUT_DIR").unwrap_or_default()).join("exports.def");
    if let Err(error) = fs::write(&file, list) {
        println!("cargo:warning={}: {error}", file.display());
    }
    file.display().to_string()
}
