//! Bytes that the library hands out: JSON and pictures.

use std::sync::Arc;

use serde_json::Value;

use crate::error::{Code, Error, Result};
use crate::ffi::error::{ErrorOut, m365photo_error};
use crate::ffi::guard;
use crate::ffi::parameters::Out;
use crate::ffi::registry::{self, Handle, Kind, Registry};

/// Bytes that the library handed out: JSON (UTF-8, without NUL at its end) or a picture. They never change.
///
/// Methods: m365photo_buffer_data, m365photo_buffer_free.
pub struct m365photo_buffer {
    _opaque: (),
}

/// The bytes behind a [`m365photo_buffer`].
pub(super) struct Buffer {
    bytes: Arc<[u8]>,
    length: u32,
}

impl Handle for m365photo_buffer {
    type Object = Buffer;
    const KIND: Kind = Kind::Buffer;

    fn registry() -> &'static Registry<Buffer> {
        static BUFFERS: Registry<Buffer> = Registry::new();
        &BUFFERS
    }
}

impl Buffer {
    pub(super) fn new(bytes: Arc<[u8]>) -> Result<Self> {
        let length = u32::try_from(bytes.len())
            .map_err(|_| Error::new(Code::Internal, format!("{} bytes do not fit into a buffer.", bytes.len())))?;
        Ok(Self { bytes, length })
    }

    pub(super) fn json(value: &Value) -> Result<Self> {
        Self::new(value.to_string().into_bytes().into())
    }

    pub(super) fn issue(self) -> *mut m365photo_buffer {
        registry::issue(self)
    }

    /// Writes where the bytes are.
    pub(super) fn lend(&self, data: Out<*const u8>, length: Out<u32>) {
        data.write(self.bytes.as_ptr());
        length.write(self.length);
    }
}

/// Says where a buffer's bytes are. Any thread; returns at once.
///
/// @param buffer  The buffer.
/// @param data    Receives the address of the first byte: valid, and never changed, until the buffer is freed.
/// @param length  Receives the number of bytes.
/// @param error   Receives an error to be freed; may be NULL.
/// @return  M365PHOTO_OK, M365PHOTO_INVALID_HANDLE, M365PHOTO_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn m365photo_buffer_data(
    buffer: *const m365photo_buffer,
    data: *mut *const u8,
    length: *mut u32,
    error: *mut *mut m365photo_error,
) -> i32 {
    // SAFETY: the caller lends out-parameters until the call is over.
    let error = unsafe { ErrorOut::new(error) };
    guard::call("m365photo_buffer_data", error, || {
        let buffer = registry::hold(buffer)?;
        // SAFETY: as above.
        let data = unsafe { Out::new("data", data) }?;
        // SAFETY: as above.
        let length = unsafe { Out::new("length", length) }?;
        buffer.lend(data, length);
        Ok(())
    })
}

/// Frees a buffer. NULL and a buffer that was freed are left alone. Any thread; returns at once.
///
/// @param buffer  The buffer. The address of its bytes is void from here on.
#[unsafe(no_mangle)]
pub extern "C" fn m365photo_buffer_free(buffer: *mut m365photo_buffer) {
    guard::call("m365photo_buffer_free", ErrorOut::none(), || {
        drop(registry::free(buffer));
        Ok(())
    });
}
