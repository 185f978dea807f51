//! From a config, its files and the secrets that were given to what signing in needs.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use serde_json::json;
use url::Url;
use zeroize::Zeroizing;

use super::job::{JobContext, Record};
use super::request::Config;
use crate::auth::{
    Credential, DeviceCode, Endpoints, Environment, EnvironmentFile, FederatedToken, ManagedIdentity, Proof,
    ReadyTokens, SharePointHosts, SigningDesk, secret_text,
};
use crate::error::{Code, Error, Result};
use crate::net::ClientOptions;

/// Requests under way at once per service, where the config does not say.
const CONCURRENCY: u8 = 16;

/// What kind of secret [`Session::set_credential`](super::Session::set_credential) gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum CredentialKind {
    /// PFX or PEM with certificate and private key, or either as base64; the password may be empty.
    Certificate = 1,
    /// A client secret: good for Graph, refused by SharePoint.
    ClientSecret = 2,
    /// An access token; each host needs one, so it is given more than once.
    AccessToken = 3,
    /// What the pipeline's or the machine's endpoint in the config wants to see.
    RequestToken = 4,
    /// The password of the proxy's user.
    ProxyPassword = 5,
    /// A certificate (DER) whose private key the caller holds.
    CertificateOfCaller = 6,
}

/// Secrets that were given. They stay with the session, so that a connect that failed can be tried again.
#[derive(Default)]
pub(super) struct Secrets {
    pub(super) desk: Arc<SigningDesk>,
    credential: Option<Credential>,
    request_token: Option<SecretString>,
    proxy_password: Option<SecretString>,
}

impl Secrets {
    /// The credential that the config or the environment file names by a path.
    pub(super) fn of_files(config: &Config, file: Option<&EnvironmentFile>) -> Result<Self> {
        let certificate = config.certificate_path.as_deref().or_else(|| file?.certificate_file.as_deref());
        let secret = file.and_then(|file| file.client_secret_file.as_deref());
        let credential = match (certificate, secret) {
            (Some(path), _) => Some(Credential::certificate(&read(path)?, "")?),
            (None, Some(path)) => Some(Credential::client_secret(&read(path)?)?),
            (None, None) => None,
        };
        Ok(Self { credential, ..Self::default() })
    }

    /// Takes a secret that the caller gives.
    pub(super) fn give(&mut self, kind: CredentialKind, data: &[u8], password: &str) -> Result<()> {
        match kind {
            CredentialKind::Certificate => self.credential = Some(Credential::certificate(data, password)?),
            CredentialKind::ClientSecret => self.credential = Some(Credential::client_secret(data)?),
            CredentialKind::AccessToken => {
                let mut tokens = match self.credential.take() {
                    Some(Credential::Given(tokens)) => tokens,
                    _ => ReadyTokens::default(),
                };
                let added = tokens.add(secret_text(data)?);
                self.credential = Some(Credential::Given(tokens));
                added?;
            }
            CredentialKind::RequestToken => self.request_token = Some(secret_text(data)?),
            CredentialKind::ProxyPassword => self.proxy_password = Some(secret_text(data)?),
            CredentialKind::CertificateOfCaller => {
                self.credential = Some(Credential::certificate_of_caller(data, Arc::clone(&self.desk))?);
            }
        }
        Ok(())
    }

    /// Who signs in: as the config says, or else with the credential at hand.
    fn who(&self, config: &Config) -> Result<Who> {
        let ways = [
            config.managed_identity.is_some(),
            config.federated_token_file.is_some(),
            config.pipeline.is_some(),
            config.device_code,
        ];
        if ways.into_iter().filter(|way| *way).count() > 1 {
            return Err(Error::new(Code::InvalidArgument, "The config names more than one way to sign in."));
        }
        let proof = |proof| Ok(Who::Known(Credential::App(Proof::FederatedToken(proof))));
        if let Some(options) = &config.managed_identity {
            let identity = ManagedIdentity::new(options.clone(), self.request_token.clone())?;
            return Ok(Who::Known(Credential::Machine(Arc::new(identity))));
        }
        if let Some(path) = &config.federated_token_file {
            return proof(FederatedToken::File(path.clone()));
        }
        if let Some(pipeline) = &config.pipeline {
            let token = self.request_token.clone().ok_or_else(|| missing("request token of the pipeline"))?;
            return proof(FederatedToken::Pipeline(pipeline.clone(), token));
        }
        if config.device_code {
            return Ok(Who::DeviceCode);
        }
        let advice = "Give a certificate or another credential; see docs/sign-in.md.";
        self.credential.clone().map(Who::Known).ok_or_else(|| missing("credential").with_advice(advice))
    }
}

