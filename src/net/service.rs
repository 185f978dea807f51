//! One service of the tenant: its base address, its tokens, its gate, and the rule by which requests are tried again.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use backon::{BackoffBuilder, ExponentialBuilder};
use reqwest::Method;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use url::Url;

use super::challenge;
use super::slots::{Ended, Slots};
use super::{AccessToken, Answer, Client, Cost, Pace, Request, TokenSource, Traffic};
use crate::error::{Code, Error, Result};

/// Tries of one request, the first included.
const TRIES: usize = 10;
/// Tries while the connection cannot be made or nobody answers: somebody may be waiting at a prompt.
const CONNECTION_TRIES: usize = 3;
/// Tries of a request that the service fails with 500: some are passing faults, most are not.
const FAULT_TRIES: usize = 3;
/// New tokens after a 401: one for a token that was taken back, and one more for one that ended on its way.
const RENEWALS: usize = 2;
/// A longer wait than this ends the run; the next start goes on.
const LONGEST_WAIT: Duration = Duration::from_secs(15 * 60);

/// What to send. Built by the dialects, sent by [`Service::send`].
#[derive(Clone, Debug)]
pub struct Call {
    method: Method,
    target: String,
    headers: HeaderMap,
    body: Vec<u8>,
    writes: bool,
    cost: Cost,
}

impl Call {
    /// Reads. `target` is a path under the service's base, or an absolute link that the service itself gave.
    pub fn get(target: impl Into<String>) -> Self {
        Self {
            method: Method::GET,
            target: target.into(),
            headers: HeaderMap::new(),
            body: Vec::new(),
            writes: false,
            cost: Cost::default(),
        }
    }

    /// Posts a body; counts as a write only with [`Call::writing`].
    pub fn post(target: impl Into<String>, content_type: &'static str, body: Vec<u8>) -> Self {
        let call = Self { method: Method::POST, body, ..Self::get(target) };
        call.header(reqwest::header::CONTENT_TYPE, content_type)
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: &'static str) -> Self {
        self.headers.insert(name, HeaderValue::from_static(value));
        self
    }

    /// Says how many people's profiles the call reads and writes.
    #[must_use]
    pub fn with_profile_calls(mut self, calls: u32) -> Self {
        self.cost.profile_calls = calls;
        self
    }

    /// Marks the call as one that changes something.
    #[must_use]
    pub fn writing(mut self) -> Self {
        self.writes = true;
        self
    }
}

struct Inner {
    name: &'static str,
    client: Client,
    base: Url,
    tokens: Arc<dyn TokenSource>,
    pace: Arc<Pace>,
    slots: Slots,
}

/// One service of the tenant. Clones share tokens, gate and slots; each counts into its own run's [`Traffic`].
#[derive(Clone)]
pub struct Service {
    inner: Arc<Inner>,
    traffic: Arc<Traffic>,
}

impl Service {
    /// A service at `base`, with at most `concurrency` requests under way at once, at a pace that it may share with others.
    #[must_use]
    pub fn new(
        name: &'static str,
        client: Client,
        base: Url,
        tokens: Arc<dyn TokenSource>,
        pace: Arc<Pace>,
        concurrency: usize,
    ) -> Self {
        let inner = Inner { name, client, base, tokens, pace, slots: Slots::new(concurrency) };
        Self { inner: Arc::new(inner), traffic: Arc::default() }
    }

    /// The same service, counting into the traffic of a run.
    #[must_use]
    pub fn counting(&self, traffic: &Arc<Traffic>) -> Self {
        Self { inner: Arc::clone(&self.inner), traffic: Arc::clone(traffic) }
    }

    /// The base address.
    #[must_use]
    pub fn base(&self) -> &Url {
        &self.inner.base
    }

