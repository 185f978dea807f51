//! The control port: the truth, the counters and the levers. No service has such a thing.
//! Knows the tenant. Promises to tell what is, judged by the server itself.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Json, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::entra::AppState;
use crate::faults::Request;
use crate::limits::Limits;
use crate::tenant::Tenant;
use crate::world::{Person, Thumb};

/// The largest size that Graph makes of a photo.
const PHOTO_SIDE: u32 = 648;
/// Pictures may be larger here than Graph takes them.
const MOST_BYTES: usize = 64 << 20;

/// The control port's routes.
pub(crate) fn routes(tenant: Arc<Tenant>) -> Router {
    Router::new()
        .route("/stats", get(stats))
        .route("/stats/reset", post(reset))
        .route("/people", get(people))
        .route("/people/{id}", get(person).delete(remove_person))
        .route("/groups", get(groups))
        .route("/delta/expire", post(expire_delta))
        .route("/tokens/revoke", post(revoke_tokens))
        .route("/app/{state}", post(change_app))
        .route("/devicecodes/{end}", post(end_device_codes))
        .route("/photos/change", post(change_photos))
        .route("/shown", get(all_shown))
        .route("/people/{id}/photo", get(photo).post(change_photo).delete(remove_photo))
        .route("/people/{id}/shown/{size}", get(shown))
        .route("/faults", get(faults).post(add_fault).delete(clear_faults))
        .route("/faults/{name}", axum::routing::delete(clear_named_faults))
        .route("/load", post(load))
        .layer(axum::extract::DefaultBodyLimit::max(MOST_BYTES))
        .with_state(tenant)
}

type Shared = State<Arc<Tenant>>;

/// An answer that says what was wrong.
struct Wrong(StatusCode, String);

impl IntoResponse for Wrong {
    fn into_response(self) -> Response {
        (self.0, Json(json!({ "error": self.1 }))).into_response()
    }
}

fn find(tenant: &Tenant, id: &str) -> Result<Person, Wrong> {
    tenant
        .world
        .find(id)
        .ok_or_else(|| Wrong(StatusCode::NOT_FOUND, format!("Nobody has the id or user principal name {id}.")))
}

fn nothing(what: &str) -> Wrong {
    Wrong(StatusCode::NOT_FOUND, format!("There is no {what}."))
}

async fn stats(State(tenant): Shared) -> Json<Value> {
    let mut all = tenant.stats.to_json();
    all["limits"] = json!(tenant.limits.as_ref().map(Limits::to_json));
    Json(all)
}

async fn reset(State(tenant): Shared) -> StatusCode {
    tenant.stats.reset();
    StatusCode::NO_CONTENT
}

