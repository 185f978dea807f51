//! Files and folders of the picture library over REST.
//! Knows the world's library. Promises what is written is what is read, under a name whose case does not count.

use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
use uuid::Uuid;

use super::address::Segment;
use super::dialect::Entity;
use super::error::{self, Refusal};
use super::{Outcome, Visit};
use crate::http::Reply;
use crate::tenant::Service;
use crate::world::random::{Tag, guid};
use crate::world::truth::rfc3339;
use crate::world::{Stored, StoredFile};

pub(super) const LIBRARY: &str = "/User Photos";

/// Where an address points.
enum Place {
    Root,
    Library,
    Forms,
    Pictures,
}

/// The path argument of a folder or file segment.
fn path(segment: &Segment) -> Result<String, Refusal> {
    let by_url = segment.name.ends_with("url");
    let name = if by_url { "serverrelativeurl" } else { "decodedurl" };
    let text = segment.text(name, 0).ok_or_else(|| error::bad_query("The path argument is missing."))?;
    // The older functions take `%` as the sign of an address that is still encoded.
    let path = if by_url { percent_decode_str(text).decode_utf8_lossy().into_owned() } else { text.to_owned() };
    if path.starts_with('/') {
        Ok(path)
    } else {
        Err(error::bad_argument("Server relative urls must start with SPWeb.ServerRelativeUrl"))
    }
}

fn place(visit: &Visit<'_>, path: &str) -> Result<Place, Refusal> {
    let path = path.trim_end_matches('/').to_lowercase();
    let library = LIBRARY.to_lowercase();
    let pictures = format!("{library}/{}", visit.tenant.world.folder.to_lowercase());
    match path.as_str() {
        "" => Ok(Place::Root),
        // The tenant's pictures lie on the my-site host alone.
        _ if visit.service != Service::MySite => Err(error::no_folder()),
        path if path == library => Ok(Place::Library),
        path if path == format!("{library}/forms") => Ok(Place::Forms),
        path if path == pictures => Ok(Place::Pictures),
        _ => Err(error::no_folder()),
    }
}

fn segment(segments: &[Segment], place: usize) -> Result<&Segment, Refusal> {
    segments.get(place).ok_or_else(error::no_resource)
}

fn folder_entity(visit: &Visit<'_>, path: &str, number: u32, items: usize) -> Entity {
    let name = path.rsplit('/').next().unwrap_or("");
    Entity {
        kind: "SP.Folder",
        path: format!("Web/GetFolderByServerRelativePath(decodedurl='{path}')"),
        etag: None,
        properties: vec![
            ("Exists", json!(true)),
            ("IsWOPIEnabled", json!(false)),
            ("ItemCount", json!(items)),
            ("Name", json!(name)),
            ("ServerRelativeUrl", json!(path)),
            ("TimeCreated", json!("2021-03-04T10:00:00Z")),
            ("TimeLastModified", json!("2021-03-04T10:00:00Z")),
            ("UniqueId", json!(guid(visit.tenant.world.seed, Tag::Group, number))),
            ("WelcomePage", json!("")),
        ],
    }
}

fn pictures_path(visit: &Visit<'_>) -> String {
    format!("{LIBRARY}/{}", visit.tenant.world.folder)
}

/// A folder.
pub(super) fn folder(visit: &Visit<'_>, segments: &[Segment]) -> Outcome {
    let path = path(segment(segments, 2)?)?;
    let entity = match place(visit, &path)? {
        Place::Root => folder_entity(visit, "/", 10, 0),
        Place::Library => folder_entity(visit, LIBRARY, 11, 1),
        Place::Forms => folder_entity(visit, &format!("{LIBRARY}/Forms"), 12, 0),
        Place::Pictures => folder_entity(visit, &pictures_path(visit), 13, 0),
    };
    Ok(visit.dialect.one(visit.host(), &selected(visit, entity)?))
}

/// The folders of a folder.
pub(super) fn folders(visit: &Visit<'_>, segments: &[Segment]) -> Outcome {
    let path = path(segment(segments, 2)?)?;
    let inside = match place(visit, &path)? {
        Place::Root if visit.service == Service::MySite => vec![folder_entity(visit, LIBRARY, 11, 1)],
        Place::Library => vec![
            folder_entity(visit, &format!("{LIBRARY}/Forms"), 12, 0),
            folder_entity(visit, &pictures_path(visit), 13, 0),
        ],
        Place::Root | Place::Forms | Place::Pictures => Vec::new(),
    };
    let inside: Vec<Entity> = inside.into_iter().map(|folder| selected(visit, folder)).collect::<Result<_, _>>()?;
    Ok(visit.dialect.many(visit.host(), &inside, None))
}

