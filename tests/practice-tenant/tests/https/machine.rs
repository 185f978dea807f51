//! Signing in without a credential of one's own: managed identities and foreign tokens.

use practice_tenant::Options;
use reqwest::RequestBuilder;
use serde_json::{Value, json};

use crate::common::{Bench, answer, bench_with};

async fn machine(options: Options) -> (Bench, Value) {
    let bench = bench_with(Options { users: 11, managed_identity: true, ..options }).await;
    let announced = bench.running.announcement()["managedIdentity"].clone();
    (bench, announced)
}

fn text<'a>(announced: &'a Value, name: &str) -> &'a str {
    announced[name].as_str().unwrap()
}

/// A request with its query, for SharePoint as the resource.
fn ask(bench: &Bench, url: &str, version: &str, more: &[(&str, &str)]) -> RequestBuilder {
    let mut url = reqwest::Url::parse(url).unwrap();
    url.query_pairs_mut()
        .append_pair("api-version", version)
        .append_pair("resource", bench.url("sharePointMySite"))
        .extend_pairs(more);
    bench.client.get(url)
}

async fn opens_share_point(bench: &Bench, body: &Value) -> bool {
    let token = body["access_token"].as_str().unwrap_or_else(|| panic!("{body}"));
    answer(bench.get("sharePointMySite", token, "/_api/web")).await.0 == 200
}

#[tokio::test]
async fn a_virtual_machine_gives_tokens_to_who_sends_the_metadata_header() {
    let (bench, announced) = machine(Options::default()).await;
    let imds =
        |more: &[(&str, &str)]| ask(&bench, text(&announced, "imds"), "2018-02-01", more).header("Metadata", "true");
    let (status, body) = answer(imds(&[])).await;
    assert_eq!(status, 200, "{body}");
    assert!(body["expires_in"].is_string() && body["expires_on"].is_string(), "{body}");
    assert!(opens_share_point(&bench, &body).await);
    let user = &announced["userAssigned"];
    for (name, field) in [("client_id", "clientId"), ("object_id", "objectId"), ("msi_res_id", "resourceId")] {
        let (status, body) = answer(imds(&[(name, text(user, field))])).await;
        assert_eq!((status, &body["client_id"]), (200, &user["clientId"]), "{name}: {body}");
        let (status, body) = answer(imds(&[(name, "stranger")])).await;
        assert_eq!((status, &body["error_description"]), (400, &json!("Identity not found")), "{name}");
    }
    let without = ask(&bench, text(&announced, "imds"), "2018-02-01", &[]);
    assert_eq!(answer(without).await.1["error_description"], "Required metadata header not specified");
    assert_eq!(answer(imds(&[]).header("X-Forwarded-For", "10.0.0.1")).await.0, 400);
    bench.fault(&json!({ "operation": "entra.imds", "status": 410, "times": 1 })).await;
    assert_eq!(answer(imds(&[])).await.0, 410);
    assert_eq!(answer(imds(&[])).await.0, 200);
}

#[tokio::test]
async fn app_service_wants_its_header_and_names_resources_otherwise() {
    let (bench, announced) = machine(Options::default()).await;
    let (url, secret) = (text(&announced, "appService"), text(&announced, "identityHeader"));
    let (status, body) = answer(ask(&bench, url, "2019-08-01", &[]).header("X-IDENTITY-HEADER", secret)).await;
    assert_eq!(status, 200, "{body}");
    assert!(body["expires_on"].is_string() && body.get("expires_in").is_none(), "{body}");
    assert!(opens_share_point(&bench, &body).await);
    let id = text(&announced["userAssigned"], "resourceId");
    let named = |name| ask(&bench, url, "2019-08-01", &[(name, id)]).header("X-IDENTITY-HEADER", secret);
    assert_eq!(answer(named("mi_res_id")).await.1["client_id"], announced["userAssigned"]["clientId"]);
    assert_eq!(answer(ask(&bench, url, "2019-08-01", &[])).await.0, 401);
    assert_eq!(answer(ask(&bench, url, "2018-02-01", &[]).header("X-IDENTITY-HEADER", secret)).await.0, 400);
}

#[tokio::test]
async fn arc_gives_a_token_to_who_can_read_its_key_once() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options { arc_key_folder: Some(folder.path().to_owned()), ..Options::default() };
    let (bench, announced) = machine(options).await;
    let arc = || ask(&bench, text(&announced, "arc"), "2019-11-01", &[]).header("Metadata", "true");
    let challenged = arc().send().await.unwrap();
    assert_eq!(challenged.status(), 401);
    let challenge = challenged.headers()["www-authenticate"].to_str().unwrap().to_owned();
    let path = std::path::Path::new(challenge.strip_prefix("Basic realm=").unwrap()).to_owned();
    assert_eq!(path.parent(), Some(folder.path()));
    let key = format!("Basic {}", std::fs::read_to_string(&path).unwrap());
    let (status, body) = answer(arc().header("Authorization", &key)).await;
    assert_eq!(status, 200, "{body}");
    assert!(opens_share_point(&bench, &body).await);
    assert_eq!(answer(arc().header("Authorization", &key)).await.0, 401, "a key works once");
    assert!(!path.exists());
}