async fn people(State(tenant): Shared) -> Result<Json<Value>, Wrong> {
    // Judging pixels is work; the services go on answering meanwhile.
    let all = tokio::task::spawn_blocking(move || {
        let people = (0..tenant.world.people).filter_map(|index| tenant.world.person(index));
        people.map(|person| tenant.world.truth(&person)).collect::<Vec<_>>()
    });
    let all = all.await.map_err(|error| Wrong(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?;
    Ok(Json(json!(all)))
}

async fn person(State(tenant): Shared, Path(id): Path<String>) -> Result<Json<Value>, Wrong> {
    Ok(Json(tenant.world.truth(&find(&tenant, &id)?)))
}

async fn remove_person(State(tenant): Shared, Path(id): Path<String>) -> Result<StatusCode, Wrong> {
    tenant.world.remove_person(&find(&tenant, &id)?);
    Ok(StatusCode::NO_CONTENT)
}

async fn groups(State(tenant): Shared) -> Json<Value> {
    let groups = tenant.world.groups();
    Json(groups.into_iter().map(|group| json!({ "id": group.id, "displayName": group.name })).collect())
}

async fn expire_delta(State(tenant): Shared) -> StatusCode {
    tenant.world.cut_journal();
    StatusCode::NO_CONTENT
}

async fn revoke_tokens(State(tenant): Shared) -> StatusCode {
    tenant.entra.revoke_all();
    StatusCode::NO_CONTENT
}

async fn change_app(State(tenant): Shared, Path(state): Path<String>) -> Result<StatusCode, Wrong> {
    tenant.entra.set_state(match state.as_str() {
        "enabled" => AppState::Enabled,
        "disabled" => AppState::Disabled,
        "secret-expired" => AppState::SecretExpired,
        _ => return Err(nothing("such state but enabled, disabled and secret-expired")),
    });
    Ok(StatusCode::NO_CONTENT)
}

async fn end_device_codes(State(tenant): Shared, Path(end): Path<String>) -> Result<StatusCode, Wrong> {
    match end.as_str() {
        "decline" | "expire" => tenant.entra.end_device_codes(end == "decline"),
        _ => return Err(nothing("such end but decline and expire")),
    }
    Ok(StatusCode::NO_CONTENT)
}

async fn photo(State(tenant): Shared, Path(id): Path<String>) -> Result<Vec<u8>, Wrong> {
    let photo = tenant.world.photo(&find(&tenant, &id)?).ok_or_else(|| nothing("photo"))?;
    Ok(tenant.world.photo_bytes(&photo).to_vec())
}

async fn change_photo(State(tenant): Shared, Path(id): Path<String>, body: Bytes) -> Result<StatusCode, Wrong> {
    let person = find(&tenant, &id)?;
    if body.is_empty() {
        tenant.world.draw_photo(&person, PHOTO_SIDE);
    } else {
        tenant.world.change_photo(&person, body.to_vec());
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Which people change their photo.
#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Every {
    every: std::num::NonZeroU32,
    /// Pixels a side of the new portraits.
    side: Option<u32>,
}

async fn change_photos(State(tenant): Shared, Json(Every { every, side }): Json<Every>) -> Json<Value> {
    let side = side.unwrap_or(PHOTO_SIDE).clamp(48, PHOTO_SIDE);
    let people = (0..tenant.world.people).step_by(every.get() as usize).filter_map(|index| tenant.world.person(index));
    let with_photo = people.filter(|person| tenant.world.photo(person).is_some());
    let changed = with_photo.inspect(|person| tenant.world.draw_photo(person, side)).count();
    Json(json!({ "changed": changed }))
}

async fn remove_photo(State(tenant): Shared, Path(id): Path<String>) -> Result<StatusCode, Wrong> {
    let person = find(&tenant, &id)?;
    if tenant.world.remove_photo(&person) { Ok(StatusCode::NO_CONTENT) } else { Err(nothing("photo")) }
}

async fn shown(State(tenant): Shared, Path((id, size)): Path<(String, String)>) -> Result<Vec<u8>, Wrong> {
    let thumb = Thumb::ALL.into_iter().find(|thumb| thumb.letter().eq_ignore_ascii_case(&size));
    let thumb = thumb.ok_or_else(|| nothing("size but S, M and L"))?;
    let file = tenant.world.shown_file(&find(&tenant, &id)?, thumb).ok_or_else(|| nothing("file"))?;
    Ok(tenant.world.file_bytes(&file).to_vec())
}

/// What each person's photo and large thumbnail are, one line a person: nothing is drawn for it.
async fn all_shown(State(tenant): Shared) -> Response {
    let lines = (0..tenant.world.people).filter_map(move |index| {
        let person = tenant.world.person(index)?;
        let (photo, file) = (tenant.world.photo(&person)?, tenant.world.shown_file(&person, Thumb::Large)?);
        let line = json!({ "id": person.id, "etag": photo.etag, "file": file.name, "length": file.length, "modified": file.modified });
        Some(Ok::<_, std::convert::Infallible>(format!("{line}\n")))
    });
    axum::body::Body::from_stream(futures_util::stream::iter(lines)).into_response()
}

async fn add_fault(State(tenant): Shared, body: Bytes) -> Result<StatusCode, Wrong> {
    let request: Request =
        serde_json::from_slice(&body).map_err(|error| Wrong(StatusCode::BAD_REQUEST, error.to_string()))?;
    if request.rate.is_some_and(|rate| !(0.0..=1.0).contains(&rate)) {
        return Err(Wrong(StatusCode::BAD_REQUEST, "A rate is between 0 and 1.".to_owned()));
    }
    if let Some((seed, rate)) = request.assortment() {
        tenant.faults.add_assortment(seed, rate);
        return Ok(StatusCode::NO_CONTENT);
    }
    if !request.has_effect() {
        let message = "A fault needs an effect: status, delayMs, answer, spoil, staleMs, page or leaves; or a seed, for some of all.";
        return Err(Wrong(StatusCode::BAD_REQUEST, message.to_owned()));
    }
    let person = request.person().map(|id| find(&tenant, id)).transpose()?.map(|person| person.index);
    tenant.faults.add(request, person);
    Ok(StatusCode::NO_CONTENT)
}

async fn faults(State(tenant): Shared) -> Json<Value> {
    Json(tenant.faults.to_json())
}

async fn clear_faults(State(tenant): Shared) -> StatusCode {
    tenant.faults.clear(None);
    StatusCode::NO_CONTENT
}

async fn clear_named_faults(State(tenant): Shared, Path(name): Path<String>) -> StatusCode {
    tenant.faults.clear(Some(&name));
    StatusCode::NO_CONTENT
}

/// How much of the budgets other apps take.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Load {
    share: f64,
}

async fn load(State(tenant): Shared, body: Bytes) -> Result<StatusCode, Wrong> {
    let load: Load =
        serde_json::from_slice(&body).map_err(|error| Wrong(StatusCode::BAD_REQUEST, error.to_string()))?;
    let limits = tenant.limits.as_ref();
    let limits =
        limits.ok_or_else(|| Wrong(StatusCode::BAD_REQUEST, "This tenant has no limits (--limits).".to_owned()))?;
    if !(0.0..=1.0).contains(&load.share) {
        return Err(Wrong(StatusCode::BAD_REQUEST, "A share is between 0 and 1.".to_owned()));
    }
    limits.load(load.share);
    Ok(StatusCode::NO_CONTENT)
}
