//! The picture library and the profiles over real HTTPS.

use std::fmt::Write as _;

use crate::common::{Bench, answer, bench, bench_with};
use practice_tenant::Options;
use practice_tenant::world::Language;
use practice_tenant::world::picture::Pixels;
use serde_json::{Value, json};

const FOLDER: &str = "/User%20Photos/Profile%20Pictures";

/// The names of the person's thumbnails, from the profile.
fn stem(person: &Value) -> String {
    let url = person["profile"]["pictureUrl"].as_str().unwrap();
    url.rsplit('/').next().unwrap().replace("_MThumb.jpg", "").to_lowercase()
}

#[tokio::test]
async fn the_picture_folder_is_found_below_the_library() {
    let bench = bench(11).await;
    let token = bench.token("sharePointMySite").await;
    let (status, body) = answer(bench.get(
        "sharePointMySite",
        &token,
        "/_api/web/GetFolderByServerRelativePath(DecodedUrl='/User Photos')/Folders?$select=Name",
    ))
    .await;
    assert_eq!(status, 200);
    assert_eq!(body["value"], json!([{ "Name": "Forms" }, { "Name": "Profile Pictures" }]));
    let (status, body) = answer(bench.get(
        "sharePointMySite",
        &token,
        "/_api/web/GetFolderByServerRelativePath(DecodedUrl='/User Photos/Profilbilder')",
    ))
    .await;
    assert_eq!(status, 404, "{body}");
    let admin = bench.token("sharePointAdmin").await;
    assert_eq!(
        answer(bench.get(
            "sharePointAdmin",
            &admin,
            "/_api/web/GetFolderByServerRelativePath(DecodedUrl='/User Photos')/Folders"
        ))
        .await
        .0,
        404
    );
}

#[tokio::test]
async fn files_are_written_replaced_read_and_deleted_under_hard_names() {
    let bench = bench(11).await;
    let token = bench.token("sharePointMySite").await;
    let host = "sharePointMySite";
    let add = |call: &str, body: &'static [u8]| bench.post(host, &token, &format!("/_api/web/{call}")).body(body);
    let (status, made) = answer(add(&format!("GetFolderByServerRelativePath(DecodedUrl='{FOLDER}')/Files/AddUsingPath(DecodedUrl='o''brien_zo%C3%AB%23ext%23_SThumb.jpg',overwrite=true)"), b"one")).await;
    assert_eq!(status, 200, "{made}");
    assert_eq!((&made["Name"], &made["Length"]), (&json!("o'brien_zoë#ext#_SThumb.jpg"), &json!("3")));
    assert!(made["ETag"].as_str().unwrap().ends_with("},1\""));
    let (status, again) = answer(add(&format!("getFolderByServerRelativeUrl('{FOLDER}')/Files/add(overwrite=true,url='O''BRIEN_zo%C3%AB%2523ext%2523_sthumb.jpg')"), b"three")).await;
    assert_eq!(status, 200, "{again}");
    assert_eq!((&again["UniqueId"], &again["Length"]), (&made["UniqueId"], &json!("5")));
    assert!(again["ETag"].as_str().unwrap().ends_with("},2\""));
    let (status, body) = answer(add(&format!("GetFolderByServerRelativePath(DecodedUrl='{FOLDER}')/Files/AddUsingPath(DecodedUrl='o''brien_zo%C3%AB%23ext%23_SThumb.jpg')"), b"no")).await;
    assert_eq!(status, 400, "{body}");
    for call in [
        format!("GetFileByServerRelativePath(DecodedUrl='{FOLDER}/o''brien_zo%C3%AB%23ext%23_sthumb.JPG')/$value"),
        format!(
            "GetFileByServerRelativePath(DecodedUrl=@f)/$value?@f=%27{FOLDER}/o%27%27brien_zo%C3%AB%23ext%23_SThumb.jpg%27"
        ),
        format!("GetFileById('{}')/$value", made["UniqueId"].as_str().unwrap()),
    ] {
        let response = bench.get(host, &token, &format!("/_api/web/{call}")).send().await.unwrap();
        assert_eq!(response.text().await.unwrap(), "three", "{call}");
    }
    let file =
        format!("/_api/web/GetFileByServerRelativePath(DecodedUrl='{FOLDER}/o''brien_zo%C3%AB%23ext%23_SThumb.jpg')");
    let delete =
        |tag: &str| bench.post(host, &token, &file).header("x-http-method", "DELETE").header("if-match", tag).send();
    assert_eq!(delete(made["ETag"].as_str().unwrap()).await.unwrap().status(), 412);
    assert_eq!(delete("*").await.unwrap().status(), 200);
    let (status, body) = answer(bench.get(host, &token, &file)).await;
    assert_eq!((status, &body["odata.error"]["code"]), (404, &json!("-2130575338, Microsoft.SharePoint.SPException")));
}

