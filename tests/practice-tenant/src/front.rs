//! The names that the services have in reality, and which service each name means.
//! Knows names only. Promises that no other name is answered.

use crate::tenant::Service;

/// The tenant's short name.
const TENANT: &str = "contoso";

/// Every name that the front port answers, with its service.
#[must_use]
pub fn names() -> Vec<(String, Service)> {
    let fixed = [
        ("login.microsoftonline.com", Service::Entra),
        ("login.windows.net", Service::Entra),
        ("login.microsoft.com", Service::Entra),
        ("sts.windows.net", Service::Entra),
        ("graph.microsoft.com", Service::Graph),
    ];
    let own = [("", Service::Root), ("-my", Service::MySite), ("-admin", Service::Admin)];
    let own = own.map(|(part, service)| (format!("{TENANT}{part}.sharepoint.com"), service));
    fixed.map(|(name, service)| (name.to_owned(), service)).into_iter().chain(own).collect()
}

/// The service of a name.
#[must_use]
pub fn service(name: &str) -> Option<Service> {
    names().into_iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, service)| service)
}

/// The origin of a service under its real name.
#[must_use]
pub fn origin(service: Service) -> String {
    let name = names().into_iter().find(|(_, other)| *other == service).map(|(name, _)| name).unwrap_or_default();
    format!("https://{name}")
}
