//! Signing in, seen from outside: what goes to the identity service, what comes back, and what never leaves.

#![allow(clippy::unwrap_used, clippy::expect_used, unreachable_pub, missing_docs)]

mod app;
mod certificates;
#[path = "../common/mod.rs"]
mod common;
mod documents;
mod hostile;
mod long_run;
mod machine;
#[cfg(target_os = "linux")]
mod memory;
mod person;
mod practice;
mod secrets;
mod support;
