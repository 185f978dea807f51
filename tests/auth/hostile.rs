//! Servers that want a token, or the caller's time: none gets either.

use std::sync::Mutex;
use std::time::{Duration, Instant, SystemTime};

use m365photo::auth::Credential;
use m365photo::net::{AccessToken, Client, ClientOptions, Method, Request, TokenSource};
use m365photo::{Code, Error};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use url::Url;

use crate::support::{Server, reply};

fn token_for(url: &Url) -> AccessToken {
    AccessToken::new("the.access.token".into(), url, SystemTime::now() + Duration::from_secs(3600))
}

async fn get(server: &Server) -> Result<(), Error> {
    let request = Request::new(Method::GET, server.url()).with_token(&token_for(&server.url())).unwrap();
    server.client().send(request).await.map(drop)
}

#[tokio::test]
async fn a_redirect_is_not_followed_wherever_it_leads() {
    let trap = Server::start_plain(|_| reply(200, "", "")).await;
    let locations =
        [trap.url().to_string(), "https://evil.example/?x=hunter2".into(), "/elsewhere".into(), "::".into()];
    for status in [301, 302, 303, 307, 308] {
        for location in &locations {
            let location = format!("location: {location}\r\n");
            let server = Server::start(move |_| reply(status, &location, "")).await;
            let error = get(&server).await.unwrap_err();
            assert_eq!((error.code(), error.http_status()), (Code::ProtocolViolation, Some(status)));
            assert!(!error.message().contains("hunter2"));
            assert_eq!(server.seen().len(), 1);
        }
    }
    assert!(trap.seen().is_empty());
}

#[test]
fn a_token_is_not_put_on_a_request_to_another_host() {
    let token = token_for(&Url::parse("https://graph.example/v1.0").unwrap());
    for other in [
        "https://graph.example.evil.example/",
        "https://evil.example/graph.example",
        "https://graph.example@evil.example/",
        "https://graph.example:444/",
        "http://graph.example/",
    ] {
        let error = Request::new(Method::GET, Url::parse(other).unwrap()).with_token(&token).unwrap_err();
        assert_eq!(error.code(), Code::ProtocolViolation, "{other}");
    }
    Request::new(Method::GET, Url::parse("https://GRAPH.example:443/other").unwrap()).with_token(&token).unwrap();
}

#[tokio::test]
async fn plain_http_is_refused_even_with_the_right_token() {
    let server = Server::start_plain(|_| reply(200, "", "")).await;
    let client = Client::new(&ClientOptions::default()).unwrap();
    let request = Request::new(Method::GET, server.url()).with_token(&token_for(&server.url())).unwrap();
    assert_eq!(client.send(request).await.unwrap_err().code(), Code::InvalidArgument);
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn a_certificate_of_an_unknown_authority_or_another_name_gets_no_token() {
    let server = Server::start(|_| reply(200, "", "")).await;
    let other = Server::start(|_| reply(200, "", "")).await;
    let request = Request::new(Method::GET, server.url()).with_token(&token_for(&server.url())).unwrap();
    let error = other.client().send(request).await.unwrap_err();
    assert_eq!(error.code(), Code::UntrustedHost, "{error}");
    assert!(server.seen().is_empty());

    let misnamed = Server::start_as("graph.example", |_| reply(200, "", "")).await;
    assert_eq!(get(&misnamed).await.unwrap_err().code(), Code::UntrustedHost);
    assert!(misnamed.seen().is_empty());
}

#[tokio::test]
async fn a_body_without_end_is_cut_off() {
    let server = Server::start(|_| {
        let mut bytes = b"HTTP/1.1 200 x\r\ncontent-length: 10000000000\r\n\r\n".to_vec();
        bytes.resize(33 << 20, b'x');
        bytes
    })
    .await;
    let error = get(&server).await.unwrap_err();
    assert_eq!(error.code(), Code::AnswerTooLarge);
    assert!(error.message().contains("more than 32 MB"), "{error}");
}

/// Compressed a thousandfold: what counts is what comes out.
#[tokio::test]
async fn a_body_that_unpacks_without_end_is_cut_off() {
    let packed: &[u8] = include_bytes!("bomb.gz");
    assert!(packed.len() < 100_000);
    let server = Server::start(|_| {
        let mut bytes = format!("HTTP/1.1 200 x\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\n\r\n", packed.len())
            .into_bytes();
        bytes.extend_from_slice(packed);
        bytes
    })
    .await;
    assert!(get(&server).await.unwrap_err().message().contains("more than 32 MB"));
}

/// Accepts connections and says what it is told to, or nothing at all.
async fn raw_server(says: &'static [u8]) -> Url {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("https://{}/", listener.local_addr().unwrap())).unwrap();
    tokio::spawn(async move {
        let open = Mutex::new(Vec::new());
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.read(&mut [0; 64]).await;
            let _ = stream.write_all(says).await;
            open.lock().unwrap().push(stream);
        }
    });
    url
}

