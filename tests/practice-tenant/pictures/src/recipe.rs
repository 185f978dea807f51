//! What a picture shows, without holding it: drawn when somebody asks for the bytes.
//! Knows portraits and pixels. Promises the same bytes for the same recipe.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use crate::picture::{Filter, Pixels, padded};
use crate::portrait;
use crate::random::mix;

/// What a picture shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Recipe {
    /// A version of a person's portrait.
    Portrait {
        /// The person's number.
        index: u32,
        /// Which of their photos.
        version: u32,
    },
    /// SharePoint's stand-in.
    GreyHead,
}

/// The three sizes that SharePoint keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Thumb {
    /// 48 pixels.
    Small,
    /// 72 pixels.
    Medium,
    /// 300 pixels.
    Large,
}

impl Thumb {
    /// All three.
    pub const ALL: [Self; 3] = [Self::Small, Self::Medium, Self::Large];

    /// One letter, as on the control port.
    #[must_use]
    pub const fn letter(self) -> &'static str {
        match self {
            Self::Small => "S",
            Self::Medium => "M",
            Self::Large => "L",
        }
    }

    /// The end of the file's name.
    #[must_use]
    pub const fn suffix(self) -> &'static str {
        match self {
            Self::Small => "_SThumb.jpg",
            Self::Medium => "_MThumb.jpg",
            Self::Large => "_LThumb.jpg",
        }
    }

    const fn side(self) -> u32 {
        match self {
            Self::Small => 48,
            Self::Medium => 72,
            Self::Large => 300,
        }
    }

    /// Shortest length of such a file, and by how much it varies.
    const fn lengths(self) -> (u64, u64) {
        match self {
            Self::Small => (2_600, 400),
            Self::Medium => (4_200, 700),
            Self::Large => (30_000, 6_000),
        }
    }
}

/// A picture that can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Order {
    /// A photo as the source holds it, in these pixels.
    Photo(Recipe, u32, u32),
    /// A thumbnail as SharePoint makes it from a photo of these pixels.
    Thumbnail(Recipe, Thumb, u32, u32),
}

/// Draws what is ordered, and remembers the last few.
pub struct Studio {
    seed: u64,
    shelf: Mutex<Shelf>,
    /// The last drawing: who asks for a photo mostly asks for its thumbnails next.
    easel: Mutex<Option<Drawing>>,
}

/// What was drawn, in which width and height.
type Drawing = ((Recipe, u32, u32), Arc<Pixels>);

#[derive(Default)]
struct Shelf {
    pictures: HashMap<Order, Arc<[u8]>>,
    oldest_first: VecDeque<Order>,
    bytes: usize,
}

/// Memory for remembered pictures.
const SHELF_BYTES: usize = 96 << 20;

impl Studio {
    /// A studio whose pictures follow from the seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { seed, shelf: Mutex::default(), easel: Mutex::default() }
    }

    /// The bytes of a picture.
    #[must_use]
    pub fn picture(&self, order: Order) -> Arc<[u8]> {
        if let Some(found) = self.shelf.lock().unwrap_or_else(PoisonError::into_inner).pictures.get(&order) {
            return Arc::clone(found);
        }
        let bytes: Arc<[u8]> = match order {
            Order::Photo(recipe, width, height) => self.draw(recipe, width, height).jpeg(88).unwrap_or_default(),
            Order::Thumbnail(recipe, thumb, width, height) => self.thumbnail(recipe, thumb, width, height),
        }
        .into();
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner).keep(order, &bytes);
        bytes
    }

    /// The length of a thumbnail's file, known without drawing it.
    #[must_use]
    pub fn thumbnail_length(&self, recipe: Recipe, thumb: Thumb) -> usize {
        let (shortest, spread) = thumb.lengths();
        usize::try_from(shortest + self.chance(recipe) % spread).unwrap_or(0)
    }

    fn chance(&self, recipe: Recipe) -> u64 {
        match recipe {
            Recipe::GreyHead => 0,
            Recipe::Portrait { index, version } => mix(&[self.seed, u64::from(index), u64::from(version), 0x6C_656E]),
        }
    }

    fn draw(&self, recipe: Recipe, width: u32, height: u32) -> Arc<Pixels> {
        let key = (recipe, width, height);
        let on_easel = self.easel.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((_, pixels)) = on_easel.filter(|(other, _)| *other == key) {
            return pixels;
        }
        let pixels = Arc::new(match recipe {
            Recipe::Portrait { index, version } => portrait::draw(self.seed, index, version, width, height),
            Recipe::GreyHead => portrait::grey_head(width),
        });
        *self.easel.lock().unwrap_or_else(PoisonError::into_inner) = Some((key, Arc::clone(&pixels)));
        pixels
    }

    /// A square from the middle, for every third person one percent closer on each side \[?\]; bilinear and strongly
    /// compressed, unlike the library under test.
    fn thumbnail(&self, recipe: Recipe, thumb: Thumb, width: u32, height: u32) -> Vec<u8> {
        let photo = self.draw(recipe, width, height);
        let (left, top, side, _) = photo.middle();
        let trim = if self.chance(recipe) % 3 == 1 { side * 0.01 } else { 0.0 };
        let crop = (left + trim, top + trim, side - 2.0 * trim, side - 2.0 * trim);
        let side = thumb.side().min(width.min(height));
        let length = self.thumbnail_length(recipe, thumb);
        photo
            .scaled(crop, side, side, Filter::Triangle)
            .and_then(|small| {
                [82, 75, 65, 50, 35].into_iter().find_map(|quality| padded(&small.jpeg(quality)?, length))
            })
            .unwrap_or_default()
    }
}

impl Shelf {
    fn keep(&mut self, order: Order, bytes: &Arc<[u8]>) {
        if self.pictures.insert(order, Arc::clone(bytes)).is_none() {
            self.bytes += bytes.len();
            self.oldest_first.push_back(order);
        }
        while self.bytes > SHELF_BYTES {
            let Some(oldest) = self.oldest_first.pop_front() else { break };
            self.bytes -= self.pictures.remove(&oldest).map_or(0, |gone| gone.len());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thumbnail_has_the_length_that_was_foretold_and_is_a_picture() {
        let studio = Studio::new(5);
        for index in 0..60 {
            let recipe = Recipe::Portrait { index, version: 1 };
            for thumb in Thumb::ALL {
                let bytes = studio.picture(Order::Thumbnail(recipe, thumb, 648, 648));
                assert_eq!(bytes.len(), studio.thumbnail_length(recipe, thumb), "{index} {thumb:?}");
                assert_eq!(Pixels::decode(&bytes).unwrap().width, thumb.side());
            }
        }
    }
}
