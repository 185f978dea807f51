//! The fuzz targets on a stable compiler: pictures made by code, mutated at random.
//!
//! Each target runs for `M365PHOTO_FUZZ_SECONDS` (default: 1). `cargo xtask fuzz --seconds 60` is what CI runs.
//! With `M365PHOTO_FUZZ_CORPUS` the pictures are written into that folder instead, for cargo-fuzz to begin with.
#![allow(clippy::unwrap_used, clippy::cast_possible_truncation, missing_docs, unreachable_pub)]
#![allow(clippy::print_stdout, reason = "says how much was tried")]

#[path = "../fuzz/targets.rs"]
mod targets;

use std::path::Path;
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

/// JPEG files of all kinds, each behind a byte that chooses how much of it is read.
fn jpegs(progressive: bool) -> Vec<Vec<u8>> {
    let samples = picture().as_raw().repeat(2);
    let mut all = Vec::new();
    for sampling in [SamplingFactor::F_1_1, SamplingFactor::F_2_1, SamplingFactor::F_2_2, SamplingFactor::F_4_1] {
        for restart in [0, 2] {
            for (first, colour) in
                (0..).zip([ColorType::Rgb, ColorType::Rgb, ColorType::Rgb, ColorType::Luma, ColorType::Cmyk])
            {
                let mut bytes = vec![first];
                let mut encoder = Encoder::new(&mut bytes, 80);
                encoder.set_sampling_factor(sampling);
                encoder.set_progressive(progressive);
                if restart > 0 {
                    encoder.set_restart_interval(restart);
                }
                encoder.encode(&samples, 90, 70, colour).unwrap();
                all.push(bytes);
            }
        }
    }
    all
}

/// Grey, RGB and RGBA.
fn others(format: ImageFormat) -> Vec<Vec<u8>> {
    let picture = DynamicImage::ImageRgb8(picture());
    [picture.to_luma8().into(), picture.clone(), picture.to_rgba8().into()]
        .into_iter()
        .filter_map(|picture: DynamicImage| {
            let mut bytes = std::io::Cursor::new(Vec::new());
            // Not every format is written with every layout.
            picture.write_to(&mut bytes, format).ok().map(|()| bytes.into_inner())
        })
        .collect()
}

fn fingerprints() -> Vec<Vec<u8>> {
    let kept = |bytes: &[u8]| m365photo::image::fingerprint(bytes).unwrap().to_bytes();
    let all: Vec<_> = [ImageFormat::Png, ImageFormat::Gif].map(|format| kept(&others(format)[0])).into();
    vec![[all[0].clone(), all[1].clone()].concat(), [all[1].clone(), all[1].clone()].concat()]
}

fn run(name: &str, target: fn(&[u8]), seeds: &[Vec<u8>]) {
    if let Some(folder) = std::env::var_os("M365PHOTO_FUZZ_CORPUS") {
        let folder = Path::new(&folder).join(name);
        std::fs::create_dir_all(&folder).unwrap();
        for (number, seed) in seeds.iter().enumerate() {
            std::fs::write(folder.join(number.to_string()), seed).unwrap();
        }
        return;
    }
    let seconds = std::env::var("M365PHOTO_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(1);
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
    println!("{name}: {count} inputs in {seconds} s, the slowest took {} ms", slowest.as_millis());
    assert!(slowest < Duration::from_secs(20), "an input took {slowest:?}");
}

#[test]
fn baseline_jpeg_survives_mutation() {
    run("jpeg", targets::jpeg, &jpegs(false));
}

#[test]
fn progressive_jpeg_survives_mutation() {
    run("progressive", targets::progressive, &jpegs(true));
}

#[test]
fn png_survives_mutation() {
    run("png", targets::png, &others(ImageFormat::Png));
}

#[test]
fn gif_survives_mutation() {
    run("gif", targets::gif, &others(ImageFormat::Gif));
}

#[test]
fn bmp_survives_mutation() {
    run("bmp", targets::bmp, &others(ImageFormat::Bmp));
}

#[test]
fn webp_survives_mutation() {
    run("webp", targets::webp, &others(ImageFormat::WebP));
}

#[test]
fn inspection_survives_mutation() {
    let jpegs = jpegs(false).into_iter().chain(jpegs(true)).map(|bytes| bytes[1..].to_vec());
    let others = [ImageFormat::Png, ImageFormat::Gif, ImageFormat::Bmp, ImageFormat::WebP].map(others);
    run("inspect", targets::inspect_headers, &jpegs.chain(others.into_iter().flatten()).collect::<Vec<_>>());
}

#[test]
fn fingerprints_survive_mutation() {
    run("fingerprint", targets::fingerprint, &fingerprints());
}
