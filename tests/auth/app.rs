//! An app signs in: with a certificate, a secret, or another identity service's token.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use m365photo::Code;
use m365photo::auth::{Credential, FederatedToken, Pipeline, Proof, secret_text};
use m365photo::net::TokenSource;
use ring::digest::{SHA256, digest};
use ring::signature::{RSA_PSS_2048_8192_SHA256, UnparsedPublicKey};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use serde_json::{Value, json};
use url::Url;
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::certificates::file;
use crate::support::{CLIENT_ID, Seen, Server, TENANT, in_seconds, json_reply, token};

fn graph() -> Url {
    Url::parse("https://graph.example/v1.0/users").unwrap()
}

fn my_site() -> Url {
    Url::parse("https://contoso-my.example").unwrap()
}

fn certificate() -> Credential {
    Credential::certificate(&file("rsa.pem"), "").unwrap()
}

/// Grants a new token each time; its number is in it.
fn granting(life: u64) -> impl Fn(&Seen) -> Vec<u8> + Send + Sync + 'static {
    let count = AtomicUsize::new(0);
    move |seen| {
        let number = count.fetch_add(1, Ordering::SeqCst);
        let claims = json!({"aud": seen.field("scope"), "appidacr": "2", "number": number, "roles": ["User.Read.All"]});
        json_reply(200, &json!({"token_type": "Bearer", "expires_in": life, "access_token": token(&claims)}))
    }
}

fn refusing(status: u16, code: u32, text: &str) -> impl Fn(&Seen) -> Vec<u8> + Send + Sync + use<> {
    let body =
        json!({"error": "invalid_client", "error_description": format!("AADSTS{code}: {text}"), "error_codes": [code]});
    move |_| json_reply(status, &body)
}

#[tokio::test]
async fn an_assertion_passes_a_strict_check() {
    let server = Server::start(granting(3600)).await;
    let authenticator = server.authenticator(certificate());
    let given = authenticator.token(&graph(), None).await.unwrap();
    authenticator.token(&my_site(), None).await.unwrap();
    assert_eq!(given.claims().permissions, ["User.Read.All"]);

    let der = CertificateDer::from_pem_slice(&file("rsa.pem")).unwrap();
    let (_, certificate) = X509Certificate::from_der(&der).unwrap();
    let key =
        UnparsedPublicKey::new(&RSA_PSS_2048_8192_SHA256, certificate.public_key().subject_public_key.data.to_vec());
    let audience = server.url().join(&format!("{TENANT}/oauth2/v2.0/token")).unwrap();
    let mut ids = HashSet::new();
    for seen in server.seen() {
        assert_eq!(seen.target, audience.path());
        assert_eq!(seen.field("grant_type").unwrap(), "client_credentials");
        assert_eq!(
            seen.field("client_assertion_type").unwrap(),
            "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
        );
        let assertion = seen.field("client_assertion").unwrap();
        let (signed, signature) = assertion.rsplit_once('.').unwrap();
        key.verify(signed.as_bytes(), &BASE64_URL_SAFE_NO_PAD.decode(signature).unwrap()).unwrap();
        let part = |index| -> Value {
            serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(signed.split('.').nth(index).unwrap()).unwrap())
                .unwrap()
        };
        let (header, claims) = (part(0), part(1));
        assert_eq!(header["alg"], "PS256");
        assert_eq!(header["x5t#S256"], BASE64_URL_SAFE_NO_PAD.encode(digest(&SHA256, &der)));
        assert!(header.get("x5t").is_none(), "PS256 does not go with a SHA-1 thumbprint");
        assert_eq!(
            (&claims["aud"], &claims["iss"], &claims["sub"]),
            (&json!(audience), &json!(CLIENT_ID), &json!(CLIENT_ID))
        );
        let (begin, end) = (claims["nbf"].as_u64().unwrap(), claims["exp"].as_u64().unwrap());
        assert!(begin < in_seconds(0) && in_seconds(0) < end && end <= in_seconds(600));
        assert!(ids.insert(claims["jti"].to_string()), "an assertion's id is used once");
    }
    assert_eq!(ids.len(), 2);
}

#[tokio::test]
async fn each_host_gets_a_token_of_its_own_and_paths_do_not_count() {
    let server = Server::start(granting(3600)).await;
    let authenticator = server.authenticator(certificate());
    let first = authenticator.token(&graph(), None).await.unwrap();
    let same = authenticator.token(&graph().join("/other").unwrap(), None).await.unwrap();
    let other = authenticator.token(&my_site(), None).await.unwrap();
    assert!(first == same && first != other);
    let scopes: Vec<_> = server.seen().iter().map(|seen| seen.field("scope").unwrap()).collect();
    assert_eq!(scopes, ["https://graph.example/.default", "https://contoso-my.example/.default"]);
}

