//! `bench image`: thumbnails and comparisons, ours beside sharp, libvips and Pillow, in one run on the same files.
//!
//! The peers come from their package registries into the build folder; one that cannot be had is named and left out.
//! All take turns, each in a process of its own and with one thread, so that a slow moment of the machine hits all.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::shell::{self, Result};
use crate::table::table;

/// Turns that everybody takes; the fastest counts.
const ROUNDS: usize = 4;

/// Files of one kind: folder, how often each is done in a turn, and the least ratios to sharp and libvips.
const SETS: [(&str, &str, u32, f64, f64); 3] = [
    ("portraits", "648 px portraits", 10, 3.0, 4.0),
    ("camera", "12 MP camera files", 3, 1.6, 2.0),
    ("progressive", "12 MP progressive", 3, 10.0, 10.0),
];
const MOST_MEMORY_MB: f64 = 16.0;

/// Where the bench keeps its tools and files between runs.
struct Lab {
    folder: PathBuf,
    python: PathBuf,
}

/// Somebody who makes thumbnails.
struct Maker {
    name: &'static str,
    command: Box<dyn Fn() -> Command>,
}

pub(crate) fn run() -> Result<()> {
    let lab = Lab::furnish()?;
    let makers = lab.makers()?;
    let mut missed = Vec::new();
    for (set, title, repeats, over_sharp, over_libvips) in SETS {
        println!("\n{title}, three thumbnails, milliseconds of processor time for one file\n");
        let results = lab.measure(&makers, set, repeats)?;
        println!("{}", table(&["", "ms", "times ours", "SSIM 300", "SSIM 72", "SSIM 48"], &rows(&results)));
        let ours = results[0].1;
        for (peer, wanted) in [("sharp", over_sharp), ("libvips", over_libvips)] {
            if let Some((_, time, _)) = results.iter().find(|(name, ..)| *name == peer) {
                judge(&format!("{title}: {peer} takes"), time / ours, wanted, &mut missed);
            }
        }
    }
    lab.memory(&makers[0], &mut missed)?;
    lab.answers(&makers[0], &mut missed)?;
    if missed.is_empty() { Ok(()) } else { Err(format!("short of the target: {}", missed.join("; ")).into()) }
}

fn judge(what: &str, ratio: f64, wanted: f64, missed: &mut Vec<String>) {
    let verdict = if ratio >= wanted { "met" } else { "not met" };
    println!("  {what} {ratio:.2} times as long; target {wanted}: {verdict}");
    if ratio < wanted {
        missed.push(format!("{what} {ratio:.2} times as long, not {wanted}"));
    }
}

