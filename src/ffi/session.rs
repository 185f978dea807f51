//! Sessions, and the jobs that they start.

use crate::engine::{CredentialKind, Job, Session};
use crate::error::{Code, Error, Result};
use crate::ffi::buffer::{Buffer, m365photo_buffer};
use crate::ffi::error::{ErrorOut, m365photo_error};
use crate::ffi::guard;
use crate::ffi::job::m365photo_job;
use crate::ffi::parameters::{Out, bytes, text};
use crate::ffi::registry::{self, Handle, Kind, Registry};

/// A PFX or PEM file with a certificate and its private key, or either as base64; the password may be empty.
pub const M365PHOTO_CREDENTIAL_CERTIFICATE: u32 = 1;
/// A client secret: good for Microsoft Graph, refused by SharePoint.
pub const M365PHOTO_CREDENTIAL_CLIENT_SECRET: u32 = 2;
/** An access token that somebody else got; call once for each host. */
pub const M365PHOTO_CREDENTIAL_ACCESS_TOKEN: u32 = 3;
/** What the pipeline's or the machine's own endpoint wants to see; goes with `pipeline` or `managedIdentity` in the config. */
pub const M365PHOTO_CREDENTIAL_REQUEST_TOKEN: u32 = 4;
/** The password of the user that the proxy's address names. */
pub const M365PHOTO_CREDENTIAL_PROXY_PASSWORD: u32 = 5;
/** A certificate (DER) whose private key the caller holds and signs with; see m365photo_session_signature_wanted. */
pub const M365PHOTO_CREDENTIAL_CERTIFICATE_OF_CALLER: u32 = 6;

const _: () = assert!(M365PHOTO_CREDENTIAL_CERTIFICATE == CredentialKind::Certificate as u32);
const _: () = assert!(M365PHOTO_CREDENTIAL_CLIENT_SECRET == CredentialKind::ClientSecret as u32);
const _: () = assert!(M365PHOTO_CREDENTIAL_ACCESS_TOKEN == CredentialKind::AccessToken as u32);
const _: () = assert!(M365PHOTO_CREDENTIAL_REQUEST_TOKEN == CredentialKind::RequestToken as u32);
const _: () = assert!(M365PHOTO_CREDENTIAL_PROXY_PASSWORD == CredentialKind::ProxyPassword as u32);
const _: () = assert!(M365PHOTO_CREDENTIAL_CERTIFICATE_OF_CALLER == CredentialKind::CertificateOfCaller as u32);

/// One tenant, one credential, and the jobs that run on it.
///
/// Methods: m365photo_session_new, m365photo_session_set_credential, m365photo_session_signature_wanted,
/// m365photo_session_give_signature, m365photo_connect_start, m365photo_check_start, m365photo_fetch_start,
/// m365photo_compare_start, m365photo_sync_start, m365photo_session_context, m365photo_session_runs, m365photo_session_free.
pub struct m365photo_session {
    _opaque: (),
}

impl Handle for m365photo_session {
    type Object = Session;
    const KIND: Kind = Kind::Session;

    fn registry() -> &'static Registry<Session> {
        static SESSIONS: Registry<Session> = Registry::new();
        &SESSIONS
    }
}

/// Makes a session. Nothing is sent. Any thread; reads the files that the config names, and nothing else.
///
/// @param config         The config, JSON; NULL when `config_length` is 0.
/// @param config_length  Its bytes.
/// @param session        Receives the session, to be freed with m365photo_session_free.
/// @param error          Receives an error to be freed; may be NULL.
/// @return  M365PHOTO_OK; M365PHOTO_INVALID_ARGUMENT when the config is wrong; M365PHOTO_FILE_ACCESS,
///          M365PHOTO_CERTIFICATE_UNUSABLE when a file that it names is.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn m365photo_session_new(
    config: *const u8,
    config_length: u32,
    session: *mut *mut m365photo_session,
    error: *mut *mut m365photo_error,
) -> i32 {
    // SAFETY: the caller lends out-parameters until the call is over.
    let error = unsafe { ErrorOut::new(error) };
    guard::call("m365photo_session_new", error, || {
        // SAFETY: as above.
        let session = unsafe { Out::new("session", session) }?;
        // SAFETY: the caller lends `config_length` bytes until the call is over.
        let config = unsafe { text("config", config, config_length) }?;
        session.write(registry::issue(Session::new(config)?));
        Ok(())
    })
}

