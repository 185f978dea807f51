//! The whole session signs in to the practice tenant, whose identity service checks as strictly as the real one.

use std::time::Duration;

use m365photo::engine::{CredentialKind, JobState};
use m365photo::{Code, Error};
use ring::rand::SystemRandom;
use ring::rsa::KeyPair as RsaKeyPair;
use ring::signature::{RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaEncoding};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use serde_json::{Value, json};

use crate::certificates::file;
use crate::common::{Tenant, finish};

const STRANGER: &str = "99999999-9999-9999-9999-999999999999";

#[test]
fn the_practice_tenant_takes_the_right_credential_and_names_what_is_wrong_with_others() {
    let tenant = Tenant::start(&["--users", "5"]);
    let connect = |changes: Value, secret: Option<(CredentialKind, &[u8])>| {
        let session = tenant.session(&changes).unwrap();
        if let Some((kind, secret)) = secret {
            session.set_credential(kind, secret, b"").unwrap();
        }
        finish(&session.connect(b"").unwrap()).1
    };

    let context = tenant.connected().context();
    assert_eq!(context["credential"], "Certificate");
    let tokens = context["tokens"].as_array().unwrap();
    assert_eq!(tokens.len(), 3, "one for each host: {context}");
    assert!(tokens.iter().all(|token| !token["permissions"].as_array().unwrap().is_empty()));

    let refused = |changes, secret| {
        let error = connect(changes, secret).unwrap_err();
        (error.code(), error.service_code().map(str::to_owned))
    };
    let aadsts = |number: u32| (Code::SignInFailed, Some(format!("AADSTS{number}")));
    let (other, guess) = (file("rsa.pem"), b"guess");
    let environment: Value = serde_json::from_slice(&std::fs::read(tenant.environment(&json!({}))).unwrap()).unwrap();
    let secret = std::fs::read(tenant.folder().join(environment["clientSecretFile"].as_str().unwrap())).unwrap();
    assert_eq!(refused(json!({"tenantId": STRANGER}), None), aadsts(90_002));
    assert_eq!(refused(json!({"clientId": STRANGER}), None), aadsts(700_016));
    assert_eq!(refused(json!({}), Some((CredentialKind::Certificate, &other))), aadsts(700_027));
    assert_eq!(refused(json!({}), Some((CredentialKind::ClientSecret, guess))), aadsts(7_000_215));
    let graph_alone = connect(json!({}), Some((CredentialKind::ClientSecret, &secret))).unwrap();
    assert_eq!(graph_alone["sharePointError"]["name"], "TokenRejected", "{graph_alone}");
    assert_eq!((tenant.people().len(), tenant.writes()), (5, 0), "signing in changes nothing");
}

