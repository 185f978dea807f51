//! The part of OData's `$filter` that the directory takes.
//! Knows properties of people. Promises to refuse what it does not understand instead of ignoring it.

use serde_json::{Value, json};

use super::users::property;
use crate::world::Person;

/// A parsed filter.
#[derive(Debug)]
pub(super) enum Filter {
    And(Box<Filter>, Box<Filter>),
    Or(Box<Filter>, Box<Filter>),
    Not(Box<Filter>),
    Equal(&'static str, Value),
    StartsWith(&'static str, String),
    EndsWith(&'static str, String),
    In(&'static str, Vec<Value>),
}

const PROPERTIES: [&str; 10] = [
    "id",
    "userPrincipalName",
    "mail",
    "displayName",
    "givenName",
    "surname",
    "jobTitle",
    "accountEnabled",
    "userType",
    "assignedLicenses/$count",
];

/// Deeper nesting is refused.
const DEPTH: usize = 16;

impl Filter {
    /// Reads a filter; the error says what was not understood.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let tokens = tokens(text)?;
        let mut parser = Parser { tokens: &tokens, at: 0, depth: 0 };
        let filter = parser.or()?;
        if parser.at == tokens.len() { Ok(filter) } else { Err(format!("syntax error at token {}", parser.at + 1)) }
    }

    /// Whether the person passes.
    pub(super) fn accepts(&self, person: &Person) -> bool {
        let text = |name| property(person, name).as_str().unwrap_or("").to_lowercase();
        match self {
            Self::And(a, b) => a.accepts(person) && b.accepts(person),
            Self::Or(a, b) => a.accepts(person) || b.accepts(person),
            Self::Not(inner) => !inner.accepts(person),
            Self::Equal(name, value) => equal(&property(person, name), value),
            Self::In(name, values) => values.iter().any(|value| equal(&property(person, name), value)),
            Self::StartsWith(name, start) => text(name).starts_with(&start.to_lowercase()),
            Self::EndsWith(name, end) => text(name).ends_with(&end.to_lowercase()),
        }
    }

    /// Whether the directory answers it only with `ConsistencyLevel: eventual` and `$count=true`.
    pub(super) fn is_advanced(&self) -> bool {
        match self {
            Self::Not(_) | Self::EndsWith(..) => true,
            Self::And(a, b) | Self::Or(a, b) => a.is_advanced() || b.is_advanced(),
            Self::Equal(name, value) => value.is_null() || name.ends_with("/$count"),
            Self::StartsWith(..) | Self::In(..) => false,
        }
    }
}

fn equal(have: &Value, want: &Value) -> bool {
    match (have, want) {
        (Value::String(have), Value::String(want)) => have.to_lowercase() == want.to_lowercase(),
        _ => have == want,
    }
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(String),
    Text(String),
    Open,
    Close,
    Comma,
}

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '(' => tokens.push(Token::Open),
            ')' => tokens.push(Token::Close),
            ',' => tokens.push(Token::Comma),
            '\'' => {
                let mut value = String::new();
                loop {
                    match letters.next() {
                        None => return Err("unterminated string literal".to_owned()),
                        Some('\'') if letters.next_if_eq(&'\'').is_some() => value.push('\''),
                        Some('\'') => break,
                        Some(other) => value.push(other),
                    }
                }
                tokens.push(Token::Text(value));
            }
            space if space.is_whitespace() => {}
            first => {
                let mut word = first.to_string();
                while let Some(next) =
                    letters.next_if(|next| next.is_alphanumeric() || matches!(next, '_' | '/' | '-' | '.' | ':' | '$'))
                {
                    word.push(next);
                }
                tokens.push(Token::Word(word));
            }
        }
    }
    Ok(tokens)
}

struct Parser<'a> {
    tokens: &'a [Token],
    at: usize,
    depth: usize,
}

