//! A run of three hours with tokens of five minutes, in small: two seconds stand for five minutes.

use std::time::Duration;

use m365photo::engine::JobState;
use serde_json::Value;

use crate::common::{Tenant, finish};

/// Five minutes of the run that this one stands for.
const LIFETIME: Duration = Duration::from_secs(2);
const LIFETIMES: usize = 36;
/// More people than records that may lie ready and are taken: so the run goes on as long as its owner wants.
const PEOPLE: usize = 700;
const TAKEN_EACH_TURN: usize = 12;

#[test]
fn three_hours_with_tokens_of_five_minutes_and_a_revocation_fail_nobody() {
    let (people, lifetime) = (PEOPLE.to_string(), LIFETIME.as_secs().to_string());
    let tenant = Tenant::start(&["--users", &people, "--seed", "3", "--token-lifetime", &lifetime]);
    let session = tenant.connected();
    let job = session
        .sync(br#"{"all": true, "userType": "All", "includeDisabled": true, "includeUnchanged": true}"#)
        .unwrap();
    let mut records = Vec::new();
    for turn in 0..LIFETIMES {
        if turn == LIFETIMES / 2 {
            tenant.control("POST", "/tokens/revoke", "");
        }
        std::thread::sleep(LIFETIME);
        records.extend(job.next(TAKEN_EACH_TURN));
    }
    assert_eq!(job.wait(Duration::ZERO).state, JobState::Running, "it lasted as long as it should: {:?}", job.result());
    let asked = tenant.control("GET", "/stats", "")["requests"]["byOperation"]["entra.token"].as_u64().unwrap();
    assert!(asked > LIFETIMES as u64, "{asked} tokens: it asked the services all the time");
    let (rest, outcome) = finish(&job);
    records.extend(rest);
    let summary = outcome.unwrap();
    let failed: Vec<&Value> = records.iter().filter(|record| !record["error"].is_null()).collect();
    assert!(failed.is_empty() && summary["failed"] == 0, "{failed:?}");
    assert_eq!(records.len(), PEOPLE);
}
