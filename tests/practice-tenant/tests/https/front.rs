//! Microsoft's own names on one port.

use std::net::{Ipv4Addr, SocketAddr};

use practice_tenant::Options;
use reqwest::Client;
use serde_json::json;

use crate::common::{Bench, answer, bench_with};

async fn fronted() -> (Bench, Client) {
    let bench = bench_with(Options { users: 11, front_port: Some(0), ..Options::default() }).await;
    let port = bench.running.front_port.unwrap();
    let authority = reqwest::Certificate::from_pem(bench.running.certificate_authority.as_bytes()).unwrap();
    let mut builder = Client::builder().no_proxy().tls_certs_only([authority]);
    for (name, _) in practice_tenant::front::names() {
        builder = builder.resolve(&name, SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    }
    (bench, builder.build().unwrap())
}

#[tokio::test]
async fn the_name_chooses_the_service_and_the_token_is_for_that_name() {
    let (bench, client) = fronted().await;
    let port = bench.running.front_port.unwrap();
    let token = async |resource: &str| {
        let url = format!("https://login.microsoftonline.com:{port}/contoso.onmicrosoft.com/oauth2/v2.0/token");
        let mut claims = bench.claims();
        claims["aud"] = json!("https://login.microsoftonline.com/contoso.onmicrosoft.com/oauth2/v2.0/token");
        let assertion = bench.assertion("PS256", &claims);
        let scope = format!("https://{resource}/.default");
        let (status, body) = answer(client.post(url).form(&bench.assertion_form(&assertion, &scope))).await;
        assert_eq!(status, 200, "{body}");
        body["access_token"].as_str().unwrap().to_owned()
    };
    let graph = token("graph.microsoft.com").await;
    let (status, body) =
        answer(client.get(format!("https://graph.microsoft.com:{port}/v1.0/users?$top=5")).bearer_auth(&graph)).await;
    assert_eq!(status, 200, "{body}");
    assert!(body["@odata.nextLink"].as_str().unwrap().starts_with("https://graph.microsoft.com/v1.0/users?"));
    for host in ["contoso.sharepoint.com", "contoso-my.sharepoint.com", "contoso-admin.sharepoint.com"] {
        let own = token(host).await;
        let web = |token: &str| {
            client
                .get(format!("https://{host}:{port}/_api/web"))
                .bearer_auth(token)
                .header("accept", "application/json;odata=nometadata")
        };
        let (status, body) = answer(web(&own)).await;
        assert_eq!((status, &body["Url"]), (200, &json!(format!("https://{host}"))), "{body}");
        assert_eq!(answer(web(&graph)).await.0, 401);
    }
    let person = bench.somebody("in-sync").await;
    assert!(
        person["profile"]["pictureUrl"]
            .as_str()
            .unwrap()
            .starts_with("https://contoso-my.sharepoint.com:443/User%20Photos/")
    );
    assert_eq!(person["shows"], "source");
}

#[tokio::test]
async fn a_client_may_take_the_front_port_for_its_proxy_and_other_names_are_refused() {
    let (bench, _) = fronted().await;
    let port = bench.running.front_port.unwrap();
    let authority = reqwest::Certificate::from_pem(bench.running.certificate_authority.as_bytes()).unwrap();
    let proxy = reqwest::Proxy::https(format!("http://127.0.0.1:{port}")).unwrap();
    let behind = Client::builder().proxy(proxy).tls_certs_only([authority]).build().unwrap();
    let (status, body) =
        answer(behind.get("https://login.microsoftonline.com/common/discovery/instance?api-version=1.1")).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(body["metadata"][0]["preferred_network"], "login.microsoftonline.com");
    // HTTP/1.1, where the name in the request can differ from the name in TLS.
    let front = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let authority = reqwest::Certificate::from_pem(bench.running.certificate_authority.as_bytes()).unwrap();
    let client = Client::builder().no_proxy().http1_only().tls_certs_only([authority]);
    let client = client.resolve("graph.microsoft.com", front).build().unwrap();
    let url = format!("https://graph.microsoft.com:{port}/v1.0/users");
    assert_eq!(answer(client.get(&url).header("host", "outlook.office365.com")).await.0, 421);
    assert_eq!(answer(client.get(&url).header("host", "login.microsoftonline.com")).await.0, 421);
    assert_eq!(answer(client.get(&url)).await.0, 401);
}
