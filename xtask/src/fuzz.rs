//! `fuzz`: the fuzz targets for a while. On a stable compiler `tests/image_fuzz.rs` mutates pictures and calls them;
//! with `--guided` cargo-fuzz looks for inputs that reach new code, beginning with the same pictures.

use std::process::Command;

use crate::args::Args;
use crate::shell::{self, Result};

pub(crate) fn run(mut args: Args) -> Result<()> {
    let seconds: u64 = args.value("--seconds")?.unwrap_or(60);
    let guided = args.flag("--guided");
    args.finish()?;
    if guided {
        with_guidance(seconds)
    } else {
        shell::run(mutating().env("M365PHOTO_FUZZ_SECONDS", seconds.to_string()))
    }
}

fn mutating() -> Command {
    shell::cargo(&["test", "--workspace", "--test", "image_fuzz", "--", "--nocapture"])
}

/// Every target of `fuzz/`, one after the other. The sanitizer's flags are unstable: the variable lets any compiler take them.
fn with_guidance(seconds: u64) -> Result<()> {
    let stable = |args: &[&str]| {
        let mut command = shell::cargo(args);
        command.env("RUSTC_BOOTSTRAP", "1");
        command
    };
    let targets = shell::output(&mut stable(&["fuzz", "list"]))
        .map_err(|error| format!("{error}; cargo-fuzz is installed by `cargo install cargo-fuzz`"))?;
    shell::run(mutating().env("M365PHOTO_FUZZ_CORPUS", shell::root().join("fuzz").join("corpus")))?;
    for target in targets.lines() {
        let limits = [format!("-max_total_time={seconds}"), "-timeout=10".into(), "-rss_limit_mb=1024".into()];
        shell::run(stable(&["fuzz", "run", target, "--"]).args(limits))?;
    }
    Ok(())
}
