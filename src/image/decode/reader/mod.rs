//! A JPEG reader that decodes no more than a small square needs, and gives luma and chroma as the file has them.
//!
//! A block of 8 x 8 pixels is stored as 64 frequencies, the low ones first. For a picture of an eighth, a quarter or half the
//! size only the lowest 1, 4 or 16 of them matter: the others are stepped over, several at a time. A progressive file keeps
//! the lowest of all in scans of their own, so everything else is not even looked at. Baseline files are read at three
//! quarters of their size or whole, too.
//!
//! Sums are not rounded before the end, or in the order of the upright picture, so a file that was turned or mirrored without
//! loss gives the same pixels, turned.

mod bits;
mod blocks;
mod huffman;
mod planes;
mod scan;
mod transform;

use super::damaged;
use super::segments::{self, Component, Frame, Process, Segments};
use crate::error::Result;
use crate::image::limits::{self, MAX_SCANS};
use crate::image::orient;
use crate::image::raster::Pixels;
use huffman::Table;
use planes::Plane;
use scan::Scan;

/// Pixels to read of 8, for each component.
type Scales = [usize; 3];

/// How much to read for squares of up to `largest` pixels. `None` where this reader cannot give as much.
///
/// Of luma the least that leaves half as many again as asked for: beside a full decode that costs less than 0.0005 of SSIM
/// (`cargo xtask bench image` shows it). Of chroma, which is written with half the pixels, the least that leaves as many.
pub(super) fn choose_scales(frame: &Frame, largest: u32) -> Option<Scales> {
    let kept = |index: usize, scale: usize| planes::reduced(frame, index, scale).into_iter().fold(f64::MAX, f64::min);
    let largest = f64::from(largest);
    if frame.process == Process::Progressive {
        // Only the lowest frequency has scans of its own, and an eighth of the pixels is all that it gives.
        return Some([1; 3]).filter(|_| kept(0, 1) >= largest);
    }
    let least =
        |index: usize, wanted: f64| [1, 2, 4, 6].into_iter().find(|&scale| kept(index, scale) >= wanted).unwrap_or(8);
    let chroma = |index: usize| if frame.components.len() == 3 { least(index, largest / 2.0) } else { 8 };
    Some([least(0, largest * 1.5), chroma(1), chroma(2)])
}

/// Scans of a file, without reading them.
pub(super) fn count_scans(bytes: &[u8]) -> usize {
    let (mut position, mut scans) = (2, 0);
    while let Some(segment) = segments::next(bytes, position).filter(|segment| segment.marker != 0xD9) {
        let is_scan = segment.marker == 0xDA;
        scans += usize::from(is_scan);
        position = if is_scan { scan::skip(bytes, segment.end) } else { segment.end };
    }
    scans
}

/// Whether this reader knows the colours of such a file.
pub(super) fn reads(segments: &Segments) -> bool {
    match segments.frame.components.as_slice() {
        [_] => true,
        [first, second, third] => segments.adobe != Some(0) && [first.id, second.id, third.id] != *b"RGB",
        _ => false,
    }
}

/// What a walk through the file has met so far.
struct Reader<'a> {
    bytes: &'a [u8],
    frame: &'a Frame,
    /// Whether the picture lies on its side.
    lies: bool,
    planes: Vec<Plane>,
    quantisation: [Option<[u16; 64]>; 4],
    dc_tables: [Option<Table>; 4],
    ac_tables: [Option<Table>; 4],
    restart_interval: usize,
}

/// Decodes the picture at these scales.
pub(super) fn decode(bytes: &[u8], segments: &Segments, scales: Scales) -> Result<Pixels> {
    let frame = &segments.frame;
    if scales.iter().any(|scale| *scale > 4) {
        // A plane for each component, and for one of them a second one while it is turned.
        limits::check_memory(frame.width, frame.height, frame.components.len() as u64 + 1)?;
    }
    let mut reader = Reader {
        bytes,
        frame,
        lies: orient::swaps_sides(segments.orientation),
        planes: planes::layout(frame, scales),
        quantisation: [None; 4],
        dc_tables: [const { None }; 4],
        ac_tables: [const { None }; 4],
        restart_interval: 0,
    };
    reader.walk()?;
    planes::finish(reader.planes)
}

