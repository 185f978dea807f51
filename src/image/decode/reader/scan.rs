//! Scans: which components they hold, and the order of their blocks.

use memchr::memchr;

use super::bits::{Bits, Coded};
use super::huffman::Table;
use super::planes::Plane;
use super::transform::{self, Low, Order, Whole};
use super::{Reader, blocks, damaged};
use crate::error::Result;
use crate::image::decode::segments::{Frame, Process};

/// A scan's header.
pub(super) struct Scan {
    /// Index of the component in the frame, its table for differences and its table for frequencies.
    pub(super) parts: Vec<[usize; 3]>,
    /// The first frequency that the scan holds.
    pub(super) first: u8,
    /// Bits of precision that were sent before (high) and that are still missing (low).
    high: u8,
    low: u8,
}

impl Scan {
    pub(super) fn parse(header: &[u8], frame: &Frame) -> Result<Self> {
        let bad = || damaged("A scan header is damaged.");
        let (count, rest) = header.split_first().ok_or_else(bad)?;
        let (parts, rest) = rest.split_at_checked(2 * usize::from(*count)).ok_or_else(bad)?;
        let [first, last, precision, ..] = *rest else { return Err(bad()) };
        let find = |pair: &[u8]| {
            let component = frame.components.iter().position(|component| component.id == pair[0])?;
            Some([component, usize::from(pair[1] >> 4), usize::from(pair[1] & 15)])
        };
        let parts: Vec<[usize; 3]> = parts.chunks_exact(2).map(find).collect::<Option<_>>().ok_or_else(bad)?;
        let distinct = (1..parts.len()).all(|index| parts[..index].iter().all(|part| part[0] != parts[index][0]));
        let tables = parts.iter().all(|part| part[1] < 4 && part[2] < 4);
        let range = match frame.process {
            Process::Baseline => first == 0 && last == 63 && precision == 0,
            Process::Progressive => (first > 0 && last >= first && last < 64) || (first == 0 && last == 0),
        };
        let (high, low) = (precision >> 4, precision & 15);
        if parts.is_empty() || !distinct || !tables || !range || low > 13 {
            return Err(bad());
        }
        Ok(Self { parts, first, high, low })
    }
}

/// One component of a scan at work.
struct Part<'a> {
    plane: Plane,
    index: usize,
    differences: Option<&'a Table>,
    frequencies: Option<&'a Table>,
    steps: [u16; 64],
    previous: i32,
}

/// Reads a scan of a baseline file, straight to pixels; gives the position after it.
pub(super) fn baseline(reader: &mut Reader, scan: &Scan, position: usize) -> Result<usize> {
    let order = Order::new(reader.lies);
    read(reader, scan, position, |bits, part, at| {
        let (differences, frequencies) = part.differences.zip(part.frequencies)?;
        part.previous = part.previous.wrapping_add(blocks::difference(bits, differences)?);
        match part.plane.scale {
            6 => part.put_whole::<6>(bits, &order, frequencies, at),
            8 => part.put_whole::<8>(bits, &order, frequencies, at),
            scale => {
                let mut low: Low = [0; 17];
                low[0] = part.previous.wrapping_mul(i32::from(part.steps[0]));
                blocks::frequencies(bits, frequencies, &part.steps, blocks::last_needed(scale), &mut low)?;
                part.plane.put(at, &low);
                Some(())
            }
        }
    })
}

impl Part<'_> {
    /// Reads the block at a place and puts its N x N pixels.
    #[inline]
    fn put_whole<const N: usize>(
        &mut self,
        bits: &mut Bits,
        order: &Order,
        frequencies: &Table,
        at: [usize; 2],
    ) -> Option<()> {
        let mut block: Whole = [0.0; 64];
        block[0] = f32::from(self.previous as i16) * f32::from(self.steps[0]);
        let pixels = match blocks::all_frequencies(bits, frequencies, &self.steps, order, &mut block)? {
            0 => [[transform::one_pixel(self.previous.wrapping_mul(i32::from(self.steps[0]))); N]; N],
            pairs => order.pixels(&block, pairs),
        };
        self.plane.put_pixels(at, &pixels);
        Some(())
    }
}

