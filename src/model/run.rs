//! Verdicts about people, and the summary of a run.

use std::collections::BTreeMap;

use serde::Serialize;

/// What is wrong with the picture that SharePoint shows of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum PictureState {
    /// The picture is the photo of the source.
    InSync,
    /// Another picture.
    Stale,
    /// No picture, and none was ever set.
    NeverSynced,
    /// The grey placeholder stands in.
    Placeholder,
    /// The profile names a picture whose files are missing.
    Broken,
    /// Set by hand: following Exchange is switched off.
    Pinned,
    /// The source has no photo.
    NoSourcePhoto,
    /// SharePoint has no profile of the person.
    NoProfile,
    /// Not selected.
    Excluded,
    /// Not known: an error came first.
    Unknown,
}

/// What sync does about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Action {
    /// Nothing.
    None,
    /// Writes thumbnails and profile properties.
    Update,
    /// Takes the picture's address out of the profile. The files stay.
    Remove,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Outcome {
    /// Would be updated (`whatIf`).
    Planned,
    /// Written and read back.
    Updated,
    /// Nothing to do: in sync.
    Unchanged,
    /// Nothing done on purpose.
    Skipped,
    /// An error.
    Failed,
}

/// State, action, and the reason in a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// What is wrong.
    pub state: PictureState,
    /// What to do.
    pub action: Action,
    /// Why, in a sentence for an admin.
    pub reason: &'static str,
}

/// What a run did.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RunSummary {
    /// Unique id.
    pub run_id: String,
    /// The run that broke off before this one and that this one completes.
    pub resumed_run_id: Option<String>,
    /// `Compare` or `Sync`.
    pub operation: &'static str,
    /// Whether nothing was to be written.
    pub what_if: bool,
    /// `Running`, `Completed`, `Cancelled` or `Failed`; `Interrupted` where a run ended without saying so.
    pub status: &'static str,
    /// RFC 3339, UTC.
    pub started: String,
    /// RFC 3339, UTC.
    pub finished: String,
    /// Length of the run.
    pub seconds: f64,
    /// People looked at.
    pub people: u64,
    /// Written, or with `whatIf` to be written.
    pub updated: u64,
    /// In sync.
    pub unchanged: u64,
    /// Left alone on purpose.
    pub skipped: u64,
    /// Ended by an error.
    pub failed: u64,
    /// HTTP requests, retries included.
    pub requests: u64,
    /// Of these, requests that write.
    pub writes: u64,
    /// How often a service refused and asked to wait.
    pub closings: u64,
    /// People by state.
    pub states: BTreeMap<PictureState, u64>,
}
