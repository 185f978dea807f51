//! The C ABI: `include/m365photo.h` is generated from the exported functions of this room.
//! Knows engine, model, error and the session-less functions of image; nobody knows it. The only room where `unsafe` is allowed.
//! Promises that no panic crosses, that a wrong handle is answered and never followed, and that nothing happens behind the caller's back.
//!
//! Each exported function is written out in full, guard included: what the header says is what stands here.

#![allow(unsafe_code)]
// C names for what C sees.
#![allow(non_camel_case_types)]
// The comments are those of the header: Doxygen, not rustdoc. Their parameter lines are the contract that makes a call safe.
#![allow(clippy::doc_markdown, clippy::missing_safety_doc)]

#[cfg(not(target_pointer_width = "64"))]
compile_error!("m365photo is for 64-bit systems: its handles are 64-bit numbers.");
#[cfg(not(panic = "unwind"))]
compile_error!("m365photo turns panics into errors: build it with panic = \"unwind\".");

mod abi;
mod buffer;
mod error;
mod guard;
mod job;
mod memory;
mod parameters;
mod picture;
mod registry;
mod session;

pub use abi::*;
pub use buffer::*;
pub use error::*;
pub use job::*;
pub use picture::*;
pub use session::*;
