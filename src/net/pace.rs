//! The pace of one service of a tenant: its budget, where it has one, and its gate. Hosts that are counted together share it.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

use super::Traffic;
use super::allowance::{Allowance, Cost};
use super::budget::{Budget, DayIsOver};
use super::gate::Gate;
use crate::error::{Code, Error, Result};

/// Seconds of a day.
const DAY: u64 = 86_400;

/// When requests may go. Shared by all who send to the service.
#[derive(Debug)]
pub struct Pace {
    gate: Gate,
    budget: Option<Mutex<Budget>>,
    /// How much faster than the real services' the clock of the limits runs; 1 but for a practice tenant.
    speed: f64,
    started: Instant,
}

impl Pace {
    /// The pace of a service that only says when it has had enough.
    #[must_use]
    pub fn unmetered() -> Self {
        Self { gate: Gate::default(), budget: None, speed: 1.0, started: Instant::now() }
    }

    /// The pace of a service with an allowance. `speed` is for practice tenants: how much faster their limits' clock runs.
    #[must_use]
    pub fn metered(allowance: Allowance, speed: f64) -> Self {
        Self { budget: Some(Mutex::new(Budget::new(allowance))), speed, ..Self::unmetered() }
    }

    /// The allowance became known.
    pub fn allow(&self, allowance: Allowance) {
        if let Some(mut budget) = self.budget() {
            budget.allow(allowance);
        }
    }

    /// Goes on with what was spent today before this session.
    pub fn begin_day(&self, spent: u64) {
        if let Some(mut budget) = self.budget() {
            budget.begin_day(today(), spent);
        }
    }

    /// The units spent today, which begins at midnight UTC; none where nothing is metered.
    #[must_use]
    pub fn spent_today(&self) -> (u64, u64) {
        self.budget().map_or((today(), 0), |budget| budget.today())
    }

    fn budget(&self) -> Option<MutexGuard<'_, Budget>> {
        Some(self.budget.as_ref()?.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Waits until a request may go. [`Code::Throttled`] when nothing more may be spent today.
    pub(super) async fn pass(&self, cost: Cost, traffic: &Traffic) -> Result<()> {
        let wait = self.pay(cost, traffic)?;
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
        self.gate.pass(traffic).await;
        Ok(())
    }

    fn pay(&self, cost: Cost, traffic: &Traffic) -> Result<Duration> {
        let Some(mut budget) = self.budget() else { return Ok(Duration::ZERO) };
        // A practice tenant's days are as long as ours.
        budget.begin_day(today(), 0);
        let wait = budget.pay(cost, self.now()).map_err(|DayIsOver| day_is_over())?;
        traffic.use_budget(budget.used_percent());
        Ok(wait.div_f64(self.speed))
    }

    fn now(&self) -> Duration {
        self.started.elapsed().mul_f64(self.speed)
    }

    /// Keeps everybody out until `wait` is over. Whether the service refused anew: answers to requests that were under way
    /// when it first did so are no news.
    pub(super) fn close(&self, wait: Duration) -> bool {
        let anew = self.gate.close(wait);
        if let (true, Some(mut budget)) = (anew, self.budget()) {
            budget.refused(self.now());
        }
        anew
    }
}

fn today() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs() / DAY)
}

fn day_is_over() -> Error {
    let since_midnight = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs() % DAY);
    Error::new(Code::Throttled, "Four fifths of what SharePoint allows an app in a day are used up.")
        .with_retry_after(Some(Duration::from_secs(DAY - since_midnight)))
        .with_advice("Start again after midnight UTC: with -StatePath the run goes on where it stopped.")
}
