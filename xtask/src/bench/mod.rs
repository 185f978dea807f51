//! `bench`: figures that the documents name, each measured by one command, beside its target.

mod image;
mod import;

use crate::args::Args;
use crate::shell::Result;

pub(crate) fn run(mut args: Args) -> Result<()> {
    let name = args.word();
    args.finish()?;
    match name.as_deref() {
        Some("image") => image::run(),
        Some("import") => import::run(),
        Some(other) => Err(format!("there is no bench '{other}'; there are: image, import").into()),
        None => Err("which one? There are: image, import".into()),
    }
}
