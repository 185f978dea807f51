//! Counts what clients did.
//! Knows operation names only. Promises that each HTTP request counts once, whatever becomes of it.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};

/// The counters.
#[derive(Default)]
pub struct Stats(Mutex<Counts>);

#[derive(Default)]
struct Counts {
    by_service: BTreeMap<&'static str, u64>,
    requests: BTreeMap<String, u64>,
    parts: BTreeMap<String, u64>,
    writes: BTreeMap<String, u64>,
}

impl Stats {
    fn count(&self, change: impl FnOnce(&mut Counts)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
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

    /// Starts anew.
    pub fn reset(&self) {
        self.count(|counts| *counts = Counts::default());
    }

    /// The counters as the control port shows them.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let total = |map: &BTreeMap<String, u64>| map.values().sum::<u64>();
        let services = ["entra", "graph", "mySite", "admin"];
        let by_service: BTreeMap<_, _> =
            services.map(|name| (name, counts.by_service.get(name).copied().unwrap_or(0))).into();
        json!({
            "requests": { "total": total(&counts.requests), "byService": by_service, "byOperation": counts.requests },
            "operations": { "total": total(&counts.parts), "byOperation": counts.parts },
            "writes": { "total": total(&counts.writes), "byOperation": counts.writes },
        })
    }
}
