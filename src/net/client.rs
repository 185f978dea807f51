//! The one way out: HTTPS only, own trust, no redirects, bounded time and bounded answers.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue, LOCATION};
use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use rustls_platform_verifier::BuilderVerifierExt;
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use url::{Host, Url};

use crate::error::{Code, Error, Result};
use crate::net::AccessToken;

pub use reqwest::Method;

/// Windows may look up revocation lists for 10 s on a first connection, so not shorter.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(20);

/// Nobody listens at an identity endpoint that does not answer at once; the program does not run in Azure then.
const LOCAL_CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// Of one answer; a Graph batch of twenty photos as people have them fits well.
const BODY_LIMIT: usize = 32 << 20;

/// Microsoft asks every program to say who it is, in this form \[D\]; it is throttled later then.
const USER_AGENT: &str = concat!("NONISV|M365ProfilePhoto|m365photo/", env!("CARGO_PKG_VERSION"));

/// How a [`Client`] connects.
#[derive(Clone, Debug)]
pub struct ClientOptions {
    /// Of one request, from connecting to the last byte.
    pub timeout: Duration,
    /// All requests go through this HTTP proxy, whose address may name a user. Nothing is read from the environment.
    pub proxy: Option<Url>,
    /// The password of the proxy's user.
    pub proxy_password: Option<SecretString>,
    /// PEM: the only authorities that are trusted, instead of the system's.
    pub certificate_authority: Option<Vec<u8>>,
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self { timeout: Duration::from_secs(100), proxy: None, proxy_password: None, certificate_authority: None }
    }
}

/// A request, ready to be sent once.
pub struct Request {
    method: Method,
    url: Url,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Request {
    /// A request without headers and body.
    #[must_use]
    pub fn new(method: Method, url: Url) -> Self {
        Self { method, url, headers: HeaderMap::new(), body: Vec::new() }
    }

    /// Adds a header.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// Gives the body.
    #[must_use]
    pub fn with_body(mut self, body: Vec<u8>) -> Self {
        self.body = body;
        self
    }

    /// Adds the token. [`Code::ProtocolViolation`] when it belongs to another host: a link that a service gave leads elsewhere.
    pub fn with_token(self, token: &AccessToken) -> Result<Self> {
        if token.resource() != &self.url.origin() {
            return Err(Error::new(
                Code::ProtocolViolation,
                format!("An answer leads to {}, which is another host than the one it came from.", place(&self.url)),
            ));
        }
        Ok(self.with_header(AUTHORIZATION, token.header()?))
    }

    /// The method.
    #[must_use]
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// The address.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.url
    }
}

impl fmt::Debug for Request {
    /// Neither headers nor body: both may hold secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}{}", self.method, place(&self.url), self.url.path())
    }
}

/// What a service answered, whatever the status.
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, uncompressed.
    pub body: Vec<u8>,
}

impl Answer {
    /// The first header of this name, where it is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The id that Microsoft's support asks for.
    #[must_use]
    pub fn request_id(&self) -> Option<String> {
        ["request-id", "sprequestguid"].into_iter().find_map(|name| self.header(name)).map(str::to_owned)
    }

    /// The body as JSON.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_slice(&self.body).map_err(|error| {
            Error::new(Code::ProtocolViolation, "The answer is not the JSON that was expected.")
                .with_http_status(self.status)
                .with_cause(&error)
        })
    }
}

impl fmt::Debug for Answer {
    /// The body may be a token or a photo.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HTTP {}, {} bytes", self.status, self.body.len())
    }
}

/// Sends requests. Cheap to clone; clones share their connections.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    reach: Reach,
    /// As it may be shown: scheme, host and port.
    proxy: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Reach {
    /// HTTPS anywhere.
    Services,
    /// HTTP to this machine and its host, for managed identities.
    Local,
}