#[tokio::test]
async fn every_dialect_says_the_same() {
    let bench = bench(11).await;
    let token = bench.token("sharePointMySite").await;
    let name = format!("{}_MThumb.jpg", stem(&bench.somebody("in-sync").await));
    let url =
        format!("{}/_api/web/GetFileByServerRelativePath(DecodedUrl='{FOLDER}/{name}')", bench.url("sharePointMySite"));
    let ask = async |accept: &str| {
        bench.client.get(&url).bearer_auth(&token).header("accept", accept).send().await.unwrap().text().await.unwrap()
    };
    let json = async |accept: &str| serde_json::from_str::<Value>(&ask(accept).await).unwrap();
    let plain = json("application/json;odata=nometadata").await;
    assert_eq!(plain["Name"], name);
    assert_eq!(json("application/json;odata=verbose").await["d"]["Name"], name);
    let minimal = json("application/json").await;
    assert_eq!((&minimal["Name"], &minimal["odata.type"]), (&json!(name), &json!("SP.File")));
    assert_eq!(json("application/json;odata.metadata=minimal").await["@odata.type"], "SP.File");
    assert!(ask("*/*").await.contains(&format!("<d:Name>{name}</d:Name>")));
}

#[tokio::test]
async fn list_items_lead_through_the_library_by_id() {
    let bench = bench(60).await;
    let token = bench.token("sharePointMySite").await;
    let files = bench
        .people()
        .await
        .iter()
        .flat_map(|person| ["S", "M", "L"].map(|size| person["files"][size].clone()))
        .filter(|file| !file.is_null())
        .count();
    for (accept, link) in [
        ("application/json;odata=nometadata", "odata.nextLink"),
        ("application/json;odata.metadata=none", "@odata.nextLink"),
    ] {
        let mut next = Some(format!(
            "{}/_api/web/GetList('/User Photos')/items?$select=Id,FileLeafRef,File_x0020_Size,Modified,UniqueId,FileSystemObjectType&$top=40",
            bench.url("sharePointMySite")
        ));
        let (mut last, mut count) = (0, 0);
        while let Some(page) = next {
            let (status, body) = answer(bench.client.get(page).bearer_auth(&token).header("accept", accept)).await;
            assert_eq!(status, 200, "{body}");
            for item in body["value"].as_array().unwrap() {
                let id = item["Id"].as_u64().unwrap();
                assert!(id > last);
                last = id;
                count += usize::from(item["FileSystemObjectType"] == 0);
            }
            next = body[link].as_str().map(str::to_owned);
        }
        assert_eq!(count, files);
    }
}

