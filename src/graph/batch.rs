//! JSON batching: up to twenty requests in one, each answered, throttled and tried again on its own.

use std::collections::HashMap;
use std::time::Duration;

use reqwest::header::{ACCEPT, HeaderMap, HeaderName, HeaderValue};
use serde_json::{Map, Value, json};

use super::Graph;
use super::errors::Refusal;
use crate::error::{Code, Error, Result};
use crate::net::{Call, retry_after};

/// Requests that one batch holds. \[D\]
pub const BATCH_SIZE: usize = 20;
/// Rounds in which parts that were throttled are sent again.
const ROUNDS: u32 = 10;

/// One part's answer.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) status: u16,
    pub(super) body: Value,
}

impl Part {
    pub(super) fn refusal(&self) -> Refusal<'_> {
        Refusal { status: self.status, body: &self.body }
    }
}

impl Graph {
    /// Reads up to [`BATCH_SIZE`] paths in one request; answers in the order of the paths.
    pub(super) async fn batch_get(&self, paths: &[String]) -> Result<Vec<Result<Part>>> {
        let mut answers: Vec<Option<Result<Part>>> = paths.iter().map(|_| None).collect();
        let mut pending: Vec<usize> = (0..paths.len()).collect();
        for round in 1..=ROUNDS {
            let mut parts = self.batch_once(paths, &pending).await?;
            let mut again = Vec::new();
            let mut longest = Duration::ZERO;
            for index in pending {
                match parts.remove(&index) {
                    None => answers[index] = Some(Err(nonsense("lacks a part"))),
                    Some((part, wait)) if passes(part.status) && round < ROUNDS => {
                        longest = longest.max(wait.unwrap_or_else(|| Duration::from_secs(1 << round.min(6))));
                        again.push(index);
                        drop(part);
                    }
                    Some((part, wait)) if passes(part.status) => {
                        let error = Error::new(Code::Throttled, "Microsoft Graph refuses more requests for now.");
                        answers[index] = Some(Err(error.with_http_status(part.status).with_retry_after(wait)));
                    }
                    Some((part, _)) => answers[index] = Some(Ok(part)),
                }
            }
            pending = again;
            if pending.is_empty() {
                break;
            }
            self.service.close_for(longest)?;
        }
        Ok(answers.into_iter().map(|answer| answer.unwrap_or_else(|| Err(nonsense("lacks a part")))).collect())
    }

    async fn batch_once(
        &self,
        paths: &[String],
        indices: &[usize],
    ) -> Result<HashMap<usize, (Part, Option<Duration>)>> {
        let requests: Vec<Value> = indices
            .iter()
            .map(|&index| json!({ "id": index.to_string(), "method": "GET", "url": paths[index] }))
            .collect();
        let body = json!({ "requests": requests }).to_string().into_bytes();
        let call = Call::post("v1.0/$batch", "application/json", body).header(ACCEPT, "application/json");
        let answer = self.service.send(&call).await?;
        if answer.status != 200 {
            let body = serde_json::from_slice(&answer.body).unwrap_or_default();
            return Err(Refusal { status: answer.status, body: &body }.to_error("read a batch", "User.Read.All"));
        }
        let mut body: Value =
            serde_json::from_slice(&answer.body).map_err(|error| nonsense("is not JSON").with_cause(&error))?;
        let Some(Value::Array(responses)) = body.get_mut("responses").map(Value::take) else {
            return Err(nonsense("has no responses"));
        };
        responses.into_iter().map(part).collect()
    }
}

fn part(mut response: Value) -> Result<(usize, (Part, Option<Duration>))> {
    let id = response.get("id").and_then(Value::as_str).and_then(|id| id.parse().ok());
    let status = response.get("status").and_then(Value::as_u64).and_then(|status| u16::try_from(status).ok());
    let (Some(id), Some(status)) = (id, status) else {
        return Err(nonsense("has a part without id or status"));
    };
    let wait = response.get("headers").and_then(Value::as_object).and_then(part_wait);
    let body = response.get_mut("body").map(Value::take).unwrap_or_default();
    Ok((id, (Part { status, body }, wait)))
}

fn part_wait(headers: &Map<String, Value>) -> Option<Duration> {
    let headers: HeaderMap = headers
        .iter()
        .filter_map(|(name, value)| {
            let name: HeaderName = name.to_ascii_lowercase().parse().ok()?;
            Some((name, HeaderValue::from_str(value.as_str()?).ok()?))
        })
        .collect();
    retry_after(&headers, std::time::SystemTime::now())
}

/// Whether a part's refusal passes with time.
fn passes(status: u16) -> bool {
    matches!(status, 408 | 429 | 500 | 502..=504)
}

fn nonsense(what: &str) -> Error {
    Error::new(Code::ProtocolViolation, format!("Microsoft Graph's answer to a batch {what}."))
}