impl Client {
    /// A client for services.
    pub fn new(options: &ClientOptions) -> Result<Self> {
        let tls = trust(options.certificate_authority.as_deref())?;
        let builder = plain().timeout(options.timeout).connect_timeout(CONNECT_TIMEOUT).tls_backend_preconfigured(tls);
        let builder = match &options.proxy {
            Some(url) => builder.proxy(proxy(url, options.proxy_password.as_ref())?),
            None => builder,
        };
        Self::build(builder, Reach::Services, options.proxy.as_ref().map(place))
    }

    /// A client for the identity endpoints of the machine: plain HTTP, never through a proxy, and nowhere else.
    pub fn local(timeout: Duration) -> Result<Self> {
        // No authority is trusted: this client does not speak HTTPS.
        let tls = tls(|builder| Ok(builder.with_root_certificates(RootCertStore::empty()).with_no_client_auth()))?;
        let builder = plain().timeout(timeout).connect_timeout(LOCAL_CONNECT_TIMEOUT).tls_backend_preconfigured(tls);
        Self::build(builder, Reach::Local, None)
    }

    fn build(builder: reqwest::ClientBuilder, reach: Reach, proxy: Option<String>) -> Result<Self> {
        Ok(Self { http: builder.build().map_err(|error| unusable(&error))?, reach, proxy })
    }

    /// Sends a request and reads the whole answer. Every HTTP status is an answer, except a redirect.
    pub async fn send(&self, request: Request) -> Result<Answer> {
        let Request { method, url, headers, body } = request;
        self.reach.allows(&url)?;
        let place = place(&url);
        let sent = self.http.request(method, url).headers(headers).body(body).send().await;
        let response = sent.map_err(|error| explain(&self.way_to(&place), error))?;
        let (status, headers) = (response.status(), response.headers().clone());
        if status.is_redirection() && status != reqwest::StatusCode::NOT_MODIFIED {
            return Err(redirected(&place, status.as_u16(), &headers));
        }
        Ok(Answer { status: status.as_u16(), headers, body: read(&place, response).await? })
    }

    /// The place, with the proxy that may be why it is not reached.
    fn way_to(&self, place: &str) -> String {
        match &self.proxy {
            Some(proxy) => format!("{place} (through the proxy {proxy})"),
            None => place.to_owned(),
        }
    }
}

impl Reach {
    fn allows(self, url: &Url) -> Result<()> {
        let allowed = match self {
            Self::Services => url.scheme() == "https",
            Self::Local => url.scheme() == "http" && is_local(url),
        };
        if allowed { Ok(()) } else { Err(refused_address(url)) }
    }
}

fn refused_address(url: &Url) -> Error {
    Error::new(Code::InvalidArgument, format!("Nothing is sent to {}: the address is not safe.", place(url)))
        .with_advice("Services need https; identity endpoints must be on this machine or its link.")
}

/// Whether an address is this machine, its link or its container network.
fn is_local(url: &Url) -> bool {
    let ip: IpAddr = match url.host() {
        Some(Host::Ipv4(ip)) => ip.into(),
        Some(Host::Ipv6(ip)) => ip.into(),
        Some(Host::Domain(name)) => return name == "localhost",
        None => return false,
    };
    match ip {
        IpAddr::V4(ip) => ip.is_loopback() || ip.is_link_local() || ip.is_private(),
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unicast_link_local() || ip.is_unique_local(),
    }
}

fn plain() -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .user_agent(USER_AGENT)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .referer(false)
}

/// The address must not hold a password: addresses are shown and logged.
fn proxy(url: &Url, password: Option<&SecretString>) -> Result<reqwest::Proxy> {
    if url.password().is_some() {
        return Err(Error::new(Code::InvalidArgument, "The proxy's address holds a password.")
            .with_advice("Leave it out of the address and give it with -ProxyCredential."));
    }
    let proxy = reqwest::Proxy::all(url.clone()).map_err(|error| unusable(&error))?;
    Ok(match password {
        Some(password) => proxy.basic_auth(url.username(), password.expose_secret()),
        None => proxy,
    })
}

