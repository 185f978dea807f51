//! The machine vouches for the program: every kind of endpoint, and one that somebody else put there.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use m365photo::auth::{Authenticator, Credential, Host, ManagedIdentity, ManagedIdentityOptions, secret_text};
use m365photo::net::{Client, ClientOptions, TokenSource};
use m365photo::{Code, Error};
use serde_json::json;
use url::Url;

use crate::support::{Seen, Server, in_seconds, json_reply, reply, token};

fn my_site() -> Url {
    Url::parse("https://contoso-my.example/_api").unwrap()
}

fn granted() -> Vec<u8> {
    json_reply(
        200,
        &json!({"expires_on": in_seconds(86_000).to_string(), "access_token": token(&json!({"appidacr": "2"}))}),
    )
}

fn options(server: &Server, host: Host) -> ManagedIdentityOptions {
    ManagedIdentityOptions {
        host,
        url: Some(server.url().join("identity").unwrap()),
        ..ManagedIdentityOptions::default()
    }
}

async fn sign_in(options: ManagedIdentityOptions, header: Option<&str>) -> Result<(), Error> {
    let header = header.map(|text| secret_text(text.as_bytes()).unwrap());
    let credential = Credential::Machine(Arc::new(ManagedIdentity::new(options, header)?));
    let https = Server::start(|_| Vec::new()).await;
    // A proxy that is set must not see these requests: nobody listens there.
    let proxy = Some(Url::parse("http://127.0.0.1:9").unwrap());
    let certificate_authority = Some(https.authority.clone());
    let client = Client::new(&ClientOptions { proxy, certificate_authority, ..ClientOptions::default() }).unwrap();
    let authenticator = Authenticator::new(client, &https.endpoints(), "", "", credential)?;
    authenticator.token(&my_site(), None).await.map(drop)
}

fn only(server: &Server) -> Seen {
    let [seen] = server.seen().try_into().unwrap();
    seen
}

#[tokio::test]
async fn a_virtual_machine_is_asked_past_the_proxy() {
    let server = Server::start_plain(|_| granted()).await;
    let resource_id = Some("/subscriptions/1/identity".to_owned());
    sign_in(ManagedIdentityOptions { resource_id, ..options(&server, Host::VirtualMachine) }, None).await.unwrap();
    let seen = only(&server);
    assert_eq!(seen.headers["metadata"], "true");
    assert_eq!(seen.field("api-version").unwrap(), "2018-02-01");
    assert_eq!(seen.field("resource").unwrap(), "https://contoso-my.example");
    assert_eq!(seen.field("msi_res_id").unwrap(), "/subscriptions/1/identity");
}

#[tokio::test]
async fn app_service_is_asked_with_its_header_and_its_own_spelling() {
    let server = Server::start_plain(|_| granted()).await;
    let resource_id = Some("/subscriptions/1/identity".to_owned());
    sign_in(ManagedIdentityOptions { resource_id, ..options(&server, Host::AppService) }, Some("header secret"))
        .await
        .unwrap();
    let seen = only(&server);
    assert_eq!(
        (seen.headers["x-identity-header"].as_str(), seen.headers["metadata"].as_str()),
        ("header secret", "true")
    );
    assert_eq!(seen.field("mi_res_id").unwrap(), "/subscriptions/1/identity");
}

#[tokio::test]
async fn cloud_shell_is_asked_with_a_form() {
    let server = Server::start_plain(|_| granted()).await;
    sign_in(options(&server, Host::CloudShell), None).await.unwrap();
    let seen = only(&server);
    assert_eq!((seen.method.as_str(), seen.body.as_str()), ("POST", "resource=https%3A%2F%2Fcontoso-my.example"));
}

async fn arc(named: &Path, folder: &Path) -> (Result<(), Error>, Vec<Seen>) {
    let realm = named.display().to_string();
    let server = Server::start_plain(move |seen| match seen.headers.get("authorization") {
        None => reply(401, &format!("www-authenticate: Basic realm={realm}\r\n"), ""),
        Some(_) => granted(),
    })
    .await;
    let key_folder = Some(folder.to_owned());
    let outcome = sign_in(ManagedIdentityOptions { key_folder, ..options(&server, Host::Arc) }, None).await;
    (outcome, server.seen())
}

