//! Writes a file in the place of another so that nobody ever sees half of one.

use std::io;
use std::path::Path;

use dvkit_files::{LinkPolicy, WriteMode};

/// Replaces what the file at `path` holds by `bytes`: written beside it, then renamed. Permissions stay, and a
/// symbolic link stays one: the file that it leads to is replaced, unless it leads out of the working directory.
///
/// # Errors
/// Where it cannot be written; it is as it was then.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let real = dvkit_files::resolve(path, LinkPolicy::FollowNamed)?;
    // It was read a moment ago, so it is there.
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
