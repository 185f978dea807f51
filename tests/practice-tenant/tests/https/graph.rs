//! People and photos over real HTTPS.

use std::collections::HashSet;

use crate::common::{answer, bench};
use base64::Engine as _;
use practice_tenant::world::picture::Pixels;
use serde_json::{Value, json};

#[tokio::test]
async fn pages_lead_through_everybody_once() {
    let bench = bench(200).await;
    let token = bench.token("graph").await;
    let mut next =
        Some(format!("{}/v1.0/users?$select=id,userPrincipalName,assignedPlans&$top=30", bench.url("graph")));
    let (mut ids, mut pages) = (HashSet::new(), 0);
    while let Some(link) = next {
        assert!(link.starts_with(bench.url("graph")));
        let (status, body) = answer(bench.client.get(link).bearer_auth(&token)).await;
        assert_eq!(status, 200, "{body}");
        for person in body["value"].as_array().unwrap() {
            assert!(ids.insert(person["id"].as_str().unwrap().to_owned()), "twice: {person}");
            assert_eq!(person.as_object().unwrap().len(), 3);
        }
        pages += 1;
        next = body["@odata.nextLink"].as_str().map(str::to_owned);
    }
    assert_eq!((ids.len(), pages), (200, 7));
    let (_, first) = answer(bench.get("graph", &token, "/v1.0/users")).await;
    assert_eq!(first["value"].as_array().unwrap().len(), 100);
}

#[tokio::test]
async fn bad_queries_are_refused() {
    let bench = bench(20).await;
    let token = bench.token("graph").await;
    for (query, status) in [
        ("$top=1000", 400),
        ("$top=0", 400),
        ("$top=x", 400),
        ("$skip=5", 400),
        ("$select=nope", 400),
        ("$select=mySite", 501),
        ("$filter=nope", 400),
        ("$filter=displayName ne 'x'", 400),
        ("$skiptoken=m~AAAA", 400),
        ("$expand=photo", 400),
    ] {
        assert_eq!(answer(bench.get("graph", &token, &format!("/v1.0/users?{query}"))).await.0, status, "{query}");
    }
    let (status, body) = answer(
        bench
            .get("graph", &token, "/v1.0/users?$count=true&$filter=accountEnabled ne false&$top=2")
            .header("ConsistencyLevel", "eventual"),
    )
    .await;
    assert_eq!(status, 200);
    assert_eq!(
        body["@odata.count"],
        bench.people().await.iter().filter(|person| person["accountEnabled"] == true).count()
    );
}

#[tokio::test]
async fn people_are_found_by_id_and_upn_but_not_by_mail_of_a_guest() {
    let bench = bench(200).await;
    let token = bench.token("graph").await;
    let guest = bench.somebody("guest").await;
    let upn = guest["userPrincipalName"].as_str().unwrap().to_uppercase().replace('#', "%23");
    let (status, body) = answer(bench.get("graph", &token, &format!("/v1.0/users/{upn}"))).await;
    assert_eq!((status, &body["id"]), (200, &guest["id"]));
    let (status, by_id) =
        answer(bench.get("graph", &token, &format!("/v1.0//users/{}", guest["id"].as_str().unwrap()))).await;
    assert_eq!(status, 200);
    for identity in [by_id["mail"].as_str().unwrap(), "nobody@contoso.com", "00000000-0000-4000-8000-000000000000"] {
        let (status, body) = answer(bench.get("graph", &token, &format!("/v1.0/users/{identity}"))).await;
        assert_eq!((status, &body["error"]["code"]), (404, &json!("Request_ResourceNotFound")), "{identity}");
    }
}

#[tokio::test]
async fn a_person_without_a_photo_is_said_so_in_every_form_that_was_seen() {
    let bench = bench(200).await;
    let token = bench.token("graph").await;
    let mut forms = HashSet::new();
    for person in bench.people().await.iter().filter(|person| person["source"].is_null()) {
        let (status, body) =
            answer(bench.get("graph", &token, &format!("/v1.0/users/{}/photo", person["id"].as_str().unwrap()))).await;
        forms.insert((status, body["error"]["code"].as_str().or(body["id"].as_str()).unwrap().to_owned()));
        let (status, _) =
            answer(bench.get("graph", &token, &format!("/v1.0/users/{}/photo/$value", person["id"].as_str().unwrap())))
                .await;
        assert_eq!(status, 404);
    }
    let seen = |status, code: &str| assert!(forms.contains(&(status, code.to_owned())), "{code} is not in {forms:?}");
    seen(404, "ImageNotFound");
    seen(404, "ErrorItemNotFound");
    seen(404, "ErrorEntityNotFound");
    seen(200, "1x1");
}

