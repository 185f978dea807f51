//! The components of a picture at the scale that is read.

use super::transform::{self, Low};
use crate::error::Result;
use crate::image::decode;
use crate::image::decode::segments::Frame;
use crate::image::raster::{self, Area, Layout, Pixels};

/// One component.
#[derive(Default)]
pub(super) struct Plane {
    /// Blocks side by side in one unit of an interleaved scan, and above each other.
    pub(super) unit: [usize; 2],
    /// Blocks in a row and in a column, those included that only fill the last units.
    pub(super) blocks: [usize; 2],
    /// Blocks in a row and in a column that hold picture: what a scan of this component alone has.
    pub(super) own_blocks: [usize; 2],
    /// Whether all of it was read.
    pub(super) complete: bool,
    /// Progressive files: the lowest frequency of each block.
    pub(super) lowest: Vec<i16>,
    /// Sides of the picture in pixels of this plane; the last one may lie within a pixel.
    picture: [f64; 2],
    /// Pixels of 8.
    pub(super) scale: usize,
    pixels: Vec<u8>,
}

/// Sides of a component in pixels when it is read at `scale` eighths, the last of which may be cut.
pub(super) fn reduced(frame: &Frame, index: usize, scale: usize) -> [f64; 2] {
    let [widest, tallest] = sampling(frame);
    let [horizontal, vertical] = unit(frame, index);
    let side =
        |length: u32, sampled: usize, most: usize| f64::from(length) * (sampled * scale) as f64 / (8 * most) as f64;
    [side(frame.width, horizontal, widest), side(frame.height, vertical, tallest)]
}

/// Blocks of a component side by side in a unit, and above each other.
fn unit(frame: &Frame, index: usize) -> [usize; 2] {
    let component = frame.components[index];
    if frame.components.len() == 1 { [1, 1] } else { [component.horizontal, component.vertical].map(usize::from) }
}

/// Empty planes for a frame.
pub(super) fn layout(frame: &Frame, scales: [usize; 3]) -> Vec<Plane> {
    let [widest, tallest] = sampling(frame);
    let units = [(frame.width as usize).div_ceil(8 * widest), (frame.height as usize).div_ceil(8 * tallest)];
    let make = |(index, scale): (usize, usize)| {
        let unit = unit(frame, index);
        let blocks = [units[0] * unit[0], units[1] * unit[1]];
        let own = |length: u32, sampled: usize, most: usize| (length as usize * sampled).div_ceil(8 * most);
        let own_blocks = [own(frame.width, unit[0], widest), own(frame.height, unit[1], tallest)];
        let pixels = vec![0; blocks[0] * blocks[1] * scale * scale];
        let picture = reduced(frame, index, scale);
        Plane { unit, blocks, own_blocks, complete: false, lowest: Vec::new(), picture, scale, pixels }
    };
    scales.into_iter().enumerate().take(frame.components.len()).map(make).collect()
}

/// The largest sampling factors. Those of a lone component mean nothing.
fn sampling(frame: &Frame) -> [usize; 2] {
    if frame.components.len() == 1 {
        return [1, 1];
    }
    let most = |factor: fn(&super::Component) -> u8| frame.components.iter().map(factor).max().map_or(1, usize::from);
    [most(|component| component.horizontal), most(|component| component.vertical)]
}

impl Plane {
    /// Turns a block's frequencies into its pixels.
    #[inline]
    pub(super) fn put(&mut self, [x, y]: [usize; 2], low: &Low) {
        let stride = self.blocks[0] * self.scale;
        let start = y * self.scale * stride + x * self.scale;
        match self.scale {
            1 => self.pixels[start] = transform::one_pixel(low[0]),
            2 => {
                for (row, line) in transform::four_pixels(low).iter().enumerate() {
                    self.pixels[start + row * stride..][..2].copy_from_slice(line);
                }
            }
            _ => {
                for (row, line) in transform::sixteen_pixels(low).iter().enumerate() {
                    self.pixels[start + row * stride..][..4].copy_from_slice(line);
                }
            }
        }
    }

    /// Puts a block's pixels where they belong.
    #[inline]
    pub(super) fn put_pixels<const N: usize>(&mut self, [x, y]: [usize; 2], block: &[[u8; N]; N]) {
        let stride = self.blocks[0] * N;
        for (row, line) in block.iter().enumerate() {
            self.pixels[(y * N + row) * stride + x * N..][..N].copy_from_slice(line);
        }
    }

    /// Turns the lowest frequencies into pixels, one for each block.
    pub(super) fn pixels_of_lowest(&mut self, step: i32) {
        for (pixel, &lowest) in self.pixels.iter_mut().zip(&self.lowest) {
            *pixel = transform::one_pixel(i32::from(lowest) * step);
        }
    }
}

/// The planes as pixels of a picture, without what only fills the last blocks.
pub(super) fn finish(planes: Vec<Plane>) -> Result<Pixels> {
    let planes: Vec<raster::Plane> = planes.into_iter().map(cut).collect::<Result<_>>()?;
    match <[raster::Plane; 3]>::try_from(planes) {
        Ok(planes) => Ok(Pixels::Planar(planes)),
        Err(mut other) => {
            other.pop().map(Pixels::Packed).ok_or_else(|| decode::damaged("The JPEG file has no picture."))
        }
    }
}

fn cut(mut plane: Plane) -> Result<raster::Plane> {
    let [width, height] = plane.picture.map(|side| side.ceil() as usize);
    let stride = plane.blocks[0] * plane.scale;
    for row in 1..height {
        plane.pixels.copy_within(row * stride..row * stride + width, row * width);
    }
    plane.pixels.truncate(width * height);
    let picture = Area { left: 0.0, top: 0.0, width: plane.picture[0], height: plane.picture[1] };
    Ok(raster::Plane { raster: decode::raster(width as u32, height as u32, Layout::Luma, plane.pixels)?, picture })
}
