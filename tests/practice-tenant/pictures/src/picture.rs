//! Pixels: decoding, scaling the way a service would, encoding.
//! Knows no people. Promises never to fail on bytes from outside other than by saying that they are no picture.

use std::io::Cursor;

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

/// How pixels are weighed when a picture is made smaller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filter {
    /// All pixels that become one weigh the same.
    Box,
    /// The nearer the heavier.
    Triangle,
}

/// The source pixels of one target pixel, in one direction.
struct Tap {
    first: usize,
    weights: Vec<f32>,
}

impl Tap {
    /// One pixel of a row of three values a pixel.
    fn sum(&self, row: &[f32]) -> [f32; 3] {
        let mut sum = [0.0; 3];
        for (pixel, weight) in row[self.first * 3..].chunks_exact(3).zip(&self.weights) {
            for (channel, value) in sum.iter_mut().zip(pixel) {
                *channel += weight * value;
            }
        }
        sum
    }
}

/// The taps of all target pixels in one direction; `part` is where the crop begins and how long it is.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "positions lie inside the picture, whose sides fit into 32 bits"
)]
fn taps(part: (f64, f64), from: u32, to: u32, filter: Filter) -> Option<Vec<Tap>> {
    let (start, length) = part;
    if to == 0 || length < 1.0 || start < 0.0 || start + length > f64::from(from) + 0.001 {
        return None;
    }
    let scale = length / f64::from(to);
    let reach = match filter {
        Filter::Box => 0.5,
        Filter::Triangle => 1.0,
    } * scale.max(1.0);
    let tap = |target: u32| {
        let centre = start + (f64::from(target) + 0.5) * scale;
        let first = (centre - reach).floor().max(0.0);
        let last = (centre + reach).ceil().min(f64::from(from));
        let weigh = |pixel: u32| {
            let away = (first + f64::from(pixel) + 0.5 - centre).abs();
            match filter {
                Filter::Box => (reach + 0.5 - away).clamp(0.0, 1.0),
                Filter::Triangle => (1.0 - away / reach).max(0.0),
            }
        };
        let mut weights: Vec<f32> = (0..(last - first) as u32).map(|pixel| weigh(pixel) as f32).collect();
        let sum: f32 = weights.iter().sum();
        for weight in &mut weights {
            *weight /= sum.max(f32::MIN_POSITIVE);
        }
        Tap { first: first as usize, weights }
    };
    Some((0..to).map(tap).collect())
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped before it is narrowed")]
fn to_byte(value: f32) -> u8 {
    value.round().clamp(0.0, 255.0) as u8
}

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
    pub fn scaled(&self, crop: Crop, width: u32, height: u32, filter: Filter) -> Option<Self> {
        let across = taps((crop.0, crop.2), self.width, width, filter)?;
        let down = taps((crop.1, crop.3), self.height, height, filter)?;
        let row_length = self.width as usize * 3;
        let mut rgb = Vec::with_capacity(width as usize * 3 * height as usize);
        let mut low = vec![0.0_f32; row_length];
        for tap in &down {
            // Down first, whole rows at a time; then across.
            low.fill(0.0);
            for (row, weight) in self.rgb[tap.first * row_length..].chunks_exact(row_length).zip(&tap.weights) {
                for (sum, value) in low.iter_mut().zip(row) {
                    *sum += weight * f32::from(*value);
                }
            }
            rgb.extend(across.iter().flat_map(|tap| tap.sum(&low).map(to_byte)));
        }
        Some(Self { width, height, rgb })
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
    fn a_scaled_picture_keeps_flat_colours_edges_and_order() {
        let mut picture = Pixels::new(90, 60);
        for (at, pixel) in picture.rgb.chunks_exact_mut(3).enumerate() {
            pixel.copy_from_slice(if at % 90 < 45 { &[200, 10, 0] } else { &[0, 10, 100] });
        }
        for filter in [Filter::Box, Filter::Triangle] {
            let small = picture.scaled((15.0, 0.0, 60.0, 60.0), 20, 20, filter).unwrap();
            assert_eq!(&small.rgb[..3], [200, 10, 0]);
            assert_eq!(&small.rgb[57..60], [0, 10, 100]);
            let large = picture.scaled((0.0, 0.0, 90.0, 60.0), 180, 120, filter).unwrap();
            assert_eq!(large.rgb.len(), 180 * 120 * 3);
        }
        assert!(picture.scaled((50.0, 0.0, 60.0, 60.0), 20, 20, Filter::Box).is_none());
        assert!(picture.scaled((0.0, 0.0, 0.0, 60.0), 20, 20, Filter::Box).is_none());
    }

    #[test]
    fn what_is_no_picture_is_refused() {
        assert!(Pixels::decode(b"").is_none());
        assert!(Pixels::decode(&[0xFF, 0xD8, 0xFF, 0xE0, 0, 0]).is_none());
    }
}
