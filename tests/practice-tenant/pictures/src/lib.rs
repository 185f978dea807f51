//! Pictures of the practice tenant: drawn from numbers, made smaller as a service would, and told apart.
//!
//! It knows nothing of the library under test, so that its judgement is worth something.

pub mod judge;
pub mod picture;
pub mod portrait;
pub mod random;
pub mod recipe;
