//! Which operation a Graph request asks for.
//! Knows addresses only. Promises a name for each operation, for counters and faults.

use axum::http::Method;
use percent_encoding::percent_decode_str;

use crate::http::Call;

/// What a request asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    Users,
    UsersCount,
    Delta,
    Members(String),
    User,
    Photo,
    PhotoSize(u32),
    Photos,
    PhotoValue,
    PhotoSizeValue(u32),
    PutPhoto,
    DeletePhoto,
    Batch,
    /// Not this method; the ones that are.
    NotAllowed(&'static str),
    Unknown,
}

impl Operation {
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Users => "graph.users",
            Self::UsersCount => "graph.usersCount",
            Self::Delta => "graph.usersDelta",
            Self::Members(_) => "graph.groupMembers",
            Self::User => "graph.user",
            Self::Photo => "graph.photo",
            Self::PhotoSize(_) => "graph.photoSize",
            Self::Photos => "graph.photos",
            Self::PhotoValue => "graph.photoValue",
            Self::PhotoSizeValue(_) => "graph.photoSizeValue",
            Self::PutPhoto => "graph.putPhoto",
            Self::DeletePhoto => "graph.deletePhoto",
            Self::Batch => "graph.batch",
            Self::NotAllowed(_) | Self::Unknown => "graph.unknown",
        }
    }
}

/// An operation and the person whom the address names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Route {
    pub(super) operation: Operation,
    pub(super) user: Option<String>,
}

impl Route {
    /// The route of a request whose path begins with the version.
    pub(super) fn of(call: &Call) -> Self {
        let decode = |segment: &str| percent_decode_str(segment).decode_utf8_lossy().into_owned();
        let segments: Vec<String> = call.path.split('/').filter(|segment| !segment.is_empty()).map(decode).collect();
        let Some((version, rest)) = segments.split_first() else { return Self::unknown() };
        if version != "v1.0" && version != "beta" {
            return Self::unknown();
        }
        let lower: Vec<String> = rest.iter().map(|segment| segment.to_lowercase()).collect();
        let lower: Vec<&str> = lower.iter().map(String::as_str).collect();
        match lower.as_slice() {
            ["$batch"] => Self::only(call, &Method::POST, "POST", Operation::Batch),
            ["users"] => Self::only(call, &Method::GET, "GET", Operation::Users),
            ["users", "$count"] => Self::only(call, &Method::GET, "GET", Operation::UsersCount),
            ["users", "delta" | "delta()"] => Self::only(call, &Method::GET, "GET", Operation::Delta),
            ["groups", group, "members" | "transitivemembers"]
            | ["groups", group, "members" | "transitivemembers", "microsoft.graph.user"] => {
                Self::only(call, &Method::GET, "GET", Operation::Members((*group).to_owned()))
            }
            ["users", _, tail @ ..] => Self { operation: of_user(&call.method, tail), user: rest.get(1).cloned() },
            _ => Self::unknown(),
        }
    }

    fn only(call: &Call, method: &Method, allowed: &'static str, operation: Operation) -> Self {
        let operation = if call.method == *method { operation } else { Operation::NotAllowed(allowed) };
        Self { operation, user: None }
    }

    fn unknown() -> Self {
        Self { operation: Operation::Unknown, user: None }
    }
}

fn of_user(method: &Method, tail: &[&str]) -> Operation {
    let get = method == Method::GET;
    match tail {
        [] if get => Operation::User,
        ["photo"] if get => Operation::Photo,
        ["photo", "$value"] if get => Operation::PhotoValue,
        ["photo", "$value"] if method == Method::PUT || method == Method::PATCH => Operation::PutPhoto,
        ["photo"] | ["photo", "$value"] if method == Method::DELETE => Operation::DeletePhoto,
        ["photos"] if get => Operation::Photos,
        ["photos", size] if get => side(size).map_or(Operation::Unknown, Operation::PhotoSize),
        ["photos", size, "$value"] if get => side(size).map_or(Operation::Unknown, Operation::PhotoSizeValue),
        ["photo"] => Operation::NotAllowed("GET, DELETE"),
        ["photo", "$value"] => Operation::NotAllowed("GET, PUT, PATCH, DELETE"),
        [] | ["photos"] | ["photos", _] | ["photos", _, "$value"] => Operation::NotAllowed("GET"),
        _ => Operation::Unknown,
    }
}

/// The side of a size such as `240x240`.
fn side(size: &str) -> Option<u32> {
    let (width, height) = size.split_once('x')?;
    (width == height).then(|| width.parse().ok())?
}
