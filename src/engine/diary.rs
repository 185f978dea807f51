//! The diary of a sync: what earlier runs remembered, who is being written, what became of whom.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use serde_json::{Value, json};

use super::case::Case;
use crate::error::Result;
use crate::model::{Outcome, PictureState, RunSummary};
use crate::state::{Memory, Remembered, RememberedPicture};

/// Unchanged people that may wait to be kept: losing them costs a look in the next run.
const WAITING: usize = 500;
/// Runs that are searched for one that broke off.
const RECENT_RUNS: usize = 20;

type Kept = (String, Option<Remembered>);

/// What a sync remembers. The file is held by this run alone.
pub(super) struct Diary {
    memory: Arc<dyn Memory>,
    waiting: Mutex<Vec<Kept>>,
    resumed: OnceLock<String>,
}

impl Diary {
    pub(super) fn new(memory: Arc<dyn Memory>) -> Self {
        Self { memory, waiting: Mutex::default(), resumed: OnceLock::new() }
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<Kept>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Closes runs that ended without saying so. The latest one is completed by this one.
    pub(super) fn begin(&self, id: &str) -> Result<()> {
        for mut run in self.memory.runs(RECENT_RUNS)? {
            let broken_off = run["status"] == "Running" && run["runId"] != id;
            if let (true, Some(id)) = (broken_off, run["runId"].as_str().map(str::to_owned)) {
                run["status"] = json!("Interrupted");
                self.memory.note_run(&id, &run)?;
                let _ = self.resumed.set(id);
            }
        }
        Ok(())
    }

    /// The run that this one completes.
    pub(super) fn resumed(&self) -> Option<String> {
        self.resumed.get().cloned()
    }

    pub(super) fn note(&self, summary: &RunSummary) -> Result<()> {
        let json: Value = json!(summary);
        self.memory.note_run(&summary.run_id, &json)
    }

    /// What is remembered of people, and who of them was being written when a run broke off.
    pub(super) fn recall(&self, ids: &[String]) -> Result<Vec<(Option<Remembered>, bool)>> {
        Ok(self.memory.recall(ids)?.into_iter().zip(self.memory.intended(ids)?).collect())
    }

    pub(super) fn intend(&self, case: &Case) -> Result<()> {
        self.memory.intend(&case.person.id)
    }

    /// Keeps what became of a person: at once after a write, with the others otherwise, and not at all where the file
    /// already says so.
    pub(super) fn settle(&self, case: &Case, state: PictureState, outcome: Outcome) -> Result<()> {
        let written = outcome == Outcome::Updated;
        let state = if written { PictureState::InSync } else { state };
        let now = remembered(case, state);
        if !written && !case.half_written && now == case.remembered {
            return Ok(());
        }
        let mut waiting = self.waiting();
        waiting.push((case.person.id.clone(), now));
        if !written && waiting.len() < WAITING {
            return Ok(());
        }
        let kept = std::mem::take(&mut *waiting);
        drop(waiting);
        self.memory.settle(&kept)
    }

    pub(super) fn flush(&self) -> Result<()> {
        let kept = std::mem::take(&mut *self.waiting());
        self.memory.settle(&kept)
    }
}

/// What holds while nothing changes; every other verdict is looked at anew in each run.
fn remembered(case: &Case, state: PictureState) -> Option<Remembered> {
    match state {
        PictureState::NoSourcePhoto => Some(Remembered { state, etag: String::new(), shown: None }),
        PictureState::InSync => {
            let etag = case.photo.as_ref().map(|photo| photo.etag.clone()).filter(|etag| !etag.is_empty())?;
            let picture = RememberedPicture {
                stem: case.stem.as_ref()?.key(),
                stamp: case.files?.large()?,
                sketch: case.sketch.map(|sketch| sketch.0),
            };
            Some(Remembered { state, etag, shown: Some(picture) })
        }
        _ => None,
    }
}
