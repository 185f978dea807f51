//! JPEG out: 4:2:0, averaged chroma, no metadata.

use jpeg_encoder::{ChromaSubsamplingMethod, ColorType, Encoder, SamplingFactor};

use super::raster::{Layout, Raster};
use crate::error::{Code, Error, Result};

/// Quality of what is written. At 85 a second encoding by the service is not visible; below, faces begin to show blocks.
pub(super) const QUALITY: u8 = 85;

/// Quality of the upload: the service makes its own renditions of it, so as little as possible is to be lost before.
pub(super) const UPLOAD_QUALITY: u8 = 92;

/// Encodes an sRGB or grey square.
pub(super) fn jpeg(raster: &Raster, quality: u8) -> Result<Vec<u8>> {
    let colour = match raster.layout {
        Layout::Luma => ColorType::Luma,
        Layout::Rgb => ColorType::Rgb,
        Layout::Cmyk => return Err(Error::new(Code::Internal, "CMYK pixels reached the encoder.")),
    };
    let mut bytes = Vec::with_capacity(raster.data.len() / 8);
    let mut encoder = Encoder::new(&mut bytes, quality);
    encoder.set_sampling_factor(SamplingFactor::F_2_2);
    encoder.set_chroma_subsampling_method(ChromaSubsamplingMethod::Average);
    let side = |length: u32| u16::try_from(length).unwrap_or(u16::MAX);
    encoder
        .encode(&raster.data, side(raster.width), side(raster.height), colour)
        .map_err(|error| Error::new(Code::Internal, "The thumbnail could not be encoded.").with_cause(&error))?;
    Ok(bytes)
}
