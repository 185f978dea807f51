//! A person of the directory.

use serde::{Deserialize, Serialize};

/// Where an account comes from. Accounts from before the property existed have none and count as members. \[O\]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum UserType {
    /// An account of the tenant itself.
    #[default]
    Member,
    /// An invited account.
    Guest,
}

/// A person of the directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Entra object id, lower case with hyphens.
    pub id: String,
    /// Sign-in name.
    pub user_principal_name: String,
    /// Name for people.
    pub display_name: Option<String>,
    /// Whether the account may sign in.
    pub account_enabled: bool,
    /// Member or guest.
    pub user_type: UserType,
    /// Whether the person has a mailbox in Exchange Online (an enabled plan of service `exchange`). Without one the photo
    /// comes from the directory alone, and SharePoint's own sync never follows it.
    pub exchange_online: bool,
}
