//! The stages of compare and sync: what is remembered, source metadata, profiles, source bytes, comparison, upload,
//! properties. Each gets people, lets those through who need the next, and reports the others.

use std::sync::Arc;

use futures_util::future::join_all;
use time::OffsetDateTime;

use super::case::Case;
use super::judge::{judge, step};
use super::run::{Operation, Run};
use crate::error::{Code, Error, Result};
use crate::image::Sketch;
use crate::model::{Action, Files, Outcome, PictureState, Profile, Size, Verdict};
use crate::plan::{RemovalPolicy, Step};
use crate::sharepoint::{
    ACTIONS_TO_READ, ProfileUpdate, Stem, account_name, picture_url, same_address, seconds_since_year_one, stem_of,
};

/// Recalls what earlier runs left, and leaves those whose night it is not.
pub(super) async fn due(run: Arc<Run>, mut cases: Vec<Case>) -> Vec<Case> {
    if run.stopping() {
        return Vec::new();
    }
    let Some(diary) = &run.diary else { return cases };
    let ids = cases.iter().map(|case| case.person.id.clone()).collect();
    let Some(recalled) = run.stop_on(diary.recall(ids).await) else { return Vec::new() };
    let mut due = Vec::with_capacity(cases.len());
    for (mut case, (remembered, half_written)) in cases.drain(..).zip(recalled) {
        case.half_written = half_written;
        case.remembered = remembered;
        match &case.remembered {
            Some(remembered) if run.trusting && !half_written && !run.is_night_of(&case) => {
                run.leave(&case, remembered.state, "Another night's: nothing was wrong when last looked at.").await;
            }
            _ => due.push(case),
        }
    }
    due
}

/// Reads the photos' metadata.
pub(super) async fn tags(run: Arc<Run>, mut cases: Vec<Case>) -> Vec<Case> {
    if run.stopping() {
        return Vec::new();
    }
    let ids: Vec<String> = cases.iter().map(|case| case.person.id.clone()).collect();
    let photos = match run.graph.photo_tags(&ids).await {
        Ok(photos) => photos,
        Err(error) => {
            run.fail_all(&cases, &error).await;
            return Vec::new();
        }
    };
    let nobody_may =
        photos.iter().all(|photo| photo.as_ref().is_err_and(|error| error.code() == Code::PermissionDenied));
    let mut good = Vec::with_capacity(cases.len());
    for (mut case, photo) in cases.drain(..).zip(photos) {
        match photo.map_err(|error| error.with_user(&case.person.user_principal_name)) {
            Ok(photo) => {
                let had = case.remembered.as_ref().is_some_and(|remembered| remembered.shown.is_some());
                if photo.is_none() && had {
                    run.photo_is_gone();
                }
                case.photo = photo;
                match run.still_holds(&mut case).await {
                    Some((state, reason)) => run.leave(&case, state, reason).await,
                    None => good.push(case),
                }
            }
            // One refusal may be this person's; a whole batch of them is the app's missing right.
            Err(error) if nobody_may => run.fail(&case, error).await,
            Err(error) => run.fail_alone(&case, &error).await,
        }
    }
    good
}

/// Reads the profiles and finds the files they name; lets through whom only the pictures can judge, or who needs a write.
pub(super) async fn profiles(run: Arc<Run>, cases: Vec<Case>) -> Vec<Case> {
    if run.stopping() {
        return Vec::new();
    }
    let accounts: Vec<String> = cases.iter().map(|case| account_name(&case.person.user_principal_name)).collect();
    let profiles = run.profiles.read(&accounts).await;
    let looked = cases.into_iter().zip(profiles).map(|(case, profile)| look(&run, case, profile));
    let mut good = Vec::new();
    for (mut case, looked) in join_all(looked).await {
        match looked {
            Err(error) => run.fail(&case, error).await,
            Ok(Step::Decided(verdict)) if verdict.action == Action::None => {
                run.leave(&case, verdict.state, verdict.reason).await;
            }
            Ok(Step::Decided(verdict)) if verdict.action == Action::Remove => {
                case.verdict = Some(verdict);
                run.remove_later(case);
            }
            Ok(Step::Decided(verdict)) if run.operation == Operation::Compare => {
                run.done(&case, verdict, Outcome::Planned).await;
            }
            Ok(Step::Decided(verdict)) => {
                case.verdict = Some(verdict);
                good.push(case);
            }
            Ok(Step::ComparePictures) => good.push(case),
        }
    }
    good
}

