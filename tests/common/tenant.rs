//! A practice tenant that runs for the length of a test.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;
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

    /// A request to the control port.
    pub fn control(&self, method: &str, path: &str, body: impl AsRef<[u8]>) -> Value {
        let body = body.as_ref();
        let mut stream = TcpStream::connect(&self.control).unwrap();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: control\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        )
        .unwrap();
        stream.write_all(body).unwrap();
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