#[tokio::test]
async fn a_server_that_says_nothing_holds_nobody_up() {
    let url = raw_server(b"").await;
    let options = ClientOptions { timeout: Duration::from_secs(1), ..ClientOptions::default() };
    let began = Instant::now();
    let error = Client::new(&options).unwrap().send(Request::new(Method::GET, url)).await.unwrap_err();
    assert_eq!(error.code(), Code::TimedOut);
    assert!(began.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn a_server_that_stops_in_the_middle_holds_nobody_up() {
    let server = Server::start(|_| b"HTTP/1.1 200 x\r\ncontent-length: 100\r\n\r\nhalf".to_vec()).await;
    let began = Instant::now();
    assert_eq!(get(&server).await.unwrap_err().code(), Code::TimedOut);
    assert!(began.elapsed() < Duration::from_secs(8));
}

#[tokio::test]
async fn tls_older_than_1_2_is_refused() {
    // A server hello of TLS 1.1, as such a server begins.
    const HELLO: &[u8] = b"\x16\x03\x02\x00\x2a\x02\x00\x00\x26\x03\x02\
        0123456789abcdef0123456789abcdef\x00\x00\x2f\x00";
    let url = raw_server(HELLO).await;
    let options = ClientOptions { timeout: Duration::from_secs(5), ..ClientOptions::default() };
    let error = Client::new(&options).unwrap().send(Request::new(Method::GET, url)).await.unwrap_err();
    assert_eq!(error.code(), Code::UntrustedHost, "{error:?}");
}

#[tokio::test]
async fn a_proxy_that_wants_a_password_is_named_as_the_cause() {
    let proxy = Server::start_plain(|_| reply(407, "proxy-authenticate: Basic\r\n", "")).await;
    let options = ClientOptions { proxy: Some(proxy.url()), ..ClientOptions::default() };
    let request = Request::new(Method::GET, Url::parse("https://graph.example/").unwrap());
    let error = Client::new(&options).unwrap().send(request).await.unwrap_err();
    assert_eq!(error.code(), Code::ConnectionFailed);
    assert!(error.advice().contains("proxy asks for a user name"), "{error:?}");
    assert_eq!(proxy.seen()[0].method, "CONNECT");
}

#[tokio::test]
async fn a_proxy_gets_its_password_and_never_the_token() {
    let proxy = Server::start_plain(|_| reply(502, "", "")).await;
    let mut url = proxy.url();
    url.set_username("anna").unwrap();
    let options =
        ClientOptions { proxy: Some(url), proxy_password: Some("proxy password".into()), ..ClientOptions::default() };
    let target = Url::parse("https://graph.example/").unwrap();
    let request = Request::new(Method::GET, target.clone()).with_token(&token_for(&target)).unwrap();
    assert_eq!(Client::new(&options).unwrap().send(request).await.unwrap_err().code(), Code::ConnectionFailed);
    let seen = &proxy.seen()[0];
    assert_eq!((seen.method.as_str(), seen.target.as_str()), ("CONNECT", "graph.example:443"));
    assert_eq!(seen.headers["proxy-authorization"], "Basic YW5uYTpwcm94eSBwYXNzd29yZA==");
    assert!(!seen.headers.contains_key("authorization"));
}

#[tokio::test]
async fn an_identity_service_that_redirects_gets_the_secret_no_further() {
    let trap = Server::start(|_| reply(200, "", "")).await;
    let location = format!("location: {}\r\n", trap.url());
    let server = Server::start(move |_| reply(307, &location, "")).await;
    let authenticator = server.authenticator(Credential::client_secret(b"hunter2").unwrap());
    let error = authenticator.token(&Url::parse("https://graph.example").unwrap(), None).await.unwrap_err();
    assert_eq!(error.code(), Code::ProtocolViolation);
    assert!(trap.seen().is_empty());
}
