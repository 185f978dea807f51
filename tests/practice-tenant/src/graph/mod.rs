//! Microsoft Graph: people and their photos.
//! Knows the tenant. Promises the documented answers for the requests that it knows, and 4xx for all others.

mod batch;
pub mod error;
mod filter;
mod photos;
mod route;
mod users;

use std::sync::Arc;

use crate::http::{Call, Reply};
use crate::tenant::{Counted, Service, Tenant};
use route::{Operation, Route};

/// Answers a request.
pub async fn answer(tenant: &Arc<Tenant>, call: &Call) -> Reply {
    let route = Route::of(call);
    if let Some(reply) = begin(tenant, &route, Counted::Request).await {
        return reply;
    }
    if let Err(fault) = tenant.entra.signer.check(call.bearer(), std::slice::from_ref(&tenant.origins.graph)) {
        return error::unauthorised(fault);
    }
    match route.operation {
        Operation::Batch => batch::answer(tenant, call).await,
        _ => perform(tenant, &route, call),
    }
}

async fn begin(tenant: &Tenant, route: &Route, counted: Counted) -> Option<Reply> {
    let person = route.user.as_deref().and_then(|identity| tenant.world.find(identity));
    tenant.begin(Service::Graph, route.operation.name(), person.map(|person| person.index), counted).await
}

/// Does what a request, or a part of a batch, asks for.
fn perform(tenant: &Tenant, route: &Route, call: &Call) -> Reply {
    let Some(identity) = route.user.as_deref() else {
        return match route.operation {
            Operation::Users => users::list(tenant, call),
            Operation::NotAllowed => {
                error::error(405, "Request_BadRequest", "Specified HTTP method is not allowed for the request target.")
            }
            _ => error::bad_request("Resource not found for the segment."),
        };
    };
    let Some(person) = tenant.world.find(identity) else { return error::no_such_user(identity) };
    match &route.operation {
        Operation::User => users::one(tenant, &person, call),
        Operation::Photo => photos::metadata(tenant, &person, None),
        Operation::PhotoSize(size) => photos::metadata(tenant, &person, Some(*size)),
        Operation::Photos => photos::all(tenant, &person),
        Operation::PhotoValue => photos::bytes(tenant, &person, None),
        Operation::PhotoSizeValue(size) => photos::bytes(tenant, &person, Some(*size)),
        Operation::PutPhoto => photos::put(tenant, &person, call),
        Operation::DeletePhoto => photos::delete(tenant, &person, &call.path),
        Operation::NotAllowed => {
            error::error(405, "Request_BadRequest", "Specified HTTP method is not allowed for the request target.")
        }
        Operation::Users | Operation::Batch | Operation::Unknown => {
            error::bad_request("Resource not found for the segment.")
        }
    }
}
