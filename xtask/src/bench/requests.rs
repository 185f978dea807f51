//! `bench requests`: what a tenant of 10,000 people costs in a night, counted by the practice tenant, beside what the
//! public scripts send for the same work.

use serde_json::{Value, json};

use super::drive::Bench;
use super::targets::Targets;
use crate::shell::{self, Result};
use crate::table::table;

const PEOPLE: u32 = 10_000;
/// People for whom the plain client does its work: it sends the same for each.
const SAMPLE: u32 = 100;

/// What one run cost, as the practice tenant counted it.
struct Cost {
    requests: f64,
    units: f64,
    writes: f64,
    updated: f64,
}

pub(crate) fn run(people: Option<u32>) -> Result<()> {
    let people = people.unwrap_or(PEOPLE);
    let bench = Bench::set("requests", people, &["--users".into(), people.to_string()])?;
    let night = |state: &str| -> Result<Cost> {
        bench.tenant.reset_stats()?;
        let told = bench.run(Some(&bench.file(state)), &[("sync", json!({ "all": true }))])?;
        cost(&bench.tenant.stats()?, &told.summaries[0])
    };
    eprintln!("a first sync makes all pictures right ...");
    night("before.db")?;
    eprintln!("a first run where everything is right ...");
    let first = night("state.db")?;
    bench.tenant.tell("POST", "/photos/change", &json!({ "every": 100 }))?;
    eprintln!("a night with 1 % changed ...");
    let nightly = night("state.db")?;
    bench.tenant.tell("POST", "/photos/change", &json!({ "every": 1 }))?;
    eprintln!("a night with all changed ...");
    let changed = night("state.db")?;
    eprintln!("a plain sequential client, {SAMPLE} people ...");
    bench.tenant.reset_stats()?;
    let mut plain = shell::program("node");
    plain.arg("xtask/src/bench/plain-client.mjs").arg(bench.tenant.environment()).arg(SAMPLE.to_string());
    shell::run(&mut plain)?;
    let plain = bench.tenant.stats()?["requests"]["total"].as_f64().unwrap_or_default() / f64::from(SAMPLE);

    let people = f64::from(people);
    let row = |name: &str, cost: &Cost| {
        let numbers =
            [cost.requests / people, cost.units / people, cost.writes, cost.updated, plain * people / cost.requests];
        let decimals = [4, 4, 0, 0, 0];
        let numbers = numbers.into_iter().zip(decimals).map(|(number, decimals)| format!("{number:.decimals$}"));
        [name.to_owned()].into_iter().chain(numbers).collect::<Vec<_>>()
    };
    let rows = [
        row("first run, everything right", &first),
        row("1 % changed since the last run", &nightly),
        row("all changed since the last run", &changed),
    ];
    println!("\n{people} people, counted by the practice tenant; requests and SharePoint units for each person\n");
    let head =
        ["night", "requests", "units", "files and properties written", "people updated", "plain client, times ours"];
    println!("{}", table(&head, &rows));
    println!(
        "  a plain sequential client that sends what public scripts send: {plain:.2} requests for each person, every night\n"
    );
    let mut targets = Targets::default();
    targets.most("1 % changed: requests for each person", nightly.requests / people, 0.08);
    targets.most("1 % changed: SharePoint units for each person", nightly.units / people, 0.13);
    targets.least("1 % changed: the plain client's requests over ours", plain * people / nightly.requests, 150.0);
    targets.most("all changed: requests for each person", changed.requests / people, 3.2);
    targets.most("first run, everything right: requests for each person", first.requests / people, 1.2);
    targets.most("first run, everything right: writes", first.writes, 0.0);
    targets.judge()
}

fn cost(stats: &Value, summary: &Value) -> Result<Cost> {
    let number = |value: &Value| value.as_f64().ok_or_else(|| format!("a counter is missing: {stats}"));
    if summary["status"] != "Completed" || summary["failed"] != 0 {
        return Err(format!("the run did not end well: {summary}").into());
    }
    let by_app = stats["units"]["byApp"].as_object().ok_or("no units were counted")?;
    let requests = stats["requests"]["byService"].as_object().ok_or("no requests were counted")?;
    // Without limits nothing is paid, and every SharePoint request is estimated at two units, as Microsoft does.
    let share_point = ["mySite", "admin"].iter().filter_map(|name| requests[*name].as_f64()).sum::<f64>();
    let paid = by_app.values().filter_map(|app| app["sharePoint"].as_f64()).sum::<f64>();
    Ok(Cost {
        requests: number(&stats["requests"]["total"])?,
        units: if paid > 0.0 { paid } else { 2.0 * share_point },
        writes: number(&stats["writes"]["total"])?,
        updated: number(&summary["updated"])?,
    })
}
