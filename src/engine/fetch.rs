//! Fetch: what each side holds of a person's picture, with the bytes when asked for.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use futures_util::stream::{Stream, StreamExt};
use serde_json::{Value, json};

use super::case::Case;
use super::request::{FetchOptions, Sides};
use super::run::Run;
use crate::error::Result;
use crate::graph::BATCH_SIZE;
use crate::image;
use crate::model::{Photo, Profile, Size};
use crate::sharepoint::{account_name, stem_of};

/// Numbers pictures in records; unique in the process, so that no number is taken for another record's.
static NEXT_PICTURE: AtomicU32 = AtomicU32::new(1);

type Pictures = Vec<(u32, Arc<[u8]>)>;

/// Fetches all people, a group at a time: whoever asks for pictures takes them one by one anyway.
pub(super) async fn fetch_all(run: &Arc<Run>, people: impl Stream<Item = Case> + Send, options: FetchOptions) {
    let mut groups = std::pin::pin!(people.chunks(BATCH_SIZE));
    while let Some(cases) = groups.next().await {
        if run.stopping() {
            return;
        }
        let sources = source_side(run, &cases, options).await;
        let shown = shown_side(run, &cases, options).await;
        let (sources, shown) = match (sources, shown) {
            (Ok(sources), Ok(shown)) => (sources, shown),
            (Err(error), _) | (_, Err(error)) => {
                run.fail_all(&cases, &error).await;
                continue;
            }
        };
        for ((case, source), shown) in cases.into_iter().zip(sources).zip(shown) {
            let both = source.and_then(|source| Ok((source, shown?)));
            match both {
                Ok(((photo, mut pictures), (shown, more))) => {
                    pictures.extend(more);
                    run.fetched(&case, &photo, &shown, pictures).await;
                }
                Err(error) => run.fail(&case, error.with_user(&case.person.user_principal_name)).await,
            }
        }
    }
}

type Side = Result<(Value, Pictures)>;

async fn source_side(run: &Run, cases: &[Case], options: FetchOptions) -> Result<Vec<Side>> {
    if options.sides == Sides::Shown {
        return Ok(nothing(cases));
    }
    let ids: Vec<String> = cases.iter().map(|case| case.person.id.clone()).collect();
    let tags = run.graph.photo_tags(&ids).await?;
    let bytes = if options.pictures { Some(run.graph.photo_bytes(&ids).await?) } else { None };
    let mut bytes = bytes.map(Vec::into_iter);
    let sides = tags.into_iter().map(|tag| {
        let bytes = bytes.as_mut().and_then(Iterator::next).transpose();
        Ok(source_json(tag?, bytes?.flatten()))
    });
    Ok(sides.collect())
}

fn source_json(photo: Option<Photo>, bytes: Option<Vec<u8>>) -> (Value, Pictures) {
    let Some(photo) = photo else { return (Value::Null, Vec::new()) };
    let length = bytes.as_ref().map(Vec::len);
    let (number, pictures) = numbered(bytes);
    let json = json!({
        "etag": photo.etag, "contentType": photo.content_type, "width": photo.width, "height": photo.height,
        "length": length, "picture": number,
    });
    (json, pictures)
}

async fn shown_side(run: &Run, cases: &[Case], options: FetchOptions) -> Result<Vec<Side>> {
    if options.sides == Sides::Source {
        return Ok(nothing(cases));
    }
    let accounts: Vec<String> = cases.iter().map(|case| account_name(&case.person.user_principal_name)).collect();
    let mut sides = Vec::with_capacity(cases.len());
    for profile in run.profiles.read(&accounts).await {
        sides.push(match profile {
            Ok(Some(profile)) => shown_json(run, &profile, options.pictures).await,
            Ok(None) => Ok((Value::Null, Vec::new())),
            Err(error) => Err(error),
        });
    }
    Ok(sides)
}

async fn shown_json(run: &Run, profile: &Profile, pictures: bool) -> Side {
    let stem = stem_of(&profile.picture_url, run.library.host(), run.library.folder());
    let bytes = match stem.filter(|_| pictures) {
        Some(stem) => run.library.download(&stem, Size::Large).await?,
        None => None,
    };
    let seen = bytes.as_deref().and_then(|bytes| image::inspect(bytes).ok());
    let length = bytes.as_ref().map(Vec::len);
    let (number, pictures) = numbered(bytes);
    let json = json!({
        "pictureUrl": profile.picture_url, "placeholderState": profile.placeholder_state, "timestamp": profile.timestamp,
        "exchangeSyncState": profile.exchange_sync_state, "width": seen.as_ref().map(|seen| seen.width),
        "height": seen.as_ref().map(|seen| seen.height), "length": length, "picture": number,
    });
    Ok((json, pictures))
}

fn nothing(cases: &[Case]) -> Vec<Side> {
    cases.iter().map(|_| Ok((Value::Null, Vec::new()))).collect()
}

fn numbered(bytes: Option<Vec<u8>>) -> (Option<u32>, Pictures) {
    let Some(bytes) = bytes else { return (None, Vec::new()) };
    let number = NEXT_PICTURE.fetch_add(1, Ordering::Relaxed);
    (Some(number), vec![(number, bytes.into())])
}