/// Gives a session its credential, in place of one that the config names. Nothing is sent. Any thread; returns at once.
///
/// @param session          The session.
/// @param kind             One of the M365PHOTO_CREDENTIAL_ numbers.
/// @param data             The file's bytes or the secret. Copied into memory that is wiped when it is freed; wipe your own.
/// @param length           Its bytes.
/// @param password         The password of the file, UTF-8; NULL when `password_length` is 0. Copied and wiped like `data`.
/// @param password_length  Its bytes.
/// @param error            Receives an error to be freed; may be NULL.
/// @return  M365PHOTO_OK, M365PHOTO_INVALID_HANDLE, M365PHOTO_INVALID_ARGUMENT; M365PHOTO_CERTIFICATE_UNUSABLE when it is no
///          certificate with its key, the password is wrong, or the certificate has expired.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn m365photo_session_set_credential(
    session: *const m365photo_session,
    kind: u32,
    data: *const u8,
    length: u32,
    password: *const u8,
    password_length: u32,
    error: *mut *mut m365photo_error,
) -> i32 {
    // SAFETY: the caller lends out-parameters until the call is over.
    let error = unsafe { ErrorOut::new(error) };
    guard::call("m365photo_session_set_credential", error, || {
        let session = registry::hold(session)?;
        let kind = credential_kind(kind)?;
        // SAFETY: the caller lends `length` bytes until the call is over.
        let data = unsafe { bytes("data", data, length) }?;
        // SAFETY: the caller lends `password_length` bytes until the call is over.
        let password = unsafe { text("password", password, password_length) }?;
        session.set_credential(kind, data, password)
    })
}

fn credential_kind(number: u32) -> Result<CredentialKind> {
    match number {
        M365PHOTO_CREDENTIAL_CERTIFICATE => Ok(CredentialKind::Certificate),
        M365PHOTO_CREDENTIAL_CLIENT_SECRET => Ok(CredentialKind::ClientSecret),
        M365PHOTO_CREDENTIAL_ACCESS_TOKEN => Ok(CredentialKind::AccessToken),
        M365PHOTO_CREDENTIAL_REQUEST_TOKEN => Ok(CredentialKind::RequestToken),
        M365PHOTO_CREDENTIAL_PROXY_PASSWORD => Ok(CredentialKind::ProxyPassword),
        M365PHOTO_CREDENTIAL_CERTIFICATE_OF_CALLER => Ok(CredentialKind::CertificateOfCaller),
        _ => Err(Error::new(Code::InvalidArgument, format!("{number} is no kind of credential."))),
    }
}

/// Tells what the caller of M365PHOTO_CREDENTIAL_CERTIFICATE_OF_CALLER is asked to sign. Any thread; returns at once. Ask after each
/// m365photo_job_wait: a job waits while a signature is wanted, and tokens are replaced in the middle of long runs.
///
/// @param session  The session.
/// @param buffer   Receives JSON, to be freed with m365photo_buffer_free: `null`, or `{"id": 1, "algorithm": "PS256", "text": "..."}`.
///                 PS256 is RSASSA-PSS, RS256 is RSASSA-PKCS1-v1_5; both are over the SHA-256 of the text, which is ASCII.
/// @param error    Receives an error to be freed; may be NULL.
/// @return  M365PHOTO_OK, M365PHOTO_INVALID_HANDLE, M365PHOTO_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn m365photo_session_signature_wanted(
    session: *const m365photo_session,
    buffer: *mut *mut m365photo_buffer,
    error: *mut *mut m365photo_error,
) -> i32 {
    // SAFETY: the caller lends out-parameters until the call is over.
    let error = unsafe { ErrorOut::new(error) };
    guard::call("m365photo_session_signature_wanted", error, || {
        let session = registry::hold(session)?;
        // SAFETY: as above.
        let buffer = unsafe { Out::new("buffer", buffer) }?;
        buffer.write(Buffer::json(&session.signature_wanted())?.issue());
        Ok(())
    })
}

/// Gives a signature that is wanted. Any thread; returns at once. It is checked against the certificate before it is used.
///
/// @param session    The session.
/// @param id         The id of what was signed.
/// @param signature  The signature; NULL when `length` is 0: the key cannot sign in this way, and another way may be wanted.
/// @param length     Its bytes.
/// @param error      Receives an error to be freed; may be NULL.
/// @return  M365PHOTO_OK, M365PHOTO_INVALID_HANDLE; M365PHOTO_INVALID_ARGUMENT also when nobody waits for it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn m365photo_session_give_signature(
    session: *const m365photo_session,
    id: u32,
    signature: *const u8,
    length: u32,
    error: *mut *mut m365photo_error,
) -> i32 {
    // SAFETY: the caller lends out-parameters until the call is over.
    let error = unsafe { ErrorOut::new(error) };
    guard::call("m365photo_session_give_signature", error, || {
        let session = registry::hold(session)?;
        // SAFETY: the caller lends `length` bytes until the call is over.
        let signature = unsafe { bytes("signature", signature, length) }?;
        session.give_signature(id, signature)
    })
}

