//! The fuzz targets on a stable compiler: pictures made by code, mutated at random.
//!
//! Each target runs for `M365PHOTO_FUZZ_SECONDS` (default: 2). `cargo xtask fuzz --seconds 60` is what CI runs.
#![allow(clippy::unwrap_used, clippy::cast_possible_truncation, missing_docs, unreachable_pub)]
#![allow(clippy::print_stdout, reason = "says how much was tried")]

#[path = "../fuzz/targets.rs"]
mod targets;

use std::time::{Duration, Instant};

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};

/// A small generator: the same bytes in every run, so that a finding can be repeated.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % sides.max(1)
    }
}

/// Changes a few bytes, or cuts, repeats or mixes pieces.
fn mutate(dice: &mut Dice, seeds: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = seeds[dice.roll(seeds.len())].clone();
    for _ in 0..=dice.roll(6) {
        if bytes.is_empty() {
            break;
        }
        let place = dice.roll(bytes.len());
        match dice.roll(8) {
            0 => bytes[place] = [0, 1, 0x7F, 0x80, 0xFF][dice.roll(5)],
            1 => bytes[place] ^= 1 << dice.roll(8),
            2 => bytes.truncate(place),
            3 => {
                let end = (place + dice.roll(64)).min(bytes.len());
                let piece = bytes[place..end].to_vec();
                bytes.splice(place..place, piece);
            }
            4 => {
                let other = &seeds[dice.roll(seeds.len())];
                let from = dice.roll(other.len());
                let to = (from + dice.roll(256)).min(other.len());
                let end = (place + to - from).min(bytes.len());
                bytes.splice(place..end, other[from..to].iter().copied());
            }
            _ => bytes[place] = dice.roll(256) as u8,
        }
    }
    bytes
}

fn picture() -> RgbImage {
    RgbImage::from_fn(90, 70, |x, y| Rgb([(x * 2) as u8, (y * 3) as u8, ((x * y) % 251) as u8]))
}

fn jpegs() -> Vec<Vec<u8>> {
    let picture = picture();
    let mut all = Vec::new();
    for sampling in [SamplingFactor::F_1_1, SamplingFactor::F_2_1, SamplingFactor::F_2_2, SamplingFactor::F_4_1] {
        for (progressive, restart) in [(false, 0), (false, 2), (true, 0)] {
            for (first, colour) in
                [(0, ColorType::Rgb), (1, ColorType::Rgb), (2, ColorType::Luma), (3, ColorType::Cmyk)]
            {
                let mut bytes = Vec::new();
                let mut encoder = Encoder::new(&mut bytes, 80);
                encoder.set_sampling_factor(sampling);
                encoder.set_progressive(progressive);
                if restart > 0 {
                    encoder.set_restart_interval(restart);
                }
                let samples = picture.as_raw().repeat(2);
                encoder.encode(&samples, 90, 70, colour).unwrap();
                bytes.insert(0, first);
                all.push(bytes);
            }
        }
    }
    all
}

fn others() -> Vec<Vec<u8>> {
    [ImageFormat::Png, ImageFormat::Gif, ImageFormat::Bmp, ImageFormat::WebP]
        .map(|format| {
            let mut bytes = std::io::Cursor::new(Vec::new());
            DynamicImage::ImageRgb8(picture()).write_to(&mut bytes, format).unwrap();
            bytes.into_inner()
        })
        .into()
}

fn fingerprints() -> Vec<Vec<u8>> {
    let kept = |bytes: &[u8]| m365photo::image::fingerprint(bytes).unwrap().to_bytes();
    let all: Vec<_> = others().iter().map(|bytes| kept(bytes)).collect();
    vec![[all[0].clone(), all[1].clone()].concat(), [all[2].clone(), all[0].clone()].concat()]
}

fn run(target: fn(&[u8]), seeds: &[Vec<u8>]) {
    let seconds = std::env::var("M365PHOTO_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(2);
    let end = Instant::now() + Duration::from_secs(seconds);
    let mut dice = Dice(1);
    let mut count = 0u64;
    let mut slowest = Duration::ZERO;
    while Instant::now() < end {
        let bytes = mutate(&mut dice, seeds);
        let start = Instant::now();
        target(&bytes);
        slowest = slowest.max(start.elapsed());
        count += 1;
    }
    println!("{count} inputs in {seconds} s, the slowest took {} ms", slowest.as_millis());
    assert!(slowest < Duration::from_secs(20), "an input took {slowest:?}");
}

#[test]
fn jpeg_survives_mutation() {
    run(targets::jpeg, &jpegs());
}

#[test]
fn other_formats_survive_mutation() {
    run(targets::other_formats, &others());
}

#[test]
fn inspection_survives_mutation() {
    let seeds: Vec<_> = jpegs().into_iter().map(|bytes| bytes[1..].to_vec()).chain(others()).collect();
    run(targets::inspect_headers, &seeds);
}

#[test]
fn fingerprints_survive_mutation() {
    run(targets::fingerprint, &fingerprints());
}
