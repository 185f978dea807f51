//! From the frequencies of a block to its pixels. Mirrored blocks give exactly the mirrored pixels, and turned ones the
//! turned pixels.

use std::f64::consts::FRAC_1_SQRT_2;

use crate::image::lanes::{Block, Lanes};
use crate::image::waves::cosine;

/// Low frequencies of a block, four a row; the last place takes what lies outside.
pub(super) type Low = [i32; 17];

/// All frequencies of a block, row by row, or column by column for a picture that lies on its side.
pub(super) type Whole = [f32; 64];

/// Where each frequency in file order lies in a block, row by row.
#[rustfmt::skip]
const PLACE: [u8; 64] = [
     0,  1,  8, 16,  9,  2,  3, 10, 17, 24, 32, 25, 18, 11,  4,  5,
    12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13,  6,  7, 14, 21, 28,
    35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51,
    58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
];

/// How whole blocks are read.
pub(super) struct Order {
    places: [u8; 64],
    /// Whether the picture lies on its side.
    turned: bool,
}

impl Order {
    /// Columns are summed up first as they are when the picture stands upright: a file that was turned without loss rounds
    /// the same sums, and gives the same pixels.
    pub(super) fn new(turned: bool) -> Self {
        Self { places: if turned { PLACE.map(|place| place % 8 * 8 + place / 8) } else { PLACE }, turned }
    }

    /// Where a frequency lies in the block, by its number in file order (under 64).
    #[inline]
    pub(super) fn place(&self, index: usize) -> usize {
        usize::from(self.places[index] & 63)
    }

    /// N x N pixels (5 to 8) from the lowest N x N frequencies, of which each row has none after the first `2 * pairs`.
    #[inline]
    pub(super) fn pixels<const N: usize>(&self, block: &Whole, pairs: usize) -> [[u8; N]; N] {
        let mut rows = [Lanes::ZERO; 8];
        for (row, values) in rows.iter_mut().zip(block.as_chunks::<8>().0) {
            row.0 = *values;
        }
        let mut pixels = [[0; N]; N];
        for (pixels, line) in pixels.iter_mut().zip(down::<N>(&rows)) {
            along(&line.0, pairs, pixels);
        }
        if self.turned { upright(&pixels) } else { pixels }
    }
}

/// The waves that N points (5 to 8) are made of: half of cos((2 * place + 1) * frequency * pi / 2N), the lowest divided by
/// the root of two, for places 0 to 3. From the other end even frequencies look the same, and odd ones have the other sign.
struct Waves<const N: usize>;

impl<const N: usize> Waves<N> {
    const EVEN: [[f32; 4]; 4] = Self::every_second(0);
    const ODD: [[f32; 4]; 4] = Self::every_second(1);

    const fn every_second(first: usize) -> [[f32; 4]; 4] {
        let mut waves = [[0.0; 4]; 4];
        let mut at = 0;
        while at < 16 {
            let (frequency, place) = (at / 4 * 2 + first, at % 4);
            if frequency < N && 2 * place < N {
                let scale = if frequency == 0 { FRAC_1_SQRT_2 / 2.0 } else { 0.5 };
                waves[at / 4][place] = (scale * cosine((2 * place + 1) * frequency, 2 * N)) as f32;
            }
            at += 1;
        }
        waves
    }
}

/// N points from N frequencies, for eight columns side by side.
#[inline(never)]
fn down<const N: usize>(rows: &Block) -> [Lanes; N] {
    let mut points = [Lanes::ZERO; N];
    for at in 0..N.div_ceil(2) {
        let (mut even, mut odd) = (Lanes::ZERO, Lanes::ZERO);
        for pair in 0..N.div_ceil(2) {
            even = even + rows[2 * pair] * Waves::<N>::EVEN[pair][at];
            odd = odd + rows[2 * pair + 1] * Waves::<N>::ODD[pair][at];
        }
        points[at] = even + odd;
        points[N - 1 - at] = even - odd;
    }
    points
}

/// Writes the pixels of one row from the first `2 * pairs` of its frequencies.
#[inline]
fn along<const N: usize>(line: &[f32; 8], pairs: usize, pixels: &mut [u8; N]) {
    let (mut even, mut odd) = ([128.0; 4], [0.0; 4]);
    for (pair, (even_wave, odd_wave)) in
        line.as_chunks::<2>().0.iter().zip(Waves::<N>::EVEN.iter().zip(&Waves::<N>::ODD)).take(pairs)
    {
        add(&mut even, pair[0], even_wave);
        add(&mut odd, pair[1], odd_wave);
    }
    let mut values = [0.0; 8];
    for at in 0..N.div_ceil(2) {
        values[at] = even[at] + odd[at];
        values[N - 1 - at] = even[at] - odd[at];
    }
    pixels.copy_from_slice(&Lanes(values).bytes()[..N]);
}

