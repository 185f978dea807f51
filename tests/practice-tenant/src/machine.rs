//! What an Azure machine and a build pipeline offer the programs that run on them: tokens of the machine's identity, and of the pipeline's.
//! Knows the tenant. Promises the protocols of managed identities (IMDS, App Service, Arc, Cloud Shell) over plain HTTP and those of
//! pipelines (GitHub Actions, Azure DevOps) over HTTPS, on loopback only.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::{Form, Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::environment::private;
use crate::http::{Reply, base64url};
use crate::tenant::{Asked, Counted, Service, Tenant};
use crate::world::now;
use crate::world::random::{Tag, guid};

/// Whom Entra ID expects a foreign token to be for.
pub(crate) const EXCHANGE: &str = "api://AzureADTokenExchange";
/// The subject of the pipeline's tokens.
pub(crate) const PIPELINE_SUBJECT: &str = "repo:contoso/photos:environment:production";

/// The machine's identities and secrets.
pub struct Machine {
    /// Scheme, host and port of the machine's own endpoints.
    pub origin: String,
    /// Scheme, host and port of the pipeline's.
    pub pipeline_origin: String,
    /// `X-IDENTITY-HEADER`, and the pipeline's bearer token.
    pub secret: String,
    /// Where Arc's agent writes its keys.
    arc_keys: Option<PathBuf>,
    system: MachineIdentity,
    user: MachineIdentity,
    challenges: Mutex<HashMap<String, PathBuf>>,
}

/// A managed identity.
#[derive(Clone, Debug)]
pub struct MachineIdentity {
    /// App id.
    pub client_id: String,
    /// Of the service principal.
    pub object_id: String,
    /// In Azure Resource Manager.
    pub resource_id: String,
}

impl Machine {
    /// A machine that answers at `origin`, and whose pipeline answers at `pipeline_origin`.
    #[must_use]
    pub fn new(origin: String, pipeline_origin: String, arc_keys: Option<PathBuf>, seed: u64) -> Self {
        let identity = |number: u32, name: &str| MachineIdentity {
            client_id: guid(seed, Tag::Group, number).to_string(),
            object_id: guid(seed, Tag::Group, number + 1).to_string(),
            resource_id: format!(
                "/subscriptions/{}/resourcegroups/practice/providers/{name}",
                guid(seed, Tag::Group, 110)
            ),
        };
        Self {
            origin,
            pipeline_origin,
            secret: random(),
            arc_keys,
            system: identity(100, "Microsoft.Compute/virtualMachines/practice"),
            user: identity(102, "Microsoft.ManagedIdentity/userAssignedIdentities/practice"),
            challenges: Mutex::default(),
        }
    }

    /// The identity that is assigned by hand, and may vouch for the app.
    #[must_use]
    pub fn user_assigned(&self) -> &MachineIdentity {
        &self.user
    }

    /// The issuer of the pipeline's tokens.
    #[must_use]
    pub fn pipeline_issuer(&self) -> String {
        format!("{}/pipeline", self.pipeline_origin)
    }

    /// What a client has to know.
    #[must_use]
    pub fn announcement(&self) -> Value {
        let at = |path: &str| format!("{}{path}", self.origin);
        let pipeline = |path: &str| format!("{}{path}", self.pipeline_origin);
        json!({
            "imds": at("/metadata/identity/oauth2/token"),
            "appService": at("/msi/token"),
            "arc": self.arc_keys.as_ref().map(|_| at("/arc/metadata/identity/oauth2/token")),
            "arcKeyFolder": self.arc_keys,
            "cloudShell": at("/oauth2/token"),
            "identityHeader": self.secret,
            "userAssigned": { "clientId": self.user.client_id, "objectId": self.user.object_id, "resourceId": self.user.resource_id },
            "gitHub": pipeline("/github/token?api-version=2.0"),
            "azureDevOps": pipeline("/azuredevops/oidctoken"),
            "pipelineToken": self.secret,
        })
    }

    /// The identity that the query names; the machine's own where it names none.
    fn identity(&self, query: &HashMap<String, String>, resource_id: &str) -> Option<&MachineIdentity> {
        let id = |name: &str| query.get(name).map(String::as_str);
        match (id("client_id"), id("object_id").or(id("principal_id")), id(resource_id)) {
            (None, None, None) => Some(&self.system),
            (client, object, resource) => {
                let is = |given: Option<&str>, own: &str| given.is_none_or(|given| given.eq_ignore_ascii_case(own));
                let named = is(client, &self.user.client_id)
                    && is(object, &self.user.object_id)
                    && is(resource, &self.user.resource_id);
                named.then_some(&self.user)
            }
        }
    }