#[tokio::test]
async fn rest_reads_and_writes_profiles_but_only_the_admin_host_writes() {
    let bench = bench(200).await;
    let (admin, site) = (bench.token("sharePointAdmin").await, bench.token("sharePointMySite").await);
    let guest = bench.somebody("guest").await;
    let account = format!("i:0#.f|membership|{}", guest["userPrincipalName"].as_str().unwrap().to_lowercase());
    let encoded = account.replace('#', "%23").replace('|', "%7C");
    let manager = "/_api/SP.UserProfiles.PeopleManager";
    let (status, body) = answer(bench.get(
        "sharePointMySite",
        &site,
        &format!("{manager}/GetPropertiesFor(accountName=@v)?@v='{encoded}'"),
    ))
    .await;
    assert_eq!(status, 200);
    assert_eq!(body["AccountName"], account);
    let set = |host, token, account: &str| {
        bench.post(host, token, &format!("{manager}/SetSingleValueProfileProperty")).json(
            &json!({ "accountName": account, "propertyName": "SPS-PictureTimestamp", "propertyValue": "63800000000" }),
        )
    };
    let (status, body) = answer(set("sharePointMySite", &site, &account)).await;
    assert_eq!(status, 403, "{body}");
    let (status, body) = answer(set("sharePointAdmin", &admin, &account)).await;
    assert_eq!((status, &body), (200, &json!({ "odata.null": true })));
    let (_, body) = answer(bench.get(
        "sharePointAdmin",
        &admin,
        &format!(
            "{manager}/GetUserProfilePropertyFor(accountName=@v,propertyName='SPS-PictureTimestamp')?@v='{encoded}'"
        ),
    ))
    .await;
    assert_eq!(body, json!({ "value": "63800000000" }));
    let missing =
        format!("i:0#.f|membership|{}", bench.somebody("no-profile").await["userPrincipalName"].as_str().unwrap());
    let (status, body) = answer(set("sharePointAdmin", &admin, &missing)).await;
    assert_eq!(status, 500);
    assert!(
        body["odata.error"]["message"]["value"]
            .as_str()
            .unwrap()
            .starts_with("User Profile Error 1000: User Not Found")
    );
    let (status, body) = answer(bench.get(
        "sharePointAdmin",
        &admin,
        &format!("{manager}/GetPropertiesFor(accountName=@v)?@v='{}'", missing.replace('#', "%23")),
    ))
    .await;
    assert_eq!((status, body), (200, json!({ "odata.null": true })));
    assert_eq!(bench.control("stats").await["writes"]["total"], 1);
}

fn set(id: usize, account: &str, name: &str, value: &str) -> String {
    format!(
        "<Method Name=\"SetSingleValueProfileProperty\" Id=\"{id}\" ObjectPathId=\"1\"><Parameters><Parameter Type=\"String\">{account}</Parameter><Parameter Type=\"String\">{name}</Parameter><Parameter Type=\"String\">{value}</Parameter></Parameters></Method>"
    )
}

async fn process(bench: &Bench, token: &str, actions: &str, paths: &str) -> (u16, Value) {
    let body = format!(
        "<Request xmlns=\"http://schemas.microsoft.com/sharepoint/clientquery/2009\" SchemaVersion=\"15.0.0.0\" LibraryVersion=\"16.0.0.0\" ApplicationName=\"test\"><Actions>{actions}</Actions><ObjectPaths><Constructor Id=\"1\" TypeId=\"{{cf560d69-0fdb-4489-a216-b6b47adf8ef8}}\"/>{paths}</ObjectPaths></Request>"
    );
    answer(
        bench
            .post("sharePointAdmin", token, "/_vti_bin/client.svc/ProcessQuery")
            .header("content-type", "text/xml")
            .body(body),
    )
    .await
}

fn account(person: &Value) -> String {
    format!("i:0#.f|membership|{}", person["userPrincipalName"].as_str().unwrap().replace('\'', "&apos;"))
}

/// The value after an id in an answer.
fn result(body: &Value, id: usize) -> Value {
    let all = body.as_array().unwrap();
    all.iter().position(|value| *value == json!(id)).map_or(Value::Null, |place| all[place + 1].clone())
}

