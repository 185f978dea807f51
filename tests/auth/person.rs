//! A person signs in with a code, or brings tokens that somebody else got.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use m365photo::auth::{Credential, DeviceCode, ReadyTokens, secret_text};
use m365photo::engine::Session;
use m365photo::net::TokenSource;
use m365photo::{Code, Error};
use serde_json::{Value, json};
use url::Url;

use crate::common::finish;
use crate::support::{CLIENT_ID, Seen, Server, TENANT, in_seconds, json_reply, token};

const GRAPH: &str = "https://graph.example";
const MY_SITE: &str = "https://contoso-my.example";

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

/// Gives a code, then answers each poll with the next of `polls`; refresh tokens are numbered and each is good once.
fn identity_service(expires_in: u64, polls: Vec<Value>) -> impl Fn(&Seen) -> Vec<u8> + Send + Sync + 'static {
    let polls = Mutex::new(polls.into_iter());
    let expected = AtomicUsize::new(0);
    move |seen| {
        if seen.method == "GET" {
            return json_reply(404, &json!({}));
        }
        if seen.target.ends_with("/devicecode") {
            return json_reply(
                200,
                &json!({"device_code": "dc", "user_code": "ABCD", "verification_uri": "https://login.example/device",
                    "message": "Type ABCD", "expires_in": expires_in, "interval": 1}),
            );
        }
        let grant = |number: usize| json!({"expires_in": 3600, "refresh_token": format!("refresh {number}"), "access_token": token(&json!({"scp": "User.Read.All", "n": number}))});
        if seen.field("grant_type").unwrap() == "refresh_token" {
            let number = expected.fetch_add(1, Ordering::SeqCst);
            assert_eq!(
                seen.field("refresh_token").unwrap(),
                format!("refresh {number}"),
                "a refresh token is used once"
            );
            return json_reply(200, &grant(number + 1));
        }
        match polls.lock().unwrap().next() {
            Some(error) => json_reply(400, &error),
            None => json_reply(200, &grant(0)),
        }
    }
}

async fn ask(server: &Server) -> Result<DeviceCode, Error> {
    DeviceCode::ask(server.client(), &server.endpoints(), "organizations", CLIENT_ID).await
}

#[tokio::test]
async fn a_device_code_is_shown_polled_for_and_good_for_every_host_afterwards() {
    let server = Server::start(identity_service(900, vec![json!({"error": "authorization_pending"})])).await;
    let code = ask(&server).await.unwrap();
    assert_eq!(
        (code.message(), code.user_code(), code.verification_uri()),
        ("Type ABCD", "ABCD", "https://login.example/device")
    );
    let person = code.wait().await.unwrap();
    let authenticator = server.authenticator(Credential::Person(Arc::new(person)));
    let first = authenticator.token(&url(GRAPH), None).await.unwrap();
    assert!(first.claims().delegated);
    authenticator.token(&url(MY_SITE), None).await.unwrap();
    authenticator.token(&url(GRAPH), Some(&first)).await.unwrap();
    let scopes: Vec<_> = server.seen()[3..].iter().map(|seen| seen.field("scope").unwrap()).collect();
    assert_eq!(scopes[1], "https://contoso-my.example/.default offline_access");
}

