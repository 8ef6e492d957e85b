//! Lets a test pause a thread at certain points of locking and renaming. The module exists only with the
//! feature `hooks`.

use std::sync::RwLock;

static HOOK: RwLock<Option<fn(&'static str)>> = RwLock::new(None);

/// Sets the function that is called before and after every lock and every rename. Its argument names the
/// point: `lock`, `locked`, `unlock`, `rename` or `renamed`.
pub fn set(hook: fn(&'static str)) {
    *HOOK.write().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(hook);
}

/// Calls the function set by [`set`], if there is one. `name` is the point in the code.
pub(crate) fn call(name: &'static str) {
    let hook = *HOOK.read().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(hook) = hook {
        hook(name);
    }
}
