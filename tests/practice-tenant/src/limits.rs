//! How much the services allow in a window of time, as documented by licence tier.
//! Knows operation names. Promises that who waits as told is let in, and who does not waits longer and is blocked in the end.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use serde_json::{Value, json};

use crate::tenant::{Asked, Counted, Service};

/// The limits of one tenant and its apps.
pub struct Limits {
    licences: u32,
    tier: Tier,
    speed: f64,
    /// The share of every shared budget that other apps take, as the bits of a float.
    load: AtomicU64,
    windows: Mutex<HashMap<(Budget, String), Window>>,
    at_mailboxes: Arc<Mutex<HashMap<u32, u32>>>,
}

/// Why a request is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// 429, or 503 once the app is blocked.
    pub status: u16,
    /// Value of `Retry-After`; some answers have none.
    pub retry_after: Option<String>,
    /// Came although it had been told to wait.
    pub early: bool,
    /// Of a mailbox, not of an app.
    pub by_mailbox: bool,
}

/// Documented figures by number of licences.
#[derive(Clone, Copy)]
struct Tier {
    units_per_minute: u64,
    units_per_day: u64,
    tenant_units: u64,
    profile_calls: u64,
    directory_units: u64,
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
            tenant_units: step * 18_750,
            profile_calls: step * 3_000,
            directory_units,
        }
    }
}

/// What is counted on its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Budget {
    /// SharePoint's resource units of an app.
    SharePointMinute,
    /// The same in a day.
    SharePointDay,
    /// SharePoint's resource units of all apps.
    SharePointTenant,
    /// Requests of the person who signed in; there is but one.
    SharePointPerson,
    /// Calls of `PeopleManager` by all apps.
    PeopleManager,
    /// The directory's resource units of an app.
    Directory,
    /// An app's requests to one mailbox.
    Mailbox(u32),
    /// Bytes that an app sends to one mailbox.
    MailboxUpload(u32),
}

impl Budget {
    /// The limit, and the length of its window in seconds.
    fn limit(self, tier: Tier) -> (u64, f64) {
        match self {
            Self::SharePointMinute => (tier.units_per_minute, 60.0),
            Self::SharePointDay => (tier.units_per_day, 86_400.0),
            Self::SharePointTenant => (tier.tenant_units, 300.0),
            Self::SharePointPerson => (3_000, 300.0),
            Self::PeopleManager => (tier.profile_calls, 300.0),
            Self::Directory => (tier.directory_units, 10.0),
            Self::Mailbox(_) => (10_000, 600.0),
            Self::MailboxUpload(_) => (150_000_000, 300.0),
        }
    }

    const fn is_of_mailbox(self) -> bool {
        matches!(self, Self::Mailbox(_) | Self::MailboxUpload(_))
    }

    /// Whether each app has one of its own.
    const fn is_of_app(self) -> bool {
        !matches!(self, Self::SharePointTenant | Self::SharePointPerson | Self::PeopleManager)
    }
}

struct Window {
    opened: Instant,
    spent: u64,
    closed_until: Option<Instant>,
    /// Requests that came although they had been told to wait.
    ignored: u32,
}

/// Who ignores `Retry-After` so often is blocked.
const PATIENCE: u32 = 500;
/// Retry-After grows by this factor with every ten requests that ignore it, up to the limit after it.
const GROWTH: f64 = 1.2;
const LONGEST_GROWTH: f64 = 5.0;
/// An app's requests at one mailbox at the same time.
const AT_ONE_MAILBOX: u32 = 4;

impl Limits {
    /// The limits of a tenant with so many licences; every window and wait is divided by `speed`.
    #[must_use]
    pub fn new(licences: u32, speed: f64) -> Self {
        Self {
            licences,
            tier: Tier::of(licences),
            speed: speed.max(0.001),
            load: AtomicU64::new(0.0_f64.to_bits()),
            windows: Mutex::default(),
            at_mailboxes: Arc::default(),
        }
    }

    /// Other apps take this share of all budgets from now on, but for those of mailboxes and of the day.
    pub fn load(&self, share: f64) {
        self.load.store(share.clamp(0.0, 1.0).to_bits(), Ordering::Relaxed);
    }

