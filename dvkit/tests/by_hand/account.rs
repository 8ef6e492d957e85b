//! Account: `account`.

/// Account: `account`.
///
/// A company that is a customer or may become one.
pub struct Account {
    /// Created By.
    pub createdby: ::core::option::Option<::dvkit::Lookup>,
    /// Master ID.
    pub masterid: ::core::option::Option<::dvkit::Lookup>,
    /// Modified By.
    pub modifiedby: ::core::option::Option<::dvkit::Lookup>,
    /// Owner.
    pub ownerid: ::core::option::Option<::dvkit::Lookup>,
    /// Parent Account.
    pub parentaccountid: ::core::option::Option<::dvkit::Lookup>,
    /// Primary Contact.
    pub primarycontactid: ::core::option::Option<::dvkit::Lookup>,
    /// Currency.
    pub transactioncurrencyid: ::core::option::Option<::dvkit::Lookup>,
    /// Account.
    pub accountid: ::core::option::Option<::dvkit::Guid>,
    /// Account Number.
    pub accountnumber: ::core::option::Option<::std::string::String>,
    /// Address 1: City.
    pub address1_city: ::core::option::Option<::std::string::String>,
    /// Address 1: Latitude.
    pub address1_latitude: ::core::option::Option<f64>,
    /// Created On.
    pub createdon: ::core::option::Option<::dvkit::jiff::Timestamp>,
    /// Credit Hold.
    pub creditonhold: ::core::option::Option<bool>,
    /// Description.
    pub description: ::core::option::Option<::std::string::String>,
    /// Email.
    pub emailaddress1: ::core::option::Option<::std::string::String>,
    /// Image.
    pub entityimage: ::core::option::Option<::dvkit::Image>,
    /// EntityImage_URL.
    pub entityimage_url: ::core::option::Option<::std::string::String>,
    /// Image Id.
    pub entityimageid: ::core::option::Option<::dvkit::Guid>,
    /// Last Date Included in Campaign.
    pub lastusedincampaign: ::core::option::Option<::dvkit::jiff::Timestamp>,
    /// Modified On.
    pub modifiedon: ::core::option::Option<::dvkit::jiff::Timestamp>,
    /// Account Name.
    pub name: ::core::option::Option<::std::string::String>,
    /// Number of Employees.
    pub numberofemployees: ::core::option::Option<i32>,
    /// Annual Revenue.
    pub revenue: ::core::option::Option<::dvkit::Decimal>,
    /// Status.
    pub statecode: ::core::option::Option<::dvkit::ChoiceValue<AccountState>>,
    /// Status Reason.
    pub statuscode: ::core::option::Option<::dvkit::ChoiceValue<AccountStatus>>,
    /// Main Phone.
    pub telephone1: ::core::option::Option<::std::string::String>,
    /// Version Number.
    pub versionnumber: ::core::option::Option<i64>,
    /// Website.
    pub websiteurl: ::core::option::Option<::std::string::String>,
    /// Everything in the row that is not a column: formatted values, the version, expanded rows.
    pub extra: ::dvkit::RowExtras,
}

