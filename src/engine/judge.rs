//! What is wrong with one person's picture, from all that is known: the facts for the plan, and the pictures where only
//! they can tell.

use super::case::Case;
use super::run::Run;
use crate::error::{Code, Error, Result};
use crate::image::{self, Sketch};
use crate::model::{Action, PictureState, Size, Verdict};
use crate::plan::{Facts, Shown, Step, decide};
use crate::state::RememberedPicture;

/// Seconds within which SharePoint, and we, write the three thumbnails of one picture.
const WRITTEN_TOGETHER: u32 = 600;

/// What the plan says, as far as the facts go.
pub(super) fn step(run: &Run, case: &Case, shown: Option<Shown>) -> Step {
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
    same_source && still_shown(case).is_none()
}

/// The picture that an earlier run left, where SharePoint still shows it.
fn still_shown(case: &Case) -> Option<&RememberedPicture> {
    let picture = case.remembered.as_ref()?.shown.as_ref()?;
    let same_file = case.files?.large() == Some(picture.stamp) && case.stem.as_ref()?.key() == picture.stem;
    same_file.then_some(picture)
}

/// Reads and compares what the plan needs, and makes the thumbnails where they are to be written.
pub(super) async fn judge(run: &Run, case: &mut Case) -> Result<Verdict> {
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
    let before = still_shown(case).and_then(|picture| picture.sketch).map(Sketch);
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
