//! What is kept of a picture to compare it later: a small colour grid and the picture's size.

use super::colour;
use super::kind::{self, Kind};
use super::picture::Picture;
use super::raster::{self, Layout, Pixels, Plane, Raster};
use super::resize;
use crate::error::{Code, Error, Result};

/// Cells along a side of the grid.
pub(super) const CELLS: usize = 32;
/// Cells of the grid.
pub(super) const AREA: usize = CELLS * CELLS;
/// Side of the square that a picture is decoded for when only its fingerprint is wanted.
pub(super) const DETAIL: u16 = 96;

/// First bytes of a stored fingerprint; the last of them is the version.
const HEAD: [u8; 4] = *b"FP\0\x01";
/// Bytes of a stored fingerprint.
const LENGTH: usize = HEAD.len() + 8 + 3 * AREA;

/// A picture as it is compared: its centred square in 32 x 32 cells, each with luma and the two colour differences.
#[derive(Clone, PartialEq, Eq)]
pub struct Fingerprint {
    width: u32,
    height: u32,
    /// Luma, blue difference, red difference: one plane after the other.
    planes: Vec<u8>,
}

impl Fingerprint {
    pub(super) fn of(picture: &Picture) -> Self {
        let small = |plane: &Plane| resize::average(&plane.raster, plane.picture.middle(picture.middle()), CELLS);
        let planes = match &picture.pixels {
            Pixels::Packed(plane) => planes(&colour::plain(picture.converter.convert(small(plane)))),
            Pixels::Planar(parts) => {
                let [luma, blue, red] = parts.each_ref().map(|plane| small(plane).data);
                if picture.converter.is_none() {
                    [luma, blue, red].concat()
                } else {
                    let joined = raster::join(CELLS as u32, CELLS as u32, [&luma, &blue, &red]);
                    planes(&picture.converter.convert(joined))
                }
            }
        };
        Self { width: picture.inspection.width, height: picture.inspection.height, planes }
    }

    /// Shorter side of the picture that it was taken of, in pixels.
    #[must_use]
    pub fn side(&self) -> u32 {
        self.width.min(self.height)
    }

    /// What the picture is: a photo, or one of the pictures that stand in for a photo.
    #[must_use]
    pub fn kind(&self) -> Kind {
        kind::of(self)
    }

    /// All three planes.
    pub(super) fn planes(&self) -> &[u8] {
        &self.planes
    }

    /// One of the three planes.
    pub(super) fn plane(&self, index: usize) -> &[u8] {
        &self.planes[index * AREA..(index + 1) * AREA]
    }

    /// The fingerprint as bytes to keep; under 4 KB. Later versions of the library read it.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(LENGTH);
        bytes.extend_from_slice(&HEAD);
        bytes.extend_from_slice(&self.width.to_le_bytes());
        bytes.extend_from_slice(&self.height.to_le_bytes());
        bytes.extend_from_slice(&self.planes);
        bytes
    }

    /// Reads kept bytes. Anything else is refused as an invalid argument: the picture must be fetched again.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let refusal = || Error::new(Code::InvalidArgument, "These bytes are not a fingerprint of this version.");
        let body = bytes.strip_prefix(&HEAD).filter(|_| bytes.len() == LENGTH).ok_or_else(refusal)?;
        let (width, rest) = body.split_first_chunk().ok_or_else(refusal)?;
        let (height, planes) = rest.split_first_chunk().ok_or_else(refusal)?;
        let (width, height) = (u32::from_le_bytes(*width), u32::from_le_bytes(*height));
        if width == 0 || height == 0 {
            return Err(refusal());
        }
        Ok(Self { width, height, planes: planes.to_vec() })
    }
}

impl std::fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Fingerprint").field("width", &self.width).field("height", &self.height).finish_non_exhaustive()
    }
}

fn planes(raster: &Raster) -> Vec<u8> {
    if raster.layout == Layout::Luma {
        let mut planes = raster.data.clone();
        planes.resize(3 * AREA, 128);
        return planes;
    }
    raster::split(raster).concat()
}