/// Starts a job that signs in and finds the picture library. Any thread; returns at once.
/// Where SharePoint refuses for want of a right, the job ends well all the same, its result says so in `sharePointError`, and
/// what needs SharePoint fails with that error.
///
/// @param session         The session.
/// @param request         The request, JSON; NULL when `request_length` is 0.
/// @param request_length  Its bytes.
/// @param job             Receives the job, to be freed with m365photo_job_free.
/// @param error           Receives an error to be freed; may be NULL.
/// @return  M365PHOTO_OK, M365PHOTO_INVALID_HANDLE; M365PHOTO_INVALID_ARGUMENT when the request is wrong or the session lacks something.
///          How the work went is told by m365photo_job_result.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn m365photo_connect_start(
    session: *const m365photo_session,
    request: *const u8,
    request_length: u32,
    job: *mut *mut m365photo_job,
    error: *mut *mut m365photo_error,
) -> i32 {
    // SAFETY: the caller lends out-parameters until the call is over.
    let error = unsafe { ErrorOut::new(error) };
    guard::call("m365photo_connect_start", error, || {
        // SAFETY: this function promises the caller's parameters in the same words.
        unsafe { start(session, request, request_length, job, Session::connect) }
    })
}

/// Starts a job that tries whether everything is there that the other jobs need: one record for each thing, with the right that is
/// missing and where it is granted. Writes only when the request says so, and takes back what it wrote. Any thread; returns at once.
///
/// @param session         The session, connected; SharePoint may have refused.
/// @param request         The request, JSON: on whom it is tried, and whether to write; NULL when `request_length` is 0.
/// @param request_length  Its bytes.
/// @param job             Receives the job, to be freed with m365photo_job_free.
/// @param error           Receives an error to be freed; may be NULL.
/// @return  M365PHOTO_OK, M365PHOTO_INVALID_HANDLE; M365PHOTO_INVALID_ARGUMENT when the request is wrong; M365PHOTO_NOT_CONNECTED.
///          How the work went is told by m365photo_job_result.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn m365photo_check_start(
    session: *const m365photo_session,
    request: *const u8,
    request_length: u32,
    job: *mut *mut m365photo_job,
    error: *mut *mut m365photo_error,
) -> i32 {
    // SAFETY: the caller lends out-parameters until the call is over.
    let error = unsafe { ErrorOut::new(error) };
    guard::call("m365photo_check_start", error, || {
        // SAFETY: this function promises the caller's parameters in the same words.
        unsafe { start(session, request, request_length, job, Session::check) }
    })
}

/// Starts a job that tells what each side holds. Changes nothing. Any thread; returns at once.
///
/// @param session         The session, connected.
/// @param request         The request, JSON: who, and what of them.
/// @param request_length  Its bytes.
/// @param job             Receives the job, to be freed with m365photo_job_free.
/// @param error           Receives an error to be freed; may be NULL.
/// @return  M365PHOTO_OK, M365PHOTO_INVALID_HANDLE; M365PHOTO_INVALID_ARGUMENT when the request is wrong; M365PHOTO_NOT_CONNECTED.
///          How the work went is told by m365photo_job_result.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn m365photo_fetch_start(
    session: *const m365photo_session,
    request: *const u8,
    request_length: u32,
    job: *mut *mut m365photo_job,
    error: *mut *mut m365photo_error,
) -> i32 {
    // SAFETY: the caller lends out-parameters until the call is over.
    let error = unsafe { ErrorOut::new(error) };
    guard::call("m365photo_fetch_start", error, || {
        // SAFETY: this function promises the caller's parameters in the same words.
        unsafe { start(session, request, request_length, job, Session::fetch) }
    })
}

/// Starts a job that tells whose picture in SharePoint is wrong, and why. Changes nothing. Any thread; returns at once.
///
/// @param session         The session, connected.
/// @param request         The request, JSON: who.
/// @param request_length  Its bytes.
/// @param job             Receives the job, to be freed with m365photo_job_free.
/// @param error           Receives an error to be freed; may be NULL.
/// @return  M365PHOTO_OK, M365PHOTO_INVALID_HANDLE; M365PHOTO_INVALID_ARGUMENT when the request is wrong; M365PHOTO_NOT_CONNECTED.
///          How the work went is told by m365photo_job_result.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn m365photo_compare_start(
    session: *const m365photo_session,
    request: *const u8,
    request_length: u32,
    job: *mut *mut m365photo_job,
    error: *mut *mut m365photo_error,
) -> i32 {
    // SAFETY: the caller lends out-parameters until the call is over.
    let error = unsafe { ErrorOut::new(error) };
    guard::call("m365photo_compare_start", error, || {
        // SAFETY: this function promises the caller's parameters in the same words.
        unsafe { start(session, request, request_length, job, Session::compare) }
    })
}

