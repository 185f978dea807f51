//! Things that go wrong on purpose, and rights that are missing.

use std::time::{Duration, Instant};

use practice_tenant::Options;
use serde_json::json;

use crate::common::{answer, bench, bench_with};

#[tokio::test]
async fn a_fault_hits_what_it_names_as_often_as_it_says() {
    let bench = bench(11).await;
    let token = bench.token("graph").await;
    let (one, other) = (bench.somebody("in-sync").await, bench.somebody("stale").await);
    bench.fault(&json!({ "operation": "graph.photoValue", "person": one["userPrincipalName"], "status": 503, "retryAfter": "2.128", "times": 2 })).await;
    let read = |person: &serde_json::Value| {
        bench.get("graph", &token, &format!("/v1.0/users/{}/photo/$value", person["id"].as_str().unwrap())).send()
    };
    for (person, status) in [(&other, 200), (&one, 503), (&one, 503), (&one, 200)] {
        let response = read(person).await.unwrap();
        assert_eq!(response.status(), status);
        assert_eq!(
            response.headers().get("retry-after").map(|wait| wait.to_str().unwrap()),
            (status == 503).then_some("2.128")
        );
    }
    bench.fault(&json!({ "operation": "graph.photoValue", "delayMs": 300, "times": 1 })).await;
    let began = Instant::now();
    assert_eq!(read(&one).await.unwrap().status(), 200);
    assert!(began.elapsed() >= Duration::from_millis(300));
    bench.fault(&json!({ "operation": "graph.photoValue", "status": 200, "bodyBase64": "/9j/4A==", "contentType": "image/jpeg", "times": 1 })).await;
    assert_eq!(read(&one).await.unwrap().bytes().await.unwrap(), [0xFF, 0xD8, 0xFF, 0xE0].as_slice());
}

#[tokio::test]
async fn an_answer_may_be_lost_after_the_write_happened() {
    let bench = bench(11).await;
    let token = bench.token("graph").await;
    let person = bench.somebody("in-sync").await;
    let url = format!("{}/v1.0/users/{}/photo/$value", bench.url("graph"), person["id"].as_str().unwrap());
    bench.fault(&json!({ "operation": "graph.photoValue", "answer": "half", "times": 1 })).await;
    if let Ok(half) = bench.client.get(&url).bearer_auth(&token).send().await {
        assert!(half.bytes().await.is_err(), "a half answer is no answer");
    }
    bench.fault(&json!({ "operation": "graph.deletePhoto", "answer": "nothing", "times": 1 })).await;
    assert!(bench.client.delete(&url).bearer_auth(&token).send().await.is_err());
    assert_eq!(bench.control(&format!("people/{}", person["id"].as_str().unwrap())).await["source"], json!(null));
}

#[tokio::test]
async fn a_fault_in_a_query_hits_one_action() {
    let bench = bench(11).await;
    let token = bench.token("sharePointAdmin").await;
    let person = bench.somebody("stale").await;
    bench.fault(&json!({ "operation": "admin.setProperty", "person": person["id"], "status": 503, "times": 1 })).await;
    let set = |id: u32| {
        format!(
            "<ExceptionHandlingScopeSimple Id=\"{id}\"><Method Name=\"SetSingleValueProfileProperty\" Id=\"{}\" ObjectPathId=\"1\"><Parameters><Parameter Type=\"String\">i:0#.f|membership|{}</Parameter><Parameter Type=\"String\">Title</Parameter><Parameter Type=\"String\">x</Parameter></Parameters></Method></ExceptionHandlingScopeSimple>",
            id + 1,
            person["userPrincipalName"].as_str().unwrap()
        )
    };
    let body = format!(
        "<Request xmlns=\"http://schemas.microsoft.com/sharepoint/clientquery/2009\"><Actions>{}{}</Actions><ObjectPaths><Constructor Id=\"1\" TypeId=\"{{cf560d69-0fdb-4489-a216-b6b47adf8ef8}}\"/></ObjectPaths></Request>",
        set(10),
        set(20)
    );
    let (status, body) =
        answer(bench.post("sharePointAdmin", &token, "/_vti_bin/client.svc/ProcessQuery").body(body)).await;
    assert_eq!(status, 200);
    assert_eq!((&body[2]["HasException"], &body[4]["HasException"]), (&json!(true), &json!(false)), "{body}");
}

#[tokio::test]
async fn a_revoked_token_is_refused_and_a_new_one_works() {
    let bench = bench(11).await;
    let (graph, site) = (bench.token("graph").await, bench.token("sharePointMySite").await);
    bench.client.post(format!("{}/tokens/revoke", bench.url("control"))).send().await.unwrap();
    assert_eq!(answer(bench.get("graph", &graph, "/v1.0/users")).await.0, 401);
    assert_eq!(answer(bench.get("sharePointMySite", &site, "/_api/web")).await.0, 401);
    let graph = bench.token("graph").await;
    assert_eq!(answer(bench.get("graph", &graph, "/v1.0/users")).await.0, 200);
}