/// Adds `factor` times `wave`.
#[inline]
fn add(sum: &mut [f32; 4], factor: f32, wave: &[f32; 4]) {
    for (sum, wave) in sum.iter_mut().zip(wave) {
        *sum += factor * wave;
    }
}

#[cold]
fn upright<const N: usize>(pixels: &[[u8; N]; N]) -> [[u8; N]; N] {
    std::array::from_fn(|row| std::array::from_fn(|column| pixels[column][row]))
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

    /// The definition, in floating point: pixels of a picture that is reduced to `points` of 8.
    fn wanted(block: &Whole, points: usize, x: usize, y: usize) -> f64 {
        let wave = |at: usize, frequency: usize| {
            let scale = if frequency == 0 { 0.5f64.sqrt() } else { 1.0 };
            scale * ((2 * at + 1) as f64 * frequency as f64 * std::f64::consts::PI / (2 * points) as f64).cos()
        };
        let lowest = (0..64).filter(|at| at % 8 < points && at / 8 < points);
        let sum: f64 = lowest.map(|at| f64::from(block[at]) * wave(x, at % 8) * wave(y, at / 8)).sum();
        (sum / 4.0 + 128.0).clamp(0.0, 255.0)
    }

    fn check<const N: usize>() {
        let block = block();
        let seen = Order::new(false).pixels::<N>(&block, 4);
        for (y, line) in seen.iter().enumerate() {
            for (x, &seen) in line.iter().enumerate() {
                let wanted = wanted(&block, N, x, y);
                assert!((wanted - f64::from(seen)).abs() < 0.51, "{N}: {x} {y}: {seen} is not {wanted}");
            }
        }
    }

    #[test]
    fn pixels_are_those_of_the_definition() {
        check::<6>();
        check::<8>();
    }

    #[test]
    fn fewer_pixels_are_those_of_the_definition() {
        let block = block().map(f32::round);
        let mut low: Low = [0; 17];
        for at in 0..16 {
            low[at] = block[at / 4 * 8 + at % 4] as i32;
        }
        let near = |wanted: f64, seen: u8| assert!((wanted - f64::from(seen)).abs() < 1.0, "{seen} is not {wanted}");
        for (y, line) in sixteen_pixels(&low).iter().enumerate() {
            for (x, &seen) in line.iter().enumerate() {
                near(wanted(&block, 4, x, y), seen);
            }
        }
        for (y, line) in four_pixels(&low).iter().enumerate() {
            for (x, &seen) in line.iter().enumerate() {
                near(wanted(&block, 2, x, y), seen);
            }
        }
        near(wanted(&block, 1, 0, 0), one_pixel(low[0]));
    }

    fn check_turned_and_mirrored<const N: usize>() {
        let (upright, on_its_side) = (Order::new(false), Order::new(true));
        let block = block();
        let places = || (0..N * N).map(|at| (at / N, at % N));
        let pixels = upright.pixels::<N>(&block, 4);
        // A picture on its side keeps its frequencies column by column, which are the rows of the upright one.
        let seen = on_its_side.pixels::<N>(&block, 4);
        assert!(places().all(|(y, x)| seen[x][y] == pixels[y][x]));

        let mirrored = std::array::from_fn(|at| if at % 2 == 1 { -block[at] } else { block[at] });
        let seen = upright.pixels::<N>(&mirrored, 4);
        assert!(places().all(|(y, x)| seen[y][x] == pixels[y][N - 1 - x]));
        let upside_down = std::array::from_fn(|at| if at / 8 % 2 == 1 { -block[at] } else { block[at] });
        let seen = upright.pixels::<N>(&upside_down, 4);
        assert!(places().all(|(y, x)| seen[y][x] == pixels[N - 1 - y][x]));
    }

    #[test]
    fn a_block_that_was_turned_or_mirrored_gives_the_same_pixels_turned_or_mirrored() {
        check_turned_and_mirrored::<6>();
        check_turned_and_mirrored::<8>();
    }

    #[test]
    fn a_picture_on_its_side_keeps_its_frequencies_column_by_column() {
        let (upright, on_its_side) = (Order::new(false), Order::new(true));
        assert!(
            (0..64).all(|index| on_its_side.place(index) == upright.place(index) % 8 * 8 + upright.place(index) / 8)
        );
    }
}
