//! The ways to prove to the identity service who the app, the person or the machine is.

use std::sync::Arc;
use std::time::SystemTime;

use secrecy::SecretString;
use url::Url;

use crate::auth::assertion::assertion;
use crate::auth::certificate::Certificate;
use crate::auth::device_code::SignedIn;
use crate::auth::federated::FederatedToken;
use crate::auth::grant::Grant;
use crate::auth::managed_identity::ManagedIdentity;
use crate::auth::ready::ReadyTokens;
use crate::auth::signing_desk::SigningDesk;
use crate::auth::token_endpoint::{Form, TokenEndpoint};
use crate::error::{Code, Error, Result};

/// Who asks for tokens. Cheap to clone; wiped from memory when the last clone goes.
#[derive(Clone, Debug)]
pub enum Credential {
    /// An app registration.
    App(Proof),
    /// A person who signed in with a device code.
    Person(Arc<SignedIn>),
    /// The identity that Azure gives to this machine. Needs neither tenant nor client id.
    Machine(Arc<ManagedIdentity>),
    /// Tokens that somebody else got. Need neither tenant nor client id.
    Given(ReadyTokens),
}

/// How an app proves itself.
#[derive(Clone, Debug)]
pub enum Proof {
    /// A certificate, whose key signs an assertion. Good for Graph and SharePoint.
    Certificate(Arc<Certificate>),
    /// A shared secret. Good for Graph; SharePoint refuses tokens that were got with it \[O\].
    ClientSecret(SecretString),
    /// A token of another identity service that the app registration trusts. Good for Graph; for SharePoint: \[O\].
    FederatedToken(FederatedToken),
}

impl Credential {
    /// PFX or PEM with certificate and private key, or either as base64; an empty password is none.
    pub fn certificate(file: &[u8], password: &str) -> Result<Self> {
        Ok(Self::App(Proof::Certificate(Arc::new(Certificate::read(file, password)?))))
    }

    /// A certificate (DER) whose private key the caller holds; what is to be signed lies on `desk`.
    pub fn certificate_of_caller(der: &[u8], desk: Arc<SigningDesk>) -> Result<Self> {
        Ok(Self::App(Proof::Certificate(Arc::new(Certificate::of_caller(der, desk)?))))
    }

    /// A client secret.
    pub fn client_secret(bytes: &[u8]) -> Result<Self> {
        Ok(Self::App(Proof::ClientSecret(secret_text(bytes)?)))
    }

    /// What kind it is, for people.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::App(Proof::Certificate(_)) => "Certificate",
            Self::App(Proof::ClientSecret(_)) => "ClientSecret",
            Self::App(Proof::FederatedToken(_)) => "FederatedToken",
            Self::Person(_) => "DeviceCode",
            Self::Machine(_) => "ManagedIdentity",
            Self::Given(_) => "AccessToken",
        }
    }
}

impl Proof {
    /// A token for the host of `resource`.
    pub(super) async fn token(&self, endpoint: &TokenEndpoint, resource: &Url) -> Result<Grant> {
        let scope = format!("{}/.default", resource.origin().ascii_serialization());
        let form =
            Form::new(&[("grant_type", "client_credentials"), ("client_id", endpoint.client_id()), ("scope", &scope)]);
        let statement = match self {
            Self::ClientSecret(secret) => {
                return Grant::of(&endpoint.ask(form.with_secret("client_secret", secret)).await?);
            }
            Self::Certificate(certificate) => {
                assertion(certificate, endpoint.client_id(), &endpoint.token_url(), SystemTime::now()).await?
            }
            Self::FederatedToken(source) => source.read(endpoint.client()).await?,
        };
        let form = form
            .with("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
            .with_secret("client_assertion", &statement);
        Grant::of(&endpoint.ask(form).await?)
    }
}

/// A secret as it comes from a caller or a file: text, without the white space around it.
pub fn secret_text(bytes: &[u8]) -> Result<SecretString> {
    let wrong = || Error::new(Code::InvalidArgument, "The secret is empty or not text.");
    let text = std::str::from_utf8(bytes).map(str::trim).map_err(|_| wrong())?;
    if text.is_empty() { Err(wrong()) } else { Ok(text.into()) }
}
