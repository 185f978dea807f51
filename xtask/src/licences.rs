//! Which crates may be built in: `deny.toml`'s licences, bans and sources, held against what Cargo tells.
//! Advisories change daily and are left to cargo-deny, which reads the same file.

use spdx::{Expression, ParseMode};
use toml::{Table, Value};

use crate::crates::{self, Crate};
use crate::shell::{self, Result};

/// How many crates were looked at, and what is wrong with some.
pub(crate) fn check() -> Result<(usize, Vec<String>)> {
    let policy = std::fs::read_to_string(shell::root().join("deny.toml"))?.parse::<Table>()?;
    let crates = crates::all()?;
    let faults = crates.iter().filter_map(|one| fault(&policy, one)).collect();
    Ok((crates.len(), faults))
}

fn fault(policy: &Table, one: &Crate) -> Option<String> {
    let said = |what: String| Some(format!("{} {}: {what}", one.name, one.version));
    if texts(&policy["bans"]["deny"]).any(|name| name == one.name) {
        return said("is banned".to_owned());
    }
    if let Some(source) = one
        .source
        .as_deref()
        .filter(|source| !source.starts_with("registry+https://github.com/rust-lang/crates.io-index"))
    {
        return said(format!("comes from {source}"));
    }
    let exceptions = policy["licenses"].get("exceptions").and_then(Value::as_array);
    let exception = exceptions.into_iter().flatten().find(|exception| exception["crate"].as_str() == Some(&one.name));
    let allowed: Vec<_> =
        [Some(&policy["licenses"]), exception].into_iter().flatten().flat_map(|rule| texts(&rule["allow"])).collect();
    match Expression::parse_mode(&one.licence, ParseMode::LAX) {
        Err(_) => said(format!("'{}' is no licence expression", one.licence)),
        Ok(licence) if licence.evaluate(|needed| allowed.contains(&needed.to_string().as_str())) => None,
        Ok(_) => said(format!("{} is not allowed", one.licence)),
    }
}

fn texts(array: &Value) -> impl Iterator<Item = &str> {
    array.as_array().into_iter().flatten().filter_map(Value::as_str)
}

#[cfg(test)]
mod tests {
    use super::fault;
    use crate::crates::Crate;

    fn judged(name: &str, licence: &str, source: Option<&str>) -> Option<String> {
        let policy = "
            licenses.allow = ['MIT', 'Apache-2.0 WITH LLVM-exception']
            licenses.exceptions = [{ crate = 'tool', allow = ['MPL-2.0'] }]
            bans.deny = ['openssl-sys']";
        let one = Crate {
            name: name.into(),
            version: "1.0.0".into(),
            licence: licence.into(),
            source: source.map(str::to_owned),
            id: String::new(),
            builds_on: Vec::new(),
            folder: "".into(),
            about: String::new(),
        };
        fault(&policy.parse().unwrap(), &one)
    }

    #[test]
    fn one_allowed_licence_of_several_to_choose_from_is_enough() {
        assert_eq!(judged("a", "GPL-3.0-only OR MIT", None), None);
        assert_eq!(judged("a", "MIT/Apache-2.0", None), None);
        assert_eq!(judged("a", "Apache-2.0 WITH LLVM-exception", None), None);
        assert!(judged("a", "MIT AND GPL-3.0-only", None).unwrap().contains("GPL-3.0-only is not allowed"));
        assert!(judged("a", "Apache-2.0", None).is_some());
        assert!(judged("a", "", None).is_some());
    }

    #[test]
    fn an_exception_is_for_its_crate_alone() {
        assert_eq!(judged("tool", "MPL-2.0", None), None);
        assert!(judged("a", "MPL-2.0", None).is_some());
    }

    #[test]
    fn a_banned_crate_and_a_foreign_source_are_named() {
        assert!(judged("openssl-sys", "MIT", None).unwrap().contains("openssl-sys 1.0.0: is banned"));
        let crates_io = "registry+https://github.com/rust-lang/crates.io-index";
        assert_eq!(judged("a", "MIT", Some(crates_io)), None);
        assert!(judged("a", "MIT", Some("git+https://example.com/a")).unwrap().contains("comes from git+https"));
    }
}