type Results = Vec<(&'static str, f64, Vec<String>)>;

fn rows(results: &Results) -> Vec<Vec<String>> {
    let ours = results[0].1;
    let row = |(name, time, quality): &(&str, f64, Vec<String>)| {
        let numbers = [(*name).to_owned(), format!("{time:.2}"), format!("{:.2}", time / ours)];
        numbers.into_iter().chain(quality.iter().cloned()).collect()
    };
    results.iter().map(row).collect()
}

impl Lab {
    /// Installs what is missing and makes the files.
    fn furnish() -> Result<Self> {
        let folder = shell::root().join("target").join("bench-image");
        std::fs::create_dir_all(&folder)?;
        let bin = if cfg!(windows) { "Scripts" } else { "bin" };
        let python = folder.join("python").join(bin).join(format!("python{}", std::env::consts::EXE_SUFFIX));
        if !python.is_file() {
            let system = ["python3", "python"].into_iter().find_map(shell::find).ok_or("Python 3 is not installed")?;
            shell::run(Command::new(system).args(["-m", "venv"]).arg(folder.join("python")))?;
            let packages = ["pillow", "numpy", "scikit-image"];
            shell::run(Command::new(&python).args(["-m", "pip", "install", "--quiet"]).args(packages))?;
        }
        let lab = Self { folder, python };
        if !lab.folder.join("pairs.tsv").is_file() {
            println!("making the pictures");
            shell::run(lab.script("pictures.py").arg(&lab.folder))?;
        }
        Ok(lab)
    }

    /// A Python script of this bench.
    fn script(&self, name: &str) -> Command {
        let mut command = Command::new(&self.python);
        command.args(["-W", "ignore"]).arg(shell::root().join("xtask/src/bench/image").join(name));
        command
    }

    /// Ours first, then the peers that can be had.
    fn makers(&self) -> Result<Vec<Maker>> {
        let ours = ours()?;
        let mut makers = vec![Maker {
            name: "ours",
            command: Box::new(move || {
                let mut command = Command::new(&ours);
                command.arg("thumbnails");
                command
            }),
        }];
        if let Some(script) = self.sharp() {
            makers.push(Maker {
                name: "sharp",
                command: Box::new(move || {
                    let mut command = Command::new("node");
                    command.arg(&script);
                    command
                }),
            });
        }
        let installed = Command::new(&self.python).args(["-m", "pip", "install", "--quiet", "pyvips[binary]"]).status();
        let peers: &[&str] = if installed.is_ok_and(|status| status.success()) {
            &["libvips", "pillow"]
        } else {
            println!("libvips cannot be had (pip install pyvips[binary]); it is left out");
            &["pillow"]
        };
        for &name in peers {
            let python = self.python.clone();
            let script = shell::root().join("xtask/src/bench/image/peers.py");
            makers.push(Maker {
                name,
                command: Box::new(move || {
                    let mut command = Command::new(&python);
                    command.arg(&script).arg(name);
                    command
                }),
            });
        }
        Ok(makers)
    }

    /// The script beside its own copy of sharp.
    fn sharp(&self) -> Option<PathBuf> {
        let folder = self.folder.join("node");
        std::fs::create_dir_all(&folder).ok()?;
        let script = folder.join("sharp.mjs");
        std::fs::copy(shell::root().join("xtask/src/bench/image/sharp.mjs"), &script).ok()?;
        let npm = shell::find(if cfg!(windows) { "npm.cmd" } else { "npm" });
        let install = |npm: PathBuf| {
            let mut command = Command::new(npm);
            command.args(["install", "--silent", "--no-save", "sharp"]).current_dir(&folder);
            command.status().is_ok_and(|status| status.success())
        };
        let there = folder.join("node_modules").join("sharp").is_dir() || npm.is_some_and(install);
        if !there {
            println!("sharp cannot be had (npm install sharp); it is left out");
        }
        there.then_some(script)
    }

    fn files(&self, set: &str) -> Result<Vec<PathBuf>> {
        let mut files: Vec<PathBuf> = std::fs::read_dir(self.folder.join(set))?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<std::io::Result<_>>()?;
        files.sort();
        Ok(files)
    }

    /// Mean time of a file and mean SSIM of its thumbnails, for everybody.
    fn measure(&self, makers: &[Maker], set: &str, repeats: u32) -> Result<Results> {
        let files = self.files(set)?;
        let mut best: Vec<HashMap<String, f64>> = vec![HashMap::new(); makers.len()];
        for _ in 0..ROUNDS {
            for (maker, best) in makers.iter().zip(&mut best) {
                let out = self.out(maker.name)?;
                let mut command = (maker.command)();
                let printed = shell::output(command.arg(&out).arg(repeats.to_string()).args(&files))?;
                for line in printed.lines() {
                    let (file, time) = line.split_once('\t').ok_or("a maker printed no time")?;
                    let time: f64 = time.parse()?;
                    best.entry(file.to_owned()).and_modify(|least| *least = least.min(time)).or_insert(time);
                }
            }
        }
        let mut results = Vec::new();
        for (maker, best) in makers.iter().zip(best) {
            #[allow(clippy::cast_precision_loss, reason = "a handful of files")]
            let mean = best.values().sum::<f64>() / best.len() as f64;
            let judged = shell::output(self.script("judge.py").arg(self.out(maker.name)?).args(&files))?;
            let quality = judged.lines().filter_map(|line| line.split('\t').nth(1)).map(str::to_owned).collect();
            results.push((maker.name, mean, quality));
        }
        Ok(results)
    }

    fn out(&self, name: &str) -> Result<PathBuf> {
        let folder = self.folder.join("out").join(name);
        std::fs::create_dir_all(&folder)?;
        Ok(folder)
    }

    /// The most memory that the process needs for a camera's file.
    fn memory(&self, ours: &Maker, missed: &mut Vec<String>) -> Result<()> {
        let program = (ours.command)();
        let mut most: f64 = 0.0;
        for file in self.files("camera")? {
            let printed = shell::output(Command::new(program.get_program()).arg("memory").arg(file))?;
            let kilobytes = printed.trim().rsplit('\t').next().and_then(|text| text.parse().ok()).unwrap_or(f64::MAX);
            most = most.max(kilobytes / 1024.0);
        }
        let verdict = if most <= MOST_MEMORY_MB { "met" } else { "not met" };
        println!(
            "\n  peak memory of the process for a 12 MP camera file: {most:.1} MB; target {MOST_MEMORY_MB}: {verdict}"
        );
        if most > MOST_MEMORY_MB {
            missed.push(format!("peak memory {most:.1} MB, not {MOST_MEMORY_MB}"));
        }
        Ok(())
    }

    /// Wrong answers on the labelled pairs.
    fn answers(&self, ours: &Maker, missed: &mut Vec<String>) -> Result<()> {
        let program = (ours.command)();
        let list = self.folder.join("pairs.tsv");
        let printed = shell::output(Command::new(program.get_program()).arg("pairs").arg(&list))?;
        let mut counts: HashMap<(bool, bool), [f64; 2]> = HashMap::new();
        for line in printed.lines() {
            let fields: Vec<&str> = line.split('\t').collect();
            if let [_, _, label, side, same, ..] = fields[..] {
                let large = side.parse::<u32>()? >= 240;
                let wrong = (label == "same") != (same == "1");
                let count = counts.entry((label == "same", large)).or_default();
                count[0] += f64::from(u8::from(wrong));
                count[1] += 1.0;
            } else if let ["ms", time] = fields[..] {
                println!(
                    "\n  one comparison from fingerprints: {time} ms; target 1: {}",
                    met(time.parse::<f64>()? <= 1.0)
                );
            }
        }
        for (same, large, name, most) in [
            (true, true, "at least 240 px: the same picture called different", 0.0),
            (false, true, "at least 240 px: another picture called the same", 0.5),
            (true, false, "48 and 72 px: the same picture called different", 1.0),
            (false, false, "48 and 72 px: another picture called the same", 2.0),
        ] {
            let [wrong, all] = counts.get(&(same, large)).copied().unwrap_or_default();
            let share = 100.0 * wrong / all.max(1.0);
            println!("  {name}: {wrong} of {all}, {share:.2} %; target at most {most} %: {}", met(share <= most));
            if share > most {
                missed.push(format!("{name}: {share:.2} %"));
            }
        }
        Ok(())
    }
}

fn met(yes: bool) -> &'static str {
    if yes { "met" } else { "not met" }
}

/// Builds our program as users get the library: optimised.
fn ours() -> Result<PathBuf> {
    let mut command = shell::cargo(&["bench", "--bench", "image", "--no-run", "--message-format", "json"]);
    let printed = shell::output(&mut command)?;
    let program =
        printed.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok()).find_map(|message| {
            let is_ours = message["target"]["name"] == "image" && message["target"]["kind"][0] == "bench";
            message["executable"].as_str().filter(|_| is_ours).map(PathBuf::from)
        });
    program.filter(|path| Path::is_file(path)).ok_or_else(|| "cargo built no bench program".into())
}
