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

#[cfg(test)]
mod tests {
    use std::ptr;
    use std::sync::Mutex;
    use std::thread::{self, ThreadId};

    use serde_json::Value;

    use super::*;
    use crate::ffi::{m365photo_error, m365photo_error_code, m365photo_error_data, m365photo_error_free};

    /// Runs a body as an exported function would, and reads the error as its caller would.
    fn outcome_of(body: impl FnOnce() -> Result<()>) -> (i32, Value) {
        let mut error: *mut m365photo_error = ptr::null_mut();
        // SAFETY: a local that outlives the call.
        let status = call("m365photo_some_call", unsafe { ErrorOut::new(&raw mut error) }, body);
        if error.is_null() {
            return (status, Value::Null);
        }
        assert_eq!(m365photo_error_code(error), status);
        let (mut data, mut length) = (ptr::null(), 0);
        // SAFETY: locals that outlive the call.
        assert_eq!(unsafe { m365photo_error_data(error, &raw mut data, &raw mut length) }, OK);
        // SAFETY: the library says so, and the error is not freed yet.
        let json = serde_json::from_slice(unsafe { std::slice::from_raw_parts(data, length as usize) }).unwrap();
        m365photo_error_free(error);
        (status, json)
    }

    #[test]
    fn success_leaves_the_error_alone() {
        assert_eq!(outcome_of(|| Ok(())), (OK, Value::Null));
    }

    #[test]
    fn an_error_becomes_its_number_and_json() {
        let (status, json) = outcome_of(|| Err(Error::new(Code::FileLocked, "The file is locked.")));
        assert_eq!(status, Code::FileLocked as i32);
        assert_eq!(json["message"], "The file is locked.");
    }

    #[test]
    fn an_error_that_nobody_asks_for_is_its_number_alone() {
        assert_eq!(call("f", ErrorOut::none(), || Err(Error::new(Code::Pending, ""))), Code::Pending as i32);
    }

    #[test]
    fn a_panic_becomes_internal_and_names_function_reason_and_place() {
        for (status, json) in
            [outcome_of(|| panic!("the {} is gone", "moon")), outcome_of(|| panic!("the moon is gone"))]
        {
            assert_eq!(status, Code::Internal as i32);
            let message = json["message"].as_str().unwrap();
            assert!(
                message.starts_with("m365photo_some_call met a defect: the moon is gone (src/ffi/guard.rs:"),
                "{message}"
            );
        }
    }

    #[test]
    fn a_panic_with_something_that_panics_when_dropped_is_caught_too() {
        struct Trap;
        impl Drop for Trap {
            fn drop(&mut self) {
                panic!("dropped");
            }
        }
        let (status, _) = outcome_of(|| panic::panic_any(Trap));
        assert_eq!(status, Code::Internal as i32);
    }

    #[test]
    fn only_panics_of_our_calls_and_threads_are_silent() {
        static HEARD: Mutex<Vec<ThreadId>> = Mutex::new(Vec::new());
        call("f", ErrorOut::none(), || Ok(()));
        // Between the hook that a host program had and ours.
        let previous = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            HEARD.lock().unwrap().push(thread::current().id());
            previous(info);
        }));
        quiet_hook();

        let own = thread::Builder::new().name("m365photo-worker".into()).spawn(|| panic!("ours")).unwrap();
        let own_id = own.thread().id();
        let _ = own.join();
        outcome_of(|| panic!("ours"));
        let _ = panic::catch_unwind(|| panic!("of the host program, expected here"));

        let heard = HEARD.lock().unwrap();
        let times = |id: ThreadId| heard.iter().filter(|heard| **heard == id).count();
        assert_eq!(times(own_id), 0);
        assert_eq!(times(thread::current().id()), 1);
    }
}
