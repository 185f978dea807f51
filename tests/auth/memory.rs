//! After disconnecting, the memory of the process is searched for what was secret, of every kind.

use std::fs::{self, File};
use std::future::Future;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use m365photo::auth::{
    Credential, DeviceCode, FederatedToken, Host, ManagedIdentity, ManagedIdentityOptions, Pipeline, Proof,
    ReadyTokens, secret_text,
};
use m365photo::net::{Client, ClientOptions, Method, Request, TokenSource};
use ring::rand::{SecureRandom, SystemRandom};
use serde_json::json;
use url::Url;

use crate::support::{CLIENT_ID, Server, TENANT, in_seconds, json_reply, reply, token as signed_token};

/// Random texts that this test itself remembers only in disguise.
struct Planted(Vec<Vec<u8>>);

const DISGUISE: u8 = 0x80;
const PAGE: u64 = 4096;
const LENGTH: usize = 24;

impl Planted {
    fn new(count: usize) -> Self {
        let plant = || {
            let mut bytes = [0; LENGTH];
            SystemRandom::new().fill(&mut bytes).unwrap();
            bytes.iter().map(|byte| (b'a' + byte % 26) ^ DISGUISE).collect()
        };
        Self((0..count).map(|_| plant()).collect())
    }

    fn reveal(&self, at: usize) -> String {
        self.0[at].iter().map(|byte| char::from(byte ^ DISGUISE)).collect()
    }

    fn count_in(&self, memory: &[u8], counts: &mut [usize]) {
        let mut begins = [false; 256];
        for planted in &self.0 {
            begins[usize::from(planted[0] ^ DISGUISE)] = true;
        }
        for at in 0..memory.len().saturating_sub(LENGTH - 1) {
            if begins[usize::from(memory[at])] {
                for (planted, count) in self.0.iter().zip(&mut *counts) {
                    let is_it = memory[at..at + LENGTH].iter().zip(planted).all(|(a, b)| *a == b ^ DISGUISE);
                    *count += usize::from(is_it);
                }
            }
        }
    }

    /// How often each stands in this process' writable memory.
    fn copies(&self) -> Vec<usize> {
        let memory = File::open("/proc/self/mem").unwrap();
        let maps = fs::read_to_string("/proc/self/maps").unwrap();
        let ranges = maps.lines().filter(|line| line.contains(" rw")).filter_map(|line| {
            let (from, to) = line.split(' ').next()?.split_once('-')?;
            Some((u64::from_str_radix(from, 16).ok()?, u64::from_str_radix(to, 16).ok()?))
        });
        let mut part = vec![0; 1 << 20];
        let mut counts = vec![0; self.0.len()];
        for (from, to) in ranges {
            // What another thread gives back meanwhile cannot be read: its pages are passed over one by one.
            let mut at = from;
            while at < to {
                let length = part.len().min(usize::try_from(to - at).unwrap());
                let read = memory.read_at(&mut part[..length], at).unwrap_or(0);
                self.count_in(&part[..read], &mut counts);
                at += if read < LENGTH { PAGE } else { (read - LENGTH + 1) as u64 };
            }
        }
        part.fill(0);
        counts
    }
}

/// Runs `work` to its end in a runtime of its own, with what it gives alive: then every plant must be found, and afterwards none.
fn wiped<T>(planted: &Planted, work: impl Future<Output = T>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let held = runtime.block_on(work);
    assert!(
        planted.copies().iter().all(|copies| *copies > 0),
        "the search finds what is there: {:?}",
        planted.copies()
    );
    drop(held);
    drop(runtime);
    assert_eq!(planted.copies(), vec![0; planted.0.len()]);
}

fn graph() -> Url {
    Url::parse("https://graph.example").unwrap()
}

#[test]
fn secret_and_token_are_gone_after_requests_were_made_with_them() {
    let planted = Planted::new(2);
    wiped(&planted, async {
        let granted = planted.reveal(1);
        let server = Server::start(move |seen| match seen.method.as_str() {
            "POST" => json_reply(200, &json!({"expires_in": 3600, "access_token": granted})),
            _ => reply(200, "", "[]"),
        })
        .await;
        let client = server.client();
        let mut endpoints = server.endpoints();
        endpoints.graph = server.url();
        let credential = Credential::client_secret(planted.reveal(0).as_bytes()).unwrap();
        let authenticator =
            m365photo::auth::Authenticator::new(client.clone(), &endpoints, TENANT, CLIENT_ID, credential).unwrap();
        let held = authenticator.token(&server.url(), None).await.unwrap();
        let request = Request::new(Method::GET, server.url()).with_token(&held).unwrap();
        assert_eq!(client.send(request).await.unwrap().status, 200);
        (authenticator, held, client)
    });
}

