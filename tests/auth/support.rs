//! A small server that answers as a test tells it, over HTTPS with its own authority or over plain HTTP.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use m365photo::auth::{Authenticator, Credential, Endpoints};
use m365photo::net::{Client, ClientOptions};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls_pki_types::PrivateKeyDer;
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use url::Url;

pub const TENANT: &str = "11111111-2222-3333-4444-555555555555";
pub const CLIENT_ID: &str = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee";

/// A request as the server saw it.
#[derive(Clone, Debug)]
pub struct Seen {
    pub method: String,
    /// Path and query.
    pub target: String,
    pub headers: HashMap<String, String>,
    pub body: String,
}

impl Seen {
    /// A field of a form or a query.
    pub fn field(&self, name: &str) -> Option<String> {
        let query = self.target.split_once('?').map_or("", |(_, query)| query);
        let pairs = |text: &str| url::form_urlencoded::parse(text.as_bytes()).into_owned().collect::<Vec<_>>();
        pairs(&self.body).into_iter().chain(pairs(query)).find(|(key, _)| key == name).map(|(_, value)| value)
    }
}

/// What the server says: a status line's number and reason, headers, a body.
pub fn reply(status: u16, headers: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status} x\r\ncontent-length: {}\r\n{headers}\r\n{body}", body.len()).into_bytes()
}

pub fn json_reply(status: u16, body: &Value) -> Vec<u8> {
    reply(status, "content-type: application/json\r\n", &body.to_string())
}

/// A token as Entra ID makes them, for anybody who does not check the signature.
pub fn token(claims: &Value) -> String {
    let part = |json: &Value| BASE64_URL_SAFE_NO_PAD.encode(json.to_string());
    format!("{}.{}.c2lnbmF0dXJl", part(&json!({"alg": "none"})), part(claims))
}

pub fn in_seconds(seconds: u64) -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() + seconds
}

pub struct Server {
    pub address: SocketAddr,
    /// PEM of the authority that vouches for the server.
    pub authority: Vec<u8>,
    seen: Arc<Mutex<Vec<Seen>>>,
}

/// What a test's server does with a request.
pub type Answer = dyn Fn(&Seen) -> Vec<u8> + Send + Sync;

impl Server {
    /// An HTTPS server for `127.0.0.1`.
    pub async fn start(answer: impl Fn(&Seen) -> Vec<u8> + Send + Sync + 'static) -> Self {
        Self::start_as("127.0.0.1", answer).await
    }

    /// An HTTPS server whose certificate names `name`.
    pub async fn start_as(name: &str, answer: impl Fn(&Seen) -> Vec<u8> + Send + Sync + 'static) -> Self {
        let (authority, config) = certificate_for(name);
        Self::listen(authority, Some(TlsAcceptor::from(Arc::new(config))), Arc::new(answer)).await
    }

    /// A plain HTTP server.
    pub async fn start_plain(answer: impl Fn(&Seen) -> Vec<u8> + Send + Sync + 'static) -> Self {
        Self::listen(Vec::new(), None, Arc::new(answer)).await
    }

    async fn listen(authority: Vec<u8>, tls: Option<TlsAcceptor>, answer: Arc<Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&seen);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (tls, answer, log) = (tls.clone(), Arc::clone(&answer), Arc::clone(&log));
                tokio::spawn(async move {
                    match tls {
                        Some(tls) => {
                            if let Ok(stream) = tls.accept(stream).await {
                                serve(stream, &*answer, &log).await;
                            }
                        }
                        None => serve(stream, &*answer, &log).await,
                    }
                });
            }
        });
        Self { address, authority, seen }
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    pub fn url(&self) -> Url {
        let scheme = if self.authority.is_empty() { "http" } else { "https" };
        Url::parse(&format!("{scheme}://{}/", self.address)).unwrap()
    }

    /// Hosts of which Entra ID is this server; no other is there.
    pub fn endpoints(&self) -> Endpoints {
        let at = |url: &str| Url::parse(url).unwrap();
        Endpoints {
            authority: self.url(),
            graph: at("https://graph.example"),
            share_point_my_site: at("https://contoso-my.example"),
            share_point_admin: at("https://contoso-admin.example"),
            certificate_authority: Some(self.authority.clone()),
        }
    }

    pub fn client(&self) -> Client {
        let certificate_authority = Some(self.authority.clone());
        Client::new(&ClientOptions {
            timeout: Duration::from_secs(5),
            certificate_authority,
            ..ClientOptions::default()
        })
        .unwrap()
    }

    pub fn authenticator(&self, credential: Credential) -> Authenticator {
        Authenticator::new(self.client(), &self.endpoints(), TENANT, CLIENT_ID, credential).unwrap()
    }
}

fn certificate_for(name: &str) -> (Vec<u8>, ServerConfig) {
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new([name.to_owned()]).unwrap().signed_by(&key, &authority).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], PrivateKeyDer::try_from(key.serialize_der()).unwrap())
        .unwrap();
    (authority.pem().into_bytes(), config)
}

async fn serve(mut stream: impl AsyncRead + AsyncWrite + Unpin, answer: &Answer, log: &Mutex<Vec<Seen>>) {
    while let Some(request) = read_request(&mut stream).await {
        log.lock().unwrap().push(request.clone());
        if stream.write_all(&answer(&request)).await.is_err() || stream.flush().await.is_err() {
            return;
        }
    }
}

async fn read_request(stream: &mut (impl AsyncRead + Unpin)) -> Option<Seen> {
    let mut bytes = Vec::new();
    let head = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let text = String::from_utf8(bytes[..head].to_vec()).ok()?;
    let mut lines = text.lines();
    let mut first = lines.next()?.split(' ');
    let (method, target) = (first.next()?.to_owned(), first.next()?.to_owned());
    let headers: HashMap<String, String> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
        .collect();
    let length = headers.get("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
    while bytes.len() < head + 4 + length {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
    let body = String::from_utf8_lossy(&bytes[head + 4..head + 4 + length]).into_owned();
    Some(Seen { method, target, headers, body })
}
