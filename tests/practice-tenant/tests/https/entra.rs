//! Signing in over real HTTPS.

use crate::common::{answer, bench};
use serde_json::json;

#[tokio::test]
async fn a_certificate_signs_in_by_either_algorithm_and_only_once_per_assertion() {
    let bench = bench(11).await;
    let scope = format!("{}/.default", bench.url("graph"));
    for algorithm in ["PS256", "RS256"] {
        let assertion = bench.assertion(algorithm, &bench.claims());
        let (status, body) = bench.ask_token(&bench.assertion_form(&assertion, &scope)).await;
        assert_eq!((status, &body["token_type"]), (200, &json!("Bearer")), "{body}");
        let (status, body) = bench.ask_token(&bench.assertion_form(&assertion, &scope)).await;
        assert_eq!((status, &body["error"]), (401, &json!("invalid_client")), "used twice: {body}");
    }
}

#[tokio::test]
async fn an_assertion_that_is_wrong_in_any_way_is_refused() {
    let bench = bench(11).await;
    let scope = format!("{}/.default", bench.url("graph"));
    let now = practice_tenant::world::now();
    let changed = |name: &str, value: serde_json::Value| {
        let mut claims = bench.claims();
        claims[name] = value;
        bench.assertion("PS256", &claims)
    };
    let mut tampered = bench.assertion("PS256", &bench.claims());
    tampered.replace_range(tampered.len() - 8.., "AAAAAAAA");
    let stranger = bench
        .signed(&json!({ "alg": "PS256", "x5t#S256": "DXRirWlm9h4iYih_u_OfLvgG2uvs-H5NW0nz9UGL0Sg" }), &bench.claims());
    let unsigned = bench.signed(&json!({ "alg": "none" }), &bench.claims());
    for (what, assertion, code) in [
        ("expired", changed("exp", json!(now - 1000)), 700_024),
        ("not yet valid", changed("nbf", json!(now + 1000)), 700_024),
        ("audience", changed("aud", json!("https://login.example.test/token")), 700_023),
        ("issuer", changed("iss", json!("someone-else")), 700_021),
        ("tampered", tampered, 700_027),
        ("certificate", stranger, 700_027),
        ("no thumbprint", unsigned, 700_027),
        ("garbage", "a.b.c".to_owned(), 50_027),
    ] {
        let (status, body) = bench.ask_token(&bench.assertion_form(&assertion, &scope)).await;
        assert_eq!((status, &body["error_codes"]), (401, &json!([code])), "{what}: {body}");
        assert!(body["error_description"].as_str().unwrap().starts_with(&format!("AADSTS{code}: ")), "{what}");
    }
}

#[tokio::test]
async fn wrong_secrets_clients_tenants_and_scopes_have_their_own_codes() {
    let bench = bench(11).await;
    let secret = String::from_utf8(bench.file("clientSecretFile")).unwrap();
    let graph = format!("{}/.default", bench.url("graph"));
    let client = bench.url("clientId");
    let form = |client, secret, scope| {
        [("grant_type", "client_credentials"), ("client_id", client), ("client_secret", secret), ("scope", scope)]
    };
    assert_eq!(bench.ask_token(&form(client, &secret, &graph)).await.0, 200);
    let two = format!("{graph} {graph}");
    for (form, status, code) in [
        (form(client, "wrong", &graph), 401, 7_000_215),
        (form("99999999-9999-9999-9999-999999999999", &secret, &graph), 400, 700_016),
        (form(client, &secret, "https://unknown.example.test/.default"), 400, 500_011),
        (form(client, &secret, "User.Read"), 400, 1_002_012),
        (form(client, &secret, &two), 400, 1_002_012),
    ] {
        let (given, body) = bench.ask_token(&form).await;
        assert_eq!((given, &body["error_codes"]), (status, &json!([code])), "{body}");
    }
    let elsewhere = bench.token_url().replace(bench.url("tenantId"), "fabrikam.com");
    let (status, body) = answer(bench.client.post(elsewhere).form(&form(client, &secret, &graph))).await;
    assert_eq!((status, &body["error_codes"]), (400, &json!([90_002])), "{body}");
}

