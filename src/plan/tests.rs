use super::*;
use crate::model::{FileStamp, Size, UserType};

fn person(exchange_online: bool) -> Person {
    Person {
        id: "11111111-2222-3333-4444-555555555555".into(),
        user_principal_name: "anna@contoso.com".into(),
        display_name: None,
        account_enabled: true,
        user_type: UserType::Member,
        exchange_online,
    }
}

fn photo() -> Photo {
    Photo { etag: "A".into(), content_type: "image/jpeg".into(), width: 648, height: 648 }
}

fn profile() -> Profile {
    Profile {
        picture_url: "https://contoso-my.sharepoint.com:443/User%20Photos/Profile%20Pictures/x_MThumb.jpg".into(),
        placeholder_state: "0".into(),
        exchange_sync_state: "1".into(),
        ..Profile::default()
    }
}

fn all_files() -> Files {
    files_with_small(1000)
}

fn files_with_small(length: u32) -> Files {
    let mut files = Files::default();
    for size in Size::ALL {
        let length = if size == Size::Small { length } else { 1000 };
        files.put(size, FileStamp { length, modified: 1 });
    }
    files
}

struct Case {
    person: Person,
    source: Option<Photo>,
    profile: Option<Profile>,
    files: Option<Files>,
    shown: Option<Shown>,
    changed_there: bool,
}

impl Default for Case {
    fn default() -> Self {
        Self {
            person: person(true),
            source: Some(photo()),
            profile: Some(profile()),
            files: Some(all_files()),
            shown: None,
            changed_there: false,
        }
    }
}

impl Case {
    fn step(&self, policy: Policy) -> Step {
        let facts = Facts {
            person: &self.person,
            source: self.source.as_ref(),
            profile: self.profile.as_ref(),
            files: self.files.as_ref(),
            shown: self.shown,
            changed_there: self.changed_there,
        };
        decide(&facts, policy)
    }

    fn verdict(&self) -> (PictureState, Action) {
        match self.step(Policy::default()) {
            Step::Decided(verdict) => (verdict.state, verdict.action),
            Step::ComparePictures => panic!("the pictures should not be needed"),
        }
    }
}

#[test]
fn a_person_whose_source_has_no_photo_is_left_alone_whatever_sharepoint_shows() {
    let case = Case { source: None, shown: Some(Shown::Other), ..Case::default() };
    assert_eq!(case.verdict(), (PictureState::NoSourcePhoto, Action::None));
}

#[test]
fn a_person_without_profile_is_left_alone() {
    let case = Case { profile: None, files: None, ..Case::default() };
    assert_eq!(case.verdict(), (PictureState::NoProfile, Action::None));
}

#[test]
fn an_empty_picture_url_is_never_synced_or_a_placeholder() {
    let mut case = Case { files: None, ..Case::default() };
    case.profile = Some(Profile { picture_url: String::new(), placeholder_state: String::new(), ..profile() });
    assert_eq!(case.verdict(), (PictureState::NeverSynced, Action::Update));
    case.profile = Some(Profile { picture_url: String::new(), placeholder_state: "1".into(), ..profile() });
    assert_eq!(case.verdict(), (PictureState::Placeholder, Action::Update));
}

#[test]
fn a_pinned_picture_is_left_alone_unless_asked() {
    let case = Case { profile: Some(Profile { exchange_sync_state: "0".into(), ..profile() }), ..Case::default() };
    assert_eq!(case.verdict(), (PictureState::Pinned, Action::None));
    assert_eq!(case.step(Policy { include_pinned: true, ..Policy::default() }), Step::ComparePictures);
}

#[test]
fn following_switched_off_says_nothing_of_a_person_without_mailbox() {
    let case = Case {
        person: person(false),
        profile: Some(Profile { exchange_sync_state: "0".into(), ..profile() }),
        ..Case::default()
    };
    assert_eq!(case.step(Policy::default()), Step::ComparePictures);
}

#[test]
fn a_missing_or_empty_thumbnail_is_broken() {
    let mut missing = Files::default();
    missing.put(Size::Large, FileStamp { length: 1000, modified: 1 });
    for files in [missing, files_with_small(0)] {
        assert_eq!(Case { files: Some(files), ..Case::default() }.verdict(), (PictureState::Broken, Action::Update));
    }
}

#[test]
fn the_pictures_decide_only_when_nothing_else_does() {
    assert_eq!(Case::default().step(Policy::default()), Step::ComparePictures);
    for (shown, state, action) in [
        (Shown::Same, PictureState::InSync, Action::None),
        (Shown::Other, PictureState::Stale, Action::Update),
        (Shown::Placeholder, PictureState::Placeholder, Action::Update),
        (Shown::Unreadable, PictureState::Broken, Action::Update),
    ] {
        assert_eq!(Case { shown: Some(shown), ..Case::default() }.verdict(), (state, action));
    }
}

#[test]
fn a_picture_outside_the_library_is_replaced() {
    assert_eq!(Case { files: None, ..Case::default() }.verdict(), (PictureState::Stale, Action::Update));
}

#[test]
fn a_picture_goes_only_where_the_source_has_none_and_removal_is_asked_for() {
    let remove = Policy { removal: RemovalPolicy::Remove, ..Policy::default() };
    let action = |case: Case| match case.step(remove) {
        Step::Decided(verdict) => verdict.action,
        Step::ComparePictures => Action::None,
    };
    let gone = || Case { source: None, ..Case::default() };
    assert_eq!(action(gone()), Action::Remove);
    assert_eq!(action(Case::default()), Action::None, "the source has a photo");
    assert_eq!(action(Case { files: None, ..gone() }), Action::None, "a picture from elsewhere is not ours to take");
    let with = |change: fn(&mut Profile)| {
        let mut profile = profile();
        change(&mut profile);
        Case { profile: Some(profile), ..gone() }
    };
    assert_eq!(action(with(|profile| profile.exchange_sync_state = "0".into())), Action::None, "pinned");
    assert_eq!(action(with(|profile| profile.picture_url.clear())), Action::None, "nothing is shown");
    assert_eq!(action(with(|profile| profile.placeholder_state = "1".into())), Action::None, "a placeholder");
}

#[test]
fn a_picture_that_was_changed_in_sharepoint_stays_only_where_that_is_asked_for() {
    let case = Case { shown: Some(Shown::Other), changed_there: true, ..Case::default() };
    assert_eq!(case.verdict(), (PictureState::Stale, Action::Update));
    let keep = Policy { conflict: ConflictPolicy::Keep, ..Policy::default() };
    let action = |case: &Case| match case.step(keep) {
        Step::Decided(verdict) => verdict.action,
        Step::ComparePictures => panic!("all is known"),
    };
    assert_eq!(action(&case), Action::None);
    assert_eq!(action(&Case { changed_there: false, ..case }), Action::Update, "nobody changed it there");
}
