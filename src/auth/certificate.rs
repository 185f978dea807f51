//! A certificate with its private key: read from PFX or PEM, checked, and used to sign. The key may also be the caller's.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use p12_keystore::Pkcs12Archive;
use p12_keystore::error::Error as PfxError;
use pkcs8::{EncryptedPrivateKeyInfoRef, SecretDocument};
use ring::digest;
use ring::rand::SystemRandom;
use ring::rsa::KeyPair;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, RSA_PSS_SHA256, UnparsedPublicKey};
use rustls_pki_types::pem::{PemObject, SectionKind};
use time::OffsetDateTime;
use x509_parser::prelude::{FromDer, X509Certificate};
use zeroize::Zeroizing;

use crate::auth::signing_desk::{Algorithm, SigningDesk};
use crate::error::{Code, Error, Result};

/// What stands in a PEM section that OpenSSL encrypted before PKCS#8.
const OLD_ENCRYPTION: &[u8] = b"Proc-Type: 4,ENCRYPTED";

/// A certificate and the key that belongs to it. Entra ID takes RSA keys; ours signs with 2048 to 4096 bits.
pub struct Certificate {
    der: Vec<u8>,
    key: PrivateKey,
    subject: String,
    valid: (OffsetDateTime, OffsetDateTime),
}

/// Who signs.
enum PrivateKey {
    Ours(Box<KeyPair>),
    Callers { desk: Arc<SigningDesk>, public: Vec<u8> },
}

impl Certificate {
    /// Reads a PFX or PEM file's bytes, or either as base64; which it is follows from the content. An empty password is none.
    pub fn read(bytes: &[u8], password: &str) -> Result<Self> {
        let decoded = decoded(bytes);
        let bytes = decoded.as_deref().map_or(bytes, Vec::as_slice);
        let bag = if is_pem(bytes) { Bag::of_pem(bytes, password)? } else { Bag::of_pfx(bytes, password)? };
        bag.pair()
    }

    /// A certificate (DER) whose private key the caller holds: in the Windows store, on a card, in a vault.
    pub fn of_caller(der: &[u8], desk: Arc<SigningDesk>) -> Result<Self> {
        let (_, parsed) = X509Certificate::from_der(der).map_err(|error| damaged().with_cause(&error))?;
        if !matches!(parsed.public_key().parsed(), Ok(x509_parser::public_key::PublicKey::RSA(_))) {
            return Err(not_rsa());
        }
        let public = parsed.public_key().subject_public_key.data.to_vec();
        Ok(Self::new(der, &parsed, PrivateKey::Callers { desk, public }))
    }

    fn new(der: &[u8], parsed: &X509Certificate<'_>, key: PrivateKey) -> Self {
        let valid = (parsed.validity().not_before.to_datetime(), parsed.validity().not_after.to_datetime());
        Self { der: der.to_vec(), key, subject: parsed.subject().to_string(), valid }
    }

    /// Fails, with the date, when the certificate is not valid at this time.
    pub fn check_valid(&self, now: SystemTime) -> Result<()> {
        let now = OffsetDateTime::from(now);
        let (from, until) = self.valid;
        let problem = if now < from {
            format!("is not valid before {}", from.date())
        } else if now > until {
            format!("expired on {}", until.date())
        } else {
            return Ok(());
        };
        Err(unusable(format!("The certificate {self} {problem}.")).with_advice(format!(
            "Use a valid certificate and upload it to the app registration; today is {}.",
            now.date()
        )))
    }

    /// A signature, or `None` when the key cannot sign in this way.
    pub(super) async fn sign(&self, algorithm: Algorithm, text: &str) -> Result<Option<Vec<u8>>> {
        match &self.key {
            PrivateKey::Ours(key) if algorithm == Algorithm::Ps256 => {
                let mut signature = vec![0; key.public().modulus_len()];
                let signed = key.sign(&RSA_PSS_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature);
                Ok(signed.is_ok().then_some(signature))
            }
            PrivateKey::Ours(_) => Ok(None),
            PrivateKey::Callers { desk, public } => {
                let Some(signature) = desk.ask(algorithm, text).await else { return Ok(None) };
                let public = UnparsedPublicKey::new(algorithm.verification(), public);
                public.verify(text.as_bytes(), &signature).map_err(|_| {
                    unusable(format!("The signature that was given is not by the private key of {self}."))
                })?;
                Ok(Some(signature))
            }
        }
    }

