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
    pub modified: u32,
}

/// Which of the three thumbnails are there. Sixteen bytes, since a run may hold them of a million people.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Files {
    /// When each was written, by [`Size::ALL`]; 0 where it is missing or empty.
    modified: [u32; 3],
    large_length: u32,
}

impl Files {
    /// Notes a file. An empty one counts as missing.
    pub fn put(&mut self, size: Size, stamp: FileStamp) {
        if stamp.length > 0 {
            self.modified[size as usize] = stamp.modified.max(1);
        }
        if size == Size::Large {
            self.large_length = stamp.length;
        }
    }

    /// The large thumbnail, which is the one that is compared.
    #[must_use]
    pub fn large(&self) -> Option<FileStamp> {
        let modified = self.modified[Size::Large as usize];
        (modified != 0).then_some(FileStamp { length: self.large_length, modified })
    }

    /// Seconds between the first and the last of those that are there being written.
    #[must_use]
    pub fn spread_seconds(&self) -> u32 {
        let times = || self.modified.into_iter().filter(|modified| *modified != 0);
        times().max().unwrap_or(0) - times().min().unwrap_or(0)
    }

    /// Whether all three are there, none of them empty.
    #[must_use]
    pub fn complete(&self) -> bool {
        !self.modified.contains(&0)
    }
}
