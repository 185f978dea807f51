//! Handles are tickets: numbers that look like pointers, are never used twice, and are looked up, not followed.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::error::{Code, Error, Result};

/// Low bits of a ticket that say what kind of handle it is.
const KIND_BITS: u32 = 3;

/// The number of the next ticket, over all kinds.
static NEXT: AtomicU64 = AtomicU64::new(1);

/// What a ticket stands for, told by its low bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub(super) enum Kind {
    Session = 1,
    Job = 2,
    Buffer = 3,
    Error = 4,
}

impl Kind {
    fn of(ticket: u64) -> Option<Self> {
        let bits = ticket & ((1 << KIND_BITS) - 1);
        [Self::Session, Self::Job, Self::Buffer, Self::Error].into_iter().find(|kind| *kind as u64 == bits)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Job => "job",
            Self::Buffer => "buffer",
            Self::Error => "error",
        }
    }
}

/// Ties the type that C sees to the object that its tickets stand for.
pub(super) trait Handle: Sized + 'static {
    type Object: Send + Sync + 'static;
    const KIND: Kind;
    fn registry() -> &'static Registry<Self::Object>;
}

/// All living objects of one kind.
pub(super) struct Registry<T>(Mutex<BTreeMap<u64, Arc<Slot<T>>>>);

struct Slot<T> {
    object: T,
    /// A call on this object panicked: nobody knows in what state it is.
    poisoned: AtomicBool,
}

impl<T> Registry<T> {
    pub(super) const fn new() -> Self {
        Self(Mutex::new(BTreeMap::new()))
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<u64, Arc<Slot<T>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An object in use. A free meanwhile only makes its ticket worthless; a panic meanwhile poisons it.
pub(super) struct Held<T>(Arc<Slot<T>>);

impl<T> Deref for Held<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0.object
    }
}

impl<T> Drop for Held<T> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.poisoned.store(true, Ordering::Release);
        }
    }
}

/// Gives an object its ticket.
pub(super) fn issue<H: Handle>(object: H::Object) -> *mut H {
    let ticket = NEXT.fetch_add(1, Ordering::Relaxed) << KIND_BITS | H::KIND as u64;
    H::registry().lock().insert(ticket, Arc::new(Slot { object, poisoned: AtomicBool::new(false) }));
    pointer(ticket)
}

/// The object of a ticket.
pub(super) fn hold<H: Handle>(handle: *const H) -> Result<Held<H::Object>> {
    let slot = H::registry().lock().get(&ticket(handle)).map(Arc::clone).ok_or_else(|| refusal(handle))?;
    if slot.poisoned.load(Ordering::Acquire) {
        let message = format!("An earlier call on this {} ended in a defect; it can only be freed.", H::KIND.name());
        return Err(Error::new(Code::Internal, message));
    }
    Ok(Held(slot))
}

/// Makes a ticket worthless. The object lives on until the calls that hold it are over.
pub(super) fn free<H: Handle>(handle: *mut H) -> Option<Held<H::Object>> {
    // A statement of its own: the lock must be gone before the object is.
    let slot = H::registry().lock().remove(&ticket(handle));
    slot.map(Held)
}

/// Says what is wrong with a handle that is in no register.
fn refusal<H: Handle>(handle: *const H) -> Error {
    let wanted = H::KIND.name();
    let ticket = ticket(handle);
    let issued = (1..NEXT.load(Ordering::Relaxed)).contains(&(ticket >> KIND_BITS));
    let message = match Kind::of(ticket) {
        _ if handle.is_null() => format!("The {wanted} handle is NULL."),
        Some(kind) if issued && kind == H::KIND => format!("The {wanted} handle was freed."),
        Some(kind) if issued => format!("A {wanted} handle is needed; this is a handle of kind {}.", kind.name()),
        _ => format!("The {wanted} handle was not made by this library."),
    };
    Error::new(Code::InvalidHandle, message)
}

