//! Makes SharePoint Online show the photo that Exchange Online holds: fetch, compare, sync.
//!
//! The library is used through its C ABI ([`ffi`], `include/m365photo.h`) and the PowerShell module `M365ProfilePhoto` on top of it.
//! `docs/architecture.md` says what each room is for and who may know whom.

pub mod auth;
pub mod engine;
pub mod error;
pub mod ffi;
pub mod graph;
pub mod image;
pub mod model;
pub mod net;
pub mod plan;
pub mod sharepoint;
pub mod state;

pub use error::{Code, Error, Result};
