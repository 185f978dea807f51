//! Several REST requests in one, as a multipart body: reads as direct parts, writes inside change sets.
//! Knows the answers to single requests. Promises one answer for each part, in their order; a failed one does not stop the next.

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use uuid::Uuid;

use super::Visit;
use super::error::{self, Refusal};
use crate::http::{Call, Reply};
use crate::tenant::Counted;

/// More operations are refused.
const MOST_PARTS: usize = 100;
/// Longer bodies are refused.
const MOST_BYTES: usize = 1_048_576;
/// A change set is no part of a change set.
const DEEPEST: usize = 2;

/// Answers a batch.
pub(super) async fn answer(visit: &Visit<'_>) -> Reply {
    let calls = match parse(visit) {
        Ok(calls) => calls,
        Err(refusal) => return refusal.reply(visit.dialect),
    };
    let mut parts = Vec::new();
    let mut uploads = 0;
    for call in &calls {
        uploads += usize::from(is_upload(call));
        let reply = if is_upload(call) && uploads > 1 {
            error::bad_query("Uploading several files in one batch is not supported.").reply(visit.dialect)
        } else {
            Box::pin(super::one(visit.tenant, visit.service, call, Counted::Part)).await
        };
        parts.push(reply);
    }
    let boundary = format!("batchresponse_{}", Uuid::new_v4());
    let mut body = Vec::new();
    for reply in parts {
        body.extend_from_slice(format!("--{boundary}\r\n").as_bytes());
        body.extend_from_slice(b"Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n");
        let reason = reply.status.canonical_reason().unwrap_or("");
        body.extend_from_slice(format!("HTTP/1.1 {} {reason}\r\n", reply.status.as_u16()).as_bytes());
        for (name, value) in &reply.headers {
            body.extend_from_slice(name.as_str().to_uppercase().as_bytes());
            body.extend_from_slice(b": ");
            body.extend_from_slice(value.as_bytes());
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(b"\r\n");
        body.extend_from_slice(&reply.body);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    Reply::bytes(200, &format!("multipart/mixed; boundary=\"{boundary}\""), body)
}

fn is_upload(call: &Call) -> bool {
    call.method == Method::POST && call.path.to_lowercase().contains("/files/add")
}

fn malformed() -> Refusal {
    error::bad_query("The batch request is not well-formed.")
}

/// The requests of a batch, each with the token of the whole.
fn parse(visit: &Visit<'_>) -> Result<Vec<Call>, Refusal> {
    if visit.call.body.len() > MOST_BYTES {
        return Err(error::bad_query(format!(
            "The request message is too big. The server does not allow messages larger than {MOST_BYTES} bytes."
        )));
    }
    let mut calls = Vec::new();
    let kind = visit.call.header("content-type").unwrap_or("");
    multipart(visit, kind, &visit.call.body, 0, &mut calls)?;
    if calls.is_empty() || calls.len() > MOST_PARTS {
        return Err(error::bad_query(format!("A batch holds between 1 and {MOST_PARTS} operations.")));
    }
    Ok(calls)
}

/// The parts of a multipart body, read into `calls`.
fn multipart(visit: &Visit<'_>, kind: &str, body: &[u8], depth: usize, calls: &mut Vec<Call>) -> Result<(), Refusal> {
    let boundary = boundary(kind).filter(|_| depth < DEEPEST).ok_or_else(malformed)?;
    let delimiter = format!("--{boundary}");
    let mut pieces = split(body, delimiter.as_bytes()).into_iter().skip(1);
    loop {
        let piece = pieces.next().ok_or_else(malformed)?;
        if piece.starts_with(b"--") {
            return Ok(());
        }
        let (headers, content) = head(piece.trim_ascii_start());
        let kind = field(&headers, "content-type").unwrap_or("");
        if kind.to_lowercase().starts_with("multipart/mixed") {
            multipart(visit, kind, content, depth + 1, calls)?;
        } else if kind.to_lowercase().starts_with("application/http") {
            let call = request(visit, content)?;
            // Reads are direct parts, writes stand in a change set.
            if (call.method == Method::GET) != (depth == 0) {
                return Err(malformed());
            }
            calls.push(call);
        } else {
            return Err(malformed());
        }
    }
}

fn boundary(kind: &str) -> Option<&str> {
    let (mixed, rest) = kind.split_once(';')?;
    let value = rest.trim().strip_prefix("boundary=")?.split(';').next()?.trim().trim_matches('"');
    (mixed.trim().eq_ignore_ascii_case("multipart/mixed") && !value.is_empty()).then_some(value)
}

fn split<'a>(body: &'a [u8], delimiter: &[u8]) -> Vec<&'a [u8]> {
    let mut pieces = Vec::new();
    let mut rest = body;
    while let Some(at) = rest.windows(delimiter.len()).position(|window| window == delimiter) {
        pieces.push(&rest[..at]);
        rest = &rest[at + delimiter.len()..];
    }
    pieces.push(rest);
    pieces
}

/// Lines up to an empty one, and what comes after it.
fn head(part: &[u8]) -> (Vec<(String, String)>, &[u8]) {
    let mut lines = Vec::new();
    let mut rest = part;
    while let Some(at) = rest.iter().position(|byte| *byte == b'\n') {
        let line = String::from_utf8_lossy(&rest[..at]).trim().to_owned();
        rest = &rest[at + 1..];
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(':').unwrap_or((&line, ""));
        lines.push((name.trim().to_lowercase(), value.trim().to_owned()));
    }
    (lines, rest)
}

fn field<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

/// A request as text: a line, headers, an empty line, a body.
fn request(visit: &Visit<'_>, text: &[u8]) -> Result<Call, Refusal> {
    let text = text.trim_ascii_start();
    let end = text.iter().position(|byte| *byte == b'\n').unwrap_or(text.len());
    let line = String::from_utf8_lossy(&text[..end]).trim().to_owned();
    let (headers, body) = head(text.get(end + 1..).unwrap_or_default());
    // An address may hold spaces.
    let (method, rest) = line.split_once(' ').ok_or_else(malformed)?;
    let url = rest.rsplit_once(" HTTP/").map_or(rest, |(url, _)| url).trim();
    let path = url.strip_prefix(visit.host()).unwrap_or(url);
    if !path.starts_with('/') {
        return Err(error::bad_query("All operations of a batch are for the same site."));
    }
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let mut fields = HeaderMap::new();
    for (name, value) in &headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name.as_str()), HeaderValue::try_from(value.as_str())) {
            fields.insert(name, value);
        }
    }
    if let Some(token) = visit.call.headers.get("authorization") {
        fields.insert("authorization", token.clone());
    }
    Ok(Call {
        origin: visit.call.origin.clone(),
        method: Method::try_from(method).map_err(|_| malformed())?,
        path: path.to_owned(),
        query: query.to_owned(),
        headers: fields,
        body: body.strip_suffix(b"\r\n").or(body.strip_suffix(b"\n")).unwrap_or(body).to_vec(),
    })
}
