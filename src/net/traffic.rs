//! What a session sent, and whether it waits: counted where requests are sent.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// Counts requests and says how long the service still asks to wait.
#[derive(Debug, Default)]
pub struct Traffic {
    requests: AtomicU64,
    writes: AtomicU64,
    waiting_ms: AtomicU64,
    closings: AtomicU64,
    budget_percent: AtomicU32,
}

impl Traffic {
    /// Counts one request that is about to be sent.
    pub fn count(&self, writes: bool) {
        self.requests.fetch_add(1, Ordering::Relaxed);
        if writes {
            self.writes.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Counts a time that a service refused and asked to wait.
    pub fn closed(&self) {
        self.closings.fetch_add(1, Ordering::Relaxed);
    }

    /// How often a service refused and asked to wait.
    #[must_use]
    pub fn closings(&self) -> u64 {
        self.closings.load(Ordering::Relaxed)
    }

    /// Says how long the service asks to wait.
    pub fn wait(&self, milliseconds: u64) {
        self.waiting_ms.store(milliseconds, Ordering::Relaxed);
    }

    /// Says what a metered service's last minute used of its allowance.
    pub fn use_budget(&self, percent: u32) {
        self.budget_percent.store(percent, Ordering::Relaxed);
    }

    /// What the minute before the last metered request used of the service's allowance, in percent.
    #[must_use]
    pub fn budget_percent(&self) -> u32 {
        self.budget_percent.load(Ordering::Relaxed)
    }

    /// HTTP requests sent, retries included.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// Of these, requests that write.
    #[must_use]
    pub fn writes(&self) -> u64 {
        self.writes.load(Ordering::Relaxed)
    }

    /// How long the service still asks to wait, in milliseconds.
    #[must_use]
    pub fn waiting_ms(&self) -> u64 {
        self.waiting_ms.load(Ordering::Relaxed)
    }
}