#[tokio::test]
async fn one_query_writes_and_reads_back_several_people_and_a_scope_keeps_an_error_to_itself() {
    let bench = bench(11).await;
    let token = bench.token("sharePointAdmin").await;
    let (anna, missing, bo) =
        (bench.somebody("stale").await, bench.somebody("no-profile").await, bench.somebody("pinned").await);
    let mut actions = "<ObjectPath Id=\"2\" ObjectPathId=\"1\"/>".to_owned();
    for (id, person) in [(10, &anna), (20, &missing), (30, &bo)] {
        let inner = set(id + 1, &account(person), "SPS-PictureTimestamp", "1")
            + &set(id + 2, &account(person), "SPS-PicturePlaceholderState", "0");
        write!(actions, "<ExceptionHandlingScopeSimple Id=\"{id}\">{inner}</ExceptionHandlingScopeSimple>").unwrap();
    }
    let mut paths = String::new();
    for (id, person) in [(40, &anna), (50, &missing)] {
        write!(paths, "<Method Id=\"{id}\" ParentId=\"1\" Name=\"GetPropertiesFor\"><Parameters><Parameter Type=\"String\">{}</Parameter></Parameters></Method>", account(person)).unwrap();
        write!(actions, "<ObjectPath Id=\"{}\" ObjectPathId=\"{id}\"/><Query Id=\"{}\" ObjectPathId=\"{id}\"><Query SelectAllProperties=\"false\"><Properties><Property Name=\"AccountName\" ScalarProperty=\"true\"/><Property Name=\"UserProfileProperties\" ScalarProperty=\"true\"/></Properties></Query></Query>", id + 1, id + 2).unwrap();
    }
    let (status, body) = process(&bench, &token, &actions, &paths).await;
    assert_eq!(status, 200);
    assert!(body[0]["ErrorInfo"].is_null(), "{body}");
    assert_eq!(result(&body, 2), json!({ "IsNull": false }));
    assert_eq!(result(&body, 10), json!({ "HasException": false, "ErrorInfo": null }));
    assert_eq!(result(&body, 20)["HasException"], true);
    assert!(
        result(&body, 20)["ErrorInfo"]["ErrorMessage"]
            .as_str()
            .unwrap()
            .starts_with("User Profile Error 1000: User Not Found")
    );
    assert_eq!(result(&body, 30)["HasException"], false);
    assert_eq!(result(&body, 42)["_ObjectType_"], "SP.UserProfiles.PersonProperties");
    assert_eq!(result(&body, 42)["UserProfileProperties"]["SPS-PictureTimestamp"], "1");
    assert_eq!((result(&body, 51), result(&body, 52)), (json!({ "IsNull": true }), Value::Null));
    let counted = bench.control("stats").await;
    assert_eq!(counted["writes"]["byOperation"], json!({ "admin.setProperty": 4 }));
    assert_eq!(counted["requests"]["byService"]["admin"], 1);
}

#[tokio::test]
async fn an_error_outside_a_scope_ends_the_query_and_undoes_nothing() {
    let bench = bench(11).await;
    let token = bench.token("sharePointAdmin").await;
    let (anna, missing, bo) =
        (bench.somebody("stale").await, bench.somebody("no-profile").await, bench.somebody("pinned").await);
    let actions = set(3, &account(&anna), "SPS-PictureTimestamp", "1")
        + &set(4, &account(&missing), "SPS-PictureTimestamp", "1")
        + &set(5, &account(&bo), "SPS-PictureTimestamp", "1");
    let (status, body) = process(&bench, &token, &actions, "").await;
    assert_eq!((status, body.as_array().unwrap().len()), (200, 1));
    assert_eq!(body[0]["ErrorInfo"]["ErrorCode"], -1);
    let timestamp = async |person: &Value| {
        bench.control(&format!("people/{}", person["id"].as_str().unwrap())).await["profile"]["timestamp"].clone()
    };
    assert_eq!(timestamp(&anna).await, "1");
    assert_ne!(timestamp(&bo).await, "1");
    let (status, _) =
        answer(bench.post("sharePointAdmin", &token, "/_vti_bin/client.svc/ProcessQuery").body("<Request><Actions>"))
            .await;
    assert_eq!(status, 400);
    let (_, body) =
        answer(bench.post("sharePointAdmin", &token, "/_vti_bin/client.svc/ProcessQuery").body(vec![b' '; 2_097_153]))
            .await;
    assert!(body[0]["ErrorInfo"]["ErrorMessage"].as_str().unwrap().contains("too big"));
}

