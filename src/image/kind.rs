//! Pictures that stand in for a photo: one colour, initials, the services' grey heads.
//!
//! They are told by their make-up on the 32 x 32 grid, not by their bytes: each service, size and encoding has others.

use super::fingerprint::{AREA, CELLS, Fingerprint};

/// What a picture is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A photo, or anything else that somebody chose.
    Photo,
    /// A grey head on grey, as SharePoint and Exchange show for people without a photo \[?\].
    Placeholder,
    /// Letters on one colour.
    Initials,
    /// One colour.
    Blank,
}

type Colour = [f32; 3];

pub(super) fn of(fingerprint: &Fingerprint) -> Kind {
    let cells = colours(fingerprint);
    match () {
        () if is_blank(&cells) => Kind::Blank,
        () if is_placeholder(&cells) => Kind::Placeholder,
        () if is_initials(&cells) => Kind::Initials,
        () => Kind::Photo,
    }
}

fn colours(fingerprint: &Fingerprint) -> Vec<Colour> {
    (0..AREA).map(|cell| [0, 1, 2].map(|plane| f32::from(fingerprint.plane(plane)[cell]))).collect()
}

fn far(a: Colour, b: Colour) -> f32 {
    a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f32>().sqrt()
}

fn mean(cells: &[Colour], chosen: &(impl Iterator<Item = usize> + Clone)) -> Colour {
    let count = chosen.clone().count().max(1) as f32;
    [0, 1, 2].map(|plane| chosen.clone().map(|cell| cells[cell][plane]).sum::<f32>() / count)
}

/// Cells of a rectangle.
fn area(rows: std::ops::Range<usize>, columns: std::ops::Range<usize>) -> impl Iterator<Item = usize> + Clone {
    rows.flat_map(move |row| columns.clone().map(move |column| row * CELLS + column))
}

fn is_blank(cells: &[Colour]) -> bool {
    let middle = mean(cells, &(0..AREA));
    cells.iter().all(|&cell| far(cell, middle) <= 6.0)
}

/// Two greys, left like right; the one fills the upper corners, the other a head in the middle and shoulders under it.
fn is_placeholder(cells: &[Colour]) -> bool {
    let ground = mean(cells, &area(0..3, 0..CELLS));
    let figure = mean(cells, &area(11..15, 14..18));
    let shows = |cell: usize| far(cells[cell], figure) < far(cells[cell], ground);
    let share = |chosen: &mut dyn Iterator<Item = usize>| {
        let (hits, all) = chosen.fold((0, 0), |(hits, all), cell| (hits + u32::from(shows(cell)), all + 1));
        hits as f32 / all.max(1) as f32
    };
    let grey = cells.iter().all(|[_, blue, red]| (blue - 128.0).abs() <= 14.0 && (red - 128.0).abs() <= 14.0);
    let two_tones = cells.iter().filter(|&&cell| far(cell, ground).min(far(cell, figure)) <= 10.0).count();
    let symmetric = area(0..CELLS, 0..CELLS / 2)
        .filter(|cell| shows(*cell) == shows(cell / CELLS * CELLS + CELLS - 1 - cell % CELLS))
        .count();
    grey && far(ground, figure) >= 12.0
        && two_tones >= AREA * 80 / 100
        && symmetric >= AREA / 2 * 90 / 100
        && share(&mut area(8..17, 12..20)) >= 0.8
        && share(&mut area(28..CELLS, 8..24)) >= 0.8
        && share(&mut area(0..5, 0..8).chain(area(0..5, 24..CELLS))) == 0.0
        && share(&mut area(10..16, 0..6).chain(area(10..16, 26..CELLS))) == 0.0
}

/// One colour all around, and in the middle marks of one ink that do not fill it.
fn is_initials(cells: &[Colour]) -> bool {
    let border = area(0..3, 0..CELLS).chain(area(CELLS - 3..CELLS, 0..CELLS));
    let border = border.chain(area(3..CELLS - 3, 0..3)).chain(area(3..CELLS - 3, CELLS - 3..CELLS));
    let ground = mean(cells, &border);
    if !border.clone().all(|cell| far(cells[cell], ground) <= 10.0) {
        return false;
    }
    let Some(&ink) = cells.iter().max_by(|a, b| far(**a, ground).total_cmp(&far(**b, ground))) else { return false };
    let contrast = far(ink, ground);
    // What is neither ground nor ink is an edge between the two.
    let blend = |cell: Colour| {
        let part = (0..3).map(|plane| (cell[plane] - ground[plane]) * (ink[plane] - ground[plane])).sum::<f32>();
        let part = (part / contrast.powi(2)).clamp(0.0, 1.0);
        [0, 1, 2].map(|plane| ground[plane] + part * (ink[plane] - ground[plane]))
    };
    let marks: Vec<usize> = (0..AREA).filter(|&cell| far(cells[cell], ground) > contrast / 3.0).collect();
    let rows = marks.iter().map(|cell| cell / CELLS);
    let columns = marks.iter().map(|cell| cell % CELLS);
    let (Some(top), Some(bottom)) = (rows.clone().min(), rows.max()) else { return false };
    let (Some(left), Some(right)) = (columns.clone().min(), columns.max()) else { return false };
    let centred = |low: usize, high: usize| (low + high).abs_diff(CELLS - 1) <= 6;
    contrast >= 40.0
        && (AREA / 50..=AREA * 35 / 100).contains(&marks.len())
        && (5..=20).contains(&(bottom - top + 1))
        && centred(top, bottom)
        && centred(left, right)
        && cells.iter().all(|&cell| far(cell, blend(cell)) <= 12.0 + contrast / 8.0)
}
