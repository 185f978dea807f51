//! What a picture may ask of us, checked before anything is allocated for it.

use crate::error::{Code, Error, Result};

/// Longest side, in pixels.
pub const MAX_SIDE: u32 = 16_384;
/// Most pixels.
pub const MAX_PIXELS: u64 = 50_000_000;
/// Most memory that decoding one picture may take, in bytes.
pub const MAX_MEMORY: u64 = 256 << 20;
/// Most scans of a JPEG: a file of thousands of empty scans keeps a decoder busy for minutes.
pub const MAX_SCANS: usize = 64;
/// Largest upload that Microsoft Graph takes for a profile photo, in bytes \[D\].
pub const MAX_UPLOAD: usize = 4 << 20;

/// Memory that the code around a decoder needs besides the pixels.
const RESERVE: u64 = 32 << 20;

/// Refuses a picture by the size that its header claims.
pub(super) fn check_size(width: u32, height: u32) -> Result<()> {
    if width == 0 || height == 0 {
        return Err(Error::new(Code::PictureUnreadable, "The picture has no pixels."));
    }
    if width > MAX_SIDE || height > MAX_SIDE || u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(Error::new(
            Code::PictureTooLarge,
            format!("The picture has {width} x {height} pixels, which is over the limits."),
        ));
    }
    Ok(())
}

/// Refuses a picture whose decoding would take `bytes_per_pixel` at its peak and with that too much memory.
pub(super) fn check_memory(width: u32, height: u32, bytes_per_pixel: u64) -> Result<()> {
    let needed = u64::from(width) * u64::from(height) * bytes_per_pixel + RESERVE;
    if needed > MAX_MEMORY {
        return Err(Error::new(
            Code::PictureTooLarge,
            format!(
                "Decoding the picture's {width} x {height} pixels of this kind would take {} MB of memory.",
                needed >> 20
            ),
        ));
    }
    Ok(())
}
