//! A tenant that is signed in to: its services and its picture library.

use std::sync::Arc;
use std::time::SystemTime;

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::job::JobContext;
use super::sign_in::SignIn;
use crate::auth::{Authenticator, DeviceCode};
use crate::error::{Code, Error, Result};
use crate::net::{Client, Service, TokenSource};
use crate::sharepoint::Library;

/// A tenant that is signed in to.
pub(super) struct Tenant {
    pub(super) graph: Service,
    pub(super) admin: Service,
    pub(super) library: Library,
    /// Why SharePoint cannot be used, where it cannot; the library is not to be touched then.
    pub(super) share_point: Result<()>,
    authenticator: Arc<Authenticator>,
    environment: &'static str,
    directory: String,
    client_id: String,
}

impl Tenant {
    /// Gets a token for each host and finds the picture library. What SharePoint refuses for want of a right does not end it.
    pub(super) async fn connect(sign_in: SignIn, job: &JobContext) -> Result<Self> {
        let SignIn { endpoints, environment, tenant_id, client_id, options, concurrency, who } = sign_in;
        let client = Client::new(&options)?;
        let code = DeviceCode::ask(client.clone(), &endpoints, &tenant_id, &client_id);
        let credential = who.credential(code, job).await?;
        let authenticator =
            Arc::new(Authenticator::new(client.clone(), &endpoints, &tenant_id, &client_id, credential)?);
        let tokens: Arc<dyn TokenSource> = Arc::clone(&authenticator) as _;
        let traffic = job.traffic();
        let service =
            |name, base| Service::new(name, client.clone(), base, Arc::clone(&tokens), concurrency).counting(&traffic);
        let graph = service("Microsoft Graph", endpoints.graph);
        let admin = service("SharePoint's admin host", endpoints.share_point_admin);
        let my_site = service("SharePoint's my-site host", endpoints.share_point_my_site);
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
            Err(error) if lacks_a_right(&error) => (Library::not_found(my_site), Err(error)),
            Err(error) => return Err(error),
        };
        Ok(Self { graph, admin, library, share_point, authenticator, environment, directory, client_id })
    }

    /// The directory, as the caller named it.
    pub(super) fn id(&self) -> &str {
        &self.directory
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

/// Whether SharePoint refuses, as opposed to not answering.
fn lacks_a_right(error: &Error) -> bool {
    matches!(error.code(), Code::TokenRejected | Code::PermissionDenied | Code::LibraryNotFound)
}

fn timestamp(time: SystemTime) -> String {
    let time = OffsetDateTime::from(time);
    time.replace_nanosecond(0).unwrap_or(time).format(&Rfc3339).unwrap_or_default()
}
