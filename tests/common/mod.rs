//! A practice tenant for a test, and a job driven to its end.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops")]
#![allow(unreachable_pub, reason = "the tests beside it use it")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use m365photo::Error;
use m365photo::engine::{Job, JobState, Session};
use serde_json::{Value, json};
use tempfile::TempDir;

/// A practice tenant that ends with the test.
pub struct Tenant {
    process: Child,
    control: String,
    folder: TempDir,
}

impl Tenant {
    pub fn start(arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut process = Command::new(program())
            .arg("--environment-file")
            .arg(folder.path().join("environment.json"))
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let ready: Value = serde_json::from_str(&line).unwrap();
        let control = ready["control"].as_str().unwrap().trim_start_matches("http://").trim_end_matches('/').to_owned();
        Self { process, control, folder }
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The environment file with some fields changed; `null` removes one.
    pub fn environment(&self, changes: &Value) -> PathBuf {
        let path = self.folder.path().join("environment.json");
        let mut environment: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        for (name, value) in changes.as_object().unwrap() {
            match value {
                Value::Null => drop(environment.as_object_mut().unwrap().remove(name)),
                value => environment[name] = value.clone(),
            }
        }
        let changed = self.folder.path().join("changed.json");
        std::fs::write(&changed, environment.to_string()).unwrap();
        changed
    }

    /// A session that is not connected yet.
    pub fn session(&self, changes: &Value) -> Result<Session, Error> {
        let config = json!({ "environmentFile": self.environment(changes) });
        Session::new(config.to_string().as_bytes())
    }

    /// A connected session with a state file.
    pub fn remembering(&self, state: &Path) -> Session {
        let config = json!({ "environmentFile": self.folder.path().join("environment.json"), "statePath": state });
        let session = Session::new(config.to_string().as_bytes()).unwrap();
        finish(&session.connect(b"").unwrap()).1.unwrap();
        session
    }

    pub fn connected(&self) -> Session {
        let session = self.session(&json!({})).unwrap();
        finish(&session.connect(b"").unwrap()).1.unwrap();
        session
    }

    /// A request to the control port.
    pub fn control(&self, method: &str, path: &str, body: &str) -> Value {
        let mut stream = TcpStream::connect(&self.control).unwrap();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: control\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(" 20"), "{head}\n{body}");
        serde_json::from_str(body).unwrap_or_default()
    }

    /// The truth about everybody.
    pub fn people(&self) -> Vec<Value> {
        match self.control("GET", "/people", "") {
            Value::Array(people) => people,
            other => panic!("no people: {other}"),
        }
    }

    pub fn writes(&self) -> u64 {
        self.control("GET", "/stats", "")["writes"]["total"].as_u64().unwrap()
    }
}

impl Drop for Tenant {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The server's program: built beside the tests by `cargo test --workspace` and `cargo xtask test`.
fn program() -> PathBuf {
    let mut folder = std::env::current_exe().unwrap();
    folder.pop();
    folder.pop();
    let program = folder.join(format!("practice-tenant{}", std::env::consts::EXE_SUFFIX));
    assert!(program.exists(), "build the practice tenant first: cargo build -p practice-tenant");
    program
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
