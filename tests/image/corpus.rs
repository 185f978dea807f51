//! Pictures made by code: no file of anybody's face lies in the repository.

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};

/// A picture with structure everywhere, in no way symmetric: bands, rings and a corner mark.
pub(crate) fn scene(width: u32, height: u32, seed: u32) -> RgbImage {
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

/// The picture as a JPEG file.
pub(crate) fn jpeg(picture: &RgbImage, quality: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    let encoder = jpeg_encoder::Encoder::new(&mut bytes, quality);
    encoder
        .encode(picture.as_raw(), picture.width() as u16, picture.height() as u16, jpeg_encoder::ColorType::Rgb)
        .unwrap();
    bytes
}
