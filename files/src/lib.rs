//! The one place where dvkit opens, lists, writes, replaces, locks and removes files.
//!
//! # What it protects against
//!
//! dvkit runs in repositories that somebody else wrote. A clone brings links, folders and file names of its author's choice
//! along, and what an archive holds is its author's choice as well. The rules here see to it that such a tree does no harm:
//!
//! - Only regular files are read, up to a limit that the caller names. Folders, pipes, sockets and devices are refused
//!   before they are opened, since opening one may already wait or act.
//! - A symbolic link is not followed, unless the user named it on the command line ([`LinkPolicy::FollowNamed`]); and even then not where
//!   it lies in the working directory and leads out of it.
//! - A file is replaced as a whole: written beside the old one under a name that did not exist, then renamed.
//! - A folder that dvkit owns is emptied by the names that dvkit writes. Anything else in it stops the removal before the
//!   first file is gone, and no removal goes through a link.
//! - An error never contains what is in a file.
//!
//! # What it does not protect against
//!
//! The tree is assumed to hold still. A process that runs at the same time with the same rights and exchanges files between
//! a look at them and their use can do by itself whatever it could make dvkit do. Two runs of dvkit at the same time are
//! another matter: they take turns by [`Lock`].
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
pub use read::{LinkPolicy, OpenedFile, open, read, read_below, read_text, resolve};
pub use refusal::Refusal;
pub use stop::{StepGuard, StopHandler, begin_step, is_stopping, on_stop, stop};
pub use tree::{
    contains_working_directory, create_folder, create_private_folder, make_writable, output_path,
    permissions, remove_empty_file, remove_empty_folder, remove_file, remove_owned_folder, set_permissions,
};
pub use write::{WriteMode, create_new, hard_link, is_temporary_name, rename, replace, sync_folder};

/// Calls the hook of a test, where one is set.
fn point(name: &'static str) {
    #[cfg(feature = "hooks")]
    hook::call(name);
    #[cfg(not(feature = "hooks"))]
    let _ = name;
}
