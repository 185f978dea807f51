//! Graph's error bodies, and the one question that must never be answered wrongly: is it "no photo"?

use serde_json::Value;

use crate::error::{Code, Error};

/// The status and error body of an answer or of a part of a batch.
#[derive(Debug)]
pub(super) struct Refusal<'a> {
    pub(super) status: u16,
    pub(super) body: &'a Value,
}

/// Codes by which Graph says that a known person has no photo. All were seen with status 404. \[O\]
const NO_PHOTO_CODES: [&str; 4] =
    ["ImageNotFound", "ErrorItemNotFound", "ErrorEntityNotFound", "ConsumerPhotoIsNotSupported"];
/// Words in the message that say the same under another code. \[O\]
const NO_PHOTO_WORDS: [&str; 2] = ["imagenotfoundexception", "photo wasn't found"];

impl Refusal<'_> {
    fn field(&self, name: &str) -> &str {
        self.body.pointer(&format!("/error/{name}")).and_then(Value::as_str).unwrap_or_default()
    }

    /// Whether the answer says that the person has no photo. Everything else is an error: taking a missing permission
    /// for "no photo" would erase faces.
    pub(super) fn says_no_photo(&self) -> bool {
        let message = self.field("message").to_lowercase();
        self.status == 404
            && (NO_PHOTO_CODES.contains(&self.field("code"))
                || NO_PHOTO_WORDS.iter().any(|words| message.contains(words)))
    }

    /// The error, with the right that is missing where one is.
    pub(super) fn to_error(&self, what: &str, right: &str) -> Error {
        let service_code = self.field("code");
        let request_id = self.body.pointer("/error/innerError/request-id").and_then(Value::as_str);
        let (code, text) = match self.status {
            401 => (Code::TokenRejected, format!("Microsoft Graph refused the token for {what}.")),
            403 => (Code::PermissionDenied, format!("The app may not {what}.")),
            404 if service_code == "Request_ResourceNotFound" => {
                (Code::PersonNotFound, "Nobody in the directory has this identity.".to_owned())
            }
            status => (Code::ServiceFailed, format!("Microsoft Graph could not {what} (HTTP {status}).")),
        };
        let mut error =
            Error::new(code, text).with_http_status(self.status).with_request_id(request_id.map(str::to_owned));
        if !service_code.is_empty() {
            error = error.with_service_code(service_code);
        }
        let message = self.field("message");
        if !message.is_empty() {
            error = error.with_cause(&std::io::Error::other(message.to_owned()));
        }
        if code == Code::PermissionDenied {
            error = error.with_advice(format!(
                "Grant the app Microsoft Graph's application permission {right}, with admin consent."
            ));
        }
        error
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn says_no_photo(status: u16, code: &str, message: &str) -> bool {
        let body = json!({ "error": { "code": code, "message": message } });
        Refusal { status, body: &body }.says_no_photo()
    }

    #[test]
    fn every_known_form_of_no_photo_is_recognised() {
        let exception = "Exception of type 'Microsoft.Fast.Profile.Core.Exception.ImageNotFoundException' was thrown.";
        assert!(says_no_photo(404, "ImageNotFound", exception));
        assert!(says_no_photo(404, "ErrorEntityNotFound", ""));
        assert!(says_no_photo(404, "ErrorItemNotFound", "The photo wasn't found."));
        assert!(says_no_photo(404, "SomethingNew", exception));
    }

    #[test]
    fn no_other_refusal_is_taken_for_no_photo() {
        assert!(!says_no_photo(403, "ErrorAccessDenied", "Access is denied."));
        assert!(!says_no_photo(403, "ImageNotFound", ""));
        assert!(!says_no_photo(404, "Request_ResourceNotFound", "Resource 'x' does not exist"));
        assert!(!says_no_photo(404, "MailboxNotEnabledForRESTAPI", "REST API is not yet supported for this mailbox."));
        assert!(!says_no_photo(404, "", ""));
        assert!(!says_no_photo(500, "ImageNotFound", "ImageNotFoundException"));
    }
}
