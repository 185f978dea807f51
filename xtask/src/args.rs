//! The words after a command's name. Each command takes the options it knows; `finish` refuses what is left.

use std::str::FromStr;

use crate::shell::Result;

pub(crate) struct Args(Vec<String>);

impl Args {
    pub(crate) fn new(words: Vec<String>) -> Self {
        Self(words)
    }

    /// Takes `--name` if it is there.
    pub(crate) fn flag(&mut self, name: &str) -> bool {
        let found = self.0.iter().position(|word| word == name);
        found.is_some_and(|at| {
            self.0.remove(at);
            true
        })
    }

    /// Takes `--name VALUE` or `--name=VALUE` if it is there.
    pub(crate) fn value<T: FromStr>(&mut self, name: &str) -> Result<Option<T>> {
        let joined = format!("{name}=");
        let Some(at) = self.0.iter().position(|word| word == name || word.starts_with(&joined)) else {
            return Ok(None);
        };
        let word = self.0.remove(at);
        let text = match word.strip_prefix(&joined) {
            Some(text) => text.to_owned(),
            None if at < self.0.len() => self.0.remove(at),
            None => return Err(format!("{name} needs a value").into()),
        };
        text.parse().map(Some).map_err(|_| format!("{name} cannot be '{text}'").into())
    }

    /// Takes the next word that is no option.
    pub(crate) fn word(&mut self) -> Option<String> {
        let at = self.0.iter().position(|word| !word.starts_with('-'))?;
        Some(self.0.remove(at))
    }

    /// Refuses whatever was not taken.
    pub(crate) fn finish(self) -> Result<()> {
        match self.0.first() {
            None => Ok(()),
            Some(word) => Err(format!("'{word}' is not understood here").into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(words: &[&str]) -> Args {
        Args::new(words.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn options_are_taken_in_any_order_and_form() {
        let mut args = args(&["--json", "--seed=7", "--users", "20"]);
        assert_eq!(args.value::<u64>("--users").unwrap(), Some(20));
        assert_eq!(args.value::<u64>("--seed").unwrap(), Some(7));
        assert!(args.flag("--json"));
        args.finish().unwrap();
    }

    #[test]
    fn what_is_wrong_or_unknown_is_named() {
        assert!(args(&["--users", "many"]).value::<u64>("--users").unwrap_err().to_string().contains("many"));
        assert!(args(&["--users"]).value::<u64>("--users").is_err());
        assert!(args(&["--fast"]).finish().unwrap_err().to_string().contains("--fast"));
    }
}
