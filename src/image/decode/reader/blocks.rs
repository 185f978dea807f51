//! One block: read its low frequencies and step over the rest, or read all of them.

use super::bits::Bits;
use super::huffman::{Leap, Table};
use super::transform::{Low, Order, Whole};

/// Where each of the first 25 frequencies in file order lies among the 4 x 4 lowest ones; 16 is outside.
const SLOT: [u8; 25] = [0, 1, 4, 8, 5, 2, 3, 6, 9, 12, 16, 13, 10, 7, 16, 16, 16, 11, 14, 16, 16, 16, 16, 16, 15];

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
    Some(i32::from(table.frequency(bits)?.value))
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
    let mut index = 0;
    while index < last {
        bits.fill();
        let found = table.frequency(&mut bits)?;
        if found.step == 0 {
            return Some(bits);
        }
        index += usize::from(found.step);
        if index <= last {
            low[usize::from(SLOT[index])] = i32::from(found.value) * i32::from(steps[index]);
        }
    }
    index += 1;
    while index < 64 {
        bits.fill();
        let leap = table.leap(&bits);
        let after = index + leap.frequencies();
        // The block may end without saying so after its 64th frequency; then what follows is another block's.
        if after < 64 {
            bits.take(leap.bits());
            index = after;
            continue;
        }
        if (Leap::END..Leap::END + 64).contains(&after) {
            bits.take(leap.bits());
            return Some(bits);
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

/// Takes the frequencies after the lowest, all of them; says up to which pair of columns there are any, and 0 where there
/// are none.
#[inline]
pub(super) fn all_frequencies(
    place: &mut Bits,
    table: &Table,
    steps: &[u16; 64],
    order: &Order,
    block: &mut Whole,
) -> Option<usize> {
    let mut bits = *place;
    let (mut index, mut columns) = (0, 0);
    while index < 63 {
        bits.fill();
        let found = table.frequency(&mut bits)?;
        if found.step == 0 {
            break;
        }
        index += usize::from(found.step);
        if index > 63 {
            return None;
        }
        let place = order.place(index);
        columns |= place & 7;
        block[place] = f32::from(found.value) * f32::from(steps[index]);
    }
    *place = bits;
    Some(if index == 0 { 0 } else { PAIRS[columns] })
}

/// Pairs of columns that hold all places whose columns, joined bit by bit, give the index.
const PAIRS: [usize; 8] = [1, 1, 2, 2, 4, 4, 4, 4];
