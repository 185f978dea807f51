//! Says from pixels whether two pictures show the same photo.
//! Knows pixels only, and nothing of the library under test. Promises to tell any two portraits of this tenant apart.

use crate::picture::{Crop, Filter, Pixels};

/// A picture reduced to its large shapes.
#[derive(Clone)]
struct Gist(Vec<f32>);

const SIDE: u32 = 20;

/// Mean difference a channel (of 255) up to which two gists are the same photo. Re-encoded thumbnails stay under 6;
/// two portraits differ by 14 at least (a test measures both).
const SAME: f32 = 9.0;

impl Gist {
    fn of(pixels: &Pixels, crop: Crop) -> Option<Self> {
        let small = pixels.scaled(crop, SIDE, SIDE, Filter::Box)?;
        Some(Self(small.rgb.iter().map(|value| f32::from(*value)).collect()))
    }

    fn difference(&self, other: &Self) -> f32 {
        let sum: f32 = self.0.iter().zip(&other.0).map(|(a, b)| (a - b).abs()).sum();
        sum / f32::from(u16::try_from(self.0.len()).unwrap_or(u16::MAX))
    }
}

/// The squares that a service or a tool may cut out of one photo.
pub struct Suspect(Vec<Gist>);

impl Suspect {
    /// All crops of a source photo that still count as that photo. `None` for bytes that are no picture.
    #[must_use]
    pub fn new(photo: &[u8]) -> Option<Self> {
        let pixels = Pixels::decode(photo)?;
        let (left, top, side, _) = pixels.middle();
        let mut gists = Vec::new();
        // A tool may cut a tall picture higher than the middle.
        for slide in if pixels.width == pixels.height { vec![1.0] } else { vec![0.0, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0] } {
            for trim in [0.0, 0.01, 0.02] {
                let (cut, less) = (side * trim, 2.0 * side * trim);
                gists.extend(Gist::of(&pixels, (left * slide + cut, top * slide + cut, side - less, side - less)));
            }
        }
        Some(Self(gists))
    }

    /// How far a shown picture is from the nearest crop: 0 is equal. `None` for bytes that are no picture.
    #[must_use]
    pub fn distance(&self, shown: &[u8]) -> Option<f32> {
        let pixels = Pixels::decode(shown)?;
        let gist = Gist::of(&pixels, pixels.middle())?;
        self.0.iter().map(|crop| crop.difference(&gist)).min_by(f32::total_cmp)
    }

    /// Whether the shown picture is this photo.
    #[must_use]
    pub fn is_shown_by(&self, shown: &[u8]) -> bool {
        self.distance(shown).is_some_and(|distance| distance < SAME)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recipe::{Order, Recipe, Studio, Thumb};

    #[test]
    fn thumbnails_are_known_again_and_strangers_and_older_portraits_are_not() {
        let studio = Studio::new(1);
        let order = |index, version, thumb| {
            studio.picture(Order::Thumbnail(Recipe::Portrait { index, version }, thumb, 648, 648))
        };
        let (mut farthest_same, mut nearest_other) = (0.0_f32, f32::MAX);
        for index in 0..60 {
            let photo = studio.picture(Order::Photo(Recipe::Portrait { index, version: 1 }, 648, 648));
            let suspect = Suspect::new(&photo).unwrap();
            for thumb in Thumb::ALL {
                farthest_same = farthest_same.max(suspect.distance(&order(index, 1, thumb)).unwrap());
            }
            for (other, version) in
                (0..60).map(|other| (other, 1)).filter(|other| other.0 != index).chain([(index, 0), (index, 2)])
            {
                nearest_other = nearest_other.min(suspect.distance(&order(other, version, Thumb::Small)).unwrap());
            }
        }
        assert!(farthest_same < SAME * 0.7, "the same photo is {farthest_same} away");
        assert!(nearest_other > SAME * 1.5, "another photo is only {nearest_other} away");
    }

    #[test]
    fn a_picture_cut_from_a_tall_photo_is_known_again() {
        let studio = Studio::new(1);
        let recipe = Recipe::Portrait { index: 4, version: 1 };
        let suspect = Suspect::new(&studio.picture(Order::Photo(recipe, 360, 480))).unwrap();
        assert!(suspect.is_shown_by(&studio.picture(Order::Thumbnail(recipe, Thumb::Large, 360, 480))));
    }
}
