//! The practice tenant as a guest of this program: started on free ports, asked over its control port, always stopped.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::shell::{self, Result};

pub(crate) struct Tenant {
    child: Child,
    /// `127.0.0.1:port` of the control port.
    control: String,
    environment: PathBuf,
}

impl Tenant {
    /// Starts the server and returns when all its ports answer. `folder` receives the environment file and what it names.
    pub(crate) fn start(program: &Path, folder: &Path, options: &[String]) -> Result<Self> {
        let environment = folder.join("environment.json");
        let mut command = shell::program(program);
        command.arg("--environment-file").arg(&environment).args(options);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let stdout = child.stdout.take();
        // From here on the guard stops the server whatever happens.
        let mut tenant = Self { child, control: String::new(), environment };
        let mut ready = String::new();
        BufReader::new(stdout.ok_or("the practice tenant has no output")?).read_line(&mut ready)?;
        let ready: Value = serde_json::from_str(&ready).map_err(|_| "the practice tenant did not start")?;
        let control = ready["control"].as_str().ok_or("the practice tenant did not name its control port")?;
        control.trim_start_matches("http://").trim_end_matches('/').clone_into(&mut tenant.control);
        Ok(tenant)
    }

    /// The file that `Connect-M365ProfilePhoto -EnvironmentFile` reads.
    pub(crate) fn environment(&self) -> &Path {
        &self.environment
    }

    /// Both sides' truth about everybody.
    pub(crate) fn people(&self) -> Result<Vec<Value>> {
        match self.ask("GET", "/people")? {
            Value::Array(people) => Ok(people),
            other => Err(format!("the practice tenant's /people is no array: {other}").into()),
        }
    }

    /// Requests and writes since the last reset.
    pub(crate) fn stats(&self) -> Result<Value> {
        self.ask("GET", "/stats")
    }

    pub(crate) fn reset_stats(&self) -> Result<()> {
        self.ask("POST", "/stats/reset").map(drop)
    }

    /// A word to the control port.
    pub(crate) fn tell(&self, method: &str, path: &str, body: &Value) -> Result<Value> {
        self.send(method, path, &body.to_string())
    }

    fn ask(&self, method: &str, path: &str) -> Result<Value> {
        self.send(method, path, "")
    }

    fn send(&self, method: &str, path: &str, body: &str) -> Result<Value> {
        let mut answer = Vec::new();
        self.open(method, path, body)?.read_to_end(&mut answer)?;
        if answer.is_empty() { Ok(Value::Null) } else { Ok(serde_json::from_slice(&answer)?) }
    }

    /// An answer that is too large to hold.
    pub(crate) fn stream(&self, path: &str) -> Result<impl Read> {
        self.open("GET", path, "")
    }

    /// One plain HTTP/1.0 request, so that the answer is not in pieces and its end is the connection's end.
    fn open(&self, method: &str, path: &str, body: &str) -> Result<BufReader<TcpStream>> {
        let mut stream = TcpStream::connect(&self.control)?;
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        let (host, length) = (&self.control, body.len());
        let head = format!(
            "{method} {path} HTTP/1.0\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: {length}"
        );
        write!(stream, "{head}\r\n\r\n{body}")?;
        let mut answer = BufReader::new(stream);
        let mut line = String::new();
        answer.read_line(&mut line)?;
        let status = line.split(' ').nth(1).unwrap_or_default().to_owned();
        while line.trim_end() != "" {
            line.clear();
            answer.read_line(&mut line)?;
        }
        if !matches!(status.as_str(), "200" | "204") {
            return Err(format!("the control port answers {method} {path} with {status}").into());
        }
        Ok(answer)
    }
}

impl Drop for Tenant {
    fn drop(&mut self) {
        // It may have ended already, which is what we want.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
