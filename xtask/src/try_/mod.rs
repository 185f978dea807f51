//! `try`: the main job on a practice tenant, as an admin would do it, and the server's own word on whether it was right.

mod example;
mod session;
mod truth;

use std::path::Path;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::args::Args;
use crate::build;
use crate::pwsh;
use crate::shell::{self, Result, Scratch};
use crate::table::table;
use crate::target::Target;
use crate::tenant::Tenant;
use crate::wine::{self, Wine};
use example::Example;
use session::Session;

/// A way to the library that runs one command line after the other.
trait Door {
    /// Runs a line, shows what a person would see, and gives the summary of the run.
    fn run(&mut self, line: &str) -> Result<Value>;

    /// Whether a line is one run and nothing else, so that its summary counts every request.
    fn counts_all(&self) -> bool;
}

/// Where a reader looks. With `--json` stdout belongs to the report alone.
#[derive(Clone, Copy)]
struct Screen {
    json: bool,
}

impl Screen {
    fn say(self, text: &str) {
        if self.json { eprintln!("{text}") } else { println!("{text}") }
    }

    /// The same place for another program.
    fn stdio(self) -> Stdio {
        if self.json { std::io::stderr().into() } else { std::io::stdout().into() }
    }
}

/// One command of the walk and what it may do.
struct Step {
    /// In the report.
    name: &'static str,
    /// In the table.
    label: &'static str,
    line: &'static str,
    effect: Effect,
}

const fn step(name: &'static str, label: &'static str, line: &'static str, effect: Effect) -> Step {
    Step { name, label, line, effect }
}

#[derive(PartialEq)]
enum Effect {
    /// Finds who needs a picture, writes nothing.
    Finds,
    /// Gives everybody who needs one their picture.
    Syncs,
    /// Finds nothing left to do.
    Rests,
}

const STEPS: [Step; 4] = [
    step("compare", "Compare", "Compare-UserProfilePhoto -All | Group-Object State -NoElement", Effect::Finds),
    step("whatIf", "Sync -WhatIf", "Sync-UserProfilePhoto -All -WhatIf | Out-Null", Effect::Finds),
    step("first", "Sync", "Sync-UserProfilePhoto -All", Effect::Syncs),
    step("second", "Sync again", "Sync-UserProfilePhoto -All", Effect::Rests),
];

/// The same job through the C example, which compares before it syncs.
const STEPS_IN_C: [Step; 2] = [
    step("first", "Sync", "./sync environment.json", Effect::Syncs),
    step("second", "Sync again", "./sync environment.json", Effect::Rests),
];

/// What a step did by the library's summary, and the server's own count of it.
struct Run {
    step: &'static Step,
    updated: u64,
    unchanged: u64,
    skipped: u64,
    failed: u64,
    requests: u64,
    /// Requests that write.
    writes: u64,
    /// Requests that reached the server, where the summary should count them all.
    received: Option<u64>,
    /// Photos, files and properties that the server wrote.
    written: u64,
}

pub(crate) fn run(mut args: Args) -> Result<()> {
    let users = args.value::<u32>("--users")?.unwrap_or(200);
    let seed = args.value::<u64>("--seed")?.unwrap_or(1);
    let screen = Screen { json: args.flag("--json") };
    let wine = args.flag("--windows").then(Wine::ready).transpose()?;
    args.finish()?;

    let library = if wine.is_some() { build::shipped(Target::named(wine::RID)?)? } else { build::library(true)? };
    let program = build::executable("practice-tenant", true)?;
    let scratch = Scratch::new("try")?;
    let options = ["--users".to_owned(), users.to_string(), "--seed".to_owned(), seed.to_string()];
    let tenant = Tenant::start(&program, scratch.path(), &options)?;

    let pwsh = match &wine {
        Some(wine) => Some(wine.pwsh()?.ok_or(pwsh::NO_WINDOWS)?),
        None => pwsh::find()?,
    };
    let (runs, faults) = if let Some(pwsh) = pwsh {
        let mut session = Session::open(&pwsh, scratch.path(), screen)?;
        session.run(&format!("Import-Module ./{}", build::MODULE))?;
        session.run(&format!("Connect-M365ProfilePhoto -EnvironmentFile {}", quoted(tenant.environment())))?;
        session.run("$InformationPreference = 'Continue'")?;
        walk(&tenant, &mut session, &STEPS, screen)?
    } else {
        screen.say(&format!("There is no PowerShell here, so the C example does the job. {}", pwsh::ADVICE));
        let mut example = Example::compile(&library, tenant.environment(), scratch.path(), screen)?;
        walk(&tenant, &mut example, &STEPS_IN_C, screen)?
    };
    if screen.json {
        println!("{}", report(users, &runs));
    }
    conclude(&runs, &faults, screen)
}