#[tokio::test]
async fn a_token_opens_only_the_host_it_was_made_for_and_share_point_takes_none_by_secret() {
    let bench = bench(11).await;
    let graph = bench.token("graph").await;
    assert_eq!(answer(bench.get("graph", &graph, "/v1.0/users")).await.0, 200);
    for host in ["sharePointMySite", "sharePointAdmin"] {
        let token = bench.token(host).await;
        assert_eq!(answer(bench.get(host, &token, "/_api/web")).await.0, 200);
        let response = bench.get(host, &graph, "/_api/web").send().await.unwrap();
        assert_eq!(response.status(), 401);
        assert!(
            response.headers()["x-ms-diagnostics"].to_str().unwrap().starts_with("3000003;reason=\"Invalid audience")
        );
        let (status, body) = answer(bench.get("graph", &token, "/v1.0/users")).await;
        assert_eq!((status, &body["error"]["code"]), (401, &json!("InvalidAuthenticationToken")));
        let secret = String::from_utf8(bench.file("clientSecretFile")).unwrap();
        let scope = format!("{}/.default", bench.url(host));
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", bench.url("clientId")),
            ("client_secret", &secret),
            ("scope", &scope),
        ];
        let by_secret = bench.ask_token(&form).await.1["access_token"].as_str().unwrap().to_owned();
        let (status, body) = answer(bench.get(host, &by_secret, "/_api/web")).await;
        assert_eq!((status, &body["error_description"]), (401, &json!("Unsupported app only token.")));
    }
    assert_eq!(answer(bench.get("graph", "", "/v1.0/users")).await.0, 401);
    assert_eq!(answer(bench.get("graph", &format!("{graph}x"), "/v1.0/users")).await.0, 401);
}

#[tokio::test]
async fn a_person_signs_in_by_device_code_and_the_refresh_token_serves_every_resource() {
    let bench = bench(11).await;
    let base = format!("{}/{}/oauth2/v2.0", bench.url("authority"), bench.url("tenantId"));
    let client_id = bench.url("clientId");
    let begin = async || {
        let form = [("client_id", client_id), ("scope", "User.Read offline_access openid profile")];
        let (status, body) = answer(bench.client.post(format!("{base}/devicecode")).form(&form)).await;
        assert_eq!((status, &body["interval"]), (200, &json!(5)), "{body}");
        body["device_code"].as_str().unwrap().to_owned()
    };
    let poll = async |code: &str| {
        let form = [
            ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
            ("client_id", client_id),
            ("device_code", code),
        ];
        let (status, body) = bench.ask_token(&form).await;
        (status, body["error"].as_str().unwrap_or("").to_owned(), body)
    };
    let code = begin().await;
    assert_eq!(poll(&code).await.1, "authorization_pending");
    assert_eq!(poll(&code).await.1, "slow_down");
    tokio::time::sleep(std::time::Duration::from_millis(4_700)).await;
    let (status, _, body) = poll(&code).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(
        answer(bench.get("graph", body["access_token"].as_str().unwrap(), "/v1.0/users")).await.0,
        403,
        "User.Read lists nobody"
    );
    assert!(body["id_token"].is_string() && body["client_info"].is_string());
    assert_eq!(poll(&code).await.1, "invalid_grant", "a code works once");
    let scope = format!("{}/.default", bench.url("sharePointMySite"));
    let form = [
        ("grant_type", "refresh_token"),
        ("client_id", client_id),
        ("refresh_token", body["refresh_token"].as_str().unwrap()),
        ("scope", &scope),
    ];
    let (status, body) = bench.ask_token(&form).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(answer(bench.get("sharePointMySite", body["access_token"].as_str().unwrap(), "/_api/web")).await.0, 200);
    for (end, error) in [("decline", "authorization_declined"), ("expire", "expired_token")] {
        let code = begin().await;
        bench.client.post(format!("{}/devicecodes/{end}", bench.url("control"))).send().await.unwrap();
        assert_eq!(poll(&code).await.1, error);
    }
    let form = [("client_id", client_id), ("scope", "Mail.Read")];
    let (status, body) = answer(bench.client.post(format!("{base}/devicecode")).form(&form)).await;
    assert_eq!((status, &body["error_codes"]), (400, &json!([65_001])));
}