impl Account {
    /// Currency.
    pub const TRANSACTIONCURRENCYID: ::dvkit::Column<Account, ::dvkit::kind::Lookup> = ::dvkit::column(6);
    /// Account.
    pub const ACCOUNTID: ::dvkit::Column<Account, ::dvkit::kind::Id, ::dvkit::CreateOnly> =
        ::dvkit::column(7);
    /// Account Number.
    pub const ACCOUNTNUMBER: ::dvkit::Column<Account, ::dvkit::kind::Text> = ::dvkit::column(8);
    /// Address 1: City.
    pub const ADDRESS1_CITY: ::dvkit::Column<Account, ::dvkit::kind::Text> = ::dvkit::column(9);
    /// Address 1: Latitude.
    pub const ADDRESS1_LATITUDE: ::dvkit::Column<Account, ::dvkit::kind::Float> = ::dvkit::column(10);
    /// Created On.
    pub const CREATEDON: ::dvkit::Column<Account, ::dvkit::kind::DateTime, ::dvkit::ReadOnly> =
        ::dvkit::column(11);
    /// Credit Hold.
    pub const CREDITONHOLD: ::dvkit::Column<Account, ::dvkit::kind::TwoOptions<AccountCreditOnHold>> =
        ::dvkit::column(12);
    /// Description.
    pub const DESCRIPTION: ::dvkit::Column<Account, ::dvkit::kind::Text> = ::dvkit::column(13);
    /// Email.
    pub const EMAILADDRESS1: ::dvkit::Column<Account, ::dvkit::kind::Text> = ::dvkit::column(14);
    /// Image.
    pub const ENTITYIMAGE: ::dvkit::Column<Account, ::dvkit::kind::Image> = ::dvkit::column(15);
    /// EntityImage_URL.
    pub const ENTITYIMAGE_URL: ::dvkit::Column<Account, ::dvkit::kind::Text, ::dvkit::ReadOnly> =
        ::dvkit::column(16);
    /// Image Id.
    pub const ENTITYIMAGEID: ::dvkit::Column<Account, ::dvkit::kind::Id, ::dvkit::ReadOnly> =
        ::dvkit::column(17);
    /// Last Date Included in Campaign.
    pub const LASTUSEDINCAMPAIGN: ::dvkit::Column<Account, ::dvkit::kind::DateTime, ::dvkit::UpdateOnly> =
        ::dvkit::column(18);
    /// Modified On.
    pub const MODIFIEDON: ::dvkit::Column<Account, ::dvkit::kind::DateTime, ::dvkit::ReadOnly> =
        ::dvkit::column(19);
    /// Account Name.
    pub const NAME: ::dvkit::Column<Account, ::dvkit::kind::Text> = ::dvkit::column(20);
    /// Number of Employees.
    pub const NUMBEROFEMPLOYEES: ::dvkit::Column<Account, ::dvkit::kind::Int> = ::dvkit::column(21);
    /// Annual Revenue.
    pub const REVENUE: ::dvkit::Column<Account, ::dvkit::kind::Money> = ::dvkit::column(22);
    /// Status.
    pub const STATECODE: ::dvkit::Column<Account, ::dvkit::kind::Choice<AccountState>, ::dvkit::UpdateOnly> =
        ::dvkit::column(23);
    /// Status Reason.
    pub const STATUSCODE: ::dvkit::Column<Account, ::dvkit::kind::Choice<AccountStatus>> =
        ::dvkit::column(24);
    /// Main Phone.
    pub const TELEPHONE1: ::dvkit::Column<Account, ::dvkit::kind::Text> = ::dvkit::column(25);
    /// Version Number.
    pub const VERSIONNUMBER: ::dvkit::Column<Account, ::dvkit::kind::Long, ::dvkit::ReadOnly> =
        ::dvkit::column(26);
    /// Website.
    pub const WEBSITEURL: ::dvkit::Column<Account, ::dvkit::kind::Text> = ::dvkit::column(27);
    /// The systemuser of `createdby`.
    pub const CREATEDBY: ::dvkit::Nav<Account, super::systemuser::SystemUser, ::dvkit::ReadOnly> =
        ::dvkit::nav("createdby", 0);
    /// The account of `masterid`.
    pub const MASTERID: ::dvkit::Nav<Account, Account, ::dvkit::ReadOnly> = ::dvkit::nav("masterid", 1);
    /// The systemuser of `modifiedby`.
    pub const MODIFIEDBY: ::dvkit::Nav<Account, super::systemuser::SystemUser, ::dvkit::ReadOnly> =
        ::dvkit::nav("modifiedby", 2);
    /// The principal of `ownerid`.
    pub const OWNERID: ::dvkit::Nav<Account, super::principal::Principal> = ::dvkit::nav("ownerid", 3);
    /// The account of `parentaccountid`.
    pub const PARENTACCOUNTID: ::dvkit::Nav<Account, Account> = ::dvkit::nav("parentaccountid", 4);
    /// The contact of `primarycontactid`.
    pub const PRIMARYCONTACTID: ::dvkit::Nav<Account, super::contact::Contact> =
        ::dvkit::nav("primarycontactid", 5);
    /// Rows of `account` that refer to this row by `masterid`.
    pub const ACCOUNT_MASTER_ACCOUNT: ::dvkit::NavMany<Account, Account> =
        ::dvkit::nav_many("account_master_account");
    /// Rows of `account` that refer to this row by `parentaccountid`.
    pub const ACCOUNT_PARENT_ACCOUNT: ::dvkit::NavMany<Account, Account> =
        ::dvkit::nav_many("account_parent_account");
    /// Rows of `contact` that refer to this row by `parentcustomerid`.
    pub const CONTACT_CUSTOMER_ACCOUNTS: ::dvkit::NavMany<Account, super::contact::Contact> =
        ::dvkit::nav_many("contact_customer_accounts");
    /// Rows of `new_project` that refer to this row by `new_account`.
    pub const NEW_ACCOUNT_NEW_PROJECT_ACCOUNT: ::dvkit::NavMany<Account, super::new_project::NewProject> =
        ::dvkit::nav_many("new_account_new_project_Account");
    /// Rows of `new_project` that refer to this row by `new_sponsor`.
    pub const NEW_PROJECT_SPONSOR_ACCOUNT: ::dvkit::NavMany<Account, super::new_project::NewProject> =
        ::dvkit::nav_many("new_project_Sponsor_account");
    /// The alternate key of `accountnumber`.
    pub const NEW_ACCOUNTNUMBERKEY: ::dvkit::Key<Account, (::dvkit::kind::Text,)> = ::dvkit::key(&[8]);
}

