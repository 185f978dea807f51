//! Pictures without a session: what is this file, are these two the same, make a thumbnail.

use serde_json::{Value, json};

use crate::error::{Code, Error, Result};
use crate::ffi::buffer::{Buffer, m365photo_buffer};
use crate::ffi::error::{ErrorOut, m365photo_error};
use crate::ffi::guard;
use crate::ffi::parameters::{Out, bytes};
use crate::image::{self, Comparison, Inspection};

/// Says what a picture file is, from its headers alone. No session is needed. Any thread; returns at once.
///
/// @param picture         The file's bytes.
/// @param picture_length  Their number.
/// @param buffer          Receives a JSON object (docs/abi.md), to be freed with m365photo_buffer_free.
/// @param error           Receives an error to be freed; may be NULL.
/// @return  M365PHOTO_OK, M365PHOTO_PICTURE_UNREADABLE, M365PHOTO_PICTURE_UNSUPPORTED, M365PHOTO_PICTURE_TOO_LARGE,
///          M365PHOTO_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn m365photo_picture_inspect(
    picture: *const u8,
    picture_length: u32,
    buffer: *mut *mut m365photo_buffer,
    error: *mut *mut m365photo_error,
) -> i32 {
    // SAFETY: the caller lends out-parameters until the call is over.
    let error = unsafe { ErrorOut::new(error) };
    guard::call("m365photo_picture_inspect", error, || {
        // SAFETY: as above.
        let buffer = unsafe { Out::new("buffer", buffer) }?;
        // SAFETY: the caller lends `picture_length` bytes until the call is over.
        let picture = unsafe { bytes("picture", picture, picture_length) }?;
        buffer.write(Buffer::json(&inspection(&image::inspect(picture)?))?.issue());
        Ok(())
    })
}

/// Says whether two picture files show the same picture, as a person would: scaling, encoding and profiles do not count.
/// No session is needed. Any thread; works until it is done, a fraction of a second for a camera's file.
///
/// @param a         One file's bytes.
/// @param a_length  Their number.
/// @param b         The other file's bytes. The order does not matter.
/// @param b_length  Their number.
/// @param buffer    Receives a JSON object (docs/abi.md), to be freed with m365photo_buffer_free.
/// @param error     Receives an error to be freed; may be NULL.
/// @return  M365PHOTO_OK, also when they differ; M365PHOTO_PICTURE_UNREADABLE, M365PHOTO_PICTURE_UNSUPPORTED,
///          M365PHOTO_PICTURE_TOO_LARGE, M365PHOTO_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn m365photo_picture_compare(
    a: *const u8,
    a_length: u32,
    b: *const u8,
    b_length: u32,
    buffer: *mut *mut m365photo_buffer,
    error: *mut *mut m365photo_error,
) -> i32 {
    // SAFETY: the caller lends out-parameters until the call is over.
    let error = unsafe { ErrorOut::new(error) };
    guard::call("m365photo_picture_compare", error, || {
        // SAFETY: as above.
        let buffer = unsafe { Out::new("buffer", buffer) }?;
        // SAFETY: the caller lends `a_length` bytes until the call is over.
        let a = unsafe { bytes("a", a, a_length) }?;
        // SAFETY: the caller lends `b_length` bytes until the call is over.
        let b = unsafe { bytes("b", b, b_length) }?;
        let answer = image::same_picture(&image::fingerprint(a)?, &image::fingerprint(b)?);
        buffer.write(Buffer::json(&comparison(&answer))?.issue());
        Ok(())
    })
}

/// Makes the centred square of a picture: upright, sRGB, on white, without metadata, never enlarged.
/// No session is needed. Any thread; works until it is done, a fraction of a second for a camera's file.
///
/// @param picture         The file's bytes.
/// @param picture_length  Their number.
/// @param side            Pixels of a side: 48, 72 and 300 are what SharePoint keeps, at most 16384.
/// @param buffer          Receives the JPEG file's bytes, to be freed with m365photo_buffer_free.
/// @param error           Receives an error to be freed; may be NULL.
/// @return  M365PHOTO_OK, M365PHOTO_PICTURE_UNREADABLE, M365PHOTO_PICTURE_UNSUPPORTED, M365PHOTO_PICTURE_TOO_LARGE;
///          M365PHOTO_INVALID_ARGUMENT also when `side` is 0 or too large.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn m365photo_picture_thumbnail(
    picture: *const u8,
    picture_length: u32,
    side: u32,
    buffer: *mut *mut m365photo_buffer,
    error: *mut *mut m365photo_error,
) -> i32 {
    // SAFETY: the caller lends out-parameters until the call is over.
    let error = unsafe { ErrorOut::new(error) };
    guard::call("m365photo_picture_thumbnail", error, || {
        // SAFETY: as above.
        let buffer = unsafe { Out::new("buffer", buffer) }?;
        // SAFETY: the caller lends `picture_length` bytes until the call is over.
        let picture = unsafe { bytes("picture", picture, picture_length) }?;
        buffer.write(Buffer::new(thumbnail(picture, side)?.into())?.issue());
        Ok(())
    })
}

fn thumbnail(picture: &[u8], side: u32) -> Result<Vec<u8>> {
    let side = u16::try_from(side).ok().filter(|side| (1..=image::limits::MAX_SIDE).contains(&u32::from(*side)));
    let side = side.ok_or_else(|| {
        let message = format!("A thumbnail's side must be between 1 and {} pixels.", image::limits::MAX_SIDE);
        Error::new(Code::InvalidArgument, message)
    })?;
    let made = image::thumbnails(picture, &[side])?.into_iter().next();
    made.map(|thumbnail| thumbnail.jpeg).ok_or_else(|| Error::new(Code::Internal, "No thumbnail was made."))
}

fn inspection(found: &Inspection) -> Value {
    json!({
        "format": found.format.name(),
        "contentType": found.format.mime_type(),
        "width": found.width,
        "height": found.height,
        "orientation": found.orientation,
        "hasProfile": found.has_profile,
    })
}

fn comparison(found: &Comparison) -> Value {
    json!({
        "same": found.same,
        "distance": rounded(found.distance),
        "confidence": rounded(found.confidence),
        "reason": found.reason.text(),
    })
}

/// Three digits: the rest of a distance says nothing.
fn rounded(number: f32) -> f64 {
    (f64::from(number) * 1000.0).round() / 1000.0
}
