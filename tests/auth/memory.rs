//! After disconnecting, the memory of the process is searched for what was secret.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;

use m365photo::auth::Credential;
use m365photo::net::{Method, Request, TokenSource};
use ring::rand::{SecureRandom, SystemRandom};
use serde_json::json;
use url::Url;

use crate::support::{Server, json_reply, reply};

/// A random text that this test itself remembers only in disguise.
struct Planted(Vec<u8>);

const DISGUISE: u8 = 0x80;
const PAGE: u64 = 4096;

impl Planted {
    fn new() -> Self {
        let mut bytes = [0; 24];
        SystemRandom::new().fill(&mut bytes).unwrap();
        Self(bytes.iter().map(|byte| (b'a' + byte % 26) ^ DISGUISE).collect())
    }

    fn reveal(&self) -> String {
        self.0.iter().map(|byte| char::from(byte ^ DISGUISE)).collect()
    }

    fn count_in(&self, memory: &[u8]) -> usize {
        memory
            .windows(self.0.len())
            .filter(|window| window.iter().zip(&self.0).all(|(a, b)| *a == b ^ DISGUISE))
            .count()
    }

    /// How often it stands in this process' writable memory.
    fn copies(&self) -> usize {
        let memory = File::open("/proc/self/mem").unwrap();
        let maps = fs::read_to_string("/proc/self/maps").unwrap();
        let ranges = maps.lines().filter(|line| line.contains(" rw")).filter_map(|line| {
            let (from, to) = line.split(' ').next()?.split_once('-')?;
            Some((u64::from_str_radix(from, 16).ok()?, u64::from_str_radix(to, 16).ok()?))
        });
        let mut part = vec![0; 1 << 20];
        let mut copies = 0;
        for (from, to) in ranges {
            // What another thread gives back meanwhile cannot be read: its pages are passed over one by one.
            let mut at = from;
            while at < to {
                let length = part.len().min(usize::try_from(to - at).unwrap());
                let read = memory.read_at(&mut part[..length], at).unwrap_or(0);
                copies += self.count_in(&part[..read]);
                at += if read < self.0.len() { PAGE } else { (read - self.0.len() + 1) as u64 };
            }
        }
        part.fill(0);
        copies
    }
}

#[test]
fn nothing_secret_stays_in_memory_after_disconnecting() {
    let (secret, token) = (Planted::new(), Planted::new());
    let runtime = || tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let connected = runtime();
    let held = connected.block_on(async {
        let granted = token.reveal();
        let server = Server::start(move |seen| match seen.method.as_str() {
            "POST" => json_reply(200, &json!({"expires_in": 3600, "access_token": granted})),
            _ => reply(200, "", "[]"),
        })
        .await;
        let client = server.client();
        let mut endpoints = server.endpoints();
        endpoints.graph = server.url();
        let credential = Credential::client_secret(secret.reveal().as_bytes()).unwrap();
        let (tenant, id) = (crate::support::TENANT, crate::support::CLIENT_ID);
        let authenticator =
            m365photo::auth::Authenticator::new(client.clone(), &endpoints, tenant, id, credential).unwrap();
        let held = authenticator.token(&server.url(), None).await.unwrap();
        let request = Request::new(Method::GET, Url::clone(&server.url())).with_token(&held).unwrap();
        assert_eq!(client.send(request).await.unwrap().status, 200);
        (authenticator, held, client)
    });
    assert!(secret.copies() > 0 && token.copies() > 0, "the search finds what is there");
    drop(held);
    drop(connected);
    assert_eq!((secret.copies(), token.copies()), (0, 0));
}
