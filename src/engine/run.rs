//! A run: what its stages share, and how people leave it.

use std::collections::{BTreeMap, HashSet};
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::sync::OnceCell;

use super::case::Case;
use super::diary::Diary;
use super::job::{JobContext, Record};
use super::request::Way;
use super::tenant::Tenant;
use crate::error::{Code, Error, Result};
use crate::graph::Graph;
use crate::model::{Action, Files, Outcome, PictureState, RunSummary, Verdict};
use crate::net::{Pace, Traffic};
use crate::plan::Policy;
use crate::sharepoint::{Inventory, Library, Profiles, Stem};
use crate::state::Memory;

/// Up to so many named people, looking their files up one by one costs less than listing the library.
const LOOKUPS: usize = 32;

/// What a run is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    Fetch,
    Compare,
    Sync { what_if: bool },
}

#[derive(Default)]
struct Tally {
    outcomes: [u64; 4],
    states: BTreeMap<PictureState, u64>,
    /// Hashes of the stems that somebody in this run already writes; two people's account names may give the same one.
    claimed: HashSet<u64>,
    hasher: RandomState,
    fatal: Option<Error>,
}

/// What the stages of a run share.
pub(super) struct Run {
    pub(super) graph: Graph,
    pub(super) library: Library,
    pub(super) profiles: Profiles,
    pub(super) operation: Operation,
    pub(super) policy: Policy,
    pub(super) context: JobContext,
    /// What earlier runs left, and where this one leaves it; a plan leaves nothing.
    pub(super) diary: Option<Diary>,
    pub(super) maximum_removals: Option<u64>,
    /// People who had a photo in the last run and have none now.
    pub(super) gone: AtomicU64,
    removals: Mutex<Vec<Case>>,
    /// Everybody is looked at within so many nights.
    pub(super) nights: u8,
    pace: Arc<Pace>,
    everybody: bool,
    /// Whether files are looked up in one inventory of the library instead of one by one.
    by_inventory: bool,
    /// Whether the verdict of an earlier run may stand where nothing changed.
    pub(super) trusting: bool,
    inventory: OnceCell<Inventory>,
    tally: Mutex<Tally>,
    stopping: AtomicBool,
    traffic: Arc<Traffic>,
    id: String,
    started: OffsetDateTime,
}

/// The choices a run is made with.
#[derive(Clone, Copy, Debug)]
pub(super) struct RunOptions {
    pub(super) operation: Operation,
    pub(super) policy: Policy,
    /// A record for everybody, not only for people who change or fail. Who is named gets one in any case.
    pub(super) everybody: Option<bool>,
    /// Photos that may be gone; a share of the people where it is not said.
    pub(super) maximum_removals: Option<u64>,
    pub(super) nights: u8,
}

impl RunOptions {
    /// The usual choices.
    pub(super) fn of(operation: Operation) -> Self {
        Self { operation, policy: Policy::default(), everybody: None, maximum_removals: None, nights: 1 }
    }
}

impl Run {
    pub(super) fn new(
        tenant: &Tenant,
        context: JobContext,
        way: &Way,
        options: RunOptions,
        memory: Option<Arc<dyn Memory>>,
    ) -> Arc<Self> {
        let traffic = context.traffic();
        let named = match way {
            Way::Named(names) => Some(names.len()),
            Way::Listed { .. } => None,
        };
        Arc::new(Self {
            graph: Graph::new(tenant.graph.counting(&traffic)),
            library: tenant.library.counting(&traffic),
            profiles: Profiles::new(tenant.admin.counting(&traffic)),
            operation: options.operation,
            policy: options.policy,
            context,
            diary: memory.map(Diary::new),
            maximum_removals: options.maximum_removals,
            gone: AtomicU64::new(0),
            removals: Mutex::default(),
            nights: options.nights,
            pace: Arc::clone(&tenant.pace),
            everybody: options.everybody.unwrap_or(named.is_some()),
            by_inventory: named.is_none_or(|people| people > LOOKUPS),
            trusting: named.is_none(),
            inventory: OnceCell::new(),
            tally: Mutex::default(),
            stopping: AtomicBool::new(false),
            traffic,
            id: uuid::Uuid::new_v4().to_string(),
            started: OffsetDateTime::now_utc(),
        })
    }

    pub(super) fn removals(&self) -> MutexGuard<'_, Vec<Case>> {
        self.removals.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tally(&self) -> MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether nobody new is to be begun.
    pub(super) fn stopping(&self) -> bool {
        self.stopping.load(Ordering::SeqCst) || self.context.is_cancelled()
    }

