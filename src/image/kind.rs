//! Pictures that stand in for a photo: one colour, initials, the services' grey heads.

use super::fingerprint::Fingerprint;

/// What a picture is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A photo, or anything else that somebody chose.
    Photo,
    /// A grey head on grey, as SharePoint and Exchange show for people without a photo.
    Placeholder,
    /// Letters on one colour.
    Initials,
    /// One colour.
    Blank,
}

pub(super) fn of(fingerprint: &Fingerprint) -> Kind {
    let spread = |plane: usize| {
        let cells = fingerprint.plane(plane);
        cells.iter().max().zip(cells.iter().min()).map_or(0, |(most, least)| most - least)
    };
    if spread(0) <= 6 && spread(1) <= 6 && spread(2) <= 6 {
        return Kind::Blank;
    }
    Kind::Photo
}
