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
use crate::tenant::{Asked, Begun, Counted, Service, Tenant};
use route::{Operation, Route};

/// Answers a request.
pub async fn answer(tenant: &Arc<Tenant>, call: &Call) -> Reply {
    let route = Route::of(call);
    let checked = tenant.entra.check(call);
    let app = checked.as_ref().map_or("", |claims| &claims.app_id);
    let begun = match begin(tenant, app, &route, call, Counted::Request).await {
        Ok(begun) => begun,
        Err(reply) => return reply,
    };
    let claims = match checked {
        Ok(claims) => claims,
        Err(fault) => return error::unauthorised(fault),
    };
    let reply = match route.operation {
        Operation::Batch => batch::answer(tenant, &claims, call).await,
        _ => perform(tenant, &claims, &route, call, &begun),
    };
    if let Some(record) = &tenant.record {
        record.add(call, &reply);
    }
    begun.end(reply)
}

async fn begin(tenant: &Tenant, app: &str, route: &Route, call: &Call, counted: Counted) -> Result<Begun, Reply> {
    let person = route.user.as_deref().and_then(|identity| tenant.world.find(identity));
    let asked = Asked {
        service: Service::Graph,
        operation: route.operation.name(),
        person: person.map(|person| person.index),
        app,
        delegated: false,
        uploaded: call.body.len() as u64,
        counted,
    };
    tenant.begin(&asked).await
}

const NOT_ALLOWED: &str = "Specified HTTP method is not allowed for the request target.";

/// Does what a request, or a part of a batch, asks for.
fn perform(tenant: &Tenant, claims: &Claims, route: &Route, call: &Call, begun: &Begun) -> Reply {
    if !claims.has_any(permissions(&route.operation)) {
        return match route.operation {
            Operation::Users | Operation::User | Operation::UsersCount | Operation::Delta | Operation::Members(_) => {
                error::for_status(403)
            }
            _ => error::error(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again."),
        };
    }
    match (&route.operation, route.user.as_deref()) {
        (Operation::NotAllowed(allowed), _) => {
            error::error(405, "Request_BadRequest", NOT_ALLOWED).with("allow", allowed)
        }
        (Operation::Users, _) => users::list(tenant, call, begun.page),
        (Operation::UsersCount, _) => users::count(tenant, call),
        (Operation::Delta, _) => delta::answer(tenant, call, begun.page),
        (Operation::Members(group), _) => groups::members(tenant, group, call, begun.page),
        (operation, Some(identity)) => match tenant.world.find(identity) {
            None => error::no_such_user(identity),
            Some(person) => {
                let photo = || tenant.world.photo_before(&person, begun.stale);
                match operation {
                    Operation::User => users::one(&person, call),
                    Operation::Photo => photos::metadata(photo(), &person, None, &call.origin),
                    Operation::PhotoSize(size) => photos::metadata(photo(), &person, Some(*size), &call.origin),
                    Operation::Photos => photos::all(photo(), &person, &call.origin),
                    Operation::PhotoValue => photos::bytes(tenant, photo(), &person, None),
                    Operation::PhotoSizeValue(size) => photos::bytes(tenant, photo(), &person, Some(*size)),
                    Operation::PutPhoto => photos::put(tenant, &person, call),
                    Operation::DeletePhoto => photos::delete(tenant, &person, &call.path),
                    _ => error::bad_request("Resource not found for the segment."),
                }
            }
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
        Operation::Batch | Operation::NotAllowed(_) | Operation::Unknown => &[],
    }
}