fn trust(authority: Option<&[u8]>) -> Result<ClientConfig> {
    let Some(pem) = authority else {
        return tls(|builder| Ok(builder.with_platform_verifier()?.with_no_client_auth()));
    };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let certificate = certificate.map_err(|error| bad_authority().with_cause(&error))?;
        roots.add(certificate).map_err(|error| bad_authority().with_cause(&error))?;
    }
    if roots.is_empty() {
        return Err(bad_authority());
    }
    tls(|builder| Ok(builder.with_root_certificates(roots).with_no_client_auth()))
}

fn bad_authority() -> Error {
    Error::new(Code::InvalidArgument, "The certificate authority of the environment is not a PEM certificate.")
}

type Verifierless = rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier>;

/// TLS 1.2 or newer by ring, given explicitly: no process-wide provider is installed.
fn tls(finish: impl FnOnce(Verifierless) -> Result<ClientConfig, rustls::Error>) -> Result<ClientConfig> {
    let builder =
        ClientConfig::builder_with_provider(Arc::new(ring::default_provider())).with_safe_default_protocol_versions();
    let mut config = builder.and_then(finish).map_err(|error| {
        Error::new(Code::UntrustedHost, "The system's certificate authorities cannot be read.")
            .with_advice("Install the system's certificate authorities (package ca-certificates).")
            .with_cause(&error)
    })?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

async fn read(place: &str, mut response: reqwest::Response) -> Result<Vec<u8>> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| explain(place, error))? {
        if body.len() + chunk.len() > BODY_LIMIT {
            return Err(Error::new(
                Code::AnswerTooLarge,
                format!("{place} answered more than {} MB.", BODY_LIMIT >> 20),
            ));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn redirected(place: &str, status: u16, headers: &HeaderMap) -> Error {
    let target = headers.get(LOCATION).and_then(|value| value.to_str().ok()).and_then(|text| Url::parse(text).ok());
    let target = target.map_or_else(|| "another address".to_owned(), |url| self::place(&url));
    Error::new(
        Code::ProtocolViolation,
        format!("{place} redirects to {target}. It is not followed: a token goes to its own host only."),
    )
    .with_http_status(status)
}

/// Scheme, host and port: all of an address that may be shown, since paths and queries may hold secrets.
fn place(url: &Url) -> String {
    url.origin().ascii_serialization()
}

fn unusable(error: &(dyn StdError + 'static)) -> Error {
    Error::new(Code::InvalidArgument, "The HTTP client cannot be made; is the proxy address right?").with_cause(error)
}

fn explain(place: &str, error: reqwest::Error) -> Error {
    let error = error.without_url();
    let tls = chain(&error).find_map(tls_error);
    let (code, what) = match tls {
        Some(rustls::Error::InvalidCertificate(reason)) => {
            (Code::UntrustedHost, format!("The certificate of {place} is not trusted: {reason}."))
        }
        Some(reason) => (Code::UntrustedHost, format!("No secure connection to {place}: {reason}.")),
        None if error.is_timeout() => (Code::TimedOut, format!("{place} did not answer in time.")),
        None if error.is_builder() => (Code::InvalidArgument, format!("The request to {place} cannot be made.")),
        None if error.is_connect() => (Code::ConnectionFailed, format!("{place} cannot be reached.")),
        // Broken off or damaged on its way: worth another try.
        None if error.is_decode() => (Code::ConnectionFailed, format!("The answer of {place} broke off.")),
        None => (Code::ConnectionFailed, format!("The connection to {place} broke.")),
    };
    let asks_for_password = chain(&error).any(|cause| cause.to_string().contains("proxy authorization required"));
    let told = Error::new(code, what).with_cause(&error);
    if asks_for_password {
        return told.with_advice("The proxy asks for a user name and password; give them with -ProxyCredential.");
    }
    told
}

fn chain<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

/// An I/O error hides the error that it wraps from `source()`, and I/O errors wrap each other.
fn tls_error<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a rustls::Error> {
    match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(inner) => tls_error(inner),
        None => error.downcast_ref(),
    }
}
