//! Files that a command writes beside runs: whole or not at all.

use std::{
    fs,
    io::{self, Write as _},
    os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
    path::Path,
};

use anyhow::{Context as _, Result};

/// Writes a file, replacing what stood there in one step. An old file keeps its mode; a new one gets `mode`, less the umask.
pub(crate) fn replace(path: &Path, content: &[u8], mode: u32) -> Result<()> {
    write(path, content, mode).with_context(|| format!("{}: cannot be written", path.display()))
}

fn write(path: &Path, content: &[u8], mode: u32) -> io::Result<()> {
    // A link stays a link: what it points to is replaced.
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let old = fs::metadata(&path).ok();
    if old.as_ref().is_some_and(|facts| !facts.is_file()) {
        // A pipe or a device cannot be replaced.
        return fs::write(&path, content);
    }
    let name = path.file_name().ok_or(io::ErrorKind::InvalidFilename)?;
    let mut hidden = std::ffi::OsString::from(".");
    hidden.push(name);
    hidden.push(format!(".tmp-{}", std::process::id()));
    let temporary = path.with_file_name(hidden);
    let done = (|| {
        let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(mode).open(&temporary)?;
        if let Some(old) = &old {
            file.set_permissions(fs::Permissions::from_mode(old.permissions().mode()))?;
        }
        file.write_all(content)?;
        file.sync_all()?;
        fs::rename(&temporary, &path)
    })();
    if done.is_err() {
        // Best effort: the first error is the one to tell.
        let _ = fs::remove_file(&temporary);
    }
    done
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_keeps_its_mode_and_leaves_no_temporary() {
        let dir = tempfile::tempdir().expect("a place to write");
        let path = dir.path().join("card.toml");
        replace(&path, b"one", 0o600).expect("written");
        assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o600);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).expect("ours");
        replace(&path, b"two", 0o600).expect("replaced");
        assert_eq!(fs::read(&path).expect("there"), b"two");
        assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o640);
        assert_eq!(fs::read_dir(dir.path()).expect("there").count(), 1);
    }

    #[test]
    fn a_folder_that_is_not_there_is_named() {
        let error = replace(Path::new("/nowhere/at/all"), b"x", 0o600).expect_err("no such folder");
        assert!(error.to_string().contains("/nowhere/at/all"), "{error}");
    }
}
