//! Tokens of somebody else's identity service that Entra ID takes instead of a secret: a file, GitHub, Azure DevOps.

use std::fmt;
use std::path::PathBuf;

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_LENGTH, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use url::Url;
use zeroize::Zeroizing;

use crate::error::{Code, Error, Result};
use crate::net::{Client, Method, Request};

/// Whom the foreign token must be for \[D\].
const AUDIENCE: &str = "api://AzureADTokenExchange";

/// Where a foreign token comes from. It is fetched anew for each sign-in: it lives for minutes.
#[derive(Clone)]
pub enum FederatedToken {
    /// A file that somebody else renews, as Kubernetes does.
    File(PathBuf),
    /// A pipeline's own endpoint, with the secret that it asks for.
    Pipeline(Pipeline, SecretString),
}

/// The endpoint that gives a running pipeline its token.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "provider", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum Pipeline {
    /// GitHub Actions: `ACTIONS_ID_TOKEN_REQUEST_URL`; the secret is `ACTIONS_ID_TOKEN_REQUEST_TOKEN`.
    GitHub {
        /// As GitHub gives it, query included.
        url: Url,
    },
    /// Azure DevOps: `SYSTEM_OIDCREQUESTURI`; the secret is `System.AccessToken`.
    AzureDevOps {
        /// As Azure DevOps gives it.
        url: Url,
        /// Of the service connection whose identity is taken.
        service_connection_id: String,
    },
}

impl FederatedToken {
    /// The token as it is now.
    pub(super) async fn read(&self, client: &Client) -> Result<SecretString> {
        match self {
            Self::File(path) => {
                let bytes = tokio::fs::read(path).await.map(Zeroizing::new).map_err(|error| {
                    let message = format!("The federated token file '{}' cannot be read.", path.display());
                    Error::new(Code::FileAccess, message).with_cause(&error)
                })?;
                let text = std::str::from_utf8(&bytes).map(str::trim).unwrap_or_default();
                if text.is_empty() {
                    let message = format!("The federated token file '{}' holds no token.", path.display());
                    return Err(Error::new(Code::FileAccess, message));
                }
                Ok(text.into())
            }
            Self::Pipeline(pipeline, secret) => pipeline.fetch(client, secret).await,
        }
    }
}

impl fmt::Debug for FederatedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "federated token file '{}'", path.display()),
            Self::Pipeline(pipeline, _) => write!(f, "federated token of {}", pipeline.name()),
        }
    }
}

/// GitHub calls the token `value`, Azure DevOps `oidcToken` \[D\].
#[derive(Deserialize)]
struct Issued {
    #[serde(alias = "oidcToken")]
    value: SecretString,
}

impl Pipeline {
    fn name(&self) -> &'static str {
        match self {
            Self::GitHub { .. } => "GitHub",
            Self::AzureDevOps { .. } => "Azure DevOps",
        }
    }

    async fn fetch(&self, client: &Client, secret: &SecretString) -> Result<SecretString> {
        let answer = client.send(self.request(secret)?).await?;
        if answer.status != 200 {
            let message = format!("{} gave no token for the pipeline (HTTP {}).", self.name(), answer.status);
            return Err(Error::new(Code::SignInFailed, message)
                .with_http_status(answer.status)
                .with_advice(self.advice()));
        }
        Ok(answer.json::<Issued>()?.value)
    }

    fn request(&self, secret: &SecretString) -> Result<Request> {
        let line = Zeroizing::new(format!("Bearer {}", secret.expose_secret()));
        let mut authorization = HeaderValue::from_str(&line)
            .map_err(|_| Error::new(Code::InvalidArgument, "The pipeline's request token is no token."))?;
        authorization.set_sensitive(true);
        let request = match self {
            Self::GitHub { url } => {
                let mut url = url.clone();
                url.query_pairs_mut().append_pair("audience", AUDIENCE);
                Request::new(Method::GET, url)
            }
            Self::AzureDevOps { url, service_connection_id } => {
                let mut url = url.clone();
                url.query_pairs_mut()
                    .append_pair("api-version", "7.1")
                    .append_pair("serviceConnectionId", service_connection_id);
                Request::new(Method::POST, url)
                    .with_header(CONTENT_LENGTH, HeaderValue::from_static("0"))
                    // Without it Azure DevOps answers with a redirect to a sign-in page instead of 401 [D].
                    .with_header(HeaderName::from_static("x-tfs-fedauthredirect"), HeaderValue::from_static("Suppress"))
            }
        };
        Ok(request
            .with_header(ACCEPT, HeaderValue::from_static("application/json"))
            .with_header(AUTHORIZATION, authorization))
    }

    fn advice(&self) -> &'static str {
        match self {
            Self::GitHub { .. } => "Give the workflow's job 'permissions: id-token: write'.",
            Self::AzureDevOps { .. } => {
                "Map System.AccessToken into the step's environment and check the service connection's id."
            }
        }
    }
}
