//! What is true of a person on both sides, judged from the pixels that are really there.
//! Knows the world and the judge. Promises not to take anybody's word for it.

use std::sync::{Arc, PoisonError};

use percent_encoding::percent_decode_str;
use ring::digest::{SHA256, digest};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::judge::Suspect;
use super::recipe::{Order, Thumb};
use super::{Person, Photo, Profile, Recipe, StoredFile, World};

/// Photos that the judge remembers.
const MOST_SUSPECTS: usize = 2_000;

impl World {
    /// The person as the control port shows them.
    #[must_use]
    pub fn truth(&self, person: &Person) -> Value {
        let profile = self.profile(person);
        let files = self.shown_files(person, profile.as_ref());
        let source = self.photo(person).map(|photo| {
            json!({ "etag": photo.etag, "sha256": sha256(&self.photo_bytes(&photo)), "width": photo.width, "height": photo.height })
        });
        let mut by_size = serde_json::Map::new();
        for (thumb, file) in Thumb::ALL.into_iter().zip(&files) {
            let value = file.as_ref().map(|file| {
                json!({ "name": file.name, "sha256": sha256(&self.file_bytes(file)), "length": file.length, "modified": rfc3339(file.modified) })
            });
            by_size.insert(thumb.letter().to_owned(), json!(value));
        }
        json!({
            "id": person.id,
            "userPrincipalName": person.upn,
            "displayName": person.display_name,
            "kind": person.kind.name(),
            "accountEnabled": person.account_enabled,
            "userType": if person.guest { "Guest" } else { "Member" },
            "exchangeOnline": person.exchange_online,
            "source": source,
            "profile": profile.as_ref().map(|profile| json!({
                "pictureUrl": profile.get("PictureURL"),
                "placeholderState": profile.get("SPS-PicturePlaceholderState"),
                "timestamp": profile.get("SPS-PictureTimestamp"),
                "exchangeSyncState": profile.get("SPS-PictureExchangeSyncState"),
            })),
            "files": by_size,
            "shows": self.shows(person, profile.as_ref(), &files),
        })
    }

    /// The file that SharePoint shows of a person in this size.
    #[must_use]
    pub fn shown_file(&self, person: &Person, thumb: Thumb) -> Option<StoredFile> {
        let files = self.shown_files(person, self.profile(person).as_ref());
        Thumb::ALL.into_iter().zip(files).find(|(size, _)| *size == thumb)?.1
    }

    /// The three files that belong to the profile's picture; with no picture in the profile, those that the person's stem would have.
    fn shown_files(&self, person: &Person, profile: Option<&Profile>) -> [Option<StoredFile>; 3] {
        let named = profile.and_then(|profile| self.stem_of(profile.get("PictureURL")?));
        let stem = named.unwrap_or_else(|| super::beginning::files(person).0);
        Thumb::ALL.map(|thumb| self.file(&format!("{stem}{}", thumb.suffix())))
    }

    /// The stem that a `PictureURL` names; `None` where it is empty or names no medium thumbnail of this library.
    fn stem_of(&self, url: &str) -> Option<String> {
        let path = url.split('?').next()?;
        let decoded = percent_decode_str(path).decode_utf8().ok()?.into_owned();
        let folder = format!("/user photos/{}/", self.folder.to_lowercase());
        let lower = decoded.to_lowercase();
        let name_at = lower.find(&folder)? + folder.len();
        lower.get(name_at..)?.strip_suffix(&Thumb::Medium.suffix().to_lowercase()).map(str::to_owned)
    }

    fn shows(&self, person: &Person, profile: Option<&Profile>, files: &[Option<StoredFile>; 3]) -> &'static str {
        let property = |name| profile.and_then(|profile| profile.get(name)).map_or("", String::as_str);
        let [_, medium, _] = files;
        if property("SPS-PicturePlaceholderState") == "1" {
            return "placeholder";
        }
        if property("PictureURL").is_empty() {
            return "nothing";
        }
        let Some(medium) = medium else { return "broken" };
        let same = self.current_files(person, files);
        match same.iter().filter(|same| **same).count() {
            3 if property("SPS-PicturePlaceholderState") == "0" => "source",
            0 if self.is_grey_head(medium) => "placeholder",
            0 => "other",
            _ => "partial",
        }
    }

    /// Which of the files show the current source photo.
    fn current_files(&self, person: &Person, files: &[Option<StoredFile>; 3]) -> [bool; 3] {
        let Some(photo) = self.photo(person) else { return [false; 3] };
        let Some(suspect) = self.suspect(&photo) else { return [false; 3] };
        files.each_ref().map(|file| file.as_ref().is_some_and(|file| suspect.is_shown_by(&self.file_bytes(file))))
    }

    /// What the judge remembers of a photo; looking at it again would cost more than all the rest.
    fn suspect(&self, photo: &Photo) -> Option<Arc<Suspect>> {
        let memory = || self.suspects.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = memory().get(&photo.etag) {
            return Some(Arc::clone(known));
        }
        let suspect = Arc::new(Suspect::new(&self.photo_bytes(photo))?);
        let mut memory = memory();
        if memory.len() >= MOST_SUSPECTS {
            memory.clear();
        }
        memory.insert(photo.etag.clone(), Arc::clone(&suspect));
        Some(suspect)
    }

    fn is_grey_head(&self, file: &StoredFile) -> bool {
        let head = self.studio.picture(Order::Photo(Recipe::GreyHead, 300, 300));
        Suspect::new(&head).is_some_and(|head| head.is_shown_by(&self.file_bytes(file)))
    }
}

fn sha256(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let hash = digest(&SHA256, bytes);
    let halves = hash.as_ref().iter().flat_map(|byte| [byte >> 4, byte & 15]);
    halves.map(|half| char::from(DIGITS[usize::from(half)])).collect()
}

/// A time as both services write it.
#[must_use]
pub fn rfc3339(seconds: i64) -> String {
    let time = OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    time.format(&Rfc3339).unwrap_or_default()
}
