//! The segments of a JPEG file before its first scan.

use image::metadata::Orientation;
use memchr::memchr;

use super::damaged;
use crate::error::{Code, Error, Result};
use crate::image::limits;

/// How the coefficients are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Process {
    /// Sequential, Huffman, 8 bits (SOF0 and SOF1).
    Baseline,
    /// Progressive, Huffman, 8 bits (SOF2).
    Progressive,
}

/// One component of the frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Component {
    pub(super) id: u8,
    pub(super) horizontal: u8,
    pub(super) vertical: u8,
    pub(super) table: u8,
}

/// The frame header.
#[derive(Clone, Debug)]
pub(super) struct Frame {
    pub(super) process: Process,
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) components: Vec<Component>,
}

/// What the segments before the first scan say.
#[derive(Debug)]
pub(super) struct Segments {
    pub(super) frame: Frame,
    pub(super) orientation: Orientation,
    pub(super) profile: Option<Vec<u8>>,
    /// The colour transform that Adobe's segment names: 0 is none.
    pub(super) adobe: Option<u8>,
}

/// A marker and the bytes of its segment.
pub(super) struct Segment<'a> {
    pub(super) marker: u8,
    pub(super) body: &'a [u8],
    /// Where the bytes after the segment begin.
    pub(super) end: usize,
}

/// The segment that begins at or after `position`; stray bytes between segments are stepped over.
pub(super) fn next(bytes: &[u8], mut position: usize) -> Option<Segment<'_>> {
    loop {
        position += memchr(0xFF, bytes.get(position..)?)?;
        let marker = *bytes.get(position + 1)?;
        position += if marker == 0xFF { 1 } else { 2 };
        match marker {
            // Not a marker, or one without a body: restarts, start and TEM.
            0 | 0xFF | 0xD0..=0xD8 | 0x01 => {}
            0xD9 => return Some(Segment { marker, body: &[], end: position }),
            _ => {
                let length = usize::from(u16::from_be_bytes([*bytes.get(position)?, *bytes.get(position + 1)?]));
                let end = position + length.max(2);
                let body = bytes.get(position + 2..end)?;
                return Some(Segment { marker, body, end });
            }
        }
    }
}

/// The file without the stray bytes that some writers leave between the segments of the header, which a strict decoder
/// refuses and every viewer forgives. `None` where there are none.
pub(super) fn without_strays(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut clean = bytes.get(..2)?.to_vec();
    let mut position = 2;
    while let Some(segment) = next(bytes, position).filter(|segment| segment.marker != 0xD9) {
        let begin = segment.end - segment.body.len() - 4;
        clean.extend_from_slice(&bytes[begin..segment.end]);
        position = segment.end;
        if segment.marker == 0xDA {
            clean.extend_from_slice(&bytes[position..]);
            return (clean.len() < bytes.len()).then_some(clean);
        }
    }
    None
}

/// Reads everything up to the first scan.
pub(super) fn read(bytes: &[u8]) -> Result<Segments> {
    let (mut frame, mut orientation, mut adobe) = (None, Orientation::NoTransforms, None::<u8>);
    let mut parts: Vec<(u8, &[u8])> = Vec::new();
    let mut position = 2;
    while let Some(Segment { marker, body, end }) = next(bytes, position) {
        position = end;
        match marker {
            0xC0..=0xC3 | 0xC5..=0xC7 | 0xC9..=0xCB | 0xCD..=0xCF => frame = Some(read_frame(marker, body)?),
            0xE1 => {
                if let Some(exif) = body.strip_prefix(b"Exif\0\0") {
                    orientation = Orientation::from_exif_chunk(exif).unwrap_or(orientation);
                }
            }
            0xE2 => {
                if let Some([number, _, part @ ..]) = body.strip_prefix(b"ICC_PROFILE\0") {
                    parts.push((*number, part));
                }
            }
            0xEE if body.starts_with(b"Adobe") => adobe = body.get(11).copied(),
            0xDA => break,
            0xD9 => return Err(damaged("The JPEG file has no image data.")),
            _ => {}
        }
    }
    let frame = frame.ok_or_else(|| damaged("The JPEG file ends before its image data."))?;
    parts.sort_by_key(|(number, _)| *number);
    let profile: Vec<u8> = parts.into_iter().flat_map(|(_, part)| part).copied().collect();
    Ok(Segments { frame, orientation, profile: (!profile.is_empty()).then_some(profile), adobe })
}

fn read_frame(marker: u8, body: &[u8]) -> Result<Frame> {
    let [precision, h1, h2, w1, w2, count, rest @ ..] = body else {
        return Err(damaged("The JPEG file's frame header is damaged."));
    };
    let process = match marker {
        0xC0 | 0xC1 => Process::Baseline,
        0xC2 => Process::Progressive,
        _ => return Err(rare("lossless, hierarchical or arithmetic-coded")),
    };
    if *precision != 8 {
        return Err(rare("12-bit"));
    }
    let (width, height) = (u32::from(u16::from_be_bytes([*w1, *w2])), u32::from(u16::from_be_bytes([*h1, *h2])));
    limits::check_size(width, height)?;
    let components: Vec<Component> = rest
        .chunks_exact(3)
        .take(usize::from(*count))
        .map(|c| Component { id: c[0], horizontal: c[1] >> 4, vertical: c[1] & 15, table: c[2] })
        .collect();
    let usable = |c: &Component| matches!(c.horizontal, 1..=4) && matches!(c.vertical, 1..=4) && c.table < 4;
    if components.len() != usize::from(*count) || !components.iter().all(usable) {
        return Err(damaged("The JPEG file's frame header is damaged."));
    }
    if !matches!(components.len(), 1 | 3 | 4) {
        return Err(rare("two-component"));
    }
    Ok(Frame { process, width, height, components })
}

fn rare(kind: &str) -> Error {
    Error::new(
        Code::PictureUnsupported,
        format!("The picture is a {kind} JPEG file, a variant that no browser shows either."),
    )
}
