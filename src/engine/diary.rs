//! The diary of a sync: what earlier runs remembered, who is being written, what became of whom.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use serde_json::{Value, json};

use super::case::Case;
use crate::error::{Code, Error, Result};
use crate::model::{Outcome, PictureState, RunSummary};
use crate::state::{Memory, Remembered, RememberedPicture};

/// Unchanged people that may wait to be kept: losing them costs a look in the next run.
const WAITING: usize = 500;
/// Runs that are searched for one that broke off.
const RECENT_RUNS: usize = 20;

type Kept = (String, Option<Remembered>);

/// What a sync remembers. The file is held by this run alone. Calls wait for the disk away from the threads that send.
pub(super) struct Diary {
    memory: Arc<dyn Memory>,
    waiting: Mutex<Vec<Kept>>,
    intents: Mutex<Intents>,
    /// Whoever holds it writes the intents of all who wait.
    turn: tokio::sync::Mutex<()>,
    resumed: OnceLock<String>,
}

/// Intents on their way to the disk, counted in their order.
#[derive(Default)]
struct Intents {
    waiting: Vec<String>,
    asked: u64,
    written: u64,
}

impl Diary {
    pub(super) fn new(memory: Arc<dyn Memory>) -> Self {
        Self {
            memory,
            waiting: Mutex::default(),
            intents: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
            resumed: OnceLock::new(),
        }
    }

    async fn on_disk<T: Send + 'static>(
        &self,
        work: impl FnOnce(&dyn Memory) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let memory = Arc::clone(&self.memory);
        let done = tokio::task::spawn_blocking(move || work(memory.as_ref())).await;
        done.unwrap_or_else(|error| {
            Err(Error::new(Code::Internal, "Work on the state file broke off.").with_cause(&error))
        })
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<Kept>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn intents(&self) -> MutexGuard<'_, Intents> {
        self.intents.lock().unwrap_or_else(PoisonError::into_inner)
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

    /// The units that were spent on a day, numbered from 1970.
    pub(super) fn spent(&self, day: u64) -> Result<u64> {
        self.memory.spent(day)
    }

    pub(super) async fn note_spent(&self, day: u64, units: u64) -> Result<()> {
        self.on_disk(move |memory| memory.note_spent(day, units)).await
    }

    /// What is remembered of people, and who of them was being written when a run broke off.
    pub(super) async fn recall(&self, ids: Vec<String>) -> Result<Vec<(Option<Remembered>, bool)>> {
        self.on_disk(move |memory| Ok(memory.recall(&ids)?.into_iter().zip(memory.intended(&ids)?).collect())).await
    }

    /// Notes that a person is about to be written; returns when that is on the disk. People who come together share one
    /// write: each waits for their turn, and mostly finds that somebody before them did it.
    pub(super) async fn intend(&self, case: &Case) -> Result<()> {
        let number = {
            let mut intents = self.intents();
            intents.waiting.push(case.person.id.clone());
            intents.asked += 1;
            intents.asked
        };
        let _turn = self.turn.lock().await;
        let (ids, asked) = {
            let mut intents = self.intents();
            if intents.written >= number {
                return Ok(());
            }
            (std::mem::take(&mut intents.waiting), intents.asked)
        };
        let written = self.on_disk({
            let ids = ids.clone();
            move |memory| memory.intend(&ids)
        });
        let written = written.await;
        let mut intents = self.intents();
        match written {
            Ok(()) => intents.written = asked,
            Err(_) => intents.waiting.extend(ids),
        }
        written
    }

    /// Notes what became of a person, unless the file already says so.
    pub(super) fn settle(&self, case: &Case, state: PictureState, outcome: Outcome) {
        let written = outcome == Outcome::Updated;
        let now = match state {
            // The picture went with the photo.
            PictureState::NoSourcePhoto => remembered(case, state),
            _ => remembered(case, if written { PictureState::InSync } else { state }),
        };
        if written || case.half_written || now != case.remembered {
            self.waiting().push((case.person.id.clone(), now));
        }
    }

    /// Keeps what was noted: all of it, or only once it has become much.
    pub(super) async fn keep(&self, all: bool) -> Result<()> {
        let kept = {
            let mut waiting = self.waiting();
            if waiting.is_empty() || (!all && waiting.len() < WAITING) {
                return Ok(());
            }
            std::mem::take(&mut *waiting)
        };
        self.on_disk(move |memory| memory.settle(&kept)).await
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