#[tokio::test]
async fn sizes_are_made_from_the_largest_and_none_above_it() {
    let bench = bench(200).await;
    let token = bench.token("graph").await;
    let people = bench.people().await;
    for wanted in [648, 360] {
        let person = people
            .iter()
            .find(|person| person["source"]["width"] == wanted && person["exchangeOnline"] == true)
            .unwrap();
        let base = format!("/v1.0/users/{}", person["id"].as_str().unwrap());
        let (_, all) = answer(bench.get("graph", &token, &format!("{base}/photos"))).await;
        let sizes: Vec<&str> =
            all["value"].as_array().unwrap().iter().map(|size| size["id"].as_str().unwrap()).collect();
        assert_eq!(sizes.len(), if wanted == 648 { 9 } else { 6 }, "{sizes:?}");
        for size in [48, 240, 360, 648] {
            let response =
                bench.get("graph", &token, &format!("{base}/photos/{size}X{size}/$value")).send().await.unwrap();
            if size <= wanted {
                let pixels = Pixels::decode(&response.bytes().await.unwrap()).unwrap();
                assert_eq!((pixels.width, pixels.height), (size, size));
            } else {
                assert_eq!(response.status(), 404);
            }
        }
    }
}

#[tokio::test]
async fn a_stored_photo_is_encoded_anew_and_its_tag_changes() {
    let bench = bench(11).await;
    let token = bench.token("graph").await;
    let person = bench.somebody("no-photo").await;
    let path = format!("/v1.0/users/{}/photo", person["id"].as_str().unwrap());
    let mut picture = Pixels::new(900, 700);
    picture
        .rgb
        .chunks_exact_mut(3)
        .enumerate()
        .for_each(|(i, pixel)| pixel.copy_from_slice(&[200, u8::try_from(i % 251).unwrap(), 30]));
    let sent = picture.jpeg(90).unwrap();
    let put = |body: Vec<u8>| {
        bench
            .client
            .put(format!("{}{path}/$value", bench.url("graph")))
            .bearer_auth(&token)
            .header("content-type", "image/jpeg")
            .body(body)
    };
    assert_eq!(put(sent.clone()).send().await.unwrap().status(), 200);
    let (_, first) = answer(bench.get("graph", &token, &path)).await;
    assert_eq!((&first["width"], &first["height"]), (&json!(648), &json!(648)));
    let kept = bench.get("graph", &token, &format!("{path}/$value")).send().await.unwrap().bytes().await.unwrap();
    assert_ne!(kept, sent);
    assert_eq!(put(sent.clone()).send().await.unwrap().status(), 200);
    let (_, second) = answer(bench.get("graph", &token, &path)).await;
    assert_ne!(first["@odata.mediaEtag"], second["@odata.mediaEtag"]);
    assert_eq!(put(b"no picture".to_vec()).send().await.unwrap().status(), 400);
    assert_eq!(put(vec![0; (4 << 20) + 1]).send().await.unwrap().status(), 413);
    let delete = |path: String| bench.client.delete(format!("{}{path}", bench.url("graph"))).bearer_auth(&token).send();
    assert_eq!(delete(path.clone()).await.unwrap().status(), 204);
    assert_eq!(delete(format!("{path}/$value")).await.unwrap().status(), 404);
    let counted = bench.control("stats").await;
    assert_eq!(counted["writes"]["byOperation"], json!({ "graph.putPhoto": 2, "graph.deletePhoto": 1 }));
}

#[tokio::test]
async fn a_batch_answers_each_part_and_pictures_are_base64() {
    let bench = bench(11).await;
    let token = bench.token("graph").await;
    let (with, without) = (bench.somebody("in-sync").await, bench.somebody("no-photo").await);
    let id = |person: &Value| person["id"].as_str().unwrap().to_owned();
    bench.fault(&json!({ "operation": "graph.user", "status": 429, "retryAfter": "7", "times": 1 })).await;
    let requests = json!([
        { "id": "a", "method": "GET", "url": format!("/users/{}/photo/$value", id(&with)) },
        { "id": "b", "method": "GET", "url": format!("users/{}/photo/$value", id(&without)) },
        { "id": "c", "method": "GET", "url": format!("/users/{}", id(&with)) },
        { "id": "d", "method": "GET", "url": format!("/users/{}", id(&with)), "dependsOn": ["b"] },
    ]);
    let (status, body) =
        answer(bench.post("graph", &token, "/v1.0/$batch").json(&json!({ "requests": requests }))).await;
    assert_eq!(status, 200, "{body}");
    let part = |id: &str| body["responses"].as_array().unwrap().iter().find(|part| part["id"] == id).unwrap().clone();
    assert_ne!(body["responses"][0]["id"], "a", "answers come in another order than requests");
    let picture = base64::engine::general_purpose::STANDARD.decode(part("a")["body"].as_str().unwrap()).unwrap();
    assert_eq!(
        picture,
        bench
            .client
            .get(format!("{}/people/{}/photo", bench.url("control"), id(&with)))
            .send()
            .await
            .unwrap()
            .bytes()
            .await
            .unwrap()
    );
    assert_eq!(
        (part("a")["status"].clone(), part("a")["headers"]["Content-Type"].clone()),
        (json!(200), json!("image/jpeg"))
    );
    assert_eq!(part("b")["status"], 404);
    assert_eq!((part("c")["status"].clone(), part("c")["headers"]["Retry-After"].clone()), (json!(429), json!("7")));
    assert_eq!(part("d")["status"], 424);
    let counted = bench.control("stats").await;
    assert_eq!(counted["requests"]["byService"]["graph"], 1);
    assert_eq!(counted["operations"]["byOperation"], json!({ "graph.photoValue": 2, "graph.user": 1 }));
}

