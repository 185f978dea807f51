//! How much the services allow in a window of time, as documented by licence tier.
//! Knows operation names. Promises that who waits as told is let in, and who does not waits longer and is blocked in the end.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use crate::tenant::Service;

/// Limits that hold for one app in one tenant.
pub struct Limits {
    tier: Tier,
    speed: f64,
    budgets: Mutex<HashMap<Budget, Window>>,
}

/// Why a request is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// 429, or 503 once the app is blocked.
    pub status: u16,
    /// Value of `Retry-After`; some answers have none.
    pub retry_after: Option<String>,
}

/// Documented figures by number of licences.
#[derive(Clone, Copy)]
struct Tier {
    units_per_minute: u32,
    units_per_day: u32,
    profile_calls: u32,
    directory_units: u32,
}

impl Tier {
    fn of(licences: u32) -> Self {
        let (step, directory_units) = match licences {
            0..50 => (1, 3_500),
            50..=500 => (1, 5_000),
            501..=1_000 => (1, 8_000),
            1_001..=5_000 => (2, 8_000),
            5_001..=15_000 => (3, 8_000),
            15_001..=50_000 => (4, 8_000),
            _ => (5, 8_000),
        };
        Self {
            units_per_minute: step * 1_250,
            units_per_day: step * 1_200_000,
            profile_calls: step * 3_000,
            directory_units,
        }
    }
}

/// What is counted on its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Budget {
    SharePointMinute,
    SharePointDay,
    PeopleManager,
    Directory,
    Mailbox(u32),
}

impl Budget {
    /// The limit, and the length of its window in seconds.
    fn limit(self, tier: Tier) -> (u32, f64) {
        match self {
            Self::SharePointMinute => (tier.units_per_minute, 60.0),
            Self::SharePointDay => (tier.units_per_day, 86_400.0),
            Self::PeopleManager => (tier.profile_calls, 300.0),
            Self::Directory => (tier.directory_units, 10.0),
            Self::Mailbox(_) => (10_000, 600.0),
        }
    }
}

struct Window {
    opened: Instant,
    spent: u32,
    closed_until: Option<Instant>,
    /// Requests that came although they had been told to wait.
    ignored: u32,
}

/// Who ignores `Retry-After` so often is blocked.
const PATIENCE: u32 = 500;
/// Retry-After grows by this factor with every ten requests that ignore it, up to the limit after it.
const GROWTH: f64 = 1.2;
const LONGEST_GROWTH: f64 = 5.0;

impl Limits {
    /// The limits of a tenant with so many licences; every window and wait is divided by `speed`.
    #[must_use]
    pub fn new(licences: u32, speed: f64) -> Self {
        Self { tier: Tier::of(licences), speed: speed.max(0.001), budgets: Mutex::default() }
    }

    /// Pays for an operation. Parts of a `ProcessQuery` are paid for, but never refused: the request is under way.
    pub fn spend(
        &self,
        at: Instant,
        service: Service,
        operation: &str,
        person: Option<u32>,
        part: bool,
    ) -> Result<(), Refused> {
        let mut budgets = self.budgets.lock().unwrap_or_else(PoisonError::into_inner);
        let may_refuse = !part || service == Service::Graph;
        let mut refused = None;
        for (budget, cost) in costs(service, operation, person, part) {
            let (limit, seconds) = budget.limit(self.tier);
            let length = Duration::from_secs_f64(seconds / self.speed);
            let window = budgets.entry(budget).or_insert_with(|| Window {
                opened: at,
                spent: 0,
                closed_until: None,
                ignored: 0,
            });
            let refusal = window.pay(at, cost, limit, length, may_refuse);
            refused = refused.or(refusal);
        }
        refused.filter(|_| may_refuse).map_or(Ok(()), Err)
    }
}

/// What an operation costs, and where.
fn costs(service: Service, operation: &str, person: Option<u32>, part: bool) -> Vec<(Budget, u32)> {
    let name = operation.rsplit('.').next().unwrap_or("");
    match service {
        Service::Entra => Vec::new(),
        Service::Graph if name.starts_with("photo") || name.ends_with("Photo") => {
            person.map(|person| (Budget::Mailbox(person), 1)).into_iter().collect()
        }
        Service::Graph if name == "batch" => Vec::new(),
        Service::Graph => vec![(Budget::Directory, 2)],
        Service::MySite | Service::Admin | Service::Root => {
            let units = [(Budget::SharePointMinute, 2), (Budget::SharePointDay, 2)];
            let profile =
                matches!(name, "getProperties" | "getProperty" | "setProperty").then_some((Budget::PeopleManager, 1));
            units.into_iter().filter(|_| !part).chain(profile).collect()
        }
    }
}

