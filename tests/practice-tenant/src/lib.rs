//! A stand-in on loopback for the parts of Entra ID, Microsoft Graph and SharePoint Online that `m365photo` touches.
//!
//! Rooms: `world` holds the truth and knows no protocol; `entra`, `graph` and `sharepoint` are the services and do not know each other, but that all
//! check tokens of `entra`; `tenant` brings them together; `server` and `control` are the doors. It knows nothing of the library under test.

mod control;
pub mod entra;
mod environment;
pub mod faults;
pub mod front;
pub mod graph;
pub mod http;
pub mod limits;
pub mod machine;
pub mod record;
mod rsa;
mod server;
pub mod sharepoint;
pub mod stats;
pub mod tenant;
pub mod world;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use ring::signature::RsaKeyPair;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use entra::federated::FederatedCredential;
use entra::token::Signer;
use entra::{AppCertificate, Entra, Identity, Registration, Resource};
use machine::Machine;
use record::Record;
use tenant::{Origins, Service, Tenant};
use world::person::{DOMAIN, INITIAL_DOMAIN};
use world::{Language, List, World};

/// How a tenant is set up.
#[derive(Clone, Debug)]
pub struct Options {
    /// Number of people.
    pub users: u32,
    /// A list of people (JSON lines), in place of so many.
    pub people: Option<PathBuf>,
    /// From which people and pictures follow.
    pub seed: u64,
    /// Where to write the environment file.
    pub environment_file: Option<PathBuf>,
    /// Of the my-site host.
    pub language: Language,
    /// Name of the folder in the picture library, where it is not that of the language.
    pub folder: Option<String>,
    /// A port where Microsoft's own host names choose the service; 0 is any free one.
    pub front_port: Option<u16>,
    /// Certificate with chain, and key, of all ports, as PEM files; else they are made.
    pub tls: Option<(PathBuf, PathBuf)>,
    /// Certificates of the app, as PEM files; else one is made.
    pub app_certificates: Vec<PathBuf>,
    /// The app's secret; else one is made.
    pub app_secret: Option<String>,
    /// Directory id.
    pub tenant_id: String,
    /// App id.
    pub client_id: String,
    /// What an admin granted the app in Microsoft Graph.
    pub graph_roles: Vec<String>,
    /// What an admin granted the app in SharePoint.
    pub sharepoint_roles: Vec<String>,
    /// Enforce the documented limits, with every window and wait divided by this.
    pub limits: Option<f64>,
    /// Licences, by which the limits are chosen; as many as people when absent.
    pub licences: Option<u32>,
    /// The share of the limits that other apps take at the beginning.
    pub load: f64,
    /// Some faults of every kind: the seed that chooses the requests, and the share of requests that are hit.
    pub faults: Option<(u64, f64)>,
    /// Play an Azure machine with managed identities, and a pipeline, too.
    pub managed_identity: bool,
    /// The folder for the keys of Arc's agent; without it there is no agent.
    pub arc_key_folder: Option<PathBuf>,
    /// Whose tokens are taken in place of the app's credential, as JSON files.
    pub federated_credentials: Vec<PathBuf>,
    /// A file to which every exchange with Graph is added, as JSON lines.
    pub record: Option<PathBuf>,
    /// Of access tokens, in seconds; the real ones live between 60 and 90 minutes.
    pub token_lifetime: i64,
}

impl Default for Options {
    fn default() -> Self {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Self {
            users: 200,
            people: None,
            seed: 1,
            environment_file: None,
            language: Language::En,
            folder: None,
            front_port: None,
            tls: None,
            app_certificates: Vec::new(),
            app_secret: None,
            tenant_id: "11111111-2222-3333-4444-555555555555".to_owned(),
            client_id: "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee".to_owned(),
            graph_roles: names(&["User.Read.All", "ProfilePhoto.ReadWrite.All", "GroupMember.Read.All"]),
            sharepoint_roles: names(&["Sites.FullControl.All", "User.ReadWrite.All"]),
            limits: None,
            licences: None,
            load: 0.0,
            faults: None,
            managed_identity: false,
            arc_key_folder: None,
            federated_credentials: Vec::new(),
            record: None,
            token_lifetime: 3_599,
        }
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

/// A tenant that answers. Dropping it closes its ports.
pub struct Running {
    /// What it serves.
    pub tenant: Arc<Tenant>,
    /// What a client has to trust, as PEM.
    pub certificate_authority: String,
    /// The port of the real names.
    pub front_port: Option<u16>,
    /// The Azure machine, on request.
    pub machine: Option<Arc<Machine>>,
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
            "frontPort": self.front_port,
            "managedIdentity": self.machine.as_ref().map(|machine| machine.announcement()),
        })
    }
}

