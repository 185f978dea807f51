//! Signing in at a certified OpenID provider that knows nothing of us. `sh tests/third-party/run.sh` starts it and this.

use std::path::Path;
use std::sync::Arc;

use m365photo::Code;
use m365photo::auth::{Authenticator, Credential, DeviceCode, Endpoints};
use m365photo::net::{Client, ClientOptions, TokenSource};
use url::Url;

const TENANT: &str = "11111111-2222-3333-4444-555555555555";
const BY_CERTIFICATE: &str = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee";
const BY_SECRET: &str = "bbbbbbbb-bbbb-cccc-dddd-eeeeeeeeeeee";
const BY_PERSON: &str = "cccccccc-bbbb-cccc-dddd-eeeeeeeeeeee";

fn server() -> (Client, Endpoints) {
    let variable = |name| std::env::var(name).unwrap();
    let at = |text: &str| Url::parse(text).unwrap();
    let authority = std::fs::read(variable("M365PHOTO_THIRD_PARTY_CA")).unwrap();
    let endpoints = Endpoints {
        authority: at(&variable("M365PHOTO_THIRD_PARTY")),
        graph: at("https://graph.example"),
        share_point_my_site: at("https://contoso-my.example"),
        share_point_admin: at("https://contoso-admin.example"),
        certificate_authority: Some(authority.clone()),
    };
    let options = ClientOptions { certificate_authority: Some(authority), ..ClientOptions::default() };
    (Client::new(&options).unwrap(), endpoints)
}

fn authenticator(client_id: &str, credential: Credential) -> Authenticator {
    let (client, endpoints) = server();
    Authenticator::new(client, &endpoints, TENANT, client_id, credential).unwrap()
}

fn certificate(name: &str) -> Credential {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/auth/certificates").join(name);
    Credential::certificate(&std::fs::read(path).unwrap(), "correct").unwrap()
}

fn secret(text: &str) -> Credential {
    Credential::client_secret(text.as_bytes()).unwrap()
}

#[tokio::test]
async fn a_certified_provider_takes_our_assertion_and_our_secret_and_no_others() {
    let graph = Url::parse("https://graph.example").unwrap();
    let right = [
        (BY_CERTIFICATE, certificate("rsa.pem")),
        (BY_CERTIFICATE, certificate("modern.pfx")),
        (BY_SECRET, secret("a secret that is long enough for the provider")),
    ];
    for (client_id, credential) in right {
        let token = authenticator(client_id, credential).token(&graph, None).await.unwrap();
        assert_eq!(token.claims().audience.as_deref(), Some("https://graph.example"));
    }
    for (client_id, credential) in [(BY_CERTIFICATE, secret("no certificate")), (BY_SECRET, secret("guess"))] {
        let error = authenticator(client_id, credential).token(&graph, None).await.unwrap_err();
        assert_eq!((error.code(), error.http_status()), (Code::SignInFailed, Some(401)));
        assert!(
            error.message().contains("invalid_client") || error.message().contains("client authentication"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_certified_provider_takes_each_refresh_token_once_after_a_device_code() {
    let graph = Url::parse("https://graph.example").unwrap();
    let (client, endpoints) = server();
    let code = DeviceCode::ask(client, &endpoints, TENANT, BY_PERSON).await.unwrap();
    assert!(code.message().contains(code.user_code()) && code.message().contains(code.verification_uri()), "{code:?}");
    let person = Credential::Person(Arc::new(code.wait().await.unwrap()));
    let authenticator = authenticator(BY_PERSON, person);
    let mut last = authenticator.token(&graph, None).await.unwrap();
    for _ in 0..3 {
        let next = authenticator.token(&graph, Some(&last)).await.unwrap();
        assert_ne!(next.claims().expires, None);
        last = next;
    }
}
