//! DV05xx: it works and is known to run badly.

super::codes! {
    /// A pattern that begins with a wildcard cannot use an index: Dataverse documents it as an anti-pattern that may
    /// be throttled or fail (`0x80048573`).
    LEADING_WILDCARD = 501, "leading wildcard", "contact": "startswith(lastname,'%son')" => "endswith(lastname,'son')";
}
