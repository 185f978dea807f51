use image::imageops::{self, FilterType};
use image::{Rgb, RgbImage};
use m365photo::Code;
use m365photo::image::{Comparison, Fingerprint, Reason, fingerprint, same_picture};
use proptest::prelude::*;

use super::corpus::{jpeg, print, scaled, scene};

const FILTERS: [FilterType; 4] =
    [FilterType::Lanczos3, FilterType::CatmullRom, FilterType::Triangle, FilterType::Gaussian];

fn shown(picture: &RgbImage, side: u32, filter: FilterType, quality: u8) -> Fingerprint {
    fingerprint(&jpeg(&scaled(picture, side, filter), quality)).unwrap()
}

#[test]
fn scaling_and_encoding_keep_the_picture() {
    for seed in 0..4 {
        let picture = scene(648, 648, seed);
        let source = print(&picture);
        for (side, filter) in [48, 72, 96, 240, 300].into_iter().flat_map(|side| FILTERS.map(|filter| (side, filter))) {
            let answer = same_picture(&source, &shown(&picture, side, filter, 75));
            assert!(answer.same, "scene {seed} at {side} by {filter:?}: {answer:?}");
        }
    }
}

#[test]
fn other_pictures_are_far_away() {
    for seed in 0..12 {
        let source = print(&scene(648, 648, seed));
        for side in [48, 72, 300] {
            let answer = same_picture(&source, &shown(&scene(648, 648, seed + 1), side, FilterType::Lanczos3, 85));
            assert_eq!((answer.same, answer.reason), (false, Reason::OtherPicture), "{seed} at {side}: {answer:?}");
            assert!(answer.confidence > 0.9, "{answer:?}");
        }
    }
}

#[test]
fn sketches_of_one_picture_never_differ_clearly_and_those_of_others_mostly_do() {
    let mut differ = 0;
    for seed in 0..8 {
        let source = print(&scene(648, 648, seed)).sketch();
        for (side, filter) in [72, 300].into_iter().flat_map(|side| FILTERS.map(|filter| (side, filter))) {
            let same = shown(&scene(648, 648, seed), side, filter, 60).sketch();
            assert!(!source.clearly_differs(&same), "scene {seed} at {side} by {filter:?}");
        }
        differ += u32::from(source.clearly_differs(&print(&scene(648, 648, seed + 1)).sketch()));
    }
    assert!(differ >= 6, "only {differ} of 8");
}

fn edits(picture: &RgbImage) -> Vec<(&'static str, RgbImage)> {
    let each = |change: fn(u8) -> u8| {
        let mut edited = picture.clone();
        edited.iter_mut().for_each(|value| *value = change(*value));
        edited
    };
    let mut logo = picture.clone();
    for (x, y) in (0..64 * 64).map(|index| (index % 64, index / 64)) {
        logo.put_pixel(560 + x, 20 + y, Rgb([250, 240, 30]));
    }
    let mut tinted = picture.clone();
    tinted.pixels_mut().for_each(|pixel| pixel.0[2] = (f32::from(pixel.0[2]) * 0.88) as u8);
    vec![
        ("mirrored", imageops::flip_horizontal(picture)),
        ("turned", imageops::rotate90(picture)),
        ("brighter", each(|value| (f32::from(value) * 1.12).min(255.0) as u8)),
        ("with a logo", logo),
        ("tinted", tinted),
        ("grey", image::DynamicImage::ImageRgb8(picture.clone()).grayscale().into_rgb8()),
        ("cut closer", imageops::crop_imm(picture, 24, 24, 600, 600).to_image()),
    ]
}

#[test]
fn edits_are_noticed() {
    for seed in 0..4 {
        let picture = scene(648, 648, seed);
        let source = print(&picture);
        for (name, edited) in edits(&picture) {
            for side in [72, 300] {
                let answer = same_picture(&source, &shown(&edited, side, FilterType::Lanczos3, 85));
                assert!(!answer.same, "scene {seed} {name} at {side}: {answer:?}");
            }
        }
    }
}

