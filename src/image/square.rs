//! A square of a picture, ready to be encoded: luma, and colour differences at half the size.

use super::colour::Converter;
use super::raster::{self, Area, Layout, Pixels, Plane, Raster};
use super::resize;
use crate::error::Result;

/// A square in sRGB (full-range BT.601), chroma 4:2:0.
pub(super) struct Square {
    pub(super) side: u32,
    pub(super) luma: Vec<u8>,
    /// Blue and red, of half the side, rounded up; `None` for grey.
    pub(super) chroma: Option<[Vec<u8>; 2]>,
}

impl Square {
    /// The centred square of a picture whose sides have this proportion to the shorter one.
    pub(super) fn of(pixels: &Pixels, shares: [f64; 2], converter: &Converter, side: u32) -> Result<Self> {
        let cut = |plane: &Plane, side| resize::area(&plane.raster, plane.picture.middle(shares), side);
        match pixels {
            Pixels::Packed(plane) => Ok(Self::from_raster(&converter.convert(cut(plane, side)?))),
            Pixels::Planar([luma, blue, red]) if converter.is_none() => {
                let half = |plane: &Plane| halved(&plane.raster, plane.picture.middle(shares), side);
                Ok(Self { side, luma: cut(luma, side)?.data, chroma: Some([half(blue)?, half(red)?]) })
            }
            Pixels::Planar([luma, blue, red]) => {
                let [luma, blue, red] = [cut(luma, side)?, cut(blue, side)?, cut(red, side)?];
                let joined = raster::join(side, side, [&luma.data, &blue.data, &red.data]);
                Ok(Self::from_raster(&converter.convert(joined)))
            }
        }
    }

    /// The same square with fewer pixels.
    pub(super) fn smaller(&self, side: u32) -> Result<Self> {
        let luma = resize::area(&plane(self.side, &self.luma), plane(self.side, &self.luma).whole(), side)?.data;
        let half = |samples: &Vec<u8>| {
            let chroma = plane(self.side.div_ceil(2), samples);
            let length = f64::from(self.side) / 2.0;
            halved(&chroma, Area { left: 0.0, top: 0.0, width: length, height: length }, side)
        };
        let chroma = match &self.chroma {
            Some([blue, red]) => Some([half(blue)?, half(red)?]),
            None => None,
        };
        Ok(Self { side, luma, chroma })
    }

    /// From an sRGB or grey raster.
    fn from_raster(raster: &Raster) -> Self {
        let side = raster.width;
        if raster.layout == Layout::Luma {
            return Self { side, luma: raster.data.clone(), chroma: None };
        }
        let [luma, blue, red] = raster::split(raster);
        Self { side, luma, chroma: Some([blue, red].map(|samples| averaged(&samples, side as usize))) }
    }
}

/// Samples as a raster.
fn plane(side: u32, samples: &[u8]) -> Raster {
    Raster { width: side, height: side, layout: Layout::Luma, data: samples.to_vec() }
}

/// An area of a plane as the colour differences of a square with `side` pixels.
fn halved(plane: &Raster, area: Area, side: u32) -> Result<Vec<u8>> {
    if side.is_multiple_of(2) {
        return Ok(resize::area(plane, area, side / 2)?.data);
    }
    // The last sample of an odd side stands for a single row: the borders of the samples are not those of the area.
    Ok(averaged(&resize::area(plane, area, side)?.data, side as usize))
}

/// Means of 2 x 2 samples; the last row and column stand for themselves where the side is odd.
fn averaged(samples: &[u8], side: usize) -> Vec<u8> {
    let mut means = Vec::with_capacity(side.div_ceil(2).pow(2));
    for row in (0..side).step_by(2) {
        let upper = &samples[row * side..][..side];
        let lower = &samples[(row + 1).min(side - 1) * side..][..side];
        for (upper, lower) in upper.chunks(2).zip(lower.chunks(2)) {
            let sum = |pair: &[u8]| u16::from(pair[0]) + u16::from(pair[pair.len() - 1]);
            means.push(((sum(upper) + sum(lower) + 2) / 4) as u8);
        }
    }
    means
}