/// Who signs in.
pub(super) enum Who {
    Known(Credential),
    /// Somebody who is asked to.
    DeviceCode,
}

/// What is needed to sign in.
pub(super) struct SignIn {
    pub(super) endpoints: Endpoints,
    pub(super) environment: &'static str,
    /// Empty where the credential needs none.
    pub(super) tenant_id: String,
    /// Empty where the credential needs none.
    pub(super) client_id: String,
    pub(super) options: ClientOptions,
    pub(super) concurrency: usize,
    pub(super) licenses: Option<u64>,
    pub(super) speed: f64,
    pub(super) who: Who,
}

impl SignIn {
    pub(super) fn new(config: &Config, file: Option<&EnvironmentFile>, secrets: &Secrets) -> Result<Self> {
        let environment = config.environment.as_deref().map(str::parse).transpose()?;
        let endpoints = match file {
            Some(file) => file.endpoints.clone(),
            None => Endpoints::in_cloud(
                environment,
                &SharePointHosts {
                    any: config.share_point_url.as_deref(),
                    my_site: config.share_point_my_site_url.as_deref(),
                    admin: config.share_point_admin_url.as_deref(),
                },
            )?,
        };
        let timeout =
            config.timeout_seconds.map_or(ClientOptions::default().timeout, |s| Duration::from_secs(s.into()));
        let concurrency = config.concurrency.unwrap_or(CONCURRENCY);
        if !(1..=32).contains(&concurrency) {
            return Err(Error::new(Code::InvalidArgument, "concurrency must be between 1 and 32."));
        }
        let options = ClientOptions {
            timeout,
            proxy: config.proxy.as_deref().map(proxy).transpose()?,
            proxy_password: secrets.proxy_password.clone(),
            certificate_authority: endpoints.certificate_authority.clone(),
        };
        Ok(Self {
            environment: endpoints.environment().map_or("Custom", Environment::name),
            endpoints,
            tenant_id: config.tenant_id.clone().or_else(|| file?.tenant_id.clone()).unwrap_or_default(),
            client_id: config.client_id.clone().or_else(|| file?.client_id.clone()).unwrap_or_default(),
            options,
            concurrency: concurrency.into(),
            licenses: config.license_count,
            speed: file.map_or(1.0, |file| file.speed),
            who: secrets.who(config)?,
        })
    }
}

impl Who {
    /// The credential. A person is shown a code, as a record of the job, and waited for.
    pub(super) async fn credential(
        self,
        code: impl Future<Output = Result<DeviceCode>>,
        job: &JobContext,
    ) -> Result<Credential> {
        if let Self::Known(credential) = self {
            return Ok(credential);
        }
        let code = code.await?;
        let shown = json!({ "deviceCode": {
            "message": code.message(),
            "userCode": code.user_code(),
            "verificationUri": code.verification_uri(),
            "expiresInSeconds": code.expires_in().as_secs(),
        }});
        job.put(Record { json: shown, pictures: Vec::new() }).await;
        code.wait().await.map(|person| Credential::Person(Arc::new(person)))
    }
}

fn missing(what: &str) -> Error {
    Error::new(Code::InvalidArgument, format!("The config has no {what}."))
}

fn proxy(text: &str) -> Result<Url> {
    Url::parse(text).map_err(|error| {
        Error::new(Code::InvalidArgument, "The proxy is not an address such as http://proxy.contoso.com:8080.")
            .with_cause(&error)
    })
}

fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>> {
    std::fs::read(path).map(Zeroizing::new).map_err(|error| {
        Error::new(Code::FileAccess, format!("'{}' cannot be read.", path.display())).with_cause(&error)
    })
}