#[tokio::test]
async fn a_full_scope_catches_and_always_finishes() {
    let bench = bench(11).await;
    let token = bench.token("sharePointAdmin").await;
    let (missing, anna) = (bench.somebody("no-profile").await, bench.somebody("stale").await);
    let actions = format!(
        "<ExceptionHandlingScope Id=\"3\"><TryScope Id=\"4\">{}{}</TryScope><CatchScope Id=\"6\">{}</CatchScope><FinallyScope Id=\"8\">{}</FinallyScope></ExceptionHandlingScope>",
        set(5, &account(&missing), "SPS-PictureTimestamp", "1"),
        set(9, &account(&anna), "SPS-PictureTimestamp", "tried"),
        set(7, &account(&anna), "SPS-PictureTimestamp", "caught"),
        set(10, &account(&anna), "SPS-PicturePlaceholderState", "finished"),
    );
    let (_, body) = process(&bench, &token, &actions, "").await;
    assert_eq!(result(&body, 3)["HasException"], true);
    let profile = bench.control(&format!("people/{}", anna["id"].as_str().unwrap())).await["profile"].clone();
    assert_eq!((&profile["timestamp"], &profile["placeholderState"]), (&json!("caught"), &json!("finished")));
}

#[tokio::test]
async fn every_kind_begins_as_the_readme_says_and_a_written_picture_is_recognised() {
    let bench = bench(200).await;
    let allowed = |kind: &str| -> &[&str] {
        match kind {
            "in-sync" => &["source"],
            "stale" => &["other", "partial"],
            "never-prompted" | "no-profile" => &["nothing"],
            "placeholder" => &["placeholder"],
            "no-photo" => &["nothing", "other"],
            "no-mailbox" => &["source", "other", "nothing"],
            "guest" => &["source", "nothing"],
            "disabled" | "pinned" => &["other"],
            "file-missing" => &["broken", "partial"],
            _ => &[],
        }
    };
    for person in bench.people().await {
        let kind = person["kind"].as_str().unwrap();
        assert!(allowed(kind).contains(&person["shows"].as_str().unwrap()), "{person}");
    }
    let stale = bench.somebody("stale").await;
    let id = stale["id"].as_str().unwrap();
    let photo = bench
        .client
        .get(format!("{}/people/{id}/photo", bench.url("control")))
        .send()
        .await
        .unwrap()
        .bytes()
        .await
        .unwrap();
    let pixels = Pixels::decode(&photo).unwrap();
    let token = bench.token("sharePointMySite").await;
    let shows = async || bench.control(&format!("people/{id}")).await["shows"].clone();
    for (suffix, side, then) in [("SThumb", 48, "partial"), ("MThumb", 72, "partial"), ("LThumb", 300, "source")] {
        let small = pixels
            .scaled(pixels.middle(), side, side, practice_tenant::world::picture::Filter::Triangle)
            .unwrap()
            .jpeg(92)
            .unwrap();
        let call = format!(
            "/_api/web/GetFolderByServerRelativePath(DecodedUrl='{FOLDER}')/Files/AddUsingPath(DecodedUrl='{}_{suffix}.jpg',overwrite=true)",
            stem(&stale)
        );
        assert_eq!(answer(bench.post("sharePointMySite", &token, &call).body(small)).await.0, 200);
        assert_eq!(shows().await, then);
    }
    bench.client.post(format!("{}/people/{id}/photo", bench.url("control"))).send().await.unwrap();
    assert_eq!(shows().await, "other");
}

fn in_change_set(request: &str) -> String {
    format!(
        "--b\r\nContent-Type: multipart/mixed; boundary=\"c\"\r\n\r\n--c\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n{request}\r\n--c--\r\n"
    )
}

fn direct(request: &str) -> String {
    format!("--b\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n{request}\r\n\r\n")
}