#[tokio::test]
async fn many_who_ask_at_once_make_one_request() {
    let server = Server::start(granting(3600)).await;
    let authenticator = Arc::new(server.authenticator(certificate()));
    let asked: Vec<_> = (0..50)
        .map(|_| {
            let authenticator = Arc::clone(&authenticator);
            tokio::spawn(async move { authenticator.token(&graph(), None).await.unwrap() })
        })
        .collect();
    for one in asked {
        one.await.unwrap();
    }
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn a_rejected_token_is_replaced_once_for_all_who_hold_it() {
    let server = Server::start(granting(3600)).await;
    let authenticator = server.authenticator(certificate());
    let old = authenticator.token(&graph(), None).await.unwrap();
    let new = authenticator.token(&graph(), Some(&old)).await.unwrap();
    let also = authenticator.token(&graph(), Some(&old)).await.unwrap();
    assert!(new != old && new == also);
    assert_eq!(server.seen().len(), 2);
}

/// Three hours with tokens of five minutes, asked for every twenty seconds, and one of them revoked.
#[tokio::test]
async fn a_long_run_with_short_tokens_always_holds_a_good_one() {
    let server = Server::start(granting(300)).await;
    let authenticator = server.authenticator(certificate());
    let mut held = authenticator.token(&graph(), None).await.unwrap();
    let mut since = tokio::time::Instant::now();
    for turn in 0..540 {
        tokio::time::pause();
        tokio::time::advance(Duration::from_secs(20)).await;
        tokio::time::resume();
        let rejected = (turn == 270).then(|| held.clone());
        let token = authenticator.token(&graph(), rejected.as_ref()).await.unwrap();
        if token != held {
            (held, since) = (token, tokio::time::Instant::now());
        }
        assert!(since.elapsed() < Duration::from_secs(300), "a token was used after its end");
    }
    let requests = server.seen().len();
    assert!((40..=60).contains(&requests), "{requests} requests for 36 lifetimes");
}

#[tokio::test]
async fn while_the_identity_service_fails_the_old_token_is_used_to_its_end() {
    let count = AtomicUsize::new(0);
    let server = Server::start(move |_| match count.fetch_add(1, Ordering::SeqCst) {
        0 => json_reply(200, &json!({"expires_in": 3600, "access_token": token(&json!({}))})),
        _ => json_reply(503, &json!({})),
    })
    .await;
    let authenticator = server.authenticator(certificate());
    let first = authenticator.token(&graph(), None).await.unwrap();
    let later = async |seconds| {
        tokio::time::pause();
        tokio::time::advance(Duration::from_secs(seconds)).await;
        tokio::time::resume();
        authenticator.token(&graph(), None).await
    };
    assert!(later(3400).await.unwrap() == first);
    assert_eq!(later(300).await.unwrap_err().code(), Code::ServiceFailed);
}

#[tokio::test]
async fn a_passing_fault_is_tried_a_second_time_and_a_wait_that_is_asked_for_is_told() {
    let count = AtomicUsize::new(0);
    let server = Server::start(move |_| match count.fetch_add(1, Ordering::SeqCst) {
        0 => json_reply(500, &json!({})),
        _ => json_reply(200, &json!({"expires_in": 3600, "access_token": token(&json!({}))})),
    })
    .await;
    server.authenticator(certificate()).token(&graph(), None).await.unwrap();

    let server = Server::start(|_| crate::support::reply(429, "retry-after: 17\r\n", "")).await;
    let error = server.authenticator(certificate()).token(&graph(), None).await.unwrap_err();
    assert_eq!((error.code(), error.retry_after()), (Code::Throttled, Some(Duration::from_secs(17))));
    assert_eq!(server.seen().len(), 1, "nothing is asked sooner than the service said");
}

#[tokio::test]
async fn a_refusal_says_code_and_next_step() {
    for (code, advice) in [
        (7_000_215, "secret's id"),
        (700_016, "-ClientId"),
        (90_002, "-Environment"),
        (700_027, "Upload this certificate"),
    ] {
        let server = Server::start(refusing(401, code, "No. Trace ID: 1")).await;
        let error = server.authenticator(certificate()).token(&graph(), None).await.unwrap_err();
        assert_eq!(error.code(), Code::SignInFailed);
        assert_eq!(error.service_code(), Some(format!("AADSTS{code}").as_str()));
        assert!(error.advice().contains(advice), "{code}: {}", error.advice());
        assert_eq!(server.seen().len(), 1, "a refusal is final");
    }
}

#[tokio::test]
async fn a_secret_signs_in_to_graph_and_is_not_tried_at_sharepoint() {
    let server = Server::start(granting(3600)).await;
    let authenticator = server.authenticator(Credential::client_secret(b"the secret\n").unwrap());
    authenticator.token(&graph(), None).await.unwrap();
    assert_eq!(server.seen()[0].field("client_secret").unwrap(), "the secret");
    let error = authenticator.token(&my_site(), None).await.unwrap_err();
    assert_eq!(error.code(), Code::TokenRejected);
    assert!(error.advice().contains("certificate"));
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn a_token_that_sharepoint_would_refuse_is_found_out_before_it_is_sent() {
    let server = Server::start(|_| {
        json_reply(200, &json!({"expires_in": 3600, "access_token": token(&json!({"appidacr": "1"}))}))
    })
    .await;
    let error = server.authenticator(certificate()).token(&my_site(), None).await.unwrap_err();
    assert!(error.message().contains("client secret"), "{error}");
}

#[tokio::test]
async fn an_expired_certificate_is_refused_before_anything_is_sent() {
    let server = Server::start(granting(3600)).await;
    let expired = Credential::certificate(&file("expired.pem"), "").unwrap();
    let error = server.authenticator(expired).token(&graph(), None).await.unwrap_err();
    assert_eq!(error.code(), Code::CertificateUnusable);
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn tenants_and_client_ids_that_are_none_are_refused() {
    let server = Server::start(granting(3600)).await;
    let new = |tenant, client_id| {
        m365photo::auth::Authenticator::new(server.client(), &server.endpoints(), tenant, client_id, certificate())
    };
    for tenant in ["", "contoso", "Contoso Ltd", "contoso.com/../other", "a@b.c", ".com"] {
        assert_eq!(new(tenant, CLIENT_ID).unwrap_err().code(), Code::InvalidArgument, "{tenant}");
    }
    assert_eq!(new(TENANT, "my app").unwrap_err().code(), Code::InvalidArgument);
    new("contoso.onmicrosoft.com", CLIENT_ID).unwrap();
}

#[tokio::test]
async fn a_federated_token_file_is_read_anew_for_each_sign_in() {
    let server = Server::start(granting(3600)).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    std::fs::write(&path, "first\n").unwrap();
    let authenticator =
        server.authenticator(Credential::App(Proof::FederatedToken(FederatedToken::File(path.clone()))));
    authenticator.token(&graph(), None).await.unwrap();
    std::fs::write(&path, "second").unwrap();
    authenticator.token(&my_site(), None).await.unwrap();
    let assertions: Vec<_> = server.seen().iter().map(|seen| seen.field("client_assertion").unwrap()).collect();
    assert_eq!(assertions, ["first", "second"]);
    std::fs::remove_file(&path).unwrap();
    let error = authenticator.token(&Url::parse("https://contoso-admin.example").unwrap(), None).await.unwrap_err();
    assert_eq!(error.code(), Code::FileAccess);
}

#[tokio::test]
async fn pipelines_give_their_token_to_entra_id() {
    let server = Server::start(|seen| match seen.target.split('?').next().unwrap() {
        "/github" => json_reply(200, &json!({"value": "of github", "count": 1})),
        "/devops" => json_reply(200, &json!({"oidcToken": "of devops"})),
        _ => json_reply(200, &json!({"expires_in": 3600, "access_token": token(&json!({"appidacr": "2"}))})),
    })
    .await;
    let at = |path| server.url().join(path).unwrap();
    let pipelines = [
        (Pipeline::GitHub { url: at("github?api-version=2.0") }, "GET", "of github"),
        (Pipeline::AzureDevOps { url: at("devops"), service_connection_id: "c1".into() }, "POST", "of devops"),
    ];
    for (number, (pipeline, method, given)) in pipelines.into_iter().enumerate() {
        let source = FederatedToken::Pipeline(pipeline, secret_text(b"request secret").unwrap());
        server.authenticator(Credential::App(Proof::FederatedToken(source))).token(&my_site(), None).await.unwrap();
        let (asked, signed_in) = (&server.seen()[2 * number], &server.seen()[2 * number + 1]);
        assert_eq!(asked.method, method);
        assert_eq!(asked.headers["authorization"], "Bearer request secret");
        assert_eq!(signed_in.field("client_assertion").unwrap(), given);
    }
    assert_eq!(server.seen()[0].field("audience").unwrap(), "api://AzureADTokenExchange");
    assert_eq!(server.seen()[0].field("api-version").unwrap(), "2.0");
    assert_eq!(server.seen()[2].field("serviceConnectionId").unwrap(), "c1");
    assert_eq!(server.seen()[2].headers["x-tfs-fedauthredirect"], "Suppress");
}
