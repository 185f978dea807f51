//! Counts what clients did.
//! Knows operation names and budgets. Promises that each HTTP request counts once, whatever becomes of it.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use serde_json::{Value, json};

use crate::limits::Budget;

/// The counters.
pub struct Stats {
    /// How many times faster than the clock the limits' minutes pass.
    speed: f64,
    counts: Mutex<Counts>,
}

type Tally<K> = BTreeMap<K, u64>;

struct Counts {
    since: Instant,
    by_service: Tally<&'static str>,
    requests: Tally<String>,
    parts: Tally<String>,
    writes: Tally<String>,
    refusals: BTreeMap<&'static str, Tally<u16>>,
    while_closed: Tally<&'static str>,
    by_app: BTreeMap<String, Tally<&'static str>>,
    by_minute: BTreeMap<u64, Tally<&'static str>>,
}

impl Counts {
    fn new() -> Self {
        Self {
            since: Instant::now(),
            by_service: Tally::new(),
            requests: Tally::new(),
            parts: Tally::new(),
            writes: Tally::new(),
            refusals: BTreeMap::new(),
            while_closed: Tally::new(),
            by_app: BTreeMap::new(),
            by_minute: BTreeMap::new(),
        }
    }
}

impl Stats {
    /// Counters of a tenant whose limits are faster than the clock by this factor.
    #[must_use]
    pub fn new(speed: f64) -> Self {
        Self { speed, counts: Mutex::new(Counts::new()) }
    }

    fn count(&self, change: impl FnOnce(&mut Counts)) {
        change(&mut self.counts.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// An HTTP request.
    pub fn request(&self, service: &'static str, operation: &str) {
        self.count(|counts| {
            *counts.by_service.entry(service).or_default() += 1;
            *counts.requests.entry(operation.to_owned()).or_default() += 1;
        });
    }

    /// A part of a batch or an action of a `ProcessQuery`.
    pub fn part(&self, operation: &str) {
        self.count(|counts| *counts.parts.entry(operation.to_owned()).or_default() += 1);
    }

    /// Something that was really written: a photo, a file, a property.
    pub fn wrote(&self, operation: &str) {
        self.count(|counts| *counts.writes.entry(operation.to_owned()).or_default() += 1);
    }

    /// An answer that says "later".
    pub fn refused(&self, service: &'static str, status: u16) {
        self.count(|counts| *counts.refusals.entry(service).or_default().entry(status).or_default() += 1);
    }

    /// A request that came although its service had said "later".
    pub fn came_while_closed(&self, service: &'static str) {
        self.count(|counts| *counts.while_closed.entry(service).or_default() += 1);
    }

    /// What an app paid for an operation that was let in.
    pub fn spent(&self, app: &str, costs: &[(Budget, u64)]) {
        self.count(|counts| {
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "time since the start")]
            let minute = (counts.since.elapsed().as_secs_f64() * self.speed / 60.0) as u64;
            for (name, cost) in costs.iter().filter_map(|(budget, cost)| Some((name(*budget)?, cost))) {
                *counts.by_app.entry(app.to_owned()).or_default().entry(name).or_default() += cost;
                *counts.by_minute.entry(minute).or_default().entry(name).or_default() += cost;
            }
        });
    }

    /// Starts anew.
    pub fn reset(&self) {
        self.count(|counts| *counts = Counts::new());
    }

    /// The counters as the control port shows them.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let services = ["entra", "graph", "mySite", "admin"];
        let by_service: BTreeMap<_, _> =
            services.map(|name| (name, counts.by_service.get(name).copied().unwrap_or(0))).into();
        let minutes = counts.by_minute.iter().map(|(minute, used)| {
            let mut used = json!(used);
            used["minute"] = json!(minute);
            used
        });
        json!({
            "requests": { "total": total(&counts.requests), "byService": by_service, "byOperation": counts.requests },
            "operations": { "total": total(&counts.parts), "byOperation": counts.parts },
            "writes": { "total": total(&counts.writes), "byOperation": counts.writes },
            "refusals": { "total": counts.refusals.values().map(total).sum::<u64>(), "byService": counts.refusals },
            "whileClosed": { "total": total(&counts.while_closed), "byService": counts.while_closed },
            "units": { "byApp": counts.by_app, "byMinute": minutes.collect::<Vec<_>>() },
        })
    }
}

fn total<K>(tally: &Tally<K>) -> u64 {
    tally.values().sum()
}

/// The name of what a budget counts; a unit that several budgets count has it once.
const fn name(budget: Budget) -> Option<&'static str> {
    match budget {
        Budget::SharePointMinute => Some("sharePoint"),
        Budget::PeopleManager => Some("peopleManager"),
        Budget::Directory => Some("directory"),
        Budget::Mailbox(_) => Some("mailbox"),
        Budget::SharePointDay | Budget::SharePointTenant | Budget::SharePointPerson | Budget::MailboxUpload(_) => None,
    }
}
