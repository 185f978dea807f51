//! The people, their photos at the source, and what SharePoint holds of them. The truth on both sides.
//! Knows no protocol. Promises that nothing is kept in memory but what was changed, so that a million people fit.

pub mod beginning;
mod changed;
mod directory;
mod groups;
mod journal;
pub mod language;
mod library;
mod names;
pub mod person;
pub mod random;
pub mod truth;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

pub use beginning::Profile;
pub use directory::List;
pub use groups::Group;
pub use language::Language;
pub use library::{FOLDER_ITEM, Stored, StoredFile};
pub use person::{Deal, Kind, Person};
pub use practice_pictures::{judge, picture, recipe};
pub use recipe::{Recipe, Thumb};

use changed::Changed;
use directory::Directory;
use journal::Journal;
use judge::Suspect;
use library::Library;
use random::mix;
use recipe::{Order, Studio};
use uuid::Uuid;

/// A photo at the source.
#[derive(Clone, Debug)]
pub struct Photo {
    what: PhotoBytes,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// Changes with every change of the photo; without quotes.
    pub etag: String,
}

#[derive(Clone, Debug)]
enum PhotoBytes {
    Drawn(Recipe),
    Given(Arc<[u8]>),
}

#[derive(Default)]
struct Changes {
    photos: Changed<u32, Option<Photo>>,
    properties: HashMap<u32, Changed<String, String>>,
    library: Library,
    journal: Journal,
    versions: u32,
}

/// Both sides of the tenant.
pub struct World {
    /// From which everything follows.
    pub seed: u64,
    /// Number of people.
    pub people: u32,
    /// Of the my-site host.
    pub language: Language,
    /// Name of the folder in the picture library.
    pub folder: String,
    my_site: String,
    directory: Directory,
    studio: Studio,
    suspects: Mutex<HashMap<String, Arc<Suspect>>>,
    changes: RwLock<Changes>,
}

impl World {
    /// A world of `people`, or of those in a list, whose picture library lies on `my_site` (an origin).
    #[must_use]
    pub fn new(seed: u64, people: u32, list: Option<List>, language: Language, folder: &str, my_site: &str) -> Self {
        let people = list.as_ref().map_or(people, List::people);
        Self {
            seed,
            people,
            language,
            folder: folder.to_owned(),
            my_site: my_site.to_owned(),
            directory: Directory::new(seed, list),
            studio: Studio::new(seed),
            suspects: Mutex::default(),
            changes: RwLock::default(),
        }
    }

    /// The origin of the my-site host as profiles write it.
    #[must_use]
    pub fn my_site(&self) -> &str {
        &self.my_site
    }

