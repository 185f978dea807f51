//! Plain data that the rooms hand to each other: person, picture, state, decision, result, run.
//! Knows the error type alone: no I/O, no clock.
//! Promises the JSON shapes of docs/abi.md.

mod person;
mod photo;
mod run;

pub use person::{Person, UserType};
pub use photo::{FileStamp, Files, Photo, Profile, Size};
pub use run::{Action, Outcome, PictureState, RunSummary, Verdict};
