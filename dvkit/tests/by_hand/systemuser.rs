//! User: `systemuser`.

/// User: `systemuser`.
///
/// A person or an application with access to the organisation.
pub struct SystemUser {
    /// Manager.
    pub parentsystemuserid: ::core::option::Option<::dvkit::Lookup>,
    /// Access Mode.
    pub accessmode: ::core::option::Option<::dvkit::ChoiceValue<SystemUserAccessMode>>,
    /// Azure AD Object ID.
    pub azureactivedirectoryobjectid: ::core::option::Option<::dvkit::Guid>,
    /// Full Name.
    pub fullname: ::core::option::Option<::std::string::String>,
    /// Primary Email.
    pub internalemailaddress: ::core::option::Option<::std::string::String>,
    /// Status.
    pub isdisabled: ::core::option::Option<bool>,
    /// ownerid.
    pub ownerid: ::core::option::Option<::dvkit::Guid>,
    /// User.
    pub systemuserid: ::core::option::Option<::dvkit::Guid>,
    /// Everything in the row that is not a column: formatted values, the version, expanded rows.
    pub extra: ::dvkit::RowExtras,
}

impl SystemUser {
    /// Access Mode.
    pub const ACCESSMODE: ::dvkit::Column<SystemUser, ::dvkit::kind::Choice<SystemUserAccessMode>> =
        ::dvkit::column(1);
    /// Azure AD Object ID.
    pub const AZUREACTIVEDIRECTORYOBJECTID: ::dvkit::Column<SystemUser, ::dvkit::kind::Id> =
        ::dvkit::column(2);
    /// Full Name.
    pub const FULLNAME: ::dvkit::Column<SystemUser, ::dvkit::kind::Text, ::dvkit::ReadOnly> =
        ::dvkit::column(3);
    /// Primary Email.
    pub const INTERNALEMAILADDRESS: ::dvkit::Column<SystemUser, ::dvkit::kind::Text> = ::dvkit::column(4);
    /// Status.
    pub const ISDISABLED: ::dvkit::Column<
        SystemUser,
        ::dvkit::kind::TwoOptions<SystemUserIsDisabled>,
        ::dvkit::ReadOnly,
    > = ::dvkit::column(5);
    /// ownerid.
    pub const OWNERID: ::dvkit::Column<SystemUser, ::dvkit::kind::Id, ::dvkit::ReadOnly> = ::dvkit::column(6);
    /// User.
    pub const SYSTEMUSERID: ::dvkit::Column<SystemUser, ::dvkit::kind::Id, ::dvkit::CreateOnly> =
        ::dvkit::column(7);
    /// The systemuser of `parentsystemuserid`.
    pub const PARENTSYSTEMUSERID: ::dvkit::Nav<SystemUser, SystemUser> =
        ::dvkit::nav("parentsystemuserid", 0);
    /// Rows of `account` that refer to this row by `createdby`.
    pub const LK_ACCOUNTBASE_CREATEDBY: ::dvkit::NavMany<SystemUser, super::account::Account> =
        ::dvkit::nav_many("lk_accountbase_createdby");
    /// Rows of `account` that refer to this row by `modifiedby`.
    pub const LK_ACCOUNTBASE_MODIFIEDBY: ::dvkit::NavMany<SystemUser, super::account::Account> =
        ::dvkit::nav_many("lk_accountbase_modifiedby");
    /// Rows of `contact` that refer to this row by `createdby`.
    pub const LK_CONTACTBASE_CREATEDBY: ::dvkit::NavMany<SystemUser, super::contact::Contact> =
        ::dvkit::nav_many("lk_contactbase_createdby");
    /// Rows of `contact` that refer to this row by `modifiedby`.
    pub const LK_CONTACTBASE_MODIFIEDBY: ::dvkit::NavMany<SystemUser, super::contact::Contact> =
        ::dvkit::nav_many("lk_contactbase_modifiedby");
    /// Rows of `new_project` that refer to this row by `new_sponsor`.
    pub const NEW_PROJECT_SPONSOR_SYSTEMUSER: ::dvkit::NavMany<SystemUser, super::new_project::NewProject> =
        ::dvkit::nav_many("new_project_Sponsor_systemuser");
    /// Rows of `new_project` that are connected by `new_project_systemuser`.
    pub const NEW_PROJECT_SYSTEMUSER: ::dvkit::NavMany<
        SystemUser,
        super::new_project::NewProject,
        ::dvkit::ManyToMany,
    > = ::dvkit::nav_many("new_project_systemuser");
    /// Rows of `new_project` that refer to this row by `new_manager`.
    pub const NEW_SYSTEMUSER_NEW_PROJECT_MANAGER: ::dvkit::NavMany<
        SystemUser,
        super::new_project::NewProject,
    > = ::dvkit::nav_many("new_systemuser_new_project_Manager");
    /// Rows of `account` that refer to this row by `ownerid`.
    pub const OWNER_ACCOUNTS: ::dvkit::NavMany<SystemUser, super::account::Account> =
        ::dvkit::nav_many("owner_accounts");
    /// Rows of `contact` that refer to this row by `ownerid`.
    pub const OWNER_CONTACTS: ::dvkit::NavMany<SystemUser, super::contact::Contact> =
        ::dvkit::nav_many("owner_contacts");
    /// Rows of `new_project` that refer to this row by `ownerid`.
    pub const OWNER_NEW_PROJECT: ::dvkit::NavMany<SystemUser, super::new_project::NewProject> =
        ::dvkit::nav_many("owner_new_project");
    /// Rows of `systemuser` that refer to this row by `parentsystemuserid`.
    pub const USER_PARENT_USER: ::dvkit::NavMany<SystemUser, SystemUser> =
        ::dvkit::nav_many("user_parent_user");
    /// The alternate key of `azureactivedirectoryobjectid`.
    pub const AADOBJECTID: ::dvkit::Key<SystemUser, (::dvkit::kind::Id,)> = ::dvkit::key(&[2]);
}

