//! A picture in 64 bytes: enough to say that two pictures are clearly different ones, never that they are the same.

use super::fingerprint::{CELLS, Fingerprint};

/// Cells along a side.
const SIDE: usize = 8;
/// Cells of the fingerprint along one of ours.
const STEP: usize = CELLS / SIDE;
/// Mean difference of two sketches, in levels of 255, over which the pictures are not the same. Scaling, encoding and
/// cutting off a percent leave less than 3.
const CLEARLY: u32 = 8;

/// The brightness of a picture in 8 x 8 cells. A million of them are kept between runs, which rules the fingerprint out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sketch(pub [u8; SIDE * SIDE]);

impl Fingerprint {
    /// The sketch of the same picture.
    #[must_use]
    pub fn sketch(&self) -> Sketch {
        let luma = self.plane(0);
        Sketch(std::array::from_fn(|cell| {
            let (left, top) = (cell % SIDE * STEP, cell / SIDE * STEP);
            let row = |y: usize| &luma[(top + y) * CELLS + left..][..STEP];
            let sum: u32 = (0..STEP).flat_map(row).map(|&level| u32::from(level)).sum();
            (sum / (STEP * STEP) as u32) as u8
        }))
    }
}

impl Sketch {
    /// Whether the two are clearly of different pictures. `false` says nothing.
    #[must_use]
    pub fn clearly_differs(&self, other: &Self) -> bool {
        let apart: u32 = self.0.iter().zip(other.0).map(|(&ours, theirs)| u32::from(ours.abs_diff(theirs))).sum();
        apart > CLEARLY * (SIDE * SIDE) as u32
    }
}
