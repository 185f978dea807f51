//! The whole session signs in to the practice tenant, whose identity service checks as strictly as the real one.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use m365photo::engine::{CredentialKind, JobState, Session};
use m365photo::{Code, Error};
use serde_json::{Value, json};

use crate::certificates::file;

/// A practice tenant of this test's own; it ends with it.
struct PracticeTenant {
    process: Child,
    folder: tempfile::TempDir,
}

impl PracticeTenant {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut process = Command::new(program())
            .args(["--users", "5", "--environment-file"])
            .arg(folder.path().join("environment.json"))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut ready = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut ready).unwrap();
        assert!(ready.starts_with('{'), "{ready}");
        Self { process, folder }
    }

    fn environment(&self) -> Value {
        serde_json::from_slice(&std::fs::read(self.path("environment.json")).unwrap()).unwrap()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Connects with the environment file as `change` made it.
    fn connect(
        &self,
        change: impl FnOnce(&mut Value),
        secret: Option<(CredentialKind, &[u8])>,
    ) -> Result<Value, Error> {
        let mut environment = self.environment();
        change(&mut environment);
        let file = self.path("changed.json");
        std::fs::write(&file, environment.to_string()).unwrap();
        let session = Session::new(json!({ "environmentFile": file }).to_string().as_bytes())?;
        if let Some((kind, secret)) = secret {
            session.set_credential(kind, secret, b"")?;
        }
        let job = session.connect(b"")?;
        while job.wait(Duration::from_millis(200)).state == JobState::Running {}
        job.result()
    }
}

impl Drop for PracticeTenant {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The server's program, made now if need be.
fn program() -> PathBuf {
    let status =
        Command::new(env!("CARGO")).args(["build", "--quiet", "--package", "practice-tenant"]).status().unwrap();
    assert!(status.success());
    let test = std::env::current_exe().unwrap();
    let folder = test.parent().and_then(Path::parent).unwrap();
    folder.join(format!("practice-tenant{}", std::env::consts::EXE_SUFFIX))
}

#[test]
fn the_practice_tenant_takes_the_right_credential_and_names_what_is_wrong_with_others() {
    let tenant = PracticeTenant::start();

    let context = tenant.connect(|_| {}, None).unwrap();
    assert_eq!(context["credential"], "Certificate");
    let tokens = context["tokens"].as_array().unwrap();
    assert_eq!(tokens.len(), 3, "one for each host: {context}");
    assert!(tokens.iter().all(|token| !token["permissions"].as_array().unwrap().is_empty()));

    let other = file("rsa.pem");
    let secret = std::fs::read(tenant.path(tenant.environment()["clientSecretFile"].as_str().unwrap())).unwrap();
    let refused = |change: fn(&mut Value), secret| {
        let error = tenant.connect(change, secret).unwrap_err();
        (error.code(), error.service_code().map(str::to_owned))
    };
    let aadsts = |number: u32| (Code::SignInFailed, Some(format!("AADSTS{number}")));
    assert_eq!(refused(|file| file["tenantId"] = json!("99999999-9999-9999-9999-999999999999"), None), aadsts(90_002));
    assert_eq!(refused(|file| file["clientId"] = json!("99999999-9999-9999-9999-999999999999"), None), aadsts(700_016));
    assert_eq!(refused(|_| {}, Some((CredentialKind::Certificate, &other))), aadsts(700_027));
    assert_eq!(refused(|_| {}, Some((CredentialKind::ClientSecret, b"guess"))), aadsts(7_000_215));
    assert_eq!(refused(|_| {}, Some((CredentialKind::ClientSecret, &secret))), (Code::TokenRejected, None));
}
