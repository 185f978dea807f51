//! Decides: what is wrong with a person's picture, why, and what to do.
//! Knows the model alone: no I/O, no clock.
//! Promises the same decision for the same facts, and that an error is never taken for 'no photo'.

use serde::Deserialize;

use crate::model::{Action, Files, Person, Photo, PictureState, Profile, Verdict};

/// What the caller allows.
#[derive(Clone, Copy, Debug, Default)]
pub struct Policy {
    /// Also people pinned by hand.
    pub include_pinned: bool,
    /// What to do where the source has no photo any more.
    pub removal: RemovalPolicy,
    /// What to do where somebody changed the picture in SharePoint.
    pub conflict: ConflictPolicy,
}

/// What to do about a picture in SharePoint whose photo at the source is gone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum RemovalPolicy {
    /// It stays.
    #[default]
    Keep,
    /// It goes.
    Remove,
}

/// What to do about a picture that was changed in SharePoint since the last run, while the photo at the source was not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum ConflictPolicy {
    /// The photo of the source takes its place.
    #[default]
    SourceWins,
    /// It stays.
    Keep,
}

/// What is known of a person's picture. The comparison comes last because it costs the most.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// Who.
    pub person: &'a Person,
    /// The photo at the source; `None` where the source said that there is none.
    pub source: Option<&'a Photo>,
    /// The profile; `None` where SharePoint has none.
    pub profile: Option<&'a Profile>,
    /// The thumbnails that the profile names; `None` where it names a picture outside the library.
    pub files: Option<&'a Files>,
    /// What the comparison of the photo with the large thumbnail said.
    pub shown: Option<Shown>,
    /// Whether SharePoint's side changed since an earlier run left both sides the same, and the source's did not.
    pub changed_there: bool,
}

/// What the large thumbnail turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// The photo of the source.
    Same,
    /// Another picture.
    Other,
    /// A placeholder picture.
    Placeholder,
    /// Not a picture.
    Unreadable,
}

/// What to do about a person, as far as the facts go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// All is said.
    Decided(Verdict),
    /// Only the pictures can tell.
    ComparePictures,
}

/// Decides about a person from what is known.
#[must_use]
pub fn decide(facts: &Facts<'_>, policy: Policy) -> Step {
    let verdict = |state, action, reason| Step::Decided(Verdict { state, action, reason });
    let leave = |state, reason| verdict(state, Action::None, reason);
    let update = |state, reason| verdict(state, Action::Update, reason);

    if facts.source.is_none() {
        let shows = facts.profile.filter(|profile| !profile.picture_url.is_empty() && profile.placeholder_state != "1");
        return match shows {
            None => leave(PictureState::NoSourcePhoto, "The source has no photo."),
            Some(profile) if removable(facts, profile, policy) => {
                verdict(PictureState::NoSourcePhoto, Action::Remove, "The source has no photo any more.")
            }
            Some(_) => {
                leave(PictureState::NoSourcePhoto, "The source has no photo; the picture in SharePoint is kept.")
            }
        };
    }
    let Some(profile) = facts.profile else {
        return leave(PictureState::NoProfile, "SharePoint has no profile of this person yet.");
    };
    if profile.picture_url.is_empty() {
        return if profile.placeholder_state == "1" {
            update(PictureState::Placeholder, "SharePoint shows its placeholder.")
        } else {
            update(PictureState::NeverSynced, "SharePoint never got a picture of this person.")
        };
    }
    if pinned(facts.person, profile) && !policy.include_pinned {
        return leave(PictureState::Pinned, "The picture was set by hand: the profile does not follow Exchange.");
    }
    if profile.placeholder_state == "1" {
        return update(PictureState::Placeholder, "SharePoint shows its placeholder.");
    }
    let Some(files) = facts.files else {
        return update(PictureState::Stale, "The profile names a picture outside the picture library.");
    };
    if !files.complete() {
        return update(PictureState::Broken, "A thumbnail that the profile names is missing.");
    }
    match facts.shown {
        None => Step::ComparePictures,
        Some(Shown::Same) => leave(PictureState::InSync, "SharePoint shows the photo of the source."),
        Some(Shown::Other) if facts.changed_there && policy.conflict == ConflictPolicy::Keep => {
            leave(PictureState::Stale, "The picture was changed in SharePoint since the last run; it is kept.")
        }
        Some(Shown::Other) => update(PictureState::Stale, "SharePoint shows another picture."),
        Some(Shown::Placeholder) => update(PictureState::Placeholder, "The picture in SharePoint is a placeholder."),
        Some(Shown::Unreadable) => update(PictureState::Broken, "The file in SharePoint is not a picture."),
    }
}

/// Whether the picture may go: it lies in the library, and nobody set it by hand.
fn removable(facts: &Facts<'_>, profile: &Profile, policy: Policy) -> bool {
    policy.removal == RemovalPolicy::Remove
        && facts.files.is_some()
        && (policy.include_pinned || !pinned(facts.person, profile))
}

/// Whether the picture was set by hand. SharePoint itself switches following off for people without a mailbox \[O\], so
/// there it says nothing.
fn pinned(person: &Person, profile: &Profile) -> bool {
    person.exchange_online && profile.exchange_sync_state == "0" && profile.placeholder_state != "1"
}

#[cfg(test)]
mod tests;
