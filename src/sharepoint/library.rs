//! The picture library on the my-site host: its folder, what it holds, download and upload.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::header::{ACCEPT, HeaderName, IF_MATCH};
use serde::Deserialize;
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use url::Url;

use super::errors::error_of;
use super::picture_url::{Stem, split_name};
use crate::error::{Code, Error, Result};
use crate::model::{FileStamp, Files, Size};
use crate::net::{Answer, Call, Pages, Service};

/// The library's address is the same in every language; its folder's is not. \[O\]
const LIBRARY: &str = "/User Photos";
/// The most that a page of list items holds. \[D\]
const PAGE: usize = 5000;
const JSON: &str = "application/json;odata=nometadata";

/// The picture library.
#[derive(Clone)]
pub struct Library {
    service: Service,
    folder: String,
}

/// Which thumbnails the library holds. Stems are kept as hashes with a key of this process's own: for a million of them
/// the chance that two are the same is one in thirty million, and the names would take six times the memory.
#[derive(Debug, Default)]
pub struct Inventory {
    files: HashMap<u64, Files>,
    hasher: RandomState,
}

impl Inventory {
    /// The thumbnails of a stem.
    #[must_use]
    pub fn files(&self, stem: &Stem) -> Files {
        self.files.get(&self.hasher.hash_one(stem.key())).copied().unwrap_or_default()
    }

    fn put(&mut self, stem: &str, size: Size, stamp: FileStamp) {
        self.files.entry(self.hasher.hash_one(stem)).or_default().put(size, stamp);
    }
}

#[derive(Deserialize)]
struct Named {
    #[serde(rename = "Name")]
    name: String,
}

#[derive(Deserialize)]
struct Values<T> {
    value: Vec<T>,
    #[serde(rename = "odata.nextLink", alias = "@odata.nextLink", default)]
    next: Option<String>,
}

#[derive(Deserialize)]
struct Item {
    #[serde(rename = "FileRef")]
    path: Option<String>,
    #[serde(rename = "File_x0020_Size", default)]
    size: Value,
    #[serde(rename = "Modified")]
    modified: Option<String>,
}

#[derive(Deserialize)]
struct FileJson {
    #[serde(rename = "Length", default)]
    length: Value,
    #[serde(rename = "TimeLastModified")]
    modified: Option<String>,
}

impl Library {
    /// Finds the library's folder, whose name follows the language of the my-site host.
    pub async fn find(service: Service) -> Result<Self> {
        let target = format!(
            "_api/web/GetFolderByServerRelativePath(DecodedUrl=@d)/Folders?@d={}&$select=Name",
            literal(LIBRARY)
        );
        let answer = service.send(&json_get(target)).await?;
        if answer.status != 200 {
            return Err(error_of(&answer, "look into the picture library"));
        }
        let folders: Values<Named> = parse(&answer, "the folders of the picture library")?;
        let mut names = folders.value.into_iter().map(|folder| folder.name).filter(|name| name != "Forms");
        let (Some(name), None) = (names.next(), names.next()) else {
            return Err(Error::new(
                Code::LibraryNotFound,
                format!("The picture library at {LIBRARY} on {} has not exactly one folder.", service.base()),
            )
            .with_advice("SharePoint makes the folder when it shows a first picture; where there are several, remove the empty one."));
        };
        Ok(Self { service, folder: format!("{LIBRARY}/{name}") })
    }

    /// The library of a host where no folder was found: good for [`Library::host`] alone.
    #[must_use]
    pub fn not_found(service: Service) -> Self {
        Self { service, folder: String::new() }
    }

    /// The same library, its requests counted into the traffic of a run.
    #[must_use]
    pub fn counting(&self, traffic: &std::sync::Arc<crate::net::Traffic>) -> Self {
        Self { service: self.service.counting(traffic), folder: self.folder.clone() }
    }

    /// The host's address.
    #[must_use]
    pub fn host(&self) -> &Url {
        self.service.base()
    }

    /// The folder, from the root of the host.
    #[must_use]
    pub fn folder(&self) -> &str {
        &self.folder
    }

    /// Lists all thumbnails. Pages by item id: every other order fails beyond 5,000 items. \[O\]
    pub async fn inventory(&self) -> Result<Inventory> {
        let mut inventory = Inventory::default();
        let mut pages = Pages::default();
        let mut target = format!(
            "_api/web/GetList(@l)/items?@l={}&$select=Id,FileRef,File_x0020_Size,Modified&$top={PAGE}",
            literal(LIBRARY)
        );
        loop {
            let answer = self.service.send(&json_get(target)).await?;
            if answer.status != 200 {
                return Err(error_of(&answer, "list the picture library"));
            }
            let page: Values<Item> = parse(&answer, "the items of the picture library")?;
            for item in &page.value {
                if let Some((stem, size, stamp)) = self.thumbnail(item) {
                    inventory.put(&stem, size, stamp);
                }
            }
            match page.next {
                Some(next) => {
                    pages.follow(&next)?;
                    target = next;
                }
                None => return Ok(inventory),
            }
        }
    }

    fn thumbnail(&self, item: &Item) -> Option<(String, Size, FileStamp)> {
        let (parent, name) = item.path.as_deref()?.rsplit_once('/')?;
        if parent.to_lowercase() != self.folder.to_lowercase() {
            return None;
        }
        let (stem, size) = split_name(name)?;
        let modified = item.modified.as_deref().map_or(0, unix_seconds);
        Some((stem.to_lowercase(), size, FileStamp { length: number(&item.size)?, modified }))
    }

