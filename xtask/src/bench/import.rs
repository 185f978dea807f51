//! `bench import`: how much longer `Import-Module` takes for the module than for an empty one.
//! The two are measured in turns, each in a PowerShell of its own, so that a slow moment of the machine hits both.

use std::path::PathBuf;

use crate::build;
use crate::pwsh;
use crate::shell::{self, Result, Scratch};
use crate::table::table;

const PAIRS: usize = 15;
const TARGET_MS: f64 = 150.0;

pub(crate) fn run() -> Result<()> {
    let pwsh = pwsh::find()?.ok_or(pwsh::ADVICE)?;
    build::library(true)?;
    let scratch = Scratch::new("bench-import")?;
    let empty = scratch.path().join("Empty");
    std::fs::create_dir_all(&empty)?;
    std::fs::write(empty.join("Empty.psm1"), "")?;
    std::fs::write(empty.join("Empty.psd1"), "@{ ModuleVersion = '1.0.0'; RootModule = 'Empty.psm1' }\n")?;
    let module = shell::root().join(build::MODULE);

    // The first start pays for reading the files from disk.
    import_ms(&pwsh, &empty)?;
    import_ms(&pwsh, &module)?;
    let mut ours = Vec::new();
    let mut empties = Vec::new();
    let mut over = Vec::new();
    for _ in 0..PAIRS {
        let nothing = import_ms(&pwsh, &empty)?;
        let something = import_ms(&pwsh, &module)?;
        empties.push(nothing);
        ours.push(something);
        over.push(something - nothing);
    }
    let row = |name: &str, mut times: Vec<f64>| {
        times.sort_by(f64::total_cmp);
        let shown = [times[0], times[PAIRS / 2], times[PAIRS - 1]].map(|time| format!("{time:.1}"));
        (times[PAIRS / 2], [name.to_owned()].into_iter().chain(shown).collect::<Vec<_>>())
    };
    let (median, difference) = row("M365ProfilePhoto over empty", over);
    let rows = [row("an empty module", empties).1, row("M365ProfilePhoto", ours).1, difference];
    println!("Import-Module, {PAIRS} pairs of fresh sessions, milliseconds\n");
    println!("{}", table(&["", "least", "median", "most"], &rows));
    if median > TARGET_MS {
        return Err(format!("the median of {median:.0} ms is over the target of {TARGET_MS} ms").into());
    }
    println!("  target: at most {TARGET_MS} ms over an empty module: met");
    Ok(())
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
