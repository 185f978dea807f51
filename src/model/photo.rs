//! What each side holds of a person's picture.

/// The photo at the source, without its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Photo {
    /// Graph's change token, quotes removed; empty where the service gave none.
    pub etag: String,
    /// Media type.
    pub content_type: String,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
}

/// What SharePoint's profile of a person says about the picture.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    /// Entra object id (`msOnline-ObjectId`), lower case; empty where the profile has none.
    pub object_id: String,
    /// `PictureURL`: address of the medium thumbnail, or empty.
    pub picture_url: String,
    /// `SPS-PicturePlaceholderState`: `0` picture set, `1` placeholder in use, empty never touched.
    pub placeholder_state: String,
    /// `SPS-PictureTimestamp`: seconds since the year 1, or empty.
    pub timestamp: String,
    /// `SPS-PictureExchangeSyncState`: `1` follows Exchange, `0` does not.
    pub exchange_sync_state: String,
}

/// The three thumbnails that SharePoint keeps of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Size {
    /// 48 pixels.
    Small,
    /// 72 pixels; the one that `PictureURL` names.
    Medium,
    /// 300 pixels.
    Large,
}

impl Size {
    /// All three, the largest last: it is the one that is compared, so its presence proves the other two.
    pub const ALL: [Self; 3] = [Self::Small, Self::Medium, Self::Large];

    /// Side of the square in pixels. Small and medium are undisputed, large is 200, 240 or 300 by source. \[O\]
    #[must_use]
    pub const fn side(self) -> u16 {
        match self {
            Self::Small => 48,
            Self::Medium => 72,
            Self::Large => 300,
        }
    }

    /// The letter in the file name.
    #[must_use]
    pub const fn letter(self) -> char {
        match self {
            Self::Small => 'S',
            Self::Medium => 'M',
            Self::Large => 'L',
        }
    }

    /// File name of the thumbnail for a stem.
    #[must_use]
    pub fn file_name(self, stem: &str) -> String {
        format!("{stem}_{}Thumb.jpg", self.letter())
    }
}

/// What identifies the content of a file without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileStamp {
    /// Bytes.
    pub length: u32,
    /// Last change, seconds since 1970.
    pub modified: i64,
}

/// Which of the three thumbnails are there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Files {
    /// 48 pixels.
    pub small: Option<FileStamp>,
    /// 72 pixels.
    pub medium: Option<FileStamp>,
    /// 300 pixels.
    pub large: Option<FileStamp>,
}

impl Files {
    /// The slot of a size.
    pub fn slot(&mut self, size: Size) -> &mut Option<FileStamp> {
        match size {
            Size::Small => &mut self.small,
            Size::Medium => &mut self.medium,
            Size::Large => &mut self.large,
        }
    }

    /// Seconds between the first and the last of the three being written.
    #[must_use]
    pub fn spread_seconds(&self) -> i64 {
        let times = || [self.small, self.medium, self.large].into_iter().flatten().map(|stamp| stamp.modified);
        times().max().unwrap_or(0) - times().min().unwrap_or(0)
    }

    /// Whether all three are there, none of them empty.
    #[must_use]
    pub fn complete(&self) -> bool {
        [self.small, self.medium, self.large].into_iter().all(|stamp| stamp.is_some_and(|stamp| stamp.length > 0))
    }
}
