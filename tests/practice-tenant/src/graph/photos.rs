//! Photos of people at the source.
//! Knows the world. Promises sizes that were really made from the stored photo, never above it.

use serde_json::{Value, json};

use super::error;
use crate::http::{Call, Reply};
use crate::tenant::Tenant;
use crate::world::picture::{Filter, Pixels};
use crate::world::{Person, Photo};

/// The sizes that the service makes.
const SIDES: [u32; 9] = [48, 64, 96, 120, 240, 360, 432, 504, 648];
/// Largest photo that may be stored, in bytes.
const MOST_BYTES: usize = 4 << 20;

/// Metadata of the largest photo, or of a size.
pub(super) fn metadata(photo: Option<Photo>, person: &Person, side: Option<u32>, origin: &str) -> Reply {
    let context = |path: &str| format!("{origin}/v1.0/$metadata#users('{}')/{path}/$entity", person.id);
    match (photo, side) {
        // The answer that the reference shows for people without a photo; real tenants mostly say 404.
        (None, None) if person.nth % 4 == 3 => {
            let mut body = entity(&context("photo"), "1x1", 1, 1, "");
            body["@odata.mediaContentType"] = json!("image/gif");
            Reply::json(200, &body)
        }
        (None, _) => error::no_photo(person.nth),
        (Some(photo), None) => {
            let id = format!("{}x{}", photo.width, photo.height);
            Reply::json(200, &entity(&context("photo"), &id, photo.width, photo.height, &photo.etag))
        }
        (Some(photo), Some(side)) if has(&photo, side) => {
            Reply::json(200, &entity(&context("photos"), &format!("{side}x{side}"), side, side, &photo.etag))
        }
        (Some(_), Some(_)) => error::no_photo(0),
    }
}

/// Metadata of all sizes.
pub(super) fn all(photo: Option<Photo>, person: &Person, origin: &str) -> Reply {
    let Some(photo) = photo else { return error::no_photo(person.nth) };
    let sizes = SIDES.into_iter().filter(|side| has(&photo, *side));
    let value: Vec<Value> = sizes
        .map(|side| {
            let mut size = entity("", &format!("{side}x{side}"), side, side, &photo.etag);
            if let Some(fields) = size.as_object_mut() {
                fields.remove("@odata.context");
            }
            size
        })
        .collect();
    let context = format!("{origin}/v1.0/$metadata#users('{}')/photos", person.id);
    Reply::json(200, &json!({ "@odata.context": context, "value": value }))
}

fn entity(context: &str, id: &str, width: u32, height: u32, etag: &str) -> Value {
    let etag = if etag.is_empty() { String::new() } else { format!("\"{etag}\"") };
    json!({
        "@odata.context": context,
        "@odata.mediaContentType": "image/jpeg",
        "@odata.mediaEtag": etag,
        "id": id,
        "height": height,
        "width": width,
    })
}

/// A size is made of photos at least as large.
fn has(photo: &Photo, side: u32) -> bool {
    SIDES.contains(&side) && side <= photo.width.min(photo.height)
}

/// The bytes of the largest photo, or of a size.
pub(super) fn bytes(tenant: &Tenant, photo: Option<Photo>, person: &Person, side: Option<u32>) -> Reply {
    let Some(photo) = photo else { return error::no_photo(person.nth) };
    let bytes = tenant.world.photo_bytes(&photo);
    let body = match side {
        None => Some(bytes.to_vec()),
        Some(side) if has(&photo, side) => smaller(&bytes, side),
        Some(_) => None,
    };
    let Some(body) = body else { return error::no_photo(0) };
    let kind = if body.starts_with(b"\x89PNG") { "image/png" } else { "image/jpeg" };
    Reply::bytes(200, kind, body).with("etag", &format!("\"{}\"", photo.etag))
}

fn smaller(photo: &[u8], side: u32) -> Option<Vec<u8>> {
    let pixels = Pixels::decode(photo)?;
    pixels.scaled(pixels.middle(), side, side, Filter::Box)?.jpeg(85)
}

/// Stores a photo. What is kept is a square of at most 648 pixels, encoded anew: what you read is not what you sent.
pub(super) fn put(tenant: &Tenant, person: &Person, call: &Call) -> Reply {
    let kind = call.header("content-type").unwrap_or("").to_lowercase();
    if call.body.len() > MOST_BYTES {
        return error::error(413, "RequestBodyTooLarge", "The size of the picture is over the limit of 4 MB.");
    }
    if !kind.starts_with("image/") && !kind.starts_with("application/json") && kind != "application/octet-stream" {
        return error::error(
            415,
            "UnsupportedMediaType",
            "The content type of the picture is missing or not supported.",
        );
    }
    let Some(kept) = recoded(&call.body) else {
        return error::error(400, "ErrorInvalidImage", "The picture cannot be read.");
    };
    tenant.world.change_photo(person, kept);
    tenant.stats.wrote("graph.putPhoto");
    Reply::empty(200)
}

fn recoded(bytes: &[u8]) -> Option<Vec<u8>> {
    let pixels = Pixels::decode(bytes)?;
    let side = pixels.width.min(pixels.height).min(648);
    (side >= 48).then(|| pixels.scaled(pixels.middle(), side, side, Filter::Box)?.jpeg(86))?
}

/// Removes a photo. `photo` is answered with 204 and `photo/$value` with 200, each as its own page says.
pub(super) fn delete(tenant: &Tenant, person: &Person, path: &str) -> Reply {
    if !tenant.world.remove_photo(person) {
        return error::no_photo(person.nth);
    }
    tenant.stats.wrote("graph.deletePhoto");
    Reply::empty(if path.ends_with("value") { 200 } else { 204 })
}
