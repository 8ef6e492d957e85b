//! Principal: `principal`.

/// Principal: `principal`.
pub struct Principal {
    /// ownerid.
    pub ownerid: ::core::option::Option<::dvkit::Guid>,
    /// What the answer has beside the columns: formatted values, the version tag, expanded rows.
    pub extra: ::dvkit::Extra,
}

impl Principal {
    /// ownerid.
    pub const OWNERID: ::dvkit::Column<Principal, ::dvkit::kind::Id, ::dvkit::ReadOnly> =
        ::dvkit::Column::at(0);
    /// Rows of `account` that point here by `ownerid`.
    pub const OWNER_ACCOUNTS: ::dvkit::NavMany<Principal, super::account::Account> =
        ::dvkit::NavMany::new("owner_accounts");
    /// Rows of `contact` that point here by `ownerid`.
    pub const OWNER_CONTACTS: ::dvkit::NavMany<Principal, super::contact::Contact> =
        ::dvkit::NavMany::new("owner_contacts");
    /// Rows of `new_project` that point here by `ownerid`.
    pub const OWNER_NEW_PROJECT: ::dvkit::NavMany<Principal, super::new_project::NewProject> =
        ::dvkit::NavMany::new("owner_new_project");
}

impl ::dvkit::Record for Principal {
    const TABLE: &'static str = "principal";
    const COLUMNS: &'static [&'static str] = &["ownerid"];
    type Slots<'a> = [::dvkit::row::Slot<'a>; 2];
    type Cells<'a> = [::dvkit::row::Cell<'a>; 2];

    #[inline]
    fn slots(&mut self) -> [::dvkit::row::Slot<'_>; 2] {
        [::dvkit::row::Slot::Id(&mut self.ownerid), ::dvkit::row::Slot::Extra(&mut self.extra)]
    }

    #[inline]
    fn cells(&self) -> [::dvkit::row::Cell<'_>; 2] {
        [::dvkit::row::Cell::Id(&self.ownerid), ::dvkit::row::Cell::Extra(&self.extra)]
    }
}

impl ::core::default::Default for Principal {
    #[inline]
    fn default() -> Self {
        Principal { ownerid: ::core::option::Option::None, extra: ::dvkit::Extra::NONE }
    }
}

impl ::dvkit::Table for Principal {}

::dvkit::row!(Principal);
