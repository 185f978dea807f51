//! Managed identities: the machine itself vouches for the program, through an endpoint that only the machine can reach.
//!
//! Requests go over plain HTTP to this machine or its link, never through a proxy. All of the protocols: \[D\].

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue, WWW_AUTHENTICATE};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use url::{Url, form_urlencoded};
use zeroize::Zeroizing;

use crate::auth::grant::Grant;
use crate::error::{Code, Error, Result};
use crate::net::{Answer, Client, Method, Request};

const IMDS: &str = "http://169.254.169.254/metadata/identity/oauth2/token";
const ARC: &str = "http://127.0.0.1:40342/metadata/identity/oauth2/token";
/// Where the Arc agent of Linux puts the keys that prove that the asker may read them.
const ARC_KEYS: &str = "/var/opt/azcmagent/tokens";
/// Keys of the Arc agent are shorter.
const LONGEST_KEY: u64 = 4096;
/// The endpoint is on this machine; when it is slow it is updating itself.
const TIMEOUT: Duration = Duration::from_secs(30);
/// Waits before further tries; the endpoint of a virtual machine may be away for a minute and a half while it updates.
const PAUSES: [u64; 5] = [1, 4, 15, 30, 45];

/// Which endpoint, and which identity of those that the machine has. Read from the config.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ManagedIdentityOptions {
    /// What kind of machine this is.
    #[serde(default)]
    pub host: Host,
    /// The endpoint's address, where the machine names one: `IDENTITY_ENDPOINT` or `MSI_ENDPOINT`.
    pub url: Option<Url>,
    /// Arc: the folder of the agent's keys, where it is not that of Linux.
    pub key_folder: Option<PathBuf>,
    /// A user-assigned identity by its client id,
    pub client_id: Option<String>,
    /// or by its object id,
    pub object_id: Option<String>,
    /// or by its resource id. None of the three: the machine's own.
    pub resource_id: Option<String>,
}

/// What kind of machine gives the identity.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
pub enum Host {
    /// A virtual machine or scale set.
    #[default]
    VirtualMachine,
    /// App Service, Functions, Container Apps and Automation; they want a header whose value is a secret.
    AppService,
    /// A machine elsewhere that Azure Arc connects.
    Arc,
    /// Cloud Shell.
    CloudShell,
}

/// The identity of the machine.
pub struct ManagedIdentity {
    client: Client,
    options: ManagedIdentityOptions,
    header: Option<SecretString>,
}

impl ManagedIdentity {
    /// An identity. `header` is App Service's `IDENTITY_HEADER`.
    pub fn new(options: ManagedIdentityOptions, header: Option<SecretString>) -> Result<Self> {
        let wrong = |message: &'static str| Err(Error::new(Code::InvalidArgument, message));
        let ids = [&options.client_id, &options.object_id, &options.resource_id];
        match (options.host, ids.into_iter().flatten().count()) {
            (_, 2..) => return wrong("Name the managed identity by one id: client id, object id or resource id."),
            (Host::Arc, 1) => return wrong("A machine in Azure Arc has no user-assigned identity."),
            (Host::CloudShell, 1) => return wrong("Cloud Shell has no user-assigned identity."),
            _ => {}
        }
        if options.host == Host::AppService && (options.url.is_none() || header.is_none()) {
            return wrong("App Service needs its identity endpoint and its identity header.");
        }
        if options.host == Host::CloudShell && options.url.is_none() {
            return wrong("Cloud Shell needs its identity endpoint.");
        }
        Ok(Self { client: Client::local(TIMEOUT)?, options, header })
    }

    /// A token for the host of `resource`.
    pub(super) async fn token(&self, resource: &Url) -> Result<Grant> {
        let mut pauses = PAUSES.into_iter();
        loop {
            let answer = self.ask(resource).await?;
            match (answer.status, pauses.next()) {
                (200, _) => return Grant::of(&answer),
                (404 | 408 | 410 | 429 | 500.., Some(pause)) => tokio::time::sleep(Duration::from_secs(pause)).await,
                _ => return Err(self.refused(&answer)),
            }
        }
    }

    async fn ask(&self, resource: &Url) -> Result<Answer> {
        let answer = self.send(self.request(resource)?).await?;
        if self.options.host != Host::Arc || answer.status != 401 {
            return Ok(answer);
        }
        let key = self.arc_key(&answer).await?;
        self.send(self.request(resource)?.with_header(AUTHORIZATION, secret_header("Basic ", &key)?)).await
    }

    async fn send(&self, request: Request) -> Result<Answer> {
        self.client.send(request).await.map_err(|error| match error.code() {
            Code::ConnectionFailed | Code::TimedOut => error.with_advice(
                "Nothing answers for managed identities here: is this the Azure machine, and has it an identity?",
            ),
            _ => error,
        })
    }

