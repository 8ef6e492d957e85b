//! A hook with which a test can pause a thread at a certain point. It exists only with the feature `hooks`.

use std::sync::RwLock;

static HOOK: RwLock<Option<fn(&'static str)>> = RwLock::new(None);

/// Sets the hook that is called before and after every lock and every rename. Its argument names the point: `lock`,
/// `locked`, `unlock`, `rename` or `renamed`.
pub fn set(hook: fn(&'static str)) {
    *HOOK.write().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(hook);
}

/// Calls the hook with `name` as its argument, if one is set.
pub(crate) fn call(name: &'static str) {
    let hook = *HOOK.read().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(hook) = hook {
        hook(name);
    }
}