#[test]
fn an_answer_near_the_line_says_so() {
    let picture = scene(648, 648, 1);
    let source = print(&picture);
    let brighter = |levels: u8| {
        let mut edited = picture.clone();
        edited.iter_mut().for_each(|value| *value = value.saturating_add(levels));
        same_picture(&source, &print(&edited))
    };
    let answers: Vec<Comparison> = (0..12).map(brighter).collect();
    assert!(answers[0].same && !answers[11].same, "{answers:?}");
    assert!(answers.is_sorted_by(|a, b| a.distance <= b.distance), "{answers:?}");
    let near = answers.iter().min_by(|a, b| (a.distance.ln().abs()).total_cmp(&b.distance.ln().abs())).unwrap();
    assert!(near.confidence < 0.6, "{near:?}");
    assert!(answers[11].confidence > 0.9, "{answers:?}");
}

#[test]
fn a_fingerprint_survives_being_kept() {
    let source = print(&scene(500, 300, 1));
    let bytes = source.to_bytes();
    assert!(bytes.len() < 4096, "{}", bytes.len());
    assert!(Fingerprint::from_bytes(&bytes).unwrap() == source);
    let mut later = bytes.clone();
    later[3] += 1;
    for wrong in [&bytes[1..], &bytes[..100], &[][..], &later] {
        assert_eq!(Fingerprint::from_bytes(wrong).unwrap_err().code(), Code::InvalidArgument);
    }
}

#[test]
fn the_layout_of_a_kept_fingerprint_never_changes() {
    let grey = RgbImage::from_pixel(40, 30, Rgb([100; 3]));
    let bytes = print(&grey).to_bytes();
    assert_eq!(bytes[..12], *b"FP\0\x01\x28\0\0\0\x1e\0\0\0");
    assert_eq!(bytes[12..][..1024], [100; 1024]);
    assert_eq!(bytes[12 + 1024..], [128; 2048]);
}

fn any_fingerprint() -> impl Strategy<Value = Fingerprint> {
    let cells = proptest::collection::vec(any::<u8>(), 3072);
    (1u32..2000, 1u32..2000, cells).prop_map(|(width, height, cells)| {
        let mut bytes = b"FP\0\x01".to_vec();
        bytes.extend(width.to_le_bytes());
        bytes.extend(height.to_le_bytes());
        bytes.extend(cells);
        Fingerprint::from_bytes(&bytes).unwrap()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_the_pictures_does_not_matter(a in any_fingerprint(), b in any_fingerprint()) {
        prop_assert_eq!(same_picture(&a, &b), same_picture(&b, &a));
    }

    #[test]
    fn every_answer_makes_sense(a in any_fingerprint(), b in any_fingerprint()) {
        let answer = same_picture(&a, &b);
        prop_assert!(answer.distance.is_finite() && answer.distance >= 0.0);
        prop_assert!((0.0..=1.0).contains(&answer.confidence));
        prop_assert_eq!(answer.same, answer.distance <= 1.0);
        prop_assert!(same_picture(&a, &a).distance == 0.0);
    }

    #[test]
    fn what_is_not_a_fingerprint_is_refused(bytes in proptest::collection::vec(any::<u8>(), 0..5000)) {
        prop_assert!(Fingerprint::from_bytes(&bytes).is_err());
    }

    #[test]
    fn any_fingerprint_survives_being_kept(kept in any_fingerprint()) {
        prop_assert!(Fingerprint::from_bytes(&kept.to_bytes()).unwrap() == kept);
    }

    #[test]
    fn a_cut_or_longer_fingerprint_is_refused(kept in any_fingerprint(), end in 0usize..3083, more in 1usize..9) {
        let mut bytes = kept.to_bytes();
        bytes.extend(vec![0; more]);
        prop_assert!(Fingerprint::from_bytes(&bytes).is_err());
        bytes.truncate(end);
        prop_assert!(Fingerprint::from_bytes(&bytes).is_err());
    }
}