#[tokio::test]
async fn the_token_endpoint_keeps_the_rules_of_oauth() {
    let bench = bench(11).await;
    let secret = String::from_utf8(bench.file("clientSecretFile")).unwrap();
    let (id, scope) = (bench.url("clientId"), format!("{}/.default", bench.url("graph")));
    let whole =
        [("grant_type", "client_credentials"), ("client_id", id), ("client_secret", &secret), ("scope", &scope)];
    let ask = |form: &[(&str, &str)]| bench.client.post(bench.token_url()).form(form);
    let twice = [whole.as_slice(), &[("scope", &scope)]].concat();
    let nobody = [("grant_type", "client_credentials"), ("scope", &scope)];
    let basic = |password: &str| ask(&nobody).basic_auth(id, Some(password));
    let as_json =
        json!({ "grant_type": "client_credentials", "client_id": id, "client_secret": secret, "scope": scope });
    let other = [("grant_type", "password"), ("client_id", id)];
    for (what, request, status, error) in [
        ("whole", ask(&whole), 200, None),
        ("basic authentication", basic(&secret), 200, None),
        ("basic authentication with a wrong secret", basic("wrong"), 401, Some("invalid_client")),
        ("two ways of authentication", ask(&whole).basic_auth(id, Some(&secret)), 400, Some("invalid_request")),
        ("a parameter twice", ask(&twice), 400, Some("invalid_request")),
        ("no form", bench.client.post(bench.token_url()).json(&as_json), 400, Some("invalid_request")),
        ("nothing", ask(&[]), 400, Some("invalid_request")),
        ("an empty parameter", ask(&[("grant_type", ""), ("client_id", id)]), 400, Some("invalid_request")),
        ("no client", ask(&nobody), 400, Some("invalid_request")),
        ("an unknown grant", ask(&other), 400, Some("unsupported_grant_type")),
    ] {
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), status, "{what}");
        let headers = response.headers().clone();
        assert!(headers["cache-control"].to_str().unwrap().contains("no-store"), "{what}");
        assert_eq!(headers["pragma"], "no-cache", "{what}");
        assert!(headers["content-type"].to_str().unwrap().starts_with("application/json"), "{what}");
        assert_eq!(headers.contains_key("www-authenticate"), what.ends_with("wrong secret"), "{what}");
        let body: serde_json::Value = response.json().await.unwrap();
        assert_eq!(body["error"].as_str(), error, "{what}: {body}");
    }
    assert_eq!(bench.client.get(bench.token_url()).send().await.unwrap().status(), 405);
}

#[tokio::test]
async fn what_is_wrong_with_tenant_scope_or_app_has_its_own_code() {
    let bench = bench(11).await;
    let secret = String::from_utf8(bench.file("clientSecretFile")).unwrap();
    let (id, scope) = (bench.url("clientId"), format!("{}/.default", bench.url("graph")));
    let two = format!("{scope} {}/.default", bench.url("sharePointMySite"));
    let code = async |tenant: &str, scope: &str| {
        let url = bench.token_url().replace(bench.url("tenantId"), tenant);
        let form =
            [("grant_type", "client_credentials"), ("client_id", id), ("client_secret", &secret), ("scope", scope)];
        answer(bench.client.post(url).form(&form)).await.1["error_codes"][0].clone()
    };
    let own = bench.url("tenantId");
    assert_eq!(code("contoso.com", &scope).await, json!(null), "a domain is as good as the id");
    assert_eq!(code(own, &two).await, 700_022);
    for tenant in ["common", "organizations", "consumers"] {
        assert_eq!(code(tenant, &scope).await, 9_001_023, "{tenant}");
    }
    assert_eq!(code("nonsense", &scope).await, 900_023);
    assert_eq!(code("22222222-2222-3333-4444-555555555555", &scope).await, 90_002);
    for (state, expected) in
        [("secret-expired", json!(7_000_222)), ("disabled", json!(7_000_112)), ("enabled", json!(null))]
    {
        bench.client.post(format!("{}/app/{state}", bench.url("control"))).send().await.unwrap();
        assert_eq!(code(own, &scope).await, expected, "{state}");
    }
}
