//! From a picture to centred squares, and to the small grid that is compared.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};

use super::raster::{Layout, Raster};
use crate::error::{Code, Error, Result};

/// The centred square of `raster`, `side` pixels wide, by Lanczos3.
pub(super) fn square(raster: &Raster, side: u32) -> Result<Raster> {
    let short = raster.short_side();
    if raster.width == side && raster.height == side {
        return Ok(raster.clone());
    }
    let pixel_type = match raster.layout {
        Layout::Luma => PixelType::U8,
        Layout::Rgb => PixelType::U8x3,
        Layout::Cmyk => PixelType::U8x4,
    };
    // The crop is fractional: an odd rest is cut half a pixel on each side, so mirrored pictures give mirrored squares.
    let left = f64::from(raster.width - short) / 2.0;
    let top = f64::from(raster.height - short) / 2.0;
    let options = ResizeOptions::new()
        .resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3))
        .crop(left, top, f64::from(short), f64::from(short))
        .use_alpha(false);
    let mut target = Image::new(side, side, pixel_type);
    ImageRef::new(raster.width, raster.height, &raster.data, pixel_type)
        .map_err(|error| broken(&error))
        .and_then(|source| Resizer::new().resize(&source, &mut target, &options).map_err(|error| broken(&error)))?;
    Ok(Raster { width: side, height: side, layout: raster.layout, data: target.into_vec() })
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

/// Averages a region of `raster` (left, top, width, height, in pixels) over `cells` x `cells` areas.
/// A pixel on a border counts for both sides by its share.
pub(super) fn average(raster: &Raster, [left, top, width, height]: [f64; 4], cells: usize) -> Vec<f32> {
    match raster.layout.channels() {
        1 => average_of::<1>(raster, [left, top, width, height], cells),
        3 => average_of::<3>(raster, [left, top, width, height], cells),
        _ => average_of::<4>(raster, [left, top, width, height], cells),
    }
}

fn average_of<const N: usize>(raster: &Raster, [left, top, width, height]: [f64; 4], cells: usize) -> Vec<f32> {
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
