//! Runs the body of each exported function: errors become status and error handle, panics become `Internal`.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

use crate::error::{Code, Error, Result};
use crate::ffi::error::ErrorOut;

/// Success, as every fallible function returns it.
pub(super) const OK: i32 = 0;

/// Threads with this name belong to a session.
const OWN_THREADS: &str = "m365photo";

thread_local! {
    /// Calls under way on this thread.
    static CALLS: Cell<u32> = const { Cell::new(0) };
    /// Where the last panic of a call happened.
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Runs `body` for the exported function `name`.
pub(super) fn call(name: &str, error: ErrorOut, body: impl FnOnce() -> Result<()>) -> i32 {
    static HOOK: Once = Once::new();
    HOOK.call_once(quiet_hook);
    CALLS.set(CALLS.get() + 1);
    // What a panic may have left half done is in the objects behind the handles, and those it poisons.
    let outcome = panic::catch_unwind(AssertUnwindSafe(body));
    CALLS.set(CALLS.get() - 1);
    match outcome.unwrap_or_else(|payload| Err(defect(name, payload))) {
        Ok(()) => OK,
        Err(failure) => {
            let status = failure.code() as i32;
            error.write(&failure);
            status
        }
    }
}

/// The error that a panic becomes.
fn defect(name: &str, payload: Box<dyn Any + Send>) -> Error {
    let text = match payload.downcast::<String>() {
        Ok(text) => *text,
        Err(payload) => match payload.downcast::<&'static str>() {
            Ok(text) => (*text).to_owned(),
            Err(payload) => {
                // Whatever it is, its drop could panic once more.
                std::mem::forget(payload);
                "unknown".to_owned()
            }
        },
    };
    let place = PLACE.take().unwrap_or_default();
    Error::new(Code::Internal, format!("{name} met a defect: {text} ({place})"))
}

/// Keeps panics of our calls and threads from printing, and leaves all others to the hook that was there.
///
/// A shared library has a standard library, and so a hook, of its own; a Rust program that links this crate shares both with us.
fn quiet_hook() {
    let previous = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if CALLS.get() > 0 {
            PLACE.set(info.location().map(ToString::to_string));
        } else if !std::thread::current().name().is_some_and(|name| name.starts_with(OWN_THREADS)) {
            previous(info);
        }
    }));
}
