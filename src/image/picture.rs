//! A picture that is decoded once and used for everything.

use super::colour::Converter;
use super::fingerprint::Fingerprint;
use super::format::Format;
use super::raster::Pixels;
use super::square::Square;
use super::{decode, encode, limits};
use crate::error::{Code, Error, Result};

/// Side of the square that is uploaded to Microsoft Graph, the largest that it keeps \[D\].
pub(super) const UPLOAD_SIDE: u16 = 648;

/// What a file says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspection {
    /// The file's format, by its bytes.
    pub format: Format,
    /// Pixels from left to right, the picture held upright.
    pub width: u32,
    /// Pixels from top to bottom, the picture held upright.
    pub height: u32,
    /// EXIF orientation, 1 to 8; 1 is upright.
    pub orientation: u8,
    /// Whether the file carries a colour profile.
    pub has_profile: bool,
}

/// A JPEG square.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thumbnail {
    /// The side that was asked for.
    pub side: u16,
    /// The side that it has: less than asked where the picture is smaller.
    pub width: u16,
    /// The file.
    pub jpeg: Vec<u8>,
}

/// A decoded picture, upright, perhaps reduced: as large as its reader asked for.
pub struct Picture {
    pub(super) inspection: Inspection,
    pub(super) pixels: Pixels,
    pub(super) converter: Converter,
    /// Pixels of the shorter side that were read.
    pub(super) detail: u32,
}

impl Picture {
    /// Decodes `bytes` with the detail that squares of up to `largest` pixels need.
    ///
    /// Truncated and damaged files are refused: half a face is worse than the old one.
    pub fn read(bytes: &[u8], largest: u16) -> Result<Self> {
        decode::picture(bytes, u32::from(largest.max(1)))
    }

    /// What the file says of itself.
    #[must_use]
    pub fn inspection(&self) -> &Inspection {
        &self.inspection
    }

    /// Centred squares, one for each asked side, in the asked order; see [`super::thumbnails`].
    pub fn thumbnails(&self, sides: &[u16]) -> Result<Vec<Thumbnail>> {
        let mut order: Vec<usize> = (0..sides.len()).collect();
        order.sort_by_key(|&index| std::cmp::Reverse(sides[index]));
        let mut made: Vec<Option<Thumbnail>> = vec![None; sides.len()];
        let mut larger: Option<Square> = None;
        for index in order {
            let side = sides[index];
            let width = self.width_for(side)?;
            // Each square is made from the next larger one: that costs a tenth, and the difference is not measurable.
            let square = match larger.take() {
                Some(above) if above.side == u32::from(width) => above,
                Some(above) => above.smaller(u32::from(width))?,
                None => self.square(width)?,
            };
            made[index] = Some(Thumbnail { side, width, jpeg: encode::jpeg(&square, encode::QUALITY) });
            larger = Some(square);
        }
        Ok(made.into_iter().flatten().collect())
    }

    /// The square to upload to Microsoft Graph: 648 pixels, or less where the picture is smaller; never over 4 MB.
    pub fn upload_square(&self) -> Result<Thumbnail> {
        let width = self.width_for(UPLOAD_SIDE)?;
        let jpeg = encode::jpeg(&self.square(width)?, encode::UPLOAD_QUALITY);
        if jpeg.len() > limits::MAX_UPLOAD {
            return Err(Error::new(Code::Internal, "The square is larger than Microsoft Graph takes."));
        }
        Ok(Thumbnail { side: UPLOAD_SIDE, width, jpeg })
    }

    /// What is kept of the picture to compare it later.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(self)
    }

    fn width_for(&self, side: u16) -> Result<u16> {
        if side == 0 {
            return Err(Error::new(Code::InvalidArgument, "A thumbnail's side must be at least 1 pixel."));
        }
        let short = self.inspection.width.min(self.inspection.height).min(self.detail);
        Ok(u16::try_from(short).unwrap_or(u16::MAX).min(side))
    }

    fn square(&self, width: u16) -> Result<Square> {
        Square::of(&self.pixels, self.middle(), &self.converter, u32::from(width))
    }

    /// The shares of the picture's sides that its centred square has.
    pub(super) fn middle(&self) -> [f64; 2] {
        let sides = [self.inspection.width, self.inspection.height].map(f64::from);
        sides.map(|side| sides[0].min(sides[1]) / side)
    }
}
