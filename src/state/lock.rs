//! One run at a time on a state file, and a name for whoever holds it.

use std::fs::{File, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::rights;
use crate::error::{Code, Error, Result};

/// The lock of a state file. The system lets go of it when the process ends, however it ends.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    pub(super) fn take(state: &Path) -> Result<Self> {
        let path = beside(state);
        let unusable = |error: std::io::Error| {
            Error::new(Code::FileAccess, format!("'{}' cannot be written.", path.display())).with_cause(&error)
        };
        let mut file = rights::file().open(&path).map_err(unusable)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(in_use(state, &mut file)),
            Err(TryLockError::Error(error)) => return Err(unusable(error)),
        }
        file.set_len(0).and_then(|()| file.rewind()).map_err(unusable)?;
        write!(file, "process {} since {}", std::process::id(), since()).map_err(unusable)?;
        Ok(Self { _file: file })
    }
}

fn since() -> String {
    let now = OffsetDateTime::now_utc();
    now.replace_nanosecond(0).unwrap_or(now).format(&Rfc3339).unwrap_or_default()
}

fn beside(state: &Path) -> PathBuf {
    let mut path = state.as_os_str().to_owned();
    path.push(".lock");
    path.into()
}

fn in_use(state: &Path, file: &mut File) -> Error {
    let mut holder = String::new();
    // On Windows a locked file cannot be read; the message is then less particular.
    let known = file.read_to_string(&mut holder).is_ok() && !holder.is_empty();
    let holder = if known { holder } else { "another process".to_owned() };
    Error::new(Code::StateInUse, format!("Another run works on this tenant: {holder} holds '{}'.", state.display()))
}
