//! `test`: every check there is, one after the other, each to its end, and what they counted.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use crate::args::Args;
use crate::shell::{self, Result};
use crate::table::table;
use crate::wine::Wine;
use crate::{build, licences, links, pwsh, windows};

/// What one check counted.
#[derive(Clone, Default)]
pub(crate) struct Tally {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) skipped: u64,
    /// Why something was skipped or failed, in a few words.
    pub(crate) note: String,
}

/// A line of the table at the end.
struct Row {
    name: String,
    tally: Tally,
    seconds: f64,
}

pub(crate) type Check = fn() -> Result<Vec<(String, Tally)>>;

const CHECKS: &[(&str, Check)] = &[
    ("formatting", || cargo("formatting", &["fmt", "--all", "--check"], &[])),
    ("links in documents", documents),
    ("clippy", || cargo("clippy", &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"], &[])),
    ("cargo test", rust_and_c),
    ("public clients", public_clients),
    ("third-party sign-in", third_party_sign_in),
    ("documentation", || {
        cargo("documentation", &["doc", "--workspace", "--no-deps"], &[("RUSTDOCFLAGS", "-D warnings")])
    }),
    ("Pester", pester),
    ("licences of dependencies", dependencies),
];

pub(crate) fn run(mut args: Args) -> Result<()> {
    let in_wine = args.flag("--windows");
    args.finish()?;
    // Until the last check has ended, so that none of them waits for it to start.
    let _wine = in_wine.then(Wine::ready).transpose()?;
    let mut rows = Vec::new();
    for (name, check) in if in_wine { windows::CHECKS } else { CHECKS } {
        println!("\n== {name} ==");
        let start = Instant::now();
        let tallies = check().unwrap_or_else(|error| vec![((*name).to_owned(), Tally::failed(error.to_string()))]);
        let seconds = start.elapsed().as_secs_f64();
        for (at, (name, tally)) in tallies.into_iter().enumerate() {
            // What a check did in one go is timed in one go.
            rows.push(Row { name, tally, seconds: if at == 0 { seconds } else { 0.0 } });
        }
    }
    conclude(&rows)
}

fn conclude(rows: &[Row]) -> Result<()> {
    let cells: Vec<_> = rows
        .iter()
        .map(|Row { name, tally, seconds }| {
            let counts = [tally.passed, tally.failed, tally.skipped].map(|count| count.to_string());
            let time = if *seconds > 0.0 { format!("{seconds:.1} s") } else { String::new() };
            [name.clone()].into_iter().chain(counts).chain([time, tally.note.clone()]).collect()
        })
        .collect();
    println!("\n{}", table(&["check", "passed", "failed", "skipped", "time", ""], &cells));
    let sum = |count: fn(&Tally) -> u64| rows.iter().map(|row| count(&row.tally)).sum::<u64>();
    let failed = sum(|tally| tally.failed);
    println!("{} passed, {failed} failed, {} skipped", sum(|tally| tally.passed), sum(|tally| tally.skipped));
    if failed == 0 { Ok(()) } else { Err(format!("{failed} failed").into()) }
}

impl Tally {
    fn passed() -> Self {
        Self { passed: 1, ..Self::default() }
    }

    fn failed(note: impl Into<String>) -> Self {
        Self { failed: 1, note: note.into(), ..Self::default() }
    }

    pub(crate) fn skipped(note: impl Into<String>) -> Self {
        Self { skipped: 1, note: note.into(), ..Self::default() }
    }

    fn add(&mut self, other: &Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

/// A Cargo command that is right or wrong as a whole.
fn cargo(name: &str, args: &[&str], environment: &[(&str, &str)]) -> Result<Vec<(String, Tally)>> {
    let mut command = shell::cargo(args);
    command.envs(environment.iter().copied());
    shell::run(&mut command)?;
    Ok(vec![(name.to_owned(), Tally::passed())])
}

fn documents() -> Result<Vec<(String, Tally)>> {
    let (followed, broken) = links::check()?;
    for link in &broken {
        println!("leads nowhere: {link}");
    }
    let failed = broken.len() as u64;
    Ok(vec![("links in documents".into(), Tally { passed: followed as u64 - failed, failed, ..Tally::default() })])
}

/// All Rust tests of the workspace. Those that compile and run C programs are counted for themselves.
fn rust_and_c() -> Result<Vec<(String, Tally)>> {
    let mut command = shell::cargo(&["test", "--workspace", "--no-fail-fast"]);
    // What the practice tenant answers meanwhile is judged with the public clients.
    let record = record();
    let _ = std::fs::remove_file(&record);
    command.env("PRACTICE_TENANT_RECORD", record);
    // Many tests wait for a server's limits and clocks longer than they compute.
    let threads = 2 * std::thread::available_parallelism().map_or(1, usize::from);
    let (rust, c) = count(command.env("RUST_TEST_THREADS", threads.to_string()))?;
    Ok(vec![("Rust tests".into(), rust), ("C tests".into(), c)])
}

/// Runs Cargo's tests; counts them, and those of the C programs for themselves. A test that says `skipped: ` and why
/// has not passed, though for Rust it has.
pub(crate) fn count(command: &mut Command) -> Result<(Tally, Tally)> {
    let mut rust = Tally::default();
    let mut c = Tally::default();
    let mut in_c = false;
    let mut untold = 0;
    let ended_well = shell::watch(command, |line| {
        let line = line.trim_start();
        let tally = if in_c { &mut c } else { &mut rust };
        if let Some(rest) = line.strip_prefix("Running ") {
            in_c = rest.starts_with("tests/c_") || rest.starts_with("tests/c.");
        } else if line.starts_with("Doc-tests ") {
            in_c = false;
        } else if let Some(reason) = line.strip_prefix("skipped: ") {
            // Its program will count it as passed.
            untold += 1;
            reason.clone_into(&mut tally.note);
        } else if let Some(mut counted) = test_result(line) {
            counted.passed = counted.passed.saturating_sub(untold);
            counted.skipped += untold;
            untold = 0;
            tally.add(&counted);
        }
    })?;
    if !ended_well && rust.failed + c.failed == 0 {
        rust.add(&Tally::failed(""));
        "cargo test did not end well".clone_into(&mut rust.note);
    }
    Ok((rust, c))
}

/// The practice tenant's exchanges with Graph during the Rust tests.
fn record() -> PathBuf {
    shell::root().join("target/practice-tenant-graph.jsonl")
}

/// The practice tenant as the Rust tests built it, beside this program: asked for alone, Cargo would build all that it
/// stands on once more, with other features.
pub(crate) fn practice_tenant() -> Result<PathBuf> {
    shell::run(&mut shell::cargo(&["test", "--workspace", "--no-run", "--quiet"]))?;
    Ok(std::env::current_exe()?.with_file_name(format!("practice-tenant{}", std::env::consts::EXE_SUFFIX)))
}

/// What a command says that could not try what it is for; the reason follows.
const NOT_TRIED: &str = "NOT TRIED: ";

/// Public clients against the practice tenant, and its answers against an `OpenAPI` description; not where their packages cannot be installed.
fn public_clients() -> Result<Vec<(String, Tally)>> {
    let practice_tenant = practice_tenant()?;
    let mut command = Command::new(if cfg!(windows) { "python" } else { "python3" });
    command.arg(shell::root().join("tests/practice-tenant/clients/run.py"));
    command.arg(practice_tenant);
    if record().exists() {
        command.arg(record());
    }
    let mut tally = Tally::default();
    let ended_well = shell::watch(&mut command, |line| {
        if let Some(reason) = line.strip_prefix(NOT_TRIED) {
            tally.add(&Tally::skipped(""));
            reason.clone_into(&mut tally.note);
        }
        tally.passed += u64::from(line.starts_with("ok "));
        tally.failed += u64::from(line.starts_with("FAILED "));
    });
    match ended_well {
        Err(error) => tally = Tally::skipped(format!("Python cannot be started: {error}")),
        Ok(false) if tally.failed == 0 && (tally.passed > 0 || tally.skipped == 0) => tally.add(&Tally::failed("")),
        Ok(_) => {}
    }
    Ok(vec![("public clients".into(), tally)])
}

/// Signing in at a certified `OpenID` provider; not where it cannot be installed.
fn third_party_sign_in() -> Result<Vec<(String, Tally)>> {
    let mut tally = Tally::default();
    let mut command = shell::program("sh");
    let ended_well = shell::watch(command.arg("tests/third-party/run.sh"), |line| {
        if let Some(reason) = line.strip_prefix(NOT_TRIED) {
            tally = Tally::skipped(reason);
        } else if let Some(counted) = test_result(line) {
            tally.add(&counted);
        }
    })?;
    if !ended_well && tally.failed == 0 {
        tally = Tally::failed("tests/third-party/run.sh did not end well");
    }
    Ok(vec![("third-party sign-in".into(), tally)])
}

/// Reads `test result: ok. 3 passed; 0 failed; 1 ignored; …`.
fn test_result(line: &str) -> Option<Tally> {
    let counts = line.strip_prefix("test result: ")?;
    let count = |word: &str| {
        let before = counts.split(word).next()?;
        before.trim_end().rsplit([' ', ';']).next()?.parse().ok()
    };
    Some(Tally {
        passed: count(" passed")?,
        failed: count(" failed")?,
        skipped: count(" ignored")?,
        note: String::new(),
    })
}

const PESTER: &str = "
    $ErrorActionPreference = 'Stop'
    Import-Module Pester -MinimumVersion 5.0
    $result = Invoke-Pester -Path ($env:M365PHOTO_TESTS -split ';') -Output Detailed -PassThru
    $failed = $result.FailedCount + $result.FailedBlocksCount + $result.FailedContainersCount
    \"pester: $($result.PassedCount) $failed $($result.SkippedCount + $result.InconclusiveCount + $result.NotRunCount)\"
";

fn pester() -> Result<Vec<(String, Tally)>> {
    let Some(pwsh) = pwsh::find()? else {
        let note = format!("no PowerShell. {}", pwsh::ADVICE);
        let in_ci = std::env::var_os("CI").is_some();
        let tally = if in_ci && pwsh::has_stand_in() { Tally::failed(note) } else { Tally::skipped(note) };
        return Ok(vec![("Pester tests".into(), tally)]);
    };
    let practice_tenant = practice_tenant()?;
    // The library that the Rust tests were built with; `try`, `bench` and `package` build the one that users get.
    let library = format!("{}m365photo{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    build::install(&practice_tenant.with_file_name("deps").join(library), &build::rid())?;
    let tally = run_pester(&pwsh, &practice_tenant, &["tests/powershell"], &shell::root().join(build::MODULE))?;
    Ok(vec![("Pester tests".into(), tally)])
}

/// Runs the Pester tests of some folders on a copy of the module.
pub(crate) fn run_pester(pwsh: &PathBuf, practice_tenant: &Path, folders: &[&str], module: &Path) -> Result<Tally> {
    let mut pester = pwsh::command(pwsh, PESTER);
    pester.env("M365PHOTO_PRACTICE_TENANT", practice_tenant);
    pester.env("M365PHOTO_TESTS", folders.join(";")).env("M365PHOTO_MODULE", module);
    let mut counts = None;
    let ended_well = shell::watch(&mut pester, |line| {
        if let Some(rest) = line.strip_prefix("pester: ") {
            counts = Some(rest.split(' ').map(|count| count.parse().unwrap_or(0)).collect::<Vec<u64>>());
        }
    })?;
    let tally = match counts.as_deref() {
        Some(&[passed, failed, skipped]) => Tally { passed, failed, skipped, note: String::new() },
        _ => Tally::failed("Pester did not come to its end"),
    };
    Ok(if ended_well || tally.failed > 0 { tally } else { Tally::failed("Pester ended with an error") })
}

fn dependencies() -> Result<Vec<(String, Tally)>> {
    let (looked_at, faults) = licences::check()?;
    for fault in &faults {
        println!("{fault}");
    }
    let failed = faults.len() as u64;
    Ok(vec![(
        "licences of dependencies".into(),
        Tally { passed: looked_at as u64 - failed, failed, ..Tally::default() },
    )])
}

#[cfg(test)]
mod tests {
    use super::test_result;

    #[test]
    fn the_counts_of_a_test_program_are_read() {
        let line = "test result: FAILED. 12 passed; 3 failed; 1 ignored; 0 measured; 2 filtered out; finished in 0.01s";
        let tally = test_result(line).unwrap();
        assert_eq!((tally.passed, tally.failed, tally.skipped), (12, 3, 1));
        assert!(test_result("test a::b ... ok").is_none());
    }
}
