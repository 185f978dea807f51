//! Signatures by a key that only the caller may use: what is to be signed lies here until the caller, who polls, has signed it.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use crate::error::{Code, Error, Result};

/// How to sign; both over SHA-256.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// RSASSA-PSS.
    Ps256,
    /// RSASSA-PKCS1-v1_5.
    Rs256,
}

impl Algorithm {
    /// The name in JSON web tokens.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ps256 => "PS256",
            Self::Rs256 => "RS256",
        }
    }
}

/// A signature that is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// By which [`SigningDesk::give`] knows it.
    pub id: u32,
    /// How to sign.
    pub algorithm: Algorithm,
    /// What to sign: an assertion without its signature, which is no secret.
    pub text: String,
}

/// Signatures that are wanted, and those who wait for them.
#[derive(Default)]
pub struct SigningDesk(Mutex<Papers>);

#[derive(Default)]
struct Papers {
    last_id: u32,
    waiting: VecDeque<(Wanted, oneshot::Sender<Option<Vec<u8>>>)>,
}

impl SigningDesk {
    /// The oldest signature that somebody still waits for.
    #[must_use]
    pub fn wanted(&self) -> Option<Wanted> {
        let mut papers = self.papers();
        papers.waiting.retain(|(_, answer)| !answer.is_closed());
        papers.waiting.front().map(|(wanted, _)| wanted.clone())
    }

    /// Gives a signature; an empty one means that the key cannot sign in this way.
    pub fn give(&self, id: u32, signature: &[u8]) -> Result<()> {
        let mut papers = self.papers();
        let place = papers.waiting.iter().position(|(wanted, _)| wanted.id == id);
        let (_, answer) = place.and_then(|place| papers.waiting.remove(place)).ok_or_else(|| {
            Error::new(Code::InvalidArgument, format!("Nobody waits for a signature with the id {id}."))
        })?;
        // Whoever waited may have been cancelled meanwhile.
        let _ = answer.send((!signature.is_empty()).then(|| signature.to_vec()));
        Ok(())
    }

    /// Waits until the caller has signed; `None` when the key cannot sign in this way.
    pub(super) async fn ask(&self, algorithm: Algorithm, text: &str) -> Option<Vec<u8>> {
        let (sender, answer) = oneshot::channel();
        {
            let mut papers = self.papers();
            papers.last_id += 1;
            let wanted = Wanted { id: papers.last_id, algorithm, text: text.to_owned() };
            papers.waiting.push_back((wanted, sender));
        }
        answer.await.ok().flatten()
    }

    fn papers(&self) -> MutexGuard<'_, Papers> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for SigningDesk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} signatures wanted", self.papers().waiting.len())
    }
}