    fn allowed(&self, budget: Budget) -> (u64, f64) {
        let (limit, seconds) = budget.limit(self.tier);
        if budget.is_of_mailbox() || budget == Budget::SharePointDay {
            return (limit, seconds);
        }
        let percent = 100.0 * (1.0 - f64::from_bits(self.load.load(Ordering::Relaxed)));
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 100")]
        (limit * percent.round() as u64 / 100, seconds)
    }

    /// Pays for an operation. Actions of a `ProcessQuery` are paid for, but never refused: the request is under way.
    pub fn spend(&self, at: Instant, asked: &Asked<'_>) -> Result<(), Refused> {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        let may_refuse = asked.counted != Counted::Action;
        let mut refused = None;
        for (budget, cost) in costs(asked) {
            let (limit, seconds) = self.allowed(budget);
            let length = Duration::from_secs_f64(seconds / self.speed);
            let app = if budget.is_of_app() { asked.app } else { "" };
            let window = windows.entry((budget, app.to_owned())).or_insert_with(|| Window::open(at));
            let refusal = window.pay(at, cost, limit, length, may_refuse);
            refused = refused.or(refusal.map(|refusal| Refused { by_mailbox: budget.is_of_mailbox(), ..refusal }));
        }
        refused.filter(|_| may_refuse).map_or(Ok(()), Err)
    }

    /// A place at the mailbox that an operation is about, until it is dropped.
    pub fn enter(&self, asked: &Asked<'_>) -> Result<Option<Seat>, Refused> {
        let mailbox = costs(asked).into_iter().find_map(|(budget, _)| match budget {
            Budget::Mailbox(person) => Some(person),
            _ => None,
        });
        let Some(mailbox) = mailbox else { return Ok(None) };
        let mut at_mailboxes = lock(&self.at_mailboxes);
        let busy = at_mailboxes.entry(mailbox).or_default();
        if *busy == AT_ONE_MAILBOX {
            return Err(Refused { status: 429, retry_after: None, early: false, by_mailbox: true });
        }
        *busy += 1;
        Ok(Some(Seat { mailbox, at_mailboxes: Arc::clone(&self.at_mailboxes) }))
    }

    /// What is allowed, as the control port shows it.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let of = |budget| self.allowed(budget).0;
        json!({
            "licences": self.licences,
            "speed": self.speed,
            "load": f64::from_bits(self.load.load(Ordering::Relaxed)),
            "sharePointUnitsPerMinute": of(Budget::SharePointMinute),
            "sharePointUnitsPerDay": of(Budget::SharePointDay),
            "tenantUnitsPer5Minutes": of(Budget::SharePointTenant),
            "peopleManagerCallsPer5Minutes": of(Budget::PeopleManager),
            "directoryUnitsPer10Seconds": of(Budget::Directory),
        })
    }
}

/// A request's place at a mailbox.
#[derive(Debug)]
pub struct Seat {
    mailbox: u32,
    at_mailboxes: Arc<Mutex<HashMap<u32, u32>>>,
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut at_mailboxes = lock(&self.at_mailboxes);
        match at_mailboxes.get_mut(&self.mailbox) {
            Some(busy) if *busy > 1 => *busy -= 1,
            _ => drop(at_mailboxes.remove(&self.mailbox)),
        }
    }
}

fn lock(map: &Mutex<HashMap<u32, u32>>) -> MutexGuard<'_, HashMap<u32, u32>> {
    map.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What an operation costs, and where. Who is not signed in pays nothing.