/// Largest number of files that can be listed at once.
const THRESHOLD: usize = 5_000;

/// The files of a folder.
pub(super) fn list(visit: &Visit<'_>, segments: &[Segment]) -> Outcome {
    let path = path(segment(segments, 2)?)?;
    let Place::Pictures = place(visit, &path)? else { return Ok(visit.dialect.many(visit.host(), &[], None)) };
    if visit.tenant.world.library_exceeds(THRESHOLD) {
        return Err(error::over_threshold());
    }
    let number = |name: &str, default: usize| match visit.call.parameter(name) {
        None => Ok(default),
        Some(text) => text.parse().map_err(|_| error::bad_query(format!("The query option {name} is not valid."))),
    };
    let (skip, top): (usize, usize) = (number("$skip", 0)?, number("$top", THRESHOLD)?);
    let files = visit.tenant.world.files_after(0, THRESHOLD);
    let files = files.iter().skip(skip).take(top).map(|file| selected(visit, entity(visit, file)));
    let files: Vec<Entity> = files.collect::<Result<_, _>>()?;
    Ok(visit.dialect.many(visit.host(), &files, None))
}

/// Stores a file.
pub(super) fn add(visit: &Visit<'_>, segments: &[Segment]) -> Outcome {
    let folder = path(segment(segments, 2)?)?;
    let Place::Pictures = place(visit, &folder)? else {
        return Err(error::refuse(403, "-2147024891, System.UnauthorizedAccessException", "Access denied."));
    };
    let call = segment(segments, 4)?;
    let by_path = call.name == "addusingpath";
    let name = call.text(if by_path { "decodedurl" } else { "url" }, 0);
    let name = name.ok_or_else(|| error::bad_query("The name of the file is missing."))?;
    let name = if by_path { name.to_owned() } else { percent_decode_str(name).decode_utf8_lossy().into_owned() };
    check_name(&name)?;
    if let Some(file) = visit.tenant.world.file(&name) {
        check_match(visit, &file)?;
    }
    let overwrite = call.word("overwrite", 1).is_some_and(|word| word.eq_ignore_ascii_case("true"));
    match visit.tenant.world.put_file(&name, &visit.call.body, overwrite) {
        Stored::Done(file) => {
            visit.tenant.stats.wrote(&format!("{}.addFile", visit.service.name()));
            Ok(visit.dialect.one(visit.host(), &selected(visit, entity(visit, &file))?))
        }
        Stored::Exists => {
            let message = format!("A file or folder with the name {folder}/{name} already exists.");
            Err(error::refuse(400, "-2130575257, Microsoft.SharePoint.SPException", message))
        }
    }
}

/// Names that no file may have.
fn check_name(name: &str) -> Result<(), Refusal> {
    let bad = |c: char| c.is_control() || matches!(c, '"' | '*' | ':' | '<' | '>' | '?' | '/' | '\\' | '|');
    if name.trim().is_empty() || name.contains(bad) || name.len() > 255 || name.ends_with('.') {
        let message = format!("The file or folder name \"{name}\" contains characters that are not permitted.");
        return Err(error::refuse(400, "-2130575245, Microsoft.SharePoint.SPException", message));
    }
    Ok(())
}

/// The file that an address names.
fn found(visit: &Visit<'_>, segments: &[Segment]) -> Result<StoredFile, Refusal> {
    let segment = segment(segments, 2)?;
    if segment.name == "getfilebyid" {
        let id = segment.word("uniqueid", 0).and_then(|text| Uuid::try_parse(text).ok());
        let id = id.ok_or_else(|| error::bad_argument("The unique id is not valid."))?;
        return visit.tenant.world.file_by_id(id).ok_or_else(error::no_folder);
    }
    let path = path(segment)?;
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", &path));
    let Ok(Place::Pictures) = place(visit, folder) else { return Err(error::no_file(&path)) };
    visit.tenant.world.file_before(name, visit.stale).ok_or_else(|| error::no_file(&path))
}

/// A file's metadata.
pub(super) fn one(visit: &Visit<'_>, segments: &[Segment]) -> Outcome {
    let file = found(visit, segments)?;
    Ok(visit.dialect.one(visit.host(), &selected(visit, entity(visit, &file))?))
}

