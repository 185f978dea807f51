//! The eight orientations that EXIF knows.

use image::metadata::Orientation;

use super::raster::{Area, Pixels, Plane, Raster};

/// Turns and mirrors a picture so that up is up.
///
/// It happens before any scaling: every later step sees the same pixels whichever way the camera was held, so the eight
/// ways to store one scene come out equal to the last bit.
pub(super) fn apply(pixels: Pixels, orientation: Orientation) -> Pixels {
    if orientation == Orientation::NoTransforms {
        return pixels;
    }
    let (flip_x, flip_y, swap) = steps(orientation);
    pixels.map(|Plane { raster, picture }| Plane {
        picture: turned(&raster, picture, flip_x, flip_y, swap),
        raster: match raster.layout.channels() {
            1 => turn::<1>(&raster, flip_x, flip_y, swap),
            3 => turn::<3>(&raster, flip_x, flip_y, swap),
            _ => turn::<4>(&raster, flip_x, flip_y, swap),
        },
    })
}

/// Where an area of the raster comes to lie.
fn turned(raster: &Raster, area: Area, flip_x: bool, flip_y: bool, swap: bool) -> Area {
    let Area { mut left, mut top, width, height } = area;
    if flip_x {
        left = f64::from(raster.width) - (left + width);
    }
    if flip_y {
        top = f64::from(raster.height) - (top + height);
    }
    if swap { Area { left: top, top: left, width: height, height: width } } else { Area { left, top, width, height } }
}

/// Whether width and height change places.
pub(super) fn swaps_sides(orientation: Orientation) -> bool {
    steps(orientation).2
}

/// Mirror the columns, mirror the rows, then swap rows and columns.
fn steps(orientation: Orientation) -> (bool, bool, bool) {
    match orientation {
        Orientation::NoTransforms => (false, false, false),
        Orientation::FlipHorizontal => (true, false, false),
        Orientation::Rotate180 => (true, true, false),
        Orientation::FlipVertical => (false, true, false),
        Orientation::Rotate90FlipH => (false, false, true),
        Orientation::Rotate90 => (false, true, true),
        Orientation::Rotate270FlipH => (true, true, true),
        Orientation::Rotate270 => (true, false, true),
    }
}

fn turn<const N: usize>(raster: &Raster, flip_x: bool, flip_y: bool, swap: bool) -> Raster {
    let (width, height) = (raster.width as usize, raster.height as usize);
    let (pixels, _) = raster.data.as_chunks::<N>();
    let (out_width, out_height) = if swap { (height, width) } else { (width, height) };
    let mut data = Vec::with_capacity(raster.data.len());
    for row in 0..out_height {
        for column in 0..out_width {
            let (x, y) = if swap { (row, column) } else { (column, row) };
            let x = if flip_x { width - 1 - x } else { x };
            let y = if flip_y { height - 1 - y } else { y };
            data.extend_from_slice(&pixels[y * width + x]);
        }
    }
    Raster { width: out_width as u32, height: out_height as u32, layout: raster.layout, data }
}
