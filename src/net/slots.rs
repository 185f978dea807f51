//! How many requests may be under way at once: few in the beginning, more while all goes well, half when it does not.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::{Semaphore, SemaphorePermit};

/// Requests under way at once in the beginning. Exchange works on no more of one app's. \[D\]
const FIRST: usize = 4;
/// Answers that went well, until one more request may be under way.
const PROOF: usize = 20;

/// The places for requests under way.
#[derive(Debug)]
pub(super) struct Slots {
    semaphore: Semaphore,
    count: Mutex<Count>,
    most: usize,
}

/// The place of one request.
pub(super) struct Place<'a> {
    permit: Option<SemaphorePermit<'a>>,
    halvings: u64,
}

#[derive(Debug)]
struct Count {
    /// Places that there should be.
    wanted: usize,
    /// Places that there are; those too many go when their requests end.
    there: usize,
    went_well: usize,
    halvings: u64,
}

/// How a request ended, as far as it says something of the service's load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    Well,
    /// Refused, or not answered in time.
    Overloaded,
    /// Says nothing.
    Otherwise,
}

impl Slots {
    /// At most `most` places, whatever happens.
    pub(super) fn new(most: usize) -> Self {
        let first = FIRST.min(most);
        let count = Mutex::new(Count { wanted: first, there: first, went_well: 0, halvings: 0 });
        Self { semaphore: Semaphore::new(first), count, most }
    }

    fn count(&self) -> MutexGuard<'_, Count> {
        self.count.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a place.
    pub(super) async fn enter(&self) -> Place<'_> {
        // Never closed, so never without one.
        let permit = self.semaphore.acquire().await.ok();
        Place { permit, halvings: self.count().halvings }
    }

    /// Gives a place back and learns from how the request ended. Of the requests that were under way together, only the
    /// first that fails halves the places.
    pub(super) fn leave(&self, place: Place<'_>, ended: Ended) {
        let mut count = self.count();
        match ended {
            Ended::Well => count.went_well += 1,
            Ended::Overloaded if place.halvings == count.halvings => {
                count.wanted = (count.wanted / 2).max(1);
                count.went_well = 0;
                count.halvings += 1;
            }
            Ended::Overloaded | Ended::Otherwise => {}
        }
        if count.went_well >= PROOF {
            count.went_well = 0;
            count.wanted = (count.wanted + 1).min(self.most);
        }
        if count.there > count.wanted {
            count.there -= 1;
            place.permit.into_iter().for_each(SemaphorePermit::forget);
        } else if count.there < count.wanted {
            count.there += 1;
            self.semaphore.add_permits(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn request(slots: &Slots, ended: Ended) {
        let place = slots.enter().await;
        slots.leave(place, ended);
    }

    #[tokio::test]
    async fn places_grow_with_proof_up_to_the_most_and_are_halved_by_overload() {
        let slots = Slots::new(6);
        assert_eq!(slots.semaphore.available_permits(), 4);
        for _ in 0..10 * PROOF {
            request(&slots, Ended::Well).await;
        }
        assert_eq!(slots.semaphore.available_permits(), 6);
        let together = [slots.enter().await, slots.enter().await];
        for place in together {
            slots.leave(place, Ended::Overloaded);
        }
        for _ in 0..6 {
            request(&slots, Ended::Otherwise).await;
        }
        assert_eq!(slots.semaphore.available_permits(), 3, "one overload is counted once");
        for _ in 0..9 {
            request(&slots, Ended::Overloaded).await;
        }
        assert_eq!(slots.semaphore.available_permits(), 1, "one is always left");
    }
}
