//! JPEG: which reader takes which file.

use zune_jpeg::JpegDecoder;
use zune_jpeg::errors::DecodeErrors;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use super::segments::{self, Process, Segments};
use super::{Headers, damaged, raster, reader};
use crate::error::{Code, Error, Result};
use crate::image::format::Format;
use crate::image::limits::{self, MAX_SCANS, MAX_SIDE};
use crate::image::raster::{Layout, Pixels, Raster};

/// The headers of a JPEG file.
pub(super) fn headers(bytes: &[u8]) -> Result<Headers> {
    segments::read(bytes).map(Headers::from)
}

impl From<Segments> for Headers {
    fn from(segments: Segments) -> Self {
        Self {
            format: Format::Jpeg,
            width: segments.frame.width,
            height: segments.frame.height,
            orientation: segments.orientation,
            profile: segments.profile,
        }
    }
}

/// Decodes a JPEG file with the detail that squares of up to `largest` pixels need.
pub(super) fn decode(bytes: &[u8], largest: u32) -> Result<(Headers, Pixels)> {
    let segments = segments::read(bytes)?;
    let pixels = match segments.frame.components.len() {
        4 => rare(bytes, &segments, Layout::Cmyk)?.into(),
        _ => colours(bytes, &segments, largest)?,
    };
    Ok((segments.into(), pixels))
}

/// By the own reader, which stops at the detail that is wanted; it knows all but the later scans of progressive files and
/// files that hold RGB.
fn colours(bytes: &[u8], segments: &Segments, largest: u32) -> Result<Pixels> {
    if let Some(scales) = reader::choose_scales(&segments.frame, largest).filter(|_| reader::reads(segments)) {
        return reader::decode(bytes, segments, scales);
    }
    // zune-jpeg loses its place in files with more than two to one chroma.
    let coarse = segments.frame.components.len() == 3
        && segments.frame.components.iter().any(|component| component.horizontal > 2 || component.vertical > 2);
    let raster = if coarse { rare(bytes, segments, Layout::Rgb)? } else { whole(bytes, segments)? };
    Ok(raster.into())
}

/// Every pixel, by zune-jpeg in its strict mode: the lenient one shows the missing half of a cut file in grey.
fn whole(bytes: &[u8], segments: &Segments) -> Result<Raster> {
    let frame = &segments.frame;
    // Progressive files keep two bytes for each coefficient until the last scan.
    let coefficients = if frame.process == Process::Progressive { 2 * frame.components.len() as u64 } else { 0 };
    limits::check_memory(frame.width, frame.height, 3 + coefficients)?;
    let options = DecoderOptions::default()
        .set_strict_mode(true)
        .set_max_width(MAX_SIDE as usize)
        .set_max_height(MAX_SIDE as usize)
        .jpeg_set_max_scans(MAX_SCANS)
        .jpeg_set_out_colorspace(ColorSpace::RGB);
    let decode = |bytes: &[u8]| JpegDecoder::new_with_options(ZCursor::new(bytes), options).decode();
    let data = decode(bytes)
        .or_else(|error| segments::without_strays(bytes).map_or(Err(error), |clean| decode(&clean)))
        .map_err(|error| refusal(&error))?;
    raster(frame.width, frame.height, Layout::Rgb, data)
}

/// By jpeg-decoder, slower, which keeps the four inks of CMYK and YCCK for the profile to judge.
fn rare(bytes: &[u8], segments: &Segments, layout: Layout) -> Result<Raster> {
    let frame = &segments.frame;
    limits::check_memory(frame.width, frame.height, 16)?;
    // It knows no limit of its own: a file of thousands of empty scans would keep it busy for minutes.
    if reader::count_scans(bytes) > MAX_SCANS {
        return Err(damaged("The JPEG file has too many scans."));
    }
    let mut decoder = jpeg_decoder::Decoder::new(bytes);
    let data =
        decoder.decode().map_err(|error| damaged("The JPEG file is damaged or incomplete.").with_cause(&error))?;
    raster(frame.width, frame.height, layout, data)
}

fn refusal(error: &DecodeErrors) -> Error {
    match error {
        DecodeErrors::Unsupported(_) => Error::new(Code::PictureUnsupported, "The picture is a rare variant of JPEG."),
        DecodeErrors::LargeDimensions(_) => {
            Error::new(Code::PictureTooLarge, "The picture is larger than the limits allow.")
        }
        _ => damaged("The JPEG file is damaged or incomplete."),
    }
    .with_cause(error)
}
