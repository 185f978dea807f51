use image::{ImageFormat, RgbImage, imageops};
use m365photo::image::{fingerprint, inspect, same_picture, thumbnails};

use super::corpus::{exif, file, png_with, scene};

/// The scene as a camera held in this way stores it.
fn stored(scene: &RgbImage, orientation: u8) -> RgbImage {
    match orientation {
        1 => scene.clone(),
        2 => imageops::flip_horizontal(scene),
        3 => imageops::rotate180(scene),
        4 => imageops::flip_vertical(scene),
        5 => imageops::flip_horizontal(&imageops::rotate90(scene)),
        6 => imageops::rotate270(scene),
        7 => imageops::flip_horizontal(&imageops::rotate270(scene)),
        _ => imageops::rotate90(scene),
    }
}

#[test]
fn eight_ways_to_store_one_scene_come_out_equal_to_the_last_bit() {
    // An odd difference of the sides: the middle of the picture lies between two pixels.
    let scene = scene(401, 300, 1);
    let upright = thumbnails(&file(&scene, ImageFormat::Png), &[300, 72, 48]).unwrap();
    for orientation in 1..=8 {
        let bytes = png_with(&stored(&scene, orientation), None, Some(exif(orientation)));
        let seen = inspect(&bytes).unwrap();
        assert_eq!((seen.width, seen.height, seen.orientation), (401, 300, orientation));
        let made = thumbnails(&bytes, &[300, 72, 48]).unwrap();
        assert!(made == upright, "orientation {orientation} gives other pixels");
    }
}

#[test]
fn camera_files_are_turned_too() {
    let scene = scene(820, 601, 2);
    let reference = fingerprint(&file(&scene, ImageFormat::Png)).unwrap();
    for orientation in 1..=8 {
        let picture = stored(&scene, orientation);
        let mut bytes = Vec::new();
        let mut encoder = jpeg_encoder::Encoder::new(&mut bytes, 92);
        encoder.add_exif_metadata(&exif(orientation)).unwrap();
        let colour = jpeg_encoder::ColorType::Rgb;
        encoder.encode(&picture, picture.width() as u16, picture.height() as u16, colour).unwrap();
        let answer = same_picture(&reference, &fingerprint(&bytes).unwrap());
        assert!(answer.same, "orientation {orientation}: {answer:?}");
    }
}

#[test]
fn an_orientation_that_does_not_exist_is_upright() {
    for number in [0, 9, 255] {
        let seen = inspect(&png_with(&scene(40, 30, 3), None, Some(exif(number)))).unwrap();
        assert_eq!((seen.orientation, seen.width), (1, 40));
    }
}