/// Starts a job that makes SharePoint show what Exchange Online holds. Any thread; returns at once.
///
/// @param session         The session, connected.
/// @param request         The request, JSON: who, and whether only to tell what would be done.
/// @param request_length  Its bytes.
/// @param job             Receives the job, to be freed with m365photo_job_free.
/// @param error           Receives an error to be freed; may be NULL.
/// @return  M365PHOTO_OK, M365PHOTO_INVALID_HANDLE; M365PHOTO_INVALID_ARGUMENT when the request is wrong; M365PHOTO_NOT_CONNECTED.
///          How the work went is told by m365photo_job_result.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn m365photo_sync_start(
    session: *const m365photo_session,
    request: *const u8,
    request_length: u32,
    job: *mut *mut m365photo_job,
    error: *mut *mut m365photo_error,
) -> i32 {
    // SAFETY: the caller lends out-parameters until the call is over.
    let error = unsafe { ErrorOut::new(error) };
    guard::call("m365photo_sync_start", error, || {
        // SAFETY: this function promises the caller's parameters in the same words.
        unsafe { start(session, request, request_length, job, Session::sync) }
    })
}

/// What the start functions share.
///
/// # Safety
/// `request` is NULL or points to `request_length` bytes, `job` is NULL or can be written, both until the call is over.
unsafe fn start(
    session: *const m365photo_session,
    request: *const u8,
    request_length: u32,
    job: *mut *mut m365photo_job,
    operation: fn(&Session, &[u8]) -> Result<Job>,
) -> Result<()> {
    let session = registry::hold(session)?;
    // SAFETY: the caller's promise, passed on.
    let job = unsafe { Out::new("job", job) }?;
    // SAFETY: the caller's promise, passed on.
    let request = unsafe { text("request", request, request_length) }?;
    job.write(registry::issue(operation(&session, request)?));
    Ok(())
}

/// Tells who is signed in where, as JSON. Never a secret. Any thread; returns at once.
///
/// @param session  The session.
/// @param buffer   Receives the JSON, to be freed with m365photo_buffer_free.
/// @param error    Receives an error to be freed; may be NULL.
/// @return  M365PHOTO_OK, M365PHOTO_INVALID_HANDLE, M365PHOTO_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn m365photo_session_context(
    session: *const m365photo_session,
    buffer: *mut *mut m365photo_buffer,
    error: *mut *mut m365photo_error,
) -> i32 {
    // SAFETY: the caller lends out-parameters until the call is over.
    let error = unsafe { ErrorOut::new(error) };
    guard::call("m365photo_session_context", error, || {
        let session = registry::hold(session)?;
        // SAFETY: as above.
        let buffer = unsafe { Out::new("buffer", buffer) }?;
        buffer.write(Buffer::json(&session.context())?.issue());
        Ok(())
    })
}

/// Gives the summaries of the runs of this session, newest first, as a JSON array. Any thread; returns at once.
///
/// @param session  The session.
/// @param buffer   Receives the JSON, to be freed with m365photo_buffer_free.
/// @param error    Receives an error to be freed; may be NULL.
/// @return  M365PHOTO_OK, M365PHOTO_INVALID_HANDLE, M365PHOTO_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn m365photo_session_runs(
    session: *const m365photo_session,
    buffer: *mut *mut m365photo_buffer,
    error: *mut *mut m365photo_error,
) -> i32 {
    // SAFETY: the caller lends out-parameters until the call is over.
    let error = unsafe { ErrorOut::new(error) };
    guard::call("m365photo_session_runs", error, || {
        let session = registry::hold(session)?;
        // SAFETY: as above.
        let buffer = unsafe { Out::new("buffer", buffer) }?;
        buffer.write(Buffer::json(&session.runs()?)?.issue());
        Ok(())
    })
}

/// Frees a session. Its jobs go on: free or cancel them to stop them. NULL and a session that was freed are left alone.
/// Any thread; returns at once.
///
/// @param session  The session.
#[unsafe(no_mangle)]
pub extern "C" fn m365photo_session_free(session: *mut m365photo_session) {
    guard::call("m365photo_session_free", ErrorOut::none(), || {
        drop(registry::free(session));
        Ok(())
    });
}
