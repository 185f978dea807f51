//! What a service may do to a picture without changing it: move, zoom and sharpen it a little.

use crate::image::fingerprint::{AREA, CELLS};

/// A plane of the grid as numbers.
pub(super) type Plane = [f32; AREA];

/// Number of fitted amounts.
const TERMS: usize = 4;
/// Largest amounts: half a cell (1.6 % of the width) to the side and down, 2.2 % of zoom (a service that cuts 1 % off each
/// side), and the sharpening and blurring that scaling filters do. More than that is another picture.
const MOST: [f32; TERMS] = [0.5, 0.5, 0.022, 0.6];
/// Keeps amounts small where the picture is too flat to tell them, for each cell.
const RIDGE: f32 = 0.02;
/// Differences of more than this many levels (and more than twice the usual) hardly count in the second fit.
const OUTLIER: f32 = 2.0;

/// How the four changes would show in one plane of the source.
fn changes(source: &Plane) -> Vec<[f32; TERMS]> {
    let middle = (CELLS as f32 - 1.0) / 2.0;
    let at = |row: usize, column: usize| source[row * CELLS + column];
    let cell = |index: usize| {
        let (row, column) = (index / CELLS, index % CELLS);
        let (left, right) = (column.saturating_sub(1), (column + 1).min(CELLS - 1));
        let (above, below) = (row.saturating_sub(1), (row + 1).min(CELLS - 1));
        let across = (at(row, right) - at(row, left)) / (right - left) as f32;
        let down = (at(below, column) - at(above, column)) / (below - above) as f32;
        let curve = at(row, left) + at(row, right) + at(above, column) + at(below, column) - 4.0 * at(row, column);
        let zoom = (column as f32 - middle) * across + (row as f32 - middle) * down;
        [across, down, zoom, curve]
    };
    (0..AREA).map(cell).collect()
}

/// The difference `shown - source` in all three planes, less what the four changes explain.
pub(super) fn unexplained(source: &[Plane; 3], shown: &[Plane; 3]) -> [Plane; 3] {
    let mut left: [Plane; 3] =
        std::array::from_fn(|plane| std::array::from_fn(|cell| shown[plane][cell] - source[plane][cell]));
    let shapes = source.each_ref().map(changes);
    let first = fit(&shapes[0], &left[0], |_| 1.0);
    // A second fit without the cells that the first one could not explain: a new tie must not look like a shift.
    let rest: Vec<f32> = (0..AREA).map(|cell| left[0][cell] - sum(&shapes[0][cell], &first)).collect();
    let usual = rest.iter().map(|value| value.abs()).sum::<f32>() / AREA as f32;
    let scale = OUTLIER.max(2.0 * usual);
    let amounts = fit(&shapes[0], &left[0], |cell| 1.0 / (1.0 + (rest[cell] / scale).powi(2)));
    for (plane, shape) in left.iter_mut().zip(&shapes) {
        for (value, cell) in plane.iter_mut().zip(shape) {
            *value -= sum(cell, &amounts);
        }
    }
    left
}

fn sum(shape: &[f32; TERMS], amounts: &[f32; TERMS]) -> f32 {
    shape.iter().zip(amounts).map(|(value, amount)| value * amount).sum()
}

/// Amounts of the changes that explain `difference` best, by weighted least squares, within their limits.
fn fit(shape: &[[f32; TERMS]], difference: &Plane, weight: impl Fn(usize) -> f32) -> [f32; TERMS] {
    let mut equations = [[0.0f32; TERMS + 1]; TERMS];
    for (index, (cell, &target)) in shape.iter().zip(difference).enumerate() {
        let weight = weight(index);
        for (row, equation) in equations.iter_mut().enumerate() {
            let factor = weight * cell[row];
            for (column, value) in cell.iter().enumerate() {
                equation[column] += factor * value;
            }
            equation[TERMS] += factor * target;
        }
    }
    for (index, equation) in equations.iter_mut().enumerate() {
        equation[index] += RIDGE * AREA as f32;
    }
    let amounts = solve(equations);
    std::array::from_fn(|index| amounts[index].clamp(-MOST[index], MOST[index]))
}

/// Solves the equations, which are symmetric and positive definite, without pivots.
fn solve(mut equations: [[f32; TERMS + 1]; TERMS]) -> [f32; TERMS] {
    for pivot in 0..TERMS {
        let lead = equations[pivot];
        for equation in equations.iter_mut().skip(pivot + 1) {
            let factor = equation[pivot] / lead[pivot];
            for (value, above) in equation.iter_mut().zip(lead) {
                *value -= factor * above;
            }
        }
    }
    let mut amounts = [0.0; TERMS];
    for row in (0..TERMS).rev() {
        let known: f32 = (row + 1..TERMS).map(|column| equations[row][column] * amounts[column]).sum();
        amounts[row] = (equations[row][TERMS] - known) / equations[row][row];
    }
    amounts
}
