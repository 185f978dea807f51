//! Signing in as a person: device codes and refresh tokens.
//! Knows the app registration. Promises the poll answers of the device code grant, in their order.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::json;
use uuid::Uuid;

use super::error::{self, Refusal};
use super::token::Holder;
use super::{Entra, Form, Resource, granted};
use crate::http::{Call, Reply, base64url};

/// Codes and refresh tokens that were given out.
#[derive(Default)]
pub(super) struct Delegated {
    codes: Mutex<HashMap<String, Code>>,
    refresh_tokens: Mutex<HashMap<String, String>>,
}

struct Code {
    scope: String,
    began: Instant,
    last_poll: Option<Instant>,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nobody has entered the code; the first poll finds it so, and by the next one the person has.
    Waiting,
    Approved,
    Declined,
}

/// How long a device code lives.
const LIFETIME: Duration = Duration::from_secs(900);
/// How long to wait between polls.
const INTERVAL: Duration = Duration::from_secs(5);
/// Clocks of clients are not exact.
const LENIENCE: Duration = Duration::from_millis(500);
/// Scopes that ask for other tokens, not for permissions.
const OPEN_ID: [&str; 4] = ["openid", "profile", "email", "offline_access"];

impl Delegated {
    fn codes(&self) -> MutexGuard<'_, HashMap<String, Code>> {
        self.codes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entra {
    /// Gives out a device code.
    pub(super) fn device_code(&self, tenant: &str, call: &Call) -> Result<Reply, Refusal> {
        let form = Form::of(call)?;
        if tenant != "organizations" {
            self.check_tenant(tenant)?;
        }
        self.check_client(form.need("client_id")?)?;
        let scope = form.need("scope")?;
        self.delegated_resource(scope, call)?;
        let id = Uuid::new_v4();
        let code = base64url(&[id.as_bytes(), Uuid::new_v4().as_bytes().as_slice()].concat());
        let user_code: String = id.simple().to_string().to_uppercase().chars().take(9).collect();
        let address = "https://microsoft.com/devicelogin";
        let message = format!(
            "To sign in, use a web browser to open the page {address} and enter the code {user_code} to authenticate."
        );
        let state = State::Waiting;
        let entry = Code { scope: scope.to_owned(), began: Instant::now(), last_poll: None, state };
        let mut codes = self.delegated.codes();
        codes.retain(|_, code| code.began.elapsed() < LIFETIME * 2);
        codes.insert(code.clone(), entry);
        Ok(Reply::json(
            200,
            &json!({
                "user_code": user_code,
                "device_code": code,
                "verification_uri": address,
                "expires_in": LIFETIME.as_secs(),
                "interval": INTERVAL.as_secs(),
                "message": message,
            }),
        )
        .with("cache-control", "no-store, no-cache"))
    }

    /// Answers everybody who waits for a person: they declined, or took too long.
    pub fn end_device_codes(&self, declined: bool) {
        for code in self.delegated.codes().values_mut() {
            if declined {
                code.state = State::Declined;
            } else if let Some(long_ago) = code.began.checked_sub(LIFETIME) {
                code.began = long_ago;
            }
        }
    }

    /// A poll.
    pub(super) fn by_device_code(&self, call: &Call, form: &Form) -> Result<Reply, Refusal> {
        let given =
            form.get("device_code").or_else(|| form.get("code")).ok_or_else(|| error::missing("device_code"))?;
        let scope = {
            let mut codes = self.delegated.codes();
            let code = codes.get_mut(given).ok_or_else(error::unknown_device_code)?;
            if code.began.elapsed() >= LIFETIME {
                return Err(error::device_code_expired());
            }
            let too_soon = code.last_poll.is_some_and(|last| last.elapsed() + LENIENCE < INTERVAL);
            code.last_poll = Some(Instant::now());
            match code.state {
                _ if too_soon => return Err(error::slow_down()),
                State::Declined => return Err(error::device_code_declined()),
                State::Waiting => {
                    code.state = State::Approved;
                    return Err(error::device_code_pending());
                }
                State::Approved => codes.remove(given).map(|code| code.scope).unwrap_or_default(),
            }
        };
        self.for_person(&scope, call)
    }

    /// A refresh token is bound to person and app, not to a resource; the old one stays valid.
    pub(super) fn by_refresh_token(&self, call: &Call, form: &Form) -> Result<Reply, Refusal> {
        let given = form.need("refresh_token")?;
        let known = self.delegated.refresh_tokens.lock().unwrap_or_else(PoisonError::into_inner).get(given).cloned();
        let first_scope = known.ok_or_else(error::unknown_refresh_token)?;
        self.for_person(form.get("scope").unwrap_or(&first_scope), call)
    }

    fn for_person(&self, scope: &str, call: &Call) -> Result<Reply, Refusal> {
        let (resource, permissions) = self.delegated_resource(scope, call)?;
        let holder = Holder::Person { id: self.user.id.clone(), upn: self.user.upn.clone() };
        let mut body = self.access_token(resource, permissions.clone(), holder, call);
        body["scope"] = json!(permissions.join(" "));
        let asked = |name: &str| scope.split_whitespace().any(|scope| scope == name);
        if asked("offline_access") {
            let token = format!("1.{}", base64url(&[Uuid::new_v4().as_bytes().as_slice(); 3].concat()));
            self.delegated
                .refresh_tokens
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .insert(token.clone(), scope.to_owned());
            body["refresh_token"] = json!(token);
        }
        if asked("openid") {
            body["id_token"] = json!(self.signer.id_token(&self.user, &self.registration, &self.issuer(call)));
        }
        let info = json!({ "uid": self.user.id, "utid": self.registration.tenant_id });
        body["client_info"] = json!(base64url(info.to_string().as_bytes()));
        Ok(granted(&body))
    }

    /// The one resource that the scopes belong to, and the permissions there. Scopes without a resource are Graph's.
    fn delegated_resource(&self, scope: &str, call: &Call) -> Result<(&Resource, Vec<String>), Refusal> {
        let mut found: Option<&Resource> = None;
        let mut permissions = Vec::new();
        for scope in scope.split_whitespace().filter(|scope| !OPEN_ID.contains(scope)) {
            let (origin, name) = scope
                .rsplit_once('/')
                .map_or_else(|| (self.graph_beside(call), scope), |(origin, name)| (origin.to_owned(), name));
            let resource = self.resource(&origin)?;
            if found.is_some_and(|other| other.origin != resource.origin) {
                return Err(error::two_resources());
            }
            found = Some(resource);
            match name {
                ".default" => permissions.extend(resource.roles.iter().cloned()),
                "User.Read" => permissions.push(name.to_owned()),
                name if resource.roles.iter().any(|role| role == name) => permissions.push(name.to_owned()),
                name => return Err(error::no_consent(name, &self.registration.client_id)),
            }
        }
        let graph = || self.resource(&self.graph_beside(call));
        Ok((found.map_or_else(graph, Ok)?, permissions))
    }

    /// Graph under the kind of name by which this service was called.
    fn graph_beside(&self, call: &Call) -> String {
        let real = call.origin.contains(".microsoft") || call.origin.contains(".windows.net");
        let graph = self.resources.iter().find(|resource| resource.origin.contains("//graph.") == real);
        graph.map(|resource| resource.origin.clone()).unwrap_or_default()
    }
}
