//! The stages of compare and sync: source metadata, profiles, source bytes, comparison, upload, properties.
//!
//! People flow through them in groups that fit one request each; a stage regroups what the one before it let through, so
//! that few changed people among many still fill their requests. Every unit of work is a task of its own: a slow one holds
//! nobody up, and what is half written is finished whatever happens to the run.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use futures_util::stream::{self, Stream, StreamExt};
use time::OffsetDateTime;

use super::case::Case;
use super::run::{Operation, Run};
use crate::error::{Code, Error, Result};
use crate::graph::BATCH_SIZE;
use crate::image::{self, Sketch};
use crate::model::{Action, Files, Outcome, PictureState, Profile, Size, Verdict};
use crate::plan::{Facts, RemovalPolicy, Shown, Step, decide};
use crate::sharepoint::{
    ACTIONS_TO_READ, ProfileUpdate, Stem, account_name, picture_url, same_address, seconds_since_year_one, stem_of,
};

/// How long people wait for others to share a request with: those who are to be read, and those who are half written.
const READ_PATIENCE: Duration = Duration::from_secs(30);
const WRITE_PATIENCE: Duration = Duration::from_secs(5);
/// Requests that a stage has under way at once; the services' own slots bound the whole.
const WIDTH: usize = 4;
/// Seconds within which SharePoint, and we, write the three thumbnails of one picture.
const WRITTEN_TOGETHER: u32 = 600;
/// People compared or uploaded at once.
const PEOPLE_WIDTH: usize = 16;

/// Runs all people through all stages.
pub(super) async fn run_all(run: &Arc<Run>, people: impl Stream<Item = Case> + Send) {
    let due = grouped(run, people.chunks(BATCH_SIZE), WIDTH, due);
    let tagged = grouped(run, due.chunks(BATCH_SIZE), WIDTH, tags);
    let looked = grouped(run, packed(run, tagged, READ_PATIENCE, |_, _| ACTIONS_TO_READ), WIDTH, profiles);
    let loaded = grouped(run, looked.chunks(BATCH_SIZE), WIDTH, photos);
    let compared = one_by_one(run, loaded, PEOPLE_WIDTH, compare);
    let uploaded = one_by_one(run, compared, PEOPLE_WIDTH, upload);
    let written = grouped(run, packed(run, uploaded, WRITE_PATIENCE, actions_to_write), WIDTH, properties);
    let mut written = std::pin::pin!(written);
    while written.next().await.is_some() {}
    run.remove_gathered().await;
}

/// Cuts people into groups of at most so many.
pub(super) fn cut(mut cases: Vec<Case>, size: usize) -> impl Iterator<Item = Vec<Case>> {
    std::iter::from_fn(move || {
        let rest = cases.split_off(size.clamp(1, cases.len().max(1)).min(cases.len()));
        let group = std::mem::replace(&mut cases, rest);
        (!group.is_empty()).then_some(group)
    })
}

/// Groups people so that each group fills one request to the profile service, as large as those may be by then.
fn packed(
    run: &Arc<Run>,
    cases: impl Stream<Item = Case> + Send,
    patience: Duration,
    actions: fn(&Run, &Case) -> usize,
) -> impl Stream<Item = Vec<Case>> + Send {
    let run = Arc::clone(run);
    stream::unfold((Box::pin(cases.peekable()), run), move |(mut cases, run)| async move {
        let mut left = run.profiles.most_actions();
        let mut group: Vec<Case> = cases.next().await.into_iter().collect();
        while let Some(last) = group.last() {
            left = left.saturating_sub(actions(&run, last));
            let next = cases.as_mut().next_if(|case| actions(&run, case) <= left);
            match tokio::time::timeout(patience, next).await {
                Ok(Some(case)) => group.push(case),
                Ok(None) | Err(_) => break,
            }
        }
        (!group.is_empty()).then_some((group, (cases, run)))
    })
}

fn grouped<F>(
    run: &Arc<Run>,
    groups: impl Stream<Item = Vec<Case>> + Send,
    width: usize,
    work: impl Fn(Arc<Run>, Vec<Case>) -> F + Send,
) -> impl Stream<Item = Case> + Send
where
    F: Future<Output = Vec<Case>> + Send + 'static,
{
    let run = Arc::clone(run);
    groups
        .map(move |group| tokio::spawn(work(Arc::clone(&run), group)))
        .buffer_unordered(width)
        .flat_map(|joined| stream::iter(joined.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))))
}

fn one_by_one<F>(
    run: &Arc<Run>,
    cases: impl Stream<Item = Case> + Send,
    width: usize,
    work: impl Fn(Arc<Run>, Case) -> F + Send,
) -> impl Stream<Item = Case> + Send
where
    F: Future<Output = Option<Case>> + Send + 'static,
{
    let run = Arc::clone(run);
    cases
        .map(move |case| tokio::spawn(work(Arc::clone(&run), case)))
        .buffer_unordered(width)
        .filter_map(async |joined| joined.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic())))
}