#[must_use]
pub fn costs(asked: &Asked<'_>) -> Vec<(Budget, u64)> {
    let name = asked.operation.rsplit('.').next().unwrap_or("");
    match asked.service {
        _ if asked.app.is_empty() => Vec::new(),
        Service::Entra => Vec::new(),
        // Its parts are paid for.
        _ if name == "batch" => Vec::new(),
        Service::Graph if name.starts_with("photo") || name.ends_with("Photo") => {
            let mailbox = |person| [(Budget::Mailbox(person), 1), (Budget::MailboxUpload(person), asked.uploaded)];
            asked.person.map(mailbox).into_iter().flatten().filter(|(_, cost)| *cost > 0).collect()
        }
        Service::Graph => vec![(Budget::Directory, 2)],
        Service::MySite | Service::Admin | Service::Root => {
            let units = [Budget::SharePointMinute, Budget::SharePointDay, Budget::SharePointTenant];
            let units = units.into_iter().filter(|_| asked.counted != Counted::Action).map(|budget| (budget, 2));
            let profile =
                matches!(name, "getProperties" | "getProperty" | "setProperty").then_some((Budget::PeopleManager, 1));
            let person = (asked.delegated && asked.counted != Counted::Action).then_some((Budget::SharePointPerson, 1));
            units.chain(profile).chain(person).collect()
        }
    }
}

impl Window {
    fn open(at: Instant) -> Self {
        Self { opened: at, spent: 0, closed_until: None, ignored: 0 }
    }

    fn pay(&mut self, at: Instant, cost: u64, limit: u64, length: Duration, may_refuse: bool) -> Option<Refused> {
        if self.ignored > PATIENCE {
            return Some(Refused { status: 503, retry_after: None, early: true, by_mailbox: false });
        }
        if let Some(until) = self.closed_until {
            if at < until {
                return Some(self.ignored_again(at, until, length, may_refuse));
            }
            *self = Self::open(at);
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
        let retry_after = Some(seconds(until.duration_since(at)));
        Some(Refused { status: 429, retry_after, early: false, by_mailbox: false })
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
        Refused { status: 429, retry_after, early: true, by_mailbox: false }
    }
}

/// Whole seconds, never too few.
fn seconds(wait: Duration) -> String {
    (wait.as_secs() + 1).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const APP: &str = "app";
    const LARGEST: u64 = 4_000_000;

    fn asked(service: Service, operation: &str) -> Asked<'_> {
        Asked {
            service,
            operation,
            person: Some(1),
            app: APP,
            delegated: false,
            uploaded: 0,
            counted: Counted::Request,
        }
    }

    /// How many of these are let in at the same moment.
    fn let_in(limits: &Limits, at: Instant, asked: &Asked<'_>) -> usize {
        (0..20_000).take_while(|_| limits.spend(at, asked).is_ok()).count()
    }

    #[test]
    fn the_naive_caller_is_refused_and_the_obedient_one_is_let_in_again() {
        let upload = Asked { uploaded: LARGEST, ..asked(Service::Graph, "graph.putPhoto") };
        for (asked, allowed) in [
            (asked(Service::MySite, "mySite.addFile"), 625),
            (asked(Service::Admin, "admin.setProperty"), 625),
            (asked(Service::Graph, "graph.users"), 1_750),
            (asked(Service::Graph, "graph.photoValue"), 10_000),
            (upload, 37),
        ] {
            let limits = Limits::new(20, 60.0);
            let start = Instant::now();
            let operation = asked.operation;
            assert_eq!(let_in(&limits, start, &asked), allowed, "{operation}");
            let refused = limits.spend(start, &asked).unwrap_err();
            let wait: u64 = refused.retry_after.unwrap().parse().unwrap();
            assert_eq!((refused.status, refused.early), (429, true), "{operation}: too early");
            let later = start + Duration::from_secs(wait);
            assert_eq!(limits.spend(later, &asked), Ok(()), "{operation}: after {wait} s");
        }
    }

    #[test]
    fn the_tier_of_ten_thousand_licences_allows_three_times_as_much() {
        let now = Instant::now();
        assert_eq!(let_in(&Limits::new(10_000, 1.0), now, &asked(Service::MySite, "mySite.addFile")), 1_875);
        let read = Asked { counted: Counted::Action, ..asked(Service::Admin, "admin.getProperties") };
        let limits = Limits::new(10_000, 1.0);
        for _ in 0..9_001 {
            assert_eq!(limits.spend(now, &read), Ok(()), "an action is never refused");
        }
        assert!(limits.spend(now, &asked(Service::Admin, "admin.getProperties")).is_err());
    }

