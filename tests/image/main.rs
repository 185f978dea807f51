//! The picture room, through its public door.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    missing_docs
)]

mod colours;
mod comparing;
mod corpus;
mod damage;
mod geometry;
mod jpeg_variants;
mod orientation;
mod stand_ins;
mod thumbnails;
