//! Same picture or not: the registered residual.
//!
//! A service scales, re-encodes and perhaps sharpens a picture, and cuts it half a pixel differently. Those changes are
//! fitted and taken away; what is left over is measured. Brightness and colour are not fitted: they count.

use super::fingerprint::{AREA, CELLS, Fingerprint};

/// Why two pictures are called the same or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// Every cell of the two grids is equal.
    Identical,
    /// What differs is what scaling and encoding explain.
    SamePicture,
    /// Something differs that scaling and encoding do not explain.
    DifferentPicture,
}

impl Reason {
    /// The reason as a sentence.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Identical => "The pictures are equal.",
            Self::SamePicture => "The pictures differ only by what scaling and encoding explain.",
            Self::DifferentPicture => "The pictures differ by more than scaling and encoding explain.",
        }
    }
}

/// The answer to "is it the same picture?".
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Comparison {
    /// Whether a person would call it the same picture.
    pub same: bool,
    /// How far apart the pictures are: 0 is equal, 1 is the line between same and different, other people are at 10 to 100.
    pub distance: f32,
    /// How far the answer is from the line: 0 is on it, 1 is beyond doubt. Under 0.5 deserves a look.
    pub confidence: f32,
    /// Why.
    pub reason: Reason,
}

/// Compares two pictures by their fingerprints. The order does not matter.
#[must_use]
pub fn same_picture(a: &Fingerprint, b: &Fingerprint) -> Comparison {
    if (0..3).all(|plane| a.plane(plane) == b.plane(plane)) {
        return Comparison { same: true, distance: 0.0, confidence: 1.0, reason: Reason::Identical };
    }
    let (source, shown) = if a.side() >= b.side() { (a, b) } else { (b, a) };
    let distance = residual(source, shown) / 4.2;
    let same = distance <= 1.0;
    let reason = if same { Reason::SamePicture } else { Reason::DifferentPicture };
    Comparison { same, distance, confidence: 1.0 - distance.min(1.0 / distance).powi(2), reason }
}

/// Largest colour difference of the two grids averaged to 8 x 8.
fn residual(source: &Fingerprint, shown: &Fingerprint) -> f32 {
    let mut blocks = [[0.0f32; 3]; 64];
    for cell in 0..AREA {
        let block = (cell / CELLS / 4) * 8 + cell % CELLS / 4;
        for (plane, value) in blocks[block].iter_mut().enumerate() {
            *value += (f32::from(source.plane(plane)[cell]) - f32::from(shown.plane(plane)[cell])) / 16.0;
        }
    }
    blocks.iter().map(|block| block.iter().map(|value| value * value).sum::<f32>().sqrt()).fold(0.0, f32::max)
}
