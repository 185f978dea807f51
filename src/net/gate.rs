//! The gate of a service: closed while the service asks to wait, for everybody at once.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::Traffic;

/// Closed until a moment; open by default.
#[derive(Debug, Default)]
pub(super) struct Gate(Mutex<Option<Instant>>);

impl Gate {
    /// Closes for at least `wait` from now on; says whether it was open. A shorter wait never opens what a longer one closed.
    pub(super) fn close(&self, wait: Duration) -> bool {
        let now = Instant::now();
        let mut closed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let was_open = closed.is_none_or(|until| until <= now);
        *closed = (*closed).max(Some(now + wait));
        was_open
    }

    /// Waits until the gate is open, and says for how long in `traffic`.
    pub(super) async fn pass(&self, traffic: &Traffic) {
        while let Some(until) = self.closed_until() {
            let left = until.saturating_duration_since(Instant::now());
            traffic.wait(u64::try_from(left.as_millis()).unwrap_or(u64::MAX));
            sleep_until(until).await;
            traffic.wait(0);
        }
    }

    fn closed_until(&self) -> Option<Instant> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).filter(|until| *until > Instant::now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn nobody_passes_before_the_longest_wait_is_over() {
        let gate = Gate::default();
        let start = Instant::now();
        assert!(gate.close(Duration::from_millis(60)), "it was open");
        assert!(!gate.close(Duration::from_millis(5)), "it was closed");
        gate.pass(&Traffic::default()).await;
        assert!(start.elapsed() >= Duration::from_millis(60));
        assert_eq!(gate.closed_until(), None);
    }
}