/// A file's bytes.
pub(super) fn bytes(visit: &Visit<'_>, segments: &[Segment]) -> Outcome {
    let file = found(visit, segments)?;
    let bytes = visit.tenant.world.file_bytes(&file).to_vec();
    Ok(Reply::bytes(200, "application/octet-stream", bytes)
        .with("etag", &etag(&file))
        .with("last-modified", &httpdate(file.modified)))
}

/// Replaces a file's bytes.
pub(super) fn update(visit: &Visit<'_>, segments: &[Segment]) -> Outcome {
    let file = found(visit, segments)?;
    check_match(visit, &file)?;
    visit.tenant.world.put_file(&file.name, &visit.call.body, true);
    visit.tenant.stats.wrote(&format!("{}.updateFile", visit.service.name()));
    Ok(Reply::empty(204))
}

/// Deletes a file.
pub(super) fn delete(visit: &Visit<'_>, segments: &[Segment]) -> Outcome {
    let file = found(visit, segments)?;
    check_match(visit, &file)?;
    visit.tenant.world.delete_file(&file.name);
    visit.tenant.stats.wrote(&format!("{}.deleteFile", visit.service.name()));
    Ok(Reply::empty(200))
}

/// No `If-Match` means to overwrite, `*` too.
fn check_match(visit: &Visit<'_>, file: &StoredFile) -> Result<(), Refusal> {
    match visit.call.header("if-match") {
        None | Some("*") => Ok(()),
        Some(wanted) if wanted == etag(file) => Ok(()),
        Some(wanted) => {
            let message =
                format!("The request ETag value '{wanted}' does not match the object's ETag value '{}'.", etag(file));
            Err(error::refuse(412, "-1, Microsoft.SharePoint.Client.ClientServiceException", message))
        }
    }
}

/// `"{GUID},n"`, with the quotes.
fn etag(file: &StoredFile) -> String {
    format!("\"{{{}}},{}\"", file.unique_id.to_string().to_uppercase(), file.version)
}

fn entity(visit: &Visit<'_>, file: &StoredFile) -> Entity {
    let path = format!("{}/{}", pictures_path(visit), file.name);
    let id = file.unique_id.to_string().to_uppercase();
    Entity {
        kind: "SP.File",
        path: format!("Web/GetFileByServerRelativePath(decodedurl='{}')", path.replace('\'', "''")),
        etag: Some(etag(file)),
        properties: vec![
            ("CheckInComment", json!("")),
            ("CheckOutType", json!(2)),
            ("ContentTag", json!(format!("{{{id}}},{},1", file.version))),
            ("CustomizedPageStatus", json!(0)),
            ("ETag", json!(etag(file))),
            ("Exists", json!(true)),
            ("Length", json!(file.length.to_string())),
            ("Level", json!(1)),
            ("MajorVersion", json!(file.version)),
            ("MinorVersion", json!(0)),
            ("Name", json!(file.name)),
            ("ServerRelativeUrl", json!(path)),
            ("TimeCreated", json!(rfc3339(file.created))),
            ("TimeLastModified", json!(rfc3339(file.modified))),
            ("Title", Value::Null),
            ("UIVersion", json!(file.version * 512)),
            ("UIVersionLabel", json!(format!("{}.0", file.version))),
            ("UniqueId", json!(file.unique_id)),
        ],
    }
}

/// Properties that exist but are given only when selected.
fn extra(entity: &Entity, name: &str) -> Option<(&'static str, Value)> {
    let url = entity.properties.iter().find(|(name, _)| *name == "ServerRelativeUrl").map(|(_, value)| value.clone());
    match name.to_lowercase().as_str() {
        "serverrelativepath" => Some(("ServerRelativePath", json!({ "DecodedUrl": url }))),
        "id" => Some(("Id", Value::Null)),
        _ => None,
    }
}

/// Keeps what `$select` names.
pub(super) fn selected(visit: &Visit<'_>, mut entity: Entity) -> Result<Entity, Refusal> {
    let Some(names) = visit.call.parameter("$select").filter(|names| names.trim() != "*" && !names.trim().is_empty())
    else {
        return Ok(entity);
    };
    let mut kept = Vec::new();
    for name in names.split(',').map(str::trim) {
        let known = entity.properties.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).cloned();
        let property = known
            .or_else(|| extra(&entity, name))
            .ok_or_else(|| error::bad_query(format!("The field or property '{name}' does not exist.")))?;
        kept.push(property);
    }
    entity.properties = kept;
    Ok(entity)
}

fn httpdate(seconds: i64) -> String {
    let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(u64::try_from(seconds).unwrap_or(0));
    httpdate::fmt_http_date(time)
}