/// Starts a tenant on free ports of loopback.
pub async fn start(options: Options) -> Result<Running, Error> {
    let keys = tokio::task::spawn_blocking(rsa::new_key);
    let app = app_credential(&options.app_certificates).await?;
    let signing_key = keys.await.ok().flatten().ok_or(Error::NoRandomNumbers)?;
    let signer = Signer::new(RsaKeyPair::from_pkcs8(&signing_key).map_err(|_| Error::NoRandomNumbers)?);
    let app_secret = options.app_secret.clone().map_or_else(environment::app_secret, Ok)?;
    let identity = match &options.tls {
        Some((certificate, key)) => environment::given(certificate, key)?,
        None => environment::throw_away()?,
    };
    let Ports { own, control, front, origins } = open(options.front_port).await?;
    if let Some(path) = &options.environment_file {
        let environment = environment::Environment {
            origins: &origins,
            trust: &identity.trust,
            app_pem: app.pem.as_deref(),
            app_secret: &app_secret,
            tenant_id: &options.tenant_id,
            client_id: &options.client_id,
            // Without limits nobody has to keep to a pace.
            speed: options.limits.unwrap_or(1_000.0),
        };
        environment.write(path)?;
    }
    let my_site = match front {
        // Under its real name SharePoint writes the port, though it is the usual one.
        Some(_) => format!("{}:443", front::origin(Service::MySite)),
        None => origins.my_site.clone(),
    };
    let list = options.people.as_deref().map(|path| List::read(path, options.seed)).transpose()?;
    let folder = options.folder.as_deref().unwrap_or(options.language.folder());
    let world = World::new(options.seed, options.users, list, options.language, folder, &my_site);
    let machine = if options.managed_identity { Some(machine(&options).await?) } else { None };
    let federated = federated(&options, &origins, &signer, machine.as_ref().map(|(machine, ..)| machine))?;
    let entra = entra(&options, &world, &origins, signer, app.registered, app_secret, federated);
    let licences = options.licences.unwrap_or(world.people);
    let tenant = Arc::new(Tenant {
        world,
        entra,
        origins,
        stats: stats::Stats::new(options.limits.unwrap_or(1.0)),
        faults: faults::Faults::default(),
        record: options.record.as_deref().map(Record::open).transpose()?,
        limits: options.limits.map(|speed| limits::Limits::new(licences, speed)),
    });
    if let Some(limits) = &tenant.limits {
        limits.load(options.load);
    }
    if let Some((seed, rate)) = options.faults {
        tenant.faults.add_assortment(seed, rate);
    }
    let mut doors = JoinSet::new();
    for (service, origin, listener) in own {
        let door = server::Door::Own(service, origin);
        doors.spawn(server::serve(Arc::clone(&tenant), door, listener, Arc::clone(&identity.tls)));
    }
    let front_port = front.as_ref().map(|(_, port)| *port);
    if let Some((listener, _)) = front {
        doors.spawn(server::serve(Arc::clone(&tenant), server::Door::Front, listener, Arc::clone(&identity.tls)));
    }
    let machine = machine.map(|(machine, own, pipeline)| {
        let routes = machine::routes(Arc::clone(&tenant), Arc::clone(&machine));
        doors.spawn(async move {
            // It ends with the task.
            let _ = axum::serve(own, routes).await;
        });
        let routes = machine::pipeline_routes(Arc::clone(&tenant), Arc::clone(&machine));
        doors.spawn(server::serve_routes(routes, pipeline, Arc::clone(&identity.tls)));
        machine
    });
    let routes = control::routes(Arc::clone(&tenant));
    doors.spawn(async move {
        // It ends with the task.
        let _ = axum::serve(control, routes).await;
    });
    Ok(Running {
        tenant,
        certificate_authority: identity.trust,
        front_port,
        machine,
        environment_file: options.environment_file,
        _doors: doors,
    })
}

