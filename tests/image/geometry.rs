//! Squares of pictures of any size, held in any way.

use image::metadata::Orientation;
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use m365photo::image::{inspect, thumbnails};
use proptest::prelude::*;

use super::corpus::{difference, exif, file, pixels, png_with, scene};

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn a_square_is_as_large_as_asked_for_or_as_the_picture_allows(
        (width, height) in (1u32..90, 1u32..90), side in 1u16..120, orientation in 1u8..=8,
    ) {
        let stored = png_with(&scene(width, height, 3), None, Some(exif(orientation)));
        let made = thumbnails(&stored, &[side]).unwrap().remove(0);
        prop_assert_eq!(u32::from(made.width), width.min(height).min(u32::from(side)));
        let seen = inspect(&made.jpeg).unwrap();
        prop_assert_eq!((seen.width, seen.height, seen.orientation), (made.width.into(), made.width.into(), 1));
        let upright = inspect(&stored).unwrap();
        let swapped = orientation > 4;
        prop_assert_eq!((upright.width, upright.height), if swapped { (height, width) } else { (width, height) });
    }

    #[test]
    fn a_picture_stored_in_any_orientation_gives_the_files_of_the_upright_one(
        (width, height) in (8u32..90, 8u32..90), side in 4u16..60, orientation in 1u8..=8,
    ) {
        let stored = scene(width, height, 4);
        let mut upright = DynamicImage::ImageRgb8(stored.clone());
        upright.apply_orientation(Orientation::from_exif(orientation).unwrap());
        let seen = thumbnails(&png_with(&stored, None, Some(exif(orientation))), &[side, side / 2]).unwrap();
        prop_assert_eq!(seen, thumbnails(&file(&upright.into_rgb8(), ImageFormat::Png), &[side, side / 2]).unwrap());
    }

    #[test]
    fn what_is_written_is_what_was_seen(side in 8u16..80, slopes in any::<[u8; 3]>(), levels in any::<[u8; 3]>()) {
        // Nothing finer than encoding keeps: a slope of its own in each channel.
        let level = |at: u32, channel: usize| {
            let slope = f64::from(slopes[channel]) / 255.0 - 0.5;
            (f64::from(levels[channel]) / 2.0 + 64.0 + slope * f64::from(at) * 120.0 / f64::from(side)) as u8
        };
        let picture = RgbImage::from_fn(side.into(), side.into(), |x, y| Rgb([level(x, 0), level(y, 1), level(x + y, 2)]));
        let made = thumbnails(&file(&picture, ImageFormat::Bmp), &[side]).unwrap().remove(0);
        let away = difference(&pixels(&made.jpeg), &picture);
        prop_assert!(away < 4.0, "{}", away);
    }
}
