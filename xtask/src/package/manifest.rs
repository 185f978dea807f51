//! What the module's manifest says, as far as the package needs it: single-quoted texts behind a name.

use crate::shell::Result;

pub(crate) struct Manifest(String);

impl Manifest {
    /// A manifest whose version must be the workspace's.
    pub(crate) fn new(text: String) -> Result<Self> {
        let manifest = Self(text);
        let (said, ours) = (manifest.text("ModuleVersion")?, env!("CARGO_PKG_VERSION"));
        if said == ours { Ok(manifest) } else { Err(format!("the manifest says {said}, Cargo.toml {ours}").into()) }
    }

    /// The version with its prerelease tag, as the Gallery has it: `1.2.3-preview`.
    pub(crate) fn version(&self) -> Result<String> {
        let version = self.text("ModuleVersion")?;
        Ok(self.text("Prerelease").map_or(version.to_owned(), |tag| format!("{version}-{tag}")))
    }

    pub(crate) fn text(&self, name: &str) -> Result<&str> {
        self.texts(name).next().ok_or_else(|| format!("the manifest has no {name}").into())
    }

    /// The texts of a value that may be a list, `@('a', 'b')`.
    pub(crate) fn texts(&self, name: &str) -> impl Iterator<Item = &str> {
        let behind = |at: usize| self.0[at + name.len()..].trim_start().strip_prefix('=');
        let rest = self.0.match_indices(name).find_map(|(at, _)| behind(at)).unwrap_or_default();
        let end = if rest.trim_start().starts_with("@(") { ')' } else { '\n' };
        rest.split(end).next().unwrap_or_default().split('\'').skip(1).step_by(2)
    }
}

#[cfg(test)]
mod tests {
    use super::Manifest;

    fn manifest(version: &str) -> Result<Manifest, String> {
        let text = format!(
            "@{{\n    ModuleVersion = '{version}'\n    Tags   = @(\n 'a', 'b'\n 'c' )\n Prerelease = 'rc1'\n}}"
        );
        Manifest::new(text).map_err(|error| error.to_string())
    }

    #[test]
    fn the_manifest_must_have_the_workspace_version() {
        assert_eq!(
            manifest(env!("CARGO_PKG_VERSION")).unwrap().version().unwrap(),
            concat!(env!("CARGO_PKG_VERSION"), "-rc1")
        );
        assert!(manifest("99.0.0").err().unwrap().contains("99.0.0"));
        assert!(Manifest::new("@{}".to_owned()).is_err());
    }

    #[test]
    fn lists_are_read_to_their_end() {
        let manifest = manifest(env!("CARGO_PKG_VERSION")).unwrap();
        assert_eq!(manifest.texts("Tags").collect::<Vec<_>>(), ["a", "b", "c"]);
        assert_eq!(manifest.texts("AliasesToExport").count(), 0);
    }
}
