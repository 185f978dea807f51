//! The C ABI.
//! Knows engine, model and error; the only room where `unsafe` is allowed.
//! Promises that no panic crosses, and that a wrong handle is answered and never followed.
