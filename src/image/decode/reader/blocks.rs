//! One block: read its low frequencies, step over the rest, turn them into pixels.

use super::bits::Bits;
use super::huffman::Table;
use crate::image::lanes::{self, Block, EVEN_WAVES, Lanes, ODD_WAVES};

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
    *bits = after_frequencies(*bits, table, steps, last, low)?;
    Some(())
}

#[inline]
fn after_frequencies<'a>(
    mut bits: Bits<'a>,
    table: &Table,
    steps: &[u16; 64],
    last: usize,
    low: &mut Low,
) -> Option<Bits<'a>> {
    let mut index = 1;
    while index <= last {
        bits.fill();
        let symbol = table.symbol(&mut bits)?;
        let (run, size) = (usize::from(symbol >> 4), u32::from(symbol & 15));
        if size == 0 {
            if run != 15 {
                return Some(bits);
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
        let leap = table.leap(&bits);
        // The block may end without saying so after its 64th frequency; then what follows is another block's.
        if leap.bits > 0 && index + usize::from(leap.frequencies) < 64 {
            bits.take(u32::from(leap.bits));
            if leap.ends {
                return Some(bits);
            }
            index += usize::from(leap.frequencies);
            continue;
        }
        let symbol = table.symbol(&mut bits)?;
        let (run, size) = (usize::from(symbol >> 4), u32::from(symbol & 15));
        bits.take(size);
        if size == 0 && run != 15 {
            return Some(bits);
        }
        index += run + 1;
    }
    (index == 64).then_some(bits)
}

/// Where each frequency in file order lies in a block, row by row.
#[rustfmt::skip]
const PLACE: [u8; 64] = [
     0,  1,  8, 16,  9,  2,  3, 10, 17, 24, 32, 25, 18, 11,  4,  5,
    12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13,  6,  7, 14, 21, 28,
    35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51,
    58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
];

/// All frequencies of a block, row by row, or column by column for a picture that lies on its side.
pub(super) type Whole = [f32; 64];

/// How whole blocks are read.
pub(super) struct Order {
    places: [u8; 64],
    /// Whether the picture lies on its side.
    turned: bool,
}

impl Order {
    /// Rows are summed up first as they are when the picture stands upright: a file that was turned without loss rounds
    /// the same sums, and gives the same pixels.
    pub(super) fn new(turned: bool) -> Self {
        Self { places: if turned { PLACE.map(|place| place % 8 * 8 + place / 8) } else { PLACE }, turned }
    }

    /// What the frequencies, in file order, are multiplied with.
    pub(super) fn factors(&self, steps: &[u16; 64]) -> Whole {
        std::array::from_fn(|at| f32::from(steps[at]) * WEIGHTS[usize::from(self.places[at] / 8)] / 8f32.sqrt())
    }

    /// Takes the frequencies after the lowest, all of them; says up to which pair of columns there are any, and 0 where
    /// there are none.
    #[inline]
    pub(super) fn frequencies(
        &self,
        place: &mut Bits,
        table: &Table,
        factors: &Whole,
        block: &mut Whole,
    ) -> Option<usize> {
        let mut bits = *place;
        let (mut index, mut columns) = (0, 0);
        while index < 63 {
            bits.fill();
            let found = table.find(&bits);
            let value = if found.bits > 0 {
                bits.take(u32::from(found.bits));
                if found.step == 0 {
                    break;
                }
                index += usize::from(found.step);
                found.value
            } else {
                let symbol = table.symbol(&mut bits)?;
                let (run, size) = (usize::from(symbol >> 4), u32::from(symbol & 15));
                if size == 0 && run != 15 {
                    break;
                }
                index += run + 1;
                bits.signed(size) as i16
            };
            if index > 63 {
                return None;
            }
            let place = usize::from(self.places[index] & 63);
            columns |= place & 7;
            block[place] = f32::from(value) * factors[index];
        }
        *place = bits;
        Some(if index == 0 { 0 } else { PAIRS[columns] })
    }

    /// 8 x 8 pixels from the first `2 * pairs` frequencies of each row.
    #[inline]
    pub(super) fn pixels(&self, block: &Whole, pairs: usize) -> [[u8; 8]; 8] {
        let mut rows = [Lanes::ZERO; 8];
        for (row, values) in rows.iter_mut().zip(block.as_chunks::<8>().0) {
            row.0 = *values;
        }
        let mut pixels = [[0; 8]; 8];
        for (pixels, line) in pixels.iter_mut().zip(eight_points(&rows)) {
            along(&line.0, pairs, pixels);
        }
        if self.turned { upright(&pixels) } else { pixels }
    }
}

/// Writes the pixels of one row from the first `2 * pairs` of its frequencies. A mirrored row gives exactly the mirrored pixels.
#[inline]
fn along(line: &[f32; 8], pairs: usize, pixels: &mut [u8; 8]) {
    let (mut even, mut odd) = ([128.0; 4], [0.0; 4]);
    for (pair, (even_wave, odd_wave)) in
        line.as_chunks::<2>().0.iter().zip(EVEN_WAVES.iter().zip(&ODD_WAVES)).take(pairs)
    {
        lanes::add_wave(&mut even, pair[0], even_wave);
        lanes::add_wave(&mut odd, pair[1], odd_wave);
    }
    let mut values = [0.0; 8];
    for at in 0..4 {
        values[at] = even[at] + odd[at];
        values[7 - at] = even[at] - odd[at];
    }
    Lanes(values).write_bytes(pixels);
}

#[cold]
fn upright(pixels: &[[u8; 8]; 8]) -> [[u8; 8]; 8] {
    std::array::from_fn(|row| std::array::from_fn(|column| pixels[column][row]))
}

/// Pairs of columns that hold all places whose columns, joined bit by bit, give the index.
const PAIRS: [usize; 8] = [1, 1, 2, 2, 4, 4, 4, 4];

/// What the transform below wants each frequency of a column to be multiplied with: cos(index * pi / 16), and but for the
/// lowest the root of two.
const WEIGHTS: [f32; 8] = [1.0, 1.387_04, 1.306_563, 1.175_875_6, 1.0, 0.785_695, 0.541_196_1, 0.275_899_4];

/// Eight points from eight frequencies, eight times side by side, by Arai, Agui and Nakajima: five multiplications, and
/// factors that went into the frequencies before. A mirrored block gives exactly the mirrored points.
#[inline(never)]
fn eight_points(&[f0, f1, f2, f3, f4, f5, f6, f7]: &Block) -> Block {
    use std::f32::consts::SQRT_2;
    let (sum, difference, both) = (f0 + f4, f0 - f4, f2 + f6);
    let apart = (f2 - f6) * SQRT_2 - both;
    let even = [sum + both, difference + apart, difference - apart, sum - both];

    let (plus, minus, outer, inner) = (f5 + f3, f5 - f3, f1 + f7, f1 - f7);
    let shared = (minus + inner) * 1.847_759;
    let first = outer + plus;
    let second = shared - minus * 2.613_126 - first;
    let third = (outer - plus) * SQRT_2 - second;
    let fourth = shared - inner * 1.082_392_2 - third;
    [
        even[0] + first,
        even[1] + second,
        even[2] + third,
        even[3] + fourth,
        even[3] - fourth,
        even[2] - third,
        even[1] - second,
        even[0] - first,
    ]
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Frequencies as a photo has them: less, the higher they are.
    fn block() -> Whole {
        let weight = |at: usize| 700.0 / (1.0 + (at / 8 * (at % 8) * 3 + at / 8 + at % 8) as f32);
        std::array::from_fn(|at| ((at * 7919 % 64) as f32 / 32.0 - 1.0) * weight(at))
    }

    /// Frequencies of a file, row by row, as the reader keeps them.
    fn stored(block: &Whole, order: &Order) -> Whole {
        let factors = order.factors(&[1; 64]);
        let mut stored = [0.0; 64];
        for at in 0..64 {
            stored[usize::from(order.places[at])] = block[usize::from(PLACE[at])] * factors[at];
        }
        stored
    }

    fn turned(block: &Whole) -> Whole {
        std::array::from_fn(|at| block[at % 8 * 8 + at / 8])
    }

    #[test]
    fn pixels_are_those_of_the_definition() {
        let block = block();
        let order = Order::new(false);
        let seen = order.pixels(&stored(&block, &order), 4);
        for (y, line) in seen.iter().enumerate() {
            for (x, &seen) in line.iter().enumerate() {
                let wave = |at: usize, frequency: usize| {
                    let scale = if frequency == 0 { 0.5f64.sqrt() } else { 1.0 };
                    scale * ((2 * at + 1) as f64 * frequency as f64 * std::f64::consts::PI / 16.0).cos()
                };
                let sum: f64 = (0..64).map(|at| f64::from(block[at]) * wave(x, at % 8) * wave(y, at / 8)).sum();
                let wanted = (sum / 4.0 + 128.0).clamp(0.0, 255.0);
                assert!((wanted - f64::from(seen)).abs() < 0.51, "{x} {y}: {seen} is not {wanted}");
            }
        }
    }

    #[test]
    fn a_block_that_was_turned_or_mirrored_gives_the_same_pixels_turned_or_mirrored() {
        let (upright, on_its_side) = (Order::new(false), Order::new(true));
        let block = block();
        let pixels = upright.pixels(&stored(&block, &upright), 4);
        let seen = on_its_side.pixels(&stored(&turned(&block), &on_its_side), 4);
        assert!((0..64).all(|at| seen[at % 8][at / 8] == pixels[at / 8][at % 8]));

        let mirrored = std::array::from_fn(|at| if at % 2 == 1 { -block[at] } else { block[at] });
        let seen = upright.pixels(&stored(&mirrored, &upright), 4);
        assert!((0..64).all(|at| seen[at / 8][at % 8] == pixels[at / 8][7 - at % 8]));
        let upside_down = std::array::from_fn(|at| if at / 8 % 2 == 1 { -block[at] } else { block[at] });
        let seen = upright.pixels(&stored(&upside_down, &upright), 4);
        assert!((0..64).all(|at| seen[at / 8][at % 8] == pixels[7 - at / 8][at % 8]));
    }
}
