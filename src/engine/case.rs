//! One person on the way through a run, with what is known so far.

use crate::image::{Sketch, Thumbnail};
use crate::model::{Files, Person, Photo, Profile, Verdict};
use crate::sharepoint::Stem;
use crate::state::Remembered;

/// One person on the way through a run.
#[derive(Debug)]
pub(super) struct Case {
    /// As the caller named the person.
    pub(super) identity: String,
    pub(super) person: Person,
    /// What the source has; `None` for "no photo" and before it was asked.
    pub(super) photo: Option<Photo>,
    pub(super) profile: Option<Profile>,
    /// The files that the profile names, where they lie in the library.
    pub(super) stem: Option<Stem>,
    pub(super) files: Option<Files>,
    /// Whether an earlier run broke off while it wrote this person.
    pub(super) half_written: bool,
    /// What an earlier run left of the person.
    pub(super) remembered: Option<Remembered>,
    /// What the photo looks like, coarsely.
    pub(super) sketch: Option<Sketch>,
    pub(super) verdict: Option<Verdict>,
    pub(super) distance: Option<f32>,
    pub(super) confidence: Option<f32>,
    /// The photo's bytes, until the thumbnails are made.
    pub(super) bytes: Vec<u8>,
    pub(super) thumbnails: Vec<Thumbnail>,
}

impl Case {
    pub(super) fn new(identity: String, person: Person) -> Self {
        Self {
            identity,
            person,
            photo: None,
            profile: None,
            stem: None,
            files: None,
            half_written: false,
            remembered: None,
            sketch: None,
            verdict: None,
            distance: None,
            confidence: None,
            bytes: Vec::new(),
            thumbnails: Vec::new(),
        }
    }
}
