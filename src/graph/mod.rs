//! The Microsoft Graph dialect: people, photo metadata, photo bytes.
//! Knows net, model and the error type; not SharePoint.
//! Promises to tell 'no photo' from every error.

mod batch;
mod errors;
mod people;
mod photos;

use crate::net::Service;

pub use batch::BATCH_SIZE;
pub use people::{PageOf, Selection, UserTypes};
pub use photos::PhotoBytes;

/// Microsoft Graph, version 1.0.
#[derive(Clone)]
pub struct Graph {
    service: Service,
}

impl Graph {
    /// Graph behind a service whose base is the Graph host.
    #[must_use]
    pub fn new(service: Service) -> Self {
        Self { service }
    }
}
