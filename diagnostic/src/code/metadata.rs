//! DV07xx: metadata files and snapshots.

super::codes! {}
