//! Things that go wrong on purpose.
//! Knows operation names and people's numbers. Promises that a fault hits what it names, as often as it says, and nothing else.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde::Deserialize;

use crate::http::{Ending, from_base64};

/// A fault as the control port takes it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Request {
    /// Which operation, such as `graph.photoValue`; every one when absent.
    operation: Option<String>,
    /// Object id or user principal name; everybody when absent.
    person: Option<String>,
    /// Answer with this status instead of doing it.
    status: Option<u16>,
    /// Value of `Retry-After` in that answer, as it is.
    retry_after: Option<String>,
    /// Body of that answer.
    body: Option<String>,
    /// The same for what is no text.
    body_base64: Option<String>,
    /// Content type of that body.
    content_type: Option<String>,
    /// Wait before answering.
    delay_ms: Option<u64>,
    /// Do what was asked, but let only so much of the answer through.
    answer: Option<Arrives>,
    /// How many times; for ever when absent.
    times: Option<u64>,
}

/// How much of an answer arrives.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub enum Arrives {
    /// The connection breaks off in the middle.
    Half,
    /// The connection breaks off before.
    Nothing,
}

impl Request {
    /// The person whom the fault names.
    #[must_use]
    pub fn person(&self) -> Option<&str> {
        self.person.as_deref()
    }

    /// Whether the fault does anything.
    #[must_use]
    pub fn has_effect(&self) -> bool {
        self.status.is_some() || self.delay_ms.is_some() || self.answer.is_some()
    }
}

/// What a fault does to one request.
#[derive(Clone, Debug, Default)]
pub struct Effect {
    /// Wait first.
    pub delay: Duration,
    /// Answer so, without doing what was asked.
    pub instead: Option<Instead>,
    /// How much of the answer arrives.
    pub ending: Ending,
}

/// An answer in place of the real one.
#[derive(Clone, Debug)]
pub struct Instead {
    /// HTTP status.
    pub status: u16,
    /// Header value.
    pub retry_after: Option<String>,
    /// Body; the service's own words when absent.
    pub body: Option<(String, Vec<u8>)>,
}

struct Fault {
    request: Request,
    person: Option<u32>,
    left: Option<u64>,
}

/// The faults that wait for their request.
#[derive(Default)]
pub struct Faults(Mutex<Vec<Fault>>);

impl Faults {
    /// Adds a fault; `person` is the number of the person whom it names.
    pub fn add(&self, request: Request, person: Option<u32>) {
        let left = request.times;
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(Fault { request, person, left });
    }

    /// Forgets all faults.
    pub fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// What happens to this operation on this person now. The first fault that fits is used up by one.
    #[must_use]
    pub fn take(&self, operation: &str, person: Option<u32>) -> Effect {
        let mut faults = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fits = |fault: &Fault| {
            fault.left != Some(0)
                && fault.request.operation.as_deref().is_none_or(|name| name == operation)
                && (fault.person.is_none() || fault.person == person)
        };
        let Some(fault) = faults.iter_mut().find(|fault| fits(fault)) else { return Effect::default() };
        fault.left = fault.left.map(|left| left - 1);
        let Request { status, retry_after, body, body_base64, content_type, delay_ms, answer, .. } =
            fault.request.clone();
        faults.retain(|fault| fault.left != Some(0));
        let body = body.map(String::into_bytes).or_else(|| from_base64(&body_base64?));
        let body = body.map(|body| (content_type.unwrap_or_else(|| "application/json".to_owned()), body));
        Effect {
            delay: Duration::from_millis(delay_ms.unwrap_or(0)),
            instead: status.map(|status| Instead { status, retry_after, body }),
            ending: match answer {
                None => Ending::Whole,
                Some(Arrives::Half) => Ending::Half,
                Some(Arrives::Nothing) => Ending::Reset,
            },
        }
    }
}
