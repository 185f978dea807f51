//! A job: work in the background that its owner polls, with progress, records and cancel.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::sync::{Notify, Semaphore};

use crate::error::{Code, Error, Result};

/// Records that may wait for their taker before the job pauses.
const READY_RECORDS: usize = 256;

/// Where a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum JobState {
    /// Work goes on.
    Running = 0,
    /// All done; the summary is there.
    Finished = 1,
    /// Ended by an error.
    Failed = 2,
    /// Stopped by its owner.
    Cancelled = 3,
}

/// How far a job is.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// Where the job stands.
    pub state: JobState,
    /// People finished.
    pub done: u64,
    /// People in all; 0 while not known.
    pub total: u64,
    /// People that failed.
    pub failed: u64,
    /// HTTP requests sent, retries included.
    pub requests: u64,
    /// Of these, requests that write.
    pub writes: u64,
    /// Records ready to be taken.
    pub records_ready: u64,
    /// How long the service still asks to wait, in milliseconds; 0 when it does not.
    pub waiting_ms: u64,
    /// Time since the job began, in milliseconds.
    pub elapsed_ms: u64,
    /// What the minute before the last request to SharePoint used of the tenant's allowance, in percent.
    pub budget_percent: u32,
}

/// One finished person.
#[derive(Debug)]
pub struct Record {
    /// The record as `docs/abi.md` describes it.
    pub json: Value,
    /// Pictures that the record names by number.
    pub pictures: Vec<(u32, Arc<[u8]>)>,
}

/// Counters that the rooms below count into.
#[derive(Debug, Default)]
pub struct Counters {
    /// People finished.
    pub done: AtomicU64,
    /// People in all.
    pub total: AtomicU64,
    /// People that failed.
    pub failed: AtomicU64,
}

#[derive(Default)]
struct Outbox {
    records: VecDeque<Record>,
    /// Pictures of the records taken last.
    pictures: HashMap<u32, Arc<[u8]>>,
    outcome: Option<Result<Value>>,
}

struct Shared {
    outbox: Mutex<Outbox>,
    changed: Condvar,
    room: Semaphore,
    cancelled: AtomicBool,
    cancel: Notify,
    counters: Counters,
    traffic: Arc<crate::net::Traffic>,
    started: Instant,
}

impl Shared {
    fn outbox(&self) -> MutexGuard<'_, Outbox> {
        self.outbox.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The owner's side of a job.
#[derive(Clone)]
pub struct Job(Arc<Shared>);

/// The worker's side of a job.
#[derive(Clone)]
pub struct JobContext(Arc<Shared>);

/// A job and its worker's side.
pub(crate) fn job() -> (Job, JobContext) {
    let shared = Arc::new(Shared {
        outbox: Mutex::default(),
        changed: Condvar::new(),
        room: Semaphore::new(READY_RECORDS),
        cancelled: AtomicBool::new(false),
        cancel: Notify::new(),
        counters: Counters::default(),
        traffic: Arc::default(),
        started: Instant::now(),
    });
    (Job(Arc::clone(&shared)), JobContext(shared))
}

impl Job {
    /// Waits until the job has ended, a record is ready, or `timeout` is over.
    #[must_use]
    pub fn wait(&self, timeout: Duration) -> Progress {
        let idle = |outbox: &mut Outbox| outbox.outcome.is_none() && outbox.records.is_empty();
        let (outbox, _) =
            self.0.changed.wait_timeout_while(self.0.outbox(), timeout, idle).unwrap_or_else(PoisonError::into_inner);
        let state = match &outbox.outcome {
            None => JobState::Running,
            Some(Ok(_)) => JobState::Finished,
            Some(Err(error)) if error.code() == Code::Cancelled => JobState::Cancelled,
            Some(Err(_)) => JobState::Failed,
        };
        let ready = outbox.records.len() as u64;
        drop(outbox);
        let counters = &self.0.counters;
        let traffic = &self.0.traffic;
        Progress {
            state,
            done: counters.done.load(Ordering::Relaxed),
            total: counters.total.load(Ordering::Relaxed),
            failed: counters.failed.load(Ordering::Relaxed),
            requests: traffic.requests(),
            writes: traffic.writes(),
            records_ready: ready,
            waiting_ms: traffic.waiting_ms(),
            elapsed_ms: u64::try_from(self.0.started.elapsed().as_millis()).unwrap_or(u64::MAX),
            budget_percent: traffic.budget_percent(),
        }
    }

    /// Takes up to `max` finished records. Pictures of records taken before are dropped.
    #[must_use]
    pub fn next(&self, max: usize) -> Vec<Value> {
        let mut outbox = self.0.outbox();
        let count = max.min(outbox.records.len());
        let taken: Vec<Record> = outbox.records.drain(..count).collect();
        outbox.pictures.clear();
        let values = taken
            .into_iter()
            .map(|record| {
                outbox.pictures.extend(record.pictures);
                record.json
            })
            .collect();
        drop(outbox);
        self.0.room.add_permits(count);
        values
    }

    /// A picture that one of the records taken last names.
    #[must_use]
    pub fn picture(&self, number: u32) -> Option<Arc<[u8]>> {
        self.0.outbox().pictures.get(&number).cloned()
    }

    /// The summary or the error with which the job ended; [`Code::Pending`] while it runs.
    pub fn result(&self) -> Result<Value> {
        self.0.outbox().outcome.clone().unwrap_or_else(|| Err(Error::new(Code::Pending, "The job still runs.")))
    }

    /// Asks the job to stop: nobody new is begun.
    pub fn cancel(&self) {
        self.0.cancelled.store(true, Ordering::SeqCst);
        self.0.cancel.notify_waiters();
        self.0.room.close();
    }
}

impl JobContext {
    /// The job's counters.
    #[must_use]
    pub fn counters(&self) -> &Counters {
        &self.0.counters
    }

    /// Where the job's requests are counted.
    #[must_use]
    pub fn traffic(&self) -> Arc<crate::net::Traffic> {
        Arc::clone(&self.0.traffic)
    }

    /// Whether the owner asked to stop.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.cancelled.load(Ordering::SeqCst)
    }

    /// Resolves when the owner asks to stop.
    pub async fn cancelled(&self) {
        loop {
            let notified = self.0.cancel.notified();
            if self.is_cancelled() {
                return;
            }
            notified.await;
        }
    }

    /// Hands a record over; waits while too many wait for their taker. After a cancel nothing waits.
    pub async fn put(&self, record: Record) {
        if let Ok(permit) = self.0.room.acquire().await {
            permit.forget();
        }
        self.0.outbox().records.push_back(record);
        self.0.changed.notify_all();
    }

    /// Ends the job. The first call counts.
    pub fn finish(&self, outcome: Result<Value>) {
        self.0.outbox().outcome.get_or_insert(outcome);
        self.0.changed.notify_all();
    }
}
