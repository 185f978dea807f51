//! Microsoft Graph: people, groups and photos.
//! Knows the tenant. Promises the documented answers for the requests that it knows, and 4xx for all others.

mod batch;
mod delta;
pub mod error;
mod filter;
mod groups;
mod photos;
mod route;
mod users;

use std::sync::Arc;

use crate::entra::token::Claims;
use crate::http::{Call, Reply};
use crate::tenant::{Begun, Counted, Service, Tenant};
use route::{Operation, Route};

/// Answers a request.
pub async fn answer(tenant: &Arc<Tenant>, call: &Call) -> Reply {
    let route = Route::of(call);
    let begun = match begin(tenant, &route, Counted::Request).await {
        Ok(begun) => begun,
        Err(reply) => return reply,
    };
    let claims = match tenant.entra.check(call) {
        Ok(claims) => claims,
        Err(fault) => return error::unauthorised(fault),
    };
    let reply = match route.operation {
        Operation::Batch => batch::answer(tenant, &claims, call).await,
        _ => perform(tenant, &claims, &route, call),
    };
    begun.end(reply)
}

async fn begin(tenant: &Tenant, route: &Route, counted: Counted) -> Result<Begun, Reply> {
    let person = route.user.as_deref().and_then(|identity| tenant.world.find(identity));
    tenant.begin(Service::Graph, route.operation.name(), person.map(|person| person.index), counted).await
}

const NOT_ALLOWED: &str = "Specified HTTP method is not allowed for the request target.";

/// Does what a request, or a part of a batch, asks for.
fn perform(tenant: &Tenant, claims: &Claims, route: &Route, call: &Call) -> Reply {
    if !claims.has_any(permissions(&route.operation)) {
        return match route.operation {
            Operation::Users | Operation::User | Operation::UsersCount | Operation::Delta | Operation::Members(_) => {
                error::for_status(403)
            }
            _ => error::error(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again."),
        };
    }
    match (&route.operation, route.user.as_deref()) {
        (Operation::NotAllowed, _) => error::error(405, "Request_BadRequest", NOT_ALLOWED),
        (Operation::Users, _) => users::list(tenant, call),
        (Operation::UsersCount, _) => users::count(tenant, call),
        (Operation::Delta, _) => delta::answer(tenant, call),
        (Operation::Members(group), _) => groups::members(tenant, group, call),
        (operation, Some(identity)) => match tenant.world.find(identity) {
            None => error::no_such_user(identity),
            Some(person) => match operation {
                Operation::User => users::one(&person, call),
                Operation::Photo => photos::metadata(tenant, &person, None, &call.origin),
                Operation::PhotoSize(size) => photos::metadata(tenant, &person, Some(*size), &call.origin),
                Operation::Photos => photos::all(tenant, &person, &call.origin),
                Operation::PhotoValue => photos::bytes(tenant, &person, None),
                Operation::PhotoSizeValue(size) => photos::bytes(tenant, &person, Some(*size)),
                Operation::PutPhoto => photos::put(tenant, &person, call),
                Operation::DeletePhoto => photos::delete(tenant, &person, &call.path),
                _ => error::bad_request("Resource not found for the segment."),
            },
        },
        (_, None) => error::bad_request("Resource not found for the segment."),
    }
}

/// Any one of these permissions is enough for an operation; an empty list asks for none.
fn permissions(operation: &Operation) -> &'static [&'static str] {
    match operation {
        Operation::Users | Operation::User | Operation::UsersCount | Operation::Delta => {
            &["User.Read.All", "User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"]
        }
        Operation::Members(_) => &[
            "GroupMember.Read.All",
            "Group.Read.All",
            "Directory.Read.All",
            "Group.ReadWrite.All",
            "Directory.ReadWrite.All",
        ],
        Operation::Photo
        | Operation::PhotoSize(_)
        | Operation::Photos
        | Operation::PhotoValue
        | Operation::PhotoSizeValue(_) => {
            &["ProfilePhoto.Read.All", "ProfilePhoto.ReadWrite.All", "User.Read.All", "User.ReadWrite.All"]
        }
        Operation::PutPhoto | Operation::DeletePhoto => &["ProfilePhoto.ReadWrite.All", "User.ReadWrite.All"],
        Operation::Batch | Operation::NotAllowed | Operation::Unknown => &[],
    }
}