    /// The certificate's hash by which Entra ID finds it: its name in the header of an assertion, and its value.
    pub(super) fn hash(&self, algorithm: Algorithm) -> (&'static str, Vec<u8>) {
        let (name, hash) = match algorithm {
            Algorithm::Ps256 => ("x5t#S256", &digest::SHA256),
            Algorithm::Rs256 => ("x5t", &digest::SHA1_FOR_LEGACY_USE_ONLY),
        };
        (name, digest::digest(hash, &self.der).as_ref().to_vec())
    }

    /// The error of a key that signs in no way.
    pub(super) fn cannot_sign(&self) -> Error {
        unusable(format!("The private key of {self} cannot sign."))
            .with_advice("Give the account that runs this the right to read the private key (certlm.msc, All Tasks, Manage Private Keys).")
    }

    /// SHA-1 of the certificate in hex, as the portal and Windows show it.
    #[must_use]
    pub fn thumbprint(&self) -> String {
        let sha1 = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, &self.der);
        let digits = sha1.as_ref().iter().flat_map(|byte| [byte >> 4, byte & 15]);
        digits.filter_map(|digit| char::from_digit(digit.into(), 16)).map(|digit| digit.to_ascii_uppercase()).collect()
    }
}

impl fmt::Display for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.subject, self.thumbprint())
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate {self}")
    }
}

/// What a file holds, before it is known what belongs together.
#[derive(Default)]
struct Bag {
    certificates: Vec<Vec<u8>>,
    keys: Vec<Key>,
}

enum Key {
    Pkcs8(Zeroizing<Vec<u8>>),
    Pkcs1(Zeroizing<Vec<u8>>),
    /// Of a kind that Entra ID does not take, such as EC.
    Other,
}

impl Bag {
    fn of_pfx(bytes: &[u8], password: &str) -> Result<Self> {
        let archive = Pkcs12Archive::from_pkcs12(bytes, password).map_err(|error| explain(&error, password))?;
        let keys = archive.keys.iter().map(|bag| Key::Pkcs8(Zeroizing::new(bag.key.as_der().to_vec()))).collect();
        let certificates = archive.certs.iter().map(|bag| bag.cert.as_der().to_vec()).collect();
        Ok(Self { certificates, keys })
    }

    fn of_pem(bytes: &[u8], password: &str) -> Result<Self> {
        if bytes.windows(OLD_ENCRYPTION.len()).any(|window| window == OLD_ENCRYPTION) {
            return Err(unusable("The private key is encrypted in OpenSSL's old way, which is too weak.")
                .with_advice("Convert it: openssl pkcs8 -topk8 -v2 aes-256-cbc."));
        }
        let mut bag = Self::default();
        for section in <(SectionKind, Vec<u8>)>::pem_slice_iter(bytes) {
            let (kind, der) = section.map_err(|error| damaged().with_cause(&error))?;
            match kind {
                SectionKind::Certificate => bag.certificates.push(der),
                SectionKind::PrivateKey => bag.keys.push(Key::Pkcs8(der.into())),
                SectionKind::RsaPrivateKey => bag.keys.push(Key::Pkcs1(der.into())),
                SectionKind::EcPrivateKey => bag.keys.push(Key::Other),
                _ => {}
            }
        }
        if let Some(pem) = encrypted_section(bytes) {
            bag.keys.push(Key::Pkcs8(decrypt(pem, password)?));
        }
        Ok(bag)
    }

