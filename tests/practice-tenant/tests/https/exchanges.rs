//! The shapes of requests that unmodified clients send, and the kind of answer that each was content with.
//!
//! What the clients are: msal and azure-identity (Python, Node), the Graph SDK for Python, the Graph client for JavaScript,
//! Office365-REST-Python-Client, `PnPjs`, CLI for Microsoft 365. A library's requests go to the my-site host and profile writes to the admin host.

use reqwest::Method;
use serde_json::{Value, json};

use crate::common::{Bench, answer, bench};

/// What kind of answer a request gets.
#[derive(Clone, Copy, Debug)]
enum Kind {
    /// 200 and one thing with this field.
    One(&'static str),
    /// 200 and things in a list of this name.
    Many(&'static str),
    /// 200 and the bytes of a picture.
    Picture,
    /// This status without a body.
    Empty(u16),
    /// This status and an error of this name.
    Error(u16, &'static str),
}

struct Shape {
    host: &'static str,
    method: &'static str,
    path: &'static str,
    headers: &'static [(&'static str, &'static str)],
    body: &'static str,
    kind: Kind,
}

const fn shape(
    host: &'static str,
    method: &'static str,
    path: &'static str,
    headers: &'static [(&'static str, &'static str)],
    body: &'static str,
    kind: Kind,
) -> Shape {
    Shape { host, method, path, headers, body, kind }
}

type Headers = &'static [(&'static str, &'static str)];

const GRAPH: &str = "graph";
const SITE: &str = "sharePointMySite";
const ADMIN: &str = "sharePointAdmin";
/// The body of an upload.
const FILE: &str = "{picture}";

// What each client writes beside its token.
const SDK: Headers = &[("accept", "application/json")];
const SDK_BYTES: Headers = &[("accept", "application/octet-stream, application/json")];
const JS: Headers = &[("accept", "*/*")];
const JS_PUT: Headers = &[("accept", "*/*"), ("content-type", "image/jpeg")];
const OFFICE: Headers = &[
    ("accept", "application/json;odata=verbose"),
    ("content-type", "application/json;odata=verbose"),
    ("x-requestdigest", "0x00,22 Nov 2026 20:00:00 -0000"),
];
const OFFICE_DELETE: Headers = &[
    ("accept", "application/json;odata=verbose"),
    ("content-type", "application/json;odata=verbose"),
    ("x-http-method", "DELETE"),
    ("if-match", "*"),
];
const OFFICE_GRAPH: Headers = &[
    ("accept", "application/json;odata.metadata=minimal;odata.streaming=False;IEEE754Compatible=False"),
    ("content-type", "application/json;odata.metadata=minimal;odata.streaming=False;IEEE754Compatible=False"),
];
const PNP: Headers = &[("accept", "application/json"), ("content-type", "application/json;charset=utf-8")];
const PNP_DELETE: Headers = &[
    ("accept", "application/json"),
    ("content-type", "application/json;charset=utf-8"),
    ("x-http-method", "DELETE"),
    ("if-match", "*"),
];
const PNP_GRAPH: Headers = &[("accept", "*/*"), ("content-type", "application/json")];
const PNP_PAGED: Headers = &[("accept", "*/*"), ("content-type", "application/json"), ("consistencylevel", "eventual")];
const PNP_BATCH: Headers = &[("accept", "application/json"), ("content-type", "application/json")];
const CLI: Headers = &[("accept", "application/json;odata=nometadata")];
const CLI_V4: Headers = &[("accept", "application/json;odata.metadata=none"), ("odata-version", "4.0")];
const CLI_SET: Headers = &[
    ("accept", "application/json;odata=nometadata"),
    ("content-type", "application/json;odata=verbose"),
    ("x-requestdigest", "0x00,22 Nov 2026 20:00:00 -0000"),
];
const CLI_POST: Headers =
    &[("accept", "application/json;odata=nometadata"), ("content-type", "application/x-www-form-urlencoded")];
const CLI_DELETE: Headers = &[
    ("accept", "application/json;odata=nometadata"),
    ("content-type", "application/x-www-form-urlencoded"),
    ("x-http-method", "DELETE"),
    ("if-match", "*"),
];

use Kind::{Empty, Error, Many, One, Picture};

/// In the order in which the clients send them: what one uploads the next reads and deletes.
const SHAPES: &[Shape] = &[
    // The Graph SDK for Python.
    shape(GRAPH, "GET", "/v1.0/users", SDK, "", Many("value")),
    shape(GRAPH, "GET", "/v1.0/users?$select=id,userPrincipalName,mail,accountEnabled&$top=2", SDK, "", Many("value")),
    shape(
        GRAPH,
        "GET",
        "/v1.0/users?$count=true&$filter=accountEnabled%20eq%20true&$top=2",
        PNP_PAGED,
        "",
        Many("value"),
    ),
    shape(GRAPH, "GET", "/v1.0/users/{upn%}", SDK, "", One("userPrincipalName")),
    shape(GRAPH, "GET", "/v1.0/users/{id}", SDK, "", One("id")),
    shape(
        GRAPH,
        "GET",
        "/v1.0/users/nobody%40contoso.onmicrosoft.com",
        SDK,
        "",
        Error(404, "Request_ResourceNotFound"),
    ),
    shape(GRAPH, "GET", "/v1.0/users/{upn%}/photo", SDK, "", One("@odata.mediaEtag")),
    shape(GRAPH, "GET", "/v1.0/users/{upn%}/photo/$value", SDK_BYTES, "", Picture),
    shape(GRAPH, "GET", "/v1.0/users/{upn%}/photos", SDK, "", Many("value")),
    shape(GRAPH, "GET", "/v1.0/users/{upn%}/photos/48x48/$value", SDK_BYTES, "", Picture),
    shape(GRAPH, "GET", "/v1.0/users/{absent%}/photo/$value", SDK_BYTES, "", Error(404, "ImageNotFound")),
    shape(GRAPH, "PUT", "/v1.0/users/{absent%}/photo/$value", JS_PUT, FILE, Empty(200)),
    shape(GRAPH, "DELETE", "/v1.0/users/{absent%}/photo", SDK, "", Empty(204)),
    shape(
        GRAPH,
        "POST",
        "/v1.0/$batch",
        PNP_GRAPH,
        r#"{"requests": [{"id": "1", "method": "GET", "url": "/users/{upn}", "depends_on": [], "headers": {"accept": "application/json"}}, {"id": "2", "method": "GET", "url": "/users/{upn}/photo/$value", "depends_on": [], "headers": {"accept": "image/*"}}]}"#,
        Many("responses"),
    ),
    shape(GRAPH, "POST", "/v1.0/$batch", PNP_GRAPH, "{21 parts}", Error(400, "BadRequest")),
    // The Graph client for JavaScript.
    shape(GRAPH, "GET", "/v1.0/users?$select=id,userPrincipalName&$top=2", JS, "", Many("value")),
    shape(GRAPH, "GET", "/v1.0/users/{upn%}/photo/$value", JS, "", Picture),
    shape(
        GRAPH,
        "POST",
        "/v1.0/$batch",
        PNP_GRAPH,
        r#"{"requests":[{"url":"/users/{upn%}","method":"GET","id":"1"},{"url":"/users/{absent%}/photo/$value","method":"GET","id":"3"}]}"#,
        Many("responses"),
    ),
    // Office365-REST-Python-Client.
    shape(GRAPH, "GET", "/v1.0/users?$select=id,userPrincipalName&$top=2", OFFICE_GRAPH, "", Many("value")),
    shape(GRAPH, "GET", "/v1.0/users/{upn}/photo", OFFICE_GRAPH, "", One("@odata.mediaEtag")),
    shape(GRAPH, "GET", "/v1.0//users", SDK, "", Many("value")),
    shape(SITE, "POST", "/_api/contextInfo", OFFICE, "", One("d")),
    shape(SITE, "GET", "/_api/Web", OFFICE, "", One("d")),
    shape(
        SITE,
        "POST",
        "/_api/SP.UserProfiles.PeopleManager/GetPropertiesFor(accountName='i:0%23.f%7Cmembership%7C{upn}')",
        OFFICE,
        "",
        One("d"),
    ),
    shape(
        ADMIN,
        "POST",
        "/_api/SP.UserProfiles.PeopleManager/SetSingleValueProfileProperty",
        OFFICE,
        r#"{"accountName": "i:0#.f|membership|{upn}", "propertyName": "PictureURL", "propertyValue": "https://contoso.sharepoint.com/a_MThumb.jpg?t=1"}"#,
        One("d"),
    ),
    shape(
        ADMIN,
        "POST",
        "/_api/SP.UserProfiles.PeopleManager/SetSingleValueProfileProperty",
        OFFICE,
        r#"{"accountName": "i:0#.f|membership|nobody@contoso.onmicrosoft.com", "propertyName": "PictureURL", "propertyValue": "x"}"#,
        Error(500, "-1, Microsoft.Office.Server.UserProfiles.UserNotFoundException"),
    ),
    shape(
        SITE,
        "POST",
        "/_api/Web/getFolderByServerRelativeUrl('/User%20Photos/Profile%20Pictures')/Files/add(overwrite=true,url='o''brien_zo%C3%AB@contoso_SThumb.jpg')",
        OFFICE,
        FILE,
        One("d"),
    ),
    shape(
        SITE,
        "GET",
        "/_api/Web/getFileByServerRelativeUrl('/User%20Photos/Profile%20Pictures/o''brien_zo%C3%AB@contoso_SThumb.jpg')?$select=ServerRelativePath,Id",
        OFFICE,
        "",
        One("d"),
    ),
    shape(SITE, "GET", "/_api/Web/GetFileById('{file}')/$value", OFFICE, "", Picture),
    shape(
        SITE,
        "GET",
        "/_api/Web/getFolderByServerRelativeUrl('/User%20Photos/Profile%20Pictures')/Files",
        OFFICE,
        "",
        One("d"),
    ),
    shape(
        SITE,
        "GET",
        "/_api/Web/lists/GetByTitle('User%20Photos')/items?%24skiptoken=Paged%3DTRUE%26p_ID%3D2&%24select=Id%2CFileLeafRef&%24top=2",
        OFFICE,
        "",
        One("d"),
    ),
    shape(
        SITE,
        "GET",
        "/_api/Web/getFileByServerRelativeUrl('/User%20Photos/Profile%20Pictures/not_there.jpg')",
        OFFICE,
        "",
        Error(404, "-2130575338, Microsoft.SharePoint.SPException"),
    ),
    shape(
        SITE,
        "POST",
        "/_api/Web/getFileByServerRelativeUrl('/User%20Photos/Profile%20Pictures/o''brien_zo%C3%AB@contoso_SThumb.jpg')",
        OFFICE_DELETE,
        "",
        Empty(200),
    ),
    // PnPjs.
    shape(SITE, "GET", "/_api/web", PNP, "", One("odata.type")),
    shape(SITE, "POST", "/_api/contextinfo", PNP, "", One("FormDigestValue")),
    shape(
        SITE,
        "GET",
        "/_api/sp.userprofiles.peoplemanager/getpropertiesfor(@v)?%40v=%27i%3A0%23.f%7Cmembership%7C{upn%}%27",
        PNP,
        "",
        One("UserProfileProperties"),
    ),
    shape(
        SITE,
        "GET",
        "/_api/sp.userprofiles.peoplemanager/getuserprofilepropertyfor(accountname=@v,%20propertyname='PictureURL')?%40v=%27i%3A0%23.f%7Cmembership%7C{upn%}%27",
        PNP,
        "",
        One("value"),
    ),
    shape(
        ADMIN,
        "POST",
        "/_api/sp.userprofiles.peoplemanager/SetSingleValueProfileProperty",
        PNP,
        r#"{"accountName":"i:0#.f|membership|{upn}","propertyName":"PictureURL","propertyValue":"https://contoso.sharepoint.com/b.jpg"}"#,
        One("odata.null"),
    ),
    shape(
        SITE,
        "POST",
        "/_api/web/getFolderByServerRelativePath(decodedUrl='%2FUser%20Photos%2FProfile%20Pictures')/files/AddUsingPath(decodedurl='pnp_conf_SThumb.jpg',Overwrite=true)",
        PNP,
        FILE,
        One("ServerRelativeUrl"),
    ),
    shape(
        SITE,
        "GET",
        "/_api/web/getFileByServerRelativePath(decodedUrl='%2FUser%20Photos%2FProfile%20Pictures%2Fpnp_conf_SThumb.jpg')/$value",
        PNP,
        "",
        Picture,
    ),
    shape(
        SITE,
        "GET",
        "/_api/web/getFolderByServerRelativePath(decodedUrl='%2FUser%20Photos%2FProfile%20Pictures')/files",
        PNP,
        "",
        Many("value"),
    ),
    shape(
        SITE,
        "GET",
        "/_api/web/lists/getByTitle('User%20Photos')/items?%24top=2&%24select=Id%2CFileLeafRef",
        PNP,
        "",
        Many("value"),
    ),
    shape(
        SITE,
        "GET",
        "/_api/web/getFileByServerRelativePath(decodedUrl='%2FUser%20Photos%2FProfile%20Pictures%2Fnope.jpg')",
        PNP,
        "",
        Error(404, "-2130575338, Microsoft.SharePoint.SPException"),
    ),
    shape(
        SITE,
        "POST",
        "/_api/web/getFileByServerRelativePath(decodedUrl='%2FUser%20Photos%2FProfile%20Pictures%2Fpnp_conf_SThumb.jpg')",
        PNP_DELETE,
        "",
        Empty(200),
    ),
    shape(GRAPH, "GET", "/v1.0/users?%24select=id%2CuserPrincipalName&%24top=2", PNP_PAGED, "", Many("value")),
    shape(GRAPH, "PATCH", "/v1.0/users/{absent}/photo/$value", PNP_GRAPH, FILE, Empty(200)),
    shape(GRAPH, "DELETE", "/v1.0/users/{absent%}/photo", JS, "", Empty(204)),
    shape(
        GRAPH,
        "POST",
        "/v1.0/$batch",
        PNP_BATCH,
        r#"{"requests":[{"headers":{"Content-Type":"application/json","SdkVersion":"PnPCoreJS/4.19.0"},"id":"1","method":"GET","url":"/users/{upn}"},{"headers":{"Content-Type":"application/json"},"id":"2","method":"GET","url":"/users/{upn}/photo"}]}"#,
        Many("responses"),
    ),
    // CLI for Microsoft 365.
    shape(GRAPH, "GET", "/v1.0/users?$select=id,userPrincipalName", CLI_V4, "", Many("value")),
    shape(GRAPH, "GET", "/v1.0/users/{upn%}", CLI_V4, "", One("userPrincipalName")),
    shape(
        SITE,
        "GET",
        "/_api/SP.UserProfiles.PeopleManager/GetPropertiesFor(accountName=@v)?@v=%27i%3A0%23.f%7Cmembership%7C{upn%}%27",
        CLI,
        "",
        One("UserProfileProperties"),
    ),
    shape(ADMIN, "POST", "/_api/contextinfo", CLI_POST, "", One("FormDigestValue")),
    shape(
        ADMIN,
        "POST",
        "/_api/SP.UserProfiles.PeopleManager/SetSingleValueProfileProperty",
        CLI_SET,
        r#"{"accountName":"i:0#.f|membership|{upn}","propertyName":"PictureURL","propertyValue":"https://contoso-my.sharepoint.com/User Photos/Profile Pictures/m365_MThumb.jpg"}"#,
        One("odata.null"),
    ),
    shape(
        SITE,
        "GET",
        "/_api/web/GetFolderByServerRelativePath(DecodedUrl='%2FUser%20Photos%2FProfile%20Pictures')",
        CLI,
        "",
        One("ServerRelativeUrl"),
    ),
    shape(
        SITE,
        "POST",
        "/_api/web/GetFolderByServerRelativePath(DecodedUrl='%2FUser%20Photos%2FProfile%20Pictures')/Files/Add(url='m365_LThumb.jpg',%20overwrite=true)",
        CLI_POST,
        FILE,
        One("UniqueId"),
    ),
    shape(
        SITE,
        "GET",
        "/_api/web/GetFolderByServerRelativePath(DecodedUrl='%2FUser%20Photos%2FProfile%20Pictures')/Files?$skip=0&$top=5000",
        CLI,
        "",
        Many("value"),
    ),
    shape(
        SITE,
        "GET",
        "/_api/web/GetFileByServerRelativePath(DecodedUrl=@f)/$value?@f=%27%2FUser%20Photos%2FProfile%20Pictures%2Fm365_LThumb.jpg%27",
        CLI,
        "",
        Picture,
    ),
    shape(
        SITE,
        "GET",
        "/_api/web/lists/getByTitle('User%20Photos')/items?$top=5000&$select=Id%2CFileLeafRef",
        CLI_V4,
        "",
        Many("value"),
    ),
    shape(
        SITE,
        "POST",
        "/_api/web/GetFileByServerRelativePath(DecodedUrl='%2FUser%20Photos%2FProfile%20Pictures%2Fm365_LThumb.jpg')",
        CLI_DELETE,
        "",
        Empty(200),
    ),
];

#[tokio::test]
async fn every_recorded_request_gets_an_answer_of_the_recorded_kind() {
    let bench = bench(100).await;
    let (person, absent) = (bench.somebody("in-sync").await, bench.somebody("no-photo").await);
    let picture = practice_tenant::world::picture::Pixels::new(96, 96).jpeg(80).unwrap();
    let parts: Vec<Value> =
        (0..21).map(|id| json!({ "id": id.to_string(), "method": "GET", "url": "/users" })).collect();
    let mut file = String::new();
    for shape in SHAPES {
        let token = bench.token(shape.host).await;
        let names =
            [("upn", &person["userPrincipalName"]), ("absent", &absent["userPrincipalName"]), ("id", &person["id"])];
        let filled = |text: &str| {
            names.iter().fold(text.replace("{file}", &file), |text, (name, value)| {
                let value = value.as_str().unwrap();
                text.replace(&format!("{{{name}%}}"), &value.replace('@', "%40")).replace(&format!("{{{name}}}"), value)
            })
        };
        let body = match shape.body {
            FILE => picture.clone(),
            "{21 parts}" => json!({ "requests": parts }).to_string().into_bytes(),
            text => filled(text).into_bytes(),
        };
        let url = format!("{}{}", bench.url(shape.host), filled(shape.path));
        let mut request = bench.client.request(Method::from_bytes(shape.method.as_bytes()).unwrap(), url);
        request = request.bearer_auth(token).body(body);
        for (name, value) in shape.headers {
            request = request.header(*name, *value);
        }
        let response = request.send().await.unwrap();
        let (status, bytes) = (response.status().as_u16(), response.bytes().await.unwrap());
        let body = serde_json::from_slice::<Value>(&bytes).unwrap_or(Value::Null);
        if let Some(id) = body["d"]["UniqueId"].as_str() {
            id.clone_into(&mut file);
        }
        let what = format!("{} {}: {status} {body}", shape.method, shape.path);
        match shape.kind {
            One(field) => assert!(status == 200 && body.get(field).is_some(), "{what}"),
            Many(list) => assert!(status == 200 && body[list].is_array(), "{what}"),
            Picture => assert!(status == 200 && bytes.starts_with(b"\xFF\xD8"), "{what}"),
            Empty(expected) => assert!(status == expected && bytes.is_empty(), "{what}"),
            Error(expected, code) => {
                let error = if body["error"].is_object() { &body["error"] } else { &body["odata.error"] };
                assert!(status == expected && error["code"] == code, "{what}");
            }
        }
    }
}

/// What the clients of Entra ID add to a request for a token.
#[tokio::test]
async fn every_recorded_way_to_ask_for_a_token_works() {
    let bench = bench(11).await;
    let secret = String::from_utf8(bench.file("clientSecretFile")).unwrap();
    let scope = format!("{}/.default", bench.url("graph"));
    let id = bench.url("clientId");
    let form = |fields: &[(&str, &str)]| {
        let base = [("client_id", id), ("grant_type", "client_credentials"), ("scope", scope.as_str())];
        [base.as_slice(), fields].concat().into_iter().map(|(a, b)| (a.to_owned(), b.to_owned())).collect::<Vec<_>>()
    };
    let float = |claims: &mut Value| {
        for name in ["exp", "nbf"] {
            claims[name] = json!(claims[name].as_f64().unwrap() + 0.25);
        }
    };
    let assertion = |algorithm: &str, change: &dyn Fn(&mut Value)| {
        let mut claims = bench.claims();
        change(&mut claims);
        bench.assertion(algorithm, &claims)
    };
    let type_of = ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    let telemetry = [
        ("x-client-SKU", "msal.js.node"),
        ("x-client-VER", "7.2.1"),
        ("x-ms-lib-capability", "retry-after, h429"),
        ("x-client-current-telemetry", "5|771,2,,,|,"),
        ("client-request-id", "11111111-1111-1111-1111-111111111111"),
    ];
    let capabilities = r#"{"access_token": {"xms_cc": {"values": ["CP1"]}}}"#;
    let by_secret = ("client_secret", secret.as_str());
    let rs = assertion("RS256", &float);
    let ps = assertion("PS256", &|claims| {
        claims.as_object_mut().unwrap().remove("nbf");
    });
    for (what, fields) in [
        ("msal for Python", form(&[("client_info", "1"), by_secret])),
        ("azure-identity for Python", form(&[("client_info", "1"), ("claims", capabilities), by_secret])),
        ("msal for Node", form(&[telemetry.as_slice(), &[by_secret]].concat())),
        ("a certificate, RS256, fractions of seconds", form(&[type_of, ("client_assertion", &rs)])),
        ("a certificate, PS256, without nbf", form(&[type_of, ("client_assertion", &ps)])),
    ] {
        let url = format!("{}?client-request-id=11111111-1111-1111-1111-111111111111", bench.token_url());
        let request = bench.client.post(url).form(&fields);
        let (status, body) =
            answer(request.header("content-type", "application/x-www-form-urlencoded;charset=utf-8")).await;
        assert_eq!(status, 200, "{what}: {body}");
        assert!(body["access_token"].is_string() && body["expires_in"].is_number(), "{what}");
    }
    device_codes(&bench).await;
}

/// Python sends the code under two names, Node the grant under its short one.
async fn device_codes(bench: &Bench) {
    let id = bench.url("clientId");
    for grant in ["urn:ietf:params:oauth:grant-type:device_code", "device_code"] {
        let url = bench.token_url().replace("/token", "/devicecode");
        let begin = [("client_id", id), ("scope", "User.Read openid profile offline_access")];
        let (status, body) = answer(bench.client.post(url).form(&begin)).await;
        assert_eq!(status, 200, "{body}");
        let code = body["device_code"].as_str().unwrap();
        let poll =
            [("client_id", id), ("grant_type", grant), ("client_info", "1"), ("code", code), ("device_code", code)];
        assert_eq!(bench.ask_token(&poll).await.1["error"], "authorization_pending", "{grant}");
    }
}