#[tokio::test]
async fn an_arc_machine_proves_that_it_can_read_the_agents_key() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.key"), "the key").unwrap();
    let (outcome, seen) = arc(&folder.path().join("a.key"), folder.path()).await;
    outcome.unwrap();
    assert_eq!(seen[1].headers["authorization"], "Basic the key");
}

#[tokio::test]
async fn a_foreign_file_is_never_given_away_to_what_poses_as_the_arc_agent() {
    let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let inside = folder.path();
    fs::create_dir(inside.join("sub")).unwrap();
    for path in [inside.join("secret.txt"), inside.join("sub/a.key"), elsewhere.path().join("a.key")] {
        fs::write(path, "private").unwrap();
    }
    fs::write(inside.join("long.key"), "x".repeat(5000)).unwrap();
    let named = vec![
        inside.join("secret.txt"),
        inside.join("sub/a.key"),
        inside.join("sub/../sub/a.key"),
        inside.join("../").join(elsewhere.path().file_name().unwrap()).join("a.key"),
        elsewhere.path().join("a.key"),
        inside.join("long.key"),
        "".into(),
    ];
    #[cfg(unix)]
    let named = {
        std::os::unix::fs::symlink(elsewhere.path().join("a.key"), inside.join("link.key")).unwrap();
        [named, vec![inside.join("link.key")]].concat()
    };
    for path in named {
        let (outcome, seen) = arc(&path, inside).await;
        assert_eq!(outcome.unwrap_err().code(), Code::ProtocolViolation, "{}", path.display());
        assert_eq!(seen.len(), 1, "{}", path.display());
    }
}

#[tokio::test]
async fn an_identity_that_is_not_assigned_is_named() {
    let server = Server::start_plain(|_| {
        json_reply(400, &json!({"error": "invalid_request", "error_description": "Identity not found"}))
    })
    .await;
    let error = sign_in(options(&server, Host::VirtualMachine), None).await.unwrap_err();
    assert!(error.message().contains("Identity not found") && error.advice().contains("Assign"), "{error}");
}

#[tokio::test]
async fn a_machine_without_the_endpoint_is_told_so_soon() {
    let closed = Url::parse("http://127.0.0.1:9/identity").unwrap();
    let began = std::time::Instant::now();
    let options = ManagedIdentityOptions { url: Some(closed), ..ManagedIdentityOptions::default() };
    let error = sign_in(options, None).await.unwrap_err();
    assert_eq!(error.code(), Code::ConnectionFailed);
    assert!(error.advice().contains("is this the Azure machine"));
    assert!(began.elapsed().as_secs() < 8);
}

#[tokio::test]
async fn the_header_is_not_sent_in_clear_to_another_machine() {
    for url in ["http://203.0.113.7/identity", "http://example.com/identity", "https://127.0.0.1/identity"] {
        let options = ManagedIdentityOptions {
            host: Host::AppService,
            url: Some(Url::parse(url).unwrap()),
            ..ManagedIdentityOptions::default()
        };
        assert_eq!(sign_in(options, Some("header secret")).await.unwrap_err().code(), Code::InvalidArgument, "{url}");
    }
}

#[tokio::test]
async fn two_ids_or_an_id_where_none_can_be_are_refused() {
    let id = || Some("1".to_owned());
    let two = ManagedIdentityOptions { client_id: id(), object_id: id(), ..ManagedIdentityOptions::default() };
    let arc = ManagedIdentityOptions { host: Host::Arc, client_id: id(), ..ManagedIdentityOptions::default() };
    let bare = ManagedIdentityOptions { host: Host::AppService, ..ManagedIdentityOptions::default() };
    for options in [two, arc, bare] {
        assert_eq!(ManagedIdentity::new(options, None).unwrap_err().code(), Code::InvalidArgument);
    }
}
