//! A fault as the control port takes it.
//! Knows operation names. Promises that a fault waits for a request on which it has an effect.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::effect::{Effect, Instead, Paging, Spoil};
use crate::http::{Ending, from_base64};

/// A fault; it may have several effects.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Request {
    /// By which it can be taken back alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    /// Which operation, such as `graph.photoValue`, or every one of a service, such as `graph`; every one when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    operation: Option<String>,
    /// Object id or user principal name; everybody when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    person: Option<String>,
    /// Answer with this status instead of doing it.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    /// Value of `Retry-After` in that answer, as it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<String>,
    /// Body of that answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    /// The same for what is no text.
    #[serde(skip_serializing_if = "Option::is_none")]
    body_base64: Option<String>,
    /// Content type of that body.
    #[serde(skip_serializing_if = "Option::is_none")]
    content_type: Option<String>,
    /// Wait before answering.
    #[serde(skip_serializing_if = "Option::is_none")]
    delay_ms: Option<u64>,
    /// Do what was asked, but let only so much of the answer through.
    #[serde(skip_serializing_if = "Option::is_none")]
    answer: Option<Arrives>,
    /// Do what was asked, and spoil the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    spoil: Option<Spoil>,
    /// Show what was there so long ago, where it changed since.
    #[serde(skip_serializing_if = "Option::is_none")]
    stale_ms: Option<u64>,
    /// Let the link to the next page lead back.
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<Paging>,
    /// The person leaves the directory just before.
    #[serde(skip_serializing_if = "Option::is_none")]
    leaves: Option<bool>,
    /// How many times; for ever when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) times: Option<u64>,
    /// Which share of the requests that fit, from 0 to 1; all when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate: Option<f64>,
    /// From which follows which ones they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) seed: Option<u64>,
}

/// How much of an answer arrives.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub(super) enum Arrives {
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
        self.status.is_some()
            || self.delay_ms.is_some()
            || self.answer.is_some()
            || self.spoil.is_some()
            || self.stale_ms.is_some()
            || self.page.is_some()
            || self.leaves == Some(true)
    }

    /// The seed and rate of a request for one fault of every kind.
    #[must_use]
    pub fn assortment(&self) -> Option<(u64, f64)> {
        let (seed, rate) = (self.seed?, self.rate.unwrap_or(RATE));
        (!self.has_effect()).then_some((seed, rate))
    }

    /// Whether it fits the operation: it is named, and the fault can have its effects on it.
    pub(super) fn concerns(&self, operation: &str, person: Option<u32>) -> bool {
        let (service, name) = operation.split_once('.').unwrap_or((operation, ""));
        let named = self.operation.as_deref().is_none_or(|named| named == operation || named == service);
        let picture = name.ends_with("Value");
        let spoils = match self.spoil {
            None => true,
            Some(Spoil::CutPicture | Spoil::HugePicture) => picture,
            Some(Spoil::Json | Spoil::ContentType) => !picture,
        };
        let pages = self.page.is_none() || PAGED.contains(&operation);
        let reads = self.stale_ms.is_none() || READS.contains(&name);
        let leaves = self.leaves != Some(true) || (service == "graph" && person.is_some());
        named && spoils && pages && reads && leaves
    }

    /// Adds the fault to what happens; `false` where that would happen anyhow.
    pub(super) fn add_to(&self, effect: &mut Effect) -> bool {
        let taken = (self.status.is_some() && effect.instead.is_some())
            || (self.answer.is_some() && effect.ending != Ending::Whole)
            || (self.spoil.is_some() && effect.spoil.is_some())
            || (self.page.is_some() && effect.page.is_some());
        if taken {
            return false;
        }
        effect.delay += Duration::from_millis(self.delay_ms.unwrap_or(0));
        effect.stale = effect.stale.max(Duration::from_millis(self.stale_ms.unwrap_or(0)));
        effect.spoil = effect.spoil.or(self.spoil);
        effect.page = effect.page.or(self.page);
        effect.leaves |= self.leaves == Some(true);
        effect.ending = match self.answer {
            None => effect.ending,
            Some(Arrives::Half) => Ending::Half,
            Some(Arrives::Nothing) => Ending::Reset,
        };
        if let Some(status) = self.status {
            let body = self.body.clone().map(String::into_bytes).or_else(|| from_base64(self.body_base64.as_deref()?));
            let kind = self.content_type.as_deref().unwrap_or("application/json");
            let body = body.map(|body| (kind.to_owned(), body));
            effect.instead = Some(Instead { status, retry_after: self.retry_after.clone(), body });
        }
        true
    }
}

/// Operations whose answers come in pages.
const PAGED: [&str; 4] = ["graph.users", "graph.usersDelta", "graph.groupMembers", "mySite.listItems"];
/// Operations that read what may have changed.
const READS: [&str; 8] =
    ["photo", "photoValue", "photos", "photoSize", "photoSizeValue", "file", "fileValue", "getProperties"];

/// The share of requests that an assortment hits when it does not say.
const RATE: f64 = 0.02;

/// One fault of every kind. A person who leaves is rarer: nobody comes back.
pub(super) fn assortment(seed: u64, rate: f64) -> Vec<Request> {
    let of = |operation: &str| Request { operation: Some(operation.to_owned()), ..Request::default() };
    let any = Request::default;
    let refuses = |status, wait: &str, request| Request {
        status: Some(status),
        retry_after: (!wait.is_empty()).then(|| wait.to_owned()),
        ..request
    };
    let kinds = [
        Request { delay_ms: Some(400), ..any() },
        refuses(429, "1", of("graph")),
        refuses(429, "1.5", of("mySite")),
        refuses(503, "", any()),
        refuses(504, "", of("graph")),
        refuses(401, "", of("graph")),
        refuses(401, "", of("mySite")),
        refuses(401, "", of("admin")),
        // Broken off before anything was done, and after.
        Request { answer: Some(Arrives::Nothing), ..refuses(503, "", any()) },
        Request { answer: Some(Arrives::Nothing), ..any() },
        Request { answer: Some(Arrives::Half), ..any() },
        Request { spoil: Some(Spoil::Json), ..any() },
        Request { spoil: Some(Spoil::ContentType), ..any() },
        Request { spoil: Some(Spoil::CutPicture), ..any() },
        Request { spoil: Some(Spoil::HugePicture), ..any() },
        Request { stale_ms: Some(5_000), ..any() },
        Request { page: Some(Paging::Repeat), ..any() },
        Request { page: Some(Paging::Overlap), ..any() },
        Request { leaves: Some(true), ..of("graph") },
    ];
    #[allow(clippy::cast_precision_loss, reason = "a handful")]
    let share = rate.clamp(0.0, 1.0) / kinds.len() as f64;
    let with_rate = kinds.into_iter().map(|kind| Request {
        rate: Some(if kind.leaves.is_some() { share / 10.0 } else { share }),
        seed: Some(seed),
        ..kind
    });
    with_rate.collect()
}
