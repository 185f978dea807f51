//! What Graph was asked and what it answered, line by line, so that others can judge it.
//! Knows calls and replies. Promises the honest answers only: none that a fault or limit gave, and no tokens.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use serde_json::{Value, json};

use crate::http::{Call, Reply};

/// A file of JSON lines to which exchanges are added.
pub struct Record(File);

impl Record {
    /// Opens the file, or makes it.
    pub fn open(path: &Path) -> io::Result<Self> {
        OpenOptions::new().create(true).append(true).open(path).map(Self)
    }

    /// Adds an exchange. Several tenants may write to one file: a line is written at once.
    pub fn add(&self, call: &Call, reply: &Reply) {
        let query = if call.query.is_empty() { String::new() } else { format!("?{}", call.query) };
        let line = json!({
            "method": call.method.as_str(),
            "url": format!("{}{}{query}", call.origin, call.path),
            "requestType": call.header("content-type"),
            "request": serde_json::from_slice::<Value>(&call.body).ok(),
            "status": reply.status.as_u16(),
            "contentType": reply.content_type(),
            "length": reply.body.len(),
            "body": serde_json::from_slice::<Value>(&reply.body).ok(),
        });
        // Who reads the file sees when it is not complete.
        let _ = (&self.0).write_all(format!("{line}\n").as_bytes());
    }
}
