//! From a picture to centred squares, and to the small grid that is compared.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{Filter, FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};

use super::raster::{Area, Layout, Raster};
use super::waves::sine;
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

/// Rows for columns, of a plane: tiles of 8 x 8 bytes, whose rows are taken as numbers.
fn turned(raster: &Raster) -> Raster {
    let (width, height) = (raster.width as usize, raster.height as usize);
    let mut data = vec![0; raster.data.len()];
    for left in (0..width).step_by(8) {
        for (rows, top) in raster.data.chunks(8 * width).zip((0..height).step_by(8)) {
            let mut tile = [0; 8];
            for (number, row) in tile.iter_mut().zip(rows.chunks_exact(width)) {
                *number = number_at(&row[left..]);
            }
            for (number, column) in turned_tile(tile).into_iter().zip(left..width) {
                put_number(&mut data[column * height..][top..height], number);
            }
        }
    }
    Raster { width: raster.height, height: raster.width, layout: raster.layout, data }
}

/// Rows for columns of a tile.
#[inline]
fn turned_tile(mut rows: [u64; 8]) -> [u64; 8] {
    exchange::<4>(&mut rows, 0x0000_0000_FFFF_FFFF);
    exchange::<2>(&mut rows, 0x0000_FFFF_0000_FFFF);
    exchange::<1>(&mut rows, 0x00FF_00FF_00FF_00FF);
    rows
}

/// Of rows that lie so far apart, exchanges the bytes of the upper one that lie as far to the right with those of the lower one.
#[inline]
fn exchange<const APART: usize>(rows: &mut [u64; 8], mask: u64) {
    for row in 0..8 {
        if row & APART == 0 {
            let change = (rows[row] >> (8 * APART) ^ rows[row + APART]) & mask;
            rows[row] ^= change << (8 * APART);
            rows[row + APART] ^= change;
        }
    }
}

/// The first 8 bytes, or as many as there are.
#[inline]
fn number_at(bytes: &[u8]) -> u64 {
    let some = || {
        let mut all = [0; 8];
        all[..bytes.len()].copy_from_slice(bytes);
        all
    };
    u64::from_le_bytes(bytes.first_chunk().copied().unwrap_or_else(some))
}

/// Puts 8 bytes, or as many as there is room for.
#[inline]
fn put_number(bytes: &mut [u8], number: u64) {
    let all = number.to_le_bytes();
    match bytes.first_chunk_mut() {
        Some(first) => *first = all,
        None => bytes.copy_from_slice(&all[..bytes.len()]),
    }
}

/// The Lanczos kernel of three lobes, between the points of a table: for small squares its sines, two for each weight, took
/// as long as the rest of the scaling. It also gives the same weights on every system.
fn lanczos3(x: f64) -> f64 {
    let place = x.abs() * POINTS as f64;
    let point = place as usize;
    match KERNEL.get(point..) {
        Some([before, after, ..]) => before + (after - before) * (place - point as f64),
        _ => 0.0,
    }
}

/// Points of the table in each lobe: between them the kernel is straight to five digits.
const POINTS: usize = 256;
const LOBES: usize = 3;

static KERNEL: [f64; LOBES * POINTS + 1] = {
    let mut kernel = [0.0; LOBES * POINTS + 1];
    let mut point = 0;
    while point < LOBES * POINTS {
        kernel[point] = lanczos3_at(point as f64 / POINTS as f64);
        point += 1;
    }
    kernel
};

/// sinc(x) * sinc(x / 3), for 0 to 3.
const fn lanczos3_at(x: f64) -> f64 {
    use std::f64::consts::{FRAC_PI_2, PI};
    if x == 0.0 {
        return 1.0;
    }
    let angle = x * PI / 3.0;
    let sine = sine(if angle > FRAC_PI_2 { PI - angle } else { angle });
    // sin 3a = 3 sin a - 4 sin^3 a
    let square = sine * sine;
    square * (3.0 - 4.0 * square) / (3.0 * angle * angle)
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