#[tokio::test]
async fn a_rest_batch_answers_each_part_in_order_and_a_failed_one_stops_nothing() {
    let bench = bench(30).await;
    let token = bench.token("sharePointMySite").await;
    let host = bench.url("sharePointMySite");
    let post = async |parts: &[String]| {
        let request = bench.post("sharePointMySite", &token, "/_api/$batch");
        let request = request.header("content-type", "multipart/mixed; boundary=b");
        let response = request.body(format!("{}--b--\r\n", parts.concat())).send().await.unwrap();
        let kind = response.headers()["content-type"].to_str().unwrap().to_owned();
        (response.status().as_u16(), kind, response.text().await.unwrap())
    };
    let accept = "Accept: application/json;odata=nometadata";
    let web = direct(&format!("GET {host}/_api/web HTTP/1.1\r\n{accept}\r\n"));
    let folder = "/_api/web/GetFolderByServerRelativePath(DecodedUrl='/User Photos/Profile Pictures')";
    let missing = direct(&format!(
        "GET {host}/_api/web/GetFileById('11111111-2222-3333-4444-555555555555') HTTP/1.1\r\n{accept}\r\n"
    ));
    let upload = |name: &str| {
        let url = format!("{host}{folder}/Files/AddUsingPath(DecodedUrl='{name}',overwrite=true)");
        in_change_set(&format!("POST {url} HTTP/1.1\r\n{accept}\r\n\r\nbytes"))
    };
    let (status, kind, text) = post(&[web.clone(), missing, upload("one.jpg"), upload("two.jpg"), web.clone()]).await;
    assert_eq!(status, 200, "{text}");
    let boundary = kind.split("boundary=").nth(1).unwrap().trim_matches('"');
    let statuses: Vec<&str> =
        text.split(&format!("--{boundary}")).filter_map(|part| part.split("HTTP/1.1 ").nth(1)?.get(..3)).collect();
    assert_eq!(statuses, ["200", "404", "200", "400", "200"], "{text}");
    assert!(text.contains("My Site Host") && text.contains("\"Length\":\"5\""), "{text}");
    assert_eq!(bench.control("stats").await["operations"]["byOperation"]["mySite.web"], 2);

    let write_outside = direct(&format!("POST {host}/_api/contextinfo HTTP/1.1\r\n{accept}\r\n"));
    let other_site = direct(&format!("GET https://contoso.sharepoint.com/_api/web HTTP/1.1\r\n{accept}\r\n"));
    let many: Vec<String> = (0..101).map(|_| web.clone()).collect();
    for (what, parts) in [
        ("a write outside", vec![write_outside]),
        ("another site", vec![other_site]),
        ("too many", many),
        ("none", vec![]),
    ] {
        assert_eq!(post(&parts).await.0, 400, "{what}");
    }
    assert_eq!(post(&[format!("{}{web}", "x".repeat(1_048_576))]).await.0, 400, "too long");
}

#[tokio::test]
async fn the_host_knows_its_users_and_their_pictures_with_a_delay() {
    let bench = bench(30).await;
    let (site, admin) = (bench.token("sharePointMySite").await, bench.token("sharePointAdmin").await);
    let mut path =
        "/_api/web/siteuserinfolist/items?$select=Id,Name,UserName,Picture,SPSPictureTimestamp&$top=7".to_owned();
    let mut items = Vec::new();
    loop {
        let (status, body) = answer(bench.get("sharePointMySite", &site, &path)).await;
        assert_eq!(status, 200, "{body}");
        items.extend(body["value"].as_array().unwrap().clone());
        let Some(next) = body["odata.nextLink"].as_str() else { break };
        path = next.replace(bench.url("sharePointMySite"), "");
    }
    let people = bench.people().await;
    let known = people.iter().filter(|person| !person["profile"].is_null());
    for (item, person) in items.iter().zip(known.clone()) {
        assert_eq!(item["UserName"], person["userPrincipalName"]);
        let url = item["Picture"]["Url"].as_str().map_or("", |url| url.split('?').next().unwrap());
        assert_eq!(url, person["profile"]["pictureUrl"]);
    }
    assert_eq!(items.len(), known.count());
    let person = bench.somebody("in-sync").await;
    let set = json!({ "accountName": format!("i:0#.f|membership|{}", person["userPrincipalName"].as_str().unwrap()), "propertyName": "SPS-PictureTimestamp", "propertyValue": "1" });
    let call = "/_api/SP.UserProfiles.PeopleManager/SetSingleValueProfileProperty";
    assert_eq!(answer(bench.post("sharePointAdmin", &admin, call).json(&set)).await.0, 200);
    let (_, body) = answer(bench.get("sharePointMySite", &site, "/_api/web/siteuserinfolist/items?$top=5000")).await;
    let item = body["value"].as_array().unwrap().iter().find(|item| item["UserName"] == person["userPrincipalName"]);
    assert_eq!(item.unwrap()["SPSPictureTimestamp"], person["profile"]["timestamp"], "not yet");
    let (status, body) =
        answer(bench.get("sharePointMySite", &site, "/_api/web/siteusers?$top=3&$select=Id,LoginName,PrincipalType"))
            .await;
    assert_eq!((status, body["value"].as_array().unwrap().len()), (200, 3), "{body}");
    assert!(body["value"][0]["LoginName"].as_str().unwrap().starts_with("i:0#.f|membership|"));
}

