use image::{ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};
use jpeg_encoder::ColorType;
use m365photo::image::{fingerprint, same_picture, thumbnails};
use moxcms::ColorProfile;

use super::corpus::{PLAIN, Writing, jpeg_of, pixels, png_with, scene};

fn middle(bytes: &[u8]) -> [u8; 3] {
    let made = thumbnails(bytes, &[48]).unwrap().remove(0);
    pixels(&made.jpeg).get_pixel(24, 24).0
}

fn assert_near(seen: [u8; 3], wanted: [u8; 3]) {
    assert!(seen.iter().zip(wanted).all(|(seen, wanted)| seen.abs_diff(wanted) <= 3), "{seen:?} is not {wanted:?}");
}

#[test]
fn a_profile_changes_the_colours_and_srgb_does_not() {
    let flat = RgbImage::from_pixel(64, 64, Rgb([150, 100, 80]));
    let with = |profile: ColorProfile| png_with(&flat, Some(profile.encode().unwrap()), None);
    assert_near(middle(&with(ColorProfile::new_srgb())), [150, 100, 80]);
    // Published values of the same colour in sRGB: Display P3 and Adobe RGB are wider, so reds grow.
    let [red, green, blue] = middle(&with(ColorProfile::new_display_p3()));
    assert!(red > 153 && green < 100 && blue < 80, "{red} {green} {blue}");
    let [red, _, _] = middle(&with(ColorProfile::new_adobe_rgb()));
    assert!(red > 165, "{red}");
}

#[test]
fn a_profile_that_is_rubbish_is_ignored() {
    let flat = RgbImage::from_pixel(64, 64, Rgb([150, 100, 80]));
    assert_near(middle(&png_with(&flat, Some(vec![7; 300]), None)), [150, 100, 80]);
}

#[test]
fn transparency_becomes_white() {
    let clear = RgbaImage::from_pixel(64, 64, Rgba([200, 0, 0, 0]));
    let half = RgbaImage::from_pixel(64, 64, Rgba([200, 0, 0, 128]));
    for (picture, wanted) in [(clear, [255, 255, 255]), (half, [227, 127, 127])] {
        let mut bytes = std::io::Cursor::new(Vec::new());
        picture.write_to(&mut bytes, ImageFormat::Png).unwrap();
        assert_near(middle(&bytes.into_inner()), wanted);
    }
}

#[test]
fn inks_become_light() {
    // Full cyan, half black, and no ink at all, as the encoder takes them: 255 is full ink.
    for (inks, wanted) in [([255, 0, 0, 0], [0, 255, 255]), ([0, 0, 0, 128], [127, 127, 127]), ([0; 4], [255; 3])] {
        let samples = inks.repeat(64 * 64);
        for colour in [ColorType::Cmyk, ColorType::CmykAsYcck] {
            let writing = Writing { quality: 98, sampling: jpeg_encoder::SamplingFactor::F_1_1, ..PLAIN };
            assert_near(middle(&jpeg_of(&samples, (64, 64), colour, writing)), wanted);
        }
    }
}

#[test]
fn sixteen_bits_a_channel_show_the_same_picture_as_eight() {
    let picture = scene(120, 120, 1);
    let deep = image::DynamicImage::ImageRgb8(picture.clone()).into_rgb16();
    let mut bytes = std::io::Cursor::new(Vec::new());
    image::DynamicImage::ImageRgb16(deep).write_to(&mut bytes, ImageFormat::Png).unwrap();
    let answer = same_picture(&super::corpus::print(&picture), &fingerprint(&bytes.into_inner()).unwrap());
    assert!(answer.distance < 0.1, "{answer:?}");
}
