//! Certificates, credentials and the file that tells a client where everything is.
//! Knows files. Promises that a secret can be read by its owner only.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose, PKCS_RSA_SHA256,
};
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use rustls::ServerConfig;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use serde_json::json;

use crate::entra::AppCertificate;
use crate::tenant::Origins;
use crate::{Error, front, rsa};

/// What the ports prove themselves with, and what a client has to trust.
pub(crate) struct Identity {
    pub(crate) trust: String,
    pub(crate) tls: Arc<ServerConfig>,
}

/// Makes a certificate authority that lives as long as the server, and from it a certificate for loopback and the real names.
pub(crate) fn throw_away() -> Result<Identity, Error> {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "Practice tenant, throw-away authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
    let key = KeyPair::generate()?;
    let names = front::names().into_iter().map(|(name, _)| name);
    let mut leaf = CertificateParams::new(
        ["127.0.0.1".to_owned(), "localhost".to_owned()].into_iter().chain(names).collect::<Vec<_>>(),
    )?;
    leaf.distinguished_name.push(DnType::CommonName, "Practice tenant");
    leaf.use_authority_key_identifier_extension = true;
    let certificate = leaf.signed_by(&key, &issuer)?;
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    Ok(Identity { trust: issuer.pem(), tls: tls(vec![certificate.der().clone()], key)? })
}

/// Takes a certificate (with its chain) and a key that somebody else made.
pub(crate) fn given(certificate: &Path, key: &Path) -> Result<Identity, Error> {
    let trust = fs::read_to_string(certificate)?;
    let chain = CertificateDer::pem_slice_iter(trust.as_bytes())
        .collect::<Result<Vec<_>, _>>()
        .map_err(|_| Error::BadCertificate)?;
    let key = PrivateKeyDer::from_pem_slice(&fs::read(key)?).map_err(|_| Error::BadCertificate)?;
    Ok(Identity { tls: tls(chain, key)?, trust })
}

fn tls(chain: Vec<CertificateDer<'static>>, key: PrivateKeyDer<'static>) -> Result<Arc<ServerConfig>, Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut tls = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(tls))
}

/// The app's credential: certificate and key as PEM where we have the key, and what the directory keeps of it.
pub(crate) struct AppCredential {
    pub(crate) pem: Option<String>,
    pub(crate) registered: Vec<AppCertificate>,
}

/// Makes a certificate for the app.
pub(crate) fn app_credential() -> Result<AppCredential, Error> {
    let der = rsa::new_key().ok_or(Error::NoRandomNumbers)?;
    let key = KeyPair::from_pkcs8_der_and_sign_algo(&PrivatePkcs8KeyDer::from(der.as_slice()), &PKCS_RSA_SHA256)?;
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "Practice app");
    let certificate = params.self_signed(&key)?;
    let pem = format!("{}{}", certificate.pem(), key.serialize_pem());
    Ok(AppCredential { pem: Some(pem), registered: vec![registered(certificate.der())?] })
}

/// Takes certificates that somebody else made; a private key beside the first is passed on to the client.
pub(crate) fn given_app_credential(files: &[PathBuf]) -> Result<AppCredential, Error> {
    let mut credential = AppCredential { pem: None, registered: Vec::new() };
    for file in files {
        let text = fs::read_to_string(file)?;
        let certificates = CertificateDer::pem_slice_iter(text.as_bytes()).collect::<Result<Vec<_>, _>>();
        for certificate in certificates.map_err(|_| Error::BadCertificate)? {
            credential.registered.push(registered(&certificate)?);
        }
        if credential.pem.is_none() && text.contains("PRIVATE KEY") {
            credential.pem = Some(text);
        }
    }
    if credential.registered.is_empty() { Err(Error::BadCertificate) } else { Ok(credential) }
}

/// Makes a secret for the app.
pub(crate) fn app_secret() -> Result<String, Error> {
    let random =
        ring::rand::generate::<[u8; 24]>(&ring::rand::SystemRandom::new()).map_err(|_| Error::NoRandomNumbers)?;
    Ok(format!("practice~{}", crate::http::base64url(&random.expose())))
}

/// What the directory keeps of an uploaded certificate.
fn registered(der: &[u8]) -> Result<AppCertificate, Error> {
    let (_, certificate) = x509_parser::parse_x509_certificate(der).map_err(|_| Error::BadCertificate)?;
    Ok(AppCertificate {
        sha1: digest(&SHA1_FOR_LEGACY_USE_ONLY, der).as_ref().to_vec(),
        sha256: digest(&SHA256, der).as_ref().to_vec(),
        public_key: certificate.public_key().subject_public_key.data.to_vec(),
        expires: certificate.validity().not_after.timestamp(),
    })
}

/// What the environment file tells.
pub(crate) struct Environment<'a> {
    pub(crate) origins: &'a Origins,
    pub(crate) trust: &'a str,
    pub(crate) app_pem: Option<&'a str>,
    pub(crate) app_secret: &'a str,
    pub(crate) tenant_id: &'a str,
    pub(crate) client_id: &'a str,
    /// How much faster than the real ones' the clock of the limits runs.
    pub(crate) speed: f64,
}

impl Environment<'_> {
    /// Writes the environment file, and beside it the files that it names.
    pub(crate) fn write(&self, path: &Path) -> io::Result<()> {
        let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or("practice-tenant");
        let beside = |ending: &str, text: &str| -> io::Result<String> {
            let name = format!("{stem}-{ending}");
            private(&path.with_file_name(&name), text)?;
            Ok(name)
        };
        let mut environment = json!({
            "authority": self.origins.authority,
            "graph": self.origins.graph,
            "sharePointMySite": self.origins.my_site,
            "sharePointAdmin": self.origins.admin,
            "certificateAuthorityFile": beside("ca.pem", self.trust)?,
            "tenantId": self.tenant_id,
            "clientId": self.client_id,
            "clientSecretFile": beside("secret.txt", self.app_secret)?,
            "control": self.origins.control,
            "speed": self.speed,
        });
        if let Some(pem) = self.app_pem {
            environment["certificateFile"] = json!(beside("app.pem", pem)?);
        }
        private(path, &format!("{environment:#}\n"))
    }
}

/// Writes a file that only its owner can read, from its first byte on.
pub(crate) fn private(path: &Path, text: &str) -> io::Result<()> {
    // An older file keeps its rights when it is opened again, so it goes first.
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(text.as_bytes())
}
