//! How the app proves to the identity service that it is the app.

use std::fmt;

use secrecy::SecretString;
use zeroize::Zeroizing;

use crate::auth::certificate::Certificate;
use crate::error::{Code, Error, Result};

/// A proof of who the app is. Wiped from memory when dropped.
pub enum Credential {
    /// A certificate, whose key signs an assertion. Good for Graph and SharePoint.
    Certificate(Box<Certificate>),
    /// A shared secret. Good for Graph; SharePoint refuses tokens that were got with it [O].
    ClientSecret(SecretString),
}

impl Credential {
    /// PFX or PEM with certificate and private key; an empty password is none.
    pub fn certificate(file: &[u8], password: &str) -> Result<Self> {
        Ok(Self::Certificate(Box::new(Certificate::read(file, password)?)))
    }

    /// A client secret. White space around it is dropped: it comes from files that end with a line break.
    pub fn client_secret(bytes: &[u8]) -> Result<Self> {
        let wrong = || Error::new(Code::InvalidArgument, "The client secret is empty or not text.");
        let text = Zeroizing::new(String::from_utf8(bytes.to_vec()).map_err(|_| wrong())?);
        let text = text.trim();
        if text.is_empty() { Err(wrong()) } else { Ok(Self::ClientSecret(text.into())) }
    }

    /// What kind it is, for people.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Certificate(_) => "Certificate",
            Self::ClientSecret(_) => "ClientSecret",
        }
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind())
    }
}
