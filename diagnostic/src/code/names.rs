//! DV02xx: a name that does not exist, or not as written.

super::codes! {
}
