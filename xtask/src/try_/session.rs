//! The door that admins come in by: a PowerShell session that stays open over all steps.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Duration;

use serde_json::Value;

use super::{Door, Screen};
use crate::pwsh;
use crate::shell::Result;

/// A PowerShell session on this terminal. The lines to run and their answers go over a loopback connection, so that
/// the terminal shows just what a person at the prompt would see.
pub(crate) struct Session {
    child: Child,
    connection: BufReader<TcpStream>,
}

impl Session {
    pub(crate) fn open(pwsh: &PathBuf, folder: &Path, screen: Screen) -> Result<Self> {
        let script = folder.join("session.ps1");
        std::fs::write(&script, include_str!("session.ps1"))?;
        let listener = TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        let mut command = pwsh::script(pwsh, &script);
        command.arg("-Port").arg(listener.local_addr()?.port().to_string());
        command.stdin(Stdio::null()).stdout(screen.stdio());
        let mut child = command.spawn()?;
        let connection = accept(&listener, &mut child).inspect_err(|_| {
            let _ = child.kill();
        })?;
        Ok(Self { child, connection: BufReader::new(connection) })
    }
}

impl Door for Session {
    fn run(&mut self, line: &str) -> Result<Value> {
        writeln!(self.connection.get_mut(), "{line}")?;
        let mut answer = String::new();
        if self.connection.read_line(&mut answer)? == 0 {
            return Err("the PowerShell session ended".into());
        }
        let mut answer: Value = serde_json::from_str(&answer)?;
        match answer["error"].as_str() {
            None => Ok(answer["run"].take()),
            Some(error) => Err(format!("{line}: {error}").into()),
        }
    }
    fn counts_all(&self) -> bool {
        true
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // The end of the connection is the end of the session; a hanging one is not waited for.
        let _ = self.connection.get_ref().shutdown(std::net::Shutdown::Both);
        for _ in 0..50 {
            if matches!(self.child.try_wait(), Ok(Some(_))) {
                return;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits for the session's call, or for its early end.
fn accept(listener: &TcpListener, child: &mut Child) -> Result<TcpStream> {
    loop {
        match listener.accept() {
            Ok((connection, _)) => {
                connection.set_nonblocking(false)?;
                return Ok(connection);
            }
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error.into()),
        }
        if let Some(status) = child.try_wait()? {
            return Err(format!("PowerShell ended with {status} before the first line").into());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}