/// Recalls what earlier runs left, and leaves those whose night it is not.
async fn due(run: Arc<Run>, mut cases: Vec<Case>) -> Vec<Case> {
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
async fn tags(run: Arc<Run>, mut cases: Vec<Case>) -> Vec<Case> {
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
async fn profiles(run: Arc<Run>, cases: Vec<Case>) -> Vec<Case> {
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

fn step(run: &Run, case: &Case, shown: Option<Shown>) -> Step {
    let facts = Facts {
        person: &case.person,
        source: case.photo.as_ref(),
        profile: case.profile.as_ref(),
        files: case.files.as_ref(),
        shown,
        changed_there: changed_there(case),
    };
    decide(&facts, run.policy)
}

/// Whether SharePoint's side changed since an earlier run left both sides the same, and the source's did not. What an
/// earlier run half wrote it changed itself.
fn changed_there(case: &Case) -> bool {
    let Some(remembered) = case.remembered.as_ref().filter(|_| !case.half_written) else { return false };
    let same_source = case.photo.as_ref().is_some_and(|photo| photo.etag == remembered.etag);
    let same_there = remembered.shown.as_ref().zip(case.files).is_some_and(|(picture, files)| {
        files.large() == Some(picture.stamp) && case.stem.as_ref().is_some_and(|stem| stem.key() == picture.stem)
    });
    same_source && !same_there
}

/// Reads the photos' bytes.
async fn photos(run: Arc<Run>, cases: Vec<Case>) -> Vec<Case> {
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
async fn compare(run: Arc<Run>, mut case: Case) -> Option<Case> {
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

async fn judge(run: &Run, case: &mut Case) -> Result<Verdict> {
    let bytes = std::mem::take(&mut case.bytes);
    let (photo, fingerprint) = on_cpu(move || {
        let photo = image::Picture::read(&bytes, Size::Large.side())?;
        let fingerprint = photo.fingerprint();
        Ok((photo, fingerprint))
    })
    .await?;
    case.sketch = Some(fingerprint.sketch());
    let mut shown = Vec::new();
    if let (None, Some(stem), false) = (&case.verdict, &case.stem, known_to_differ(case)) {
        for &size in sizes_to_compare(case) {
            shown.push(run.library.download(stem, size).await?.unwrap_or_default());
        }
    }
    let (judged, thumbnails) = on_cpu(move || pictures(&photo, &fingerprint, &shown)).await?;
    case.thumbnails = thumbnails;
    if let Some(verdict) = case.verdict {
        return Ok(verdict);
    }
    let (shown, comparison) = judged;
    case.distance = comparison.as_ref().map(|comparison| comparison.distance);
    case.confidence = comparison.as_ref().map(|comparison| comparison.confidence);
    match step(run, case, Some(shown)) {
        // The files are right, and nobody knows whether the properties are.
        Step::Decided(Verdict { state: PictureState::InSync, .. }) if case.half_written => Ok(Verdict {
            state: PictureState::Stale,
            action: Action::Update,
            reason: "An earlier run broke off while it wrote this person.",
        }),
        Step::Decided(verdict) => Ok(verdict),
        Step::ComparePictures => Err(Error::new(Code::Internal, "The comparison decided nothing.")),
    }
}

type Judged = ((Shown, Option<image::Comparison>), Vec<image::Thumbnail>);

/// Whether SharePoint still shows the picture of an earlier run, and that is clearly another one: nobody has to read it.
fn known_to_differ(case: &Case) -> bool {
    let picture = case.remembered.as_ref().and_then(|remembered| remembered.shown.as_ref());
    let unchanged = picture.filter(|picture| {
        case.files.is_some_and(|files| files.large() == Some(picture.stamp))
            && case.stem.as_ref().is_some_and(|stem| stem.key() == picture.stem)
    });
    let before = unchanged.and_then(|picture| picture.sketch).map(Sketch);
    before.zip(case.sketch).is_some_and(|(before, now)| before.clearly_differs(&now))
}

/// The large thumbnail speaks for all three, unless they were not written together.
fn sizes_to_compare(case: &Case) -> &'static [Size] {
    let together = case.files.is_none_or(|files| files.spread_seconds() <= WRITTEN_TOGETHER);
    if together && !case.half_written { &[Size::Large] } else { &Size::ALL }
}

/// The work on pixels: what SharePoint shows against the photo, and the thumbnails where the two differ.
fn pictures(photo: &image::Picture, fingerprint: &image::Fingerprint, shown: &[Vec<u8>]) -> Result<Judged> {
    let mut judged = (Shown::Other, None);
    for shown in shown {
        judged = look_at(fingerprint, shown);
        if judged.0 != Shown::Same {
            break;
        }
    }
    let thumbnails = if judged.0 == Shown::Same { Vec::new() } else { photo.thumbnails(&Size::ALL.map(Size::side))? };
    Ok((judged, thumbnails))
}

fn look_at(photo: &image::Fingerprint, shown: &[u8]) -> (Shown, Option<image::Comparison>) {
    let Ok(shown) = image::fingerprint(shown) else { return (Shown::Unreadable, None) };
    let comparison = image::same_picture(photo, &shown);
    let verdict = if comparison.same {
        Shown::Same
    } else if shown.kind() == image::Kind::Placeholder {
        Shown::Placeholder
    } else {
        Shown::Other
    };
    (verdict, Some(comparison))
}

async fn on_cpu<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|error| Err(Error::new(Code::Internal, "Work on a picture broke off.").with_cause(&error)))
}

/// Puts the thumbnails, if there are any to write, where SharePoint keeps them. From here on a person is finished whatever happens to the run.
async fn upload(run: Arc<Run>, mut case: Case) -> Option<Case> {
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
async fn properties(run: Arc<Run>, cases: Vec<Case>) -> Vec<Case> {
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
fn actions_to_write(run: &Run, case: &Case) -> usize {
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