    #[test]
    fn a_day_and_the_tenant_as_a_whole_have_their_own_ends() {
        let hour = Duration::from_secs(3_600);
        let file = asked(Service::MySite, "mySite.file");
        let limits = Limits::new(20, 1.0);
        let start = Instant::now();
        // A full minute every minute: the day's budget ends after sixteen hours.
        let minutes = (0..1_440_u32).take_while(|minute| {
            let at = start + hour / 60 * *minute;
            (0..625).all(|_| limits.spend(at, &file).is_ok())
        });
        assert_eq!(minutes.count(), 960);
        // Four apps, each within its own budget of a minute.
        let limits = Limits::new(20, 1.0);
        let apps = ["a", "b", "c", "d"].map(|app| Asked { app, ..file });
        let rounds = (0..5_u32).map(|minute| {
            let at = start + hour / 60 * minute;
            apps.iter().map(|asked| (0..625).take_while(|_| limits.spend(at, asked).is_ok()).count()).sum::<usize>()
        });
        assert_eq!(rounds.sum::<usize>(), 9_375, "18,750 units in five minutes");
    }

    #[test]
    fn a_person_has_an_end_of_their_own() {
        let limits = Limits::new(60_000, 1.0);
        let start = Instant::now();
        let file = Asked { delegated: true, ..asked(Service::MySite, "mySite.file") };
        let minutes = (0..5_u32).map(|minute| {
            let at = start + Duration::from_secs(60) * minute;
            (0..1_000).take_while(|_| limits.spend(at, &file).is_ok()).count()
        });
        assert_eq!(minutes.collect::<Vec<_>>(), [1_000, 1_000, 1_000, 0, 0]);
    }

    #[test]
    fn other_apps_leave_less_and_can_go_again() {
        let (now, file) = (Instant::now(), asked(Service::MySite, "mySite.file"));
        let limits = Limits::new(20, 1.0);
        limits.load(0.6);
        assert_eq!(let_in(&limits, now, &file), 250);
        limits.load(0.0);
        assert_eq!(let_in(&limits, now + Duration::from_secs(61), &file), 625);
    }

    #[test]
    fn a_mailbox_takes_four_requests_at_once() {
        let limits = Limits::new(20, 1.0);
        let read = asked(Service::Graph, "graph.photoValue");
        let seats: Vec<Seat> = (0..4).map(|_| limits.enter(&read).unwrap().unwrap()).collect();
        assert!(limits.enter(&read).unwrap_err().by_mailbox);
        assert!(limits.enter(&Asked { person: Some(2), ..read }).is_ok(), "another mailbox");
        drop(seats);
        assert!(limits.enter(&read).is_ok());
    }

    #[test]
    fn profile_calls_inside_a_query_are_counted_and_stop_the_next_request() {
        let limits = Limits::new(20, 60.0);
        let now = Instant::now();
        let set = Asked { counted: Counted::Action, ..asked(Service::Admin, "admin.setProperty") };
        for _ in 0..3_001 {
            assert_eq!(limits.spend(now, &set), Ok(()));
        }
        let read = asked(Service::Admin, "admin.getProperties");
        assert!(limits.spend(now, &read).is_err());
        assert!(limits.spend(now + Duration::from_secs(6), &read).is_ok());
    }

    #[test]
    fn speed_divides_the_windows() {
        for (speed, seconds) in [(1.0, 60), (60.0, 1)] {
            let limits = Limits::new(20, speed);
            let now = Instant::now();
            let last = (0..700).find_map(|_| limits.spend(now, &asked(Service::MySite, "mySite.file")).err());
            assert_eq!(last.unwrap().retry_after, Some((seconds + 1).to_string()), "speed {speed}");
        }
    }

    #[test]
    fn who_ignores_the_wait_waits_longer_and_is_blocked_in_the_end() {
        let limits = Limits::new(20, 1.0);
        let now = Instant::now();
        let spend = |at| limits.spend(at, &asked(Service::MySite, "mySite.file"));
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