#[tokio::test]
async fn the_language_names_folder_and_title_but_not_the_address() {
    for (language, folder, title, number) in [
        (Language::De, "Profilbilder", "Benutzerfotos", 1_031),
        (Language::Fr, "Images de profil", "Photos des utilisateurs", 1_036),
        (Language::Pt, "Imagens de Perfil", "Fotos de Usuários", 1_046),
        (Language::Ja, "プロフィール画像", "ユーザーの写真", 1_041),
    ] {
        let bench = bench_with(Options { users: 11, language, ..Options::default() }).await;
        let token = bench.token("sharePointMySite").await;
        let get = |path: &str| answer(bench.get("sharePointMySite", &token, path));
        let (_, body) =
            get("/_api/web/GetFolderByServerRelativePath(DecodedUrl='/User Photos')/folders?$select=Name").await;
        assert_eq!(body["value"][1]["Name"], folder, "{body}");
        assert_eq!(get(&format!("/_api/web/lists/getByTitle('{title}')")).await.0, 200, "{title}");
        assert_eq!(get("/_api/web/lists/getByTitle('User Photos')").await.0, 404);
        assert_eq!(get("/_api/web/GetList('/User Photos')").await.1["Title"], title);
        assert_eq!(get("/_api/web").await.1["Language"], number);
        let person = bench.somebody("in-sync").await;
        assert_eq!(person["shows"], "source");
        let url = person["profile"]["pictureUrl"].as_str().unwrap();
        let decoded = percent_encoding::percent_decode_str(url).decode_utf8().unwrap();
        assert!(decoded.contains(&format!("/User Photos/{folder}/")), "{url}");
    }
}

#[tokio::test]
async fn a_write_with_an_old_e_tag_is_refused_however_it_comes() {
    let bench = bench(11).await;
    let token = bench.token("sharePointMySite").await;
    let folder = "/_api/web/GetFolderByServerRelativePath(DecodedUrl='/User Photos/Profile Pictures')";
    let file = "/_api/web/GetFileByServerRelativePath(DecodedUrl='/User Photos/Profile Pictures/a.jpg')";
    let add = format!("{folder}/Files/AddUsingPath(DecodedUrl='a.jpg',overwrite=true)");
    let (_, first) = answer(bench.post("sharePointMySite", &token, &add).body("one")).await;
    let old = first["ETag"].as_str().unwrap();
    let (_, second) = answer(bench.post("sharePointMySite", &token, &add).body("two")).await;
    let new = second["ETag"].as_str().unwrap();
    assert_ne!(old, new);
    let value = format!("{file}/$value");
    for (path, method, good) in [(&add, "POST", 200), (&value, "PUT", 204), (&file.to_owned(), "DELETE", 200)] {
        let with = |etag: String| {
            let request = bench.post("sharePointMySite", &token, path).body("x");
            answer(request.header("x-http-method", method).header("if-match", etag))
        };
        assert_eq!(with(old.to_owned()).await.0, 412, "{method}");
        let now = answer(bench.get("sharePointMySite", &token, file)).await.1["ETag"].as_str().unwrap().to_owned();
        assert_eq!(with(now).await.0, good, "{method}");
    }
}
