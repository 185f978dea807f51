//! Things that go wrong on purpose, and rights that are missing.

use std::time::{Duration, Instant};

use practice_tenant::Options;
use serde_json::{Value, json};

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

fn photo(person: &Value) -> String {
    format!("/v1.0/users/{}/photo", person["id"].as_str().unwrap())
}

fn profile(person: &Value) -> String {
    let upn = person["userPrincipalName"].as_str().unwrap().replace('#', "%23");
    format!("/_api/SP.UserProfiles.PeopleManager/GetPropertiesFor(accountName=@v)?@v='i:0%23.f|membership|{upn}'")
}

#[tokio::test]
async fn a_read_may_show_for_a_while_what_was_there_before_a_write() {
    let bench = bench(11).await;
    let (graph, admin) = (bench.token("graph").await, bench.token("sharePointAdmin").await);
    let person = bench.somebody("in-sync").await;
    let etag = async || answer(bench.get("graph", &graph, &photo(&person))).await.1["@odata.mediaEtag"].clone();
    let title = async || answer(bench.get("sharePointAdmin", &admin, &profile(&person))).await.1["Title"].clone();
    let (old_etag, old_title) = (etag().await, title().await);
    bench
        .client
        .post(format!("{}/people/{}/photo", bench.url("control"), person["id"].as_str().unwrap()))
        .send()
        .await
        .unwrap();
    let set = json!({ "accountName": format!("i:0#.f|membership|{}", person["userPrincipalName"].as_str().unwrap()), "propertyName": "Title", "propertyValue": "new" });
    let path = "/_api/SP.UserProfiles.PeopleManager/SetSingleValueProfileProperty";
    assert_eq!(answer(bench.post("sharePointAdmin", &admin, path).json(&set)).await.0, 200);
    bench.fault(&json!({ "staleMs": 3_600_000 })).await;
    assert_eq!((etag().await, title().await), (old_etag.clone(), old_title));
    bench.client.delete(format!("{}/faults", bench.url("control"))).send().await.unwrap();
    bench.fault(&json!({ "staleMs": 1 })).await;
    assert_ne!(etag().await, old_etag);
    assert_eq!(title().await, "new");
}

#[tokio::test]
async fn an_answer_may_be_garbage_another_kind_or_a_picture_that_lies() {
    let bench = bench(11).await;
    let token = bench.token("graph").await;
    let person = bench.somebody("in-sync").await;
    let spoilt = async |spoil: &str, path: &str| {
        bench.fault(&json!({ "spoil": spoil, "times": 1 })).await;
        let response = bench.get("graph", &token, path).send().await.unwrap();
        let kind = response.headers()["content-type"].to_str().unwrap().to_owned();
        (response.status().as_u16(), kind, response.bytes().await.unwrap())
    };
    let (status, kind, body) = spoilt("json", "/v1.0/users?$top=2").await;
    assert!(status == 200 && kind.contains("json") && serde_json::from_slice::<Value>(&body).is_err());
    let (status, kind, body) = spoilt("contentType", "/v1.0/users?$top=2").await;
    assert!(status == 200 && kind == "text/html" && body.starts_with(b"<!DOCTYPE html>"));
    let value = format!("{}/$value", photo(&person));
    let whole = bench.get("graph", &token, &value).send().await.unwrap().bytes().await.unwrap();
    assert_eq!(spoilt("cutPicture", &value).await.2, whole[..whole.len() / 2]);
    let huge = spoilt("hugePicture", &value).await.2;
    let frame = huge.windows(2).position(|pair| pair == [0xFF, 0xC0]).unwrap();
    assert_eq!(huge[frame + 5..frame + 9], [0xFF, 0xDC, 0xFF, 0xDC]);
    assert_eq!(huge.len(), whole.len());
}

#[tokio::test]
async fn a_page_may_come_twice_or_begin_with_the_last_one_of_the_page_before() {
    let bench = bench(30).await;
    let token = bench.token("graph").await;
    for (page, seen) in [("repeat", 40), ("overlap", 31)] {
        bench.fault(&json!({ "page": page, "times": 1 })).await;
        let mut path = "/v1.0/users?$top=10&$select=id".to_owned();
        let mut ids = Vec::new();
        loop {
            let (_, body) = answer(bench.get("graph", &token, &path)).await;
            ids.extend(body["value"].as_array().unwrap().iter().map(|user| user["id"].as_str().unwrap().to_owned()));
            let Some(next) = body["@odata.nextLink"].as_str() else { break };
            path = next.replace(bench.url("graph"), "");
        }
        assert_eq!(ids.len(), seen, "{page}");
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), 30, "{page}: nobody is lost");
    }
}

#[tokio::test]
async fn a_person_may_leave_between_list_and_read() {
    let bench = bench(11).await;
    let token = bench.token("graph").await;
    let person = bench.somebody("in-sync").await;
    bench.fault(&json!({ "operation": "graph.photo", "leaves": true, "times": 1 })).await;
    for _ in 0..2 {
        let (status, body) = answer(bench.get("graph", &token, &photo(&person))).await;
        assert_eq!((status, &body["error"]["code"]), (404, &json!("Request_ResourceNotFound")));
    }
}

