//! Links from page to page. A service under load may let one lead back; it is then followed again, but not for ever.

use std::collections::HashSet;

use crate::error::{Code, Error, Result};

/// How often a link may lead back to a page that was read.
const MOST: u32 = 10;

/// The pages of a list that were read.
#[derive(Debug, Default)]
pub struct Pages {
    followed: HashSet<String>,
    back: u32,
}

impl Pages {
    /// Notes a link that is about to be followed. [`Code::ProtocolViolation`] when links lead back again and again.
    pub fn follow(&mut self, link: &str) -> Result<()> {
        if self.followed.insert(link.to_owned()) {
            return Ok(());
        }
        self.back += 1;
        if self.back > MOST {
            return Err(Error::new(Code::ProtocolViolation, "The pages of a list lead in a circle."));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_may_lead_back_a_few_times_and_a_circle_is_an_error() {
        let mut pages = Pages::default();
        for link in 0..2_000 {
            pages.follow(&link.to_string()).unwrap();
        }
        for _ in 0..MOST {
            pages.follow("7").unwrap();
        }
        assert_eq!(pages.follow("8").unwrap_err().code(), Code::ProtocolViolation);
    }
}
