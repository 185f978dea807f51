//! The one error type of the library.
//! Knows nobody. Promises a stable code, a sentence that says what happened, one that says what to do next, and no secret in either.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use serde_json::{Value, json};

/// The result of everything that can fail here.
pub type Result<T, E = Error> = std::result::Result<T, E>;

macro_rules! codes {
    ($(#[doc = $meaning:literal] $name:ident = $number:literal, $advice:literal;)*) => {
        /// What went wrong, as a number that never changes its meaning. New numbers are only ever added.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(i32)]
        pub enum Code { $(#[doc = $meaning] $name = $number,)* }

        impl Code {
            /// Every code, in the order of the source.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The code's name, the same in Rust, C, PowerShell and the documents.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)* }
            }

            /// What went wrong, in one sentence.
            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$name => $meaning.trim_ascii(),)* }
            }

            /// What to do next when nothing more particular is known.
            #[must_use]
            pub const fn advice(self) -> &'static str {
                match self { $(Self::$name => $advice,)* }
            }
        }
    };
}

codes! {
    /// A parameter or a field of a request is wrong.
    InvalidArgument = 1, "Correct the value that the message names.";
    /// A handle is NULL, was freed, or is of another kind.
    InvalidHandle = 2, "Pass a handle that this library gave and that was not freed.";
    /// A defect of this library.
    Internal = 3, "This is a defect: please report it with the message and the causes.";
    /// The caller cancelled the job.
    Cancelled = 4, "Start the job again; what was done stays done.";
    /// The job still runs.
    Pending = 5, "Wait for the job to end.";
    /// The session is not signed in.
    NotConnected = 6, "Connect first (Connect-M365ProfilePhoto).";
    /// The identity service refused the credential.
    SignInFailed = 10, "Check tenant, client id and credential.";
    /// A certificate or its private key cannot be used.
    CertificateUnusable = 11, "Give a PFX or PEM file with a valid certificate and its private key.";
    /// The service refused the token.
    TokenRejected = 12, "Connect again; check that the hosts belong to the tenant.";
    /// The app lacks a right.
    PermissionDenied = 13, "Grant the app the right that the message names; see docs/permissions.md.";
    /// Nobody has this identity.
    PersonNotFound = 20, "Check the user principal name or object id.";
    /// The person has no photo at the source.
    PhotoNotFound = 21, "Nothing to do, unless the person should have a photo in Exchange Online.";
    /// SharePoint has no profile of this person (yet).
    ProfileNotFound = 22, "SharePoint makes profiles within a day of the account; try again later.";
    /// The bytes are not a picture, or a damaged one.
    PictureUnreadable = 30, "Replace the photo by an intact JPEG or PNG.";
    /// A picture in a format that is not supported.
    PictureUnsupported = 31, "Convert the picture to JPEG or PNG.";
    /// A picture over the limits.
    PictureTooLarge = 32, "Use a picture of at most 50 megapixels and 16384 pixels a side.";
    /// The host cannot be reached.
    ConnectionFailed = 40, "Check network, proxy and host names.";
    /// The host's TLS certificate is not trusted.
    UntrustedHost = 41, "Check that nothing intercepts the connection; a private authority goes into the environment file.";
    /// The service did not answer in time.
    TimedOut = 42, "Try again; a slow proxy may need a longer -TimeoutSeconds.";
    /// The service refuses more requests for now.
    Throttled = 43, "Start the same command again after the time that the service asked for.";
    /// The service fails.
    ServiceFailed = 44, "Try again later; check the service health page.";
    /// The service answered something that makes no sense.
    ProtocolViolation = 45, "Check that the host is the real service and no proxy answers in its place.";
    /// The service answered more than this library takes.
    AnswerTooLarge = 46, "Check that the host is the real service and no proxy answers in its place.";
    /// The picture library or its folder was not found.
    LibraryNotFound = 50, "Check the my-site host; a library without a folder is made when the first person's picture is synchronised by SharePoint.";
    /// A write was accepted and did not take.
    WriteNotConfirmed = 51, "Start the same command again for this person.";
    /// A file is locked or checked out.
    FileLocked = 52, "Try again later.";
    /// Another run holds the state file.
    StateInUse = 60, "Wait for the other run, or give this one a -StatePath of its own.";
    /// The state file is damaged.
    StateDamaged = 61, "The damaged file was moved aside; start again.";
    /// More removals than allowed.
    RemovalLimitReached = 70, "Look at the people whose photo is gone; if it is right, raise -MaximumRemovals.";
    /// An unusual share of people without photo.
    SourceSuspicious = 71, "Check the source before the next run: nothing was removed.";
    /// A local file cannot be read or written.
    FileAccess = 80, "Check the path and the rights on it.";
}

