//! Pixels in memory.

/// How the bytes of a pixel are laid out, 8 bits each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// Grey.
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

    /// The shorter side.
    pub(super) fn short_side(&self) -> u32 {
        self.width.min(self.height)
    }
}
