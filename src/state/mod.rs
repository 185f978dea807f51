//! What is remembered between runs: each person's last verdict, who is being written, the runs.
//! Knows model and the error type. One file per tenant; another store can stand behind the trait later.
//! Promises to lose nothing that was committed, never to empty itself silently, and to hold no photo, token or secret.

mod lock;
mod rights;
mod sqlite;

use serde_json::Value;

use crate::error::Result;
use crate::model::{FileStamp, PictureState};

pub use sqlite::Sqlite;

/// What is remembered of a person who needed nothing more when last looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remembered {
    /// `InSync` or `NoSourcePhoto`: the verdicts that hold while nothing changes.
    pub state: PictureState,
    /// The source's change token; empty for no photo.
    pub etag: String,
    /// What SharePoint shows; `None` for no photo.
    pub shown: Option<RememberedPicture>,
}

/// A picture that both sides held when they were last looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RememberedPicture {
    /// The stem of its files.
    pub stem: String,
    /// The stamp of the large one.
    pub stamp: FileStamp,
    /// What the picture looks like, coarsely; `None` where an earlier version of this program did not keep it.
    pub sketch: Option<[u8; 64]>,
}

/// A store of what is remembered. Calls block for at most a disk write.
pub trait Memory: Send + Sync {
    /// What is remembered of people, by object id, in their order.
    fn recall(&self, ids: &[String]) -> Result<Vec<Option<Remembered>>>;
    /// Notes that people's files are about to be written, before the first byte is sent.
    fn intend(&self, ids: &[String]) -> Result<()>;
    /// Whether people were being written when an earlier run broke off, in their order.
    fn intended(&self, ids: &[String]) -> Result<Vec<bool>>;
    /// Keeps what became of people, who are written no more. `None` forgets.
    fn settle(&self, people: &[(String, Option<Remembered>)]) -> Result<()>;
    /// The units that were spent in SharePoint on a day, numbered from 1970.
    fn spent(&self, day: u64) -> Result<u64>;
    /// Keeps how many units were spent on a day.
    fn note_spent(&self, day: u64, units: u64) -> Result<()>;
    /// Keeps a run's summary as it stands now.
    fn note_run(&self, id: &str, summary: &Value) -> Result<()>;
    /// The latest runs' summaries, newest first.
    fn runs(&self, most: usize) -> Result<Vec<Value>>;
}
