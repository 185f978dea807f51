//! What `cargo xtask bench image` measures of ours: thumbnails, memory and comparisons, each on files that it is given.
//!
//! One line a file on stdout, fields parted by tabs. Times are of one thread, without reading the file.
#![allow(clippy::print_stdout, missing_docs)]

use std::collections::HashMap;
use std::error::Error;
use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

use m365photo::image::{Fingerprint, fingerprint, inspect, same_picture, thumbnails};

const SIDES: [u16; 3] = [300, 72, 48];

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["thumbnails", folder, repeats, files @ ..] => times(Path::new(folder), repeats.parse()?, files),
        ["memory", file] => memory(file),
        ["pairs", list] => pairs(list),
        ["survive", file] => survive(file),
        _ => {
            println!("This is a part of `cargo xtask bench image`.");
            Ok(())
        }
    }
}

/// Makes the thumbnails of each file at least `repeats` times: `file, milliseconds for one time`. They are kept.
fn times(folder: &Path, repeats: u32, files: &[&str]) -> Result<()> {
    for file in files {
        let bytes = std::fs::read(file)?;
        let spent = cpu_ms_of(repeats, || {
            black_box(thumbnails(black_box(&bytes), &SIDES)?);
            Ok(())
        })?;
        let name = Path::new(file).file_stem().unwrap_or_default().to_string_lossy();
        for made in thumbnails(&bytes, &SIDES)? {
            std::fs::write(folder.join(format!("{name}-{}.jpg", made.side)), made.jpeg)?;
        }
        println!("{file}\t{spent:.4}");
    }
    Ok(())
}

/// The most memory that this process had after making the thumbnails of one file, in kilobytes.
fn memory(file: &str) -> Result<()> {
    let bytes = std::fs::read(file)?;
    black_box(thumbnails(&bytes, &SIDES)?);
    println!("{file}\t{}", peak_memory()?);
    Ok(())
}

/// Asks everything of a file that may be damaged: `file, milliseconds, kilobytes`. Refusing it is an answer, too.
fn survive(file: &str) -> Result<()> {
    let bytes = std::fs::read(file)?;
    let before = cpu_ms();
    let answers = [inspect(&bytes).is_ok(), thumbnails(&bytes, &SIDES).is_ok(), fingerprint(&bytes).is_ok()];
    black_box(answers);
    println!("{file}\t{:.1}\t{}", cpu_ms() - before, peak_memory()?);
    Ok(())
}

/// The most memory that this process had, in kilobytes; 0 where the system does not tell.
fn peak_memory() -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("0 kB");
    Ok(peak.trim().trim_end_matches(" kB").parse()?)
}

/// Compares the pairs of a list: `source, shown, label, side` and then `same, distance, confidence`; the last line is the
/// time of one comparison from fingerprints, in milliseconds.
fn pairs(list: &str) -> Result<()> {
    let list = std::fs::read_to_string(list)?;
    let mut known: HashMap<&str, Fingerprint> = HashMap::new();
    for file in list.lines().flat_map(|line| line.split('\t').take(2)) {
        if !known.contains_key(file) {
            known.insert(file, fingerprint(&std::fs::read(file)?)?);
        }
    }
    let mut pairs = Vec::new();
    for line in list.lines() {
        let mut fields = line.split('\t');
        let (Some(source), Some(shown)) = (fields.next(), fields.next()) else { continue };
        pairs.push((line, &known[source], &known[shown]));
    }
    for (line, source, shown) in &pairs {
        let answer = same_picture(source, shown);
        println!("{line}\t{}\t{:.4}\t{:.3}", u8::from(answer.same), answer.distance, answer.confidence);
    }
    let spent = cpu_ms_of(1, || {
        for (_, source, shown) in &pairs {
            black_box(same_picture(black_box(source), black_box(shown)));
        }
        Ok(())
    })?;
    println!("ms\t{:.5}", spent / f64::from(u32::try_from(pairs.len())?.max(1)));
    Ok(())
}

/// Processor time of one call, in milliseconds: a mean over at least `repeats` calls, and over as many as take long enough
/// for a clock that goes on in steps of a few milliseconds.
fn cpu_ms_of(repeats: u32, mut work: impl FnMut() -> Result<()>) -> Result<f64> {
    const LONG_ENOUGH: f64 = 300.0;
    let (start, mut calls, mut spent) = (cpu_ms(), 0, 0.0);
    while calls < repeats || spent < LONG_ENOUGH {
        work()?;
        calls += 1;
        spent = cpu_ms() - start;
    }
    Ok(spent / f64::from(calls))
}

/// Time that this thread spent on a processor; by the clock where the system does not tell.
fn cpu_ms() -> f64 {
    thread_local!(static START: Instant = Instant::now());
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = told.as_deref().and_then(|text| text.split(' ').next()).and_then(|text| text.parse::<f64>().ok());
    nanoseconds.map_or_else(|| START.with(|start| start.elapsed().as_secs_f64() * 1e3), |nanoseconds| nanoseconds / 1e6)
}
