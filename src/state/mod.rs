//! What is remembered between runs: each person's last verdict, who is being written, the runs.
//! Knows model and the error type. One file per tenant; another store can stand behind the trait later.
//! Promises to lose nothing that was committed, never to empty itself silently, and to hold no photo, token or secret.

mod lock;
mod sqlite;

use crate::error::Result;
use crate::model::{FileStamp, PictureState, RunSummary};

pub use sqlite::Sqlite;

/// What is remembered of a person whose picture needed nothing more when it was last looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remembered {
    /// `InSync` or `NoSourcePhoto`: the verdicts that stay true while nothing changes.
    pub state: PictureState,
    /// The source's change token; empty for no photo.
    pub etag: String,
    /// The stem of the files that SharePoint shows, and the large one's stamp; `None` for no photo.
    pub shown: Option<(String, FileStamp)>,
}

/// A store of what is remembered. Calls block for at most a disk write.
pub trait Memory: Send + Sync {
    /// What is remembered of people, in their order.
    fn recall(&self, ids: &[String]) -> Result<Vec<Option<Remembered>>>;
    /// Notes that people's files are about to be written, before the first byte is sent.
    fn intend(&self, ids: &[String]) -> Result<()>;
    /// People who were being written when an earlier run broke off.
    fn intended(&self) -> Result<Vec<String>>;
    /// Keeps what became of people, and that they are written no more. `None` forgets.
    fn settle(&self, people: &[(String, Option<Remembered>)]) -> Result<()>;
    /// Begins a run, or goes on with the one that broke off; gives its id and whether it goes on.
    fn begin(&self, run: &RunSummary) -> Result<()>;
    /// Keeps a run's summary as it stands.
    fn note(&self, run: &RunSummary) -> Result<()>;
    /// Summaries as JSON, newest first.
    fn runs(&self, most: usize) -> Result<Vec<serde_json::Value>>;
}