/// Reads a scan of lowest frequencies of a progressive file; gives the position after it.
pub(super) fn lowest(reader: &mut Reader, scan: &Scan, position: usize) -> Result<usize> {
    for &[index, ..] in &scan.parts {
        let plane = &mut reader.planes[index];
        plane.lowest.resize(plane.blocks[0] * plane.blocks[1], 0);
    }
    let (refines, shift) = (scan.high > 0, scan.low);
    read(reader, scan, position, |bits, part, [x, y]| {
        let place = &mut part.plane.lowest[y * part.plane.blocks[0] + x];
        if refines {
            bits.fill();
            *place |= (bits.peek(1) as u16).cast_signed() << shift;
            bits.take(1);
        } else {
            part.previous = part.previous.wrapping_add(blocks::difference(bits, part.differences?)?);
            *place = (part.previous << shift) as i16;
        }
        Some(())
    })
}

/// Steps over a scan: to the next marker that is neither a stuffed byte nor a restart.
pub(super) fn skip(bytes: &[u8], mut position: usize) -> usize {
    while let Some(found) = bytes.get(position..).and_then(|rest| memchr(0xFF, rest)) {
        position += found;
        match bytes.get(position + 1) {
            Some(0 | 0xD0..=0xD7) => position += 2,
            Some(0xFF) => position += 1,
            _ => return position,
        }
    }
    bytes.len()
}

/// Goes through the blocks of a scan in their order.
fn read(
    reader: &mut Reader,
    scan: &Scan,
    position: usize,
    mut block: impl FnMut(&mut Bits, &mut Part, [usize; 2]) -> Option<()>,
) -> Result<usize> {
    let mut parts = Vec::with_capacity(scan.parts.len());
    for &[index, differences, frequencies] in &scan.parts {
        let steps = reader.quantisation_of(reader.frame.components[index])?;
        // The plane leaves the reader while its scan is read; `read` puts it back.
        parts.push(Part {
            plane: std::mem::take(&mut reader.planes[index]),
            index,
            differences: reader.dc_tables[differences].as_ref(),
            frequencies: reader.ac_tables[frequencies].as_ref(),
            steps,
            previous: 0,
        });
    }
    let bad = || damaged("The JPEG file's image data is damaged or incomplete.");
    let (coded, end) = Coded::read(reader.bytes, position);
    let mut walk = Walk::new(&coded, reader.restart_interval).ok_or_else(bad)?;
    if let [part] = parts.as_mut_slice() {
        let [columns, rows] = part.plane.own_blocks;
        for y in 0..rows {
            for x in 0..columns {
                walk.step(std::slice::from_mut(part)).ok_or_else(bad)?;
                block(&mut walk.bits, part, [x, y]).ok_or_else(bad)?;
            }
        }
    } else {
        let first = &parts[0].plane;
        let [columns, rows] = [first.blocks[0] / first.unit[0], first.blocks[1] / first.unit[1]];
        for unit_y in 0..rows {
            for unit_x in 0..columns {
                walk.step(&mut parts).ok_or_else(bad)?;
                for part in &mut parts {
                    let [width, height] = part.plane.unit;
                    for y in unit_y * height..(unit_y + 1) * height {
                        for x in unit_x * width..(unit_x + 1) * width {
                            block(&mut walk.bits, part, [x, y]).ok_or_else(bad)?;
                        }
                    }
                }
            }
        }
    }
    if walk.bits.overdrawn() {
        return Err(bad());
    }
    for mut part in parts {
        part.plane.complete = true;
        reader.planes[part.index] = part.plane;
    }
    Ok(end)
}

/// The way through a scan, with its restarts.
struct Walk<'a> {
    coded: &'a Coded,
    bits: Bits<'a>,
    /// Units between restarts; 0 where there are none.
    interval: usize,
    /// Units that are left until the next restart.
    left: usize,
    restarts: usize,
}

impl<'a> Walk<'a> {
    fn new(coded: &'a Coded, interval: usize) -> Option<Self> {
        Some(Self { coded, bits: coded.interval(0)?, interval, left: interval, restarts: 0 })
    }

    /// Goes on to the next unit.
    #[inline]
    fn step(&mut self, parts: &mut [Part]) -> Option<()> {
        if self.interval > 0 {
            if self.left == 0 {
                self.restart(parts)?;
            }
            self.left -= 1;
        }
        Some(())
    }

    #[cold]
    fn restart(&mut self, parts: &mut [Part]) -> Option<()> {
        if self.bits.overdrawn() {
            return None;
        }
        self.restarts += 1;
        self.left = self.interval;
        self.bits = self.coded.interval(self.restarts)?;
        for part in parts {
            part.previous = 0;
        }
        Some(())
    }
}
