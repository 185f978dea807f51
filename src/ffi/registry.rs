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
