//! DV05xx: it works and is known to run badly.

super::codes! {
}