/// The machine, with the ports of its own endpoints and of the pipeline's.
async fn machine(options: &Options) -> Result<(Arc<Machine>, TcpListener, TcpListener), Error> {
    let (own, own_port) = server::listen(0).await?;
    let (pipeline, pipeline_port) = server::listen(0).await?;
    let (origin, pipeline_origin) =
        (format!("http://127.0.0.1:{own_port}"), format!("https://127.0.0.1:{pipeline_port}"));
    let machine = Machine::new(origin, pipeline_origin, options.arc_key_folder.clone(), options.seed);
    Ok((Arc::new(machine), own, pipeline))
}

/// Those who may vouch for the app: whom the options name, and the machine's pipeline and user-assigned identity.
fn federated(
    options: &Options,
    origins: &Origins,
    signer: &Signer,
    machine: Option<&Arc<Machine>>,
) -> Result<Vec<FederatedCredential>, Error> {
    let mut trusted = Vec::new();
    for path in &options.federated_credentials {
        trusted.push(FederatedCredential::read(path)?);
    }
    if let Some(machine) = machine {
        let issuer = format!("{}/{}/v2.0", origins.authority, options.tenant_id);
        let subject = machine.user_assigned().object_id.clone();
        trusted.push(FederatedCredential::own(issuer, subject, &signer.jwk()));
        let pipeline = machine.pipeline_issuer();
        trusted.push(FederatedCredential::own(pipeline, machine::PIPELINE_SUBJECT.to_owned(), &signer.jwk()));
    }
    Ok(trusted)
}

async fn app_credential(given: &[PathBuf]) -> Result<environment::AppCredential, Error> {
    if given.is_empty() {
        tokio::task::spawn_blocking(environment::app_credential).await.map_err(|_| Error::NoRandomNumbers)?
    } else {
        environment::given_app_credential(given)
    }
}

struct Ports {
    own: Vec<(Service, String, TcpListener)>,
    control: TcpListener,
    front: Option<(TcpListener, u16)>,
    origins: Origins,
}

async fn open(front_port: Option<u16>) -> Result<Ports, Error> {
    let mut own = Vec::new();
    for service in [Service::Entra, Service::Graph, Service::MySite, Service::Admin] {
        let (listener, port) = server::listen(0).await?;
        own.push((service, format!("https://127.0.0.1:{port}"), listener));
    }
    let (control, control_port) = server::listen(0).await?;
    let front = match front_port {
        Some(port) => Some(server::listen(port).await?),
        None => None,
    };
    let origin = |service| own.iter().find(|port| port.0 == service).map(|port| port.1.clone()).unwrap_or_default();
    let origins = Origins {
        authority: origin(Service::Entra),
        graph: origin(Service::Graph),
        my_site: origin(Service::MySite),
        admin: origin(Service::Admin),
        control: format!("http://127.0.0.1:{control_port}"),
    };
    Ok(Ports { own, control, front, origins })
}

fn entra(
    options: &Options,
    world: &World,
    origins: &Origins,
    signer: Signer,
    certificates: Vec<AppCertificate>,
    client_secret: String,
    federated: Vec<FederatedCredential>,
) -> Entra {
    let registration = Registration {
        tenant_id: options.tenant_id.clone(),
        domains: vec![DOMAIN.to_owned(), INITIAL_DOMAIN.to_owned()],
        client_id: options.client_id.clone(),
        client_secret,
        certificates,
        federated,
    };
    let graph = [origins.graph.clone(), front::origin(Service::Graph)];
    let share_point = [
        origins.my_site.clone(),
        origins.admin.clone(),
        front::origin(Service::Root),
        front::origin(Service::MySite),
        front::origin(Service::Admin),
    ];
    let graph = graph.into_iter().map(|origin| Resource { origin, roles: options.graph_roles.clone() });
    let share_point =
        share_point.into_iter().map(|origin| Resource { origin, roles: options.sharepoint_roles.clone() });
    let person = world.person(0);
    let user = Identity {
        id: person.as_ref().map(|person| person.id.to_string()).unwrap_or_default(),
        upn: person.as_ref().map(|person| person.upn.clone()).unwrap_or_default(),
        name: person.map(|person| person.display_name).unwrap_or_default(),
    };
    Entra::new(registration, signer, graph.chain(share_point).collect(), options.token_lifetime, user)
}
