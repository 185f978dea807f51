//! What is fuzzed: each takes any bytes and must come back, without a panic and with an answer that makes sense.
//!
//! With a nightly compiler: `cargo +nightly fuzz run jpeg`. With a stable one: `cargo xtask fuzz --seconds 60`, which
//! mutates pictures made by code and calls the same functions, without the guidance of coverage.
#![allow(dead_code, reason = "each fuzz target uses one of them")]

use m365photo::image::{Fingerprint, Picture, inspect, same_picture};

/// Every JPEG reader: a quarter of the bytes' values asks for each reduction.
pub fn jpeg(bytes: &[u8]) {
    let Some((choice, bytes)) = bytes.split_first() else { return };
    if bytes.starts_with(&[0xFF, 0xD8]) {
        decode(bytes, [8, 24, 60, 300][usize::from(choice % 4)]);
    }
}

/// PNG, GIF, BMP and WebP.
pub fn other_formats(bytes: &[u8]) {
    if !bytes.starts_with(&[0xFF, 0xD8]) {
        decode(bytes, 48);
    }
}

/// Headers alone.
pub fn inspect_headers(bytes: &[u8]) {
    if let Ok(seen) = inspect(bytes) {
        assert!(seen.width > 0 && seen.height > 0 && (1..=8).contains(&seen.orientation));
    }
}

/// Kept fingerprints: two of them, one after the other.
pub fn fingerprint(bytes: &[u8]) {
    let (first, second) = bytes.split_at(bytes.len() / 2);
    if let (Ok(first), Ok(second)) = (Fingerprint::from_bytes(first), Fingerprint::from_bytes(second)) {
        let answer = same_picture(&first, &second);
        assert!(answer.distance.is_finite() && (0.0..=1.0).contains(&answer.confidence));
        assert!(same_picture(&second, &first) == answer);
        let _ = (first.kind(), second.kind());
    }
}

fn decode(bytes: &[u8], largest: u16) {
    if let Ok(picture) = Picture::read(bytes, largest) {
        let kept = picture.fingerprint().to_bytes();
        assert!(Fingerprint::from_bytes(&kept).is_ok());
        let made = picture.thumbnails(&[largest]).unwrap_or_default();
        assert!(made.iter().all(|made| inspect(&made.jpeg).is_ok_and(|seen| seen.width == u32::from(made.width))));
        assert_eq!(made.len(), 1);
    }
}
