//! Pixels: decoding, scaling the way a service would, encoding.
//! Knows no people. Promises never to fail on bytes from outside other than by saying that they are no picture.

use std::io::Cursor;

use fast_image_resize as fir;
use image::{DynamicImage, ImageDecoder, ImageReader};
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};

/// An upright RGB picture.
#[derive(Clone, Debug)]
pub struct Pixels {
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// Three bytes a pixel, row by row.
    pub rgb: Vec<u8>,
}

/// The part of a picture that is kept: left, top, width, height, in pixels.
pub type Crop = (f64, f64, f64, f64);

/// Larger pictures are refused as no service would store them.
const MOST_PIXELS: u64 = 60_000_000;

impl Pixels {
    /// A black picture.
    #[must_use]
    pub fn new(width: u32, height: u32) -> Self {
        Self { width, height, rgb: vec![0; width as usize * height as usize * 3] }
    }

    /// Reads JPEG, PNG, GIF or BMP and turns it upright; `None` where it is none of them, or damaged.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let mut decoder = ImageReader::new(Cursor::new(bytes)).with_guessed_format().ok()?.into_decoder().ok()?;
        let (width, height) = decoder.dimensions();
        if u64::from(width) * u64::from(height) > MOST_PIXELS {
            return None;
        }
        let orientation = decoder.orientation().ok()?;
        let mut image = DynamicImage::from_decoder(decoder).ok()?;
        image.apply_orientation(orientation);
        let image = image.into_rgb8();
        Some(Self { width: image.width(), height: image.height(), rgb: image.into_raw() })
    }

    /// The largest square in the middle.
    #[must_use]
    pub fn middle(&self) -> Crop {
        let side = f64::from(self.width.min(self.height));
        ((f64::from(self.width) - side) / 2.0, (f64::from(self.height) - side) / 2.0, side, side)
    }

    /// The part of the picture that `crop` keeps, at another size. `None` where the crop lies outside or is empty.
    #[must_use]
    pub fn scaled(&self, crop: Crop, width: u32, height: u32, filter: fir::FilterType) -> Option<Self> {
        let from = fir::images::ImageRef::new(self.width, self.height, &self.rgb, fir::PixelType::U8x3).ok()?;
        let mut to = fir::images::Image::new(width, height, fir::PixelType::U8x3);
        let options = fir::ResizeOptions::new()
            .resize_alg(fir::ResizeAlg::Convolution(filter))
            .crop(crop.0, crop.1, crop.2, crop.3);
        fir::Resizer::new().resize(&from, &mut to, &options).ok()?;
        Some(Self { width, height, rgb: to.into_vec() })
    }

    /// Encodes as JPEG; `None` for a picture too large for the format.
    #[must_use]
    pub fn jpeg(&self, quality: u8) -> Option<Vec<u8>> {
        let (width, height) = (u16::try_from(self.width).ok()?, u16::try_from(self.height).ok()?);
        let mut bytes = Vec::new();
        let mut encoder = Encoder::new(&mut bytes, quality);
        encoder.set_sampling_factor(SamplingFactor::F_2_2);
        encoder.encode(&self.rgb, width, height, ColorType::Rgb).ok()?;
        Some(bytes)
    }
}

/// Lengthens a JPEG to exactly `length` bytes with a comment after its first marker, so that a file's length can be known
/// before it is drawn. `None` where it is longer already.
#[must_use]
pub fn padded(jpeg: &[u8], length: usize) -> Option<Vec<u8>> {
    let missing = length.checked_sub(jpeg.len())?;
    if missing == 0 {
        return Some(jpeg.to_vec());
    }
    let segment = u16::try_from(missing.checked_sub(2)?).ok().filter(|size| *size >= 2)?;
    let mut bytes = Vec::with_capacity(length);
    bytes.extend_from_slice(jpeg.get(..2)?);
    bytes.extend_from_slice(&[0xFF, 0xFE]);
    bytes.extend_from_slice(&segment.to_be_bytes());
    bytes.resize(bytes.len() + usize::from(segment) - 2, b' ');
    bytes.extend_from_slice(jpeg.get(2..)?);
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_keeps_the_picture_and_gives_the_length() {
        let jpeg = Pixels::new(48, 48).jpeg(80).unwrap();
        let long = padded(&jpeg, 4000).unwrap();
        assert_eq!(long.len(), 4000);
        assert_eq!(Pixels::decode(&long).unwrap().rgb, Pixels::decode(&jpeg).unwrap().rgb);
        assert!(padded(&jpeg, jpeg.len() - 1).is_none());
    }

    #[test]
    fn what_is_no_picture_is_refused() {
        assert!(Pixels::decode(b"").is_none());
        assert!(Pixels::decode(&[0xFF, 0xD8, 0xFF, 0xE0, 0, 0]).is_none());
    }
}
