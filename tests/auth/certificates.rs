//! Every file that an admin may have: those that work, and those that must say what is wrong with them.

use std::path::Path;
use std::time::SystemTime;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use m365photo::auth::Certificate;
use m365photo::{Code, Error};

pub fn file(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/auth/certificates");
    std::fs::read(folder.join(name)).unwrap()
}

fn refused(name: &str, password: &str) -> Error {
    let error = Certificate::read(&file(name), password).unwrap_err();
    assert_eq!(error.code(), Code::CertificateUnusable, "{name}: {error}");
    error
}

#[test]
fn every_usual_kind_of_file_is_read() {
    let thumbprint = Certificate::read(&file("rsa.pem"), "").unwrap().thumbprint();
    let files = [
        ("pkcs1.pem", ""),
        ("chain.pem", ""),
        ("encrypted.pem", "correct"),
        ("modern.pfx", "correct"),
        ("triple-des.pfx", "correct"),
        ("rc2.pfx", "correct"),
        ("chain.pfx", "correct"),
        ("empty.pfx", ""),
        ("unicode.pfx", "pässwörd"),
    ];
    for (name, password) in files {
        let certificate = Certificate::read(&file(name), password).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(certificate.thumbprint(), thumbprint, "{name}");
        certificate.check_valid(SystemTime::now()).unwrap();
    }
}

#[test]
fn a_file_is_read_from_its_base64_however_the_lines_are_broken() {
    for (name, password) in [("modern.pfx", "correct"), ("rsa.pem", ""), ("encrypted.pem", "correct")] {
        let text = BASE64_STANDARD.encode(file(name));
        let lines: Vec<&str> = text.as_bytes().chunks(76).map(|line| str::from_utf8(line).unwrap()).collect();
        let lines = lines.join("\r\n");
        for text in [text, lines] {
            let certificate = Certificate::read(text.as_bytes(), password).unwrap();
            assert_eq!(certificate.thumbprint(), Certificate::read(&file(name), password).unwrap().thumbprint());
        }
    }
}

#[test]
fn a_wrong_password_is_told_from_a_missing_one() {
    for name in ["modern.pfx", "triple-des.pfx", "rc2.pfx", "encrypted.pem"] {
        assert!(refused(name, "guess").message().contains("wrong"), "{name}");
        assert!(refused(name, "").advice().contains("-CertificatePassword"), "{name}");
    }
}

#[test]
fn a_file_that_lacks_something_says_what() {
    assert!(refused("no-key.pfx", "correct").message().contains("no private key"));
    assert!(refused("no-certificate.pfx", "correct").message().contains("no certificate"));
    assert!(refused("mismatched.pem", "").message().contains("belongs to none"));
}

#[test]
fn keys_that_entra_id_does_not_take_are_named() {
    assert!(refused("short.pem", "").message().contains("too short"));
    assert!(refused("ec.pem", "").message().contains("not an RSA key"));
    assert!(refused("old-encrypted.pem", "correct").advice().contains("openssl pkcs8 -topk8"));
}

#[test]
fn bytes_that_are_no_certificate_are_refused() {
    let pfx = file("modern.pfx");
    for bytes in
        [&b""[..], b"hello", b"-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n", &pfx[..pfx.len() / 2]]
    {
        assert_eq!(Certificate::read(bytes, "correct").unwrap_err().code(), Code::CertificateUnusable);
    }
}

#[test]
fn a_certificate_outside_its_time_is_refused_with_the_date() {
    let valid = |name| Certificate::read(&file(name), "").unwrap().check_valid(SystemTime::now());
    let expired = valid("expired.pem").unwrap_err();
    assert!(expired.message().contains("expired on 2021-01-01"), "{expired}");
    let early = valid("early.pem").unwrap_err();
    assert!(early.message().contains("not valid before 2090-01-01"), "{early}");
}
