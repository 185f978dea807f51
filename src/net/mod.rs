//! HTTP: client, TLS, proxy, limits, retry, waiting when the service asks for it.
//! Knows the error type alone; tokens come through a trait.
//! Promises that a token goes to its own host only, that no redirect is followed, and that Retry-After is obeyed.

mod challenge;
mod client;
mod gate;
mod service;
mod token;
mod traffic;

pub use client::{Answer, Client, ClientOptions, Method, Request};
pub use service::{Call, Service, retry_after};
pub use token::{AccessToken, Claims, TokenSource};
pub use traffic::Traffic;
