//! JPEG out: baseline, 4:2:0, no metadata. A square of planes goes in as it is, without a detour through RGB.

mod blocks;
mod huffman;

use super::square::Square;
use blocks::{Divisors, Samples};
use huffman::{Codes, Writer};

/// Quality of what is written. At 85 a second encoding by the service is not visible; below, faces begin to show blocks.
pub(super) const QUALITY: u8 = 85;

/// Quality of the upload: the service makes its own renditions of it, so as little as possible is to be lost before.
pub(super) const UPLOAD_QUALITY: u8 = 92;

/// The square as a JPEG file.
pub(super) fn jpeg(square: &Square, quality: u8) -> Vec<u8> {
    let side = square.side as usize;
    let mut file = Vec::with_capacity(1024 + side * side / 3);
    let tables = [blocks::LUMA, blocks::CHROMA].map(|base| blocks::steps(&base, quality));
    let tables = if square.chroma.is_some() { &tables[..] } else { &tables[..1] };
    header(&mut file, square, tables);
    let [luma_divisors, chroma_divisors] = [0, 1].map(|index| Divisors::new(&tables[index % tables.len()]));
    let mut writer = Writer::new(file);
    let luma = Samples { side, bytes: &square.luma };
    if let Some(chroma) = &square.chroma {
        let [mut grey, mut blue, mut red] = [0; 3];
        let [blues, reds] = chroma.each_ref().map(|bytes| Samples { side: side.div_ceil(2), bytes });
        for (y, x) in grid(side.div_ceil(16)) {
            for (down, right) in grid(2) {
                let block = luma.block(2 * x + right, 2 * y + down);
                writer.block(Codes::LUMA, &luma_divisors.quantised(&block), &mut grey);
            }
            writer.block(Codes::CHROMA, &chroma_divisors.quantised(&blues.block(x, y)), &mut blue);
            writer.block(Codes::CHROMA, &chroma_divisors.quantised(&reds.block(x, y)), &mut red);
        }
    } else {
        let mut grey = 0;
        for (y, x) in grid(side.div_ceil(8)) {
            writer.block(Codes::LUMA, &luma_divisors.quantised(&luma.block(x, y)), &mut grey);
        }
    }
    let mut file = writer.end();
    file.extend([0xFF, 0xD9]);
    file
}

/// Rows and columns of a square of `side` places, row by row.
fn grid(side: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..side).flat_map(move |row| (0..side).map(move |column| (row, column)))
}

/// Everything before the coded blocks. The first table is for luma, the second one for chroma.
fn header(file: &mut Vec<u8>, square: &Square, tables: &[[u8; 64]]) {
    file.extend([0xFF, 0xD8]);
    let mut segment = |marker: u8, body: &[u8]| {
        file.extend([0xFF, marker]);
        // The longest one is a table of codes, of under 200 bytes.
        file.extend((body.len() as u16 + 2).to_be_bytes());
        file.extend(body);
    };
    segment(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0");
    for (index, table) in (0..).zip(tables) {
        segment(0xDB, &[&[index][..], table].concat());
    }
    let [high, low] = (square.side as u16).to_be_bytes();
    let components: &[[u8; 3]] =
        if tables.len() == 1 { &[[1, 0x11, 0]] } else { &[[1, 0x22, 0], [2, 0x11, 1], [3, 0x11, 1]] };
    segment(0xC0, &[&[8, high, low, high, low, components.len() as u8], components.as_flattened()].concat());
    for (index, codes) in (0..).zip([Codes::LUMA, Codes::CHROMA]).take(tables.len()) {
        segment(0xC4, &[&[index][..], codes.differences.counts, codes.differences.symbols].concat());
        segment(0xC4, &[&[0x10 | index][..], codes.frequencies.counts, codes.frequencies.symbols].concat());
    }
    let scan: Vec<u8> = components.iter().flat_map(|[id, _, table]| [*id, table << 4 | table]).collect();
    segment(0xDA, &[&[components.len() as u8][..], &scan, &[0, 63, 0]].concat());
}
