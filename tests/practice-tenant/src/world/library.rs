//! The picture library: three files a person at most, and what was added, replaced or deleted since.
//! Knows people and recipes. Promises file metadata without drawing a picture.

use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use super::changed::Changed;
use super::person::Person;
use super::random::{Tag, guid, index_of};
use super::recipe::{Order, Recipe, Thumb};
use super::{World, beginning, now};

/// A file of the library.
#[derive(Clone, Debug)]
pub struct StoredFile {
    /// In the spelling in which it was stored.
    pub name: String,
    /// List item id.
    pub id: u64,
    /// Stays the same when the content is replaced.
    pub unique_id: Uuid,
    /// Counts the replacements, from 1.
    pub version: u32,
    /// In Unix seconds.
    pub created: i64,
    /// In Unix seconds.
    pub modified: i64,
    /// In bytes.
    pub length: usize,
    content: Content,
}

#[derive(Clone, Debug)]
enum Content {
    Thumbnail(Order),
    Bytes(Arc<[u8]>),
}

/// What became of a write.
#[derive(Debug)]
pub enum Stored {
    /// The file is there.
    Done(StoredFile),
    /// There is such a file, and it was not to be replaced.
    Exists,
}

#[derive(Default)]
pub(super) struct Library {
    /// By lower-case name; `None` was deleted.
    changed: Changed<String, Option<StoredFile>>,
    /// Lower-case names of the files that nobody had at the beginning, in the order of their ids.
    added: Vec<String>,
}

/// The id of the folder's own list item.
pub const FOLDER_ITEM: u64 = 1;

const TAGS: [Tag; 3] = [Tag::Small, Tag::Medium, Tag::Large];

impl World {
    /// The file with this name (case does not count).
    #[must_use]
    pub fn file(&self, name: &str) -> Option<StoredFile> {
        self.file_before(name, Duration::ZERO)
    }

    /// The file before a change that is younger than `age`.
    #[must_use]
    pub fn file_before(&self, name: &str, age: Duration) -> Option<StoredFile> {
        let key = name.to_lowercase();
        let changed = self.read().library.changed.before(&key, age).cloned();
        changed.unwrap_or_else(|| self.first_file(&key))
    }

    /// The bytes of a file.
    #[must_use]
    pub fn file_bytes(&self, file: &StoredFile) -> Arc<[u8]> {
        match &file.content {
            Content::Bytes(bytes) => Arc::clone(bytes),
            Content::Thumbnail(order) => self.studio.picture(*order),
        }
    }

    /// The file with this unique id.
    #[must_use]
    pub fn file_by_id(&self, id: Uuid) -> Option<StoredFile> {
        let first = TAGS.iter().zip(Thumb::ALL).find_map(|(tag, thumb)| {
            let person = self.ever(index_of(self.seed, *tag, id)?)?;
            self.file(&format!("{}{}", beginning::files(&person).0, thumb.suffix()))
        });
        let added = || {
            let index = index_of(self.seed, Tag::Added, id)?;
            let name = self.read().library.added.get(index as usize).cloned()?;
            self.file(&name)
        };
        first.or_else(added)
    }

    /// Stores a file.
    pub fn put_file(&self, name: &str, bytes: &[u8], overwrite: bool) -> Stored {
        let key = name.to_lowercase();
        let first = self.first_file(&key);
        let mut changes = self.write();
        let library = &mut changes.library;
        let old = library.changed.before(&key, Duration::ZERO).cloned().unwrap_or_else(|| first.clone());
        if old.is_some() && !overwrite {
            return Stored::Exists;
        }
        let time = now();
        let content = Content::Bytes(bytes.into());
        let file = if let Some(old) = old {
            StoredFile { version: old.version + 1, modified: time, length: bytes.len(), content, ..old }
        } else {
            let number = u32::try_from(library.added.len()).unwrap_or(u32::MAX);
            library.added.push(key.clone());
            StoredFile {
                name: name.to_owned(),
                id: self.first_free_item() + u64::from(number),
                unique_id: guid(self.seed, Tag::Added, number),
                version: 1,
                created: time,
                modified: time,
                length: bytes.len(),
                content,
            }
        };
        library.changed.set(key, Some(file.clone()));
        Stored::Done(file)
    }

