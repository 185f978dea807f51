//! The practice tenant as a client sees it: over real HTTPS.

#![allow(clippy::unwrap_used, clippy::too_many_lines, unreachable_pub, reason = "tests")]

mod common;
mod entra;
mod exchanges;
mod faults;
mod front;
mod fuzz;
mod graph;
mod machine;
mod people;
mod sharepoint;
