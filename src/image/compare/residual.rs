//! What is left of a difference after registration, in three numbers.

use super::register::{self, Plane};
use crate::image::fingerprint::{AREA, CELLS, Fingerprint};

/// Cells along a side of a block, and blocks along a side of the grid.
const BLOCK: usize = 4;
const BLOCKS: usize = CELLS / BLOCK;

/// What scaling and encoding do not explain, in levels of 255.
pub(super) struct Residual {
    /// Over the whole picture: root of the mean square of the colour differences of 8 x 8 blocks.
    pub(super) overall: f32,
    /// In one place: largest colour difference of a 3 x 3 neighbourhood of cells.
    pub(super) local: f32,
    /// In one place, compared with how much happens there: a spot on a plain wall shows, in curly hair it does not.
    pub(super) relative: f32,
}

impl Residual {
    /// Measures what `shown` has that `source` does not explain.
    pub(super) fn between(source: &Fingerprint, shown: &Fingerprint) -> Self {
        let (source, shown) = (numbers(source), numbers(shown));
        let left = register::unexplained(&source, &shown);
        let blocks = blocks(&left);
        let ranges = ranges(&source[0]);
        let overall = (blocks.iter().map(|length| length * length).sum::<f32>() / blocks.len() as f32).sqrt();
        let relative =
            blocks.iter().zip(ranges).map(|(length, range)| length / (3.0 + 0.2 * range)).fold(0.0, f32::max);
        Self { overall, local: largest_neighbourhood(&left), relative }
    }
}

fn numbers(fingerprint: &Fingerprint) -> [Plane; 3] {
    std::array::from_fn(|plane| {
        let cells = fingerprint.plane(plane);
        std::array::from_fn(|cell| f32::from(cells[cell]))
    })
}

fn length(colour: [f32; 3]) -> f32 {
    colour.iter().map(|value| value * value).sum::<f32>().sqrt()
}

/// Cells of the block at this index.
fn cells_of(block: usize) -> impl Iterator<Item = usize> {
    let corner = block / BLOCKS * BLOCK * CELLS + block % BLOCKS * BLOCK;
    (0..BLOCK * BLOCK).map(move |index| corner + index / BLOCK * CELLS + index % BLOCK)
}

/// Length of the mean colour difference of each block.
fn blocks(left: &[Plane; 3]) -> Vec<f32> {
    let mean = |plane: &Plane, block| cells_of(block).map(|cell| plane[cell]).sum::<f32>() / (BLOCK * BLOCK) as f32;
    (0..BLOCKS * BLOCKS).map(|block| length(left.each_ref().map(|plane| mean(plane, block)))).collect()
}

/// Between the darkest and the brightest cell of each block.
fn ranges(luma: &Plane) -> Vec<f32> {
    let range = |block| {
        let (low, high) = cells_of(block)
            .map(|cell| luma[cell])
            .fold((f32::MAX, f32::MIN), |(low, high), value| (low.min(value), high.max(value)));
        high - low
    };
    (0..BLOCKS * BLOCKS).map(range).collect()
}

/// Largest colour length of the mean over 3 x 3 cells.
fn largest_neighbourhood(left: &[Plane; 3]) -> f32 {
    let sums = left.each_ref().map(three_by_three);
    (0..AREA).map(|cell| length(sums.each_ref().map(|plane| plane[cell] / 9.0))).fold(0.0, f32::max)
}

/// Sums over 3 x 3 cells, for each cell that has all its neighbours.
fn three_by_three(plane: &Plane) -> Plane {
    let inside = 1..CELLS - 1;
    let mut across = [0.0; AREA];
    let mut sums = [0.0; AREA];
    for row in 0..CELLS {
        for column in inside.clone() {
            let cell = row * CELLS + column;
            across[cell] = plane[cell - 1] + plane[cell] + plane[cell + 1];
        }
    }
    for row in inside.clone() {
        for column in inside.clone() {
            let cell = row * CELLS + column;
            sums[cell] = across[cell - CELLS] + across[cell] + across[cell + CELLS];
        }
    }
    sums
}
