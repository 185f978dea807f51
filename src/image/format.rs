//! Which format a file is in, told by its first bytes and never by its name.

use crate::error::{Code, Error, Result};

/// A picture format that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// JPEG, baseline or progressive.
    Jpeg,
    /// PNG; of an animation the default image.
    Png,
    /// GIF; of an animation the first frame.
    Gif,
    /// Windows bitmap.
    Bmp,
    /// WebP; of an animation the first frame.
    WebP,
}

impl Format {
    /// The format's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Jpeg => "JPEG",
            Self::Png => "PNG",
            Self::Gif => "GIF",
            Self::Bmp => "BMP",
            Self::WebP => "WebP",
        }
    }

    /// The format's MIME type.
    #[must_use]
    pub const fn mime_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Gif => "image/gif",
            Self::Bmp => "image/bmp",
            Self::WebP => "image/webp",
        }
    }
}

/// Brands of the ISO media file family that stand for HEIC, HEIF and AVIF.
const HEIF_BRANDS: [&[u8; 4]; 9] = [b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1", b"avif", b"avis"];

/// Tells the format, or says why the file cannot be used.
pub(super) fn detect(bytes: &[u8]) -> Result<Format> {
    match bytes {
        [0xFF, 0xD8, 0xFF, ..] => Ok(Format::Jpeg),
        [0x89, b'P', b'N', b'G', ..] => Ok(Format::Png),
        [b'G', b'I', b'F', b'8', ..] => Ok(Format::Gif),
        [b'B', b'M', ..] => Ok(Format::Bmp),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Ok(Format::WebP),
        [] => Err(Error::new(Code::PictureUnreadable, "The file is empty.")),
        _ => Err(refusal(bytes)),
    }
}

fn refusal(bytes: &[u8]) -> Error {
    let brand = bytes.get(8..12).filter(|_| bytes.get(4..8) == Some(b"ftyp"));
    if brand.is_some_and(|brand| HEIF_BRANDS.iter().any(|known| *known == brand)) {
        return Error::new(Code::PictureUnsupported, "The picture is in the HEIC, HEIF or AVIF format.").with_advice(
            "Convert it to JPEG: open it in the Photos app and save it as JPEG; an iPhone takes JPEG with Settings, Camera, Formats, Most Compatible.",
        );
    }
    let name = match bytes {
        [b'I', b'I', 42, 0, ..] | [b'M', b'M', 0, 42, ..] => "TIFF",
        [b'<', b's', b'v', b'g', ..] => "SVG",
        [b'%', b'P', b'D', b'F', ..] => "PDF",
        [0, 0, 1, 0, ..] => "icon",
        [0xFF, 0x0A, ..] | [0, 0, 0, 12, b'J', b'X', b'L', ..] => "JPEG XL",
        _ => return Error::new(Code::PictureUnreadable, "The file is not a picture, or its beginning is damaged."),
    };
    Error::new(Code::PictureUnsupported, format!("The picture is in the {name} format, which is not supported."))
}
