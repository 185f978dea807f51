//! `bench`: figures that the documents name, each measured by one command, beside its target.
#![allow(clippy::cast_precision_loss, reason = "figures for a table: no counter here comes near 2^52")]

mod campaign;
mod drive;
mod image;
mod import;
mod pace;
mod requests;
mod scale;
mod targets;

use crate::args::Args;
use crate::shell::Result;

pub(crate) fn run(mut args: Args) -> Result<()> {
    let name = args.word();
    let people = args.value("--people")?;
    let json = args.flag("--json");
    let choices = campaign::Choices { people, kills: args.value("--kills")?, debug: args.flag("--debug") };
    args.finish()?;
    if json && name.as_deref() != Some("image") {
        return Err("--json is known to 'bench image' alone".into());
    }
    match name.as_deref() {
        Some("image") => image::run(json),
        Some("import") => import::run(),
        Some("campaign") => campaign::run(&choices),
        Some("pace") => pace::run(people),
        Some("requests") => requests::run(people),
        Some("scale") => scale::run(people),
        Some(other) => {
            Err(format!("there is no bench '{other}'; there are: campaign, image, import, pace, requests, scale")
                .into())
        }
        None => Err("which one? There are: campaign, image, import, pace, requests, scale".into()),
    }
}
