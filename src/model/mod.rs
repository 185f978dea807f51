//! Plain data that the rooms hand to each other: person, picture, state, decision, result, run.
//! Knows the error type alone: no I/O, no clock.
//! Promises the JSON shapes of docs/abi.md.
