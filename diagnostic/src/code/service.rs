//! DV04xx: standard OData that Dataverse refuses.

super::codes! {
}
