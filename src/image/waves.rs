//! Sines and cosines for tables that are made when the library is built: the same on every system.

use std::f64::consts::FRAC_PI_2;

/// The cosine of `part / whole` times pi.
pub(super) const fn cosine(part: usize, whole: usize) -> f64 {
    // A quarter turn on, it is a sine; those of all quarters are those of the first one.
    let part = (2 * part + whole) % (4 * whole);
    let (sign, part) = if part > 2 * whole { (-1.0, part - 2 * whole) } else { (1.0, part) };
    let part = if part > whole { 2 * whole - part } else { part };
    sign * sine(part as f64 / whole as f64 * FRAC_PI_2)
}

/// The sine of an angle up to a right one, to nine digits.
pub(super) const fn sine(angle: f64) -> f64 {
    let square = angle * angle;
    let mut sum = 1.0;
    let mut factor = 14.0;
    while factor > 0.0 {
        sum = 1.0 - square / (factor * (factor + 1.0)) * sum;
        factor -= 2.0;
    }
    angle * sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sines_and_cosines_are_those_of_the_definition() {
        for part in 0..40usize {
            let angle = part as f64 / 12.0 * std::f64::consts::PI;
            assert!((cosine(part, 12) - angle.cos()).abs() < 1e-9, "cosine of {angle}");
        }
        for part in 0..=12 {
            let angle = f64::from(part) / 12.0 * FRAC_PI_2;
            assert!((sine(angle) - angle.sin()).abs() < 1e-9, "sine of {angle}");
        }
    }
}