impl Window {
    fn pay(&mut self, at: Instant, cost: u32, limit: u32, length: Duration, may_refuse: bool) -> Option<Refused> {
        if self.ignored > PATIENCE {
            return Some(Refused { status: 503, retry_after: None });
        }
        if let Some(until) = self.closed_until {
            if at < until {
                return Some(self.ignored_again(at, until, length, may_refuse));
            }
            *self = Self { opened: at, spent: 0, closed_until: None, ignored: 0 };
        }
        if at.duration_since(self.opened) >= length {
            (self.opened, self.spent) = (at, 0);
        }
        self.spent = self.spent.saturating_add(cost);
        if self.spent <= limit {
            return None;
        }
        let until = self.opened + length;
        self.closed_until = Some(until);
        Some(Refused { status: 429, retry_after: Some(seconds(until.duration_since(at))) })
    }

    /// The wait grows for those who do not keep to it.
    fn ignored_again(&mut self, at: Instant, until: Instant, length: Duration, may_refuse: bool) -> Refused {
        self.ignored += u32::from(may_refuse);
        let mut until = until;
        if may_refuse && self.ignored.is_multiple_of(10) {
            let growth = GROWTH.powf(f64::from(self.ignored / 10)).min(LONGEST_GROWTH);
            until = until.max(at + length.mul_f64(growth));
            self.closed_until = Some(until);
        }
        let wait = until.saturating_duration_since(at);
        let retry_after = match self.ignored % 8 {
            3 => Some(format!("{:.3}", wait.as_secs_f64() + 0.001)),
            5 => Some(httpdate::fmt_http_date(SystemTime::now() + wait + Duration::from_secs(1))),
            7 => None,
            _ => Some(seconds(wait)),
        };
        Refused { status: 429, retry_after }
    }
}

/// Whole seconds, never too few.
fn seconds(wait: Duration) -> String {
    (wait.as_secs() + 1).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPERATIONS: [(Service, &str, f64, u32); 4] = [
        (Service::MySite, "mySite.addFile", 60.0, 625),
        (Service::Admin, "admin.setProperty", 300.0, 625),
        (Service::Graph, "graph.users", 10.0, 1_750),
        (Service::Graph, "graph.photoValue", 600.0, 10_000),
    ];

    #[test]
    fn the_naive_caller_is_refused_and_the_obedient_one_is_let_in_again() {
        for (service, operation, _, allowed) in OPERATIONS {
            let limits = Limits::new(20, 60.0);
            let start = Instant::now();
            for _ in 0..allowed {
                assert_eq!(limits.spend(start, service, operation, Some(1), false), Ok(()), "{operation}");
            }
            let refused = limits.spend(start, service, operation, Some(1), false).unwrap_err();
            let wait: u64 = refused.retry_after.unwrap().parse().unwrap();
            assert_eq!(refused.status, 429);
            assert!(limits.spend(start, service, operation, Some(1), false).is_err(), "{operation}: too early");
            let later = start + Duration::from_secs(wait);
            assert_eq!(limits.spend(later, service, operation, Some(1), false), Ok(()), "{operation}: after {wait} s");
        }
    }

    #[test]
    fn profile_calls_inside_a_query_are_counted_and_stop_the_next_request() {
        let limits = Limits::new(20, 60.0);
        let now = Instant::now();
        for _ in 0..3_001 {
            assert_eq!(limits.spend(now, Service::Admin, "admin.setProperty", Some(1), true), Ok(()));
        }
        assert!(limits.spend(now, Service::Admin, "admin.getProperties", Some(1), false).is_err());
        assert!(
            limits.spend(now + Duration::from_secs(6), Service::Admin, "admin.getProperties", Some(1), false).is_ok()
        );
    }

    #[test]
    fn speed_divides_the_windows() {
        for (speed, seconds) in [(1.0, 60), (60.0, 1)] {
            let limits = Limits::new(20, speed);
            let now = Instant::now();
            let last = (0..700).find_map(|_| limits.spend(now, Service::MySite, "mySite.file", None, false).err());
            assert_eq!(last.unwrap().retry_after, Some((seconds + 1).to_string()), "speed {speed}");
        }
    }

    #[test]
    fn who_ignores_the_wait_waits_longer_and_is_blocked_in_the_end() {
        let limits = Limits::new(20, 1.0);
        let now = Instant::now();
        let spend = |at| limits.spend(at, Service::MySite, "mySite.file", None, false);
        let refusals: Vec<Refused> = (0..1_300).filter_map(|_| spend(now).err()).collect();
        let waits: Vec<u64> =
            refusals.iter().filter_map(|refused| refused.retry_after.as_ref()?.parse().ok()).collect();
        assert!(waits.last().unwrap() > &waits[0], "{waits:?}");
        assert!(
            refusals.iter().any(|refused| refused.status == 429 && refused.retry_after.is_none()),
            "sometimes missing"
        );
        assert_eq!(refusals.last().unwrap().status, 503);
    }
}
