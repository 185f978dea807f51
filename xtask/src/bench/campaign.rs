//! `bench campaign`: things go wrong on purpose, and everybody is right in the end. Every fault of the practice tenant,
//! alone and three at a time; then a process that is killed at 200 random moments with faults on.

use std::collections::HashMap;
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use serde_json::{Value, json};

use super::drive::{Bench, Build};
use crate::shell::Result;

const PEOPLE: u32 = 2_000;
const KILLS: u64 = 200;
/// People of the tenant whose sync is killed.
const KILLED_PEOPLE: u32 = 400;
/// People whose files may be under way when the process dies.
const UNDER_WAY: u64 = 16;

pub(crate) struct Choices {
    pub(crate) people: Option<u32>,
    pub(crate) kills: Option<u64>,
    pub(crate) debug: bool,
}

pub(crate) fn run(choices: &Choices) -> Result<()> {
    let build = Build::new(!choices.debug)?;
    let faults = faults();
    let alone = (0..faults.len()).map(|fault| vec![fault]);
    let together = (0..faults.len()).map(|fault| [0, 1, 4].map(|step| (fault + step) % faults.len()).to_vec());
    let people = choices.people.unwrap_or(PEOPLE);
    println!("{people} people, {} faults, alone and three at a time\n", faults.len());
    for chosen in alone.chain(together) {
        let names: Vec<&str> = chosen.iter().map(|&fault| faults[fault].0).collect();
        let faults: Vec<&Value> = chosen.iter().map(|&fault| &faults[fault].1).collect();
        let told = with_faults(&build, people, &faults).map_err(|error| format!("{}: {error}", names.join(" + ")))?;
        println!("  {:<64} {told}", names.join(" + "));
    }
    kill(&build, choices.kills.unwrap_or(KILLS))
}

/// One fault of each kind, on a few in a hundred of the requests that it fits.
fn faults() -> Vec<(&'static str, Value)> {
    let picture = "/9j/4A==";
    let mut faults = vec![
        ("a late answer", json!({ "delayMs": 300 })),
        ("an answer that is lost", json!({ "answer": "nothing" })),
        ("an answer that breaks off", json!({ "answer": "half" })),
        ("500", json!({ "status": 500 })),
        ("503 with Retry-After", json!({ "status": 503, "retryAfter": "1" })),
        ("429 with a decimal Retry-After", json!({ "status": 429, "retryAfter": "0.4" })),
        ("429 without Retry-After", json!({ "status": 429 })),
        ("401", json!({ "status": 401 })),
        ("JSON that ends early", json!({ "spoil": "json" })),
        ("a web page", json!({ "spoil": "contentType" })),
        ("half a picture", json!({ "spoil": "cutPicture" })),
        ("a giant picture", json!({ "spoil": "hugePicture" })),
        (
            "bytes that are no picture",
            json!({ "operation": "graph.photoValue", "status": 200, "contentType": "image/jpeg", "bodyBase64": picture }),
        ),
        ("reads of yesterday", json!({ "staleMs": 3_000 })),
        ("a page twice", json!({ "page": "repeat" })),
        ("pages that overlap", json!({ "page": "overlap" })),
        ("people who leave", json!({ "operation": "graph.photo", "leaves": true })),
    ];
    for (number, (_, fault)) in faults.iter_mut().enumerate() {
        fault["rate"] = json!(0.03);
        fault["seed"] = json!(number + 11);
    }
    faults
}

