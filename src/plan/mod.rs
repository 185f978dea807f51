//! Decides: what is wrong with a person's picture, why, and what to do.
//! Knows the model alone: no I/O, no clock.
//! Promises the same decision for the same facts, and that an error is never taken for 'no photo'.

use crate::model::{Action, Files, Person, Photo, PictureState, Profile, Verdict};

/// What the caller allows.
#[derive(Clone, Copy, Debug, Default)]
pub struct Policy {
    /// Also people pinned by hand.
    pub include_pinned: bool,
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
        return leave(
            PictureState::NoSourcePhoto,
            if facts.profile.is_some_and(|profile| !profile.picture_url.is_empty()) {
                "The source has no photo; the picture in SharePoint is kept."
            } else {
                "The source has no photo."
            },
        );
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
        Some(Shown::Other) => update(PictureState::Stale, "SharePoint shows another picture."),
        Some(Shown::Placeholder) => update(PictureState::Placeholder, "The picture in SharePoint is a placeholder."),
        Some(Shown::Unreadable) => update(PictureState::Broken, "The file in SharePoint is not a picture."),
    }
}

/// Whether the picture was set by hand. SharePoint itself switches following off for people without a mailbox \[O\], so
/// there it says nothing.
fn pinned(person: &Person, profile: &Profile) -> bool {
    person.exchange_online && profile.exchange_sync_state == "0" && profile.placeholder_state != "1"
}

#[cfg(test)]
mod tests;