impl ::dvkit::Record for SystemUser {
    const TABLE: &'static str = "systemuser";
    const COLUMNS: &'static [&'static str] = &[
        "_parentsystemuserid_value",
        "accessmode",
        "azureactivedirectoryobjectid",
        "fullname",
        "internalemailaddress",
        "isdisabled",
        "ownerid",
        "systemuserid",
    ];

    #[inline]
    fn fields_mut(&mut self) -> Vec<::dvkit::row::FieldMut<'_>> {
        ::dvkit::row::fields_mut(
            (
                &mut self.parentsystemuserid,
                &mut self.accessmode,
                &mut self.azureactivedirectoryobjectid,
                &mut self.fullname,
                &mut self.internalemailaddress,
                &mut self.isdisabled,
                &mut self.ownerid,
                &mut self.systemuserid,
                &mut self.extra,
            ),
            &["systemuser"],
        )
    }

    #[inline]
    fn fields(&self) -> Vec<::dvkit::row::FieldRef<'_>> {
        ::dvkit::row::fields((
            &self.parentsystemuserid,
            &self.accessmode,
            &self.azureactivedirectoryobjectid,
            &self.fullname,
            &self.internalemailaddress,
            &self.isdisabled,
            &self.ownerid,
            &self.systemuserid,
            &self.extra,
        ))
    }
}

impl ::core::default::Default for SystemUser {
    #[inline]
    fn default() -> Self {
        SystemUser {
            parentsystemuserid: ::core::option::Option::None,
            accessmode: ::core::option::Option::None,
            azureactivedirectoryobjectid: ::core::option::Option::None,
            fullname: ::core::option::Option::None,
            internalemailaddress: ::core::option::Option::None,
            isdisabled: ::core::option::Option::None,
            ownerid: ::core::option::Option::None,
            systemuserid: ::core::option::Option::None,
            extra: ::dvkit::RowExtras::NONE,
        }
    }
}

impl ::dvkit::DerivesFrom<super::principal::Principal> for SystemUser {}

impl ::dvkit::EntitySet for SystemUser {
    const ENTITY_SET: &'static str = "systemusers";
    const KEY: u16 = 7;
}

::dvkit::row!(SystemUser);

/// Access Mode: the options of `systemuser.accessmode`.
#[repr(i32)]
pub enum SystemUserAccessMode {
    /// Read-Write.
    ReadWrite = 0,
    /// Administrative.
    Administrative = 1,
    /// Read.
    Read = 2,
    /// Support User.
    SupportUser = 3,
    /// Non-interactive.
    NonInteractive = 4,
    /// Delegated Admin.
    DelegatedAdmin = 5,
}

impl ::dvkit::ChoiceSet for SystemUserAccessMode {
    const TEXT: &'static str = "\
        systemuser_accessmode\n\
             0\tReadWrite\t\t\t1033\tRead-Write\n\
             1\tAdministrative\t\t\t1033\tAdministrative\n\
             2\tRead\t\t\t1033\tRead\n\
             3\tSupportUser\t\t\t1033\tSupport User\n\
             4\tNonInteractive\t\t\t1033\tNon-interactive\n\
             5\tDelegatedAdmin\t\t\t1033\tDelegated Admin\n";

    fn variants() -> &'static [Self] {
        &[
            Self::ReadWrite,
            Self::Administrative,
            Self::Read,
            Self::SupportUser,
            Self::NonInteractive,
            Self::DelegatedAdmin,
        ]
    }

    #[inline]
    fn value(self) -> i32 {
        self as i32
    }
}

::dvkit::choice!(SystemUserAccessMode);

/// Status: the options of `systemuser.isdisabled`.
#[repr(i32)]
pub enum SystemUserIsDisabled {
    /// Enabled.
    Enabled = 0,
    /// Disabled.
    Disabled = 1,
}

impl ::dvkit::ChoiceSet for SystemUserIsDisabled {
    const TEXT: &'static str = "\
        systemuser_isdisabled\n\
             0\tEnabled\t\t\t1033\tEnabled\n\
             1\tDisabled\t\t\t1033\tDisabled\n";

    fn variants() -> &'static [Self] {
        &[Self::Enabled, Self::Disabled]
    }

    #[inline]
    fn value(self) -> i32 {
        self as i32
    }
}

::dvkit::choice!(SystemUserIsDisabled);
