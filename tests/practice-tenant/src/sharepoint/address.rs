//! Addresses such as `/_api/web/GetFileByServerRelativePath(DecodedUrl=@f)/$value?@f='…'`, taken apart.
//! Knows the grammar, not what the names mean. Promises to read literals, aliases and doubled quotes alike.

use percent_encoding::percent_decode_str;

use crate::http::Call;

/// A segment of an address: a name and its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Segment {
    /// In lower case.
    pub(super) name: String,
    /// Argument names in lower case; positional ones have none.
    arguments: Vec<(Option<String>, Argument)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Argument {
    Text(String),
    Word(String),
}

impl Segment {
    /// The text argument of this name, or the positional one at `place`.
    pub(super) fn text(&self, name: &str, place: usize) -> Option<&str> {
        match self.find(name, place)? {
            Argument::Text(text) => Some(text),
            Argument::Word(_) => None,
        }
    }

    /// The argument as it stands, such as `true` or a GUID.
    pub(super) fn word(&self, name: &str, place: usize) -> Option<&str> {
        match self.find(name, place)? {
            Argument::Text(text) | Argument::Word(text) => Some(text),
        }
    }

    fn find(&self, name: &str, place: usize) -> Option<&Argument> {
        let named =
            self.arguments.iter().find(|(key, _)| key.as_deref().is_some_and(|key| key.eq_ignore_ascii_case(name)));
        let positional = || self.arguments.get(place).filter(|(key, _)| key.is_none());
        named.or_else(positional).map(|(_, value)| value)
    }
}

/// Takes the address of a request apart; `None` where it follows no grammar.
pub(super) fn parse(call: &Call) -> Option<Vec<Segment>> {
    let decoded = percent_decode_str(&call.path).decode_utf8().ok()?;
    let mut letters = decoded.chars().peekable();
    let mut segments = Vec::new();
    while let Some(letter) = letters.next() {
        if letter == '/' {
            continue;
        }
        let mut name = letter.to_string();
        let mut arguments = Vec::new();
        while let Some(next) = letters.next_if(|next| *next != '/') {
            if next == '(' {
                arguments = list(&mut letters, call)?;
            } else {
                name.push(next);
            }
        }
        segments.push(Segment { name: name.to_lowercase(), arguments });
    }
    Some(segments)
}

type Letters<'a> = std::iter::Peekable<std::str::Chars<'a>>;

/// Arguments up to the closing parenthesis.
fn list(letters: &mut Letters<'_>, call: &Call) -> Option<Vec<(Option<String>, Argument)>> {
    let mut arguments = Vec::new();
    loop {
        while letters.next_if(|letter| matches!(letter, ' ' | ',')).is_some() {}
        if letters.next_if_eq(&')').is_some() {
            return Some(arguments);
        }
        let first = value(letters)?;
        let name = match first {
            Argument::Word(word) if letters.next_if_eq(&'=').is_some() => Some(word.to_lowercase()),
            other => {
                arguments.push((None, resolved(other, call)?));
                continue;
            }
        };
        arguments.push((name, resolved(value(letters)?, call)?));
    }
}

fn value(letters: &mut Letters<'_>) -> Option<Argument> {
    if letters.next_if_eq(&'\'').is_some() {
        return quoted(letters).map(Argument::Text);
    }
    let mut word = String::new();
    while let Some(next) = letters.next_if(|next| !matches!(next, ',' | ')' | '=' | '\'')) {
        word.push(next);
    }
    if word.eq_ignore_ascii_case("guid") && letters.next_if_eq(&'\'').is_some() {
        return quoted(letters).map(Argument::Text);
    }
    let word = word.trim().to_owned();
    (!word.is_empty()).then_some(Argument::Word(word))
}

fn quoted(letters: &mut Letters<'_>) -> Option<String> {
    let mut text = String::new();
    loop {
        match letters.next()? {
            '\'' if letters.next_if_eq(&'\'').is_some() => text.push('\''),
            '\'' => return Some(text),
            other => text.push(other),
        }
    }
}

/// An alias stands for a parameter of the query.
fn resolved(argument: Argument, call: &Call) -> Option<Argument> {
    match argument {
        Argument::Word(word) if word.starts_with('@') => {
            let text = call.parameter(&word)?;
            value(&mut text.trim().chars().peekable())
        }
        other => Some(other),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, Method};

    use super::*;

    fn parsed(path: &str, query: &str) -> Option<Vec<Segment>> {
        let call = Call {
            origin: String::new(),
            method: Method::GET,
            path: path.into(),
            query: query.into(),
            headers: HeaderMap::new(),
            body: Vec::new(),
        };
        parse(&call)
    }

    #[test]
    fn literals_aliases_and_encodings_mean_the_same() {
        for (path, query) in [
            ("/_api/web/GetFileByServerRelativePath(DecodedUrl='/User Photos/o''brien.jpg')/$value", ""),
            ("/_api/web/getFileByServerRelativePath(decodedUrl='%2FUser%20Photos%2Fo%27%27brien.jpg')/$value", ""),
            (
                "/_api/web/GetFileByServerRelativePath(DecodedUrl=@f)/$value",
                "@f=%27%2FUser%20Photos%2Fo%27%27brien.jpg%27",
            ),
            ("/_api/web/GetFileByServerRelativePath(@f)/$value", "$select=Name&%40f='/User+Photos/o''brien.jpg'"),
        ] {
            let segments = parsed(path, query).unwrap();
            assert_eq!(segments.len(), 4, "{path}");
            assert_eq!(segments[2].text("decodedurl", 0), Some("/User Photos/o'brien.jpg"), "{path}");
        }
    }

    #[test]
    fn several_arguments_are_told_apart() {
        let segments = parsed("/Files/Add(url='a, (b).jpg',%20overwrite=true)", "").unwrap();
        assert_eq!(segments[1].text("url", 0), Some("a, (b).jpg"));
        assert_eq!(segments[1].word("overwrite", 1), Some("true"));
        let by_id = parsed("/GetFileById(guid'11111111-2222-3333-4444-555555555555')", "").unwrap();
        assert_eq!(by_id[0].text("uniqueid", 0), Some("11111111-2222-3333-4444-555555555555"));
    }

    #[test]
    fn broken_addresses_are_refused() {
        for path in ["/a('b", "/a(b", "/a(@x)", "/a(=)", "/%FF", "/a(b=c=d)"] {
            assert!(parsed(path, "").is_none(), "{path}");
        }
    }
}
