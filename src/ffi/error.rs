//! Errors as C gets them.

use crate::error::Error;
use crate::ffi::buffer::Buffer;
use crate::ffi::guard;
use crate::ffi::parameters::Out;
use crate::ffi::registry::{self, Handle, Kind, Registry};

/// What went wrong and what to do next. It never holds a secret.
///
/// Methods: m365photo_error_code, m365photo_error_data, m365photo_error_free.
pub struct m365photo_error {
    _opaque: (),
}

/// The error behind a [`m365photo_error`].
pub(super) struct Failure {
    status: i32,
    json: Buffer,
}

impl Handle for m365photo_error {
    type Object = Failure;
    const KIND: Kind = Kind::Error;

    fn registry() -> &'static Registry<Failure> {
        static ERRORS: Registry<Failure> = Registry::new();
        &ERRORS
    }
}

/// Where a call's error goes, if the caller wants it.
pub(super) struct ErrorOut(Option<Out<*mut m365photo_error>>);

impl ErrorOut {
    /// # Safety
    /// `place` is NULL or can be written until the call is over.
    pub(super) unsafe fn new(place: *mut *mut m365photo_error) -> Self {
        // SAFETY: the caller's promise, passed on.
        Self(unsafe { Out::new("error", place) }.ok())
    }

    /// For functions that hand out no error.
    pub(super) fn none() -> Self {
        Self(None)
    }

    pub(super) fn write(self, error: &Error) {
        if let Some(place) = self.0
            && let Ok(json) = Buffer::json(&error.to_json())
        {
            place.write(registry::issue(Failure { status: error.code() as i32, json }));
        }
    }
}

/// The number of an error, the same that the failed call returned. Any thread; returns at once.
///
/// @param error  The error.
/// @return  One of the M365PHOTO_ codes; M365PHOTO_INVALID_HANDLE also when `error` is no error handle.
#[unsafe(no_mangle)]
pub extern "C" fn m365photo_error_code(error: *const m365photo_error) -> i32 {
    let mut status = guard::OK;
    let outcome = guard::call("m365photo_error_code", ErrorOut::none(), || {
        status = registry::hold(error)?.status;
        Ok(())
    });
    if outcome == guard::OK { status } else { outcome }
}

/// Says where an error's JSON is; docs/abi.md describes it. Any thread; returns at once.
///
/// @param error   The error.
/// @param data    Receives the address of the first byte (UTF-8, no NUL at the end): valid until the error is freed.
/// @param length  Receives the number of bytes.
/// @return  M365PHOTO_OK, M365PHOTO_INVALID_HANDLE, M365PHOTO_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn m365photo_error_data(
    error: *const m365photo_error,
    data: *mut *const u8,
    length: *mut u32,
) -> i32 {
    guard::call("m365photo_error_data", ErrorOut::none(), || {
        let failure = registry::hold(error)?;
        // SAFETY: the caller lends out-parameters until the call is over.
        let data = unsafe { Out::new("data", data) }?;
        // SAFETY: as above.
        let length = unsafe { Out::new("length", length) }?;
        failure.json.lend(data, length);
        Ok(())
    })
}

/// Frees an error. NULL and an error that was freed are left alone. Any thread; returns at once.
///
/// @param error  The error. The address of its JSON is void from here on.
#[unsafe(no_mangle)]
pub extern "C" fn m365photo_error_free(error: *mut m365photo_error) {
    guard::call("m365photo_error_free", ErrorOut::none(), || {
        drop(registry::free(error));
        Ok(())
    });
}
