//! Decides: what is wrong with a person's picture, why, and what to do.
//! Knows the model alone: no I/O, no clock.
//! Promises the same decision for the same facts, and that an error is never taken for 'no photo'.