    fn read(&self) -> RwLockReadGuard<'_, Changes> {
        self.changes.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Changes> {
        self.changes.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Person number `index`.
    #[must_use]
    pub fn person(&self, index: u32) -> Option<Person> {
        let there = index < self.people && !self.read().journal.is_gone(index);
        there.then(|| self.directory.person(index))
    }

    /// Person number `index` as SharePoint knows them: it does not notice that somebody left.
    #[must_use]
    pub fn known_person(&self, index: u32) -> Option<Person> {
        self.ever(index)
    }

    /// Person number `index`, even if they left the directory.
    fn ever(&self, index: u32) -> Option<Person> {
        (index < self.people).then(|| self.directory.person(index))
    }

    /// The person with this object id or user principal name.
    #[must_use]
    pub fn find(&self, identity: &str) -> Option<Person> {
        self.find_ever(identity).filter(|person| !self.read().journal.is_gone(person.index))
    }

    fn find_ever(&self, identity: &str) -> Option<Person> {
        if let Ok(id) = Uuid::try_parse(identity) {
            return self.directory.by_id(id).and_then(|index| self.ever(index));
        }
        let person = self.ever(self.directory.by_upn(identity)?)?;
        (person.upn.to_lowercase() == identity.to_lowercase()).then_some(person)
    }

    /// The person whom SharePoint knows by this account name. Being in the directory does not mean having a profile,
    /// and SharePoint keeps the profile of somebody who left.
    #[must_use]
    pub fn find_account(&self, account: &str) -> Option<Person> {
        let person = self.find_ever(account.rsplit('|').next()?)?;
        let known = person.account_name();
        (known == account.to_lowercase()).then_some(person)
    }

    /// The photo at the source.
    #[must_use]
    pub fn photo(&self, person: &Person) -> Option<Photo> {
        self.photo_before(person, Duration::ZERO)
    }

    /// The photo at the source before a change that is younger than `age`.
    #[must_use]
    pub fn photo_before(&self, person: &Person, age: Duration) -> Option<Photo> {
        if let Some(changed) = self.read().photos.before(&person.index, age) {
            return changed.clone();
        }
        let (recipe, width, height) = beginning::source(person)?;
        Some(Photo { what: PhotoBytes::Drawn(recipe), width, height, etag: self.etag(person.index, 1) })
    }

    /// The bytes of a photo.
    #[must_use]
    pub fn photo_bytes(&self, photo: &Photo) -> Arc<[u8]> {
        match &photo.what {
            PhotoBytes::Given(bytes) => Arc::clone(bytes),
            PhotoBytes::Drawn(recipe) => self.studio.picture(Order::Photo(*recipe, photo.width, photo.height)),
        }
    }

    /// The person gets a new photo: these bytes as they are.
    pub fn change_photo(&self, person: &Person, bytes: Vec<u8>) {
        let size = picture::Pixels::decode(&bytes).map_or((0, 0), |pixels| (pixels.width, pixels.height));
        self.put_photo(person, size, |_| PhotoBytes::Given(bytes.into()));
    }

    /// The person gets a new portrait of so many pixels a side.
    pub fn draw_photo(&self, person: &Person, side: u32) {
        let drawn = |version| PhotoBytes::Drawn(Recipe::Portrait { index: person.index, version });
        self.put_photo(person, (side, side), drawn);
    }

    fn put_photo(&self, person: &Person, (width, height): (u32, u32), what: impl FnOnce(u32) -> PhotoBytes) {
        let mut changes = self.write();
        changes.versions += 1;
        let version = changes.versions + 1;
        let photo = Photo { what: what(version), width, height, etag: self.etag(person.index, version) };
        changes.photos.set(person.index, Some(photo));
    }

    /// The person's photo is gone. Says whether there was one.
    pub fn remove_photo(&self, person: &Person) -> bool {
        let had = self.photo(person).is_some();
        self.write().photos.set(person.index, None);
        had
    }

    fn etag(&self, index: u32, version: u32) -> String {
        format!("{:016X}", mix(&[self.seed, u64::from(index), u64::from(version), 0x6574_6167]))
    }

    /// The person's profile in SharePoint.
    #[must_use]
    pub fn profile(&self, person: &Person) -> Option<Profile> {
        self.profile_before(person, Duration::ZERO)
    }

    /// The profile before changes that are younger than `age`.
    #[must_use]
    pub fn profile_before(&self, person: &Person, age: Duration) -> Option<Profile> {
        let mut profile = beginning::profile(self.seed, person, &self.my_site, &self.folder)?;
        if let Some(changed) = self.read().properties.get(&person.index) {
            profile.extend(changed.all_before(age).map(|(name, value)| (name.clone(), value.clone())));
        }
        Some(profile)
    }

    /// Sets a property of a profile. `false` where the person has no profile.
    pub fn set_property(&self, person: &Person, name: &str, value: &str) -> bool {
        if person.kind == Kind::NoProfile {
            return false;
        }
        self.write().properties.entry(person.index).or_default().set(name.to_owned(), value.to_owned());
        true
    }
}

/// The clock, in Unix seconds.
#[must_use]
pub fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| i64::try_from(time.as_secs()).unwrap_or(i64::MAX))
}
