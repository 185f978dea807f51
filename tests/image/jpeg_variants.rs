//! Every kind of JPEG shows the same picture, whichever of the readers takes it.

use jpeg_encoder::{ColorType, SamplingFactor};
use m365photo::Code;
use m365photo::image::{Picture, fingerprint, same_picture, thumbnails};

use super::corpus::{PLAIN, Writing, difference, jpeg_as, jpeg_of, pixels, print, scene};

const SAMPLINGS: [SamplingFactor; 6] = [
    SamplingFactor::F_1_1,
    SamplingFactor::F_2_1,
    SamplingFactor::F_1_2,
    SamplingFactor::F_2_2,
    SamplingFactor::F_4_1,
    SamplingFactor::F_4_2,
];

fn writings() -> Vec<Writing> {
    let mut all = Vec::new();
    for sampling in SAMPLINGS {
        for (progressive, restart) in [(false, 0), (false, 7), (true, 0), (true, 5)] {
            all.push(Writing { quality: 92, sampling, progressive, restart });
        }
    }
    all
}

#[test]
fn every_kind_of_jpeg_shows_the_same_picture_at_every_reduction() {
    let picture = scene(811, 617, 4);
    let reference = print(&picture);
    for writing in writings() {
        let bytes = jpeg_as(&picture, writing);
        // From an eighth to all of the pixels.
        for largest in [16, 72, 150, 300, 648] {
            let seen = Picture::read(&bytes, largest).unwrap().fingerprint();
            let answer = same_picture(&reference, &seen);
            assert!(answer.same && answer.distance < 0.7, "{writing:?} for {largest}: {answer:?}");
        }
    }
}

#[test]
fn a_reduced_reading_makes_the_same_thumbnail_as_a_whole_one() {
    let picture = scene(500, 450, 5);
    let whole = thumbnails(&super::corpus::file(&picture, image::ImageFormat::Bmp), &[24, 50]).unwrap();
    for writing in writings() {
        let made = thumbnails(&jpeg_as(&picture, Writing { quality: 97, ..writing }), &[24, 50]).unwrap();
        for (made, whole) in made.iter().zip(&whole) {
            let away = difference(&pixels(&made.jpeg), &pixels(&whole.jpeg));
            assert!(away < 3.0, "{writing:?} at {}: {away}", made.side);
        }
    }
}

#[test]
fn grey_files_stay_grey() {
    let picture = scene(640, 640, 6);
    let grey: Vec<u8> = picture.pixels().map(|pixel| pixel.0[1]).collect();
    for progressive in [false, true] {
        let bytes = jpeg_of(&grey, (640, 640), ColorType::Luma, Writing { progressive, ..PLAIN });
        for side in [48, 300] {
            let made = thumbnails(&bytes, &[side]).unwrap().remove(0);
            for pixel in pixels(&made.jpeg).pixels() {
                let [red, green, blue] = pixel.0;
                assert!(red.abs_diff(green) <= 2 && blue.abs_diff(green) <= 2, "{pixel:?}");
            }
        }
    }
}

#[test]
fn cut_files_are_refused_by_every_reader() {
    let picture = scene(411, 317, 7);
    for writing in writings() {
        let bytes = jpeg_as(&picture, writing);
        for percent in [5, 60, 99] {
            let cut = &bytes[..bytes.len() * percent / 100];
            for largest in [8, 60, 100, 150, 300] {
                let error = Picture::read(cut, largest).err().unwrap_or_else(|| panic!("{writing:?} at {percent} %"));
                assert_eq!(error.code(), Code::PictureUnreadable);
            }
        }
    }
}

#[test]
fn an_end_marker_does_not_make_a_cut_file_whole() {
    let picture = scene(411, 317, 7);
    for writing in writings().into_iter().filter(|writing| !writing.progressive) {
        let bytes = jpeg_as(&picture, writing);
        for percent in [30, 90] {
            let mut cut = bytes[..bytes.len() * percent / 100].to_vec();
            cut.extend([0xFF, 0xD9]);
            for largest in [8, 60, 100, 150, 300] {
                assert!(Picture::read(&cut, largest).is_err(), "{writing:?} at {percent} % for {largest}");
            }
        }
    }
}

#[test]
fn a_missing_end_marker_alone_is_forgiven_in_baseline_files() {
    let bytes = jpeg_as(&scene(411, 317, 8), PLAIN);
    for largest in [8, 60, 100, 150, 300] {
        assert!(Picture::read(&bytes[..bytes.len() - 2], largest).is_ok(), "{largest}");
    }
}

#[test]
fn stray_bytes_between_the_segments_are_forgiven() {
    let picture = scene(300, 300, 9);
    let mut bytes = jpeg_as(&picture, PLAIN);
    let tables = bytes.windows(2).position(|pair| pair == [0xFF, 0xDB]).unwrap();
    bytes.splice(tables..tables, [0, 0, 17]);
    let seen = fingerprint(&bytes).unwrap();
    assert!(same_picture(&print(&picture), &seen).same);
    assert!(Picture::read(&bytes, 300).is_ok());
}
