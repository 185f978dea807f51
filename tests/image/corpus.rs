//! Pictures made by code: no file of anybody's face lies in the repository.

use std::collections::BTreeMap;
use std::sync::Mutex;

use image::{DynamicImage, ExtendedColorType, ImageEncoder, ImageFormat, Rgb, RgbImage, imageops};
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
use m365photo::image::{Fingerprint, fingerprint};

/// A picture with structure everywhere, in no way symmetric: bands, rings and a corner mark. Drawn once for all tests.
pub(crate) fn scene(width: u32, height: u32, seed: u32) -> RgbImage {
    static DRAWN: Mutex<BTreeMap<(u32, u32, u32), RgbImage>> = Mutex::new(BTreeMap::new());
    DRAWN.lock().unwrap().entry((width, height, seed)).or_insert_with(|| draw(width, height, seed)).clone()
}

fn draw(width: u32, height: u32, seed: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        let (u, v) = (x as f32 / width as f32, y as f32 / height as f32);
        let seed = seed as f32;
        let ring = ((u - 0.5 - 0.02 * seed.sin()).hypot(v - 0.4) * (18.0 + seed % 5.0)).sin();
        let wave = (u * (7.0 + seed % 3.0) + v * 11.0 + seed).sin();
        let mark = if u < 0.2 && v < 0.1 { 60.0 } else { 0.0 };
        Rgb([
            (120.0 + 60.0 * ring + 40.0 * v + mark) as u8,
            (110.0 + 50.0 * wave + 60.0 * u) as u8,
            (90.0 + 40.0 * ring * wave + 70.0 * (1.0 - v)) as u8,
        ])
    })
}

/// The picture as a file.
pub(crate) fn file(picture: &RgbImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    DynamicImage::ImageRgb8(picture.clone()).write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// How a JPEG file is written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Writing {
    pub(crate) quality: u8,
    pub(crate) sampling: SamplingFactor,
    pub(crate) progressive: bool,
    pub(crate) restart: u16,
}

pub(crate) const PLAIN: Writing =
    Writing { quality: 90, sampling: SamplingFactor::F_2_2, progressive: false, restart: 0 };

/// The picture as a JPEG file.
pub(crate) fn jpeg(picture: &RgbImage, quality: u8) -> Vec<u8> {
    jpeg_as(picture, Writing { quality, ..PLAIN })
}

/// The picture as a JPEG file of this kind.
pub(crate) fn jpeg_as(picture: &RgbImage, writing: Writing) -> Vec<u8> {
    jpeg_of(picture.as_raw(), picture.dimensions(), ColorType::Rgb, writing)
}

/// Samples as a JPEG file of this kind.
pub(crate) fn jpeg_of(samples: &[u8], (width, height): (u32, u32), colour: ColorType, writing: Writing) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, writing.quality);
    encoder.set_sampling_factor(writing.sampling);
    encoder.set_chroma_subsampling_method(jpeg_encoder::ChromaSubsamplingMethod::Average);
    encoder.set_progressive(writing.progressive);
    if writing.restart > 0 {
        encoder.set_restart_interval(writing.restart);
    }
    encoder.encode(samples, width as u16, height as u16, colour).unwrap();
    bytes
}

/// The picture as a PNG file with a colour profile and EXIF data.
pub(crate) fn png_with(picture: &RgbImage, profile: Option<Vec<u8>>, exif: Option<Vec<u8>>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = image::codecs::png::PngEncoder::new(&mut bytes);
    if let Some(profile) = profile {
        encoder.set_icc_profile(profile).unwrap();
    }
    if let Some(exif) = exif {
        encoder.set_exif_metadata(exif).unwrap();
    }
    encoder.write_image(picture, picture.width(), picture.height(), ExtendedColorType::Rgb8).unwrap();
    bytes
}

/// EXIF data that says nothing but the orientation.
pub(crate) fn exif(orientation: u8) -> Vec<u8> {
    let mut bytes = b"II\x2a\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".to_vec();
    bytes.extend([orientation, 0, 0, 0, 0, 0, 0, 0]);
    bytes
}

/// The fingerprint of a picture that was never encoded with losses.
pub(crate) fn print(picture: &RgbImage) -> Fingerprint {
    fingerprint(&file(picture, ImageFormat::Bmp)).unwrap()
}

/// The picture scaled to a square.
pub(crate) fn scaled(picture: &RgbImage, side: u32, filter: imageops::FilterType) -> RgbImage {
    // By a method of this type: it was built, optimised, with the crate; the generic function would be built with this one.
    DynamicImage::ImageRgb8(picture.clone()).resize_exact(side, side, filter).into_rgb8()
}

/// Decoded with the `image` crate alone, to look at what we wrote.
pub(crate) fn pixels(bytes: &[u8]) -> RgbImage {
    let options = zune_jpeg::zune_core::options::DecoderOptions::default();
    let source = zune_jpeg::zune_core::bytestream::ZCursor::new(bytes);
    let mut decoder = zune_jpeg::JpegDecoder::new_with_options(source, options);
    let data = decoder.decode().unwrap();
    let (width, height) = decoder.dimensions().unwrap();
    RgbImage::from_raw(width as u32, height as u32, data).unwrap()
}

/// Largest mean difference of a channel.
pub(crate) fn difference(a: &RgbImage, b: &RgbImage) -> f64 {
    assert_eq!(a.dimensions(), b.dimensions());
    let sum: u64 = a.iter().zip(b.iter()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    sum as f64 / a.len() as f64
}
