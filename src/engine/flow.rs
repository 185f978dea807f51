//! How people flow through the stages of compare and sync: in groups that fit one request each. A stage regroups what the
//! one before it let through, so that few changed people among many still fill their requests. Every unit of work is a
//! task of its own: a slow one holds nobody up, and what is half written is finished whatever happens to the run.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{self, BoxStream, Stream, StreamExt};

use super::case::Case;
use super::run::Run;
use super::stages::{actions_to_write, compare, due, photos, profiles, properties, tags, upload};
use crate::graph::BATCH_SIZE;
use crate::sharepoint::ACTIONS_TO_READ;

/// How long people wait for others to share a request with: those who are to be read, and those who are half written.
const READ_PATIENCE: Duration = Duration::from_secs(30);
const WRITE_PATIENCE: Duration = Duration::from_secs(5);
/// Requests that a stage has under way at once; the services' own slots bound the whole.
const WIDTH: usize = 4;
/// People compared or uploaded at once.
const PEOPLE_WIDTH: usize = 16;

/// People on their way. Boxed: the names of seven stages, one in the other, would fill megabytes.
type Cases = BoxStream<'static, Case>;

/// Runs all people through all stages.
pub(super) async fn run_all(run: &Arc<Run>, people: impl Stream<Item = Case> + Send + 'static) {
    let due = grouped(run, people.chunks(BATCH_SIZE), WIDTH, due);
    let tagged = grouped(run, due.chunks(BATCH_SIZE), WIDTH, tags);
    let looked = grouped(run, packed(run, tagged, READ_PATIENCE, |_, _| ACTIONS_TO_READ), WIDTH, profiles);
    let loaded = grouped(run, looked.chunks(BATCH_SIZE), WIDTH, photos);
    let compared = one_by_one(run, loaded, PEOPLE_WIDTH, compare);
    let uploaded = one_by_one(run, compared, PEOPLE_WIDTH, upload);
    let mut written = grouped(run, packed(run, uploaded, WRITE_PATIENCE, actions_to_write), WIDTH, properties);
    while written.next().await.is_some() {}
    run.remove_gathered().await;
}

/// Cuts people into groups of at most so many.
pub(super) fn cut(mut cases: Vec<Case>, size: usize) -> impl Iterator<Item = Vec<Case>> {
    std::iter::from_fn(move || {
        let rest = cases.split_off(size.clamp(1, cases.len().max(1)).min(cases.len()));
        let group = std::mem::replace(&mut cases, rest);
        (!group.is_empty()).then_some(group)
    })
}

/// Groups people so that each group fills one request to the profile service, as large as those may be by then.
fn packed(
    run: &Arc<Run>,
    cases: Cases,
    patience: Duration,
    actions: fn(&Run, &Case) -> usize,
) -> impl Stream<Item = Vec<Case>> + Send + use<> {
    let run = Arc::clone(run);
    stream::unfold((Box::pin(cases.peekable()), run), move |(mut cases, run)| async move {
        let mut left = run.profiles.most_actions();
        let mut group: Vec<Case> = cases.next().await.into_iter().collect();
        while let Some(last) = group.last() {
            left = left.saturating_sub(actions(&run, last));
            let next = cases.as_mut().next_if(|case| actions(&run, case) <= left);
            match tokio::time::timeout(patience, next).await {
                Ok(Some(case)) => group.push(case),
                Ok(None) | Err(_) => break,
            }
        }
        (!group.is_empty()).then_some((group, (cases, run)))
    })
}

fn grouped<F>(
    run: &Arc<Run>,
    groups: impl Stream<Item = Vec<Case>> + Send + 'static,
    width: usize,
    work: impl Fn(Arc<Run>, Vec<Case>) -> F + Send + 'static,
) -> Cases
where
    F: Future<Output = Vec<Case>> + Send + 'static,
{
    let run = Arc::clone(run);
    groups
        .map(move |group| tokio::spawn(work(Arc::clone(&run), group)))
        .buffer_unordered(width)
        .flat_map(|joined| stream::iter(joined.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))))
        .boxed()
}

fn one_by_one<F>(
    run: &Arc<Run>,
    cases: Cases,
    width: usize,
    work: impl Fn(Arc<Run>, Case) -> F + Send + 'static,
) -> Cases
where
    F: Future<Output = Option<Case>> + Send + 'static,
{
    let run = Arc::clone(run);
    cases
        .map(move |case| tokio::spawn(work(Arc::clone(&run), case)))
        .buffer_unordered(width)
        .filter_map(async |joined| joined.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic())))
        .boxed()
}
