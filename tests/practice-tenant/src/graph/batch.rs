//! Twenty requests in one.
//! Knows the routes. Promises one answer for each part, in no particular order.

use std::collections::HashMap;
use std::sync::Arc;

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde_json::{Map, Value, json};

use super::error;
use super::route::{Operation, Route};
use crate::entra::token::Claims;
use crate::http::{Call, Reply, base64, from_base64};
use crate::tenant::{Counted, Tenant};

const MOST_PARTS: usize = 20;

struct Part {
    id: String,
    after: Vec<String>,
    call: Call,
}

/// Answers a batch.
pub(super) async fn answer(tenant: &Arc<Tenant>, claims: &Claims, call: &Call) -> Reply {
    let parts = match parse(&call.body, &call.origin) {
        Ok(parts) => parts,
        Err(message) => return error::bad_request(&message),
    };
    let mut statuses: HashMap<String, u16> = HashMap::new();
    let mut responses = Vec::new();
    for part in parts {
        let failed = part.after.iter().any(|id| statuses.get(id).is_none_or(|status| *status >= 400));
        let reply = if failed {
            error::error(424, "FailedDependency", "A request that this one depends on failed.")
        } else {
            one(tenant, claims, &part.call).await
        };
        statuses.insert(part.id.clone(), reply.status.as_u16());
        responses.push(response(&part.id, &reply));
    }
    // The service answers in any order; the reverse is the one that no client expects.
    responses.reverse();
    Reply::json(200, &json!({ "responses": responses }))
}

async fn one(tenant: &Arc<Tenant>, claims: &Claims, call: &Call) -> Reply {
    let route = Route::of(call);
    if route.operation == Operation::Batch {
        return error::bad_request("A batch may not contain a batch.");
    }
    match super::begin(tenant, &claims.app_id, &route, call, Counted::Part).await {
        Err(reply) => reply,
        // A part has no connection of its own that could break off.
        Ok(begun) => begun.end(super::perform(tenant, claims, &route, call, &begun)),
    }
}

fn parse(body: &[u8], origin: &str) -> Result<Vec<Part>, String> {
    let body: Value = serde_json::from_slice(body).map_err(|_| "Invalid batch payload format.".to_owned())?;
    let requests = body.get("requests").and_then(Value::as_array).ok_or("Invalid batch payload format.")?;
    if requests.is_empty() || requests.len() > MOST_PARTS {
        let given = requests.len();
        return Err(format!(
            "Number of batch request steps is {given}, the maximum is {MOST_PARTS} and the minimum is 1."
        ));
    }
    let mut parts: Vec<Part> = Vec::new();
    for request in requests {
        let part = part(request, origin)?;
        if parts.iter().any(|other| other.id == part.id) {
            return Err(format!("Request Id {} has to be unique in a batch.", part.id));
        }
        if let Some(unknown) = part.after.iter().find(|id| parts.iter().all(|other| other.id != **id)) {
            return Err(format!("Request {} depends on {unknown}, which is no earlier request.", part.id));
        }
        parts.push(part);
    }
    Ok(parts)
}

fn part(request: &Value, origin: &str) -> Result<Part, String> {
    let text = |name: &str| request.get(name).and_then(Value::as_str);
    let id = text("id").filter(|id| !id.is_empty()).ok_or("Every request of a batch needs an id.")?;
    let method = text("method").and_then(|name| Method::try_from(name.to_uppercase().as_str()).ok());
    let method = method.ok_or_else(|| format!("Request {id} has no valid method."))?;
    let url = text("url").ok_or_else(|| format!("Request {id} has no url."))?;
    let versioned = ["v1.0", "beta"].iter().any(|version| url.trim_start_matches('/').starts_with(version));
    if url.contains("://") || versioned {
        return Err(format!("The url of request {id} has to be relative."));
    }
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let headers = headers(request.get("headers"));
    let body = body(id, request.get("body"), &headers)?;
    let names = request.get("dependsOn").and_then(Value::as_array);
    let after = names.into_iter().flatten().filter_map(|name| name.as_str().map(str::to_owned)).collect();
    let path = format!("/v1.0/{}", path.trim_start_matches('/'));
    Ok(Part {
        id: id.to_owned(),
        after,
        call: Call { origin: origin.to_owned(), method, path, query: query.to_owned(), headers, body },
    })
}

fn headers(given: Option<&Value>) -> HeaderMap {
    let pairs = given.and_then(Value::as_object).into_iter().flatten();
    pairs
        .filter_map(|(name, value)| {
            Some((HeaderName::try_from(name.as_str()).ok()?, HeaderValue::try_from(value.as_str()?).ok()?))
        })
        .collect()
}

/// A body is JSON, or base64 text for anything else; both need a content type.
fn body(id: &str, given: Option<&Value>, headers: &HeaderMap) -> Result<Vec<u8>, String> {
    match given {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(_) if !headers.contains_key("content-type") => {
            Err(format!("Request {id} has a body, so it needs a Content-Type header."))
        }
        Some(Value::String(text)) => {
            from_base64(text).ok_or_else(|| format!("The body of request {id} is not base64."))
        }
        Some(json) => Ok(json.to_string().into_bytes()),
    }
}

fn response(id: &str, reply: &Reply) -> Value {
    let mut headers = Map::new();
    for (name, value) in &reply.headers {
        let name: Vec<String> = name.as_str().split('-').map(capitalised).collect();
        headers.insert(name.join("-"), json!(value.to_str().unwrap_or("")));
    }
    let mut response = json!({ "id": id, "status": reply.status.as_u16(), "headers": headers });
    if !reply.body.is_empty() {
        let json = reply.content_type().starts_with("application/json");
        let parsed = json.then(|| serde_json::from_slice(&reply.body).ok()).flatten();
        response["body"] = parsed.unwrap_or_else(|| json!(base64(&reply.body)));
    }
    response
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + letters.as_str())
}