fn ticket<H>(handle: *const H) -> u64 {
    handle.addr() as u64
}

fn pointer<H>(ticket: u64) -> *mut H {
    // 64-bit systems only, see the compile_error in this room's first lines.
    #[allow(clippy::cast_possible_truncation)]
    ptr::without_provenance_mut(ticket as usize)
}

#[cfg(test)]
mod tests {
    use std::panic::{self, AssertUnwindSafe};
    use std::thread;

    use super::*;
    use crate::ffi::m365photo_session;

    struct Word;

    impl Handle for Word {
        type Object = String;
        const KIND: Kind = Kind::Buffer;

        fn registry() -> &'static Registry<String> {
            static WORDS: Registry<String> = Registry::new();
            &WORDS
        }
    }

    fn refused(handle: *const Word) -> String {
        let error = hold(handle).map(|held| held.clone()).unwrap_err();
        assert_eq!(error.code(), Code::InvalidHandle);
        error.message().to_owned()
    }

    #[test]
    fn a_ticket_finds_its_object_until_it_is_freed() {
        let handle = issue::<Word>("hello".into());
        assert_eq!(*hold(handle).unwrap(), "hello");
        assert!(free(handle).is_some());
        assert!(free(handle).is_none());
        assert!(refused(handle).contains("freed"));
    }

    #[test]
    fn what_is_no_ticket_is_refused_with_its_reason() {
        assert!(refused(ptr::null()).contains("NULL"));
        let local = String::new();
        assert!(refused((&raw const local).cast()).contains("not made by this library"));
        assert!(refused(ptr::without_provenance(usize::MAX)).contains("not made by this library"));
    }

    #[test]
    fn a_ticket_of_another_kind_is_refused_by_name() {
        let word = issue::<Word>("hello".into());
        let error = hold(word.cast::<m365photo_session>()).map(|_| ()).unwrap_err();
        assert_eq!(error.code(), Code::InvalidHandle);
        assert_eq!(error.message(), "A session handle is needed; this is a handle of kind buffer.");
        free(word);
    }

    #[test]
    fn a_number_is_never_used_twice() {
        let first = issue::<Word>("hello".into());
        free(first);
        let second = issue::<Word>("hello".into());
        assert_ne!(first, second);
        assert!(refused(first).contains("freed"));
        free(second);
    }

    #[test]
    fn an_object_in_use_outlives_its_ticket() {
        let handle = issue::<Word>("hello".into());
        let held = hold(handle).unwrap();
        free(handle);
        assert_eq!(*held, "hello");
    }

    #[test]
    fn of_many_frees_at_once_one_counts() {
        let handle = issue::<Word>("hello".into()).addr();
        let free_and_use = || {
            // A ticket is a number: it can be sent where a pointer cannot.
            let handle: *mut Word = ptr::without_provenance_mut(handle);
            let seen = hold(handle).is_ok_and(|held| *held == "hello");
            (seen, free(handle).is_some())
        };
        let outcomes: Vec<(bool, bool)> = thread::scope(|scope| {
            let threads: Vec<_> = (0..16).map(|_| scope.spawn(free_and_use)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(outcomes.iter().any(|(seen, _)| *seen));
        assert_eq!(outcomes.iter().filter(|(_, freed)| *freed).count(), 1);
    }

    #[test]
    fn a_panic_poisons_the_object_that_it_held_and_no_other() {
        let [broken, sound] = [(); 2].map(|()| issue::<Word>("hello".into()));
        let panicked = panic::catch_unwind(AssertUnwindSafe(|| {
            let _held = hold(broken).unwrap();
            panic::resume_unwind(Box::new("defect"));
        }));
        assert!(panicked.is_err());
        assert_eq!(hold(broken).map(|_| ()).unwrap_err().code(), Code::Internal);
        assert!(hold(sound).is_ok());
        assert!(free(broken).is_some());
        free(sound);
    }
}
