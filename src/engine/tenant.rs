//! A tenant that is signed in to: its services and its picture library.

use std::sync::Arc;
use std::time::SystemTime;

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::sync::OnceCell;

use super::job::JobContext;
use super::sign_in::SignIn;
use crate::auth::{Authenticator, DeviceCode};
use crate::error::{Code, Error, Result};
use crate::graph::Graph;
use crate::net::{Allowance, Client, Pace, Service, TokenSource};
use crate::sharepoint::Library;

/// A tenant that is signed in to.
pub(super) struct Tenant {
    pub(super) graph: Service,
    pub(super) admin: Service,
    pub(super) my_site: Service,
    pub(super) library: Library,
    /// Why SharePoint cannot be used, where it cannot; the library is not to be touched then.
    pub(super) share_point: Result<()>,
    /// Of both SharePoint hosts: they are counted together.
    pub(super) pace: Arc<Pace>,
    /// What the tenant allows is known.
    allowance: OnceCell<()>,
    authenticator: Arc<Authenticator>,
    environment: &'static str,
    directory: String,
    client_id: String,
}

impl Tenant {
    /// Gets a token for each host and finds the picture library. What SharePoint refuses for want of a right does not end it.
    pub(super) async fn connect(sign_in: SignIn, job: &JobContext) -> Result<Self> {
        let SignIn { endpoints, environment, tenant_id, client_id, options, concurrency, licenses, speed, who } =
            sign_in;
        let client = Client::new(&options)?;
        let code = DeviceCode::ask(client.clone(), &endpoints, &tenant_id, &client_id);
        let credential = who.credential(code, job).await?;
        let authenticator =
            Arc::new(Authenticator::new(client.clone(), &endpoints, &tenant_id, &client_id, credential)?);
        let tokens: Arc<dyn TokenSource> = Arc::clone(&authenticator) as _;
        let traffic = job.traffic();
        let pace = Arc::new(Pace::metered(Allowance::of(licenses.unwrap_or(0)), speed));
        let service = |name, base, pace| {
            Service::new(name, client.clone(), base, Arc::clone(&tokens), pace, concurrency).counting(&traffic)
        };
        let graph = service("Microsoft Graph", endpoints.graph, Arc::new(Pace::unmetered()));
        let admin = service("SharePoint's admin host", endpoints.share_point_admin, Arc::clone(&pace));
        let my_site = service("SharePoint's my-site host", endpoints.share_point_my_site, Arc::clone(&pace));
        let claims = graph.sign_in().await?.claims().clone();
        // A managed identity and tokens that were given say themselves whose they are.
        let or_claimed =
            |given: String, claimed: Option<String>| if given.is_empty() { claimed.unwrap_or_default() } else { given };
        let (directory, client_id) = (or_claimed(tenant_id, claims.tenant), or_claimed(client_id, claims.application));
        let found = match admin.sign_in().await {
            Ok(_) => Library::find(my_site.clone()).await,
            Err(error) => Err(error),
        };
        let (library, share_point) = match found {
            Ok(library) => (library, Ok(())),
            Err(error) if lacks_a_right(&error) => (Library::not_found(my_site.clone()), Err(error)),
            Err(error) => return Err(error),
        };
        let allowance = if licenses.is_some() { OnceCell::new_with(Some(())) } else { OnceCell::new() };
        Ok(Self {
            graph,
            admin,
            my_site,
            library,
            share_point,
            pace,
            allowance,
            authenticator,
            environment,
            directory,
            client_id,
        })
    }

    /// Finds out what the tenant allows from how many people have a licence. Where the directory does not say, the
    /// least that any tenant has is kept to.
    pub(super) async fn learn_allowance(&self, graph: &Graph) {
        let learn = async || match graph.licensed_people().await {
            Ok(licenses) => self.pace.allow(Allowance::of(licenses)),
            Err(error) => tracing::warn!(%error, "the number of licences is not known"),
        };
        self.allowance.get_or_init(learn).await;
    }

    /// The directory, as the caller named it.
    pub(super) fn id(&self) -> &str {
        &self.directory
    }

    /// The app, as the caller or the token names it.
    pub(super) fn client_id(&self) -> &str {
        &self.client_id
    }

    /// The kind of credential.
    pub(super) fn credential(&self) -> &'static str {
        self.authenticator.credential()
    }

    /// Who is signed in where; no secret.
    pub(super) fn context(&self) -> Value {
        let tokens: Vec<Value> = self
            .authenticator
            .tokens()
            .iter()
            .map(|token| {
                json!({
                    "resource": token.resource().ascii_serialization(),
                    "expires": timestamp(token.expires()),
                    "permissions": token.claims().permissions,
                    "user": token.claims().user,
                })
            })
            .collect();
        json!({
            "connected": true,
            "tenantId": self.directory,
            "clientId": self.client_id,
            "environment": self.environment,
            "credential": self.authenticator.credential(),
            "graph": self.graph.base().as_str(),
            "sharePointMySite": self.library.host().as_str(),
            "sharePointAdmin": self.admin.base().as_str(),
            "pictureFolder": self.share_point.is_ok().then(|| self.library.folder()),
            "sharePointError": self.share_point.as_ref().err().map(Error::to_json),
            "tokens": tokens,
        })
    }
}

/// Whether SharePoint is refused, as opposed to not answering: the identity service gives tokens for Graph, but not for it,
/// or SharePoint itself says no.
fn lacks_a_right(error: &Error) -> bool {
    matches!(error.code(), Code::SignInFailed | Code::TokenRejected | Code::PermissionDenied | Code::LibraryNotFound)
}

fn timestamp(time: SystemTime) -> String {
    let time = OffsetDateTime::from(time);
    time.replace_nanosecond(0).unwrap_or(time).format(&Rfc3339).unwrap_or_default()
}
