//! DV03xx: a value or an operator that does not fit its column.

super::codes! {
}
