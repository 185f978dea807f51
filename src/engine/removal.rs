//! Photos that are gone at the source: how many may be before the run stops, and the pictures that go with them. Those
//! are gathered until everybody was looked at; when they are too many, none goes.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::case::Case;
use super::flow::cut;
use super::run::{Operation, Run};
use crate::error::{Code, Error};
use crate::model::Outcome;
use crate::sharepoint::{ACTIONS_TO_READ, ProfileUpdate, account_name};

/// So many photos may be gone however few people there are, and otherwise one in so many people's.
const ALWAYS_ALLOWED: u64 = 10;
const ONE_IN: u64 = 50;

impl Run {
    fn most_removals(&self) -> u64 {
        let people = self.context.counters().total.load(Ordering::Relaxed);
        self.maximum_removals.unwrap_or_else(|| (people / ONE_IN).max(ALWAYS_ALLOWED))
    }

    /// A person had a photo in the last run and has none now. Many of them are rather an outage of the source.
    pub(super) fn photo_is_gone(&self) {
        let gone = self.gone.fetch_add(1, Ordering::Relaxed) + 1;
        let most = self.most_removals();
        if gone > most {
            let text = format!(
                "The source has no photo of {gone} people any more who had one in the last run; {most} are allowed."
            );
            self.stop(Error::new(Code::SourceSuspicious, text).with_advice(
                "Look whether Exchange Online shows these people's photos. If they are really gone, raise -MaximumRemovals.",
            ));
        }
    }

    /// A picture that is to go, once everybody was looked at.
    pub(super) fn remove_later(&self, case: Case) {
        self.removals().push(case);
    }

    /// Takes the gathered pictures out of their profiles, or none when they are too many.
    pub(super) async fn remove_gathered(self: &Arc<Self>) {
        let cases = std::mem::take(&mut *self.removals());
        let most = self.most_removals();
        if cases.len() as u64 > most {
            let text =
                format!("{} people would lose their picture; {most} are allowed. None was removed.", cases.len());
            self.stop(Error::new(Code::RemovalLimitReached, text));
        }
        if self.operation == (Operation::Sync { what_if: true }) {
            for case in cases {
                self.settled(&case, Outcome::Planned).await;
            }
            return;
        }
        for cases in cut(cases, self.profiles.most_actions() / (ACTIONS_TO_READ + 1)) {
            if self.stopping() {
                return;
            }
            self.remove(cases).await;
        }
    }

    /// The files stay: whoever wants a picture back has only to write its address again.
    async fn remove(&self, cases: Vec<Case>) {
        let updates: Vec<ProfileUpdate> = cases
            .iter()
            .map(|case| ProfileUpdate {
                account: account_name(&case.person.user_principal_name),
                properties: vec![("PictureURL", String::new())],
            })
            .collect();
        let answers = self.profiles.write(&updates).await;
        for (mut case, answer) in cases.into_iter().zip(answers) {
            match answer {
                Ok(profile) => {
                    case.profile = Some(profile);
                    self.settled(&case, Outcome::Updated).await;
                }
                Err(error) => {
                    let error = error.with_user(&case.person.user_principal_name);
                    self.fail(&case, error).await;
                }
            }
        }
        self.keep().await;
    }

    async fn settled(&self, case: &Case, outcome: Outcome) {
        if let Some(verdict) = case.verdict {
            self.done(case, verdict, outcome).await;
        }
    }
}
