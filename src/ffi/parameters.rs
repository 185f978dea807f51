//! What comes in and goes out by pointer, checked once, at the top of each call.

use std::ptr::NonNull;
use std::slice;

use crate::error::{Code, Error, Result};

/// Where a result goes. Checked before the work begins, so that nothing is done for nobody.
pub(super) struct Out<T>(NonNull<T>);

impl<T> Out<T> {
    /// # Safety
    /// `place` is NULL or can be written until the call is over.
    pub(super) unsafe fn new(name: &str, place: *mut T) -> Result<Self> {
        NonNull::new(place).map(Self).ok_or_else(|| null(name))
    }

    pub(super) fn write(self, value: T) {
        // SAFETY: `new` was promised a place that can be written until the call is over.
        unsafe { self.0.write(value) }
    }
}

/// Bytes that the caller lends for the time of the call. NULL is right for no bytes.
///
/// # Safety
/// `data` is NULL or points to `length` bytes that nobody changes until the call is over.
pub(super) unsafe fn bytes<'call>(name: &str, data: *const u8, length: u32) -> Result<&'call [u8]> {
    if length == 0 {
        return Ok(&[]);
    }
    if data.is_null() {
        return Err(null(name));
    }
    // SAFETY: the caller's promise, with NULL and nothing excluded above. 32 bits of length fit any 64-bit system.
    Ok(unsafe { slice::from_raw_parts(data, length as usize) })
}

/// Text that the caller lends for the time of the call.
///
/// # Safety
/// As for [`bytes`].
pub(super) unsafe fn text<'call>(name: &str, data: *const u8, length: u32) -> Result<&'call [u8]> {
    // SAFETY: the caller's promise, passed on.
    let bytes = unsafe { bytes(name, data, length) }?;
    match std::str::from_utf8(bytes) {
        Ok(_) => Ok(bytes),
        Err(error) => {
            let message = format!("`{name}` is not UTF-8 from byte {} on.", error.valid_up_to());
            Err(Error::new(Code::InvalidArgument, message))
        }
    }
}

fn null(name: &str) -> Error {
    Error::new(Code::InvalidArgument, format!("`{name}` is NULL."))
}
