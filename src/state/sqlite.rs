//! The store in one SQLite file.

use std::borrow::Cow;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, params};
use serde_json::Value;
use uuid::Uuid;

use super::lock::Lock;
use super::{Memory, Remembered, RememberedPicture, rights};
use crate::error::{Code, Error, Result};
use crate::model::{FileStamp, PictureState};

/// Each step brings a file from the version of its index to the next.
const MIGRATIONS: [&str; 3] = [
    "
    CREATE TABLE tenant (id TEXT NOT NULL);
    CREATE TABLE person (
        id BLOB PRIMARY KEY, etag TEXT NOT NULL, stem TEXT, length INTEGER, modified INTEGER
    ) WITHOUT ROWID;
    CREATE TABLE intent (id BLOB PRIMARY KEY) WITHOUT ROWID;
    CREATE TABLE run (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, summary TEXT NOT NULL);
",
    "ALTER TABLE person ADD COLUMN sketch BLOB;",
    "CREATE TABLE spent (day INTEGER PRIMARY KEY, units INTEGER NOT NULL);",
];

/// A state file, held by this process alone.
pub struct Sqlite {
    connection: Mutex<Connection>,
    _lock: Lock,
}

impl Sqlite {
    /// Opens or makes the state file of a tenant.
    ///
    /// [`Code::StateInUse`] when another run holds it; [`Code::StateDamaged`] when it is damaged, after moving it aside;
    /// [`Code::InvalidArgument`] when it is another tenant's or a newer version's.
    pub fn open(path: &Path, tenant: &str) -> Result<Self> {
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            rights::folder().create(folder).map_err(|error| unwritable(path).with_cause(&error))?;
        }
        let lock = Lock::take(path)?;
        // SQLite gives the files beside it the rights of this one.
        rights::file().open(path).map_err(|error| unwritable(path).with_cause(&error))?;
        match prepare(path, tenant) {
            Ok(connection) => Ok(Self { connection: Mutex::new(connection), _lock: lock }),
            Err(Failure::Damaged(error)) => Err(move_aside(path, &error)),
            Err(Failure::Other(error)) => Err(error),
        }
    }

    /// The latest runs that a state file tells of, newest first, whoever holds it; none where there is no file.
    pub fn history(path: &Path, most: usize) -> Result<Vec<Value>> {
        if !path.exists() {
            return Ok(Vec::new());
        }
        let connection = Connection::open_with_flags(long(path), OpenFlags::SQLITE_OPEN_READ_ONLY)
            .map_err(|error| failed(&error))?;
        runs_in(&connection, most)
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

enum Failure {
    Damaged(rusqlite::Error),
    Other(Error),
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged(error),
            _ => Self::Other(failed(&error)),
        }
    }
}

/// A path as SQLite needs it: on Windows it opens more than 260 characters only in the form that `canonicalize` gives.
fn long(path: &Path) -> Cow<'_, Path> {
    let folder = path.parent().filter(|folder| cfg!(windows) && folder.is_absolute());
    let folder = folder.and_then(|folder| folder.canonicalize().ok());
    match (folder, path.file_name()) {
        (Some(folder), Some(name)) => Cow::Owned(folder.join(name)),
        _ => Cow::Borrowed(path),
    }
}