impl ::dvkit::Record for Account {
    const TABLE: &'static str = "account";
    const COLUMNS: &'static [&'static str] = &[
        "_createdby_value",
        "_masterid_value",
        "_modifiedby_value",
        "_ownerid_value",
        "_parentaccountid_value",
        "_primarycontactid_value",
        "_transactioncurrencyid_value",
        "accountid",
        "accountnumber",
        "address1_city",
        "address1_latitude",
        "createdon",
        "creditonhold",
        "description",
        "emailaddress1",
        "entityimage",
        "entityimage_url",
        "entityimageid",
        "lastusedincampaign",
        "modifiedon",
        "name",
        "numberofemployees",
        "revenue",
        "statecode",
        "statuscode",
        "telephone1",
        "versionnumber",
        "websiteurl",
    ];

    #[inline]
    fn fields_mut(&mut self) -> Vec<::dvkit::row::FieldMut<'_>> {
        ::dvkit::row::fields_mut(
            (
                (
                    &mut self.createdby,
                    &mut self.masterid,
                    &mut self.modifiedby,
                    &mut self.ownerid,
                    &mut self.parentaccountid,
                    &mut self.primarycontactid,
                    &mut self.transactioncurrencyid,
                    &mut self.accountid,
                    &mut self.accountnumber,
                    &mut self.address1_city,
                    &mut self.address1_latitude,
                    &mut self.createdon,
                    &mut self.creditonhold,
                    &mut self.description,
                    &mut self.emailaddress1,
                    &mut self.entityimage,
                ),
                (
                    &mut self.entityimage_url,
                    &mut self.entityimageid,
                    &mut self.lastusedincampaign,
                    &mut self.modifiedon,
                    &mut self.name,
                    &mut self.numberofemployees,
                    &mut self.revenue,
                    &mut self.statecode,
                    &mut self.statuscode,
                    &mut self.telephone1,
                    &mut self.versionnumber,
                    &mut self.websiteurl,
                    &mut self.extra,
                ),
            ),
            &[
                "systemuser",
                "account",
                "systemuser",
                "systemuser team",
                "account",
                "contact",
                "transactioncurrency",
            ],
        )
    }

    #[inline]
    fn fields(&self) -> Vec<::dvkit::row::FieldRef<'_>> {
        ::dvkit::row::fields((
            (
                &self.createdby,
                &self.masterid,
                &self.modifiedby,
                &self.ownerid,
                &self.parentaccountid,
                &self.primarycontactid,
                &self.transactioncurrencyid,
                &self.accountid,
                &self.accountnumber,
                &self.address1_city,
                &self.address1_latitude,
                &self.createdon,
                &self.creditonhold,
                &self.description,
                &self.emailaddress1,
                &self.entityimage,
            ),
            (
                &self.entityimage_url,
                &self.entityimageid,
                &self.lastusedincampaign,
                &self.modifiedon,
                &self.name,
                &self.numberofemployees,
                &self.revenue,
                &self.statecode,
                &self.statuscode,
                &self.telephone1,
                &self.versionnumber,
                &self.websiteurl,
                &self.extra,
            ),
        ))
    }
}

