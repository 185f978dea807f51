//! What is fuzzed: each takes any bytes and must come back, without a panic and with an answer that makes sense.
//!
//! `cargo xtask fuzz --seconds 60` mutates pictures made by code and calls them, on any stable compiler;
//! `cargo xtask fuzz --guided --seconds 60` lets cargo-fuzz look for inputs that reach new code.
#![allow(dead_code, reason = "each fuzz target uses one of them")]

use m365photo::image::{Fingerprint, Picture, inspect, same_picture};

/// Baseline JPEG; the first byte chooses how much is read.
pub fn jpeg(bytes: &[u8]) {
    if let Some((largest, file)) = reduced(bytes).filter(|(_, file)| !is_progressive(file)) {
        decode(file, &[0xFF, 0xD8], largest);
    }
}

/// Progressive JPEG; the first byte chooses how much is read.
pub fn progressive(bytes: &[u8]) {
    if let Some((largest, file)) = reduced(bytes).filter(|(_, file)| is_progressive(file)) {
        decode(file, &[0xFF, 0xD8], largest);
    }
}

/// PNG.
pub fn png(bytes: &[u8]) {
    decode(bytes, b"\x89PNG", 48);
}

/// GIF.
pub fn gif(bytes: &[u8]) {
    decode(bytes, b"GIF8", 48);
}

/// Windows bitmaps.
pub fn bmp(bytes: &[u8]) {
    decode(bytes, b"BM", 48);
}

/// WebP.
pub fn webp(bytes: &[u8]) {
    decode(bytes, b"RIFF", 48);
}

/// Headers alone, of any format.
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

/// The side that is asked for, and the file: pictures of the seeds' size are then read at an eighth, ..., whole.
fn reduced(bytes: &[u8]) -> Option<(u16, &[u8])> {
    let (choice, file) = bytes.split_first()?;
    Some(([5, 11, 23, 40, 300][usize::from(choice % 5)], file))
}

fn is_progressive(file: &[u8]) -> bool {
    file.windows(2).any(|pair| pair == [0xFF, 0xC2])
}

fn decode(bytes: &[u8], head: &[u8], largest: u16) {
    if !bytes.starts_with(head) {
        return;
    }
    if let Ok(picture) = Picture::read(bytes, largest) {
        let kept = picture.fingerprint().to_bytes();
        assert!(Fingerprint::from_bytes(&kept).is_ok());
        let made = picture.thumbnails(&[largest]).unwrap_or_default();
        assert!(made.iter().all(|made| inspect(&made.jpeg).is_ok_and(|seen| seen.width == u32::from(made.width))));
        assert_eq!(made.len(), 1);
    }
}