#[tokio::test]
async fn cloud_shell_wants_a_form() {
    let (bench, announced) = machine(Options::default()).await;
    let ask = || bench.client.post(text(&announced, "cloudShell")).form(&[("resource", bench.url("sharePointMySite"))]);
    let (status, body) = answer(ask().header("Metadata", "true")).await;
    assert_eq!(status, 200, "{body}");
    assert!(opens_share_point(&bench, &body).await);
    assert_eq!(answer(ask()).await.1["error_description"], "Required metadata header not specified");
    let empty = bench.client.post(text(&announced, "cloudShell")).header("Metadata", "true").form(&[("resource", "")]);
    assert_eq!(answer(empty).await.0, 400);
}

#[tokio::test]
async fn who_is_trusted_may_vouch_for_the_app() {
    let (bench, announced) = machine(Options::default()).await;
    let scope = format!("{}/.default", bench.url("sharePointMySite"));
    let sign_in = async |token: &Value| {
        let token = token.as_str().unwrap_or_else(|| panic!("{token}"));
        bench.ask_token(&bench.assertion_form(token, &scope)).await
    };
    let secret = text(&announced, "pipelineToken");
    let exchange = "api://AzureADTokenExchange";
    let git_hub =
        |audience| bench.client.get(format!("{}&audience={audience}", text(&announced, "gitHub"))).bearer_auth(secret);
    let url = format!("{}?api-version=7.1&serviceConnectionId=1", text(&announced, "azureDevOps"));
    let dev_ops = answer(bench.client.post(url).bearer_auth(secret)).await.1["oidcToken"].clone();
    let machine = format!(
        "{}?api-version=2018-02-01&resource={exchange}&client_id={}",
        text(&announced, "imds"),
        text(&announced["userAssigned"], "clientId")
    );
    let machine = bench.client.get(machine).header("Metadata", "true");
    let machine = answer(machine).await.1["access_token"].clone();
    let git_hub_token = answer(git_hub(exchange)).await.1["value"].clone();
    for token in [&git_hub_token, &dev_ops, &machine, &git_hub_token] {
        let (status, body) = sign_in(token).await;
        assert_eq!(status, 200, "{body}");
        assert!(opens_share_point(&bench, &body).await);
    }
    assert_eq!(answer(bench.client.get(text(&announced, "gitHub")).bearer_auth("other")).await.0, 401);
    let (status, body) = sign_in(&answer(git_hub("sts.example.test")).await.1["value"]).await;
    assert_eq!((status, &body["error_codes"]), (401, &json!([700_212])), "{body}");
    let entra = &bench.running.tenant.entra;
    let issuer = bench.running.machine.as_ref().unwrap().pipeline_issuer();
    for (issuer, subject, code) in
        [("https://stranger.example.test", "any", 700_211), (issuer.as_str(), "repo:other/repo:ref:main", 700_213)]
    {
        let (status, body) = sign_in(&json!(entra.foreign_token(issuer, subject, exchange))).await;
        assert_eq!((status, &body["error_codes"]), (401, &json!([code])), "{body}");
    }
    let mut tampered = git_hub_token.as_str().unwrap().to_owned();
    tampered.replace_range(tampered.len() - 8.., "AAAAAAAA");
    assert_eq!(sign_in(&json!(tampered)).await.1["error_codes"], json!([50_013]));
}

#[tokio::test]
async fn an_issuer_of_ones_own_is_trusted_by_its_keys() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("trust.json");
    // The keys of another tenant stand for those of somebody's cluster.
    let cluster = bench_with(Options { users: 11, ..Options::default() }).await;
    let keys = cluster.client.get(format!("{}/common/discovery/v2.0/keys", cluster.url("authority")));
    let keys: Value = answer(keys).await.1;
    let trust = json!({ "issuer": "https://cluster.example.test", "subject": "system:serviceaccount:photos:sync", "jwks": keys });
    std::fs::write(&file, trust.to_string()).unwrap();
    let bench = bench_with(Options { users: 11, federated_credentials: vec![file], ..Options::default() }).await;
    let scope = format!("{}/.default", bench.url("graph"));
    let token = |tenant: &Bench, subject| {
        tenant.running.tenant.entra.foreign_token("https://cluster.example.test", subject, "api://AzureADTokenExchange")
    };
    for (token, expected) in [
        (token(&cluster, "system:serviceaccount:photos:sync"), 200),
        (token(&cluster, "system:serviceaccount:photos:other"), 401),
        (token(&bench, "system:serviceaccount:photos:sync"), 401),
    ] {
        let (status, body) = bench.ask_token(&bench.assertion_form(&token, &scope)).await;
        assert_eq!(status, expected, "{body}");
    }
}
