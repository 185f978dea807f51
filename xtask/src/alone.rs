//! A shipped library in a folder with nothing beside it but a program that uses it: where this machine runs programs of
//! its system, it loads and works there.

use std::path::Path;
use std::process::Command;

use crate::build;
use crate::shell::{self, Result, Scratch};
use crate::target::{Target, zig};
use crate::wine::{self, Wine};

/// Inspects, makes small and compares pictures; needs no file and no host.
const SOURCE: &str = "tests/c/pictures.c";
/// musl's loader, which is its C library, too.
const MUSL: &str = "/lib/ld-musl-x86_64.so.1";

/// Uses the library there; says what was seen.
pub(crate) fn trial(target: &Target, library: &Path) -> Result<String> {
    let folder = Scratch::new("alone")?;
    let folder = folder.path();
    std::fs::copy(library, folder.join(target.file()))?;
    match target.rid {
        wine::RID => {
            let wine = Wine::ready()?;
            compile(&mut shell::program("x86_64-w64-mingw32-gcc"), folder, "pictures.exe")?;
            shell::run(shell::program("wine").arg("pictures.exe").current_dir(folder).envs(wine.variables()))?;
            Ok(format!("{} works under Wine with nothing beside it", target.file()))
        }
        "linux-musl-x64" if cfg!(all(target_os = "linux", target_arch = "x86_64")) => {
            if !Path::new(MUSL).is_file() {
                return Err(format!("{MUSL} is missing; 'apt-get install musl' brings it").into());
            }
            let mut compiler = shell::program(zig("python-zig"));
            compile(
                compiler.args(["cc", "-target", "x86_64-linux-musl", "-dynamic", "-Wl,-rpath,/"]),
                folder,
                "pictures",
            )?;
            std::fs::create_dir(folder.join("lib"))?;
            std::fs::copy(MUSL, folder.join(&MUSL[1..]))?;
            shell::run(shell::program("unshare").args(["--map-root-user", "chroot"]).arg(folder).arg("/pictures"))?;
            Ok(format!("{} works under a root with nothing in it but musl", target.file()))
        }
        rid if rid == build::rid() => {
            compile(shell::program("cc").arg("-Wl,-rpath,$ORIGIN"), folder, "pictures")?;
            shell::run(Command::new(folder.join("pictures")).env_clear())?;
            Ok(format!("{} works here with nothing beside it", target.file()))
        }
        rid => Ok(format!("{} was not loaded: this machine runs no programs of {rid}", target.file())),
    }
}

fn compile(compiler: &mut Command, folder: &Path, program: &str) -> Result<()> {
    compiler.args(["-std=c11", "-Iinclude", SOURCE, "-L"]).arg(folder).arg("-lm365photo").arg("-o");
    shell::run(compiler.arg(folder.join(program)))
}
