//! Made for the owner alone, where a new file would else be everybody's to read. Windows gives what is made the rights of
//! its folder, which the module's cmdlets make for the owner alone.

use std::fs::{DirBuilder, OpenOptions};

/// Makes folders.
pub(super) fn folder() -> DirBuilder {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
}

/// Opens a file to read and to write, and makes it where it is missing.
pub(super) fn file() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}
