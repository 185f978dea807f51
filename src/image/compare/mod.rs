//! Same picture or not: the registered residual.
//!
//! A service scales, re-encodes and perhaps sharpens a picture, and cuts it half a pixel differently. Those changes are
//! fitted and taken away ([`register`]); what is left over is measured ([`Residual`]) and held against lines that depend on
//! how many pixels the smaller picture has ([`lines`]). Brightness and colour are not fitted: they count.

mod lines;
mod register;
mod residual;

use super::fingerprint::Fingerprint;
use lines::Lines;
use residual::Residual;

/// Why two pictures are called the same or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// Every cell of the two grids is equal.
    Identical,
    /// What differs is what scaling and encoding explain.
    SamePicture,
    /// The picture differs all over: another one.
    OtherPicture,
    /// Only a part of the picture differs: an edited one.
    EditedPicture,
}

impl Reason {
    /// The reason as a sentence.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Identical => "The pictures are equal.",
            Self::SamePicture => "The pictures differ only by what scaling and encoding explain.",
            Self::OtherPicture => "The pictures differ all over.",
            Self::EditedPicture => "A part of the picture, its colours or its brightness differ.",
        }
    }
}

/// The answer to "is it the same picture?".
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Comparison {
    /// Whether a person would call it the same picture.
    pub same: bool,
    /// How far apart the pictures are: 0 is equal, 1 is the line between same and different, other people are at 10 and more.
    pub distance: f32,
    /// How far the answer is from the line, by distance alone: 0 is on it, 0.75 is twice or half as far, 1 is beyond doubt.
    pub confidence: f32,
    /// Why.
    pub reason: Reason,
}

/// Distance from which on nothing of the one picture is found in the other.
const OTHER: f32 = 4.0;

/// Compares two pictures by their fingerprints. The order does not matter.
#[must_use]
pub fn same_picture(a: &Fingerprint, b: &Fingerprint) -> Comparison {
    if a.planes() == b.planes() {
        return Comparison { same: true, distance: 0.0, confidence: 1.0, reason: Reason::Identical };
    }
    let distance = distance(a, b);
    let reason = match distance {
        ..=1.0 => Reason::SamePicture,
        ..OTHER => Reason::EditedPicture,
        _ => Reason::OtherPicture,
    };
    let confidence = 1.0 - distance.min(1.0 / distance).powi(2);
    Comparison { same: reason == Reason::SamePicture, distance, confidence, reason }
}

fn distance(a: &Fingerprint, b: &Fingerprint) -> f32 {
    let lines = Lines::for_side(a.side().min(b.side()));
    let measure = |source, shown| lines.distance(&Residual::between(source, shown));
    // The smaller picture was made of the larger one. Of equally large ones either may be the source.
    match a.side().cmp(&b.side()) {
        std::cmp::Ordering::Greater => measure(a, b),
        std::cmp::Ordering::Less => measure(b, a),
        std::cmp::Ordering::Equal => measure(a, b).min(measure(b, a)),
    }
}

/// The numbers behind an answer, for setting the lines on labelled pairs.
#[doc(hidden)]
#[must_use]
pub fn measurements(source: &Fingerprint, shown: &Fingerprint) -> [f32; 3] {
    let residual = Residual::between(source, shown);
    [residual.overall, residual.local, residual.relative]
}
