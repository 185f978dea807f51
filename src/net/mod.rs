//! HTTP: client, TLS, proxy, limits, retry, the pace that a service allows, waiting when it asks for it.
//! Knows the error type alone; tokens come through a trait.
//! Promises that a token goes to its own host only, that no redirect is followed, and that Retry-After is obeyed.

mod allowance;
mod budget;
mod challenge;
mod client;
mod gate;
mod pace;
mod pages;
mod service;
mod slots;
mod token;
mod traffic;

pub use allowance::{Allowance, Cost};
pub use client::{Answer, Client, ClientOptions, Method, Request};
pub use pace::Pace;
pub use pages::Pages;
pub use service::{Call, Service, retry_after};
pub use token::{AccessToken, Claims, TokenSource};
pub use traffic::Traffic;