/// A session whose hosts are all the server, signing in as `ways` say.
fn session(server: &Server, folder: &Path, ways: &Value) -> Session {
    let url = server.url();
    let mut environment = json!({"certificateAuthorityFile": "ca.pem", "tenantId": TENANT, "clientId": CLIENT_ID});
    for host in ["authority", "graph", "sharePointMySite", "sharePointAdmin"] {
        environment[host] = json!(url);
    }
    fs::write(folder.join("ca.pem"), &server.authority).unwrap();
    fs::write(folder.join("environment.json"), environment.to_string()).unwrap();
    let mut config = ways.clone();
    config["environmentFile"] = json!(folder.join("environment.json"));
    Session::new(config.to_string().as_bytes()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_shows_the_code_as_a_record_and_goes_on_when_the_person_has_signed_in() {
    let server = Server::start(identity_service(900, vec![json!({"error": "authorization_pending"})])).await;
    let folder = tempfile::tempdir().unwrap();
    let session = session(&server, folder.path(), &json!({"deviceCode": true}));
    let connect = move || finish(&session.connect(b"").unwrap());
    let (records, outcome) = tokio::task::spawn_blocking(connect).await.unwrap();
    let shown = &records[0]["deviceCode"];
    assert_eq!((&shown["userCode"], &shown["expiresInSeconds"]), (&json!("ABCD"), &json!(900)));
    assert_eq!(outcome.unwrap()["sharePointError"]["name"], "LibraryNotFound", "there is none here");
    let asked = server.seen().into_iter().find(|seen| seen.method == "GET").unwrap();
    assert!(asked.headers["authorization"].starts_with("Bearer "));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_config_that_names_two_ways_or_lacks_a_secret_is_refused() {
    let server = Server::start(|_| Vec::new()).await;
    let folder = tempfile::tempdir().unwrap();
    for ways in [
        json!({"deviceCode": true, "managedIdentity": {}}),
        json!({"pipeline": {"provider": "GitHub", "url": "https://pipelines.example/token"}}),
        json!({}),
    ] {
        let error = session(&server, folder.path(), &ways).connect(b"").err().unwrap();
        assert_eq!(error.code(), Code::InvalidArgument, "{ways}");
    }
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn a_declined_or_forgotten_code_ends_in_words() {
    let declined = Server::start(identity_service(900, vec![json!({"error": "authorization_declined"})])).await;
    let error = ask(&declined).await.unwrap().wait().await.unwrap_err();
    assert!(error.message().contains("declined"));
    let over = Server::start(identity_service(900, vec![json!({"error": "expired_token"})])).await;
    let error = ask(&over).await.unwrap().wait().await.unwrap_err();
    assert!(error.message().contains("in time"));
    let pending = vec![json!({"error": "authorization_pending"}); 9];
    let forgotten = Server::start(identity_service(2, pending)).await;
    let error = ask(&forgotten).await.unwrap().wait().await.unwrap_err();
    assert!(error.message().contains("in time"));
}

#[tokio::test]
async fn an_app_that_is_no_public_client_is_told_where_the_switch_is() {
    let server =
        Server::start(|_| json_reply(401, &json!({"error": "invalid_client", "error_codes": [7_000_218]}))).await;
    let error = ask(&server).await.unwrap_err();
    assert!(error.advice().contains("Allow public client flows"), "{}", error.advice());
}

#[tokio::test]
async fn given_tokens_go_to_the_host_they_name_and_to_no_other() {
    let server = Server::start(|_| json_reply(500, &json!({}))).await;
    let mut tokens = ReadyTokens::default();
    for audience in [GRAPH, MY_SITE] {
        let given = token(&json!({"aud": audience, "exp": in_seconds(3600), "appidacr": "2"}));
        tokens.add(secret_text(given.as_bytes()).unwrap()).unwrap();
    }
    let authenticator = server.authenticator(Credential::Given(tokens));
    let graph = authenticator.token(&url(GRAPH), None).await.unwrap();
    assert_eq!(graph.claims().audience.as_deref(), Some(GRAPH));
    assert_eq!(authenticator.token(&url(MY_SITE), None).await.unwrap().claims().audience.as_deref(), Some(MY_SITE));
    let error = authenticator.token(&url("https://contoso-admin.example"), None).await.unwrap_err();
    assert!(error.message().contains("contoso-admin.example"), "{error}");
    assert_eq!(authenticator.token(&url(GRAPH), Some(&graph)).await.unwrap_err().code(), Code::TokenRejected);
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn a_given_token_that_is_over_or_opaque_is_refused() {
    let server = Server::start(|_| json_reply(500, &json!({}))).await;
    let mut tokens = ReadyTokens::default();
    assert!(tokens.add(secret_text(b"opaque").unwrap()).is_err());
    tokens.add(secret_text(token(&json!({"aud": GRAPH, "exp": in_seconds(0) - 10})).as_bytes()).unwrap()).unwrap();
    let error = server.authenticator(Credential::Given(tokens)).token(&url(GRAPH), None).await.unwrap_err();
    assert!(error.message().contains("has ended"), "{error}");
}

#[tokio::test]
async fn a_given_token_that_was_got_with_a_secret_is_not_sent_to_sharepoint() {
    let server = Server::start(|_| json_reply(500, &json!({}))).await;
    let mut tokens = ReadyTokens::default();
    let given = token(&json!({"aud": MY_SITE, "exp": in_seconds(3600), "appidacr": "1"}));
    tokens.add(secret_text(given.as_bytes()).unwrap()).unwrap();
    let error = server.authenticator(Credential::Given(tokens)).token(&url(MY_SITE), None).await.unwrap_err();
    assert!(error.message().contains("client secret"), "{error}");
}