#[tokio::test]
async fn malformed_batches_are_refused_as_a_whole() {
    let bench = bench(11).await;
    let token = bench.token("graph").await;
    let part = |id: usize| json!({ "id": id.to_string(), "method": "GET", "url": "/users" });
    let many: Vec<Value> = (0..21).map(part).collect();
    for body in [
        json!({ "requests": many }),
        json!({ "requests": [part(1), part(1)] }),
        json!({ "requests": [] }),
        json!({}),
        json!([1]),
        json!({ "requests": [{ "id": "1", "method": "GET", "url": "https://elsewhere.example.test/users" }] }),
        json!({ "requests": [{ "id": "1", "method": "PUT", "url": "/users/x/photo/$value", "body": "AAAA" }] }),
        json!({ "requests": [{ "id": "1", "method": "GET", "url": "/users", "dependsOn": ["9"] }] }),
    ] {
        assert_eq!(answer(bench.post("graph", &token, "/v1.0/$batch").json(&body)).await.0, 400, "{body}");
    }
}

#[tokio::test]
async fn delta_tells_who_went_and_expires() {
    let bench = bench(250).await;
    let token = bench.token("graph").await;
    let mut link = format!("{}/v1.0/users/delta?$select=id", bench.url("graph"));
    let mut ids = HashSet::new();
    let delta = loop {
        let (status, body) = answer(bench.client.get(&link).bearer_auth(&token)).await;
        assert_eq!(status, 200, "{body}");
        ids.extend(body["value"].as_array().unwrap().iter().map(|person| person["id"].as_str().unwrap().to_owned()));
        match body["@odata.nextLink"].as_str() {
            Some(next) => link = next.to_owned(),
            None => break body["@odata.deltaLink"].as_str().unwrap().to_owned(),
        }
    };
    assert_eq!(ids.len(), 250);
    let gone = bench.somebody("stale").await["id"].as_str().unwrap().to_owned();
    // A changed photo is no change of the user.
    let other = bench.somebody("in-sync").await["id"].as_str().unwrap().to_owned();
    bench.client.post(format!("{}/people/{other}/photo", bench.url("control"))).send().await.unwrap();
    bench.client.delete(format!("{}/people/{gone}", bench.url("control"))).send().await.unwrap();
    assert_eq!(answer(bench.get("graph", &token, &format!("/v1.0/users/{gone}"))).await.0, 404);
    let (_, body) = answer(bench.client.get(&delta).bearer_auth(&token)).await;
    assert_eq!(body["value"], json!([{ "id": gone, "@removed": { "reason": "changed" } }]));
    bench.client.post(format!("{}/delta/expire", bench.url("control"))).send().await.unwrap();
    assert_eq!(answer(bench.client.get(&delta).bearer_auth(&token)).await.0, 410);
}

#[tokio::test]
async fn a_group_has_its_members() {
    let bench = bench(60).await;
    let token = bench.token("graph").await;
    let groups = bench.control("groups").await;
    let pilot = groups.as_array().unwrap().iter().find(|group| group["displayName"] == "Pilot").unwrap();
    let path = format!("/v1.0/groups/{}/members/microsoft.graph.user?$select=id&$top=4", pilot["id"].as_str().unwrap());
    let (status, body) = answer(bench.get("graph", &token, &path)).await;
    assert_eq!((status, body["value"].as_array().unwrap().len()), (200, 4), "{body}");
    assert_eq!(body["value"][0]["@odata.type"], "#microsoft.graph.user");
    let (_, rest) = answer(bench.client.get(body["@odata.nextLink"].as_str().unwrap()).bearer_auth(&token)).await;
    assert!(!rest["value"].as_array().unwrap().is_empty() && rest["@odata.nextLink"].is_null());
    assert_eq!(
        answer(bench.get("graph", &token, "/v1.0/groups/00000000-0000-4000-8000-000000000000/members")).await.0,
        404
    );
}

#[tokio::test]
async fn a_wrong_method_is_told_the_right_ones() {
    let bench = bench(11).await;
    let token = bench.token("graph").await;
    for (method, path, allowed) in [
        ("PUT", "/v1.0/users", "GET"),
        ("GET", "/v1.0/$batch", "POST"),
        ("TRACE", "/v1.0/users/x/photo", "GET, DELETE"),
        ("POST", "/v1.0/users/x/photo/$value", "GET, PUT, PATCH, DELETE"),
        ("PUT", "/v1.0/users/x/photos/48x48/$value", "GET"),
    ] {
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let request = bench.client.request(method, format!("{}{path}", bench.url("graph"))).bearer_auth(&token);
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 405, "{path}");
        assert_eq!(response.headers()["allow"], allowed, "{path}");
    }
}
