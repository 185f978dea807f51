//! What faults do to one request.
//! Knows answers. Promises to spoil only answers of the kind that it is about.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::http::{Ending, Reply};

/// What happens to one request.
#[derive(Clone, Debug, Default)]
pub struct Effect {
    /// Wait first.
    pub delay: Duration,
    /// Answer so, without doing what was asked.
    pub instead: Option<Instead>,
    /// How much of the answer arrives.
    pub ending: Ending,
    /// What is wrong with it.
    pub spoil: Option<Spoil>,
    /// Show what was there so long ago.
    pub stale: Duration,
    /// Where the link to the next page leads.
    pub page: Option<Paging>,
    /// The person leaves the directory just before.
    pub leaves: bool,
}

/// An answer in place of the real one.
#[derive(Clone, Debug)]
pub struct Instead {
    /// HTTP status.
    pub status: u16,
    /// Header value.
    pub retry_after: Option<String>,
    /// Body; the service's own words when absent.
    pub body: Option<(String, Vec<u8>)>,
}

/// What is wrong with an answer.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub enum Spoil {
    /// JSON that ends in the middle, though all of it arrives.
    Json,
    /// A web page in place of JSON, as a proxy that wants to be signed in to gives.
    ContentType,
    /// A picture that ends in the middle, though all of it arrives.
    CutPicture,
    /// A picture that says that it is 65,500 pixels wide and high.
    HugePicture,
}

/// Where the link to the next page leads.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub enum Paging {
    /// To the same page once more.
    Repeat,
    /// To a page that begins with the last one of this page.
    Overlap,
}

impl Spoil {
    /// The spoilt answer.
    #[must_use]
    pub fn of(self, reply: Reply) -> Reply {
        let kind = reply.content_type().to_owned();
        let is_json = kind.contains("json") && !reply.body.is_empty();
        let is_picture = kind.starts_with("image/") || reply.body.starts_with(b"\xFF\xD8");
        match self {
            Self::Json if is_json => cut(reply),
            Self::ContentType if is_json => {
                let page = b"<!DOCTYPE html><html><body>Please sign in to the network.</body></html>".to_vec();
                Reply { body: page, ..reply }.with("content-type", "text/html")
            }
            Self::CutPicture if is_picture => cut(reply),
            Self::HugePicture if is_picture => Reply { body: huge(reply.body), ..reply },
            _ => reply,
        }
    }
}

fn cut(reply: Reply) -> Reply {
    let half = reply.body.len() / 2;
    let mut body = reply.body;
    body.truncate(half);
    Reply { body, ..reply }
}

/// The picture with other dimensions in its JPEG frame header or PNG header.
fn huge(mut picture: Vec<u8>) -> Vec<u8> {
    const SIDE: [u8; 2] = 65_500_u16.to_be_bytes();
    let jpeg = picture.windows(2).position(|pair| pair[0] == 0xFF && matches!(pair[1], 0xC0..=0xC2));
    if let Some(sides) = jpeg.and_then(|at| picture.get_mut(at + 5..at + 9)) {
        sides.copy_from_slice(&[SIDE, SIDE].concat());
    } else if let Some(sides) = picture.get_mut(16..24).filter(|_| jpeg.is_none()) {
        sides.copy_from_slice(&[[0; 2], SIDE, [0; 2], SIDE].concat());
    }
    picture
}