    /// Ends the run: what is begun is finished, nobody new is begun. The first reason counts.
    pub(super) fn stop(&self, error: Error) {
        self.tally().fatal.get_or_insert(error);
        self.stopping.store(true, Ordering::SeqCst);
    }

    /// The thumbnails of a stem, by whichever way costs less for this run.
    pub(super) async fn files(&self, stem: &Stem) -> Result<Files> {
        if self.by_inventory {
            Ok(self.inventory.get_or_try_init(|| self.library.inventory()).await?.files(stem))
        } else {
            self.library.files(stem).await
        }
    }

    /// The files to write for a person: those the profile names, unless they are somebody else's.
    pub(super) fn claim_stem(&self, case: &Case) -> Stem {
        let own = Stem::of_object_id(&case.person.id);
        let stem =
            case.stem.clone().filter(|stem| !stem.belongs_to_another(&case.person.id)).unwrap_or_else(|| own.clone());
        let mut tally = self.tally();
        let hash = tally.hasher.hash_one(stem.key());
        if tally.claimed.insert(hash) { stem } else { own }
    }

    /// A person is left as they are.
    pub(super) async fn leave(&self, case: &Case, state: PictureState, reason: &'static str) {
        let outcome = if state == PictureState::InSync { Outcome::Unchanged } else { Outcome::Skipped };
        self.report(case, Verdict { state, action: Action::None, reason }, outcome, None).await;
    }

    /// A person is done, or would be.
    pub(super) async fn done(&self, case: &Case, verdict: Verdict, outcome: Outcome) {
        self.report(case, verdict, outcome, None).await;
    }

    /// A person could not be helped. An error that would meet everybody ends the run.
    pub(super) async fn fail(&self, case: &Case, error: Error) {
        self.fail_alone(case, &error).await;
        if meets_everybody(&error) {
            self.stop(error);
        }
    }

    /// A person could not be helped, and the error says nothing of the others.
    pub(super) async fn fail_alone(&self, case: &Case, error: &Error) {
        let verdict =
            case.verdict.unwrap_or(Verdict { state: PictureState::Unknown, action: Action::None, reason: "" });
        self.report(case, verdict, Outcome::Failed, Some(error)).await;
    }

    /// A request for several people failed as a whole.
    pub(super) async fn fail_all(&self, cases: &[Case], error: &Error) {
        if meets_everybody(error) {
            self.stop(error.clone());
            return;
        }
        for case in cases {
            self.fail(case, error.clone()).await;
        }
    }

    async fn report(&self, case: &Case, verdict: Verdict, outcome: Outcome, error: Option<&Error>) {
        self.count(verdict.state, outcome);
        self.remember(case, verdict.state, outcome).await;
        if self.everybody || matches!(outcome, Outcome::Planned | Outcome::Updated | Outcome::Failed) {
            let json = self.record(case, verdict, outcome, error);
            self.context.put(Record { json, pictures: Vec::new() }).await;
        }
    }

    /// What both sides hold of a person.
    pub(super) async fn fetched(&self, case: &Case, photo: &Value, shown: &Value, pictures: Vec<(u32, Arc<[u8]>)>) {
        self.count(PictureState::Unknown, Outcome::Unchanged);
        let mut json = identity_of(case);
        json["photo"] = photo.clone();
        json["shown"] = shown.clone();
        json["error"] = Value::Null;
        self.context.put(Record { json, pictures }).await;
    }