#[tokio::test]
async fn faults_combine_and_each_can_be_switched_off_alone() {
    let bench = bench(11).await;
    let token = bench.token("graph").await;
    bench.fault(&json!({ "name": "slow", "operation": "graph", "delayMs": 200 })).await;
    bench.fault(&json!({ "name": "busy", "operation": "graph.users", "status": 503 })).await;
    bench.fault(&json!({ "name": "late", "operation": "graph.users", "status": 429 })).await;
    let users = async || {
        let began = Instant::now();
        (answer(bench.get("graph", &token, "/v1.0/users")).await.0, began.elapsed() >= Duration::from_millis(200))
    };
    let off = async |name: &str| {
        bench.client.delete(format!("{}/faults/{name}", bench.url("control"))).send().await.unwrap();
    };
    assert_eq!(users().await, (503, true));
    let hits = bench.control("faults").await;
    assert_eq!(hits.as_array().unwrap().iter().map(|fault| &fault["hits"]).collect::<Vec<_>>(), [1, 1, 0]);
    off("busy").await;
    assert_eq!(users().await, (429, true));
    off("slow").await;
    off("late").await;
    assert_eq!(users().await.0, 200);
}

#[tokio::test]
async fn a_seed_chooses_the_same_requests_each_time_and_as_many_as_it_says() {
    let mut runs = Vec::new();
    for seed in [1, 1, 2] {
        let bench = bench(100).await;
        let token = bench.token("graph").await;
        bench.fault(&json!({ "seed": seed, "rate": 0.3 })).await;
        let mut run = Vec::new();
        for index in 0..100 {
            let id = bench.running.tenant.world.person(index).unwrap().id;
            // On a connection of its own: on an old one the client itself may send a request twice.
            let request =
                bench.get("graph", &token, &format!("/v1.0/users/{id}?$select=id")).header("connection", "close");
            let body = match request.send().await {
                Ok(response) if response.status() == 200 => response.json::<Value>().await.ok(),
                _ => None,
            };
            run.push(body.is_some());
        }
        runs.push(run);
    }
    assert_eq!(runs[0], runs[1]);
    assert_ne!(runs[0], runs[2]);
    let failed = runs[0].iter().filter(|good| !**good).count();
    // Some kinds of fault are for pictures or pages, and a late answer is none the less good.
    assert!((5..30).contains(&failed), "{failed} of 100");
}

#[tokio::test]
async fn the_counters_tell_what_was_spent_refused_and_sent_too_early() {
    let options = Options { users: 11, limits: Some(60.0), licences: Some(10_000), ..Options::default() };
    let bench = bench_with(options).await;
    let (graph, site) = (bench.token("graph").await, bench.token("sharePointMySite").await);
    let folder = "/_api/web/GetFolderByServerRelativePath(DecodedUrl='/User%20Photos/Profile%20Pictures')";
    assert_eq!(answer(bench.get("graph", &graph, "/v1.0/users")).await.0, 200);
    assert_eq!(answer(bench.get("sharePointMySite", &site, folder)).await.0, 200);
    assert_eq!(answer(bench.get("sharePointMySite", "none", folder)).await.0, 401);
    let stats = bench.control("stats").await;
    assert_eq!(stats["limits"]["sharePointUnitsPerMinute"], 3_750);
    assert_eq!(stats["limits"]["peopleManagerCallsPer5Minutes"], 9_000);
    assert_eq!(stats["units"]["byApp"][bench.url("clientId")], json!({ "directory": 2, "sharePoint": 2 }));
    assert_eq!(stats["units"]["byMinute"][0]["sharePoint"], 2, "{stats}");

    let everything = json!({ "share": 1.0 }).to_string();
    bench.client.post(format!("{}/load", bench.url("control"))).body(everything).send().await.unwrap();
    for _ in 0..3 {
        assert_eq!(answer(bench.get("sharePointMySite", &site, folder)).await.0, 429);
    }
    let stats = bench.control("stats").await;
    assert_eq!(stats["refusals"], json!({ "total": 3, "byService": { "mySite": { "429": 3 } } }));
    assert_eq!(stats["whileClosed"], json!({ "total": 2, "byService": { "mySite": 2 } }));
    let nobody_else = json!({ "share": 0.0 }).to_string();
    bench.client.post(format!("{}/load", bench.url("control"))).body(nobody_else).send().await.unwrap();
    tokio::time::sleep(Duration::from_secs(6)).await;
    assert_eq!(answer(bench.get("sharePointMySite", &site, folder)).await.0, 200);
}

#[tokio::test]
async fn a_mailbox_takes_no_fifth_request_while_four_are_under_way() {
    let bench = bench_with(Options { users: 11, limits: Some(60.0), ..Options::default() }).await;
    let token = bench.token("graph").await;
    let person = bench.somebody("in-sync").await;
    bench.fault(&json!({ "operation": "graph.photo", "delayMs": 1_000 })).await;
    let reads = (0..5).map(|_| answer(bench.get("graph", &token, &photo(&person))));
    let answers = futures_util::future::join_all(reads).await;
    let refused: Vec<&Value> = answers.iter().filter(|(status, _)| *status == 429).map(|(_, body)| body).collect();
    assert_eq!(refused.len(), 1, "{answers:?}");
    assert_eq!(refused[0]["error"]["code"], "ApplicationThrottled");
}