impl Reader<'_> {
    fn walk(&mut self) -> Result<()> {
        let mut position = 2;
        let mut scans = 0;
        while let Some(segment) = segments::next(self.bytes, position) {
            position = segment.end;
            match segment.marker {
                0xC4 => self.read_huffman(segment.body)?,
                0xDB => self.read_quantisation(segment.body)?,
                0xDD => {
                    self.restart_interval =
                        segment.body.first_chunk().map_or(0, |pair| u16::from_be_bytes(*pair).into());
                }
                0xDA => {
                    scans += 1;
                    if scans > MAX_SCANS {
                        return Err(damaged("The JPEG file has too many scans."));
                    }
                    position = self.read_scan(segment.body, position)?;
                    if self.frame.process == Process::Baseline && self.planes.iter().all(|plane| plane.complete) {
                        return Ok(());
                    }
                }
                0xD9 => break,
                _ => {}
            }
            if segment.end >= self.bytes.len() {
                return Err(damaged("The JPEG file ends too early."));
            }
        }
        let ended = self.bytes.get(..position).is_some_and(|read| read.ends_with(&[0xFF, 0xD9]));
        if !ended || !self.planes.iter().all(|plane| plane.complete) {
            return Err(damaged("The JPEG file ends too early."));
        }
        if self.frame.process == Process::Progressive {
            self.finish_planes()?;
        }
        Ok(())
    }

    /// Reads one scan; gives the position after it.
    fn read_scan(&mut self, header: &[u8], position: usize) -> Result<usize> {
        let scan = Scan::parse(header, self.frame)?;
        match self.frame.process {
            Process::Baseline => {
                for &[component, _, frequencies] in &scan.parts {
                    let scale = self.planes[component].scale;
                    if let Some(table) = &mut self.ac_tables[frequencies] {
                        table.prepare(scale);
                    }
                }
                scan::baseline(self, &scan, position)
            }
            Process::Progressive if scan.first > 0 => Ok(scan::skip(self.bytes, position)),
            Process::Progressive => scan::lowest(self, &scan, position),
        }
    }

    fn quantisation_of(&self, component: Component) -> Result<[u16; 64]> {
        self.quantisation[usize::from(component.table)]
            .ok_or_else(|| damaged("The JPEG file lacks a quantisation table."))
    }

    /// From the lowest frequencies of a progressive file to pixels.
    fn finish_planes(&mut self) -> Result<()> {
        for index in 0..self.planes.len() {
            let step = i32::from(self.quantisation_of(self.frame.components[index])?[0]);
            self.planes[index].pixels_of_lowest(step);
        }
        Ok(())
    }

    fn read_quantisation(&mut self, mut body: &[u8]) -> Result<()> {
        while let [kind, rest @ ..] = body {
            let wide = kind >> 4 != 0;
            let size = if wide { 128 } else { 64 };
            let (values, rest) =
                rest.split_at_checked(size).ok_or_else(|| damaged("A quantisation table is damaged."))?;
            let mut table = [0u16; 64];
            for (index, value) in table.iter_mut().enumerate() {
                *value = if wide {
                    u16::from_be_bytes([values[2 * index], values[2 * index + 1]])
                } else {
                    u16::from(values[index])
                };
            }
            self.quantisation[usize::from(kind & 3)] = Some(table);
            body = rest;
        }
        Ok(())
    }

    fn read_huffman(&mut self, mut body: &[u8]) -> Result<()> {
        while let [kind, rest @ ..] = body {
            let bad = || damaged("A Huffman table is damaged.");
            let (counts, rest) = rest.split_first_chunk::<16>().ok_or_else(bad)?;
            let total = counts.iter().map(|&count| usize::from(count)).sum();
            let (symbols, rest) = rest.split_at_checked(total).ok_or_else(bad)?;
            let table = Table::new(counts, symbols).ok_or_else(bad)?;
            let slot = usize::from(kind & 3);
            if kind >> 4 == 0 {
                self.dc_tables[slot] = Some(table);
            } else {
                self.ac_tables[slot] = Some(table);
            }
            body = rest;
        }
        Ok(())
    }
}