/// An error with what an admin needs to know about it.
#[derive(Clone, Debug)]
pub struct Error(Box<Inner>);

#[derive(Clone, Debug)]
struct Inner {
    code: Code,
    message: Cow<'static, str>,
    advice: Option<Cow<'static, str>>,
    user: Option<String>,
    http_status: Option<u16>,
    retry_after: Option<Duration>,
    service_code: Option<String>,
    request_id: Option<String>,
    causes: Vec<String>,
}

impl Error {
    /// An error with its code and a sentence that says what happened.
    pub fn new(code: Code, message: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Inner {
            code,
            message: message.into(),
            advice: None,
            user: None,
            http_status: None,
            retry_after: None,
            service_code: None,
            request_id: None,
            causes: Vec::new(),
        }))
    }

    /// Says what to do next, where more is known than the code's own advice.
    #[must_use]
    pub fn with_advice(mut self, advice: impl Into<Cow<'static, str>>) -> Self {
        self.0.advice = Some(advice.into());
        self
    }

    /// Names the person.
    #[must_use]
    pub fn with_user(mut self, user: impl Into<String>) -> Self {
        self.0.user = Some(user.into());
        self
    }

    /// Keeps the HTTP status of the answer.
    #[must_use]
    pub fn with_http_status(mut self, status: u16) -> Self {
        self.0.http_status = Some(status);
        self
    }

    /// Keeps how long the service asked to wait.
    #[must_use]
    pub fn with_retry_after(mut self, wait: Option<Duration>) -> Self {
        self.0.retry_after = wait;
        self
    }

    /// Keeps the service's own error code, such as `Request_ResourceNotFound` or `AADSTS7000215`.
    #[must_use]
    pub fn with_service_code(mut self, code: impl Into<String>) -> Self {
        self.0.service_code = Some(code.into());
        self
    }

    /// Keeps the id that Microsoft's support asks for.
    #[must_use]
    pub fn with_request_id(mut self, id: Option<String>) -> Self {
        self.0.request_id = id;
        self
    }

    /// Keeps an underlying error and all that lies under it.
    #[must_use]
    pub fn with_cause(mut self, cause: &(dyn std::error::Error + 'static)) -> Self {
        let mut next = Some(cause);
        while let Some(error) = next {
            let text = error.to_string();
            if self.0.causes.last() != Some(&text) {
                self.0.causes.push(text);
            }
            next = error.source();
        }
        self
    }

    /// The stable code.
    #[must_use]
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// What happened.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// What to do next.
    #[must_use]
    pub fn advice(&self) -> &str {
        self.0.advice.as_deref().unwrap_or_else(|| self.0.code.advice())
    }

    /// The HTTP status of the answer, where there was one.
    #[must_use]
    pub fn http_status(&self) -> Option<u16> {
        self.0.http_status
    }

    /// How long the service asked to wait.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// The service's own code.
    #[must_use]
    pub fn service_code(&self) -> Option<&str> {
        self.0.service_code.as_deref()
    }

    /// The error as the C ABI hands it out; `docs/abi.md` has the shape.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let inner = &*self.0;
        json!({
            "code": inner.code as i32,
            "name": inner.code.name(),
            "message": inner.message,
            "advice": self.advice(),
            "user": inner.user,
            "httpStatus": inner.http_status,
            "retryAfterSeconds": inner.retry_after.map(|wait| wait.as_secs_f64()),
            "serviceCode": inner.service_code,
            "requestId": inner.request_id,
            "causes": inner.causes,
        })
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)?;
        if let Some(code) = &self.0.service_code {
            write!(f, " ({code})")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}
