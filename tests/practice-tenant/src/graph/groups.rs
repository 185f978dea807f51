//! Groups and who is in them.
//! Knows the world. Promises the same members for the same seed.

use serde_json::{Value, json};

use super::{error, users};
use crate::faults::Paging;
use crate::http::{Call, Reply};
use crate::tenant::Tenant;

/// The members of a group, page by page.
pub(super) fn members(tenant: &Tenant, group: &str, call: &Call, paging: Option<Paging>) -> Reply {
    match tenant.world.group(group) {
        None => error::no_such_user(group),
        Some(group) => {
            users::pages(tenant, call, "directoryObjects", &|person| group.has(person), paging, |entity: &mut Value| {
                entity["@odata.type"] = json!("#microsoft.graph.user");
            })
        }
    }
}
