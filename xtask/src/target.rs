//! The systems that the library is made for, what builds it for each, and what this machine lacks for that.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::shell::{self, Result};

/// A system in the words of .NET (`rid`), by which the module looks for the library, and of Rust (`triple`).
pub(crate) struct Target {
    pub(crate) rid: &'static str,
    pub(crate) triple: &'static str,
    builder: Builder,
}

#[derive(PartialEq)]
enum Builder {
    /// Cargo with Debian's MinGW.
    MinGw,
    /// Cargo with Zig as C compiler and linker, for what is written behind the triple.
    Zig(&'static str),
    /// Cargo on a Mac, whose frameworks are not to be had elsewhere.
    Mac,
}

pub(crate) const TARGETS: [Target; 7] = [
    Target { rid: "win-x64", triple: "x86_64-pc-windows-gnu", builder: Builder::MinGw },
    Target { rid: "win-arm64", triple: "aarch64-pc-windows-gnullvm", builder: Builder::Zig("") },
    // The oldest glibc that .NET itself runs on is younger.
    Target { rid: "linux-x64", triple: "x86_64-unknown-linux-gnu", builder: Builder::Zig(".2.17") },
    Target { rid: "linux-arm64", triple: "aarch64-unknown-linux-gnu", builder: Builder::Zig(".2.17") },
    Target { rid: "linux-musl-x64", triple: "x86_64-unknown-linux-musl", builder: Builder::Zig("") },
    Target { rid: "osx-arm64", triple: "aarch64-apple-darwin", builder: Builder::Mac },
    Target { rid: "osx-x64", triple: "x86_64-apple-darwin", builder: Builder::Mac },
];

const MINGW: &str = "x86_64-w64-mingw32-gcc";
/// Where Zig and its helper for Cargo lie, from `PyPI`.
const ZIG: &str = "target/zig";
const ZIG_PACKAGES: &str = "cargo-zigbuild==0.24.0 ziglang==0.15.2";

impl Target {
    /// The target of this name, a rid or a triple.
    pub(crate) fn named(name: &str) -> Result<&'static Self> {
        let found = TARGETS.iter().find(|target| target.rid == name || target.triple == name);
        found.ok_or_else(|| {
            let rids = TARGETS.each_ref().map(|target| target.rid).join(", ");
            format!("'{name}' is no target; these are: {rids}").into()
        })
    }

    /// The library's file name there.
    pub(crate) fn file(&self) -> &'static str {
        match self.rid.split('-').next() {
            Some("win") => "m365photo.dll",
            Some("osx") => "libm365photo.dylib",
            _ => "libm365photo.so",
        }
    }

    /// What this machine lacks to build for the target, with the command that brings it.
    pub(crate) fn missing(&self) -> Option<String> {
        let lacks = |what: &str, command: &str| {
            Some(format!("{} cannot be built here: {what} is missing; {command} brings it", self.rid))
        };
        match self.builder {
            Builder::Mac if !cfg!(target_os = "macos") => {
                return Some(format!("{} can be built on a Mac only", self.rid));
            }
            Builder::MinGw if !shell::is_there(MINGW) => {
                return lacks(MINGW, "'apt-get install gcc-mingw-w64-x86-64'");
            }
            Builder::Zig(_) if !zig("cargo-zigbuild").is_file() => {
                return lacks("Zig", &format!("'python3 -m venv {ZIG} && {ZIG}/bin/pip install {ZIG_PACKAGES}'"));
            }
            _ => {}
        }
        if has_standard_library(self.triple) {
            return None;
        }
        lacks("Rust's standard library", &format!("'rustup target add {}'", self.triple))
    }

    /// Cargo, set up for this target.
    pub(crate) fn cargo(&self, words: &[&str]) -> Command {
        let (mut cargo, suffix) = match self.builder {
            Builder::Zig(suffix) => (shell::program(zig("cargo-zigbuild")), suffix),
            Builder::MinGw | Builder::Mac => (shell::cargo(&[]), ""),
        };
        cargo.args(words).arg(format!("--target={}{suffix}", self.triple));
        cargo.env("CARGO_ZIGBUILD_ZIG_PATH", zig("python-zig"));
        cargo
    }

    /// Flags for the compiler, in the form of `CARGO_ENCODED_RUSTFLAGS`: no path of this machine is written into the library.
    pub(crate) fn flags(&self, sources: &Path) -> Result<String> {
        let cargo_home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
        let cargo_home =
            cargo_home.or_else(|| Some(std::env::home_dir()?.join(".cargo"))).ok_or("Cargo has no home")?;
        // The folder of a registry is named after its address, which is not the same for everybody.
        let registries = std::fs::read_dir(cargo_home.join("registry/src"))?;
        let registries = registries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
        let renamed = registries.iter().map(|folder| (folder.as_path(), "crates")).chain([(sources, "m365photo")]);
        let mut flags: Vec<_> =
            renamed.map(|(path, name)| format!("--remap-path-prefix={}={name}", path.display())).collect();
        if self.triple.ends_with("musl") {
            // A library that .NET loads must share the C library with it.
            flags.push("-Ctarget-feature=-crt-static".to_owned());
        }
        Ok(flags.join("\u{1f}"))
    }
}

/// A program that came with Zig.
pub(crate) fn zig(program: &str) -> PathBuf {
    shell::root().join(ZIG).join("bin").join(program)
}

fn has_standard_library(triple: &str) -> bool {
    let sysroot = shell::output(Command::new("rustc").args(["--print", "sysroot"]));
    sysroot.is_ok_and(|sysroot| Path::new(sysroot.trim()).join("lib/rustlib").join(triple).is_dir())
}

#[cfg(test)]
mod tests {
    use super::Target;

    #[test]
    fn a_target_goes_by_either_of_its_names() {
        assert_eq!(Target::named("win-x64").unwrap().triple, "x86_64-pc-windows-gnu");
        assert_eq!(Target::named("aarch64-apple-darwin").unwrap().file(), "libm365photo.dylib");
        assert!(Target::named("amiga").err().unwrap().to_string().contains("linux-musl-x64"));
    }
}
