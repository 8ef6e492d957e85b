//! Replaces the content of a file so that other programs see either the old or the new content, never a part
//! of it. Documents are saved with it.

use std::io;
use std::path::Path;

use dvkit_files::{LinkPolicy, WriteMode};

/// Replaces the content of the file at `path` by `bytes`, which are first written to a temporary file in the
/// same folder. The permissions of the file are kept. If `path` is a symbolic link, the file that it points
/// to is replaced, but only within the working directory.
///
/// # Errors
/// Returns an error if the file cannot be written, or is outside of the working directory because of a link.
/// The file is then unchanged.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let real = dvkit_files::resolve(path, LinkPolicy::FollowNamed)?;
    // The file was just read, so it exists.
    dvkit_files::open(&real, LinkPolicy::Refuse)?;
    dvkit_files::replace(&real, bytes, WriteMode::Durable)
}

#[cfg(test)]
mod tests {
    use std::fs;

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