#[test]
fn a_connect_that_failed_is_tried_again_with_the_same_credential() {
    let tenant = Tenant::start(&["--users", "5"]);
    let session = tenant.session(&json!({})).unwrap();
    tenant.control("POST", "/faults", r#"{"operation": "entra.token", "status": 400, "times": 1}"#);
    assert_eq!(finish(&session.connect(b"").unwrap()).1.unwrap_err().code(), Code::SignInFailed);
    for _ in 0..2 {
        assert_eq!(finish(&session.connect(b"").unwrap()).1.unwrap()["connected"], true);
    }
}

#[test]
fn a_session_that_sharepoint_refuses_is_good_for_graph_alone_and_says_why() {
    let tenant = Tenant::start(&["--users", "5", "--sharepoint-roles", "User.ReadWrite.All"]);
    let session = tenant.connected();
    let context = session.context();
    assert_eq!(context["sharePointError"]["name"], "PermissionDenied");
    assert_eq!(context["pictureFolder"], Value::Null);
    let person = tenant.people()[0]["id"].clone();
    for request in [json!({"identities": [person]}), json!({"identities": [person], "sides": "Shown"})] {
        let refused = session.fetch(request.to_string().as_bytes()).err().unwrap();
        assert_eq!(refused.code(), Code::PermissionDenied);
    }
    assert_eq!(session.sync(br#"{"all": true}"#).err().unwrap().code(), Code::PermissionDenied);
    let source = json!({"identities": [person], "sides": "Source"}).to_string();
    let (records, outcome) = finish(&session.fetch(source.as_bytes()).unwrap());
    assert_eq!((&records[0]["id"], &outcome.unwrap()["failed"]), (&person, &json!(0)));
}

/// The app's key as its owner holds it, who is asked for signatures.
struct Owner {
    key: RsaKeyPair,
    certificate: Vec<u8>,
}

impl Owner {
    fn of(tenant: &Tenant) -> Self {
        let environment: Value =
            serde_json::from_slice(&std::fs::read(tenant.environment(&json!({}))).unwrap()).unwrap();
        let pem = std::fs::read(tenant.folder().join(environment["certificateFile"].as_str().unwrap())).unwrap();
        let key = PrivatePkcs8KeyDer::from_pem_slice(&pem).unwrap();
        let key = RsaKeyPair::from_pkcs8(key.secret_pkcs8_der()).unwrap();
        Self { key, certificate: CertificateDer::from_pem_slice(&pem).unwrap().to_vec() }
    }

    fn sign(&self, padding: &'static dyn RsaEncoding, text: &str) -> Vec<u8> {
        let mut signature = vec![0; self.key.public().modulus_len()];
        self.key.sign(padding, &SystemRandom::new(), text.as_bytes(), &mut signature).unwrap();
        signature
    }
}

/// Connects while `sign` gives what is asked for; also the algorithms that were.
fn connect_with_owner(
    tenant: &Tenant,
    owner: &Owner,
    sign: impl Fn(&str, &str) -> Vec<u8>,
) -> (Result<Value, Error>, Vec<String>) {
    let session = tenant.session(&json!({})).unwrap();
    session.set_credential(CredentialKind::CertificateOfCaller, &owner.certificate, b"").unwrap();
    let job = session.connect(b"").unwrap();
    let mut asked = Vec::new();
    while job.wait(Duration::from_millis(5)).state == JobState::Running {
        let wanted = session.signature_wanted();
        let (Some(id), Some(algorithm), Some(text)) =
            (wanted["id"].as_u64(), wanted["algorithm"].as_str(), wanted["text"].as_str())
        else {
            continue;
        };
        asked.push(algorithm.to_owned());
        session.give_signature(u32::try_from(id).unwrap(), &sign(algorithm, text)).unwrap();
    }
    (job.result(), asked)
}

#[test]
fn a_key_that_only_its_owner_may_use_signs_in() {
    let tenant = Tenant::start(&["--users", "5"]);
    let owner = Owner::of(&tenant);
    let (outcome, asked) = connect_with_owner(&tenant, &owner, |_, text| owner.sign(&RSA_PSS_SHA256, text));
    let context = outcome.unwrap();
    assert_eq!((&context["credential"], &context["sharePointError"]), (&json!("Certificate"), &Value::Null));
    assert_eq!(asked, ["PS256"; 3], "once for each host");
}

#[test]
fn a_key_that_knows_no_pss_signs_in_the_older_way() {
    let tenant = Tenant::start(&["--users", "5"]);
    let owner = Owner::of(&tenant);
    let old = |algorithm: &str, text: &str| match algorithm {
        "RS256" => owner.sign(&RSA_PKCS1_SHA256, text),
        _ => Vec::new(),
    };
    let (outcome, asked) = connect_with_owner(&tenant, &owner, old);
    outcome.unwrap();
    assert_eq!(asked, ["PS256", "RS256", "PS256", "RS256", "PS256", "RS256"]);
}

#[test]
fn a_key_that_does_not_sign_or_signs_for_another_certificate_is_told() {
    let tenant = Tenant::start(&["--users", "5"]);
    let owner = Owner::of(&tenant);
    let (outcome, _) = connect_with_owner(&tenant, &owner, |_, _| Vec::new());
    let error = outcome.unwrap_err();
    assert_eq!(error.code(), Code::CertificateUnusable);
    assert!(error.advice().contains("Manage Private Keys"), "{}", error.advice());
    let (outcome, _) = connect_with_owner(&tenant, &owner, |_, _| owner.sign(&RSA_PSS_SHA256, "something else"));
    assert!(outcome.unwrap_err().message().contains("not by the private key"));

    let session = tenant.session(&json!({})).unwrap();
    assert_eq!(session.signature_wanted(), Value::Null);
    assert_eq!(session.give_signature(1, b"unasked").unwrap_err().code(), Code::InvalidArgument);
    for der in [b"no certificate".as_slice(), &file("ec.pem")] {
        let refused = session.set_credential(CredentialKind::CertificateOfCaller, der, b"").unwrap_err();
        assert_eq!(refused.code(), Code::CertificateUnusable);
    }
}

#[test]
fn a_job_that_waits_for_a_signature_can_be_cancelled() {
    let tenant = Tenant::start(&["--users", "5"]);
    let session = tenant.session(&json!({})).unwrap();
    session.set_credential(CredentialKind::CertificateOfCaller, &Owner::of(&tenant).certificate, b"").unwrap();
    let job = session.connect(b"").unwrap();
    while session.signature_wanted().is_null() {
        let _ = job.wait(Duration::from_millis(5));
    }
    job.cancel();
    assert_eq!(finish(&job).1.unwrap_err().code(), Code::Cancelled);
    assert_eq!(session.signature_wanted(), Value::Null, "nobody waits any more");
}

#[test]
fn neither_state_file_nor_records_hold_a_secret() {
    let tenant = Tenant::start(&["--users", "5"]);
    let folder = tempfile::tempdir().unwrap();
    let session = tenant.remembering(&folder.path().join("state.db"));
    let (records, summary) = finish(&session.sync(br#"{"all": true, "includeUnchanged": true}"#).unwrap());
    let mut said = format!("{records:?} {} {} {}", summary.unwrap(), session.context(), session.runs().unwrap());
    for file in std::fs::read_dir(folder.path()).unwrap() {
        said.push_str(&String::from_utf8_lossy(&std::fs::read(file.unwrap().path()).unwrap()));
    }
    assert!(said.contains("SQLite format 3"));
    // So begins every JSON web token.
    assert!(!said.contains("eyJ"), "a token was written down");
}
