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
use rustls_pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use serde_json::json;

use crate::entra::AppCertificate;
use crate::tenant::Origins;
use crate::{Error, rsa};

/// A certificate authority that lives as long as the server, and the server's certificate.
pub(crate) struct Authority {
    pub(crate) pem: String,
    pub(crate) tls: Arc<ServerConfig>,
}

/// Makes a certificate authority, and from it a certificate for `127.0.0.1` and `localhost`.
pub(crate) fn authority() -> Result<Authority, Error> {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "Practice tenant, throw-away authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
    let key = KeyPair::generate()?;
    let mut leaf = CertificateParams::new(vec!["127.0.0.1".to_owned(), "localhost".to_owned()])?;
    leaf.distinguished_name.push(DnType::CommonName, "Practice tenant");
    leaf.use_authority_key_identifier_extension = true;
    let certificate = leaf.signed_by(&key, &issuer)?;
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut tls = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)?;
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Authority { pem: issuer.pem(), tls: Arc::new(tls) })
}

/// The app's credential: certificate and key as PEM, and what the directory keeps of it.
pub(crate) struct AppCredential {
    pem: String,
    pub(crate) registered: AppCertificate,
    pub(crate) secret: String,
}

/// Makes a certificate and a secret for the app.
pub(crate) fn app_credential() -> Result<AppCredential, Error> {
    let der = rsa::new_key().ok_or(Error::NoRandomNumbers)?;
    let key = KeyPair::from_pkcs8_der_and_sign_algo(&PrivatePkcs8KeyDer::from(der.as_slice()), &PKCS_RSA_SHA256)?;
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "Practice app");
    let certificate = params.self_signed(&key)?;
    let secret = format!(
        "practice~{}",
        crate::http::base64url(
            &ring::rand::generate::<[u8; 24]>(&ring::rand::SystemRandom::new())
                .map_err(|_| Error::NoRandomNumbers)?
                .expose()
        )
    );
    Ok(AppCredential {
        pem: format!("{}{}", certificate.pem(), key.serialize_pem()),
        registered: registered(certificate.der())?,
        secret,
    })
}

/// What the directory keeps of an uploaded certificate.
fn registered(der: &[u8]) -> Result<AppCertificate, Error> {
    let (_, certificate) = x509_parser::parse_x509_certificate(der).map_err(|_| Error::BadCertificate)?;
    Ok(AppCertificate {
        sha1: digest(&SHA1_FOR_LEGACY_USE_ONLY, der).as_ref().to_vec(),
        sha256: digest(&SHA256, der).as_ref().to_vec(),
        public_key: certificate.public_key().subject_public_key.data.to_vec(),
    })
}

/// Writes the environment file, and beside it the files that it names.
pub(crate) fn write(
    path: &Path,
    origins: &Origins,
    authority: &str,
    app: &AppCredential,
    ids: (&str, &str),
) -> io::Result<()> {
    let beside = |ending: &str| -> io::Result<(String, PathBuf)> {
        let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or("practice-tenant");
        let name = format!("{stem}-{ending}");
        Ok((name.clone(), path.with_file_name(name)))
    };
    let (authority_name, authority_file) = beside("ca.pem")?;
    let (certificate_name, certificate_file) = beside("app.pem")?;
    let (secret_name, secret_file) = beside("secret.txt")?;
    private(&authority_file, authority)?;
    private(&certificate_file, &app.pem)?;
    private(&secret_file, &app.secret)?;
    let environment = json!({
        "authority": origins.authority,
        "graph": origins.graph,
        "sharePointMySite": origins.my_site,
        "sharePointAdmin": origins.admin,
        "certificateAuthorityFile": authority_name,
        "tenantId": ids.0,
        "clientId": ids.1,
        "certificateFile": certificate_name,
        "clientSecretFile": secret_name,
        "control": origins.control,
    });
    private(path, &format!("{environment:#}\n"))
}

/// Writes a file that only its owner can read, from its first byte on.
fn private(path: &Path, text: &str) -> io::Result<()> {
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