impl Parser<'_> {
    fn or(&mut self) -> Result<Filter, String> {
        let mut left = self.and()?;
        while self.word("or") {
            left = Filter::Or(Box::new(left), Box::new(self.and()?));
        }
        Ok(left)
    }

    fn and(&mut self) -> Result<Filter, String> {
        let mut left = self.term()?;
        while self.word("and") {
            left = Filter::And(Box::new(left), Box::new(self.term()?));
        }
        Ok(left)
    }

    fn term(&mut self) -> Result<Filter, String> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err("nested too deeply".to_owned());
        }
        let filter = self.bare_term();
        self.depth -= 1;
        filter
    }

    fn bare_term(&mut self) -> Result<Filter, String> {
        if self.word("not") {
            return Ok(Filter::Not(Box::new(self.term()?)));
        }
        if self.eat(&Token::Open) {
            let inner = self.or()?;
            return self.expect(&Token::Close).map(|()| inner);
        }
        let Some(Token::Word(name)) = self.next() else { return Err("an expression was expected".to_owned()) };
        match name.to_lowercase().as_str() {
            "startswith" => self.function(Filter::StartsWith),
            "endswith" => self.function(Filter::EndsWith),
            _ => self.comparison(known(&name)?),
        }
    }

    fn function(&mut self, make: fn(&'static str, String) -> Filter) -> Result<Filter, String> {
        self.expect(&Token::Open)?;
        let Some(Token::Word(name)) = self.next() else { return Err("a property was expected".to_owned()) };
        self.expect(&Token::Comma)?;
        let Some(Token::Text(value)) = self.next() else { return Err("a string was expected".to_owned()) };
        self.expect(&Token::Close)?;
        Ok(make(known(&name)?, value))
    }

    fn comparison(&mut self, name: &'static str) -> Result<Filter, String> {
        let Some(Token::Word(operator)) = self.next() else { return Err("an operator was expected".to_owned()) };
        match operator.to_lowercase().as_str() {
            "eq" => Ok(Filter::Equal(name, self.literal()?)),
            "ne" => Ok(Filter::Not(Box::new(Filter::Equal(name, self.literal()?)))),
            "in" => {
                self.expect(&Token::Open)?;
                let mut values = vec![self.literal()?];
                while self.eat(&Token::Comma) {
                    values.push(self.literal()?);
                }
                self.expect(&Token::Close)?;
                Ok(Filter::In(name, values))
            }
            other => Err(format!("the operator '{other}' is not supported for '{name}'")),
        }
    }

    fn literal(&mut self) -> Result<Value, String> {
        match self.next() {
            Some(Token::Text(text)) => Ok(json!(text)),
            Some(Token::Word(word)) if word == "true" => Ok(json!(true)),
            Some(Token::Word(word)) if word == "false" => Ok(json!(false)),
            Some(Token::Word(word)) if word == "null" => Ok(Value::Null),
            Some(Token::Word(word)) if word.parse::<u32>().is_ok() => {
                Ok(json!(word.parse::<u32>().unwrap_or_default()))
            }
            _ => Err("a value was expected".to_owned()),
        }
    }

    fn next(&mut self) -> Option<Token> {
        self.at += 1;
        self.tokens.get(self.at - 1).cloned()
    }

    fn eat(&mut self, token: &Token) -> bool {
        let found = self.tokens.get(self.at) == Some(token);
        self.at += usize::from(found);
        found
    }

    fn word(&mut self, word: &str) -> bool {
        let found = matches!(self.tokens.get(self.at), Some(Token::Word(other)) if other.eq_ignore_ascii_case(word));
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, token: &Token) -> Result<(), String> {
        if self.eat(token) { Ok(()) } else { Err(format!("{token:?} was expected")) }
    }
}

fn known(name: &str) -> Result<&'static str, String> {
    let found = PROPERTIES.into_iter().find(|other| other.eq_ignore_ascii_case(name));
    found.ok_or_else(|| format!("the property '{name}' cannot be filtered"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::Deal;

    fn count(filter: &str) -> usize {
        let filter = Filter::parse(filter).unwrap();
        (0..100).map(|index| Person::new(&Deal::new(1), index)).filter(|person| filter.accepts(person)).count()
    }

    #[test]
    fn expressions_choose_people() {
        assert_eq!(count("accountEnabled eq true"), 96);
        assert_eq!(count("userType eq 'guest' or accountEnabled eq false"), 9);
        assert_eq!(count("not (userType eq 'Guest') and accountEnabled ne false"), 91);
        assert_eq!(count("assignedLicenses/$count ne 0"), 95);
        assert_eq!(count("endswith(userPrincipalName,'@contoso.com')"), 95);
        let upn = Person::new(&Deal::new(1), 3).upn.replace('\'', "''");
        assert_eq!(count(&format!("userPrincipalName in ('{upn}','nobody@contoso.com')")), 1);
        assert_eq!(count(&format!("startswith(userPrincipalName, '{upn}')")), 1);
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for text in [
            "",
            "(",
            "x eq 1",
            "displayName gt 'a'",
            "displayName eq 'a",
            "mail eq 'a' b",
            "startswith(mail)",
            &"(".repeat(50_000),
        ] {
            assert!(Filter::parse(text).is_err(), "{text}");
        }
    }
}
