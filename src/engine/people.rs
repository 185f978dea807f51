//! Where a run's people come from: named by the caller, or listed by the directory.

use std::collections::{HashSet, VecDeque};
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use futures_util::stream::{self, Stream};

use super::case::Case;
use super::request::{Chosen, Way};
use super::run::Run;
use crate::error::Error;
use crate::graph::{BATCH_SIZE, PageOf};
use crate::model::{Person, PictureState};
use crate::net::Pages;

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
    /// Hashes of ids: there may be a million.
    seen: HashSet<u64>,
    hasher: RandomState,
    pages: Pages,
    /// `None` before the first page and after the last.
    next_page: Option<String>,
    first_page: bool,
}

impl Source {
    fn new(chosen: Chosen) -> Self {
        Self {
            chosen,
            ready: VecDeque::new(),
            named: 0,
            seen: HashSet::new(),
            hasher: RandomState::new(),
            pages: Pages::default(),
            next_page: None,
            first_page: true,
        }
    }

    fn is_new(&mut self, person: &Person) -> bool {
        self.seen.insert(self.hasher.hash_one(&person.id))
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
                Ok(person) if !self.is_new(&person) => {
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
        if let Some(Err(error)) = next.as_deref().map(|next| self.pages.follow(next)) {
            run.stop(error);
            return false;
        }
        self.first_page = false;
        self.next_page = next;
        // A page may come twice, and its people with it.
        let people: Vec<Person> = items.into_iter().filter(|person| self.is_new(person)).collect();
        run.expect(people.len());
        for person in people {
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