    fn count(&self, state: PictureState, outcome: Outcome) {
        let slot = match outcome {
            Outcome::Planned | Outcome::Updated => 0,
            Outcome::Unchanged => 1,
            Outcome::Skipped => 2,
            Outcome::Failed => 3,
        };
        let mut tally = self.tally();
        tally.outcomes[slot] += 1;
        *tally.states.entry(state).or_default() += 1;
        drop(tally);
        let counters = self.context.counters();
        counters.done.fetch_add(1, Ordering::Relaxed);
        if outcome == Outcome::Failed {
            counters.failed.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Leaves in the diary what became of a person. A failed write stays an intent: the next run writes the person again.
    async fn remember(&self, case: &Case, state: PictureState, outcome: Outcome) {
        if let Some(diary) = self.diary.as_ref().filter(|_| outcome != Outcome::Failed && !case.person.id.is_empty()) {
            diary.settle(case, state, outcome);
            self.stop_on(diary.keep(false).await);
        }
    }

    /// Puts everything that was noted on the disk.
    pub(super) async fn keep(&self) {
        if let Some(diary) = &self.diary {
            self.stop_on(diary.keep(true).await);
            let (day, units) = self.pace.spent_today();
            self.stop_on(diary.note_spent(day, units).await);
        }
    }

    /// Ends the run when the diary cannot be kept.
    pub(super) fn stop_on<T>(&self, outcome: Result<T>) -> Option<T> {
        outcome.map_err(|error| self.stop(error)).ok()
    }

    fn record(&self, case: &Case, verdict: Verdict, outcome: Outcome, error: Option<&Error>) -> Value {
        let mut json = identity_of(case);
        if self.operation == Operation::Fetch {
            json["photo"] = Value::Null;
            json["shown"] = Value::Null;
        } else {
            let synced = matches!(self.operation, Operation::Sync { .. }) || outcome == Outcome::Failed;
            json["state"] = json!(verdict.state);
            json["action"] = json!(verdict.action);
            json["result"] = json!(synced.then_some(outcome));
            json["reason"] = json!(error.map_or(verdict.reason, Error::message));
            json["pictureUrl"] =
                json!(case.profile.as_ref().map(|profile| &profile.picture_url).filter(|url| !url.is_empty()));
            json["distance"] = json!(case.distance.map(rounded));
            json["confidence"] = json!(case.confidence.map(rounded));
        }
        json["error"] = json!(error.map(Error::to_json));
        json
    }

    /// Notes in the diary that the run began, and which one it completes.
    pub(super) fn begin(&self) {
        if let Some(diary) = &self.diary {
            self.stop_on(diary.begin(&self.id));
            let (day, _) = self.pace.spent_today();
            if let Some(spent) = self.stop_on(diary.spent(day)) {
                self.pace.begin_day(spent);
            }
            self.stop_on(diary.note(&self.summary("Running")));
        }
    }

    /// The summary of the run, and the error that ended it.
    pub(super) async fn finish(&self) -> (RunSummary, Result<()>) {
        self.keep().await;
        let outcome = match self.tally().fatal.clone() {
            Some(error) => Err(error),
            None if self.context.is_cancelled() => Err(Error::new(Code::Cancelled, "The run was cancelled.")),
            None => Ok(()),
        };
        let status = match &outcome {
            Ok(()) => "Completed",
            Err(error) if error.code() == Code::Cancelled => "Cancelled",
            Err(_) => "Failed",
        };
        let summary = self.summary(status);
        let noted = self.diary.as_ref().map_or(Ok(()), |diary| diary.note(&summary));
        (summary, outcome.and(noted))
    }

    fn summary(&self, status: &'static str) -> RunSummary {
        let tally = self.tally();
        let finished = OffsetDateTime::now_utc();
        let [updated, unchanged, skipped, failed] = tally.outcomes;
        RunSummary {
            run_id: self.id.clone(),
            resumed_run_id: self.diary.as_ref().and_then(Diary::resumed),
            operation: match self.operation {
                Operation::Fetch => "Fetch",
                Operation::Compare => "Compare",
                Operation::Sync { .. } => "Sync",
            },
            what_if: self.operation == Operation::Sync { what_if: true },
            status,
            started: timestamp(self.started),
            finished: timestamp(finished),
            seconds: ((finished - self.started).as_seconds_f64() * 1000.0).round() / 1000.0,
            people: updated + unchanged + skipped + failed,
            updated,
            unchanged,
            skipped,
            failed,
            requests: self.traffic.requests(),
            writes: self.traffic.writes(),
            closings: self.traffic.closings(),
            states: tally.states.clone(),
        }
    }
}

/// Three decimals say all that a person can use.
fn rounded(number: f32) -> f64 {
    (f64::from(number) * 1000.0).round() / 1000.0
}

fn identity_of(case: &Case) -> Value {
    let person = &case.person;
    let known = !person.id.is_empty();
    json!({
        "identity": case.identity,
        "id": known.then_some(&person.id),
        "userPrincipalName": known.then_some(&person.user_principal_name),
        "displayName": person.display_name,
        "source": known.then_some(if person.exchange_online { "ExchangeOnline" } else { "Directory" }),
    })
}

/// Whether every other person would meet the same error.
fn meets_everybody(error: &Error) -> bool {
    matches!(
        error.code(),
        Code::SignInFailed
            | Code::TokenRejected
            | Code::PermissionDenied
            | Code::UntrustedHost
            | Code::ConnectionFailed
            | Code::Throttled
    )
}

fn timestamp(time: OffsetDateTime) -> String {
    time.replace_nanosecond(0).unwrap_or(time).format(&Rfc3339).unwrap_or_default()
}
