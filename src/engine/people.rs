//! Where a run's people come from: named by the caller, or listed by the directory.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use futures_util::stream::{self, Stream};

use super::case::Case;
use super::request::{Chosen, Way};
use super::run::Run;
use crate::error::{Code, Error};
use crate::graph::{BATCH_SIZE, PageOf};
use crate::model::{Person, PictureState};

/// The run's people, one by one. Those who are not selected, or whom nobody knows, are reported on the way.
pub(super) fn people(run: &Arc<Run>, chosen: Chosen) -> impl Stream<Item = Case> + Send + use<> {
    let source = Source::new(chosen);
    stream::unfold((Arc::clone(run), source), |(run, mut source)| async move {
        loop {
            if let Some(case) = source.ready.pop_front() {
                return Some((case, (run, source)));
            }
            if run.stopping() || !source.refill(&run).await {
                return None;
            }
        }
    })
}

struct Source {
    chosen: Chosen,
    ready: VecDeque<Case>,
    /// Position in the names.
    named: usize,
    seen: HashSet<String>,
    /// `None` before the first page and after the last.
    next_page: Option<String>,
    first_page: bool,
}

impl Source {
    fn new(chosen: Chosen) -> Self {
        Self { chosen, ready: VecDeque::new(), named: 0, seen: HashSet::new(), next_page: None, first_page: true }
    }

    /// Gets more people; `false` when there are no more.
    async fn refill(&mut self, run: &Arc<Run>) -> bool {
        match &self.chosen.way {
            Way::Named(names) => {
                let end = names.len().min(self.named + BATCH_SIZE);
                let batch = names[self.named..end].to_vec();
                if self.named == 0 {
                    run.expect(names.len());
                }
                self.named = end;
                !batch.is_empty() && self.named_batch(run, &batch).await
            }
            Way::Listed { .. } => self.listed_page(run).await,
        }
    }

    async fn named_batch(&mut self, run: &Arc<Run>, names: &[String]) -> bool {
        let people = match run.graph.people_named(names).await {
            Ok(people) => people,
            Err(error) => {
                run.stop(error);
                return false;
            }
        };
        for (name, person) in names.iter().zip(people) {
            match person {
                Err(error) => run.unknown(name, error).await,
                Ok(person) if !self.seen.insert(person.id.clone()) => {
                    run.exclude(&Case::new(name.clone(), person), "Named more than once.").await;
                }
                Ok(person) => self.admit(run, Case::new(name.clone(), person)).await,
            }
        }
        true
    }

    async fn listed_page(&mut self, run: &Arc<Run>) -> bool {
        if !self.first_page && self.next_page.is_none() {
            return false;
        }
        let Way::Listed { selection, user_types, include_disabled } = self.chosen.way.clone() else { return false };
        let page = run.graph.people(&selection, self.next_page.as_deref()).await;
        let PageOf { items, next } = match page {
            Ok(page) => page,
            Err(error) => {
                run.stop(error);
                return false;
            }
        };
        if next.is_some() && next == self.next_page {
            run.stop(Error::new(
                Code::ProtocolViolation,
                "Microsoft Graph's list of people names the same page as the next one.",
            ));
            return false;
        }
        self.first_page = false;
        self.next_page = next;
        run.expect(items.len());
        for person in items {
            let case = Case::new(person.user_principal_name.clone(), person);
            if !case.person.account_enabled && !include_disabled {
                run.exclude(&case, "The account is disabled.").await;
            } else if !user_types.includes(case.person.user_type) {
                run.exclude(&case, "The account's type is not selected.").await;
            } else {
                self.admit(run, case).await;
            }
        }
        true
    }

    async fn admit(&mut self, run: &Arc<Run>, case: Case) {
        if self.chosen.exchange_online_only && !case.person.exchange_online {
            run.exclude(&case, "The person has no mailbox in Exchange Online.").await;
        } else {
            self.ready.push_back(case);
        }
    }
}

impl Run {
    /// Counts people who are to come.
    pub(super) fn expect(&self, people: usize) {
        self.context.counters().total.fetch_add(people as u64, Ordering::Relaxed);
    }

    async fn exclude(&self, case: &Case, reason: &'static str) {
        self.leave(case, PictureState::Excluded, reason).await;
    }

    async fn unknown(&self, name: &str, error: Error) {
        let nobody = Person {
            id: String::new(),
            user_principal_name: String::new(),
            display_name: None,
            account_enabled: true,
            user_type: crate::model::UserType::Member,
            exchange_online: false,
        };
        self.fail(&Case::new(name.to_owned(), nobody), error).await;
    }
}
