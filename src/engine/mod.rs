//! Fetch, compare and sync over many people: scheduling, cancel, records, progress.
//! Wires all rooms above it; knows nothing of C.
//! Promises bounded memory, a clean stop, and people who are done or untouched.

mod case;
mod check;
mod diary;
mod fetch;
mod flow;
mod job;
mod judge;
mod people;
mod removal;
mod request;
mod run;
mod session;
mod sign_in;
mod stages;
mod tenant;

pub use job::{Counters, Job, JobContext, JobState, Progress, Record};
pub use session::Session;
pub use sign_in::CredentialKind;