    /// Looks for the three thumbnails of one stem.
    pub async fn files(&self, stem: &Stem) -> Result<Files> {
        let mut files = Files::default();
        for size in Size::ALL {
            if let Some(stamp) = self.stamp(stem, size).await? {
                files.put(size, stamp);
            }
        }
        Ok(files)
    }

    async fn stamp(&self, stem: &Stem, size: Size) -> Result<Option<FileStamp>> {
        let target = self.file(stem, size, "", "&$select=Length,TimeLastModified");
        let answer = self.service.send(&json_get(target)).await?;
        match answer.status {
            200 => stamp_of(&answer).map(Some),
            404 => Ok(None),
            _ => Err(error_of(&answer, "look for a thumbnail")),
        }
    }

    /// The bytes of a thumbnail; `None` where there is no such file.
    pub async fn download(&self, stem: &Stem, size: Size) -> Result<Option<Vec<u8>>> {
        let answer = self.service.send(&Call::get(self.file(stem, size, "/$value", ""))).await?;
        match answer.status {
            200 => Ok(Some(answer.body)),
            404 => Ok(None),
            _ => Err(error_of(&answer, "read a thumbnail")),
        }
    }

    /// Puts a thumbnail in place of the one that is there, and checks that all of it arrived.
    pub async fn upload(&self, stem: &Stem, size: Size, jpeg: &[u8]) -> Result<FileStamp> {
        let target = format!(
            "_api/web/GetFolderByServerRelativePath(DecodedUrl=@d)/Files/AddUsingPath(DecodedUrl=@f,overwrite=true)?@d={}&@f={}",
            literal(&self.folder),
            literal(&size.file_name(stem.as_str())),
        );
        let call = Call::post(target, "application/octet-stream", jpeg.to_vec()).header(ACCEPT, JSON).writing();
        let answer = self.service.send(&call).await?;
        if !matches!(answer.status, 200 | 201) {
            return Err(error_of(&answer, "write a thumbnail"));
        }
        let stamp = stamp_of(&answer)?;
        if stamp.length as usize == jpeg.len() {
            Ok(stamp)
        } else {
            Err(Error::new(
                Code::WriteNotConfirmed,
                format!("SharePoint kept {} of the thumbnail's {} bytes.", stamp.length, jpeg.len()),
            ))
        }
    }

    /// Deletes a thumbnail.
    pub async fn delete(&self, stem: &Stem, size: Size) -> Result<()> {
        let call = Call::post(self.file(stem, size, "", ""), "application/octet-stream", Vec::new())
            .header(ACCEPT, JSON)
            .header(HeaderName::from_static("x-http-method"), "DELETE")
            .header(IF_MATCH, "*")
            .writing();
        let answer = self.service.send(&call).await?;
        if matches!(answer.status, 200 | 204) { Ok(()) } else { Err(error_of(&answer, "delete a thumbnail")) }
    }

    fn file(&self, stem: &Stem, size: Size, tail: &str, query: &str) -> String {
        let path = format!("{}/{}", self.folder, size.file_name(stem.as_str()));
        format!("_api/web/GetFileByServerRelativePath(DecodedUrl=@f){tail}?@f={}{query}", literal(&path))
    }
}

fn json_get(target: String) -> Call {
    Call::get(target).header(ACCEPT, JSON)
}

fn parse<T: for<'a> Deserialize<'a>>(answer: &Answer, what: &str) -> Result<T> {
    serde_json::from_slice(&answer.body).map_err(|error| {
        Error::new(Code::ProtocolViolation, format!("SharePoint's answer about {what} is not what it should be."))
            .with_cause(&error)
    })
}

fn stamp_of(answer: &Answer) -> Result<FileStamp> {
    let file: FileJson = parse(answer, "a thumbnail")?;
    let length = number(&file.length)
        .ok_or_else(|| Error::new(Code::ProtocolViolation, "SharePoint's answer about a thumbnail has no length."))?;
    Ok(FileStamp { length, modified: file.modified.as_deref().map_or(0, unix_seconds) })
}

/// A length, which SharePoint writes as text. \[O\]
fn number(value: &Value) -> Option<u32> {
    match value {
        Value::String(text) => text.parse().ok(),
        Value::Number(number) => number.as_u64().and_then(|number| u32::try_from(number).ok()),
        _ => None,
    }
}

fn unix_seconds(text: &str) -> u32 {
    let seconds = OffsetDateTime::parse(text, &Rfc3339).map_or(0, OffsetDateTime::unix_timestamp);
    u32::try_from(seconds.max(0)).unwrap_or(u32::MAX)
}

/// A text as OData literal in a query: quotes doubled, everything escaped that an address could trip over.
fn literal(text: &str) -> String {
    const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b'/');
    format!("'{}'", utf8_percent_encode(&text.replace('\'', "''"), KEPT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_hold_any_name() {
        assert_eq!(literal("/User Photos/o'brien#1"), "'/User%20Photos/o%27%27brien%231'");
    }

    #[test]
    fn lengths_come_as_text_or_number() {
        assert_eq!(number(&Value::from("1234")), Some(1234));
        assert_eq!(number(&Value::from(1234)), Some(1234));
        assert_eq!(number(&Value::Null), None);
    }
}
