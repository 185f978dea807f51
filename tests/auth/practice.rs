//! The whole session signs in to the practice tenant, whose identity service checks as strictly as the real one.

use m365photo::Code;
use m365photo::engine::CredentialKind;
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
    assert_eq!(refused(json!({}), Some((CredentialKind::ClientSecret, &secret))), (Code::TokenRejected, None));
    assert_eq!((tenant.people().len(), tenant.writes()), (5, 0), "signing in changes nothing");
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