#[tokio::test]
async fn a_token_is_refused_when_its_time_is_over() {
    let bench = bench_with(Options { users: 11, token_lifetime: 1, ..Options::default() }).await;
    let token = bench.token("graph").await;
    tokio::time::sleep(Duration::from_millis(2_100)).await;
    let (status, body) = answer(bench.get("graph", &token, "/v1.0/users")).await;
    assert_eq!(status, 401);
    assert!(body["error"]["message"].as_str().unwrap().contains("expired"), "{body}");
}

#[tokio::test]
async fn each_operation_asks_for_its_own_permission() {
    let reader = Options {
        users: 11,
        graph_roles: vec!["ProfilePhoto.Read.All".to_owned()],
        sharepoint_roles: vec!["Sites.Read.All".to_owned(), "User.Read.All".to_owned()],
        ..Options::default()
    };
    let bench = bench_with(reader).await;
    let (graph, site, admin) =
        (bench.token("graph").await, bench.token("sharePointMySite").await, bench.token("sharePointAdmin").await);
    let person = bench.somebody("in-sync").await;
    let photo = format!("/v1.0/users/{}/photo", person["id"].as_str().unwrap());
    assert_eq!(answer(bench.get("graph", &graph, &photo)).await.0, 200);
    let (status, body) = answer(bench.get("graph", &graph, "/v1.0/users")).await;
    assert_eq!((status, &body["error"]["code"]), (403, &json!("Authorization_RequestDenied")));
    let (status, body) =
        answer(bench.client.delete(format!("{}{photo}", bench.url("graph"))).bearer_auth(&graph)).await;
    assert_eq!((status, &body["error"]["code"]), (403, &json!("ErrorAccessDenied")));
    let folder = "/_api/web/GetFolderByServerRelativePath(DecodedUrl='/User%20Photos/Profile%20Pictures')";
    assert_eq!(answer(bench.get("sharePointMySite", &site, folder)).await.0, 200);
    let (status, body) = answer(
        bench.post("sharePointMySite", &site, &format!("{folder}/Files/AddUsingPath(DecodedUrl='a.jpg')")).body("x"),
    )
    .await;
    assert_eq!(
        (status, &body["odata.error"]["code"]),
        (403, &json!("-2147024891, System.UnauthorizedAccessException"))
    );
    let set = json!({ "accountName": format!("i:0#.f|membership|{}", person["userPrincipalName"].as_str().unwrap()), "propertyName": "Title", "propertyValue": "x" });
    let (status, body) = answer(
        bench
            .post("sharePointAdmin", &admin, "/_api/SP.UserProfiles.PeopleManager/SetSingleValueProfileProperty")
            .json(&set),
    )
    .await;
    assert_eq!(status, 403, "{body}");
    assert_eq!(bench.control("stats").await["writes"]["total"], 0);
}

#[tokio::test]
async fn a_limit_refuses_with_the_time_to_wait_and_then_lets_in_again() {
    let bench = bench_with(Options { users: 11, limits: Some(60.0), ..Options::default() }).await;
    let token = bench.token("sharePointAdmin").await;
    // More profile calls than five minutes (here five seconds) allow, in one query.
    let read = (10..3_111).map(|id| format!("<Method Name=\"GetUserProfilePropertyFor\" Id=\"{id}\" ObjectPathId=\"1\"><Parameters><Parameter Type=\"String\">i:0#.f|membership|anna.lee@contoso.com</Parameter><Parameter Type=\"String\">Title</Parameter></Parameters></Method>"));
    let body = format!(
        "<Request xmlns=\"http://schemas.microsoft.com/sharepoint/clientquery/2009\"><Actions>{}</Actions><ObjectPaths><Constructor Id=\"1\" TypeId=\"{{cf560d69-0fdb-4489-a216-b6b47adf8ef8}}\"/></ObjectPaths></Request>",
        read.collect::<String>()
    );
    assert_eq!(
        answer(bench.post("sharePointAdmin", &token, "/_vti_bin/client.svc/ProcessQuery").body(body)).await.0,
        200
    );
    let one = "/_api/SP.UserProfiles.PeopleManager/GetPropertiesFor(accountName=@v)?@v='i:0%23.f|membership|anna.lee@contoso.com'";
    let refused = bench.get("sharePointAdmin", &token, one).send().await.unwrap();
    assert_eq!(refused.status(), 429);
    let wait: u64 = refused.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    tokio::time::sleep(Duration::from_secs(wait)).await;
    assert_eq!(answer(bench.get("sharePointAdmin", &token, one)).await.0, 200);
}
