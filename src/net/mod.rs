//! HTTP: client, TLS, proxy, limits, retry, waiting when the service asks for it.
//! Knows the error type alone; tokens come through a trait.
//! Promises that a token goes to its own host only, that no redirect is followed, and that Retry-After is obeyed.

mod traffic;

pub use traffic::Traffic;
