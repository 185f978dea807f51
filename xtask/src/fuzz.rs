//! `fuzz`: the fuzz targets for a while, on a stable compiler: `tests/image_fuzz.rs` mutates pictures and calls them.

use crate::args::Args;
use crate::shell::{self, Result};

pub(crate) fn run(mut args: Args) -> Result<()> {
    let seconds: u64 = args.value("--seconds")?.unwrap_or(60);
    args.finish()?;
    let mut command = shell::cargo(&["test", "--package", "m365photo", "--test", "image_fuzz", "--", "--nocapture"]);
    shell::run(command.env("M365PHOTO_FUZZ_SECONDS", seconds.to_string()))
}
