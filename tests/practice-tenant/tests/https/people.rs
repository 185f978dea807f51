//! A directory of one's own.

use practice_tenant::Options;
use serde_json::{Value, json};

use crate::common::{answer, bench_with};

const PEOPLE: &str = r#"
{"userPrincipalName": "Zoë.O'Brien@contoso.com", "id": "99999999-0000-4000-8000-000000000001", "displayName": "Zoë O'Brien", "kind": "stale", "jobTitle": "Pilot"}
{"userPrincipalName": "guest_fabrikam.com#EXT#@contoso.onmicrosoft.com", "userType": "Guest", "mail": "guest@fabrikam.com"}
{"userPrincipalName": "blocked@contoso.com", "accountEnabled": false}
"#;

fn options(text: &str) -> (tempfile::TempDir, Options) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("people.jsonl");
    std::fs::write(&file, text).unwrap();
    let options = Options { people: Some(file), ..Options::default() };
    (folder, options)
}

#[tokio::test]
async fn the_people_of_a_list_are_the_directory_on_both_sides() {
    let (_folder, options) = options(PEOPLE);
    let bench = bench_with(options).await;
    let (graph, admin) = (bench.token("graph").await, bench.token("sharePointAdmin").await);
    let (status, body) =
        answer(bench.get("graph", &graph, "/v1.0/users?$select=id,userPrincipalName,userType,accountEnabled,jobTitle"))
            .await;
    assert_eq!(status, 200, "{body}");
    let field = |name: &str| body["value"].as_array().unwrap().iter().map(|one| one[name].clone()).collect::<Vec<_>>();
    let upns: Vec<Value> = PEOPLE
        .lines()
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["userPrincipalName"].clone())
        .collect();
    assert_eq!(field("userPrincipalName"), upns);
    assert_eq!(field("userType"), ["Member", "Guest", "Member"]);
    assert_eq!(field("accountEnabled"), [true, true, false]);
    assert_eq!(body["value"][0]["jobTitle"], "Pilot");
    for identity in ["99999999-0000-4000-8000-000000000001", "zo%C3%AB.o'brien@contoso.com"] {
        let (status, body) = answer(bench.get("graph", &graph, &format!("/v1.0/users/{identity}/photo"))).await;
        assert_eq!((status, &body["width"]), (200, &json!(648)), "{identity}: {body}");
    }
    let account = "i:0%23.f|membership|zo%C3%AB.o''brien@contoso.com";
    let path = format!("/_api/SP.UserProfiles.PeopleManager/GetPropertiesFor(accountName=@v)?@v='{account}'");
    let (status, body) = answer(bench.get("sharePointAdmin", &admin, &path)).await;
    assert_eq!((status, &body["DisplayName"]), (200, &json!("Zoë O'Brien")), "{body}");
    assert_eq!(
        bench.people().await.iter().map(|person| person["kind"].clone()).collect::<Vec<_>>(),
        ["stale", "guest", "disabled"]
    );
    assert_eq!(bench.somebody("stale").await["shows"], "other");
}

#[tokio::test]
async fn a_list_with_a_wrong_line_starts_no_tenant() {
    let twice = format!("{PEOPLE}{PEOPLE}");
    for wrong in ["{}", "nonsense", r#"{"userPrincipalName": "a@contoso.com", "kind": "tall"}"#, twice.as_str()] {
        let (_folder, options) = options(wrong);
        let error = practice_tenant::start(options).await.err().unwrap().to_string();
        assert!(error.contains("people.jsonl:"), "{error}");
    }
}
