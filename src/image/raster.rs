//! Pixels in memory.

/// How the bytes of a pixel are laid out, 8 bits each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// Grey, or one of the planes of a picture.
    Luma,
    /// Red, green, blue.
    Rgb,
    /// Cyan, magenta, yellow, black; 255 is full ink.
    Cmyk,
}

impl Layout {
    /// Bytes of a pixel.
    pub(super) const fn channels(self) -> usize {
        match self {
            Self::Luma => 1,
            Self::Rgb => 3,
            Self::Cmyk => 4,
        }
    }
}

/// A rectangle of pixels, row by row from the top, without padding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Raster {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) layout: Layout,
    pub(super) data: Vec<u8>,
}

impl Raster {
    /// Takes `data` if it has the right length.
    pub(super) fn new(width: u32, height: u32, layout: Layout, data: Vec<u8>) -> Option<Self> {
        let length = width as usize * height as usize * layout.channels();
        (length > 0 && data.len() == length).then_some(Self { width, height, layout, data })
    }

    /// Everything in it.
    pub(super) fn whole(&self) -> Area {
        Area { left: 0.0, top: 0.0, width: f64::from(self.width), height: f64::from(self.height) }
    }
}

/// A part of a raster, in pixels; its borders may lie between two of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Area {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

impl Area {
    /// The part in the middle whose sides are these shares of the area's.
    pub(super) fn middle(self, [width, height]: [f64; 2]) -> Self {
        Self {
            left: self.left + self.width * (1.0 - width) / 2.0,
            top: self.top + self.height * (1.0 - height) / 2.0,
            width: self.width * width,
            height: self.height * height,
        }
    }
}

/// One layer of a picture's pixels.
#[derive(Clone, Debug)]
pub(super) struct Plane {
    pub(super) raster: Raster,
    /// Where the picture lies in the raster: a reduced or subsampled one ends within its last pixel.
    pub(super) picture: Area,
}

/// The pixels of a picture: all channels in one plane, or luma and the two colour differences (full-range BT.601, as JFIF
/// has it), each with as many pixels as the file gives it.
#[derive(Clone, Debug)]
pub(super) enum Pixels {
    Packed(Plane),
    Planar([Plane; 3]),
}

impl From<Raster> for Pixels {
    fn from(raster: Raster) -> Self {
        Self::Packed(Plane { picture: raster.whole(), raster })
    }
}

impl Pixels {
    /// The layout that the pixels have, or have when the planes are joined.
    pub(super) fn layout(&self) -> Layout {
        match self {
            Self::Packed(plane) => plane.raster.layout,
            Self::Planar(_) => Layout::Rgb,
        }
    }

    /// The same for each plane.
    pub(super) fn map(self, change: impl Fn(Plane) -> Plane) -> Self {
        match self {
            Self::Packed(plane) => Self::Packed(change(plane)),
            Self::Planar(planes) => Self::Planar(planes.map(change)),
        }
    }
}

/// One pixel from full-range BT.601 to RGB, in 16-bit fractions.
#[inline]
fn rgb([luma, blue, red]: [u8; 3]) -> [u8; 3] {
    let (luma, blue, red) = ((i32::from(luma) << 16) + (1 << 15), i32::from(blue) - 128, i32::from(red) - 128);
    [luma + 91_881 * red, luma - 22_554 * blue - 46_802 * red, luma + 116_130 * blue]
        .map(|value| (value >> 16).clamp(0, 255) as u8)
}

/// One pixel from RGB to full-range BT.601.
#[inline]
fn ycc([red, green, blue]: [u8; 3]) -> [u8; 3] {
    const HALF: i32 = 1 << 15;
    let [red, green, blue] = [red, green, blue].map(i32::from);
    let middle = (128 << 16) + HALF - 1;
    [
        19_595 * red + 38_470 * green + 7_471 * blue + HALF,
        middle - 11_059 * red - 21_709 * green + 32_768 * blue,
        middle + 32_768 * red - 27_439 * green - 5_329 * blue,
    ]
    .map(|value| (value >> 16) as u8)
}

/// Three planes of one size as RGB.
pub(super) fn join(width: u32, height: u32, [luma, blue, red]: [&[u8]; 3]) -> Raster {
    let data = luma.iter().zip(blue).zip(red).flat_map(|((&luma, &blue), &red)| rgb([luma, blue, red])).collect();
    Raster { width, height, layout: Layout::Rgb, data }
}

/// RGB as three planes.
pub(super) fn split(raster: &Raster) -> [Vec<u8>; 3] {
    let (pixels, _) = raster.data.as_chunks::<3>();
    let mut planes = [(); 3].map(|()| Vec::with_capacity(pixels.len()));
    for pixel in pixels {
        for (plane, value) in planes.iter_mut().zip(ycc(*pixel)) {
            plane.push(value);
        }
    }
    planes
}
