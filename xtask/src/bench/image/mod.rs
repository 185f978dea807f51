//! `bench image`: thumbnails and comparisons, ours beside sharp, libvips and Pillow, in one run on the same files.
//!
//! The peers come from their package registries into the build folder; one that cannot be had is named and left out.
//! All take turns, each in a process of its own and with one thread, so that a slow moment of the machine hits all.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use super::targets::Targets;
use crate::shell::{self, Result};
use crate::table::table;

/// Turns that everybody takes; the fastest counts.
const ROUNDS: usize = 4;

/// Files of one kind, and what is wanted on them.
struct Set {
    folder: &'static str,
    title: &'static str,
    /// How often each file is done in a turn.
    repeats: u32,
    /// How many times as fast as sharp and as libvips.
    times_as_fast: [(&'static str, f64); 2],
    /// Least difference between our SSIM and that of each of the two, at each size.
    ssim: f64,
}

const SETS: [Set; 3] = [
    Set {
        folder: "portraits",
        title: "648 px portraits",
        repeats: 10,
        times_as_fast: [("sharp", 3.0), ("libvips", 4.0)],
        ssim: -0.0005,
    },
    Set {
        folder: "camera",
        title: "12 MP camera files",
        repeats: 3,
        times_as_fast: [("sharp", 1.6), ("libvips", 2.0)],
        ssim: 0.0,
    },
    // Of these nothing but an eighth of the pixels is read.
    Set {
        folder: "progressive",
        title: "12 MP progressive",
        repeats: 3,
        times_as_fast: [("sharp", 10.0), ("libvips", 10.0)],
        ssim: -0.002,
    },
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

/// Measures everything. With `json` the figures are printed as one object at the end, and the tables go to stderr.
pub(crate) fn run(json: bool) -> Result<()> {
    let mut report = Report { json, targets: Targets::for_reader(json), sets: Vec::new() };
    let lab = Lab::furnish()?;
    let makers = lab.makers()?;
    for set in SETS {
        let results = lab.measure(&makers, &set)?;
        report.table(set.title, &results);
        report.judge(&set, &results);
    }
    let program = (makers[0].command)();
    lab.memory(program.get_program(), &mut report.targets)?;
    lab.answers(program.get_program(), &mut report.targets)?;
    lab.colours(program.get_program(), &mut report.targets)?;
    lab.orientations(program.get_program(), &mut report.targets)?;
    lab.damage(program.get_program(), &mut report.targets)?;
    report.end()
}

/// What was measured, for a reader or a program.
struct Report {
    json: bool,
    targets: Targets,
    sets: Vec<Value>,
}

impl Report {
    fn table(&mut self, title: &str, results: &[Measured]) {
        let head = ["", "ms", "times ours", "SSIM 300", "SSIM 72", "SSIM 48"];
        let text = format!(
            "\n{title}, three thumbnails, milliseconds of processor time for one file\n\n{}",
            table(&head, &rows(results))
        );
        if self.json {
            eprintln!("{text}");
        } else {
            println!("{text}");
        }
        let makers = results.iter().map(
            |Measured { name, milliseconds, ssim }| json!({ "name": name, "milliseconds": milliseconds, "ssim": ssim }),
        );
        self.sets.push(json!({ "title": title, "makers": makers.collect::<Vec<_>>() }));
    }

    /// Ours beside the two peers that targets are set against; one that could not be had is left out.
    fn judge(&mut self, set: &Set, results: &[Measured]) {
        let ours = &results[0];
        for (peer, wanted) in set.times_as_fast {
            let Some(theirs) = results.iter().find(|measured| measured.name == peer) else { continue };
            let ratio = theirs.milliseconds / ours.milliseconds;
            self.targets.least(&format!("{}: times as fast as {peer}", set.title), ratio, wanted);
            let better = ours.ssim.iter().zip(&theirs.ssim).map(|(ours, theirs)| ours - theirs).fold(1.0, f64::min);
            let what = format!("{}: SSIM less that of {peer}, at the worst size", set.title);
            // Judged with the digits that are shown.
            self.targets.least(&what, (better * 1e4).round() / 1e4, set.ssim);
        }
    }

    fn end(self) -> Result<()> {
        if self.json {
            println!("{:#}", json!({ "thumbnails": self.sets, "figures": self.targets.figures() }));
        }
        self.targets.judge()
    }
}

/// What one maker took for a file, and how good its three thumbnails are, in the mean over the files of a set.
struct Measured {
    name: &'static str,
    milliseconds: f64,
    ssim: Vec<f64>,
}

fn rows(results: &[Measured]) -> Vec<Vec<String>> {
    let ours = results[0].milliseconds;
    let row = |Measured { name, milliseconds, ssim }: &Measured| {
        let numbers = [(*name).to_owned(), format!("{milliseconds:.2}"), format!("{:.2}", milliseconds / ours)];
        numbers.into_iter().chain(ssim.iter().map(|ssim| format!("{ssim:.4}"))).collect()
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

    /// Time and quality of everybody.
    fn measure(&self, makers: &[Maker], set: &Set) -> Result<Vec<Measured>> {
        let files = self.files(set.folder)?;
        let mut best: Vec<HashMap<String, f64>> = vec![HashMap::new(); makers.len()];
        for _ in 0..ROUNDS {
            for (maker, best) in makers.iter().zip(&mut best) {
                let out = self.out(maker.name)?;
                let mut command = (maker.command)();
                let printed = shell::output(command.arg(&out).arg(set.repeats.to_string()).args(&files))?;
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
            let milliseconds = best.values().sum::<f64>() / best.len() as f64;
            let judged = shell::output(self.script("judge.py").arg(self.out(maker.name)?).args(&files))?;
            let quality = judged.lines().filter_map(|line| line.split('\t').nth(1));
            let ssim = quality.map(str::parse).collect::<std::result::Result<_, _>>()?;
            results.push(Measured { name: maker.name, milliseconds, ssim });
        }
        Ok(results)
    }

    fn out(&self, name: &str) -> Result<PathBuf> {
        let folder = self.folder.join("out").join(name);
        std::fs::create_dir_all(&folder)?;
        Ok(folder)
    }

    /// The most memory that the process needs for a camera's file.
    fn memory(&self, program: &OsStr, targets: &mut Targets) -> Result<()> {
        let mut most: f64 = 0.0;
        for file in self.files("camera")? {
            let printed = shell::output(Command::new(program).arg("memory").arg(file))?;
            let kilobytes = printed.trim().rsplit('\t').next().and_then(|text| text.parse().ok()).unwrap_or(f64::MAX);
            most = most.max(kilobytes / 1024.0);
        }
        targets.most("12 MP camera files: peak memory of the process, MB", most, MOST_MEMORY_MB);
        Ok(())
    }

    /// Wrong answers on the labelled pairs, and how many of them the confidence warned of.
    fn answers(&self, program: &OsStr, targets: &mut Targets) -> Result<()> {
        let printed = shell::output(Command::new(program).arg("pairs").arg(self.folder.join("pairs.tsv")))?;
        let mut counts: HashMap<(bool, u32), [f64; 2]> = HashMap::new();
        let mut sure_and_wrong = 0.0;
        for line in printed.lines() {
            let fields: Vec<&str> = line.split('\t').collect();
            if let [_, _, label, side, same, _, confidence] = fields[..] {
                // The smallest of a class stands for it.
                let class =
                    [240, 72, 48].into_iter().find(|&least| side.parse::<u32>().is_ok_and(|side| side >= least));
                let wrong = (label == "same") != (same == "1");
                let count = counts.entry((label == "same", class.unwrap_or(48))).or_default();
                count[0] += f64::from(u8::from(wrong));
                count[1] += 1.0;
                sure_and_wrong += f64::from(u8::from(wrong && confidence.parse::<f64>()? > 0.75));
            } else if let ["ms", time] = fields[..] {
                targets.least(
                    "pairs compared in a second on one core, from fingerprints",
                    1000.0 / time.parse::<f64>()?,
                    1000.0,
                );
            }
        }
        for (same, class, name, most) in [
            (true, 240, "pictures of 240 px and more: same called different", 0.0),
            (false, 240, "pictures of 240 px and more: other person called same", 0.5),
            (true, 72, "thumbnails of 72 px: same called different", 1.0),
            (false, 72, "thumbnails of 72 px: other person called same", 2.0),
            (true, 48, "thumbnails of 48 px: same called different", 2.0),
            (false, 48, "thumbnails of 48 px: other person called same", 2.0),
        ] {
            let [wrong, all] = counts.get(&(same, class)).copied().unwrap_or_default();
            targets.most(&format!("{name}, % of {all} pairs"), 100.0 * wrong / all.max(1.0), most);
        }
        targets.most("wrong answers with a confidence over 0.75", sure_and_wrong, 0.0);
        Ok(())
    }

    /// CMYK files with a profile, beside what Little CMS makes of them.
    fn colours(&self, program: &OsStr, targets: &mut Targets) -> Result<()> {
        let out = self.out("colours")?;
        let made = shell::output(self.script("colours.py").arg("make").arg(&out))?;
        shell::output(Command::new(program).arg("thumbnails").arg(&out).arg("1").args(made.lines()))?;
        let mut judge = self.script("colours.py");
        let judged = shell::output(judge.arg("judge").arg(&out).args(made.lines()))?;
        let away: f64 = judged.trim().parse()?;
        targets.most("CMYK with a profile: mean difference from Little CMS, levels of 255", away, 1.5);
        Ok(())
    }

    /// One scene stored in the eight orientations.
    fn orientations(&self, program: &OsStr, targets: &mut Targets) -> Result<()> {
        let out = self.out("orientations")?;
        let made = shell::output(self.script("orientations.py").arg(&out))?;
        shell::output(Command::new(program).arg("thumbnails").arg(&out).arg("1").args(made.lines()))?;
        let mut other = 0.0;
        for file in made.lines().map(Path::new) {
            let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let first = format!("{}1", &name[..name.len() - 1]);
            for side in [300, 72, 48] {
                let read = |stem: &str| std::fs::read(out.join(format!("{stem}-{side}.jpg")));
                other += f64::from(u8::from(read(&name)? != read(&first)?));
            }
        }
        targets.most("eight orientations of a scene: thumbnails that differ in any byte", other, 0.0);
        Ok(())
    }

    /// The pictures that Pillow tests itself with: all formats, profiles, and files that once broke a decoder. They come
    /// with its source alone.
    fn collection(&self) -> Result<PathBuf> {
        let folder = self.folder.join("collection");
        if !folder.is_dir() {
            let fetched = self.folder.join("fetched");
            let mut fetch = Command::new(&self.python);
            fetch.args(["-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", "pillow", "--dest"]);
            shell::run(fetch.arg(&fetched).arg("pillow"))?;
            let unpack = "import glob, sys, tarfile\n\
                for path in glob.glob(sys.argv[1] + '/*.tar.gz'): tarfile.open(path).extractall(sys.argv[2], filter='data')";
            shell::run(Command::new(&self.python).args(["-c", unpack]).arg(&fetched).arg(&folder))?;
        }
        Ok(folder)
    }

    /// Files that others collected because they broke a decoder, and our own: cut, lying and changed ones of each kind of JPEG.
    fn damage(&self, program: &OsStr, targets: &mut Targets) -> Result<()> {
        let list = self.folder.join("damage.txt");
        shell::run(self.script("damage.py").arg(&self.folder).arg(self.collection()?).arg(&list))?;
        let (mut count, mut panics, mut slowest, mut most) = (0.0, 0.0, 0.0f64, 0.0f64);
        for file in std::fs::read_to_string(&list)?.lines() {
            let output = Command::new(program).args(["survive", file]).output()?;
            count += 1.0;
            let text = String::from_utf8(output.stdout)?;
            if let (true, [_, ms, kilobytes]) =
                (output.status.success(), &text.trim().split('\t').collect::<Vec<_>>()[..])
            {
                slowest = slowest.max(ms.parse::<f64>()? / 1000.0);
                most = most.max(kilobytes.parse::<f64>()? / 1024.0);
            } else {
                eprintln!("{file}: {}{}", output.status, String::from_utf8_lossy(&output.stderr));
                panics += 1.0;
            }
        }
        targets.least("damaged and odd files tried", count, 1500.0);
        targets.most("  of them: panics and aborts", panics, 0.0);
        targets.most("  of them: the slowest, seconds of processor time", slowest, 2.0);
        targets.most("  of them: peak memory of the process, MB", most, 256.0);
        Ok(())
    }
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
