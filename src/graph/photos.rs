//! Photos: the metadata that tells of a change, and the bytes.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::Graph;
use super::batch::Part;
use crate::error::{Code, Error, Result};
use crate::model::Photo;

const PHOTO_RIGHT: &str = "ProfilePhoto.Read.All or User.Read.All";

/// A photo's bytes; `None` where the source says that there is none.
pub type PhotoBytes = Option<Vec<u8>>;

impl Graph {
    /// The photo's metadata of up to twenty people by object id, in their order; `None` for "no photo".
    pub async fn photo_tags(&self, ids: &[String]) -> Result<Vec<Result<Option<Photo>>>> {
        let paths: Vec<String> = ids.iter().map(|id| format!("/users/{id}/photo")).collect();
        Ok(self.batch_get(&paths).await?.into_iter().map(|part| tag_of(&part?)).collect())
    }

    /// The largest photo's bytes of up to twenty people by object id, in their order.
    pub async fn photo_bytes(&self, ids: &[String]) -> Result<Vec<Result<PhotoBytes>>> {
        let paths: Vec<String> = ids.iter().map(|id| format!("/users/{id}/photo/$value")).collect();
        match self.batch_get(&paths).await {
            Ok(parts) => Ok(parts.into_iter().map(|part| bytes_of(&part?)).collect()),
            // A photo may have 4 MB \[D\], and twenty of those are more than one answer may have.
            Err(error) if error.code() == Code::AnswerTooLarge && ids.len() > 1 => {
                let (first, second) = ids.split_at(ids.len() / 2);
                let mut photos = Box::pin(self.photo_bytes(first)).await?;
                photos.extend(Box::pin(self.photo_bytes(second)).await?);
                Ok(photos)
            }
            Err(error) => Err(error),
        }
    }
}

fn tag_of(part: &Part) -> Result<Option<Photo>> {
    if part.refusal().says_no_photo() {
        return Ok(None);
    }
    if part.status != 200 {
        return Err(part.refusal().to_error("read this person's photo", PHOTO_RIGHT));
    }
    let text = |name: &str| part.body.get(name).and_then(Value::as_str).unwrap_or_default();
    let pixels = |name: &str| part.body.get(name).and_then(Value::as_u64).and_then(|n| u32::try_from(n).ok());
    let (Some(width), Some(height)) = (pixels("width"), pixels("height")) else {
        return Err(Error::new(Code::ProtocolViolation, "Microsoft Graph's photo metadata has no width and height."));
    };
    // The reference shows "no photo" as a picture of one pixel under status 200. [D]
    if width <= 1 && height <= 1 {
        return Ok(None);
    }
    Ok(Some(Photo {
        etag: text("@odata.mediaEtag").trim_start_matches("W/").trim_matches('"').to_owned(),
        content_type: text("@odata.mediaContentType").to_owned(),
        width,
        height,
    }))
}

fn bytes_of(part: &Part) -> Result<PhotoBytes> {
    if part.refusal().says_no_photo() {
        return Ok(None);
    }
    if part.status != 200 {
        return Err(part.refusal().to_error("read this person's photo", PHOTO_RIGHT));
    }
    let nonsense =
        || Error::new(Code::ProtocolViolation, "Microsoft Graph's photo is not base64 in the batch's answer.");
    let text = part.body.as_str().ok_or_else(nonsense)?;
    STANDARD.decode(text).map(Some).map_err(|error| nonsense().with_cause(&error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn tag(status: u16, body: Value) -> Result<Option<Photo>> {
        tag_of(&Part { status, body })
    }

    #[test]
    fn metadata_gives_the_change_token_without_its_quotes() {
        let body = json!({ "@odata.mediaContentType": "image/jpeg", "@odata.mediaEtag": "W/\"0A1B\"", "id": "648x648", "width": 648, "height": 648 });
        let photo = tag(200, body).unwrap().unwrap();
        assert_eq!((photo.etag.as_str(), photo.width), ("0A1B", 648));
    }

    #[test]
    fn a_picture_of_one_pixel_is_no_photo() {
        let body = json!({ "@odata.mediaContentType": "image/gif", "@odata.mediaEtag": "", "id": "1x1", "width": 1, "height": 1 });
        assert_eq!(tag(200, body).unwrap(), None);
    }

    #[test]
    fn a_refusal_is_an_error_and_names_the_right() {
        let body = json!({ "error": { "code": "ErrorAccessDenied", "message": "Access is denied." } });
        let error = tag(403, body).unwrap_err();
        assert_eq!(error.code(), Code::PermissionDenied);
        assert!(error.advice().contains("ProfilePhoto.Read.All"));
    }

    #[test]
    fn metadata_without_dimensions_is_an_error_and_not_a_missing_photo() {
        assert_eq!(tag(200, json!({})).unwrap_err().code(), Code::ProtocolViolation);
    }

    #[test]
    fn bytes_that_are_no_base64_are_an_error() {
        let bytes = |body| bytes_of(&Part { status: 200, body });
        assert_eq!(bytes(json!("AQID")).unwrap(), Some(vec![1, 2, 3]));
        assert_eq!(bytes(json!("***")).unwrap_err().code(), Code::ProtocolViolation);
        assert_eq!(bytes(json!({})).unwrap_err().code(), Code::ProtocolViolation);
    }
}
