//! Pictures: decode, orient, square, thumbnails, fingerprint, same picture or not.
//! Knows the error type alone: no I/O, no clock, no unsafe.
//! Promises that no bytes, however hostile, panic, hang or take more memory than the limits say.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "pixel arithmetic: sides are under 2^14, samples are bytes, and float casts saturate"
)]

mod colour;
mod compare;
mod decode;
mod encode;
mod fingerprint;
mod format;
mod kind;
mod lanes;
pub mod limits;
mod orient;
mod picture;
mod raster;
mod resize;
mod sketch;
mod square;
mod waves;

#[doc(hidden)]
pub use compare::measurements;
pub use compare::{Comparison, Reason, same_picture};
pub use fingerprint::Fingerprint;
pub use format::Format;
pub use kind::Kind;
pub use picture::{Inspection, Picture, Thumbnail};
pub use sketch::Sketch;

use crate::error::Result;

/// Says what a file is, from its headers alone.
pub fn inspect(bytes: &[u8]) -> Result<Inspection> {
    decode::inspect(bytes)
}

/// The picture as centred squares, one for each asked side, in the asked order.
///
/// Orientation is applied, colours are sRGB, transparency becomes white. A picture is never enlarged: a square is
/// at most as large as the picture's shorter side, and [`Thumbnail::width`] says how large it came out.
pub fn thumbnails(bytes: &[u8], sides: &[u16]) -> Result<Vec<Thumbnail>> {
    let largest = sides.iter().copied().max().unwrap_or(1);
    Picture::read(bytes, largest)?.thumbnails(sides)
}

/// What is kept of a picture to compare it later without fetching it again.
pub fn fingerprint(bytes: &[u8]) -> Result<Fingerprint> {
    Ok(Picture::read(bytes, fingerprint::DETAIL)?.fingerprint())
}
