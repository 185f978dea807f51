//! One practice tenant: its people, its services and what they share.
//! Knows every service. Promises that each request is counted, meets its faults, and gets an answer.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::entra::Entra;
use crate::faults::{Faults, Instead, Paging, Spoil};
use crate::graph;
use crate::http::{Call, Ending, Reply};
use crate::limits::{self, Limits, Refused, Seat};
use crate::record::Record;
use crate::sharepoint;
use crate::stats::Stats;
use crate::world::World;

/// Where each service is reached.
#[derive(Clone, Debug)]
pub struct Origins {
    /// Entra ID.
    pub authority: String,
    /// Microsoft Graph.
    pub graph: String,
    /// SharePoint's my-site host.
    pub my_site: String,
    /// SharePoint's admin host.
    pub admin: String,
    /// The control port.
    pub control: String,
}

/// One of the services.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// Entra ID.
    Entra,
    /// Microsoft Graph.
    Graph,
    /// SharePoint's my-site host.
    MySite,
    /// SharePoint's admin host.
    Admin,
    /// SharePoint's root host, which only the front port knows.
    Root,
}

impl Service {
    /// The name in counters and operation names.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Entra => "entra",
            Self::Graph => "graph",
            Self::MySite => "mySite",
            Self::Admin => "admin",
            Self::Root => "root",
        }
    }

    /// Longest body that the service reads, in bytes.
    #[must_use]
    pub const fn body_limit(self) -> usize {
        match self {
            Self::Entra => 64 << 10,
            Self::Graph => 32 << 20,
            Self::MySite | Self::Admin | Self::Root => 250 << 20,
        }
    }
}

/// Whether an operation came as a request of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    /// An HTTP request.
    Request,
    /// Part of a batch; it may be refused alone.
    Part,
    /// Action of a `ProcessQuery`, whose request is under way.
    Action,
}

/// An operation that somebody asks for.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// Of which service.
    pub service: Service,
    /// Its name, such as `graph.photo`.
    pub operation: &'a str,
    /// Number of the person whom it is about.
    pub person: Option<u32>,
    /// Id of the app that asks; empty where it is not signed in.
    pub app: &'a str,
    /// Whether it asks for a person who signed in.
    pub delegated: bool,
    /// Length of the body, in bytes.
    pub uploaded: u64,
    /// Whether it came alone.
    pub counted: Counted,
}

/// The whole tenant.
pub struct Tenant {
    /// People and pictures.
    pub world: World,
    /// Signs in.
    pub entra: Entra,
    /// Addresses.
    pub origins: Origins,
    /// Counters.
    pub stats: Stats,
    /// What goes wrong on purpose.
    pub faults: Faults,
    /// Where exchanges with Graph are written.
    pub record: Option<Record>,
    /// How much is allowed; no end where there are none.
    pub limits: Option<Limits>,
}

impl Tenant {
    /// Answers a request to a service.
    pub async fn answer(self: &Arc<Self>, service: Service, call: &Call) -> Reply {
        let reply = match service {
            Service::Entra => {
                let operation = Entra::operation(call);
                let asked = Asked {
                    service,
                    operation,
                    person: None,
                    app: "",
                    delegated: false,
                    uploaded: 0,
                    counted: Counted::Request,
                };
                match self.begin(&asked).await {
                    Err(reply) => reply,
                    Ok(begun) => begun.end(self.entra.answer(call)),
                }
            }
            Service::Graph => graph::answer(self, call).await,
            Service::MySite | Service::Admin | Service::Root => sharepoint::answer(self, service, call).await,
        };
        let id = uuid::Uuid::new_v4().to_string();
        let echo = call.header("client-request-id").unwrap_or(&id).to_owned();
        match service {
            Service::Entra => reply.with("x-ms-request-id", &id),
            Service::Graph => reply.with("request-id", &id).with("client-request-id", &echo),
            Service::MySite | Service::Admin | Service::Root => {
                reply.with("sprequestguid", &id).with("request-id", &id)
            }
        }
    }

    /// Counts an operation and lets its faults happen. An error is the answer of an operation that is not to be done.
    pub async fn begin(&self, asked: &Asked<'_>) -> Result<Begun, Reply> {
        let Asked { service, operation, person, counted, .. } = *asked;
        match counted {
            Counted::Request => self.stats.request(service.name(), operation),
            Counted::Part | Counted::Action => self.stats.part(operation),
        }
        let seat = self.let_in(asked).map_err(|refused| self.too_many(service, refused))?;
        let effect = self.faults.take(operation, person);
        if !effect.delay.is_zero() {
            tokio::time::sleep(effect.delay).await;
        }
        if let Some(person) = person.filter(|_| effect.leaves).and_then(|person| self.world.person(person)) {
            self.world.remove_person(&person);
        }
        let begun =
            Begun { stale: effect.stale, page: effect.page, ending: effect.ending, spoil: effect.spoil, _seat: seat };
        match effect.instead {
            None => Ok(begun),
            Some(instead) => {
                if counted != Counted::Action {
                    self.count_refusal(service, instead.status);
                }
                Err(begun.end(refusal(service, instead)))
            }
        }
    }

    /// Lets an operation in within the limits, and counts what it costs.
    fn let_in(&self, asked: &Asked<'_>) -> Result<Option<Seat>, Refused> {
        let mut seat = None;
        if let Some(limits) = &self.limits {
            limits.spend(Instant::now(), asked)?;
            seat = limits.enter(asked)?;
        }
        self.stats.spent(asked.app, &limits::costs(asked));
        Ok(seat)
    }

    fn too_many(&self, service: Service, refused: Refused) -> Reply {
        self.count_refusal(service, refused.status);
        if refused.early {
            self.stats.came_while_closed(service.name());
        }
        let reply = match service {
            Service::Graph if refused.by_mailbox => graph::error::mailbox_busy(),
            _ => refusal(service, Instead { status: refused.status, retry_after: None, body: None }),
        };
        with_wait(reply, refused.retry_after)
    }

    fn count_refusal(&self, service: Service, status: u16) {
        if status == 429 || status == 503 {
            self.stats.refused(service.name(), status);
        }
    }
}

/// An operation that may be done, and what becomes of its answer.
#[must_use]
pub struct Begun {
    /// Show what was there so long ago, where it changed since.
    pub stale: Duration,
    /// Where the link to the next page leads.
    pub page: Option<Paging>,
    ending: Ending,
    spoil: Option<Spoil>,
    _seat: Option<Seat>,
}

impl Begun {
    /// The answer as it reaches the client.
    #[must_use]
    pub fn end(&self, reply: Reply) -> Reply {
        let reply = match self.spoil {
            Some(spoil) => spoil.of(reply),
            None => reply,
        };
        Reply { ending: self.ending, ..reply }
    }
}

/// The answer of a service that is told to refuse.
fn refusal(service: Service, instead: Instead) -> Reply {
    let status = instead.status;
    let reply = match (instead.body, service) {
        (Some((content_type, body)), _) => Reply::bytes(status, &content_type, body),
        (None, Service::Graph) => graph::error::for_status(status),
        (None, Service::MySite | Service::Admin | Service::Root) => sharepoint::error::for_status(status),
        (None, Service::Entra) => Reply::empty(status),
    };
    with_wait(reply, instead.retry_after)
}

fn with_wait(reply: Reply, retry_after: Option<String>) -> Reply {
    match retry_after {
        Some(wait) => reply.with("retry-after", &wait),
        None => reply,
    }
}
