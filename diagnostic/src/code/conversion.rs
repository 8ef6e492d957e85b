//! DV06xx: it cannot be said in the other language.

super::codes! {
}
