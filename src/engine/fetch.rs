//! Fetch: what each side holds of a person's picture, with the bytes when asked for.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use futures_util::future;
use futures_util::stream::{self, Stream, StreamExt};
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

/// Groups under way at once, and downloads of a group: whoever asks for pictures takes them one by one, so that few lie ready.
const GROUPS: usize = 2;
const DOWNLOADS: usize = 8;

/// Fetches all people, in their order.
pub(super) async fn fetch_all(run: &Arc<Run>, people: impl Stream<Item = Case> + Send, options: FetchOptions) {
    let groups = people.chunks(BATCH_SIZE).take_while(|_| future::ready(!run.stopping()));
    let mut fetched = std::pin::pin!(groups.map(|cases| both_sides(run, cases, options)).buffered(GROUPS));
    while let Some((cases, sides)) = fetched.next().await {
        let (sources, shown) = match sides {
            Ok(sides) => sides,
            Err(error) => {
                run.fail_all(&cases, &error).await;
                continue;
            }
        };
        for ((case, source), shown) in cases.into_iter().zip(sources).zip(shown) {
            match source.and_then(|source| Ok((source, shown?))) {
                Ok(((photo, mut pictures), (shown, more))) => {
                    pictures.extend(more);
                    run.fetched(&case, &photo, &shown, pictures).await;
                }
                Err(error) => run.fail(&case, error.with_user(&case.person.user_principal_name)).await,
            }
        }
    }
}

/// What is known of a person's picture on one side, and its bytes.
type Side = Result<(Value, Pictures)>;

async fn both_sides(run: &Run, cases: Vec<Case>, options: FetchOptions) -> (Vec<Case>, Result<(Vec<Side>, Vec<Side>)>) {
    let sides = tokio::try_join!(source_side(run, &cases, options), shown_side(run, &cases, options));
    (cases, sides)
}

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
    let profiles = stream::iter(run.profiles.read(&accounts).await);
    let sides = profiles.map(async |profile| match profile? {
        Some(profile) => shown_json(run, &profile, options.pictures).await,
        None => Ok((Value::Null, Vec::new())),
    });
    Ok(sides.buffered(DOWNLOADS).collect().await)
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
