//! `bench pace`: a sync with more to do than the limits allow, under the limits of a tenant with 10,000 licences whose
//! clock runs sixty times as fast; for half an hour of it other apps take 60 % of everything.

use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::drive::Bench;
use super::targets::Targets;
use crate::shell::Result;
use crate::table::table;

const SPEED: u32 = 60;
const LICENSES: u32 = 10_000;
/// Enough that nobody runs out of work.
const PEOPLE: u32 = 32_000;
/// Simulated minutes alone, beside others, and alone again.
const ALONE: u64 = 12;
const BESIDE: u64 = 30;
const AFTER: u64 = 12;
/// Minutes in which the pace has to come back.
const RECOVERY: u64 = 5;
/// Requests that may be under way when the service begins to refuse.
const UNDER_WAY: f64 = 16.0;

pub(crate) fn run(people: Option<u32>) -> Result<()> {
    let people = people.unwrap_or(PEOPLE);
    let options = [
        "--limits",
        "--users",
        &people.to_string(),
        "--speed",
        &SPEED.to_string(),
        "--licences",
        &LICENSES.to_string(),
    ]
    .map(str::to_owned);
    let bench = Bench::set("pace", LICENSES, &options)?;
    let state = bench.file("state.db");
    // Small pictures: the pace is measured, not the drawing of portraits.
    let change = json!({ "every": 1, "side": 48 });
    let sync = [("sync", json!({ "all": true }))];
    eprintln!("a first sync of {people} people, so that the next one only writes ...");
    bench.tenant.tell("POST", "/photos/change", &change)?;
    bench.run(Some(&state), &sync)?;
    bench.tenant.tell("POST", "/photos/change", &change)?;

    eprintln!("{ALONE} minutes alone, {BESIDE} beside others, {AFTER} alone again ...");
    let mut running = bench.start(Some(&state), &sync)?;
    wait_for_writes(&bench)?;
    bench.tenant.reset_stats()?;
    let started = Instant::now();
    let until =
        |minutes: u64| sleep((minute() * u32::try_from(minutes).unwrap_or(1)).saturating_sub(started.elapsed()));
    until(ALONE);
    let alone = bench.tenant.stats()?;
    bench.tenant.tell("POST", "/load", &json!({ "share": 0.6 }))?;
    until(ALONE + BESIDE);
    bench.tenant.tell("POST", "/load", &json!({ "share": 0.0 }))?;
    let beside = bench.tenant.stats()?;
    until(ALONE + BESIDE + AFTER);
    let end = bench.tenant.stats()?;
    if running.try_wait()?.is_some() {
        return Err("the sync ended before the time was over; give more --people".into());
    }
    running.kill()?;
    running.wait()?;

    let used = Used::of(&end)?;
    let phases = [
        ("alone", used.between(1, ALONE)),
        ("beside others, who take 60 %", used.between(ALONE, ALONE + BESIDE)),
        ("alone again, from the sixth minute on", used.between(ALONE + BESIDE + RECOVERY, ALONE + BESIDE + AFTER - 1)),
    ];
    let percent = |share: f64| format!("{:.1}", 100.0 * share);
    let rows: Vec<Vec<String>> =
        phases.iter().map(|(name, (least, mean))| vec![(*name).to_owned(), percent(*least), percent(*mean)]).collect();
    println!("\nSharePoint units of a simulated minute, in percent of the allowance\n");
    println!("{}", table(&["", "least", "mean"], &rows));
    let closings = closings(&beside) - closings(&alone);
    let mut targets = Targets::default();
    targets.least("from the second minute on: share of the units that is used", phases[0].1.1, 0.75);
    targets.least("sixth minute after the others left: share of the units that is used", phases[2].1.1, 0.75);
    targets.most("alone: refusals for each 1,000 requests", refusals(&alone) * 1000.0 / requests(&alone), 1.0);
    targets.most("in all: refusals for each 1,000 requests", refusals(&end) * 1000.0 / requests(&end), 1.0);
    targets.most("closings in 30 minutes beside others", closings, 3.0);
    // What was under way when the first refusal came arrives after it; nothing may be sent once the refusal is read.
    let while_closed = end["whileClosed"]["total"].as_f64().unwrap_or(f64::NAN);
    targets.most(
        "requests that met a closed service, for each closing",
        while_closed / self::closings(&end).max(1.0),
        UNDER_WAY,
    );
    targets.judge()
}

/// A minute of the limits' clock.
fn minute() -> Duration {
    Duration::from_secs(60) / SPEED
}

fn wait_for_writes(bench: &Bench) -> Result<()> {
    let before = writes(bench)?;
    for _ in 0..600 {
        if writes(bench)? > before {
            return Ok(());
        }
        sleep(Duration::from_millis(50));
    }
    Err("the sync wrote nothing for half a minute".into())
}

fn writes(bench: &Bench) -> Result<f64> {
    Ok(bench.tenant.stats()?["writes"]["total"].as_f64().unwrap_or_default())
}

fn requests(stats: &Value) -> f64 {
    stats["requests"]["total"].as_f64().unwrap_or(f64::NAN)
}

fn refusals(stats: &Value) -> f64 {
    stats["refusals"]["total"].as_f64().unwrap_or(f64::NAN)
}

/// Refusals that were no echo of an earlier one.
fn closings(stats: &Value) -> f64 {
    refusals(stats) - stats["whileClosed"]["total"].as_f64().unwrap_or(f64::NAN)
}

/// The share of the allowance that each minute used.
struct Used(Vec<f64>);

impl Used {
    fn of(stats: &Value) -> Result<Self> {
        let limit = stats["limits"]["sharePointUnitsPerMinute"]
            .as_f64()
            .ok_or_else(|| format!("no limits: {}", stats["limits"]))?;
        let minutes = stats["units"]["byMinute"].as_array().ok_or("no units were counted")?;
        let mut shares = Vec::new();
        for minute in minutes {
            let at = usize::try_from(minute["minute"].as_u64().unwrap_or_default())?;
            shares.resize(shares.len().max(at + 1), 0.0);
            shares[at] = minute["sharePoint"].as_f64().unwrap_or_default() / limit;
        }
        Ok(Self(shares))
    }

    /// The least and the mean share of the minutes `from..to`.
    fn between(&self, from: u64, to: u64) -> (f64, f64) {
        let share = |minute| usize::try_from(minute).ok().and_then(|minute| self.0.get(minute).copied()).unwrap_or(0.0);
        let minutes: Vec<f64> = (from..to).map(share).collect();
        let sum: f64 = minutes.iter().sum();
        (minutes.iter().copied().fold(f64::INFINITY, f64::min), sum / minutes.len() as f64)
    }
}
