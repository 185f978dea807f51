//! The picture library as a list of items.
//! Knows the world's library. Promises pages by item id, of any size of library.

use serde_json::{Value, json};

use super::address::Segment;
use super::dialect::Entity;
use super::error::{self, Refusal};
use super::files::{LIBRARY, selected};
use super::{Outcome, Visit};
use crate::faults::Paging;
use crate::http::pairs;
use crate::tenant::Service;
use crate::world::random::{Tag, guid};
use crate::world::truth::rfc3339;
use crate::world::{FOLDER_ITEM, StoredFile};

const PAGE: usize = 100;
const MOST: usize = 5_000;

fn check_list(visit: &Visit<'_>, segments: &[Segment]) -> Result<(), Refusal> {
    let by_address = segments.get(2).and_then(|segment| segment.text("strlisturl", 0));
    let by_title = segments.get(3).and_then(|segment| segment.text("title", 0));
    let known = match (by_address, by_title) {
        (Some(address), _) => address.trim_end_matches('/').eq_ignore_ascii_case(LIBRARY),
        // Unlike the address the title is localised.
        (None, Some(title)) => title == visit.tenant.world.language.library_title(),
        (None, None) => return Err(error::bad_query("The list is not named.")),
    };
    if known && visit.service == Service::MySite {
        Ok(())
    } else {
        Err(error::no_list(by_address.or(by_title).unwrap_or("")))
    }
}

/// The list itself.
pub(super) fn one(visit: &Visit<'_>, segments: &[Segment]) -> Outcome {
    check_list(visit, segments)?;
    let entity = Entity {
        kind: "SP.List",
        path: format!("Web/Lists(guid'{}')", guid(visit.tenant.world.seed, Tag::Group, 14)),
        etag: None,
        properties: vec![
            ("BaseTemplate", json!(109)),
            ("BaseType", json!(1)),
            ("Hidden", json!(false)),
            ("Id", json!(guid(visit.tenant.world.seed, Tag::Group, 14))),
            ("Title", json!(visit.tenant.world.language.library_title())),
        ],
    };
    Ok(visit.dialect.one(visit.host(), &selected(visit, entity)?))
}

/// A page of items.
pub(super) fn items(visit: &Visit<'_>, segments: &[Segment]) -> Outcome {
    check_list(visit, segments)?;
    if visit.call.parameter("$filter").is_some() || visit.call.parameter("$orderby").is_some() {
        return Err(if visit.tenant.world.library_exceeds(MOST) {
            error::over_threshold()
        } else {
            error::bad_query("This practice tenant filters and orders no list items.")
        });
    }
    let top = page_size(visit)?;
    let after = visit.call.parameter("$skiptoken").map_or(Ok(0), |token| position(&token))?;
    let room = top - usize::from(after < FOLDER_ITEM);
    let mut files = visit.tenant.world.files_after(after, room + 1);
    let more = files.len() > room;
    files.truncate(room);
    let last = files.last().map_or(FOLDER_ITEM, |last| last.id);
    let last = match visit.page {
        Some(Paging::Repeat) => after,
        Some(Paging::Overlap) => last - 1,
        None => last,
    };
    let next = more.then(|| next_link(visit, last));
    // The folder is an item of the list too, the first one.
    let folder = (after < FOLDER_ITEM).then(|| folder_item(visit));
    let items = folder.into_iter().chain(files.iter().map(|file| item(visit, file)));
    let items: Vec<Entity> = items.map(|item| selected(visit, item)).collect::<Result<_, _>>()?;
    Ok(visit.dialect.many(visit.host(), &items, next.as_deref()))
}

/// How many items a page holds.
pub(super) fn page_size(visit: &Visit<'_>) -> Result<usize, Refusal> {
    let Some(text) = visit.call.parameter("$top") else { return Ok(PAGE) };
    let top = text.parse::<usize>().ok().filter(|top| *top > 0);
    Ok(top.ok_or_else(|| error::bad_query("The query option $top is not valid."))?.min(MOST))
}

/// The item id in a token such as `Paged=TRUE&p_ID=100`.
pub(super) fn position(token: &str) -> Result<u64, Refusal> {
    let id = pairs(token)
        .into_iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("p_id"))
        .and_then(|(_, id)| id.parse().ok());
    id.ok_or_else(|| error::bad_query("The query option $skiptoken is not valid."))
}

pub(super) fn next_link(visit: &Visit<'_>, last: u64) -> String {
    let is_token = |pair: &&str| !pair.to_lowercase().contains("skiptoken=");
    let kept: Vec<&str> = visit.call.query.split('&').filter(|pair| !pair.is_empty()).filter(is_token).collect();
    let kept = kept.join("&").replace("$select", "%24select").replace("$top", "%24top");
    let rest = if kept.is_empty() { String::new() } else { format!("&{kept}") };
    format!("{}{}?%24skiptoken=Paged%3DTRUE%26p_ID%3D{last}{rest}", visit.host(), visit.call.path)
}

fn folder_item(visit: &Visit<'_>) -> Entity {
    let list = guid(visit.tenant.world.seed, Tag::Group, 14);
    let made = json!("2021-03-04T10:00:00Z");
    Entity {
        kind: "SP.Data.User_x0020_PhotosItem",
        path: format!("Web/Lists(guid'{list}')/Items({FOLDER_ITEM})"),
        etag: Some("\"1\"".to_owned()),
        properties: vec![
            ("FileSystemObjectType", json!(1)),
            ("Id", json!(FOLDER_ITEM)),
            ("ID", json!(FOLDER_ITEM)),
            ("Title", Value::Null),
            ("FileLeafRef", json!(visit.tenant.world.folder)),
            ("FileRef", json!(format!("{LIBRARY}/{}", visit.tenant.world.folder))),
            ("File_x0020_Size", Value::Null),
            ("Created", made.clone()),
            ("Modified", made),
            ("UniqueId", json!(guid(visit.tenant.world.seed, Tag::Group, 13))),
            ("GUID", json!(guid(visit.tenant.world.seed, Tag::Group, 13))),
            ("OData__UIVersionString", json!("1.0")),
        ],
    }
}

fn item(visit: &Visit<'_>, file: &StoredFile) -> Entity {
    let list = guid(visit.tenant.world.seed, Tag::Group, 14);
    Entity {
        kind: "SP.Data.User_x0020_PhotosItem",
        path: format!("Web/Lists(guid'{list}')/Items({})", file.id),
        etag: Some(format!("\"{}\"", file.version)),
        properties: vec![
            ("FileSystemObjectType", json!(0)),
            ("Id", json!(file.id)),
            ("ID", json!(file.id)),
            ("Title", Value::Null),
            ("FileLeafRef", json!(file.name)),
            ("FileRef", json!(format!("{LIBRARY}/{}/{}", visit.tenant.world.folder, file.name))),
            ("File_x0020_Size", json!(file.length.to_string())),
            ("Created", json!(rfc3339(file.created))),
            ("Modified", json!(rfc3339(file.modified))),
            ("UniqueId", json!(file.unique_id)),
            ("GUID", json!(file.unique_id)),
            ("OData__UIVersionString", json!(format!("{}.0", file.version))),
        ],
    }
}