async fn look(run: &Run, mut case: Case, profile: Result<Option<Profile>>) -> (Case, Result<Step>) {
    let looked = async {
        let profile = profile.map_err(|error| error.with_user(&case.person.user_principal_name))?;
        if let Some(profile) = &profile {
            if !profile.object_id.is_empty() && profile.object_id != case.person.id {
                return Err(Error::new(
                    Code::ProfileNotFound,
                    "SharePoint's profile under this name belongs to another account.",
                )
                .with_user(&case.person.user_principal_name)
                .with_advice("The name was re-used; SharePoint renames profiles within a day. Try again later."));
            }
            case.stem = stem_of(&profile.picture_url, run.library.host(), run.library.folder());
            let wanted = case.photo.is_some() || run.policy.removal == RemovalPolicy::Remove;
            if let Some(stem) = case.stem.as_ref().filter(|_| wanted) {
                case.files = Some(run.files(stem).await?);
            }
        }
        case.profile = profile;
        Ok(step(run, &case, None))
    };
    let looked = looked.await;
    (case, looked)
}

impl Run {
    /// Whether a person is looked at tonight: each is in one of as many nights as there are to be.
    fn is_night_of(&self, case: &Case) -> bool {
        let number = uuid::Uuid::parse_str(&case.person.id).map_or(0, |id| id.as_u128());
        let tonight = OffsetDateTime::now_utc().to_julian_day().unsigned_abs();
        number % u128::from(self.nights) == u128::from(tonight) % u128::from(self.nights)
    }

    /// The verdict of an earlier run, where neither side changed since: no profile and no picture is read then. People
    /// who were named are looked at in any case.
    async fn still_holds(&self, case: &mut Case) -> Option<(PictureState, &'static str)> {
        let remembered = case.remembered.as_ref().filter(|_| self.trusting && !case.half_written)?;
        match (&case.photo, &remembered.shown) {
            (None, None) if self.policy.removal == RemovalPolicy::Keep => {
                Some((PictureState::NoSourcePhoto, "The source has no photo."))
            }
            (Some(photo), Some(picture)) if photo.etag == remembered.etag => {
                let stem = Stem::remembered(picture.stem.clone());
                let files = self.files(&stem).await.ok()?;
                let same = files.complete() && files.large() == Some(picture.stamp);
                case.sketch = picture.sketch.map(Sketch);
                case.stem = Some(stem);
                case.files = Some(files);
                same.then_some((PictureState::InSync, "Neither side changed since the last run."))
            }
            _ => None,
        }
    }
}

/// Reads the photos' bytes.
pub(super) async fn photos(run: Arc<Run>, cases: Vec<Case>) -> Vec<Case> {
    if run.stopping() {
        return Vec::new();
    }
    let ids: Vec<String> = cases.iter().map(|case| case.person.id.clone()).collect();
    let photos = match run.graph.photo_bytes(&ids).await {
        Ok(photos) => photos,
        Err(error) => {
            run.fail_all(&cases, &error).await;
            return Vec::new();
        }
    };
    let mut good = Vec::with_capacity(cases.len());
    for (mut case, bytes) in cases.into_iter().zip(photos) {
        match bytes {
            Ok(Some(bytes)) => {
                case.bytes = bytes;
                good.push(case);
            }
            Ok(None) => {
                run.leave(&case, PictureState::NoSourcePhoto, "The photo was just removed from the source.").await;
            }
            Err(error) => run.fail_alone(&case, &error.with_user(&case.person.user_principal_name)).await,
        }
    }
    good
}

