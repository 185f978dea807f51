//! The lines between "same" and "different", set on labelled pairs.
//!
//! They were set on camera pictures, portraits and drawn faces against renditions by the scalers and encoders in use, and
//! `cargo xtask bench image` counts the wrong answers on pictures that were not used for it. Where a line had to choose, it
//! lies so that renditions stay "same": a missed touch-up of a thumbnail costs less than a needless write for a hundredth of
//! all people in each run, and other people's pictures are ten lines away.

use super::residual::Residual;

/// The largest residual that scaling and encoding leave behind in pictures of one size.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lines {
    overall: f32,
    local: f32,
    relative: f32,
}

/// Up to 64 pixels: a cell is hardly more than a pixel, and the encoder's blocks are four cells wide.
const SMALL: Lines = Lines { overall: 3.4, local: 19.0, relative: 1.6 };
/// Up to 120 pixels.
const MIDDLE: Lines = Lines { overall: 2.4, local: 12.1, relative: 1.15 };
/// More.
const LARGE: Lines = Lines { overall: 1.5, local: 8.2, relative: 0.64 };

impl Lines {
    /// The lines for a picture whose shorter side has so many pixels.
    pub(super) fn for_side(side: u32) -> Self {
        match side {
            0..=64 => SMALL,
            65..=120 => MIDDLE,
            _ => LARGE,
        }
    }

    /// How far a residual is, the nearest line being at 1.
    pub(super) fn distance(&self, residual: &Residual) -> f32 {
        (residual.overall / self.overall).max(residual.local / self.local).max(residual.relative / self.relative)
    }
}
