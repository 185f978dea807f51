//! Things that go wrong on purpose.
//! Knows operation names and people's numbers. Promises that a fault hits what it names, as often as it says, and nothing else.

mod effect;
mod request;

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

pub use effect::{Effect, Instead, Paging, Spoil};
pub use request::Request;

use crate::world::random::mix;

struct Fault {
    request: Request,
    person: Option<u32>,
    left: Option<u64>,
    hits: u64,
}

#[derive(Default)]
struct Waiting {
    faults: Vec<Fault>,
    /// How often an operation met a person since the faults were set; what is drawn follows from it.
    meetings: HashMap<(u64, Option<u32>), u64>,
}

/// The faults that wait for their request.
#[derive(Default)]
pub struct Faults(Mutex<Waiting>);

impl Faults {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a fault; `person` is the number of the person whom it names.
    pub fn add(&self, request: Request, person: Option<u32>) {
        let left = request.times;
        self.lock().faults.push(Fault { request, person, left, hits: 0 });
    }

    /// Adds one fault of every kind, so that together they hit about this share of all requests.
    pub fn add_assortment(&self, seed: u64, rate: f64) {
        for request in request::assortment(seed, rate) {
            self.add(request, None);
        }
    }

    /// Forgets all faults, or those of a name.
    pub fn clear(&self, name: Option<&str>) {
        let mut waiting = self.lock();
        waiting.faults.retain(|fault| name.is_some() && fault.request.name.as_deref() != name);
        if waiting.faults.is_empty() {
            waiting.meetings.clear();
        }
    }

    /// The faults as the control port shows them.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let faults = &self.lock().faults;
        faults.iter().map(|fault| json!({ "fault": fault.request, "left": fault.left, "hits": fault.hits })).collect()
    }

    /// What happens to this operation on this person now. Every fault that fits is used up by one; of two that would do the same, the first.
    #[must_use]
    pub fn take(&self, operation: &str, person: Option<u32>) -> Effect {
        let mut effect = Effect::default();
        let Waiting { faults, meetings } = &mut *self.lock();
        if faults.is_empty() {
            return effect;
        }
        let key = (mix(&operation.bytes().map(u64::from).collect::<Vec<_>>()), person);
        let mut meeting = None;
        for (number, fault) in faults.iter_mut().enumerate() {
            let named = fault.person.is_none() || fault.person == person;
            if fault.left == Some(0) || !named || !fault.request.concerns(operation, person) {
                continue;
            }
            if let Some(rate) = fault.request.rate {
                let meeting = *meeting.get_or_insert_with(|| {
                    let count = meetings.entry(key).or_default();
                    *count += 1;
                    *count
                });
                let person = person.map_or(0, |person| u64::from(person) + 1);
                let drawn = mix(&[fault.request.seed.unwrap_or(1), number as u64, key.0, person, meeting]);
                if unit(drawn) >= rate {
                    continue;
                }
            }
            if fault.request.add_to(&mut effect) {
                fault.left = fault.left.map(|left| left - 1);
                fault.hits += 1;
            }
        }
        effect
    }
}

/// A number between 0 and 1.
fn unit(drawn: u64) -> f64 {
    f64::from(u32::try_from(drawn >> 32).unwrap_or(0)) / f64::from(u32::MAX)
}