/// Syncs with faults, judges what was said, and syncs again without.
fn with_faults(build: &Build, people: u32, faults: &[&Value]) -> Result<String> {
    let bench = Bench::set_with(
        build,
        "campaign",
        people,
        &["--users".into(), people.to_string(), "--seed".into(), "5".into()],
    )?;
    let before = by_id(bench.tenant.people()?);
    for fault in faults {
        bench.tenant.tell("POST", "/faults", fault)?;
    }
    let state = bench.file("state.db");
    let sync = [("sync", json!({ "all": true, "includeUnchanged": true }))];
    let (records, end) = bench.try_run(Some(&state), &sync)?;
    bench.tenant.tell("DELETE", "/faults", &Value::Null)?;
    let after = by_id(bench.tenant.people()?);
    let mut failed = 0;
    for record in &records {
        let Some(person) = record["id"].as_str().and_then(|id| after.get(id)) else { continue };
        failed += usize::from(record["result"] == "Failed");
        if record["state"] == "NoSourcePhoto" && !person["source"].is_null() {
            return Err(format!("a false 'no photo': {record}").into());
        }
        if record["result"] == "Updated" && person["shows"] != "source" {
            return Err(format!("said to be updated, and is not: {record} {person}").into());
        }
        if record["result"] == "Failed" && record["error"]["code"].is_null() {
            return Err(format!("failed without an error: {record}").into());
        }
    }
    for (id, person) in &after {
        let had = |person: &Value| person["profile"]["pictureUrl"].as_str().is_some_and(|url| !url.is_empty());
        if had(&before[id]) && !had(person) {
            return Err(format!("a picture is gone: {person}").into());
        }
    }
    let wrong = after.values().filter(|person| needs_sync(person)).count();
    let whole = end["status"] == "Completed";
    if whole && wrong > failed {
        return Err(format!("{wrong} people are wrong and only {failed} were reported: {end}").into());
    }
    everybody_right(&bench, &state)?;
    let ended = if whole { format!("{failed} failed") } else { format!("the run ended: {}", end["name"]) };
    Ok(format!("{ended}; the next run made everybody right"))
}

fn kill(build: &Build, kills: u64) -> Result<()> {
    let people = KILLED_PEOPLE;
    let bench = Bench::set_with(
        build,
        "kill",
        people,
        &["--users".into(), people.to_string(), "--faults".into(), "9:0.01".into()],
    )?;
    let state = bench.file("state.db");
    let wrong = |bench: &Bench| -> Result<u64> {
        Ok(bench.tenant.people()?.iter().filter(|person| needs_sync(person)).count() as u64)
    };
    let mut due = wrong(&bench)?;
    let sync = [("sync", json!({ "all": true }))];
    let mut random = 0x9E37_79B9_7F4A_7C15_u64;
    let mut killed = 0;
    while killed < kills {
        if killed % 20 == 19 {
            due +=
                bench.tenant.tell("POST", "/photos/change", &json!({ "every": 3 }))?["changed"].as_u64().unwrap_or(0);
        }
        let mut running = bench.start(Some(&state), &sync)?;
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        sleep(Duration::from_millis(20 + random % 700));
        // Whoever was ready before that is not counted.
        killed += u64::from(running.try_wait()?.is_none());
        running.kill()?;
        running.wait()?;
    }
    bench.tenant.tell("DELETE", "/faults", &Value::Null)?;
    everybody_right(&bench, &state)?;
    let files = bench.tenant.stats()?["writes"]["byOperation"]["mySite.addFile"].as_u64().unwrap_or(0);
    let most = 3 * (due + kills * UNDER_WAY);
    println!(
        "\n  killed {killed} times: everybody is right; {files} files written for {due} changes; at most {most} with those under way"
    );
    if files > most { Err("more was written again than was under way".into()) } else { Ok(()) }
}

/// Runs without faults, and looks whether there is anybody left to help.
fn everybody_right(bench: &Bench, state: &Path) -> Result<()> {
    let told = bench.run(Some(state), &[("sync", json!({ "all": true }))])?;
    let wrong = bench.tenant.people()?.into_iter().find(needs_sync);
    match wrong {
        None if told.summaries[0]["failed"] == 0 => Ok(()),
        None => Err(format!("the run after it failed: {}", told.summaries[0]).into()),
        Some(person) => Err(format!("not right in the end: {person}").into()),
    }
}

fn by_id(people: Vec<Value>) -> HashMap<String, Value> {
    people.into_iter().filter_map(|person| Some((person["id"].as_str()?.to_owned(), person))).collect()
}

/// Whether sync with its defaults must change this person, from the truth alone.
fn needs_sync(person: &Value) -> bool {
    let profile = &person["profile"];
    let pinned = person["exchangeOnline"] == true
        && profile["exchangeSyncState"] == "0"
        && profile["pictureUrl"] != ""
        && profile["placeholderState"] != "1";
    person["accountEnabled"] == true
        && person["userType"] == "Member"
        && !person["source"].is_null()
        && !profile.is_null()
        && !pinned
        && person["shows"] != "source"
}
