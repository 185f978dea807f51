//! `bench scale`: a night over a million people of whom nobody changed: memory, state file, requests.
//!
//! A first sync of so many takes a day, so the state file that it would leave is filled from what the practice tenant holds.

use std::fs::File;
use std::io::{BufWriter, Write as _, copy};
use std::process::Stdio;
use std::time::Instant;

use serde_json::json;

use super::drive::Bench;
use super::targets::Targets;
use crate::shell::{self, Result, Scratch};
use crate::table::table;

const PEOPLE: u32 = 1_000_000;
/// People of a page, parts of a batch, files of a page.
const PAGES: (f64, f64, f64) = (999.0, 20.0, 5_000.0);
/// Tokens, the library's folder, the number of licences, ends of lists: what does not grow with the people.
const FIXED: f64 = 12.0;

pub(crate) fn run(people: Option<u32>) -> Result<()> {
    let people = people.unwrap_or(PEOPLE);
    let lists = Scratch::new("bench-scale-list")?;
    let list = lists.path().join("people.jsonl");
    let mut lines = BufWriter::new(File::create(&list)?);
    for number in 0..people {
        writeln!(lines, "{{\"userPrincipalName\":\"p{number:07}@contoso.com\",\"kind\":\"in-sync\"}}")?;
    }
    drop(lines);
    let bench = Bench::set("scale", people, &["--people".into(), list.display().to_string()])?;
    let state = bench.file("state.db");
    eprintln!("a state file as a sync of {people} people leaves it ...");
    let nobody = ("sync", json!({ "all": true, "filter": "userPrincipalName eq 'nobody@contoso.com'" }));
    bench.run(Some(&state), &[nobody])?;
    let shown = bench.file("shown.jsonl");
    copy(&mut bench.tenant.stream("/shown")?, &mut File::create(&shown)?)?;
    let mut fill = shell::program("python3");
    fill.arg("xtask/src/bench/remember.py").arg(&state).stdin(Stdio::from(File::open(&shown)?));
    shell::run(&mut fill)?;

    eprintln!("a night ...");
    bench.tenant.reset_stats()?;
    let started = Instant::now();
    let told = bench.run(Some(&state), &[("sync", json!({ "all": true }))])?;
    let seconds = started.elapsed().as_secs_f64();
    let summary = &told.summaries[0];
    if summary["status"] != "Completed" || summary["unchanged"] != people {
        return Err(format!("the run did not find everybody unchanged: {summary}").into());
    }
    let counted = bench.tenant.stats()?;
    let requests = counted["requests"]["total"].as_f64().ok_or("no requests were counted")?;
    let people = f64::from(people);
    let plan = (people / PAGES.0).ceil() + (people / PAGES.1).ceil() + (people * 3.0 / PAGES.2).ceil() + FIXED;
    let state_mb = std::fs::metadata(&state)?.len() as f64 / 1e6;
    println!("\nA night over {people} people, nothing changed\n");
    let rows = [vec![
        format!("{seconds:.0}"),
        format!("{:.0}", people / seconds),
        format!("{requests:.0}"),
        format!("{plan:.0}"),
        format!("{:.0}", told.peak_memory_mb),
        format!("{state_mb:.0}"),
    ]];
    println!(
        "{}",
        table(&["seconds", "people a second", "requests", "planned", "memory, MB", "state file, MB"], &rows)
    );
    println!("  a plain client sends {:.0} requests (bench requests counts them)\n", people * 13.0);
    let mut targets = Targets::default();
    targets.most("most memory of the process, MB", told.peak_memory_mb, 150.0);
    targets.most("state file, MB", state_mb, 400.0);
    targets.most("requests beyond the plan", (requests - plan).max(0.0), 0.0);
    targets.most("writes", counted["writes"]["total"].as_f64().unwrap_or(f64::NAN), 0.0);
    targets.judge()
}
