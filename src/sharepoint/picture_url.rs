//! `PictureURL`: which files a profile names, and how SharePoint writes the address.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use url::Url;

use crate::model::Size;

/// What SharePoint leaves as it is in a path segment.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b'@');

/// The name that the three thumbnails of a person share.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Stem(String);

impl Stem {
    /// The stem that SharePoint itself gives today: the object id. \[O\]
    #[must_use]
    pub fn of_object_id(id: &str) -> Self {
        Self(id.to_ascii_lowercase())
    }

    /// A stem that an earlier run found.
    #[must_use]
    pub fn remembered(key: String) -> Self {
        Self(key)
    }

    /// The stem as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The key under which files are found: names in a library do not differ by case alone.
    #[must_use]
    pub fn key(&self) -> String {
        self.0.to_lowercase()
    }

    /// Whether the stem is somebody else's object id, whose files must not be overwritten.
    #[must_use]
    pub fn belongs_to_another(&self, id: &str) -> bool {
        uuid::Uuid::parse_str(&self.0).is_ok() && !self.0.eq_ignore_ascii_case(id)
    }
}

/// The stem of the picture that `address` names, when it lies in `folder` of the library on `host`.
///
/// SharePoint writes `:443` and `%20`, other tools do not; a query is a cache-buster. All of that is looked through. \[O\]
#[must_use]
pub fn stem_of(address: &str, host: &Url, folder: &str) -> Option<Stem> {
    let address = Url::parse(address.trim()).ok()?;
    let same_host = address.host_str()?.eq_ignore_ascii_case(host.host_str()?)
        && address.port_or_known_default() == host.port_or_known_default();
    let path = decode(address.path());
    let (parent, name) = path.rsplit_once('/')?;
    if !same_host || parent.to_lowercase() != folder.trim_end_matches('/').to_lowercase() {
        return None;
    }
    let stem = split_name(name).map_or_else(|| name.rsplit_once('.').map_or(name, |(stem, _)| stem), |(stem, _)| stem);
    (!stem.is_empty()).then(|| Stem(stem.to_owned()))
}

/// Splits a file name of the library into stem and size.
#[must_use]
pub(super) fn split_name(name: &str) -> Option<(&str, Size)> {
    let suffix_at = name.len().checked_sub("_SThumb.jpg".len())?;
    let (stem, suffix) = name.split_at_checked(suffix_at)?;
    let size =
        Size::ALL.into_iter().find(|size| suffix.eq_ignore_ascii_case(&format!("_{}Thumb.jpg", size.letter())))?;
    (!stem.is_empty()).then_some((stem, size))
}

/// The address of the medium thumbnail as SharePoint itself writes it: explicit port, escaped, no query. \[O\]
#[must_use]
pub fn picture_url(host: &Url, folder: &str, stem: &Stem) -> String {
    let path: Vec<Cow<'_, str>> = folder
        .trim_matches('/')
        .split('/')
        .chain([Size::Medium.file_name(stem.as_str()).as_str()])
        .map(|segment| utf8_percent_encode(segment, SEGMENT).to_string().into())
        .collect();
    format!(
        "{}://{}:{}/{}",
        host.scheme(),
        host.host_str().unwrap_or_default(),
        host.port_or_known_default().unwrap_or(443),
        path.join("/")
    )
}

/// Whether two addresses name the same file.
#[must_use]
pub fn same_address(left: &str, right: &str) -> bool {
    let parts = |text: &str| {
        let url = Url::parse(text.trim()).ok()?;
        Some((url.host_str()?.to_lowercase(), url.port_or_known_default(), decode(url.path()).to_lowercase()))
    };
    match (parts(left), parts(right)) {
        (Some(left), Some(right)) => left == right,
        _ => left == right,
    }
}

fn decode(path: &str) -> Cow<'_, str> {
    percent_decode_str(path).decode_utf8_lossy()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FOLDER: &str = "/User Photos/Profile Pictures";

    fn host() -> Url {
        Url::parse("https://contoso-my.sharepoint.com/").unwrap()
    }

    fn stem(address: &str) -> Option<String> {
        stem_of(address, &host(), FOLDER).map(|stem| stem.0)
    }

    #[test]
    fn the_stem_is_found_however_the_address_is_written() {
        for address in [
            "https://contoso-my.sharepoint.com:443/User%20Photos/Profile%20Pictures/anna_lee_MThumb.jpg",
            "https://contoso-my.sharepoint.com/User Photos/Profile Pictures/anna_lee_MThumb.jpg?t=63783110969",
            "https://CONTOSO-MY.sharepoint.com/user%20photos/profile%20pictures/anna_lee_lthumb.JPG",
        ] {
            assert_eq!(stem(address).as_deref(), Some("anna_lee"), "{address}");
        }
    }

    #[test]
    fn a_picture_elsewhere_has_no_stem() {
        for address in [
            "",
            "not an address",
            "https://example.com/User%20Photos/Profile%20Pictures/a_MThumb.jpg",
            "https://contoso-my.sharepoint.com:8443/User%20Photos/Profile%20Pictures/a_MThumb.jpg",
            "https://contoso-my.sharepoint.com/Shared%20Documents/a_MThumb.jpg",
            "https://contoso-my.sharepoint.com/User%20Photos/Profile%20Pictures/",
        ] {
            assert_eq!(stem(address), None, "{address}");
        }
    }

    #[test]
    fn a_file_without_size_in_its_name_gives_its_whole_name() {
        let address = "https://contoso-my.sharepoint.com/User%20Photos/Profile%20Pictures/guest.png";
        assert_eq!(stem(address).as_deref(), Some("guest"));
    }

    #[test]
    fn addresses_are_written_as_sharepoint_writes_them_and_read_back() {
        let stem = Stem("o'brien_zo\u{eb}#1".into());
        let url = picture_url(&host(), FOLDER, &stem);
        assert!(url.starts_with(
            "https://contoso-my.sharepoint.com:443/User%20Photos/Profile%20Pictures/o%27brien_zo%C3%AB%231"
        ));
        assert_eq!(stem_of(&url, &host(), FOLDER), Some(stem));
    }

    #[test]
    fn the_same_file_is_recognised_in_two_spellings() {
        let left = "https://contoso-my.sharepoint.com:443/User%20Photos/Profile%20Pictures/A_MThumb.jpg";
        let right = "https://contoso-my.sharepoint.com/User Photos/Profile Pictures/a_mthumb.jpg?t=1";
        assert!(same_address(left, right));
        assert!(!same_address(left, "https://contoso-my.sharepoint.com/User Photos/Profile Pictures/b_MThumb.jpg"));
    }

    #[test]
    fn somebody_elses_object_id_is_no_stem_to_overwrite() {
        let mine = "11111111-2222-3333-4444-555555555555";
        assert!(!Stem(mine.to_uppercase()).belongs_to_another(mine));
        assert!(!Stem("anna_lee_contoso_com".into()).belongs_to_another(mine));
        assert!(Stem("99999999-2222-3333-4444-555555555555".into()).belongs_to_another(mine));
    }
}
