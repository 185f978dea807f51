//! The SharePoint dialect: picture library over REST, profile properties over ProcessQuery.
//! Knows net, model and the error type; not Graph.
//! Promises that one person's failure hides nobody else's answer, and that each write is read back.

mod errors;
mod library;
mod picture_url;
mod process_query;
mod profiles;

pub use library::{Inventory, Library};
pub use picture_url::{Stem, picture_url, same_address, stem_of};
pub use profiles::{ACTIONS_TO_READ, ProfileUpdate, Profiles, account_name, seconds_since_year_one};