#[test]
fn device_code_and_refresh_tokens_are_gone_after_a_person_signed_in() {
    // The code, and the refresh tokens: the one that it gave, and the one that followed on it.
    let planted = Planted::new(3);
    wiped(&planted, async {
        let texts: Vec<String> = (0..3).map(|at| planted.reveal(at)).collect();
        let server = Server::start(move |seen| {
            if seen.target.ends_with("/devicecode") {
                let asked = json!({"device_code": texts[0], "user_code": "ABCD", "verification_uri": "https://login.example",
                    "expires_in": 900, "interval": 1});
                return json_reply(200, &asked);
            }
            let next = 1 + usize::from(seen.field("refresh_token").is_some());
            let access_token = signed_token(&json!({"scp": "User.Read.All"}));
            json_reply(200, &json!({"expires_in": 3600, "refresh_token": texts[next], "access_token": access_token}))
        })
        .await;
        let code = DeviceCode::ask(server.client(), &server.endpoints(), TENANT, CLIENT_ID).await.unwrap();
        let person = Arc::new(code.wait().await.unwrap());
        let authenticator = server.authenticator(Credential::Person(person));
        let held = authenticator.token(&graph(), None).await.unwrap();
        (code, authenticator, held)
    });
}

#[test]
fn request_token_and_foreign_token_are_gone_after_a_pipeline_signed_in() {
    let planted = Planted::new(2);
    wiped(&planted, async {
        let foreign = planted.reveal(1);
        let server = Server::start(move |seen| match seen.method.as_str() {
            "GET" => json_reply(200, &json!({"value": foreign})),
            _ => json_reply(200, &json!({"expires_in": 3600, "access_token": signed_token(&json!({"roles": []}))})),
        })
        .await;
        let pipeline = Pipeline::GitHub { url: server.url().join("token").unwrap() };
        let request_token = secret_text(planted.reveal(0).as_bytes()).unwrap();
        let credential = Credential::App(Proof::FederatedToken(FederatedToken::Pipeline(pipeline, request_token)));
        let authenticator = server.authenticator(credential);
        let held = authenticator.token(&graph(), None).await.unwrap();
        // The small server remembers what it was sent.
        (authenticator, held, server)
    });
}

#[test]
fn identity_header_and_given_token_are_gone_after_they_were_used() {
    let planted = Planted::new(2);
    wiped(&planted, async {
        let server = Server::start_plain(|_| {
            json_reply(200, &json!({"expires_in": 3600, "access_token": signed_token(&json!({"appidacr": "2"}))}))
        })
        .await;
        let options = ManagedIdentityOptions {
            host: Host::AppService,
            url: Some(server.url()),
            ..ManagedIdentityOptions::default()
        };
        let header = secret_text(planted.reveal(0).as_bytes()).unwrap();
        let https = Server::start(|_| Vec::new()).await;
        let machine = Credential::Machine(Arc::new(ManagedIdentity::new(options, Some(header)).unwrap()));
        let machine = https.authenticator(machine);
        let held = machine.token(&graph(), None).await.unwrap();

        let claims = signed_token(&json!({"aud": "https://graph.example", "exp": in_seconds(3600)}));
        let mut given = ReadyTokens::default();
        given.add(secret_text(format!("{claims}{}", planted.reveal(1)).as_bytes()).unwrap()).unwrap();
        let given = https.authenticator(Credential::Given(given));
        let also_held = given.token(&graph(), None).await.unwrap();
        (machine, held, given, also_held)
    });
}

#[test]
fn the_password_of_a_proxy_is_gone_after_the_proxy_was_asked() {
    // As it was given, and as it is sent.
    let mut planted = Planted::new(1);
    let sent = BASE64_STANDARD.encode(format!("ab:{}", planted.reveal(0)));
    // Without the user: the password begins at the fourth byte, so its base64 stands alone.
    planted.0.push(sent.as_bytes()[4..4 + LENGTH].iter().map(|byte| byte ^ DISGUISE).collect());
    drop(sent);
    wiped(&planted, async {
        let server = Server::start_plain(|_| reply(407, "", "")).await;
        let mut proxy = server.url();
        proxy.set_username("ab").unwrap();
        let proxy_password = Some(secret_text(planted.reveal(0).as_bytes()).unwrap());
        let options = ClientOptions { proxy: Some(proxy), proxy_password, ..ClientOptions::default() };
        let client = Client::new(&options).unwrap();
        client.send(Request::new(Method::GET, graph())).await.unwrap_err();
        assert!(server.seen()[0].headers.contains_key("proxy-authorization"));
        (client, options)
    });
}
