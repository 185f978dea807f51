//! The interop assembly: the module's C# source compiled once, for Windows PowerShell 5.1 as for PowerShell 7.
//! Knows Mono's compiler and where the module looks: an assembly is named after its source, so none of another source is loaded.
//! Promises that the same source gives the same bytes.

use std::path::{Path, PathBuf};

use crate::shell::{self, Result};

const NAME: &str = "M365ProfilePhoto.Interop";

/// What to do where the compiler is missing.
pub(crate) const ADVICE: &str =
    "mcs is not installed (Debian: apt-get install mono-mcs), so the module compiles its C# source on first use";

/// Compiles the source in a folder to where the module finds the assembly; `None` where there is no compiler.
pub(crate) fn compile(folder: &Path) -> Result<Option<PathBuf>> {
    if !shell::is_there("mcs") {
        return Ok(None);
    }
    let source = folder.join(format!("{NAME}.cs"));
    // The first quarter of the sum is enough to tell sources apart; the module computes the same.
    let sum = shell::sha256(&std::fs::read(&source)?);
    let assembly = folder.join(format!("{NAME}.{}.dll", &sum[..16]));
    let mut compiler = shell::program("mcs");
    // C# 5 against mscorlib 4.0 is what Windows PowerShell has; PowerShell 7 loads the same.
    compiler.args(["-langversion:5", "-warnaserror", "-optimize", "-target:library"]);
    shell::run(compiler.arg(format!("-out:{}", assembly.display())).arg(&source))?;
    Ok(Some(assembly))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write as _;
    use std::path::Path;

    use crate::build;
    use crate::shell::{self, Scratch};

    fn compile_in(folder: &Path, source: &[u8]) -> Option<(String, Vec<u8>)> {
        fs::create_dir_all(folder).unwrap();
        fs::write(folder.join("M365ProfilePhoto.Interop.cs"), source).unwrap();
        let assembly = super::compile(folder).unwrap()?;
        Some((assembly.file_name().unwrap().to_string_lossy().into_owned(), fs::read(assembly).unwrap()))
    }

    #[test]
    fn the_same_source_gives_the_same_assembly_and_another_source_another_name() {
        let scratch = Scratch::new("interop").unwrap();
        let source = fs::read(shell::root().join(build::MODULE).join("Interop/M365ProfilePhoto.Interop.cs")).unwrap();
        let Some(once) = compile_in(&scratch.path().join("one"), &source) else {
            // Past the capture of tests.
            let _ = writeln!(std::io::stderr(), "skipped: {}", super::ADVICE);
            return;
        };
        std::thread::sleep(std::time::Duration::from_millis(1100)); // A time stamp would have seconds.
        assert_eq!(compile_in(&scratch.path().join("another"), &source).unwrap(), once);
        let other = [&source[..], b"\n"].concat();
        assert_ne!(compile_in(&scratch.path().join("other"), &other).unwrap().0, once.0);
    }
}
