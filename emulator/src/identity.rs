//! The ids of the organisation, of its root business unit and of its callers, which are the same in every run, and
//! what the organisation knows about a caller.

use std::collections::HashMap;
use std::sync::LazyLock;

use jiff::tz::TimeZone;
use uuid::Uuid;

/// Returns the id of the caller with this name.
pub(crate) fn user_id(name: &str) -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_URL, format!("dvkit:user:{name}").as_bytes())
}

/// Returns the id of the caller with this name in the directory of the tenant.
pub(crate) fn directory_id(name: &str) -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_URL, format!("dvkit:directory:{name}").as_bytes())
}

/// Returns the id of the root business unit.
pub(crate) fn business_unit_id() -> Uuid {
    static ID: LazyLock<Uuid> = LazyLock::new(|| Uuid::new_v5(&Uuid::NAMESPACE_URL, b"dvkit:business-unit"));
    *ID
}

/// Returns the id of the organisation.
pub(crate) fn organisation_id() -> String {
    Uuid::new_v5(&Uuid::NAMESPACE_URL, b"dvkit:organization").to_string()
}

/// Returns the id of an object with this kind and name. It is the same on every call.
pub(crate) fn generated_id(kind: &str, name: &str) -> String {
    Uuid::new_v5(&Uuid::NAMESPACE_URL, format!("dvkit:{kind}:{name}").as_bytes()).to_string()
}

/// What the organisation knows about a caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CallerIdentity {
    /// The id of the caller's user.
    pub(crate) user: Uuid,
    /// The id of the caller's business unit.
    pub(crate) business_unit: Uuid,
    /// The ids of the teams that the caller belongs to, in ascending order.
    pub(crate) teams: Vec<Uuid>,
    /// The language of the caller, as an LCID.
    pub(crate) language: u32,
    /// The caller's time zone.
    pub(crate) zone: TimeZone,
}

/// The identities of callers by name, each with the number of the organisation's state and the version of the
/// rows that it was read at.
pub(crate) type KnownCallers = HashMap<String, (u64, i64, CallerIdentity)>;