    /// Deletes a file.
    pub fn delete_file(&self, name: &str) {
        self.write().library.changed.set(name.to_lowercase(), None);
    }

    /// Files whose item id is greater than `after`, by id, at most `limit`.
    #[must_use]
    pub fn files_after(&self, after: u64, limit: usize) -> Vec<StoredFile> {
        let first_slot = after.max(FOLDER_ITEM) - FOLDER_ITEM;
        let slots = u64::from(self.people) * 3;
        let from_people = (first_slot..slots).filter_map(|slot| {
            let person = self.ever(u32::try_from(slot / 3).ok()?)?;
            let thumb = Thumb::ALL[usize::try_from(slot % 3).ok()?];
            let (stem, shown) = beginning::files(&person);
            let changed = !self.read().library.changed.is_empty();
            if !changed && shown[usize::try_from(slot % 3).ok()?].is_none() {
                return None;
            }
            self.file(&format!("{stem}{}", thumb.suffix())).filter(|file| file.id == slot + FOLDER_ITEM + 1)
        });
        let skipped = usize::try_from(first_slot.saturating_sub(slots)).unwrap_or(usize::MAX);
        let added: Vec<String> = self.read().library.added.iter().skip(skipped).cloned().collect();
        let from_added = added.iter().filter_map(|name| self.file(name));
        from_people.chain(from_added).filter(|file| file.id > after).take(limit).collect()
    }

    /// Whether the library holds more files than a list view may show.
    #[must_use]
    pub fn library_exceeds(&self, limit: usize) -> bool {
        self.files_after(0, limit + 1).len() > limit
    }

    fn first_free_item(&self) -> u64 {
        FOLDER_ITEM + 1 + u64::from(self.people) * 3
    }

    /// The file that had this lower-case name at the beginning.
    fn first_file(&self, key: &str) -> Option<StoredFile> {
        let (slot, thumb) =
            Thumb::ALL.into_iter().enumerate().find(|(_, thumb)| key.ends_with(&thumb.suffix().to_lowercase()))?;
        let stem = key.get(..key.len() - thumb.suffix().len())?;
        let person = self.owner(stem)?;
        let (own_stem, shown) = beginning::files(&person);
        (own_stem == stem).then_some(())?;
        let recipe = shown[slot]?;
        let time = beginning::modified(self.seed, person.index);
        Some(StoredFile {
            name: format!("{own_stem}{}", thumb.suffix()),
            id: u64::from(person.index) * 3 + slot as u64 + FOLDER_ITEM + 1,
            unique_id: guid(self.seed, TAGS[slot], person.index),
            version: 1 + person.nth % 3,
            created: time - 86_400 * i64::from(person.nth % 3),
            modified: time,
            length: self.studio.thumbnail_length(recipe, thumb),
            content: Content::Thumbnail(order(&person, recipe, thumb)),
        })
    }

    /// The person whose files have this stem.
    #[must_use]
    pub fn owner(&self, stem: &str) -> Option<Person> {
        let index = match Uuid::try_parse(stem) {
            Ok(id) => self.directory.by_id(id)?,
            Err(_) => self.directory.by_stem(&stem.to_lowercase())?,
        };
        self.ever(index)
    }
}

/// The person's own thumbnails were made from a photo of the size that the source has; other people's from a large one.
fn order(person: &Person, recipe: Recipe, thumb: Thumb) -> Order {
    let own = matches!(recipe, Recipe::Portrait { index, .. } if index == person.index);
    let size = beginning::source(person).filter(|_| own).map_or((648, 648), |(_, width, height)| (width, height));
    Order::Thumbnail(recipe, thumb, size.0, size.1)
}