    fn request(&self, resource: &Url) -> Result<Request> {
        let resource = resource.origin().ascii_serialization();
        let mut url = self.url()?;
        let request = match self.options.host {
            Host::CloudShell => {
                let form = form_urlencoded::Serializer::new(String::new()).append_pair("resource", &resource).finish();
                let form_type = HeaderValue::from_static("application/x-www-form-urlencoded");
                Request::new(Method::POST, url).with_header(CONTENT_TYPE, form_type).with_body(form.into_bytes())
            }
            host => {
                let version = match host {
                    Host::VirtualMachine => "2018-02-01",
                    Host::Arc => "2019-11-01",
                    _ => "2019-08-01",
                };
                url.query_pairs_mut().append_pair("api-version", version).append_pair("resource", &resource);
                if let Some((name, id)) = self.user_assigned() {
                    url.query_pairs_mut().append_pair(name, id);
                }
                Request::new(Method::GET, url)
            }
        };
        // Automation wants `Metadata` beside its own header.
        let request = request.with_header(HeaderName::from_static("metadata"), HeaderValue::from_static("true"));
        match (self.options.host, &self.header) {
            (Host::AppService, Some(header)) => {
                Ok(request.with_header(HeaderName::from_static("x-identity-header"), secret_header("", header)?))
            }
            _ => Ok(request),
        }
    }

    fn url(&self) -> Result<Url> {
        let fixed = match (&self.options.url, self.options.host) {
            (Some(url), _) => return Ok(url.clone()),
            (None, Host::Arc) => ARC,
            (None, _) => IMDS,
        };
        Url::parse(fixed).map_err(|error| Error::new(Code::Internal, "A fixed address is wrong.").with_cause(&error))
    }

    /// The same id has another name on App Service.
    fn user_assigned(&self) -> Option<(&'static str, &str)> {
        let options = &self.options;
        let resource_id = if options.host == Host::AppService { "mi_res_id" } else { "msi_res_id" };
        let names = ["client_id", "object_id", resource_id];
        let ids = [&options.client_id, &options.object_id, &options.resource_id];
        names.into_iter().zip(ids).find_map(|(name, id)| Some((name, id.as_deref()?)))
    }

    /// Arc's agent answers 401 and names a file that only its administrators can read. Whoever listens on that port
    /// could name any file, so its place is checked before it is opened.
    async fn arc_key(&self, answer: &Answer) -> Result<SecretString> {
        let named = answer.header(WWW_AUTHENTICATE.as_str()).and_then(|text| text.strip_prefix("Basic realm="));
        let path = Path::new(named.unwrap_or_default().trim_matches('"'));
        let folder = self.options.key_folder.as_deref().unwrap_or(Path::new(ARC_KEYS));
        let is_key = path.parent() == Some(folder) && path.extension().is_some_and(|extension| extension == "key");
        if !is_key {
            return Err(Error::new(
                Code::ProtocolViolation,
                "What answers in place of the Arc agent names a file that is not one of the agent's keys. It was not opened.",
            )
            .with_advice("Find out which program listens on the agent's port."));
        }
        read_key(path).await
    }

    fn refused(&self, answer: &Answer) -> Error {
        /// Entra's answer and Azure's own, which wraps it.
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Told {
            error_description: String,
            message: String,
        }
        let told: Told = answer.json().unwrap_or_default();
        let text = if told.error_description.is_empty() { told.message } else { told.error_description };
        let text: String = text.chars().take(300).collect();
        let advice = match answer.status {
            400 => "Assign the identity to this machine; a user-assigned one must be named by its id.",
            404 | 410 => "The endpoint is updating itself, or there is none: try again in a minute.",
            _ => "See the machine's page 'Identity' in the Azure portal.",
        };
        let message = format!("The {self} gave no token (HTTP {}). {text}", answer.status);
        Error::new(Code::SignInFailed, message.trim_end().to_owned())
            .with_http_status(answer.status)
            .with_advice(advice)
    }
}

impl fmt::Display for ManagedIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.user_assigned().is_some() { "user-assigned" } else { "system-assigned" };
        write!(f, "{kind} managed identity")
    }
}

impl fmt::Debug for ManagedIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

async fn read_key(path: &Path) -> Result<SecretString> {
    let unreadable = |error: &(dyn std::error::Error + 'static)| {
        Error::new(Code::FileAccess, format!("The Arc agent's key '{}' cannot be read.", path.display()))
            .with_advice("Run as administrator, or as a member of the agent's group (himds on Linux).")
            .with_cause(error)
    };
    let metadata = tokio::fs::symlink_metadata(path).await.map_err(|error| unreadable(&error))?;
    if !metadata.is_file() || metadata.len() > LONGEST_KEY {
        return Err(Error::new(Code::ProtocolViolation, "The file that the Arc agent names is not a key."));
    }
    let bytes = tokio::fs::read(path).await.map(Zeroizing::new).map_err(|error| unreadable(&error))?;
    let text = std::str::from_utf8(&bytes).map_err(|error| unreadable(&error))?;
    Ok(text.trim().into())
}

fn secret_header(scheme: &str, secret: &SecretString) -> Result<HeaderValue> {
    let line = Zeroizing::new(format!("{scheme}{}", secret.expose_secret()));
    let mut value = HeaderValue::from_str(&line)
        .map_err(|_| Error::new(Code::InvalidArgument, "The identity endpoint's secret holds a line break."))?;
    value.set_sensitive(true);
    Ok(value)
}
