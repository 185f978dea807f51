//! Pictures that stand in for a photo are told from photos.

use image::imageops::FilterType;
use image::{Rgb, RgbImage};
use m365photo::image::{Kind, fingerprint};

use super::corpus::{jpeg, print, scaled, scene};

fn head(ground: u8, figure: u8) -> RgbImage {
    RgbImage::from_fn(300, 300, |x, y| {
        let (x, y) = (x as f32 / 300.0 - 0.5, y as f32 / 300.0);
        let skull = (x / 0.19).powi(2) + ((y - 0.40) / 0.22).powi(2) < 1.0;
        let shoulders = (x / 0.40).powi(2) + ((y - 1.02) / 0.36).powi(2) < 1.0;
        Rgb([if skull || shoulders { figure } else { ground }; 3])
    })
}

/// Two letters: strokes are enough.
fn initials(ground: [u8; 3]) -> RgbImage {
    RgbImage::from_fn(300, 300, |x, y| {
        let tall = (100..200).contains(&y);
        let h = (85..97).contains(&x) || (125..137).contains(&x) || ((85..137).contains(&x) && (144..156).contains(&y));
        let l = (165..177).contains(&x) || ((165..215).contains(&x) && y >= 188);
        Rgb(if tall && (h || l) { [255; 3] } else { ground })
    })
}

fn kinds(picture: &RgbImage) -> Vec<Kind> {
    [48, 72, 300]
        .map(|side| fingerprint(&jpeg(&scaled(picture, side, FilterType::Lanczos3), 80)).unwrap().kind())
        .to_vec()
}

#[test]
fn grey_heads_are_placeholders_at_every_size() {
    for (ground, figure) in [(234, 166), (200, 255), (120, 240), (166, 120)] {
        assert_eq!(kinds(&head(ground, figure)), [Kind::Placeholder; 3], "{figure} on {ground}");
    }
}

#[test]
fn letters_on_one_colour_are_initials_at_every_size() {
    for ground in [[0, 120, 60], [90, 40, 140], [30, 30, 30], [200, 80, 20]] {
        assert_eq!(kinds(&initials(ground)), [Kind::Initials; 3], "{ground:?}");
    }
}

#[test]
fn one_colour_is_blank_at_every_size() {
    for colour in [[255; 3], [0; 3], [10, 120, 200]] {
        assert_eq!(kinds(&RgbImage::from_pixel(300, 300, Rgb(colour))), [Kind::Blank; 3]);
    }
}

#[test]
fn pictures_are_photos() {
    for seed in 0..20 {
        assert_eq!(print(&scene(300, 300, seed)).kind(), Kind::Photo, "{seed}");
    }
    // A black and white portrait against a plain wall is the nearest thing to a grey head.
    let flat = head(200, 120);
    let portrait = RgbImage::from_fn(300, 300, |x, y| {
        let Rgb([level, _, _]) = *flat.get_pixel(x, y);
        Rgb([level.saturating_add((y / 6) as u8).saturating_sub((x / 8) as u8); 3])
    });
    assert_eq!(print(&portrait).kind(), Kind::Photo);
}