/// Does every step and looks at everybody after each.
fn walk(
    tenant: &Tenant,
    door: &mut dyn Door,
    steps: &'static [Step],
    screen: Screen,
) -> Result<(Vec<Run>, Vec<String>)> {
    let mut runs = Vec::new();
    let mut faults = Vec::new();
    let mut before = tenant.people()?;
    for step in steps {
        tenant.reset_stats()?;
        let summary = door.run(step.line)?;
        let run = Run::new(step, &summary, &tenant.stats()?, door.counts_all());
        let after = tenant.people()?;
        let found = judge(&run, &before, &after);
        screen.say(&if found.is_empty() { verdict(&run, &before) } else { found.join("\n") });
        faults.extend(found.into_iter().map(|fault| format!("{}: {fault}", step.name)));
        runs.push(run);
        before = after;
    }
    Ok((runs, faults))
}

impl Run {
    fn new(step: &'static Step, summary: &Value, stats: &Value, counts_all: bool) -> Self {
        // PowerShell objects have `Updated` where the ABI has `updated`.
        let count = |name: &str| {
            let fields = summary.as_object().into_iter().flatten();
            fields
                .filter(|(field, _)| field.eq_ignore_ascii_case(name))
                .find_map(|(_, value)| value.as_u64())
                .unwrap_or(0)
        };
        Self {
            step,
            updated: count("updated"),
            unchanged: count("unchanged"),
            skipped: count("skipped"),
            failed: count("failed"),
            requests: count("requests"),
            writes: count("writes"),
            received: counts_all.then(|| stats["requests"]["total"].as_u64()).flatten(),
            written: stats["writes"]["total"].as_u64().unwrap_or(0),
        }
    }
}

/// What is wrong with a step.
fn judge(run: &Run, before: &[Value], after: &[Value]) -> Vec<String> {
    let needy = before.iter().filter(|person| truth::needs_picture(person)).count() as u64;
    let mut faults = if run.step.effect == Effect::Syncs {
        truth::faults_of_sync(before, after)
    } else {
        truth::faults_of_reading(before, after)
    };
    if run.step.effect != Effect::Syncs && run.writes + run.written > 0 {
        let (writes, written) = (run.writes, run.written);
        faults.push(format!(
            "nothing was to be written: {writes} requests were to write, and {written} things were written"
        ));
    }
    if run.received.is_some_and(|received| received != run.requests) || run.requests == 0 {
        faults.push(format!("the summary says {} requests, the server received {:?}", run.requests, run.received));
    }
    if run.updated != needy {
        faults.push(format!("{needy} people need a picture, and the summary says {}", run.updated));
    }
    if run.failed > 0 {
        faults.push(format!("{} people failed", run.failed));
    }
    if run.updated + run.unchanged + run.skipped + run.failed != before.len() as u64 {
        faults.push(format!("the summary does not speak of all {} people", before.len()));
    }
    faults
}

fn verdict(run: &Run, before: &[Value]) -> String {
    let people = before.len();
    let seen = match run.step.effect {
        Effect::Finds => format!("{} of {people} people need a picture; nothing was written", run.updated),
        Effect::Syncs => {
            format!("exactly the {} people who needed a picture got it, nobody else was touched", run.updated)
        }
        Effect::Rests => "nothing was left to do; no request that writes was sent".to_owned(),
    };
    format!("  [ok] {seen}")
}

fn report(users: u32, runs: &[Run]) -> Value {
    let mut report = json!({ "people": users });
    for run in runs {
        report[run.step.name] = json!({
            "updated": run.updated, "unchanged": run.unchanged, "skipped": run.skipped, "failed": run.failed,
            "requests": run.requests, "writes": run.writes,
        });
    }
    report
}

fn conclude(runs: &[Run], faults: &[String], screen: Screen) -> Result<()> {
    let rows: Vec<_> = runs
        .iter()
        .map(|run| {
            let counts = [run.updated, run.unchanged, run.skipped, run.failed, run.requests, run.writes];
            [run.step.label.to_owned()].into_iter().chain(counts.iter().map(u64::to_string)).collect()
        })
        .collect();
    let head = ["run", "updated", "unchanged", "skipped", "failed", "requests", "writes"];
    screen.say(&format!("\n{}", table(&head, &rows)));
    if faults.is_empty() {
        screen.say("Every face is right: the practice tenant confirms it, picture by picture.");
        return Ok(());
    }
    let shown: Vec<&str> = faults.iter().take(20).map(String::as_str).collect();
    Err(format!("{} things are not as they should be:\n  {}", faults.len(), shown.join("\n  ")).into())
}

/// A path as an argument in PowerShell.
fn quoted(path: &Path) -> String {
    let path = shell::shown(path);
    if path.contains([' ', '\'', '$', '`', '(', '&', ';']) { format!("'{}'", path.replace('\'', "''")) } else { path }
}
