//! Putting a file in the place of another so that nobody ever sees half of one.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

/// Replaces what the file at `path` holds by `bytes`: written beside it, then renamed. Permissions stay, and a
/// symbolic link stays one: the file that it leads to is replaced.
///
/// # Errors
/// Where it cannot be written; it is as it was then.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> Result<()> {
    write(path, bytes).with_context(|| format!("cannot write `{}`", path.display()))
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let real = fs::canonicalize(path)?;
    let metadata = fs::metadata(&real)?;
    if !metadata.is_file() {
        bail!("it is not a file");
    }
    // Renaming would get around it.
    if metadata.permissions().readonly() {
        bail!("it is read-only");
    }
    let folder = real.parent().context("it is in no folder")?;
    let mut file = tempfile::Builder::new().prefix(".dvkit-").tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().set_permissions(metadata.permissions())?;
    file.as_file().sync_all()?;
    file.persist(&real)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_and_nothing_left_beside_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        fs::write(&path, "old").unwrap();
        replace(&path, b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
        assert!(replace(dir.path(), b"").is_err(), "a folder is no file");
        assert!(replace(&dir.path().join("b"), b"").is_err(), "nothing is created");

        let mut permissions = fs::metadata(&path).unwrap().permissions();
        permissions.set_readonly(true);
        fs::set_permissions(&path, permissions).unwrap();
        assert!(format!("{:#}", replace(&path, b"").unwrap_err()).contains("read-only"));
        assert_eq!(fs::read(&path).unwrap(), b"new");
    }

    #[cfg(unix)]
    #[test]
    fn permissions_and_links_stay() {
        use std::os::unix::fs::{PermissionsExt as _, symlink};
        let dir = tempfile::tempdir().unwrap();
        let [real, link] = ["real", "link"].map(|name| dir.path().join(name));
        fs::write(&real, "old").unwrap();
        fs::set_permissions(&real, fs::Permissions::from_mode(0o754)).unwrap();
        symlink("real", &link).unwrap();
        replace(&link, b"new").unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read(&real).unwrap(), b"new");
        assert_eq!(fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o754);
    }
}
