//! `bench import`: how much longer `Import-Module` takes for the module than for an empty one; for the module as it is packaged,
//! with one script, and as it lies in the repository, with many.
//! They are measured in turns, each in a PowerShell of its own, so that a slow moment of the machine hits all.

use std::path::PathBuf;

use crate::shell::{self, Result, Scratch};
use crate::table::table;
use crate::{build, package, pwsh};

const ROUNDS: usize = 15;
const TARGET_MS: f64 = 150.0;

pub(crate) fn run() -> Result<()> {
    let pwsh = pwsh::find()?.ok_or(pwsh::ADVICE)?;
    let library = build::library(true)?;
    let scratch = Scratch::new("bench-import")?;
    let empty = scratch.path().join("Empty");
    std::fs::create_dir_all(&empty)?;
    std::fs::write(empty.join("Empty.psm1"), "")?;
    std::fs::write(empty.join("Empty.psd1"), "@{ ModuleVersion = '1.0.0'; RootModule = 'Empty.psm1' }\n")?;
    let source = shell::root().join(build::MODULE);
    let packaged = scratch.path().join("M365ProfilePhoto");
    package::lay_out(&source, &[library], &packaged)?;

    let modules = [empty, packaged, source];
    // The first start pays for reading the files from disk.
    modules.each_ref().map(|module| import_ms(&pwsh, module)).into_iter().collect::<Result<Vec<_>>>()?;
    let mut times = [const { Vec::new() }; 3];
    for _ in 0..ROUNDS {
        for (module, times) in modules.iter().zip(&mut times) {
            times.push(import_ms(&pwsh, module)?);
        }
    }
    let over = |which: usize| times[which].iter().zip(&times[0]).map(|(ours, empty)| ours - empty).collect::<Vec<_>>();
    let (median, packaged) = row("packaged over empty", over(1));
    let (_, source) = row("in the repository over empty", over(2));
    let [a, b, c] = times;
    let rows = [row("an empty module", a).1, row("packaged", b).1, row("in the repository", c).1, packaged, source];
    println!("Import-Module, {ROUNDS} rounds of fresh sessions, milliseconds\n");
    println!("{}", table(&["", "least", "median", "most"], &rows));
    if median > TARGET_MS {
        return Err(format!("the median of {median:.0} ms is over the target of {TARGET_MS} ms").into());
    }
    println!("  target: packaged at most {TARGET_MS} ms over an empty module: met");
    Ok(())
}

/// The median, and a line of the table.
fn row(name: &str, mut times: Vec<f64>) -> (f64, Vec<String>) {
    times.sort_by(f64::total_cmp);
    let shown = [times[0], times[ROUNDS / 2], times[ROUNDS - 1]].map(|time| format!("{time:.1}"));
    (times[ROUNDS / 2], [name.to_owned()].into_iter().chain(shown).collect())
}

fn import_ms(pwsh: &PathBuf, module: &std::path::Path) -> Result<f64> {
    let path = module.display().to_string().replace('\'', "''");
    let text = format!(
        "$watch = [Diagnostics.Stopwatch]::StartNew(); Import-Module '{path}'; \
         $watch.Elapsed.TotalMilliseconds.ToString([Globalization.CultureInfo]::InvariantCulture)"
    );
    let printed = shell::output(&mut pwsh::command(pwsh, &text))?;
    printed.trim().parse().map_err(|_| format!("PowerShell printed '{}', not a time", printed.trim()).into())
}
