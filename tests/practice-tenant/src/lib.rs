//! A stand-in on loopback for the parts of Entra ID, Microsoft Graph and SharePoint Online that `m365photo` touches.
//!
//! Rooms: `world` holds the truth and knows no protocol; `entra`, `graph` and `sharepoint` are the services and do not know each other, but that all
//! check tokens of `entra`; `tenant` brings them together; `server` and `control` are the doors. It knows nothing of the library under test.

mod control;
pub mod entra;
mod environment;
pub mod faults;
pub mod graph;
pub mod http;
mod rsa;
mod server;
pub mod sharepoint;
pub mod stats;
pub mod tenant;
pub mod world;

use std::collections::HashMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use ring::signature::RsaKeyPair;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use entra::token::Signer;
use entra::{Entra, Registration};
use tenant::{Origins, Service, Tenant};
use world::World;
use world::person::{DOMAIN, INITIAL_DOMAIN};

/// How a tenant is set up.
#[derive(Clone, Debug)]
pub struct Options {
    /// Number of people.
    pub users: u32,
    /// From which people and pictures follow.
    pub seed: u64,
    /// Where to write the environment file.
    pub environment_file: Option<PathBuf>,
    /// Name of the folder in the picture library.
    pub folder: String,
}

impl Default for Options {
    fn default() -> Self {
        Self { users: 200, seed: 1, environment_file: None, folder: "Profile Pictures".to_owned() }
    }
}

/// Why a tenant does not start.
#[derive(Debug)]
pub enum Error {
    /// A port cannot be opened or a file not be written.
    Io(std::io::Error),
    /// A certificate cannot be made.
    Certificate(rcgen::Error),
    /// TLS cannot be set up.
    Tls(rustls::Error),
    /// The system gives no random numbers.
    NoRandomNumbers,
    /// A certificate cannot be read.
    BadCertificate,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => write!(f, "a port or file cannot be used: {error}"),
            Self::Certificate(error) => write!(f, "a certificate cannot be made: {error}"),
            Self::Tls(error) => write!(f, "TLS cannot be set up: {error}"),
            Self::NoRandomNumbers => f.write_str("the system gives no random numbers"),
            Self::BadCertificate => f.write_str("the certificate cannot be read"),
        }
    }
}

impl std::error::Error for Error {}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<rcgen::Error> for Error {
    fn from(error: rcgen::Error) -> Self {
        Self::Certificate(error)
    }
}

impl From<rustls::Error> for Error {
    fn from(error: rustls::Error) -> Self {
        Self::Tls(error)
    }
}

const TENANT_ID: &str = "11111111-2222-3333-4444-555555555555";
const CLIENT_ID: &str = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee";
/// Seconds; the real ones live between 60 and 90 minutes.
const TOKEN_LIFETIME: i64 = 3_599;

/// A tenant that answers. Dropping it closes its ports.
pub struct Running {
    /// What it serves.
    pub tenant: Arc<Tenant>,
    /// Certificate of the authority that signed the servers' certificate, as PEM.
    pub certificate_authority: String,
    environment_file: Option<PathBuf>,
    _doors: JoinSet<()>,
}

impl Running {
    /// The line that says that all is ready.
    #[must_use]
    pub fn announcement(&self) -> Value {
        let origins = &self.tenant.origins;
        json!({
            "ready": true,
            "pid": std::process::id(),
            "people": self.tenant.world.people,
            "environmentFile": self.environment_file,
            "authority": origins.authority,
            "graph": origins.graph,
            "sharePointMySite": origins.my_site,
            "sharePointAdmin": origins.admin,
            "control": origins.control,
        })
    }
}

/// Starts a tenant on free ports of loopback.
pub async fn start(options: Options) -> Result<Running, Error> {
    let app = tokio::task::spawn_blocking(environment::app_credential);
    let token_key = tokio::task::spawn_blocking(rsa::new_key);
    let mut listeners = Vec::new();
    for service in [Service::Entra, Service::Graph, Service::MySite, Service::Admin] {
        listeners.push((service, server::listen(0).await?));
    }
    let (control, control_port) = server::listen(0).await?;
    let origin = |service| {
        let port = listeners.iter().find(|listener| listener.0 == service).map_or(0, |listener| listener.1.1);
        format!("https://127.0.0.1:{port}")
    };
    let origins = Origins {
        authority: origin(Service::Entra),
        graph: origin(Service::Graph),
        my_site: origin(Service::MySite),
        admin: origin(Service::Admin),
        control: format!("http://127.0.0.1:{control_port}"),
    };
    let authority = environment::authority()?;
    let app = app.await.map_err(|_| Error::NoRandomNumbers)??;
    let token_key = token_key.await.ok().flatten().ok_or(Error::NoRandomNumbers)?;
    let signer = Signer::new(RsaKeyPair::from_pkcs8(&token_key).map_err(|_| Error::NoRandomNumbers)?);
    let environment_file = options.environment_file;
    if let Some(path) = &environment_file {
        environment::write(path, &origins, &authority.pem, &app, (TENANT_ID, CLIENT_ID))?;
    }
    let registration = Registration {
        tenant_id: TENANT_ID.to_owned(),
        domains: vec![DOMAIN.to_owned(), INITIAL_DOMAIN.to_owned()],
        client_id: CLIENT_ID.to_owned(),
        client_secret: app.secret,
        certificates: vec![app.registered],
    };
    let entra = Entra::new(registration, origins.authority.clone(), signer, resources(&origins), TOKEN_LIFETIME);
    let tenant = Arc::new(Tenant {
        world: World::new(options.seed, options.users, &options.folder, &origins.my_site),
        entra,
        origins,
        stats: stats::Stats::default(),
        faults: faults::Faults::default(),
    });
    let mut doors = JoinSet::new();
    for (service, (listener, _)) in listeners {
        doors.spawn(server::serve(Arc::clone(&tenant), service, listener, Arc::clone(&authority.tls)));
    }
    let routes = control::routes(Arc::clone(&tenant));
    doors.spawn(async move {
        // It ends with the task.
        let _ = axum::serve(control, routes).await;
    });
    Ok(Running { tenant, certificate_authority: authority.pem, environment_file, _doors: doors })
}

/// The resources that tokens are given for, with what an admin granted the app there.
fn resources(origins: &Origins) -> HashMap<String, Vec<String>> {
    let roles = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<String>>();
    let share_point = roles(&["Sites.FullControl.All", "User.ReadWrite.All"]);
    [
        (origins.graph.clone(), roles(&["User.Read.All", "ProfilePhoto.ReadWrite.All", "GroupMember.Read.All"])),
        (origins.my_site.clone(), share_point.clone()),
        (origins.admin.clone(), share_point),
    ]
    .into()
}
