//! What the practice tenant itself says about everybody, before and after a step: who needed a new picture, who got one,
//! and whom nobody should have touched. Asks the server's control port alone, never the library.

use serde_json::Value;

/// Whether `Sync-UserProfilePhoto -All`, as it is by default, owes this person a picture.
pub(crate) fn needs_picture(person: &Value) -> bool {
    let is_selected = person["accountEnabled"] == true && person["userType"] == "Member";
    let has_both_sides = person["source"].is_object() && person["profile"].is_object();
    is_selected && has_both_sides && !is_pinned(person) && person["shows"] != "source"
}

/// Whether somebody set the picture by hand: there is a mailbox, and the profile is told not to follow it.
fn is_pinned(person: &Value) -> bool {
    let profile = &person["profile"];
    person["exchangeOnline"] == true && profile["exchangeSyncState"] == "0" && profile["placeholderState"] != "1"
}

/// What is not as it should be after a sync, person by person. `before` and `after` are the answers of `/people`.
pub(crate) fn faults_of_sync(before: &[Value], after: &[Value]) -> Vec<String> {
    compare(before, after, |before, after| {
        if !needs_picture(before) {
            return (before != after).then_some("was changed and needed nothing");
        }
        if before["source"] != after["source"] {
            return Some("has another photo at the source");
        }
        (after["shows"] != "source").then_some("does not show the source photo")
    })
}

/// Everybody who is not just as before.
pub(crate) fn faults_of_reading(before: &[Value], after: &[Value]) -> Vec<String> {
    compare(before, after, |before, after| (before != after).then_some("was changed by a step that only reads"))
}

fn compare(before: &[Value], after: &[Value], fault: impl Fn(&Value, &Value) -> Option<&'static str>) -> Vec<String> {
    if before.len() != after.len() {
        return vec![format!("there were {} people and are {}", before.len(), after.len())];
    }
    let pairs = before.iter().zip(after);
    pairs
        .filter_map(|(before, after)| {
            let fault = if before["id"] == after["id"] { fault(before, after) } else { Some("is gone") };
            fault.map(|fault| {
                let text = |field: &str| before[field].as_str().unwrap_or("?").to_owned();
                format!("{} ({}, showed {}) {fault}", text("userPrincipalName"), text("kind"), text("shows"))
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn person(kind: &str, shows: &str) -> Value {
        json!({ "id": kind, "userPrincipalName": format!("{kind}@contoso.com"), "kind": kind, "accountEnabled": true, "userType": "Member",
            "exchangeOnline": kind != "no-mailbox", "source": { "sha256": "a" }, "files": { "S": { "sha256": "x" } }, "shows": shows,
            "profile": { "pictureUrl": "u", "placeholderState": "0", "exchangeSyncState": if kind == "pinned" { "0" } else { "1" } } })
    }

    #[test]
    fn whoever_shows_something_else_needs_a_picture_unless_left_out_on_purpose() {
        assert!(needs_picture(&person("stale", "other")));
        assert!(needs_picture(&person("file-missing", "broken")));
        assert!(!needs_picture(&person("in-sync", "source")));
        assert!(!needs_picture(&person("pinned", "other")));
        let mut without_mailbox = person("no-mailbox", "other");
        without_mailbox["profile"]["exchangeSyncState"] = json!("0");
        assert!(needs_picture(&without_mailbox));
        for (field, value) in [
            ("accountEnabled", json!(false)),
            ("userType", json!("Guest")),
            ("source", Value::Null),
            ("profile", Value::Null),
        ] {
            let mut left_out = person("stale", "other");
            left_out[field] = value;
            assert!(!needs_picture(&left_out), "{field}");
        }
    }

    #[test]
    fn a_sync_that_did_its_job_has_no_faults() {
        let before = [person("stale", "other"), person("in-sync", "source")];
        let mut after = before.clone();
        after[0]["shows"] = json!("source");
        after[0]["files"]["S"]["sha256"] = json!("y");
        assert_eq!(faults_of_sync(&before, &after), Vec::<String>::new());
    }

    #[test]
    fn a_forgotten_person_and_a_touched_bystander_are_both_named() {
        let before = [person("stale", "other"), person("pinned", "other"), person("in-sync", "source")];
        let mut after = before.clone();
        after[2]["files"]["S"]["sha256"] = json!("y");
        let faults = faults_of_sync(&before, &after);
        assert_eq!(faults.len(), 2);
        assert!(faults[0].starts_with("stale@contoso.com") && faults[0].ends_with("does not show the source photo"));
        assert!(faults[1].starts_with("in-sync@contoso.com") && faults[1].ends_with("needed nothing"));
    }

    #[test]
    fn a_step_that_only_reads_may_change_nobody() {
        let before = [person("stale", "other")];
        let mut after = before.clone();
        assert!(faults_of_reading(&before, &after).is_empty());
        after[0]["shows"] = json!("source");
        assert_eq!(faults_of_reading(&before, &after).len(), 1);
        assert_eq!(faults_of_reading(&before, &[]).len(), 1);
    }
}