    /// Writes a key that only this machine's administrators can read.
    fn challenge(&self, folder: &Path) -> io::Result<PathBuf> {
        fs::create_dir_all(folder)?;
        let (path, key) = (folder.join(format!("{}.key", Uuid::new_v4())), random());
        private(&path, &key)?;
        self.challenges.lock().unwrap_or_else(PoisonError::into_inner).insert(key, path.clone());
        Ok(path)
    }

    /// Whether a key is one of those; it works once.
    fn is_answered(&self, key: &str) -> bool {
        let path = self.challenges.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
        path.is_some_and(|path| fs::remove_file(path).is_ok())
    }
}

fn random() -> String {
    base64url(&[Uuid::new_v4().as_bytes().as_slice(), Uuid::new_v4().as_bytes()].concat())
}

/// The machine's routes.
pub(crate) fn routes(tenant: Arc<Tenant>, machine: Arc<Machine>) -> Router {
    Router::new()
        .route("/metadata/identity/oauth2/token", get(imds))
        .route("/msi/token", get(app_service))
        .route("/arc/metadata/identity/oauth2/token", get(arc))
        .route("/oauth2/token", post(cloud_shell))
        .with_state(Here { tenant, machine })
}

/// The pipeline's routes.
pub(crate) fn pipeline_routes(tenant: Arc<Tenant>, machine: Arc<Machine>) -> Router {
    Router::new()
        .route("/github/token", get(git_hub))
        .route("/azuredevops/oidctoken", post(azure_dev_ops))
        .with_state(Here { tenant, machine })
}

#[derive(Clone)]
struct Here {
    tenant: Arc<Tenant>,
    machine: Arc<Machine>,
}

type Parameters = Query<HashMap<String, String>>;

impl Here {
    /// Counts a request and lets its faults happen.
    async fn answer(&self, operation: &str, answer: impl FnOnce() -> Reply) -> Response {
        let asked = Asked {
            service: Service::Entra,
            operation,
            person: None,
            app: "",
            delegated: false,
            uploaded: 0,
            counted: Counted::Request,
        };
        let reply = match self.tenant.begin(&asked).await {
            Err(reply) => reply,
            Ok(begun) => begun.end(answer()),
        };
        reply.into_response().unwrap_or_else(|_| axum::http::StatusCode::BAD_GATEWAY.into_response())
    }

    /// What the three protocols have in common: a token of an identity for a resource.
    fn token(&self, identity: &MachineIdentity, resource: &str) -> Result<Value, String> {
        let token = self.tenant.entra.machine_token(identity, resource, &self.tenant.origins.authority)?;
        let lifetime = 86_399;
        Ok(json!({
            "access_token": token,
            "client_id": identity.client_id,
            "expires_in": lifetime.to_string(),
            "expires_on": (now() + lifetime).to_string(),
            "ext_expires_in": lifetime.to_string(),
            "not_before": now().to_string(),
            "resource": resource,
            "token_type": "Bearer",
        }))
    }
}

fn refused(error: &str, description: &str) -> Reply {
    Reply::json(400, &json!({ "error": error, "error_description": description }))
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("")
}

/// What IMDS and Arc alike find wrong.
fn wrong(headers: &HeaderMap, query: &HashMap<String, String>) -> Option<Reply> {
    if header(headers, "metadata") != "true" {
        return Some(refused("invalid_request", "Required metadata header not specified"));
    }
    // A request that came through a proxy may come from anywhere.
    if headers.contains_key("x-forwarded-for") {
        return Some(refused("invalid_request", "The request was forwarded."));
    }
    if !query.contains_key("api-version") {
        return Some(refused("Bad request. api-version was not specified in the request", ""));
    }
    if query.get("resource").is_none_or(String::is_empty) {
        return Some(refused("invalid_request", "Required audience parameter not specified"));
    }
    None
}

fn granted(token: Result<Value, String>) -> Reply {
    match token {
        Ok(body) => Reply::json(200, &body),
        Err(message) => refused("invalid_resource", &message),
    }
}

/// A virtual machine's endpoint.
async fn imds(State(here): State<Here>, headers: HeaderMap, Query(query): Parameters) -> Response {
    let answer = || {
        if let Some(reply) = wrong(&headers, &query) {
            return reply;
        }
        match here.machine.identity(&query, "msi_res_id") {
            None => refused("invalid_request", "Identity not found"),
            Some(identity) => granted(here.token(identity, &query["resource"])),
        }
    };
    here.answer("entra.imds", answer).await
}

