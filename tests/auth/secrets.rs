//! Planted secrets are looked for wherever the library says something: none may be found.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use m365photo::Code;
use m365photo::auth::{
    Certificate, Credential, FederatedToken, Host, ManagedIdentity, ManagedIdentityOptions, Pipeline, Proof,
    ReadyTokens, secret_text,
};
use m365photo::net::{AccessToken, Answer, Client, ClientOptions, Method, Request, TokenSource};
use serde_json::json;
use tracing_subscriber::fmt::MakeWriter;
use url::Url;

use crate::certificates::file;
use crate::support::{Server, in_seconds, json_reply, token};

/// Stands in every planted secret, and nowhere else.
const MARK: &str = "PLANTED";

fn secret() -> secrecy::SecretString {
    secret_text(format!("{MARK}-secret").as_bytes()).unwrap()
}

fn planted_token(audience: &str) -> String {
    format!("{}{MARK}", token(&json!({"aud": audience, "exp": in_seconds(3600), "appidacr": "2"})))
}

fn graph() -> Url {
    Url::parse("https://graph.example").unwrap()
}

/// Everything that is logged in this process, at the highest level.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

fn credentials(server: &Server) -> Vec<Credential> {
    let pipeline = Pipeline::GitHub { url: server.url().join("github").unwrap() };
    let app_service = ManagedIdentityOptions {
        host: Host::AppService,
        url: Some(Url::parse("http://127.0.0.1:9/").unwrap()),
        ..ManagedIdentityOptions::default()
    };
    let mut given = ReadyTokens::default();
    given.add(planted_token("https://graph.example").as_str().into()).unwrap();
    vec![
        Credential::App(Proof::ClientSecret(secret())),
        Credential::certificate(&file("modern.pfx"), "correct").unwrap(),
        Credential::App(Proof::FederatedToken(FederatedToken::Pipeline(pipeline, secret()))),
        Credential::Machine(Arc::new(ManagedIdentity::new(app_service, Some(secret())).unwrap())),
        Credential::Given(given),
    ]
}

#[tokio::test]
async fn nothing_that_can_be_printed_or_logged_holds_a_secret() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(log.clone())
        .with_ansi(false)
        .finish();
    let _logging = tracing::subscriber::set_default(subscriber);
    tracing::info!("the log works");
    let mut said = Vec::new();

    // A service that grants, and one that refuses and repeats what it was asked.
    let granting = Server::start(|seen| match seen.target.as_str() {
        target if target.starts_with("/github") => json_reply(200, &json!({"value": format!("{MARK}-assertion")})),
        _ => json_reply(200, &json!({"expires_in": 3600, "access_token": planted_token("https://graph.example")})),
    })
    .await;
    let refusing = Server::start(|seen| match seen.target.as_str() {
        target if target.starts_with("/github") => json_reply(200, &json!({"value": format!("{MARK}-assertion")})),
        _ => {
            let asked = seen.field("client_secret").or_else(|| seen.field("client_assertion")).unwrap();
            json_reply(401, &json!({"error": asked, "error_description": format!("AADSTS1: I know no {asked}.")}))
        }
    })
    .await;
    for server in [&granting, &refusing] {
        for credential in credentials(server) {
            said.push(format!("{credential:?} {credential:#?}"));
            let authenticator = server.authenticator(credential);
            let outcome = authenticator.token(&graph(), None).await;
            said.push(format!("{authenticator:?} {outcome:?}"));
            match outcome {
                Ok(token) => {
                    let request = Request::new(Method::GET, graph()).with_token(&token).unwrap();
                    said.push(format!("{:?} {request:?}", authenticator.tokens()));
                }
                Err(error) => said.push(format!("{error} {error:#?} {}", error.to_json())),
            }
        }
    }

    // Answers, wrong passwords, tokens that fit no header, proxies with passwords.
    let answer = Answer { status: 200, headers: reqwest::header::HeaderMap::new(), body: MARK.into() };
    said.push(format!("{answer:?} {:?}", answer.json::<bool>()));
    said.push(format!("{:?}", Certificate::read(&file("modern.pfx"), MARK)));
    let broken = AccessToken::new(format!("{MARK}\n").as_str().into(), &graph(), SystemTime::now());
    said.push(format!("{:?}", Request::new(Method::GET, graph()).with_token(&broken)));
    let proxy = Some(Url::parse("http://user@127.0.0.1:9").unwrap());
    let options = ClientOptions { proxy, proxy_password: Some(secret()), ..ClientOptions::default() };
    let client = Client::new(&options).unwrap();
    let error = client.send(Request::new(Method::GET, graph())).await.unwrap_err();
    assert_eq!(error.code(), Code::ConnectionFailed);
    said.push(format!("{options:?} {client:?} {error:?}"));
    let proxy = Some(Url::parse(&format!("http://user:{MARK}@127.0.0.1:9")).unwrap());
    said.push(format!("{:?}", Client::new(&ClientOptions { proxy, ..ClientOptions::default() })));

    said.push(String::from_utf8(log.0.lock().unwrap().clone()).unwrap());
    assert!(said.last().unwrap().contains("the log works"));
    let leaks: Vec<_> = said.iter().filter(|text| text.contains(MARK)).collect();
    assert!(leaks.is_empty(), "{leaks:#?}");
}
