//! The main job against the practice tenant, judged by the tenant and not by the library.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod common;

use std::collections::BTreeSet;
use std::time::Duration;

use common::{Tenant, finish};
use m365photo::Code;
use m365photo::state::{Memory, Sqlite};
use serde_json::{Value, json};

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

/// Whether sync with its defaults must change this person, from the truth alone.
fn needs_sync(person: &Value) -> bool {
    let pinned = person["exchangeOnline"] == true
        && text(&person["profile"], "exchangeSyncState") == "0"
        && !text(&person["profile"], "pictureUrl").is_empty()
        && text(&person["profile"], "placeholderState") != "1";
    person["accountEnabled"] == true
        && person["userType"] == "Member"
        && !person["source"].is_null()
        && !person["profile"].is_null()
        && !pinned
        && person["shows"] != "source"
}

fn ids(people: &[Value], mut which: impl FnMut(&Value) -> bool) -> BTreeSet<String> {
    people.iter().filter(|person| which(person)).map(|person| text(person, "id").to_owned()).collect()
}

#[test]
fn sync_repairs_exactly_the_people_who_need_it_and_then_nobody() {
    let tenant = Tenant::start(&["--users", "200", "--seed", "7"]);
    let before = tenant.people();
    let session = tenant.connected();

    let (records, summary) = finish(&session.sync(br#"{"all":true,"whatIf":true}"#).unwrap());
    let planned = ids(&records, |record| record["result"] == "Planned");
    assert_eq!(planned, ids(&before, needs_sync), "the plan");
    assert_eq!(summary.unwrap()["writes"], 0);
    assert_eq!(tenant.writes(), 0, "a plan writes nothing");

    let (records, summary) = finish(&session.sync(br#"{"all":true}"#).unwrap());
    let summary = summary.unwrap();
    assert_eq!(ids(&records, |record| record["result"] == "Updated"), planned);
    assert_eq!((&summary["people"], &summary["failed"]), (&json!(200), &json!(0)));

    let after = tenant.people();
    for (before, after) in before.iter().zip(&after) {
        if planned.contains(text(before, "id")) {
            assert_eq!(after["shows"], "source", "{after}");
        } else {
            assert_eq!(before, after, "nobody else is touched");
        }
    }

    let writes = tenant.writes();
    let (records, summary) = finish(&session.sync(br#"{"all":true}"#).unwrap());
    assert_eq!(records, [Value::Null; 0], "nothing is left to do");
    assert_eq!(summary.unwrap()["updated"], 0);
    assert_eq!(tenant.writes(), writes, "a second sync writes nothing");
    assert_eq!(session.runs().unwrap().as_array().unwrap().len(), 3);
}

#[test]
fn a_changed_photo_is_followed_and_the_cache_buster_changes_with_it() {
    let tenant = Tenant::start(&["--users", "30", "--seed", "3"]);
    let session = tenant.connected();
    finish(&session.sync(br#"{"all":true}"#).unwrap()).1.unwrap();
    let person = tenant
        .people()
        .into_iter()
        .find(|person| person["shows"] == "source" && person["userType"] == "Member")
        .unwrap();
    tenant.control("POST", &format!("/people/{}/photo", text(&person, "id")), "");
    assert_ne!(tenant.control("GET", &format!("/people/{}", text(&person, "id")), "")["shows"], "source");

    let request = json!({ "identities": [person["userPrincipalName"]] }).to_string();
    let (records, _) = finish(&session.sync(request.as_bytes()).unwrap());
    assert_eq!((text(&records[0], "state"), text(&records[0], "result")), ("Stale", "Updated"));
    let after = tenant.control("GET", &format!("/people/{}", text(&person, "id")), "");
    assert_eq!(after["shows"], "source");
    assert_ne!(after["profile"]["timestamp"], person["profile"]["timestamp"]);
    assert_eq!(
        after["profile"]["pictureUrl"], person["profile"]["pictureUrl"],
        "who stored the address keeps a good one"
    );
}

#[test]
fn photos_that_are_too_large_for_one_answer_are_read_in_several() {
    let tenant = Tenant::start(&["--users", "40", "--seed", "7"]);
    // Noise cannot be made small.
    let side = 800;
    let mut seed = 1_u32;
    let noise = std::iter::repeat_with(|| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        seed.to_be_bytes()[0]
    });
    let noise: Vec<u8> = noise.take(usize::from(side) * usize::from(side) * 3).collect();
    let mut photo = Vec::new();
    jpeg_encoder::Encoder::new(&mut photo, 100).encode(&noise, side, side, jpeg_encoder::ColorType::Rgb).unwrap();
    assert!(photo.len() * 20 * 4 / 3 > 32 << 20, "{} bytes", photo.len());
    for id in ids(&tenant.people(), |person| !person["source"].is_null()) {
        tenant.control("POST", &format!("/people/{id}/photo"), &photo);
    }
    let wrong = ids(&tenant.people(), needs_sync);
    assert!(wrong.len() >= 20, "{}", wrong.len());

    let (records, summary) = finish(&tenant.connected().sync(br#"{"all":true}"#).unwrap());
    assert_eq!(summary.unwrap()["failed"], 0, "{records:?}");
    assert_eq!(ids(&records, |record| record["result"] == "Updated"), wrong);
}

#[test]
fn one_wrong_name_is_one_persons_error() {
    let tenant = Tenant::start(&["--users", "30", "--seed", "3"]);
    let session = tenant.connected();
    let person = tenant.people().into_iter().find(needs_sync).unwrap();
    let request =
        json!({ "identities": ["nobody@contoso.com", person["id"], person["userPrincipalName"]] }).to_string();
    let (records, summary) = finish(&session.sync(request.as_bytes()).unwrap());
    let of = |identity: &Value| records.iter().find(|record| record["identity"] == *identity).unwrap();
    assert_eq!(of(&json!("nobody@contoso.com"))["error"]["name"], "PersonNotFound");
    assert_eq!(of(&person["id"])["result"], "Updated");
    assert_eq!(of(&person["userPrincipalName"])["result"], "Skipped", "named twice, written once");
    let summary = summary.unwrap();
    assert_eq!((&summary["updated"], &summary["skipped"], &summary["failed"]), (&json!(1), &json!(1), &json!(1)));
}

#[test]
fn a_wrong_sign_in_says_what_is_wrong_and_what_to_do() {
    let tenant = Tenant::start(&["--users", "5"]);
    let broken = tenant.folder().join("broken.pem");
    std::fs::write(&broken, "not a certificate").unwrap();
    let unreachable = "https://127.0.0.1:9/";
    let cases = [
        (json!({ "tenantId": "99999999-9999-9999-9999-999999999999" }), Code::SignInFailed),
        (json!({ "clientId": "99999999-9999-9999-9999-999999999999" }), Code::SignInFailed),
        (json!({ "authority": unreachable }), Code::ConnectionFailed),
        (json!({ "graph": unreachable }), Code::SignInFailed),
        (json!({ "certificateAuthorityFile": null }), Code::UntrustedHost),
        (json!({ "certificateFile": broken }), Code::CertificateUnusable),
        (json!({ "certificateFile": null, "clientSecretFile": null }), Code::InvalidArgument),
    ];
    for (changes, code) in cases {
        let connected = tenant.session(&changes).and_then(|session| finish(&session.connect(b"")?).1);
        let error = connected.unwrap_err();
        assert_eq!(error.code(), code, "{changes}: {error}");
        assert!(!error.advice().is_empty());
    }
    let secret = tenant.session(&json!({ "certificateFile": null })).unwrap();
    let context = finish(&secret.connect(b"").unwrap()).1.unwrap();
    assert_eq!(context["sharePointError"]["name"], "TokenRejected", "good for Graph alone: {context}");
    assert_eq!(secret.sync(br#"{"all":true}"#).err().unwrap().code(), Code::TokenRejected);
    assert_eq!(tenant.writes(), 0);
}

#[test]
fn an_error_is_never_taken_for_no_photo() {
    let tenant = Tenant::start(&["--users", "40", "--seed", "5"]);
    let session = tenant.connected();
    tenant.control("POST", "/faults", r#"{"operation":"graph.photo","status":403,"times":1000}"#);
    let (records, outcome) = finish(&session.sync(br#"{"all":true,"includeUnchanged":true}"#).unwrap());
    assert_eq!(outcome.unwrap_err().code(), Code::PermissionDenied);
    assert!(records.iter().all(|record| record["state"] != "NoSourcePhoto"), "{records:?}");
    assert_eq!(tenant.writes(), 0);
}

#[test]
fn a_cancelled_run_leaves_everybody_done_or_untouched() {
    let tenant = Tenant::start(&["--users", "300", "--seed", "11"]);
    let before = tenant.people();
    let session = tenant.connected();
    tenant.control("POST", "/faults", r#"{"operation":"mySite.addFile","delayMs":30,"times":100000}"#);
    let job = session.sync(br#"{"all":true}"#).unwrap();
    while job.wait(Duration::from_millis(50)).done < 130 {
        let _ = job.next(100);
    }
    job.cancel();
    let (_, outcome) = finish(&job);
    assert_eq!(outcome.unwrap_err().code(), Code::Cancelled);
    // People whose files were being written are finished in the background.
    std::thread::sleep(Duration::from_secs(2));
    for (before, after) in before.iter().zip(&tenant.people()) {
        assert!(after == before || after["shows"] == "source", "half written: {after}");
    }
}

#[test]
fn two_people_with_colliding_old_names_do_not_overwrite_each_other() {
    // The old file names cannot tell a.b@contoso.com from a_b@contoso.com; the claim of a run keeps them apart.
    let tenant = Tenant::start(&["--users", "60", "--seed", "2"]);
    let session = tenant.connected();
    finish(&session.sync(br#"{"all":true}"#).unwrap()).1.unwrap();
    let people = tenant.people();
    let urls =
        people.iter().filter_map(|person| person["profile"]["pictureUrl"].as_str()).filter(|url| !url.is_empty());
    let urls: Vec<String> = urls.map(str::to_lowercase).collect();
    assert_eq!(urls.iter().collect::<BTreeSet<_>>().len(), urls.len());
}

#[test]
fn fetch_gives_both_sides_with_their_bytes() {
    let tenant = Tenant::start(&["--users", "30", "--seed", "3"]);
    let session = tenant.connected();
    let person = tenant.people().into_iter().find(|person| person["shows"] == "source").unwrap();
    let request = json!({ "identities": [person["id"]], "pictures": true }).to_string();
    let job = session.fetch(request.as_bytes()).unwrap();
    while job.wait(Duration::from_millis(100)).records_ready == 0 {}
    let record = job.next(1).remove(0);
    assert_eq!(record["photo"]["width"], 648);
    assert_eq!(record["shown"]["width"], 300);
    let source = job.picture(u32::try_from(record["photo"]["picture"].as_u64().unwrap()).unwrap()).unwrap();
    assert_eq!(source.len() as u64, record["photo"]["length"].as_u64().unwrap());
    assert!(source.starts_with(&[0xFF, 0xD8]));
    assert_eq!(tenant.writes(), 0);
}

#[test]
fn with_a_memory_the_next_night_costs_almost_nothing_and_misses_no_change() {
    let tenant = Tenant::start(&["--users", "100", "--seed", "4"]);
    let state = tenant.folder().join("state.db");
    let session = tenant.remembering(&state);
    finish(&session.sync(br#"{"all":true}"#).unwrap()).1.unwrap();
    let people = tenant.people();
    let good = |person: &&Value| person["shows"] == "source" && person["userType"] == "Member";

    let (_, quiet) = finish(&session.sync(br#"{"all":true}"#).unwrap());
    let quiet = quiet.unwrap();
    assert_eq!((&quiet["writes"], &quiet["updated"]), (&json!(0), &json!(0)));
    assert!(quiet["requests"].as_u64().unwrap() <= 12, "pages, batches of twenty, one inventory: {quiet}");

    let changed = people.iter().find(good).unwrap();
    tenant.control("POST", &format!("/people/{}/photo", text(changed, "id")), "");
    let (records, _) = finish(&session.sync(br#"{"all":true}"#).unwrap());
    assert_eq!(ids(&records, |record| record["result"] == "Updated"), [text(changed, "id").to_owned()].into());
    assert_eq!(session.runs().unwrap()[0]["updated"], 1);
}

#[test]
fn a_run_that_broke_off_is_completed_by_the_next_one() {
    let tenant = Tenant::start(&["--users", "60", "--seed", "4"]);
    let state = tenant.folder().join("state.db");
    let session = tenant.remembering(&state);
    finish(&session.sync(br#"{"all":true}"#).unwrap()).1.unwrap();
    let person = tenant
        .people()
        .into_iter()
        .find(|person| person["shows"] == "source" && person["userType"] == "Member")
        .unwrap();
    {
        // What a killed process leaves: a run that says it goes on, and a person who was being written.
        let memory = Sqlite::open(&state, "11111111-2222-3333-4444-555555555555").unwrap();
        memory
            .note_run("killed", &json!({ "runId": "killed", "status": "Running", "started": "2026-01-05T08:00:00Z" }))
            .unwrap();
        memory.intend(&[text(&person, "id").to_owned()]).unwrap();
        assert_eq!(session.sync(br#"{"all":true}"#).err().unwrap().code(), Code::StateInUse);
    }
    let (records, summary) = finish(&session.sync(br#"{"all":true}"#).unwrap());
    assert_eq!(ids(&records, |record| record["result"] == "Updated"), [text(&person, "id").to_owned()].into());
    assert_eq!(summary.unwrap()["resumedRunId"], "killed");
    let runs = session.runs().unwrap();
    assert!(runs.as_array().unwrap().iter().any(|run| run["runId"] == "killed" && run["status"] == "Interrupted"));
}

/// People whose picture in SharePoint is the source's, with a mailbox, so that nothing but the photo decides about them.
fn in_sync(tenant: &Tenant) -> Vec<Value> {
    let people = tenant.people().into_iter();
    people.filter(|person| person["kind"] == "in-sync").collect()
}

fn lose_photos(tenant: &Tenant, people: &[Value]) {
    for person in people {
        tenant.control("DELETE", &format!("/people/{}/photo", text(person, "id")), "");
    }
}

#[test]
fn a_picture_goes_with_its_photo_only_when_that_is_asked_for() {
    let tenant = Tenant::start(&["--users", "60", "--seed", "3"]);
    let session = tenant.connected();
    let gone = &in_sync(&tenant)[..2];
    lose_photos(&tenant, gone);
    let now = |person: &Value| tenant.control("GET", &format!("/people/{}", text(person, "id")), "");

    finish(&session.sync(br#"{"all":true}"#).unwrap()).1.unwrap();
    assert!(gone.iter().all(|person| !text(&now(person)["profile"], "pictureUrl").is_empty()), "kept by default");

    let (records, _) = finish(&session.sync(br#"{"all":true,"removalPolicy":"Remove","whatIf":true}"#).unwrap());
    let planned = ids(&records, |record| record["action"] == "Remove" && record["result"] == "Planned");
    assert!(gone.iter().all(|person| planned.contains(text(person, "id"))), "{planned:?}");

    let (records, summary) = finish(&session.sync(br#"{"all":true,"removalPolicy":"Remove"}"#).unwrap());
    assert_eq!(summary.unwrap()["failed"], 0);
    assert_eq!(ids(&records, |record| record["action"] == "Remove" && record["result"] == "Updated"), planned);
    assert!(gone.iter().all(|person| text(&now(person)["profile"], "pictureUrl").is_empty()));

    let writes = tenant.writes();
    finish(&session.sync(br#"{"all":true,"removalPolicy":"Remove"}"#).unwrap()).1.unwrap();
    assert_eq!(tenant.writes(), writes, "what is gone is gone");
}

#[test]
fn more_removals_than_allowed_remove_nobodys_picture() {
    let tenant = Tenant::start(&["--users", "60", "--seed", "3"]);
    let session = tenant.connected();
    finish(&session.sync(br#"{"all":true}"#).unwrap()).1.unwrap();
    let writes = tenant.writes();
    lose_photos(&tenant, &in_sync(&tenant)[..12]);
    let (_, summary) = finish(&session.sync(br#"{"all":true,"removalPolicy":"Remove"}"#).unwrap());
    assert_eq!(summary.unwrap_err().code(), Code::RemovalLimitReached);
    assert_eq!(tenant.writes(), writes);
    let request = br#"{"all":true,"removalPolicy":"Remove","maximumRemovals":60}"#;
    assert!(finish(&session.sync(request).unwrap()).1.unwrap()["updated"].as_u64().unwrap() >= 12);
}

#[test]
fn many_photos_that_are_gone_since_the_last_run_stop_the_next_one() {
    let tenant = Tenant::start(&["--users", "60", "--seed", "3"]);
    let session = tenant.remembering(&tenant.folder().join("state.db"));
    finish(&session.sync(br#"{"all":true}"#).unwrap()).1.unwrap();
    lose_photos(&tenant, &in_sync(&tenant)[..12]);
    let (_, summary) = finish(&session.sync(br#"{"all":true}"#).unwrap());
    assert_eq!(summary.unwrap_err().code(), Code::SourceSuspicious);
    finish(&session.sync(br#"{"all":true,"maximumRemovals":12}"#).unwrap()).1.unwrap();
}

#[test]
fn a_picture_that_was_changed_in_sharepoint_is_kept_where_that_is_asked_for() {
    let tenant = Tenant::start(&["--users", "60", "--seed", "3"]);
    let state = tenant.folder().join("state.db");
    finish(&tenant.remembering(&state).sync(br#"{"all":true}"#).unwrap()).1.unwrap();
    let [one, other] = &in_sync(&tenant)[..2] else { panic!("too few people") };
    // Another face in SharePoint, while the file remembers that the source's is the one of the last run.
    let change = || tenant.control("POST", &format!("/people/{}/photo", text(one, "id")), "");
    change();
    let request = json!({ "identities": [one["id"]] }).to_string();
    finish(&tenant.connected().sync(request.as_bytes()).unwrap()).1.unwrap();
    change();
    let now = tenant.control("GET", &format!("/people/{}", text(one, "id")), "");
    let memory = Sqlite::open(&state, "11111111-2222-3333-4444-555555555555").unwrap();
    let id = text(one, "id").to_owned();
    let mut remembered = memory.recall(std::slice::from_ref(&id)).unwrap().remove(0).unwrap();
    text(&now["source"], "etag").trim_start_matches("W/").trim_matches('"').clone_into(&mut remembered.etag);
    memory.settle(&[(id, Some(remembered))]).unwrap();
    drop(memory);
    let writes = tenant.writes();
    let (records, _) = finish(
        &tenant.remembering(&state).sync(br#"{"all":true,"conflictPolicy":"Keep","includeUnchanged":true}"#).unwrap(),
    );
    let of = |person: &Value| records.iter().find(|record| record["id"] == person["id"]).unwrap();
    assert_eq!((text(of(one), "state"), text(of(one), "result")), ("Stale", "Skipped"), "{}", of(one));
    assert_eq!(text(of(other), "result"), "Unchanged");
    assert_eq!(tenant.writes(), writes);
    finish(&tenant.remembering(&state).sync(br#"{"all":true}"#).unwrap()).1.unwrap();
    assert!(tenant.writes() > writes, "the source wins by default");
}

#[test]
fn with_several_nights_each_person_is_looked_at_in_one_of_them() {
    let tenant = Tenant::start(&["--users", "100", "--seed", "3"]);
    let session = tenant.remembering(&tenant.folder().join("state.db"));
    finish(&session.sync(br#"{"all":true}"#).unwrap()).1.unwrap();
    let looked = |request: &[u8]| {
        tenant.control("POST", "/stats/reset", "");
        finish(&session.sync(request).unwrap()).1.unwrap();
        tenant.control("GET", "/stats", "")["operations"]["byOperation"]["graph.photo"].as_u64().unwrap_or_default()
    };
    let every_night = looked(br#"{"all":true}"#);
    let one_of_seven = looked(br#"{"all":true,"nights":7}"#);
    assert!(one_of_seven > 0 && one_of_seven < every_night / 2, "{one_of_seven} of {every_night}");
    assert_eq!(session.sync(br#"{"all":true,"nights":0}"#).err().unwrap().code(), Code::InvalidArgument);
}
