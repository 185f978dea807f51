//! One block: read its low frequencies, step over the rest, turn them into pixels.

use super::bits::Bits;
use super::huffman::Table;

/// Where each of the first 25 frequencies in file order lies among the 4 x 4 lowest ones; 16 is outside.
const SLOT: [u8; 25] = [0, 1, 4, 8, 5, 2, 3, 6, 9, 12, 16, 13, 10, 7, 16, 16, 16, 11, 14, 16, 16, 16, 16, 16, 15];

/// Low frequencies of a block, four a row; the last place takes what lies outside.
pub(super) type Low = [i32; 17];

/// Index in file order of the last frequency that a picture of this scale needs.
pub(super) fn last_needed(scale: usize) -> usize {
    match scale {
        1 => 0,
        2 => 4,
        _ => 24,
    }
}

/// Takes the difference that begins each block.
#[inline]
pub(super) fn difference(bits: &mut Bits, table: &Table) -> Option<i32> {
    bits.fill();
    let size = table.symbol(bits).filter(|&size| size <= 11)?;
    Some(bits.signed(u32::from(size)))
}

/// Takes the frequencies after the lowest: keeps those up to `last`, steps over the others.
#[inline]
pub(super) fn frequencies(bits: &mut Bits, table: &Table, steps: &[u16; 64], last: usize, low: &mut Low) -> Option<()> {
    let mut index = 1;
    while index <= last {
        bits.fill();
        let symbol = table.symbol(bits)?;
        let (run, size) = (usize::from(symbol >> 4), u32::from(symbol & 15));
        if size == 0 {
            if run != 15 {
                return Some(());
            }
            index += 16;
            continue;
        }
        index += run;
        let value = bits.signed(size);
        if index <= last {
            low[usize::from(SLOT[index])] = value.wrapping_mul(i32::from(steps[index]));
        }
        index += 1;
    }
    while index < 64 {
        bits.fill();
        let leap = table.leap(bits);
        // The block may end without saying so after its 64th frequency; then what follows is another block's.
        if leap.bits > 0 && index + usize::from(leap.frequencies) < 64 {
            bits.take(u32::from(leap.bits));
            if leap.ends {
                return Some(());
            }
            index += usize::from(leap.frequencies);
            continue;
        }
        let symbol = table.symbol(bits)?;
        let (run, size) = (usize::from(symbol >> 4), u32::from(symbol & 15));
        bits.take(size);
        if size == 0 && run != 15 {
            return Some(());
        }
        index += run + 1;
    }
    (index == 64).then_some(())
}

/// One pixel for the whole block.
#[inline]
pub(super) fn one_pixel(lowest: i32) -> u8 {
    sample(lowest.wrapping_add(4) >> 3)
}

/// 2 x 2 pixels.
#[inline]
pub(super) fn four_pixels(low: &Low) -> [[u8; 2]; 2] {
    let (base, right, down, both) = (low[0].wrapping_add(4), low[1], low[4], low[5]);
    let pixel = |horizontal: i32, vertical: i32| {
        let sum = base
            .wrapping_add(right.wrapping_mul(horizontal))
            .wrapping_add(down.wrapping_mul(vertical))
            .wrapping_add(both.wrapping_mul(horizontal * vertical));
        sample(sum >> 3)
    };
    [[pixel(1, 1), pixel(-1, 1)], [pixel(1, -1), pixel(-1, -1)]]
}

/// 4 x 4 pixels. Nothing is rounded before the end, so turned and mirrored files give turned and mirrored pixels.
#[inline]
pub(super) fn sixteen_pixels(low: &Low) -> [[u8; 4]; 4] {
    let mut half = [[0i32; 4]; 4];
    for (row, line) in half.iter_mut().enumerate() {
        *line = four_points([low[4 * row], low[4 * row + 1], low[4 * row + 2], low[4 * row + 3]]);
    }
    let mut pixels = [[0; 4]; 4];
    for column in 0..4 {
        let line = four_points([half[0][column], half[1][column], half[2][column], half[3][column]]);
        for (row, value) in line.into_iter().enumerate() {
            pixels[row][column] = sample(value.wrapping_add(1 << 20) >> 21);
        }
    }
    pixels
}

/// Four points from four frequencies, 1024 times as large: the cosines are 10-bit fractions.
#[inline]
fn four_points([f0, f1, f2, f3]: [i32; 4]) -> [i32; 4] {
    const HALF: i32 = 512; // 1024 / 2
    const NEAR: i32 = 669; // 1024 * sqrt(1/2) * cos(pi/8)
    const FAR: i32 = 277; // 1024 * sqrt(1/2) * cos(3 pi/8)
    let (sum, difference) = (f0.wrapping_add(f2).wrapping_mul(HALF), f0.wrapping_sub(f2).wrapping_mul(HALF));
    let outer = f1.wrapping_mul(NEAR).wrapping_add(f3.wrapping_mul(FAR));
    let inner = f1.wrapping_mul(FAR).wrapping_sub(f3.wrapping_mul(NEAR));
    [sum.wrapping_add(outer), difference.wrapping_add(inner), difference.wrapping_sub(inner), sum.wrapping_sub(outer)]
}

#[inline]
fn sample(value: i32) -> u8 {
    value.saturating_add(128).clamp(0, 255) as u8
}
