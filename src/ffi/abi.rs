//! Which ABI and which library this is.

use libc::c_char;

/// Changes when something that was there is changed or removed. A loader must refuse another major.
pub const M365PHOTO_ABI_MAJOR: u32 = 1;
/// Grows when something is added.
pub const M365PHOTO_ABI_MINOR: u32 = 0;

/// The ABI of the loaded library.
///
/// @return  major << 16 | minor. Compare the major with M365PHOTO_ABI_MAJOR of this header, and refuse another.
#[unsafe(no_mangle)]
pub extern "C" fn m365photo_abi_version() -> u32 {
    M365PHOTO_ABI_MAJOR << 16 | M365PHOTO_ABI_MINOR
}

/// The version of the loaded library, for people to read.
///
/// @return  Text with a NUL at its end, such as "1.2.0". It is never freed and always valid.
#[unsafe(no_mangle)]
pub extern "C" fn m365photo_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}
