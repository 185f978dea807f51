//! Requests that no client would send. None may bring the server down or get a 500 that is not SharePoint's own word for a refusal.

use std::time::{Duration, Instant};

use practice_tenant::world::random::mix;
use reqwest::Method;

use crate::common::bench;

/// Seeds that look like real requests, to be bent.
const PATHS: [(&str, &[&str]); 4] = [
    (
        "authority",
        &[
            "/{tenant}/oauth2/v2.0/token",
            "/{tenant}/oauth2/v2.0/devicecode",
            "/{tenant}/v2.0/.well-known/openid-configuration",
            "/common/discovery/instance",
        ],
    ),
    (
        "graph",
        &[
            "/v1.0/users?$select=id&$top=5",
            "/v1.0/users/anna.lee@contoso.com/photo/$value",
            "/v1.0/users/x/photos/48x48",
            "/v1.0/$batch",
            "/v1.0/users/delta?$deltatoken=x",
            "/v1.0/users?$filter=startswith(displayName,'A')",
            "/v1.0/groups/x/members",
        ],
    ),
    (
        "sharePointMySite",
        &[
            "/_api/web/GetFolderByServerRelativePath(DecodedUrl='/User Photos/Profile Pictures')/Files/AddUsingPath(DecodedUrl='a.jpg',overwrite=true)",
            "/_api/web/GetFileByServerRelativeUrl(@f)/$value?@f='/x'",
            "/_api/web/GetList('/User Photos')/items?$top=3&$skiptoken=Paged=TRUE%26p_ID=3",
            "/_api/web/GetFileById('x')",
            "/_api/$batch",
            "/_api/web/siteuserinfolist/items?$top=2&$skiptoken=Paged=TRUE%26p_ID=3&$select=Id,Picture",
            "/_api/web/siteusers?$top=2",
        ],
    ),
    (
        "sharePointAdmin",
        &[
            "/_vti_bin/client.svc/ProcessQuery",
            "/_api/SP.UserProfiles.PeopleManager/GetPropertiesFor(accountName=@v)?@v='i:0%23.f|membership|anna.lee@contoso.com'",
            "/_api/SP.UserProfiles.PeopleManager/SetSingleValueProfileProperty",
        ],
    ),
];

const BODIES: [&str; 8] = [
    "grant_type=client_credentials&client_id=aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee&client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer&client_assertion=e30.e30.e30&scope=a/.default",
    "{\"requests\":[{\"id\":\"1\",\"method\":\"GET\",\"url\":\"/users/x/photo/$value\",\"dependsOn\":[]}]}",
    "<Request xmlns=\"x\"><Actions><ObjectPath Id=\"2\" ObjectPathId=\"1\"/><Query Id=\"3\" ObjectPathId=\"1\"/></Actions><ObjectPaths><Method Id=\"1\" ParentId=\"1\" Name=\"GetPropertiesFor\"/></ObjectPaths></Request>",
    "--b\r\nContent-Type: application/http\r\n\r\nGET /_api/web HTTP/1.1\r\nAccept: application/json\r\n\r\n--b--",
    "--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\nContent-Type: application/http\r\n\r\nPOST /_api/contextinfo HTTP/1.1\r\n\r\n--c--\r\n--b--",
    "{\"accountName\":\"x\",\"propertyName\":\"PictureURL\",\"propertyValue\":null}",
    "",
    "\u{FFFD}\u{0}%%%",
];

const BITS: [&str; 16] =
    ["'", "''", "(", ")", "@", "%27", "%", "%00", "&", "=", "/", "\u{20AC}", "$", "-1", "99999999999999999999", "<!--"];

/// Bends a text in a few places.
fn bent(text: &str, dice: &mut u64) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    let mut roll = |sides: usize| {
        *dice = mix(&[*dice, 1]);
        usize::try_from(*dice % sides.max(1) as u64).unwrap()
    };
    for _ in 0..roll(4) {
        let at = roll(letters.len() + 1);
        match roll(3) {
            0 if at < letters.len() => drop(letters.remove(at)),
            1 => letters.truncate(at.max(1)),
            _ => drop(letters.splice(at..at, BITS[roll(BITS.len())].chars())),
        }
    }
    letters.into_iter().collect()
}

/// How long: 3 seconds, or as many as `PRACTICE_TENANT_FUZZ_SECONDS` says.
fn patience() -> Duration {
    let seconds = std::env::var("PRACTICE_TENANT_FUZZ_SECONDS").ok().and_then(|seconds| seconds.parse().ok());
    Duration::from_secs(seconds.unwrap_or(3))
}

#[tokio::test]
async fn malformed_requests_neither_stop_the_server_nor_get_a_500() {
    let bench = bench(20).await;
    let tokens = [
        String::new(),
        bench.token("graph").await,
        bench.token("sharePointMySite").await,
        bench.token("sharePointAdmin").await,
    ];
    let (began, mut dice, mut sent) = (Instant::now(), 7_u64, 0);
    while began.elapsed() < patience() {
        for ((host, paths), token) in PATHS.iter().zip(&tokens) {
            dice = mix(&[dice, sent]);
            let path =
                paths[usize::try_from(dice % paths.len() as u64).unwrap()].replace("{tenant}", bench.url("tenantId"));
            let path = bent(&path, &mut dice);
            let body = bent(BODIES[usize::try_from(dice % BODIES.len() as u64).unwrap()], &mut dice);
            let method = [Method::GET, Method::POST, Method::PUT, Method::DELETE, Method::PATCH]
                [usize::try_from(dice / 8 % 5).unwrap()]
            .clone();
            let Ok(url) = reqwest::Url::parse(&format!("{}/{}", bench.url(host), path.trim_start_matches('/'))) else {
                continue;
            };
            let kind = [
                "application/json",
                "application/x-www-form-urlencoded",
                "text/xml",
                "image/jpeg",
                "multipart/mixed; boundary=b",
            ][usize::try_from(dice / 64 % 5).unwrap()];
            let mut request = bench
                .client
                .request(method.clone(), url.clone())
                .header("content-type", kind)
                .header("accept", "application/json")
                .body(body.clone());
            if !token.is_empty() {
                request = request.bearer_auth(token);
            }
            let response = request.send().await.unwrap_or_else(|error| panic!("{method} {url} {body:?}: {error:?}"));
            let status = response.status().as_u16();
            let text = response.text().await.unwrap_or_default();
            let own_words = text.contains("UserProfiles.") || text.contains("SPQueryThrottledException");
            assert!(
                status < 500 || (status == 501 && *host == "graph") || (status == 500 && own_words),
                "{method} {url} {body:?}: {status} {text}"
            );
            sent += 1;
        }
    }
    assert!(sent > 100, "only {sent} requests");
    assert_eq!(bench.people().await.len(), 20);
}
