//! One practice tenant: its people, its services and what they share.
//! Knows every service. Promises that each request is counted, meets its faults, and gets an answer.

use std::sync::Arc;
use std::time::Instant;

use crate::entra::Entra;
use crate::faults::{Faults, Instead};
use crate::graph;
use crate::http::{Call, Ending, Reply};
use crate::limits::Limits;
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
    /// Part of a batch, or action of a `ProcessQuery`.
    Part,
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
    /// How much is allowed; no end where there are none.
    pub limits: Option<Limits>,
}

impl Tenant {
    /// Answers a request to a service.
    pub async fn answer(self: &Arc<Self>, service: Service, call: &Call) -> Reply {
        let reply = match service {
            Service::Entra => match self.begin(service, Entra::operation(call), None, Counted::Request).await {
                Err(reply) => reply,
                Ok(begun) => begun.end(self.entra.answer(call)),
            },
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
    pub async fn begin(
        &self,
        service: Service,
        operation: &str,
        person: Option<u32>,
        counted: Counted,
    ) -> Result<Begun, Reply> {
        match counted {
            Counted::Request => self.stats.request(service.name(), operation),
            Counted::Part => self.stats.part(operation),
        }
        if let Some(limits) = &self.limits {
            let paid = limits.spend(Instant::now(), service, operation, person, counted == Counted::Part);
            paid.map_err(|refused| {
                refusal(service, Instead { status: refused.status, retry_after: refused.retry_after, body: None })
            })?;
        }
        let effect = self.faults.take(operation, person);
        if !effect.delay.is_zero() {
            tokio::time::sleep(effect.delay).await;
        }
        match effect.instead {
            Some(instead) => Err(Begun(effect.ending).end(refusal(service, instead))),
            None => Ok(Begun(effect.ending)),
        }
    }
}

/// An operation that may be done, and how its answer ends.
#[must_use]
pub struct Begun(Ending);

impl Begun {
    /// The answer as it reaches the client.
    #[must_use]
    pub fn end(&self, reply: Reply) -> Reply {
        Reply { ending: self.0, ..reply }
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
    match instead.retry_after {
        Some(wait) => reply.with("retry-after", &wait),
        None => reply,
    }
}
