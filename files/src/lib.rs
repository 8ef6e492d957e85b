//! All file access of dvkit: opens, lists, writes, replaces, locks and removes files.
//!
//! # What the crate protects against
//!
//! dvkit runs in repositories that somebody else wrote. The links, folders and file names in a clone or an
//! archive are the choice of its author, and may be malicious. The following rules protect the user:
//!
//! - Only regular files are read, up to a limit that the caller sets. Folders, pipes, sockets and devices are
//!   refused before they are opened, because opening a pipe may block, and opening a device may have an
//!   effect.
//! - A symbolic link is not followed, unless the user named the link on the command line
//!   ([`LinkPolicy::FollowNamed`]). Even then, a link in the working directory must not lead out of the
//!   working directory.
//! - A file is replaced as a whole: the new content is written beside the old file under a name that did not
//!   exist, then renamed.
//! - In a folder that dvkit owns, only names that dvkit writes are removed. If there is any other entry,
//!   nothing is removed. A removal never follows a link.
//! - An error never contains the content of a file.
//!
//! # What the crate does not protect against
//!
//! The files and folders are assumed not to change during a call. A process with the same rights could
//! replace a file between a check and its use. dvkit does not prevent this, because such a process can do the
//! same harm without dvkit. Several dvkit processes may run at the same time: a [`Lock`] lets only one of
//! them write.
//!
//! ```
//! use dvkit_files::{LinkPolicy, WriteMode, read_text, replace};
//!
//! let folder = tempfile::tempdir()?;
//! let path = folder.path().join("contacts.odata");
//! replace(&path, b"contacts?$top=5\n", WriteMode::Durable)?;
//! assert_eq!(read_text(&path, LinkPolicy::Refuse, 1 << 20)?, "contacts?$top=5\n");
//! # Ok::<(), std::io::Error>(())
//! ```
#![forbid(unsafe_code)]

mod entry;
mod kind;
mod lock;
mod log;
mod read;
mod refusal;
mod stop;
mod tree;
mod write;

#[cfg(feature = "hooks")]
pub mod hook;

pub use std::fs::Permissions;

pub use entry::{
    Entry, Identity, canonical_path, entries, entry_kind, identity, is_file, is_folder, modified_and_size,
};
pub use kind::EntryKind;
pub use lock::{Lock, LockCleanup};
pub use log::LineLog;
pub use read::{LinkPolicy, OpenedFile, open, read, read_below, read_text, resolve};
pub use refusal::Refusal;
pub use stop::{StepGuard, StopHandler, begin_step, is_stopping, on_stop, stop};
pub use tree::{
    contains_working_directory, create_folder, create_private_folder, make_writable, output_path,
    permissions, remove_empty_file, remove_empty_folder, remove_file, remove_owned_folder, set_permissions,
};
pub use write::{WriteMode, create_new, hard_link, is_temporary_name, rename, replace, sync_folder};

/// Calls the function that a test has set with `hook::set`, if there is one. `name` is the point in the code,
/// such as `lock`.
fn point(name: &'static str) {
    #[cfg(feature = "hooks")]
    hook::call(name);
    #[cfg(not(feature = "hooks"))]
    let _ = name;
}