/// The endpoint of App Service, Functions and Automation.
async fn app_service(State(here): State<Here>, headers: HeaderMap, Query(query): Parameters) -> Response {
    let refused = |status: u16, message: &str| {
        Reply::json(status, &json!({ "statusCode": status, "message": message, "correlationId": Uuid::new_v4() }))
    };
    let answer = || {
        if header(&headers, "x-identity-header") != here.machine.secret {
            return refused(401, "The X-IDENTITY-HEADER is missing or wrong.");
        }
        if query.get("api-version").map(String::as_str) != Some("2019-08-01") {
            return refused(400, "The api-version is missing or not supported.");
        }
        let Some(resource) = query.get("resource") else { return refused(400, "The resource is missing.") };
        let Some(identity) = here.machine.identity(&query, "mi_res_id") else {
            return refused(
                400,
                "No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId.",
            );
        };
        match here.token(identity, resource) {
            Err(message) => refused(400, &message),
            Ok(mut body) => {
                // It tells when the token expires, not how long it lives.
                if let Some(body) = body.as_object_mut() {
                    for name in ["expires_in", "ext_expires_in", "not_before"] {
                        body.remove(name);
                    }
                }
                Reply::json(200, &body)
            }
        }
    };
    here.answer("entra.appService", answer).await
}

/// The agent on a machine that Azure Arc connects: who asks proves that they can read the agent's files.
async fn arc(State(here): State<Here>, headers: HeaderMap, Query(query): Parameters) -> Response {
    let answer = || {
        let Some(folder) = &here.machine.arc_keys else { return Reply::empty(404) };
        if let Some(reply) = wrong(&headers, &query) {
            return reply;
        }
        if ["client_id", "object_id", "msi_res_id"].iter().any(|name| query.contains_key(*name)) {
            return refused("invalid_request", "Arc machines have no user-assigned identities.");
        }
        let key = header(&headers, "authorization").strip_prefix("Basic ");
        if key.is_some_and(|key| here.machine.is_answered(key)) {
            return granted(here.token(&here.machine.system, &query["resource"]));
        }
        match here.machine.challenge(folder) {
            Ok(path) => Reply::json(
                401,
                &json!({ "error": "unauthorized_client", "error_description": "Missing Basic Authorization header" }),
            )
            .with("www-authenticate", &format!("Basic realm={}", path.display())),
            Err(error) => Reply::json(503, &json!({ "error": "key_folder", "error_description": error.to_string() })),
        }
    };
    here.answer("entra.arc", answer).await
}

/// Cloud Shell's endpoint: a form in place of a query, and no choice of identity. There it is that of the person in the shell;
/// here that of the machine, since what SharePoint lets such a token do is not known [?].
async fn cloud_shell(
    State(here): State<Here>,
    headers: HeaderMap,
    Form(form): Form<HashMap<String, String>>,
) -> Response {
    let answer = || {
        if header(&headers, "metadata") != "true" {
            return refused("invalid_request", "Required metadata header not specified");
        }
        match form.get("resource").filter(|resource| !resource.is_empty()) {
            None => refused("invalid_request", "Required audience parameter not specified"),
            Some(resource) => granted(here.token(&here.machine.system, resource)),
        }
    };
    here.answer("entra.cloudShell", answer).await
}

/// GitHub Actions gives a job the token that says which job it is.
async fn git_hub(State(here): State<Here>, headers: HeaderMap, Query(query): Parameters) -> Response {
    let audience = query.get("audience").map_or("https://github.com/contoso", String::as_str);
    here.pipeline("entra.gitHub", &headers, audience, "value").await
}

/// Azure DevOps does so too; the audience is always Entra ID's.
async fn azure_dev_ops(State(here): State<Here>, headers: HeaderMap, Query(query): Parameters) -> Response {
    if !query.contains_key("serviceConnectionId") {
        return here.answer("entra.azureDevOps", || Reply::empty(400)).await;
    }
    here.pipeline("entra.azureDevOps", &headers, EXCHANGE, "oidcToken").await
}

impl Here {
    async fn pipeline(&self, operation: &str, headers: &HeaderMap, audience: &str, field: &str) -> Response {
        let answer = || {
            if header(headers, "authorization").strip_prefix("Bearer ") != Some(&self.machine.secret) {
                return Reply::empty(401);
            }
            let token = self.tenant.entra.foreign_token(&self.machine.pipeline_issuer(), PIPELINE_SUBJECT, audience);
            Reply::json(200, &json!({ field: token }))
        };
        self.answer(operation, answer).await
    }
}
