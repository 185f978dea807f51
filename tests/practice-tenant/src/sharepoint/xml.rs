//! XML of a `ProcessQuery`, read into a small tree.
//! Knows XML only. Promises to refuse what is not well-formed, and trees deeper than any client sends.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// An element without its namespace prefix.
#[derive(Clone, Debug, Default)]
pub(super) struct Element {
    pub(super) name: String,
    attributes: Vec<(String, String)>,
    pub(super) children: Vec<Element>,
    pub(super) text: String,
}

const DEEPEST: usize = 32;

impl Element {
    /// An attribute's value.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// A number in an attribute.
    pub(super) fn number(&self, name: &str) -> Option<i64> {
        self.attribute(name)?.parse().ok()
    }

    /// The first child of this name.
    pub(super) fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }
}

/// Reads a document; `None` where it is not well-formed.
pub(super) fn parse(bytes: &[u8]) -> Option<Element> {
    let text = std::str::from_utf8(bytes).ok()?;
    let mut reader = Reader::from_str(text.trim_start_matches('\u{FEFF}'));
    let mut open: Vec<Element> = vec![Element::default()];
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) => {
                open.push(element(&start)?);
                if open.len() > DEEPEST {
                    return None;
                }
            }
            Event::Empty(start) => open.last_mut()?.children.push(element(&start)?),
            Event::End(_) => {
                let done = open.pop()?;
                open.last_mut()?.children.push(done);
            }
            Event::Text(piece) => open.last_mut()?.text.push_str(&piece),
            Event::CData(piece) => open.last_mut()?.text.push_str(&piece),
            Event::GeneralRef(reference) => open.last_mut()?.text.push_str(&resolved(&reference)?),
            // A document type could define entities without end; the service takes none.
            Event::DocType(_) => return None,
            Event::Decl(_) | Event::Comment(_) | Event::PI(_) => {}
            Event::Eof => break,
        }
    }
    let document = open.pop().filter(|_| open.is_empty())?;
    let [root] = <[Element; 1]>::try_from(document.children).ok()?;
    document.text.trim().is_empty().then_some(root)
}

fn resolved(reference: &quick_xml::events::BytesRef<'_>) -> Option<String> {
    if let Some(letter) = reference.resolve_char_ref().ok()? {
        return Some(letter.to_string());
    }
    quick_xml::escape::resolve_xml_entity(reference).map(str::to_owned)
}

fn element(start: &BytesStart<'_>) -> Option<Element> {
    let name = start.local_name().into_inner().to_owned();
    let mut attributes = Vec::new();
    for attribute in start.attributes() {
        let attribute = attribute.ok()?;
        let key = attribute.key.local_name().into_inner().to_owned();
        attributes.push((key, quick_xml::escape::unescape(&attribute.value).ok()?.into_owned()));
    }
    Some(Element { name, attributes, ..Element::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_entities_and_text_are_read() {
        let root = parse(b"<?xml version=\"1.0\"?><a x='1 &amp; 2'><b>o&#39;brien &lt;x&gt;</b><c/></a>").unwrap();
        assert_eq!(root.attribute("x"), Some("1 & 2"));
        assert_eq!(root.child("b").unwrap().text, "o'brien <x>");
        assert_eq!(root.children.len(), 2);
    }

    #[test]
    fn what_is_not_well_formed_is_refused() {
        let deep = "<a>".repeat(100_000);
        for text in ["", "<a>", "<a></b>", "<a/><b/>", "<a>&nope;</a>", "<!DOCTYPE a><a/>", "text", "\u{0}", &deep] {
            assert!(parse(text.as_bytes()).is_none(), "{text:.20}");
        }
        assert!(parse(&[0xFF, 0xFE]).is_none());
    }
}
