//! Signs in: clouds and their hosts, credentials, access tokens.
//! Knows net and the error type.
//! Promises one token per resource, kept in wiped memory, never printed.

mod assertion;
mod authenticator;
mod certificate;
mod clouds;
mod credential;
mod refusal;

pub use authenticator::Authenticator;
pub use certificate::Certificate;
pub use clouds::{Endpoints, Environment, EnvironmentFile, SharePointHosts};
pub use credential::Credential;