    /// The certificate whose public key is that of a private key in the bag.
    fn pair(self) -> Result<Certificate> {
        if self.keys.is_empty() {
            return Err(unusable("The certificate file holds no private key.")
                .with_advice("Export the certificate again, together with its private key."));
        }
        if self.certificates.is_empty() {
            return Err(unusable("The file holds a private key and no certificate.").with_advice(
                "Put the certificate into the same file: certificate and key one after the other (PEM), or a PFX.",
            ));
        }
        let keys = self.keys.iter().map(Key::load).collect::<Result<Vec<_>>>()?;
        for der in self.certificates {
            let (_, parsed) = X509Certificate::from_der(&der).map_err(|error| damaged().with_cause(&error))?;
            let public = parsed.public_key().subject_public_key.data.as_ref();
            let Some(key) = keys.iter().position(|key| key.public().as_ref() == public) else { continue };
            let key = keys.into_iter().nth(key).ok_or_else(damaged)?;
            return Ok(Certificate::new(&der, &parsed, PrivateKey::Ours(Box::new(key))));
        }
        Err(unusable("The private key in the file belongs to none of its certificates."))
    }
}

impl Key {
    fn load(&self) -> Result<KeyPair> {
        let pair = match self {
            Self::Pkcs8(der) => KeyPair::from_pkcs8(der),
            Self::Pkcs1(der) => KeyPair::from_der(der),
            Self::Other => return Err(not_rsa()),
        };
        pair.map_err(|error| match error.to_string().as_str() {
            "WrongAlgorithm" => not_rsa(),
            "TooSmall" => {
                unusable("The certificate's key is too short.").with_advice("Use an RSA key of 2048 bits or more.")
            }
            "TooLarge" => {
                unusable("The certificate's key is too long.").with_advice("Use an RSA key of 2048 to 4096 bits.")
            }
            _ => damaged(),
        })
    }
}

fn not_rsa() -> Error {
    unusable("The certificate's key is not an RSA key.")
        .with_advice("Entra ID takes RSA certificates: make one of 2048 bits or more.")
}

impl Algorithm {
    fn verification(self) -> &'static ring::signature::RsaParameters {
        match self {
            Self::Ps256 => &RSA_PSS_2048_8192_SHA256,
            Self::Rs256 => &RSA_PKCS1_2048_8192_SHA256,
        }
    }
}

/// The file in a text of base64, as it is kept in a variable; `None` where the bytes are no such text.
fn decoded(bytes: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let text: Zeroizing<Vec<u8>> =
        bytes.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect::<Vec<_>>().into();
    BASE64_STANDARD.decode(&*text).ok().map(Zeroizing::new)
}

fn is_pem(bytes: &[u8]) -> bool {
    bytes.windows(11).any(|window| window == b"-----BEGIN ")
}

fn encrypted_section(bytes: &[u8]) -> Option<&str> {
    const BEGIN: &str = "-----BEGIN ENCRYPTED PRIVATE KEY-----";
    const END: &str = "-----END ENCRYPTED PRIVATE KEY-----";
    let text = std::str::from_utf8(bytes).ok()?;
    let from = &text[text.find(BEGIN)?..];
    Some(&from[..from.find(END)? + END.len()])
}

fn decrypt(pem: &str, password: &str) -> Result<Zeroizing<Vec<u8>>> {
    let (_, document) = SecretDocument::from_pem(pem).map_err(|error| damaged().with_cause(&error))?;
    let info =
        EncryptedPrivateKeyInfoRef::try_from(document.as_bytes()).map_err(|error| damaged().with_cause(&error))?;
    let key = info.decrypt(password).map_err(|error| wrong_password(password).with_cause(&error))?;
    Ok(key.to_bytes())
}

fn explain(error: &PfxError, password: &str) -> Error {
    match error {
        PfxError::MacError(_) | PfxError::UnpadError | PfxError::Pkcs5Error(_) => wrong_password(password),
        PfxError::UnsupportedEncryptionScheme | PfxError::UnsupportedMacAlgorithm => {
            unusable("The certificate file is encrypted in a way that is not supported.")
                .with_advice("Export it again with AES-256 and SHA-256 or with 3DES.")
        }
        _ => damaged(),
    }
    .with_cause(error)
}

fn wrong_password(password: &str) -> Error {
    if password.is_empty() {
        return unusable("The certificate file is protected by a password.")
            .with_advice("Give it with -CertificatePassword.");
    }
    unusable("The password of the certificate file is wrong.").with_advice("Check -CertificatePassword.")
}

fn damaged() -> Error {
    unusable("The certificate file is neither PFX nor PEM, or is damaged.")
}

fn unusable(message: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(Code::CertificateUnusable, message)
}
