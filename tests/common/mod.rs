//! A practice tenant for a test, and a job driven to its end.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops")]
#![allow(unreachable_pub, reason = "the tests beside it use it")]

mod tenant;

use std::path::{Path, PathBuf};
use std::time::Duration;

use m365photo::Error;
use m365photo::engine::{Job, JobState, Session};
use serde_json::{Value, json};
pub use tenant::Tenant;

impl Tenant {
    /// The environment file with some fields changed; `null` removes one.
    pub fn environment(&self, changes: &Value) -> PathBuf {
        let path = self.folder().join("environment.json");
        let mut environment: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        for (name, value) in changes.as_object().unwrap() {
            match value {
                Value::Null => drop(environment.as_object_mut().unwrap().remove(name)),
                value => environment[name] = value.clone(),
            }
        }
        let path = self.folder().join("changed.json");
        std::fs::write(&path, environment.to_string()).unwrap();
        path
    }

    /// A session that is not connected yet.
    pub fn session(&self, changes: &Value) -> Result<Session, Error> {
        let config = json!({ "environmentFile": self.environment(changes) });
        Session::new(config.to_string().as_bytes())
    }

    /// A connected session with a state file.
    pub fn remembering(&self, state: &Path) -> Session {
        let config = json!({ "environmentFile": self.folder().join("environment.json"), "statePath": state });
        let session = Session::new(config.to_string().as_bytes()).unwrap();
        finish(&session.connect(b"").unwrap()).1.unwrap();
        session
    }

    pub fn connected(&self) -> Session {
        let session = self.session(&json!({})).unwrap();
        finish(&session.connect(b"").unwrap()).1.unwrap();
        session
    }
}

/// Takes all records of a job and its end.
pub fn finish(job: &Job) -> (Vec<Value>, Result<Value, Error>) {
    let mut records = Vec::new();
    loop {
        let state = job.wait(Duration::from_millis(200)).state;
        let batch = job.next(100);
        let empty = batch.is_empty();
        records.extend(batch);
        if empty && state != JobState::Running {
            return (records, job.result());
        }
    }
}
