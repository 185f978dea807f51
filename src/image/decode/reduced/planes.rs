//! The components of a picture, reduced, and how they become one raster.

use super::blocks::{self, Low};
use crate::error::Result;
use crate::image::decode::segments::Frame;
use crate::image::raster::{Layout, Raster};

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
    scale: usize,
    pixels: Vec<u8>,
}

/// Sides of the picture at this scale, rounded up.
fn reduced(length: u32, scale: usize) -> usize {
    (length as usize * scale).div_ceil(8)
}

/// Empty planes for a frame.
pub(super) fn layout(frame: &Frame, scale: usize) -> Vec<Plane> {
    let single = frame.components.len() == 1;
    let [widest, tallest] = sampling(frame);
    let units = [(frame.width as usize).div_ceil(8 * widest), (frame.height as usize).div_ceil(8 * tallest)];
    let make = |horizontal: u8, vertical: u8| {
        let unit = if single { [1, 1] } else { [usize::from(horizontal), usize::from(vertical)] };
        let blocks = [units[0] * unit[0], units[1] * unit[1]];
        let own = |length: u32, sampled: usize, most: usize| (length as usize * sampled).div_ceil(8 * most);
        let own_blocks = [own(frame.width, unit[0], widest), own(frame.height, unit[1], tallest)];
        let pixels = vec![0; blocks[0] * blocks[1] * scale * scale];
        Plane { unit, blocks, own_blocks, complete: false, lowest: Vec::new(), scale, pixels }
    };
    frame.components.iter().map(|component| make(component.horizontal, component.vertical)).collect()
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
            1 => self.pixels[start] = blocks::one_pixel(low[0]),
            2 => {
                for (row, line) in blocks::four_pixels(low).iter().enumerate() {
                    self.pixels[start + row * stride..][..2].copy_from_slice(line);
                }
            }
            _ => {
                for (row, line) in blocks::sixteen_pixels(low).iter().enumerate() {
                    self.pixels[start + row * stride..][..4].copy_from_slice(line);
                }
            }
        }
    }

    /// Turns the lowest frequencies into pixels, one for each block.
    pub(super) fn pixels_of_lowest(&mut self, step: i32) {
        for (pixel, &lowest) in self.pixels.iter_mut().zip(&self.lowest) {
            *pixel = blocks::one_pixel(i32::from(lowest) * step);
        }
    }
}

/// Joins the planes: chroma is repeated where it has fewer pixels, for the scaling that follows averages it anyway.
pub(super) fn join(frame: &Frame, mut planes: Vec<Plane>, scale: usize) -> Result<Raster> {
    let (width, height) = (reduced(frame.width, scale), reduced(frame.height, scale));
    let [widest, tallest] = sampling(frame);
    let layout = if planes.len() == 1 { Layout::Luma } else { Layout::Rgb };
    let mut data = Vec::with_capacity(width * height * layout.channels());
    if layout == Layout::Luma {
        let plane = planes.remove(0);
        for line in plane.pixels.chunks_exact(plane.blocks[0] * scale).take(height) {
            data.extend_from_slice(&line[..width]);
        }
        return crate::image::decode::raster(width as u32, height as u32, layout, data);
    }
    let columns: Vec<Vec<u32>> =
        planes.iter().map(|plane| (0..width).map(|x| (x * plane.unit[0] / widest) as u32).collect()).collect();
    for y in 0..height {
        let [luma, blue, red] = [0, 1, 2].map(|index: usize| {
            let plane = &planes[index];
            let stride = plane.blocks[0] * scale;
            &plane.pixels[y * plane.unit[1] / tallest * stride..][..stride]
        });
        for x in 0..width {
            let at = |index: usize, line: &[u8]| i32::from(line[columns[index][x] as usize]);
            data.extend_from_slice(&rgb(at(0, luma), at(1, blue) - 128, at(2, red) - 128));
        }
    }
    crate::image::decode::raster(width as u32, height as u32, layout, data)
}

/// Full-range BT.601, as JFIF has it, in 16-bit fractions.
#[inline]
fn rgb(luma: i32, blue: i32, red: i32) -> [u8; 3] {
    let luma = (luma << 16) + (1 << 15);
    [luma + 91_881 * red, luma - 22_554 * blue - 46_802 * red, luma + 116_130 * blue]
        .map(|value| (value >> 16).clamp(0, 255) as u8)
}
