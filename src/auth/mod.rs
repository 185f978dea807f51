//! Signs in: clouds and their hosts, credentials, access tokens.
//! Knows net and the error type.
//! Promises one token per resource, kept in wiped memory, never printed.

mod assertion;
mod authenticator;
mod certificate;
mod clouds;
mod credential;
mod device_code;
mod federated;
mod grant;
mod managed_identity;
mod ready;
mod refusal;
mod signing_desk;
mod token_endpoint;

pub use authenticator::Authenticator;
pub use certificate::Certificate;
pub use clouds::{Endpoints, Environment, EnvironmentFile, SharePointHosts};
pub use credential::{Credential, Proof, secret_text};
pub use device_code::{DeviceCode, SignedIn};
pub use federated::{FederatedToken, Pipeline};
pub use managed_identity::{Host, ManagedIdentity, ManagedIdentityOptions};
pub use ready::ReadyTokens;
pub use signing_desk::{Algorithm, SigningDesk, Wanted};