    /// The service's name for messages.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.inner.name
    }

    /// Gets a token for this service, so that a wrong credential shows before the first request.
    pub async fn sign_in(&self) -> Result<AccessToken> {
        self.inner.tokens.token(&self.inner.base, None).await
    }

    /// Keeps everybody from this service until `wait` is over.
    pub fn close_for(&self, wait: Duration) -> Result<()> {
        if wait > LONGEST_WAIT {
            return Err(self.throttled(wait));
        }
        if self.inner.pace.close(wait) {
            self.traffic.closed();
        }
        Ok(())
    }

    /// Sends a call and tries again what passes: a closed gate, 408, 429, 5xx, a broken connection; 401 with a new
    /// token. Any other answer is the caller's to read.
    pub async fn send(&self, call: &Call) -> Result<Answer> {
        let url = self.url(&call.target)?;
        let (mut rejected, mut rejections) = (None, 0);
        let mut pauses = pauses();
        let mut tries = 0;
        loop {
            tries += 1;
            let (token, outcome) = self.once(call, &url, rejected.as_ref()).await?;
            let (error, asked) = match outcome {
                Ok(answer) if answer.status == 401 && rejections < RENEWALS => {
                    rejections += 1;
                    rejected = Some(token);
                    continue;
                }
                Ok(answer) if answer.status == 401 => {
                    return challenge::explain(self.inner.name, &token, &answer).map_or(Ok(answer), Err);
                }
                Ok(answer) => match tries_for(answer.status) {
                    None => return Ok(answer),
                    Some(most) if tries >= most => return Err(self.refused(&answer)),
                    Some(_) => (self.refused(&answer), retry_after(&answer.headers, SystemTime::now())),
                },
                Err(error) => {
                    if !matches!(error.code(), Code::ConnectionFailed | Code::TimedOut) || tries >= CONNECTION_TRIES {
                        return Err(error);
                    }
                    (error, None)
                }
            };
            let pause = pauses.next().unwrap_or(LONGEST_WAIT);
            tracing::debug!(service = self.inner.name, %error, tries, "trying again");
            match asked {
                Some(wait) => self.close_for(wait)?,
                None if matches!(error.http_status(), Some(429 | 503)) => self.close_for(pause)?,
                None => tokio::time::sleep(pause).await,
            }
        }
    }

    /// Sends a call once, with another token than the rejected one. The token is got when the call may go: it could end
    /// while the call waits.
    async fn once(
        &self,
        call: &Call,
        url: &Url,
        rejected: Option<&AccessToken>,
    ) -> Result<(AccessToken, Result<Answer>)> {
        let place = self.inner.slots.enter().await;
        self.inner.pace.pass(call.cost, &self.traffic).await?;
        let token = self.inner.tokens.token(&self.inner.base, rejected).await?;
        self.traffic.count(call.writes);
        let mut request =
            Request::new(call.method.clone(), url.clone()).with_body(call.body.clone()).with_token(&token)?;
        for (name, value) in &call.headers {
            request = request.with_header(name.clone(), value.clone());
        }
        let answer = self.inner.client.send(request).await;
        self.inner.slots.leave(place, ended(&answer));
        Ok((token, answer))
    }

    /// Where a call goes: never to another origin than the service's own.
    fn url(&self, target: &str) -> Result<Url> {
        let url = self.inner.base.join(target).map_err(|error| {
            Error::new(Code::ProtocolViolation, format!("{} gave a link that is no address.", self.inner.name))
                .with_cause(&error)
        })?;
        if url.origin() != self.inner.base.origin() {
            return Err(Error::new(
                Code::ProtocolViolation,
                format!(
                    "{} gave a link to {}; the token was not sent there.",
                    self.inner.name,
                    url.host_str().unwrap_or("another place")
                ),
            ));
        }
        Ok(url)
    }

    fn refused(&self, answer: &Answer) -> Error {
        let wait = retry_after(&answer.headers, SystemTime::now());
        let (code, text) = if answer.status == 429 {
            (Code::Throttled, "refuses more requests for now")
        } else {
            (Code::ServiceFailed, "does not answer properly")
        };
        Error::new(code, format!("{} {text} (HTTP {}).", self.inner.name, answer.status))
            .with_http_status(answer.status)
            .with_retry_after(wait)
            .with_request_id(answer.request_id())
    }

    fn throttled(&self, wait: Duration) -> Error {
        let minutes = wait.as_secs().div_ceil(60);
        Error::new(Code::Throttled, format!("{} asks to wait {minutes} minutes.", self.inner.name))
            .with_retry_after(Some(wait))
    }
}

fn ended(answer: &Result<Answer>) -> Ended {
    match answer {
        Ok(answer) if matches!(answer.status, 429 | 503) => Ended::Overloaded,
        Ok(answer) if answer.status < 500 => Ended::Well,
        Err(error) if error.code() == Code::TimedOut => Ended::Overloaded,
        _ => Ended::Otherwise,
    }
}

/// How often a request with this answer is tried in all; `None` when the answer stands.
fn tries_for(status: u16) -> Option<usize> {
    match status {
        408 | 429 | 502..=504 => Some(TRIES),
        500 => Some(FAULT_TRIES),
        _ => None,
    }
}

fn pauses() -> impl Iterator<Item = Duration> {
    ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(500))
        .with_max_delay(Duration::from_secs(60))
        .with_max_times(TRIES)
        .with_jitter()
        .build()
}

/// How long the service asks to wait: whole or decimal seconds, or a date. The longer of `Retry-After` and
/// `RateLimit-Reset` counts. \[D\]
#[must_use]
pub fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let retry = text(RETRY_AFTER.as_str()).and_then(|value| {
        seconds(value).or_else(|| Some(httpdate::parse_http_date(value).ok()?.duration_since(now).unwrap_or_default()))
    });
    retry.max(text("ratelimit-reset").filter(|_| retry.is_some()).and_then(seconds))
}

/// Seconds as text, rounded up, at most a day.
pub(crate) fn seconds(text: &str) -> Option<Duration> {
    let seconds: f64 = text.parse().ok()?;
    (0.0..=86_400.0).contains(&seconds).then(|| Duration::from_secs_f64(seconds.ceil()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap())).collect()
    }

    #[test]
    fn retry_after_is_read_in_each_of_its_forms() {
        let now = httpdate::parse_http_date("Mon, 05 Jan 2026 08:00:00 GMT").unwrap();
        for (value, seconds) in [("7", 7), ("2.128", 3), ("Mon, 05 Jan 2026 08:01:30 GMT", 90), (" 0 ", 0)] {
            let wait = retry_after(&headers(&[("retry-after", value)]), now);
            assert_eq!(wait, Some(Duration::from_secs(seconds)), "{value}");
        }
        for value in ["-1", "soon", "", "NaN", "1e99"] {
            assert_eq!(retry_after(&headers(&[("retry-after", value)]), now), None, "{value}");
        }
    }

    #[test]
    fn a_date_in_the_past_asks_for_no_wait() {
        let wait = retry_after(&headers(&[("retry-after", "Mon, 05 Jan 2015 08:00:00 GMT")]), SystemTime::now());
        assert_eq!(wait, Some(Duration::ZERO));
    }

    #[test]
    fn the_longer_of_the_two_headers_counts() {
        let both = headers(&[("retry-after", "5"), ("ratelimit-reset", "31")]);
        assert_eq!(retry_after(&both, SystemTime::now()), Some(Duration::from_secs(31)));
    }
}