/// Compares what only the pictures can judge, and makes the thumbnails of whoever needs them.
pub(super) async fn compare(run: Arc<Run>, mut case: Case) -> Option<Case> {
    if run.stopping() {
        return None;
    }
    match judge(&run, &mut case).await {
        Err(error) => {
            let error = error.with_user(&case.person.user_principal_name);
            run.fail(&case, error).await;
            None
        }
        Ok(verdict) if verdict.action == Action::None => {
            run.leave(&case, verdict.state, verdict.reason).await;
            None
        }
        Ok(verdict) if matches!(run.operation, Operation::Compare | Operation::Sync { what_if: true }) => {
            run.done(&case, verdict, Outcome::Planned).await;
            None
        }
        Ok(verdict) => {
            case.verdict = Some(verdict);
            Some(case)
        }
    }
}

/// Puts the thumbnails, if there are any to write, where SharePoint keeps them. From here on a person is finished whatever happens to the run.
pub(super) async fn upload(run: Arc<Run>, mut case: Case) -> Option<Case> {
    if run.stopping() {
        return None;
    }
    let stem = run.claim_stem(&case);
    if let Some(diary) = &run.diary {
        run.stop_on(diary.intend(&case).await)?;
    }
    if case.thumbnails.is_empty() {
        return Some(case);
    }
    let mut files = Files::default();
    for (size, thumbnail) in Size::ALL.into_iter().zip(&case.thumbnails) {
        match run.library.upload(&stem, size, &thumbnail.jpeg).await {
            Ok(stamp) => files.put(size, stamp),
            Err(error) => {
                let error = error.with_user(&case.person.user_principal_name);
                run.fail(&case, error).await;
                return None;
            }
        }
    }
    case.files = Some(files);
    case.thumbnails = Vec::new();
    case.stem = Some(stem);
    Some(case)
}

/// Writes the properties that differ, reads them back, and reports.
pub(super) async fn properties(run: Arc<Run>, cases: Vec<Case>) -> Vec<Case> {
    let now = OffsetDateTime::now_utc().unix_timestamp();
    let updates: Vec<ProfileUpdate> = cases.iter().map(|case| update_of(&run, case, now)).collect();
    let answers = run.profiles.write(&updates).await;
    for (mut case, answer) in cases.into_iter().zip(answers) {
        match answer {
            Ok(profile) => {
                case.profile = Some(profile);
                let verdict = case.verdict.unwrap_or(Verdict {
                    state: PictureState::Unknown,
                    action: Action::Update,
                    reason: "",
                });
                run.done(&case, verdict, Outcome::Updated).await;
            }
            Err(error) => {
                let error = error.with_user(&case.person.user_principal_name);
                run.fail(&case, error).await;
            }
        }
    }
    run.keep().await;
    Vec::new()
}

/// Actions of a person's part in a request that writes: a set for each property, and the read that proves them.
pub(super) fn actions_to_write(run: &Run, case: &Case) -> usize {
    ACTIONS_TO_READ + update_of(run, case, 0).properties.len()
}

fn update_of(run: &Run, case: &Case, now: i64) -> ProfileUpdate {
    let profile = case.profile.clone().unwrap_or_default();
    let stem = case.stem.clone().unwrap_or_else(|| Stem::of_object_id(&case.person.id));
    let address = picture_url(run.library.host(), run.library.folder(), &stem);
    let mut properties = Vec::with_capacity(3);
    if !same_address(&profile.picture_url, &address) {
        properties.push(("PictureURL", address));
    }
    if profile.placeholder_state != "0" {
        properties.push(("SPS-PicturePlaceholderState", "0".to_owned()));
    }
    // The timestamp is the cache-buster of everybody who shows the picture: it must change with it.
    let before = profile.timestamp.parse().unwrap_or(0);
    let timestamp = seconds_since_year_one(now).max(before + 1);
    properties.push(("SPS-PictureTimestamp", timestamp.to_string()));
    ProfileUpdate { account: account_name(&case.person.user_principal_name), properties }
}
