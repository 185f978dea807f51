//! From a picture to centred squares, and to the small grid that is compared.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{Filter, FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};

use super::raster::{Area, Layout, Raster};
use crate::error::{Code, Error, Result};

/// An area of `raster` as a square of `side` pixels, by Lanczos3.
pub(super) fn area(raster: &Raster, area: Area, side: u32) -> Result<Raster> {
    if raster.width == side && raster.height == side && area == raster.whole() {
        return Ok(raster.clone());
    }
    if raster.layout != Layout::Luma {
        return scaled(raster, area, side, side);
    }
    // Scaling down is several times faster than scaling across: so it is done twice, and the plane turned in between.
    let whole = raster.whole();
    let flat = turned(&scaled(raster, Area { left: 0.0, width: whole.width, ..area }, raster.width, side)?);
    let upright = Area { left: 0.0, top: area.left, width: f64::from(side), height: area.width };
    Ok(turned(&scaled(&flat, upright, side, side)?))
}

fn scaled(raster: &Raster, area: Area, width: u32, height: u32) -> Result<Raster> {
    let pixel_type = match raster.layout {
        Layout::Luma => PixelType::U8,
        Layout::Rgb => PixelType::U8x3,
        Layout::Cmyk => PixelType::U8x4,
    };
    let filter = Filter::new("Lanczos3", lanczos3, 3.0).map_err(|error| broken(&error))?;
    let options = ResizeOptions::new()
        .resize_alg(ResizeAlg::Convolution(FilterType::Custom(filter)))
        .crop(area.left, area.top, area.width, area.height)
        .use_alpha(false);
    let mut target = Image::new(width, height, pixel_type);
    ImageRef::new(raster.width, raster.height, &raster.data, pixel_type)
        .map_err(|error| broken(&error))
        .and_then(|source| Resizer::new().resize(&source, &mut target, &options).map_err(|error| broken(&error)))?;
    Ok(Raster { width, height, layout: raster.layout, data: target.into_vec() })
}

/// Rows for columns, of a plane.
fn turned(raster: &Raster) -> Raster {
    const TILE: usize = 16;
    let (width, height) = (raster.width as usize, raster.height as usize);
    let mut data = vec![0; raster.data.len()];
    // In tiles, so that what is written is still at hand when its neighbours are.
    for left in (0..width).step_by(TILE) {
        for (y, line) in raster.data.chunks_exact(width).enumerate() {
            let tile = &line[left..(left + TILE).min(width)];
            let columns = data[left * height..].chunks_exact_mut(height);
            for (column, &value) in columns.zip(tile) {
                column[y] = value;
            }
        }
    }
    Raster { width: raster.height, height: raster.width, layout: raster.layout, data }
}

/// The Lanczos kernel of three lobes. For small squares the library's own, with its two sines for each weight, took as long
/// as the rest of the scaling; this one also gives the same weights on every system.
fn lanczos3(x: f64) -> f64 {
    use std::f64::consts::PI;
    let angle = x.abs() * PI / 3.0;
    if angle < 1e-9 {
        return 1.0;
    }
    if angle >= PI {
        return 0.0;
    }
    // sin 3a = 3 sin a - 4 sin^3 a
    let square = sine(angle.min(PI - angle)).powi(2);
    square * (3.0 - 4.0 * square) / (3.0 * angle * angle)
}

/// The sine of an angle up to a right one, to nine digits.
fn sine(angle: f64) -> f64 {
    let square = angle * angle;
    let factors = [1.0 / 156.0, 1.0 / 110.0, 1.0 / 72.0, 1.0 / 42.0, 1.0 / 20.0, 1.0 / 6.0];
    angle * factors.iter().fold(1.0, |sum, factor| 1.0 - square * factor * sum)
}

fn broken(error: &(dyn std::error::Error + 'static)) -> Error {
    Error::new(Code::Internal, "The picture could not be scaled.").with_cause(error)
}

/// The pixels under one cell of an axis: all of `first..end`, but of the first and the last one only a share.
struct Span {
    first: usize,
    end: usize,
    head: f32,
    tail: f32,
}

/// Cuts the pixels from `start` on, `length` of them, into equal cells.
fn spans(start: f64, length: f64, cells: usize, pixels: usize) -> Vec<Span> {
    let step = length / cells as f64;
    (0..cells)
        .map(|cell| {
            let (from, to) = (start + step * cell as f64, start + step * (cell + 1) as f64);
            let first = (from as usize).min(pixels - 1);
            let end = (to.ceil() as usize).clamp(first + 1, pixels);
            Span { first, end, head: (1.0 - (from - first as f64)) as f32, tail: (1.0 - (end as f64 - to)) as f32 }
        })
        .collect()
}

/// Averages an area of `raster` over `cells` x `cells` parts.
/// A pixel on a border counts for both sides by its share.
pub(super) fn average(raster: &Raster, area: Area, cells: usize) -> Raster {
    let grid = match raster.layout.channels() {
        1 => average_of::<1>(raster, area, cells),
        3 => average_of::<3>(raster, area, cells),
        _ => average_of::<4>(raster, area, cells),
    };
    // Averages of bytes.
    let data = grid.iter().map(|value| value.round() as u8).collect();
    Raster { width: cells as u32, height: cells as u32, layout: raster.layout, data }
}

fn average_of<const N: usize>(raster: &Raster, Area { left, top, width, height }: Area, cells: usize) -> Vec<f32> {
    let columns = spans(left, width, cells, raster.width as usize);
    let rows = spans(top, height, cells, raster.height as usize);
    let scale = (cells as f64 * cells as f64 / (width * height)) as f32;
    let (pixels, _) = raster.data.as_chunks::<N>();
    let mut grid = vec![0.0; cells * cells * N];
    for (row, out) in rows.iter().zip(grid.chunks_exact_mut(cells * N)) {
        let (out, _) = out.as_chunks_mut::<N>();
        for y in row.first..row.end {
            let cut = f32::from(u8::from(y == row.first)) * (1.0 - row.head)
                + f32::from(u8::from(y + 1 == row.end)) * (1.0 - row.tail);
            let weight = scale * (1.0 - cut);
            let line = &pixels[y * raster.width as usize..][..raster.width as usize];
            for (column, cell) in columns.iter().zip(out.iter_mut()) {
                let sums = sum_of(&line[column.first..column.end], column.head, column.tail);
                for (value, sum) in cell.iter_mut().zip(sums) {
                    *value += weight * sum;
                }
            }
        }
    }
    grid
}

fn sum_of<const N: usize>(pixels: &[[u8; N]], head: f32, tail: f32) -> [f32; N] {
    let mut whole = [0u32; N];
    for pixel in pixels {
        for (sum, &value) in whole.iter_mut().zip(pixel) {
            *sum += u32::from(value);
        }
    }
    let (first, last) = (pixels[0], pixels[pixels.len() - 1]);
    std::array::from_fn(|channel| {
        whole[channel] as f32 - (1.0 - head) * f32::from(first[channel]) - (1.0 - tail) * f32::from(last[channel])
    })
}
