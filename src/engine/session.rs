//! A session: one tenant, one credential, and the jobs that run on it.

use crate::engine::job::Job;
use crate::error::{Code, Error, Result};

/// What kind of secret [`Session::set_credential`] gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum CredentialKind {
    /// PFX or PEM with certificate and private key; the password may be empty.
    Certificate = 1,
    /// A client secret: good for Graph, refused by SharePoint.
    ClientSecret = 2,
}

/// One tenant, one credential, and the jobs that run on it.
pub struct Session;

impl Session {
    /// A session with its config (JSON, see `docs/abi.md`). No network.
    pub fn new(_config: &[u8]) -> Result<Self> {
        Err(Error::new(Code::Internal, "not yet"))
    }
    /// Gives the credential. Bytes are copied into memory that is wiped.
    pub fn set_credential(&self, _kind: CredentialKind, _data: &[u8], _password: &[u8]) -> Result<()> {
        Err(Error::new(Code::Internal, "not yet"))
    }
    /// Signs in and finds the picture library.
    pub fn connect(&self, _request: &[u8]) -> Result<Job> {
        Err(Error::new(Code::Internal, "not yet"))
    }
    /// What each side holds.
    pub fn fetch(&self, _request: &[u8]) -> Result<Job> {
        Err(Error::new(Code::Internal, "not yet"))
    }
    /// What is wrong, and why.
    pub fn compare(&self, _request: &[u8]) -> Result<Job> {
        Err(Error::new(Code::Internal, "not yet"))
    }
    /// Repairs what is wrong.
    pub fn sync(&self, _request: &[u8]) -> Result<Job> {
        Err(Error::new(Code::Internal, "not yet"))
    }
    /// Who is signed in where, as JSON; no secret.
    #[must_use]
    pub fn context(&self) -> serde_json::Value {
        serde_json::Value::Null
    }
    /// Summaries of the runs of this session, newest first.
    #[must_use]
    pub fn runs(&self) -> serde_json::Value {
        serde_json::Value::Null
    }
}
