//! Hostile and damaged files.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use image::ImageFormat;
use m365photo::Code;
use m365photo::image::{Picture, fingerprint, inspect};
use proptest::prelude::*;

use super::corpus::{PLAIN, Writing, file, jpeg_as, scene};

fn corpus() -> Vec<Vec<u8>> {
    let picture = scene(96, 64, 1);
    let mut all: Vec<Vec<u8>> = [ImageFormat::Png, ImageFormat::Gif, ImageFormat::Bmp, ImageFormat::WebP]
        .map(|format| file(&picture, format))
        .into();
    for (progressive, restart) in [(false, 0), (false, 3), (true, 0)] {
        all.push(jpeg_as(&picture, Writing { progressive, restart, ..PLAIN }));
    }
    all
}

/// Replaces the sides in the header of a picture.
fn claim(mut bytes: Vec<u8>, width: u16, height: u16) -> Vec<u8> {
    if bytes.starts_with(b"\x89PNG") {
        bytes[16..20].copy_from_slice(&u32::from(width).to_be_bytes());
        bytes[20..24].copy_from_slice(&u32::from(height).to_be_bytes());
    } else if bytes.starts_with(b"BM") {
        bytes[18..22].copy_from_slice(&u32::from(width).to_le_bytes());
        bytes[22..26].copy_from_slice(&u32::from(height).to_le_bytes());
    } else if bytes.starts_with(b"GIF") {
        bytes[6..8].copy_from_slice(&width.to_le_bytes());
        bytes[8..10].copy_from_slice(&height.to_le_bytes());
    } else {
        let frame = bytes.windows(2).position(|pair| matches!(pair, [0xFF, 0xC0 | 0xC2])).unwrap();
        bytes[frame + 5..frame + 7].copy_from_slice(&height.to_be_bytes());
        bytes[frame + 7..frame + 9].copy_from_slice(&width.to_be_bytes());
    }
    bytes
}

#[test]
fn pictures_over_the_limits_are_refused_by_their_header() {
    for bytes in corpus().into_iter().filter(|bytes| !bytes.starts_with(b"RIFF") && !bytes.starts_with(b"\x89PNG")) {
        for (width, height) in [(20_000, 100), (100, 20_000), (16_000, 16_000)] {
            let error = inspect(&claim(bytes.clone(), width, height)).unwrap_err();
            assert_eq!(error.code(), Code::PictureTooLarge, "{:?} {width} x {height}", &bytes[..4]);
        }
    }
}

#[test]
fn headers_that_promise_too_much_are_refused_quickly() {
    for bytes in corpus().into_iter().filter(|bytes| !bytes.starts_with(b"RIFF")) {
        let start = Instant::now();
        assert!(fingerprint(&claim(bytes.clone(), 7000, 7000)).is_err(), "{:?}", &bytes[..4]);
        assert!(start.elapsed() < Duration::from_secs(10), "{:?}: {:?}", &bytes[..4], start.elapsed());
    }
}

#[test]
fn thousands_of_scans_do_not_keep_us_busy() {
    let bytes = jpeg_as(&scene(512, 512, 1), Writing { progressive: true, ..PLAIN });
    let scan = bytes.windows(2).rposition(|pair| pair == [0xFF, 0xDA]).unwrap();
    let (begin, last) = bytes[..bytes.len() - 2].split_at(scan);
    let mut bomb = begin.to_vec();
    for _ in 0..2000 {
        bomb.extend_from_slice(last);
    }
    bomb.extend([0xFF, 0xD9]);
    for largest in [16, 648] {
        let start = Instant::now();
        assert!(Picture::read(&bomb, largest).is_err());
        assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn no_damage_panics(
        which in any::<proptest::sample::Index>(),
        changes in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..8),
        largest in prop_oneof![Just(8u16), Just(30), Just(300)],
    ) {
        static CORPUS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(corpus);
        let corpus = &*CORPUS;
        let mut bytes = corpus[which.index(corpus.len())].clone();
        for (place, value) in changes {
            let place = place.index(bytes.len());
            bytes[place] = value;
        }
        if let Ok(picture) = Picture::read(&bytes, largest) {
            let _ = picture.fingerprint().kind();
            prop_assert!(picture.thumbnails(&[48, 8]).is_ok());
        }
    }
}
