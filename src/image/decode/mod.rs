//! From bytes to upright pixels, format by format.

mod jpeg;
mod reader;
mod segments;
mod simple;

use std::panic::{AssertUnwindSafe, catch_unwind};

use image::metadata::Orientation;

use super::colour::Converter;
use super::format::{self, Format};
use super::orient;
use super::picture::{Inspection, Picture};
use super::raster::{Pixels, Raster};
use crate::error::{Code, Error, Result};

/// What a file's headers say.
struct Headers {
    format: Format,
    width: u32,
    height: u32,
    orientation: Orientation,
    profile: Option<Vec<u8>>,
}

impl Headers {
    fn inspection(&self) -> Inspection {
        let swap = orient::swaps_sides(self.orientation);
        let (width, height) = if swap { (self.height, self.width) } else { (self.width, self.height) };
        Inspection {
            format: self.format,
            width,
            height,
            orientation: self.orientation.to_exif(),
            has_profile: self.profile.is_some(),
        }
    }
}

/// Reads the headers alone.
pub(super) fn inspect(bytes: &[u8]) -> Result<Inspection> {
    guarded(|| {
        let headers = match format::detect(bytes)? {
            Format::Jpeg => jpeg::headers(bytes)?,
            other => simple::headers(bytes, other)?,
        };
        Ok(headers.inspection())
    })
}

/// Decodes with the detail that squares of up to `largest` pixels need.
pub(super) fn picture(bytes: &[u8], largest: u32) -> Result<Picture> {
    guarded(|| {
        let (headers, pixels) = match format::detect(bytes)? {
            Format::Jpeg => jpeg::decode(bytes, largest)?,
            other => simple::decode(bytes, other).map(|(headers, raster)| (headers, raster.into()))?,
        };
        let detail = match &pixels {
            Pixels::Packed(plane) | Pixels::Planar([plane, ..]) => plane.raster.width.min(plane.raster.height),
        };
        let pixels = orient::apply(pixels, headers.orientation);
        let converter = Converter::new(pixels.layout(), headers.profile.as_deref());
        Ok(Picture { inspection: headers.inspection(), pixels, converter, detail })
    })
}

/// Runs code of others on hostile bytes: a panic in it is this file's problem, not the process's.
fn guarded<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(damaged("The decoder gave up on the file.")))
}

fn damaged(message: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(Code::PictureUnreadable, message)
}

/// The pixels that a decoder gave, if they are as many as its header promised.
pub(super) fn raster(width: u32, height: u32, layout: super::raster::Layout, data: Vec<u8>) -> Result<Raster> {
    Raster::new(width, height, layout, data).ok_or_else(|| damaged("The picture ends too early."))
}
