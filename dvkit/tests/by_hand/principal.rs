//! Principal: `principal`.

/// Principal: `principal`.
pub struct Principal {
    /// ownerid.
    pub ownerid: ::core::option::Option<::dvkit::Guid>,
    /// Everything in the row that is not a column: formatted values, the version, expanded rows.
    pub extra: ::dvkit::RowExtras,
}

impl Principal {
    /// ownerid.
    pub const OWNERID: ::dvkit::Column<Principal, ::dvkit::kind::Id, ::dvkit::ReadOnly> = ::dvkit::column(0);
    /// Rows of `account` that refer to this row by `ownerid`.
    pub const OWNER_ACCOUNTS: ::dvkit::NavMany<Principal, super::account::Account> =
        ::dvkit::nav_many("owner_accounts");
    /// Rows of `contact` that refer to this row by `ownerid`.
    pub const OWNER_CONTACTS: ::dvkit::NavMany<Principal, super::contact::Contact> =
        ::dvkit::nav_many("owner_contacts");
    /// Rows of `new_project` that refer to this row by `ownerid`.
    pub const OWNER_NEW_PROJECT: ::dvkit::NavMany<Principal, super::new_project::NewProject> =
        ::dvkit::nav_many("owner_new_project");
}

impl ::dvkit::Record for Principal {
    const TABLE: &'static str = "principal";
    const COLUMNS: &'static [&'static str] = &["ownerid"];

    #[inline]
    fn fields_mut(&mut self) -> Vec<::dvkit::row::FieldMut<'_>> {
        ::dvkit::row::fields_mut((&mut self.ownerid, &mut self.extra), &[])
    }

    #[inline]
    fn fields(&self) -> Vec<::dvkit::row::FieldRef<'_>> {
        ::dvkit::row::fields((&self.ownerid, &self.extra))
    }
}

impl ::core::default::Default for Principal {
    #[inline]
    fn default() -> Self {
        Principal { ownerid: ::core::option::Option::None, extra: ::dvkit::RowExtras::NONE }
    }
}

impl ::dvkit::Table for Principal {}

::dvkit::row!(Principal);
