use image::ImageFormat;
use m365photo::Code;
use m365photo::image::{Format, fingerprint, inspect, same_picture, thumbnails};

use super::corpus::{file, jpeg, scene};

#[test]
fn squares_come_in_the_asked_order_and_are_never_enlarged() {
    let made = thumbnails(&jpeg(&scene(120, 90, 1), 90), &[48, 300, 72]).unwrap();
    let sides: Vec<_> = made.iter().map(|made| (made.side, made.width)).collect();
    assert_eq!(sides, [(48, 48), (300, 90), (72, 72)]);
    for made in made {
        let seen = inspect(&made.jpeg).unwrap();
        assert_eq!(
            (seen.format, seen.width, seen.height),
            (Format::Jpeg, u32::from(made.width), u32::from(made.width))
        );
    }
}

#[test]
fn every_format_shows_the_same_picture() {
    let picture = scene(200, 160, 2);
    let reference = fingerprint(&file(&picture, ImageFormat::Bmp)).unwrap();
    for (format, bytes) in [
        (Format::Png, file(&picture, ImageFormat::Png)),
        (Format::WebP, file(&picture, ImageFormat::WebP)),
        (Format::Gif, file(&picture, ImageFormat::Gif)),
        (Format::Jpeg, jpeg(&picture, 85)),
    ] {
        let seen = inspect(&bytes).unwrap();
        assert_eq!((seen.format, seen.width, seen.height, seen.orientation), (format, 200, 160, 1));
        let answer = same_picture(&reference, &fingerprint(&bytes).unwrap());
        assert!(answer.same, "{}: {answer:?}", format.name());
    }
    let other = fingerprint(&jpeg(&scene(200, 160, 9), 85)).unwrap();
    assert!(!same_picture(&reference, &other).same);
}

#[test]
fn truncated_files_are_refused() {
    let picture = scene(200, 160, 3);
    for (name, bytes) in [
        ("png", file(&picture, ImageFormat::Png)),
        ("webp", file(&picture, ImageFormat::WebP)),
        ("gif", file(&picture, ImageFormat::Gif)),
        ("bmp", file(&picture, ImageFormat::Bmp)),
        ("jpeg", jpeg(&picture, 85)),
    ] {
        for percent in [1, 10, 50, 90, 99] {
            let cut = &bytes[..bytes.len() * percent / 100];
            let error = thumbnails(cut, &[48]).expect_err(&format!("{name} at {percent} %"));
            assert_eq!(error.code(), Code::PictureUnreadable, "{name} at {percent} %");
        }
    }
}

#[test]
fn heic_is_refused_with_advice() {
    let error = inspect(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic").unwrap_err();
    assert_eq!(error.code(), Code::PictureUnsupported);
    assert!(error.advice().contains("JPEG"), "{}", error.advice());
}