fn prepare(path: &Path, tenant: &str) -> std::result::Result<Connection, Failure> {
    let mut connection =
        Connection::open_with_flags(long(path), OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
    connection.busy_timeout(Duration::from_secs(10))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // An intent must be on the disk before the first byte is sent.
    connection.pragma_update(None, "synchronous", "FULL")?;
    let sound: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if sound != "ok" {
        return Err(Failure::Damaged(rusqlite::Error::InvalidQuery));
    }
    migrate(&mut connection, path)?;
    let owner: Option<String> = connection.query_row("SELECT id FROM tenant", [], |row| row.get(0)).optional()?;
    match owner {
        None => drop(connection.execute("INSERT INTO tenant VALUES (?1)", [tenant])?),
        Some(owner) if owner.eq_ignore_ascii_case(tenant) => {}
        Some(owner) => {
            let text = format!("The state file '{}' belongs to the tenant {owner}.", path.display());
            return Err(Failure::Other(
                Error::new(Code::InvalidArgument, text).with_advice("Give each tenant a -StatePath of its own."),
            ));
        }
    }
    Ok(connection)
}

fn migrate(connection: &mut Connection, path: &Path) -> std::result::Result<(), Failure> {
    let version: usize = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if version > MIGRATIONS.len() {
        let text = format!("The state file '{}' was written by a newer version of this program.", path.display());
        return Err(Failure::Other(
            Error::new(Code::InvalidArgument, text).with_advice("Update the module, or give a new -StatePath."),
        ));
    }
    let step = connection.transaction()?;
    for (from, sql) in MIGRATIONS.iter().enumerate().skip(version) {
        step.execute_batch(sql)?;
        step.pragma_update(None, "user_version", from + 1)?;
    }
    step.commit()?;
    Ok(())
}

/// A damaged file is kept for whoever wants to look at it; the next start makes a new one.
fn move_aside(path: &Path, cause: &rusqlite::Error) -> Error {
    let aside = path.with_extension(format!("damaged-{}", Uuid::new_v4().simple()));
    let moved = std::fs::rename(path, &aside);
    let text = match &moved {
        Ok(()) => format!("The state file '{}' is damaged; it was moved to '{}'.", path.display(), aside.display()),
        Err(_) => format!("The state file '{}' is damaged and could not be moved aside.", path.display()),
    };
    for suffix in ["-wal", "-shm"] {
        let mut leftover = path.as_os_str().to_owned();
        leftover.push(suffix);
        // Absent in most cases.
        let _ = std::fs::remove_file(leftover);
    }
    Error::new(Code::StateDamaged, text).with_cause(cause)
}

fn unwritable(path: &Path) -> Error {
    Error::new(Code::FileAccess, format!("The state file '{}' cannot be written.", path.display()))
}

fn failed(error: &rusqlite::Error) -> Error {
    Error::new(Code::FileAccess, "The state file cannot be read or written.").with_cause(error)
}

fn key(id: &str) -> Vec<u8> {
    Uuid::parse_str(id).map_or_else(|_| id.as_bytes().to_vec(), |id| id.as_bytes().to_vec())
}

impl Memory for Sqlite {
    fn recall(&self, ids: &[String]) -> Result<Vec<Option<Remembered>>> {
        let connection = self.connection();
        let mut statement = connection
            .prepare_cached("SELECT etag, stem, length, modified, sketch FROM person WHERE id = ?1")
            .map_err(|error| failed(&error))?;
        let mut one = |id: &String| {
            statement
                .query_row([key(id)], |row| {
                    let etag = row.get(0)?;
                    let shown = match row.get::<_, Option<String>>(1)? {
                        Some(stem) => Some(RememberedPicture {
                            stem,
                            stamp: FileStamp { length: row.get(2)?, modified: row.get(3)? },
                            sketch: row.get(4)?,
                        }),
                        None => None,
                    };
                    let state = if shown.is_some() { PictureState::InSync } else { PictureState::NoSourcePhoto };
                    Ok(Remembered { state, etag, shown })
                })
                .optional()
                .map_err(|error| failed(&error))
        };
        ids.iter().map(&mut one).collect()
    }

    fn intend(&self, ids: &[String]) -> Result<()> {
        let intend = || -> rusqlite::Result<()> {
            let mut connection = self.connection();
            let transaction = connection.transaction()?;
            for id in ids {
                transaction.prepare_cached("INSERT OR IGNORE INTO intent VALUES (?1)")?.execute([key(id)])?;
            }
            transaction.commit()
        };
        intend().map_err(|error| failed(&error))
    }

    fn intended(&self, ids: &[String]) -> Result<Vec<bool>> {
        let connection = self.connection();
        let mut statement =
            connection.prepare_cached("SELECT 1 FROM intent WHERE id = ?1").map_err(|error| failed(&error))?;
        ids.iter().map(|id| statement.exists([key(id)]).map_err(|error| failed(&error))).collect()
    }

    fn settle(&self, people: &[(String, Option<Remembered>)]) -> Result<()> {
        let settle = || -> rusqlite::Result<()> {
            let mut connection = self.connection();
            let transaction = connection.transaction()?;
            for (id, remembered) in people {
                let id = key(id);
                transaction.prepare_cached("DELETE FROM intent WHERE id = ?1")?.execute([&id])?;
                match remembered {
                    None => transaction.prepare_cached("DELETE FROM person WHERE id = ?1")?.execute([&id])?,
                    Some(Remembered { etag, shown, .. }) => {
                        let shown = shown.as_ref();
                        transaction
                            .prepare_cached("INSERT OR REPLACE INTO person VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?
                            .execute(params![
                                id,
                                etag,
                                shown.map(|shown| &shown.stem),
                                shown.map(|shown| shown.stamp.length),
                                shown.map(|shown| shown.stamp.modified),
                                shown.and_then(|shown| shown.sketch),
                            ])?
                    }
                };
            }
            transaction.commit()
        };
        settle().map_err(|error| failed(&error))
    }

    fn spent(&self, day: u64) -> Result<u64> {
        let spent = self
            .connection()
            .query_row("SELECT units FROM spent WHERE day = ?1", [day.cast_signed()], |row| row.get::<_, i64>(0))
            .optional();
        spent.map(|units| units.unwrap_or(0).unsigned_abs()).map_err(|error| failed(&error))
    }

    fn note_spent(&self, day: u64, units: u64) -> Result<()> {
        let noted = self.connection().execute(
            "INSERT INTO spent VALUES (?1, ?2) ON CONFLICT (day) DO UPDATE SET units = max(units, ?2)",
            params![day.cast_signed(), units.cast_signed()],
        );
        noted.map(drop).map_err(|error| failed(&error))
    }

    fn note_run(&self, id: &str, summary: &Value) -> Result<()> {
        let noted = self.connection().execute(
            "INSERT INTO run (id, summary) VALUES (?1, ?2) ON CONFLICT (id) DO UPDATE SET summary = ?2",
            params![id, summary.to_string()],
        );
        noted.map(drop).map_err(|error| failed(&error))
    }

    fn runs(&self, most: usize) -> Result<Vec<Value>> {
        runs_in(&self.connection(), most)
    }
}

fn runs_in(connection: &Connection, most: usize) -> Result<Vec<Value>> {
    let read = || -> rusqlite::Result<Vec<String>> {
        let mut statement = connection.prepare("SELECT summary FROM run ORDER BY number DESC LIMIT ?1")?;
        statement.query_map([most], |row| row.get(0))?.collect()
    };
    let no_json = |error: serde_json::Error| {
        Error::new(Code::StateDamaged, "The state file holds a run that is no JSON.").with_cause(&error)
    };
    let texts = read().map_err(|error| failed(&error))?;
    texts.iter().map(|text| serde_json::from_str(text).map_err(no_json)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const TENANT: &str = "11111111-2222-3333-4444-555555555555";
    const ANNA: &str = "aaaaaaaa-2222-3333-4444-555555555555";

    fn in_sync() -> Remembered {
        Remembered {
            state: PictureState::InSync,
            etag: "A1".into(),
            shown: Some(RememberedPicture {
                stem: "anna_lee".into(),
                stamp: FileStamp { length: 9000, modified: 1_770_000_000 },
                sketch: Some([7; 64]),
            }),
        }
    }

    #[test]
    #[cfg(unix)]
    fn what_is_made_is_its_owners_alone() {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep").join("state.db");
        let memory = Sqlite::open(&path, TENANT).unwrap();
        memory.settle(&[(ANNA.into(), Some(in_sync()))]).unwrap();
        let entries = std::fs::read_dir(path.parent().unwrap()).unwrap();
        let mut made: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        assert!(made.len() > 3, "{made:?}");
        made.push(path.parent().unwrap().to_owned());
        for made in made {
            assert_eq!(made.metadata().unwrap().permissions().mode() & 0o077, 0, "{}", made.display());
        }
    }

    #[test]
    fn what_was_settled_is_recalled_after_opening_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep").join("state.db");
        let memory = Sqlite::open(&path, TENANT).unwrap();
        memory.intend(&[ANNA.into()]).unwrap();
        assert_eq!(memory.intended(&[ANNA.into(), TENANT.into()]).unwrap(), [true, false]);
        memory.settle(&[(ANNA.into(), Some(in_sync()))]).unwrap();
        drop(memory);
        let memory = Sqlite::open(&path, &TENANT.to_uppercase()).unwrap();
        assert_eq!(memory.recall(&[TENANT.into(), ANNA.into()]).unwrap(), [None, Some(in_sync())]);
        assert_eq!(memory.intended(&[ANNA.into()]).unwrap(), [false]);
        memory.settle(&[(ANNA.into(), None)]).unwrap();
        assert_eq!(memory.recall(&[ANNA.into()]).unwrap(), [None]);
    }

    #[test]
    fn the_second_run_on_a_tenant_is_told_who_holds_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.db");
        let first = Sqlite::open(&path, TENANT).unwrap();
        let error = Sqlite::open(&path, TENANT).err().unwrap();
        assert_eq!(error.code(), Code::StateInUse);
        assert!(error.message().contains(&std::process::id().to_string()), "{error}");
        drop(first);
        Sqlite::open(&path, TENANT).unwrap();
    }

    #[test]
    fn a_damaged_file_is_moved_aside_and_never_emptied() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.db");
        std::fs::write(&path, vec![b'x'; 9000]).unwrap();
        let error = Sqlite::open(&path, TENANT).err().unwrap();
        assert_eq!(error.code(), Code::StateDamaged);
        let kept =
            std::fs::read_dir(folder.path()).unwrap().filter_map(|entry| std::fs::read(entry.unwrap().path()).ok());
        assert!(kept.into_iter().any(|bytes| bytes.len() == 9000), "the damaged bytes are kept");
        Sqlite::open(&path, TENANT).unwrap();
    }

    #[test]
    fn another_tenants_file_and_a_newer_versions_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.db");
        drop(Sqlite::open(&path, TENANT).unwrap());
        assert_eq!(Sqlite::open(&path, ANNA).err().unwrap().code(), Code::InvalidArgument);
        Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
        let error = Sqlite::open(&path, TENANT).err().unwrap();
        assert!(error.message().contains("newer"), "{error}");
    }

    #[test]
    fn what_a_day_cost_is_kept_and_never_shrinks() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.db");
        let memory = Sqlite::open(&path, TENANT).unwrap();
        memory.note_spent(20_000, 700).unwrap();
        memory.note_spent(20_000, 300).unwrap();
        drop(memory);
        let memory = Sqlite::open(&path, TENANT).unwrap();
        assert_eq!((memory.spent(20_000).unwrap(), memory.spent(20_001).unwrap()), (700, 0));
    }

    #[test]
    fn a_file_of_the_first_version_is_brought_up_to_date_and_keeps_what_it_holds() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.db");
        let old = Connection::open(&path).unwrap();
        old.execute_batch(MIGRATIONS[0]).unwrap();
        old.pragma_update(None, "user_version", 1).unwrap();
        old.execute("INSERT INTO person VALUES (?1, 'A1', 'anna_lee', 9000, 1770000000)", [key(ANNA)]).unwrap();
        drop(old);
        let memory = Sqlite::open(&path, TENANT).unwrap();
        let kept = memory.recall(&[ANNA.into()]).unwrap().remove(0).unwrap();
        assert_eq!((kept.etag.as_str(), kept.shown.unwrap().sketch), ("A1", None));
    }

    #[test]
    fn runs_come_back_newest_first_and_a_run_keeps_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let memory = Sqlite::open(&folder.path().join("state.db"), TENANT).unwrap();
        memory.note_run("a", &json!({ "status": "Running" })).unwrap();
        memory.note_run("b", &json!({ "status": "Completed" })).unwrap();
        memory.note_run("a", &json!({ "status": "Interrupted" })).unwrap();
        assert_eq!(memory.runs(9).unwrap(), [json!({ "status": "Completed" }), json!({ "status": "Interrupted" })]);
        assert_eq!(memory.runs(1).unwrap().len(), 1);
    }
}