impl ::core::default::Default for Account {
    #[inline]
    fn default() -> Self {
        Account {
            createdby: ::core::option::Option::None,
            masterid: ::core::option::Option::None,
            modifiedby: ::core::option::Option::None,
            ownerid: ::core::option::Option::None,
            parentaccountid: ::core::option::Option::None,
            primarycontactid: ::core::option::Option::None,
            transactioncurrencyid: ::core::option::Option::None,
            accountid: ::core::option::Option::None,
            accountnumber: ::core::option::Option::None,
            address1_city: ::core::option::Option::None,
            address1_latitude: ::core::option::Option::None,
            createdon: ::core::option::Option::None,
            creditonhold: ::core::option::Option::None,
            description: ::core::option::Option::None,
            emailaddress1: ::core::option::Option::None,
            entityimage: ::core::option::Option::None,
            entityimage_url: ::core::option::Option::None,
            entityimageid: ::core::option::Option::None,
            lastusedincampaign: ::core::option::Option::None,
            modifiedon: ::core::option::Option::None,
            name: ::core::option::Option::None,
            numberofemployees: ::core::option::Option::None,
            revenue: ::core::option::Option::None,
            statecode: ::core::option::Option::None,
            statuscode: ::core::option::Option::None,
            telephone1: ::core::option::Option::None,
            versionnumber: ::core::option::Option::None,
            websiteurl: ::core::option::Option::None,
            extra: ::dvkit::RowExtras::NONE,
        }
    }
}

impl ::dvkit::EntitySet for Account {
    const ENTITY_SET: &'static str = "accounts";
    const KEY: u16 = 7;
}

::dvkit::row!(Account);

/// Credit Hold: the options of `account.creditonhold`.
#[repr(i32)]
pub enum AccountCreditOnHold {
    /// No.
    No = 0,
    /// Yes.
    Yes = 1,
}

impl ::dvkit::ChoiceSet for AccountCreditOnHold {
    const TEXT: &'static str = "\
        account_creditonhold\n\
             0\tNo\t\t\t1031\tNein\t1033\tNo\t1036\tNon\n\
             1\tYes\t\t\t1031\tJa\t1033\tYes\t1036\tOui\n";

    fn variants() -> &'static [Self] {
        &[Self::No, Self::Yes]
    }

    #[inline]
    fn value(self) -> i32 {
        self as i32
    }
}

::dvkit::choice!(AccountCreditOnHold);

/// Status: the options of `account.statecode`.
#[repr(i32)]
pub enum AccountState {
    /// Active.
    Active = 0,
    /// Inactive.
    Inactive = 1,
}

impl ::dvkit::ChoiceSet for AccountState {
    const TEXT: &'static str = "\
        account_statecode\n\
             0\tActive\t\t\t1031\tAktiv\t1033\tActive\t1036\tActif\n\
             1\tInactive\t\t\t1031\tInaktiv\t1033\tInactive\t1036\tInactif\n";

    fn variants() -> &'static [Self] {
        &[Self::Active, Self::Inactive]
    }

    #[inline]
    fn value(self) -> i32 {
        self as i32
    }
}

::dvkit::choice!(AccountState);

/// Status Reason: the options of `account.statuscode`.
#[repr(i32)]
pub enum AccountStatus {
    /// Active.
    Active = 1,
    /// Inactive.
    Inactive = 2,
}

impl ::dvkit::ChoiceSet for AccountStatus {
    const TEXT: &'static str = "\
        account_statuscode\n\
             1\tActive\t\t0\t1031\tAktiv\t1033\tActive\t1036\tActif\n\
             2\tInactive\t\t1\t1031\tInaktiv\t1033\tInactive\t1036\tInactif\n";

    fn variants() -> &'static [Self] {
        &[Self::Active, Self::Inactive]
    }

    #[inline]
    fn value(self) -> i32 {
        self as i32
    }
}

::dvkit::choice!(AccountStatus);
