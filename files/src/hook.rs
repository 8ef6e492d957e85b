//! A place for tests to stop a thread; it exists only with the feature `hooks`.

use std::sync::RwLock;

static HOOK: RwLock<Option<fn(&'static str)>> = RwLock::new(None);

/// Calls `hook` from now on before and after every lock and every rename, with the name of the place: `lock`, `locked`,
/// `unlock`, `rename` or `renamed`.
pub fn set(hook: fn(&'static str)) {
    *HOOK.write().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(hook);
}

/// Calls the hook.
pub(crate) fn call(name: &'static str) {
    let hook = *HOOK.read().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(hook) = hook {
        hook(name);
    }
}
