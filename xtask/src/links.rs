//! The links in our Markdown files that point into the repository: is there a file, and a heading, where they point?

use std::path::{Path, PathBuf};

use crate::shell::{self, Result};

/// How many links were followed, and those that lead nowhere.
pub(crate) fn check() -> Result<(usize, Vec<String>)> {
    let mut list = shell::program("git");
    list.args(["ls-files", "--cached", "--others", "--exclude-standard", "*.md"]);
    let files = shell::output(&mut list)?;
    let mut followed = 0;
    let mut broken = Vec::new();
    for file in files.lines().map(|name| shell::root().join(name)).filter(|file| file.is_file()) {
        let text = std::fs::read_to_string(&file)?;
        for link in links(&text).filter(|link| !link.contains("://") && !link.starts_with("mailto:")) {
            followed += 1;
            if !leads_somewhere(&file, &text, link) {
                broken.push(format!("{}: {link}", shell::shown(&file)));
            }
        }
    }
    Ok((followed, broken))
}

fn leads_somewhere(file: &Path, text: &str, link: &str) -> bool {
    let (path, heading) = link.split_once('#').map_or((link, None), |(path, heading)| (path, Some(heading)));
    let target: PathBuf = file.parent().unwrap_or(file).join(path);
    match heading {
        None => target.exists(),
        Some(heading) if path.is_empty() => has_heading(text, heading),
        Some(heading) => std::fs::read_to_string(target).is_ok_and(|text| has_heading(&text, heading)),
    }
}

/// The targets of `[text](target)`, outside of code.
fn links(text: &str) -> impl Iterator<Item = &str> {
    prose(text).flat_map(|line| {
        let outside_code = line.split('`').step_by(2);
        outside_code.flat_map(|part| part.split("](").skip(1).filter_map(|rest| rest.split([')', ' ']).next()))
    })
}

fn has_heading(text: &str, anchor: &str) -> bool {
    let headings = prose(text).filter_map(|line| line.strip_prefix('#'));
    headings.map(|line| line.trim_start_matches('#').trim()).any(|heading| slug(heading) == anchor)
}

/// The lines outside of fenced code.
fn prose(text: &str) -> impl Iterator<Item = &str> {
    let mut in_code = false;
    text.lines().filter(move |line| {
        let fence = line.trim_start().starts_with("```");
        in_code ^= fence;
        !in_code && !fence
    })
}

/// A heading as GitHub makes an anchor of it.
fn slug(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c.to_ascii_lowercase() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_found_outside_of_code_only() {
        let text = "[a](x.md) and [`b`](y.md#c)\n```\n[no](z.md)\n```\n`[no](w.md)`";
        assert_eq!(links(text).collect::<Vec<_>>(), ["x.md", "y.md#c"]);
    }

    #[test]
    fn headings_are_found_by_their_anchor() {
        let text = "# One\n## What it's for, and why\n```\n# not this\n```";
        assert!(has_heading(text, "what-its-for-and-why"));
        assert!(!has_heading(text, "not-this"));
    }
}
