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
    pub statecode: ::core::option::Option<::dvkit::Choice<AccountState>>,
    /// Status Reason.
    pub statuscode: ::core::option::Option<::dvkit::Choice<AccountStatus>>,
    /// Main Phone.
    pub telephone1: ::core::option::Option<::std::string::String>,
    /// Version Number.
    pub versionnumber: ::core::option::Option<i64>,
    /// Website.
    pub websiteurl: ::core::option::Option<::std::string::String>,
    /// What the answer has beside the columns: formatted values, the version tag, expanded rows.
    pub extra: ::dvkit::Extra,
}

impl Account {
    /// Currency.
    pub const TRANSACTIONCURRENCYID: ::dvkit::Column<Account, ::dvkit::kind::Reference> =
        ::dvkit::Column::at(6);
    /// Account.
    pub const ACCOUNTID: ::dvkit::Column<Account, ::dvkit::kind::Id, ::dvkit::CreateOnly> =
        ::dvkit::Column::at(7);
    /// Account Number.
    pub const ACCOUNTNUMBER: ::dvkit::Column<Account, ::dvkit::kind::Text> = ::dvkit::Column::at(8);
    /// Address 1: City.
    pub const ADDRESS1_CITY: ::dvkit::Column<Account, ::dvkit::kind::Text> = ::dvkit::Column::at(9);
    /// Address 1: Latitude.
    pub const ADDRESS1_LATITUDE: ::dvkit::Column<Account, ::dvkit::kind::Float> = ::dvkit::Column::at(10);
    /// Created On.
    pub const CREATEDON: ::dvkit::Column<Account, ::dvkit::kind::DateTime, ::dvkit::ReadOnly> =
        ::dvkit::Column::at(11);
    /// Credit Hold.
    pub const CREDITONHOLD: ::dvkit::Column<Account, ::dvkit::kind::TwoOptions<AccountCreditOnHold>> =
        ::dvkit::Column::at(12);
    /// Description.
    pub const DESCRIPTION: ::dvkit::Column<Account, ::dvkit::kind::Text> = ::dvkit::Column::at(13);
    /// Email.
    pub const EMAILADDRESS1: ::dvkit::Column<Account, ::dvkit::kind::Text> = ::dvkit::Column::at(14);
    /// Image.
    pub const ENTITYIMAGE: ::dvkit::Column<Account, ::dvkit::kind::Picture> = ::dvkit::Column::at(15);
    /// EntityImage_URL.
    pub const ENTITYIMAGE_URL: ::dvkit::Column<Account, ::dvkit::kind::Text, ::dvkit::ReadOnly> =
        ::dvkit::Column::at(16);
    /// Image Id.
    pub const ENTITYIMAGEID: ::dvkit::Column<Account, ::dvkit::kind::Id, ::dvkit::ReadOnly> =
        ::dvkit::Column::at(17);
    /// Last Date Included in Campaign.
    pub const LASTUSEDINCAMPAIGN: ::dvkit::Column<Account, ::dvkit::kind::DateTime, ::dvkit::UpdateOnly> =
        ::dvkit::Column::at(18);
    /// Modified On.
    pub const MODIFIEDON: ::dvkit::Column<Account, ::dvkit::kind::DateTime, ::dvkit::ReadOnly> =
        ::dvkit::Column::at(19);
    /// Account Name.
    pub const NAME: ::dvkit::Column<Account, ::dvkit::kind::Text> = ::dvkit::Column::at(20);
    /// Number of Employees.
    pub const NUMBEROFEMPLOYEES: ::dvkit::Column<Account, ::dvkit::kind::Int> = ::dvkit::Column::at(21);
    /// Annual Revenue.
    pub const REVENUE: ::dvkit::Column<Account, ::dvkit::kind::Money> = ::dvkit::Column::at(22);
    /// Status.
    pub const STATECODE: ::dvkit::Column<Account, ::dvkit::kind::OneOf<AccountState>, ::dvkit::UpdateOnly> =
        ::dvkit::Column::at(23);
    /// Status Reason.
    pub const STATUSCODE: ::dvkit::Column<Account, ::dvkit::kind::OneOf<AccountStatus>> =
        ::dvkit::Column::at(24);
    /// Main Phone.
    pub const TELEPHONE1: ::dvkit::Column<Account, ::dvkit::kind::Text> = ::dvkit::Column::at(25);
    /// Version Number.
    pub const VERSIONNUMBER: ::dvkit::Column<Account, ::dvkit::kind::Long, ::dvkit::ReadOnly> =
        ::dvkit::Column::at(26);
    /// Website.
    pub const WEBSITEURL: ::dvkit::Column<Account, ::dvkit::kind::Text> = ::dvkit::Column::at(27);
    /// The systemuser of `createdby`.
    pub const CREATEDBY: ::dvkit::Nav<Account, super::systemuser::SystemUser, ::dvkit::ReadOnly> =
        ::dvkit::Nav::new("createdby", 0);
    /// The account of `masterid`.
    pub const MASTERID: ::dvkit::Nav<Account, Account, ::dvkit::ReadOnly> = ::dvkit::Nav::new("masterid", 1);
    /// The systemuser of `modifiedby`.
    pub const MODIFIEDBY: ::dvkit::Nav<Account, super::systemuser::SystemUser, ::dvkit::ReadOnly> =
        ::dvkit::Nav::new("modifiedby", 2);
    /// The principal of `ownerid`.
    pub const OWNERID: ::dvkit::Nav<Account, super::principal::Principal> = ::dvkit::Nav::new("ownerid", 3);
    /// The account of `parentaccountid`.
    pub const PARENTACCOUNTID: ::dvkit::Nav<Account, Account> = ::dvkit::Nav::new("parentaccountid", 4);
    /// The contact of `primarycontactid`.
    pub const PRIMARYCONTACTID: ::dvkit::Nav<Account, super::contact::Contact> =
        ::dvkit::Nav::new("primarycontactid", 5);
    /// Rows of `account` that point here by `masterid`.
    pub const ACCOUNT_MASTER_ACCOUNT: ::dvkit::NavMany<Account, Account> =
        ::dvkit::NavMany::new("account_master_account");
    /// Rows of `account` that point here by `parentaccountid`.
    pub const ACCOUNT_PARENT_ACCOUNT: ::dvkit::NavMany<Account, Account> =
        ::dvkit::NavMany::new("account_parent_account");
    /// Rows of `contact` that point here by `parentcustomerid`.
    pub const CONTACT_CUSTOMER_ACCOUNTS: ::dvkit::NavMany<Account, super::contact::Contact> =
        ::dvkit::NavMany::new("contact_customer_accounts");
    /// Rows of `new_project` that point here by `new_account`.
    pub const NEW_ACCOUNT_NEW_PROJECT_ACCOUNT: ::dvkit::NavMany<Account, super::new_project::NewProject> =
        ::dvkit::NavMany::new("new_account_new_project_Account");
    /// Rows of `new_project` that point here by `new_sponsor`.
    pub const NEW_PROJECT_SPONSOR_ACCOUNT: ::dvkit::NavMany<Account, super::new_project::NewProject> =
        ::dvkit::NavMany::new("new_project_Sponsor_account");
    /// The alternate key of `accountnumber`.
    pub const NEW_ACCOUNTNUMBERKEY: ::dvkit::Key<Account, (::dvkit::kind::Text,)> = ::dvkit::Key::new(&[8]);
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
    type Slots<'a> = [::dvkit::row::Slot<'a>; 29];
    type Cells<'a> = [::dvkit::row::Cell<'a>; 29];

    #[inline]
    fn slots(&mut self) -> [::dvkit::row::Slot<'_>; 29] {
        [
            ::dvkit::row::Slot::Lookup(&mut self.createdby, &["systemuser"]),
            ::dvkit::row::Slot::Lookup(&mut self.masterid, &["account"]),
            ::dvkit::row::Slot::Lookup(&mut self.modifiedby, &["systemuser"]),
            ::dvkit::row::Slot::Lookup(&mut self.ownerid, &["systemuser", "team"]),
            ::dvkit::row::Slot::Lookup(&mut self.parentaccountid, &["account"]),
            ::dvkit::row::Slot::Lookup(&mut self.primarycontactid, &["contact"]),
            ::dvkit::row::Slot::Lookup(&mut self.transactioncurrencyid, &["transactioncurrency"]),
            ::dvkit::row::Slot::Id(&mut self.accountid),
            ::dvkit::row::Slot::Text(&mut self.accountnumber),
            ::dvkit::row::Slot::Text(&mut self.address1_city),
            ::dvkit::row::Slot::Float(&mut self.address1_latitude),
            ::dvkit::row::Slot::DateTime(&mut self.createdon),
            ::dvkit::row::Slot::Bool(&mut self.creditonhold),
            ::dvkit::row::Slot::Text(&mut self.description),
            ::dvkit::row::Slot::Text(&mut self.emailaddress1),
            ::dvkit::row::Slot::Picture(&mut self.entityimage),
            ::dvkit::row::Slot::Text(&mut self.entityimage_url),
            ::dvkit::row::Slot::Id(&mut self.entityimageid),
            ::dvkit::row::Slot::DateTime(&mut self.lastusedincampaign),
            ::dvkit::row::Slot::DateTime(&mut self.modifiedon),
            ::dvkit::row::Slot::Text(&mut self.name),
            ::dvkit::row::Slot::Int(&mut self.numberofemployees),
            ::dvkit::row::Slot::Decimal(&mut self.revenue),
            ::dvkit::row::Slot::OneOf(&mut self.statecode),
            ::dvkit::row::Slot::OneOf(&mut self.statuscode),
            ::dvkit::row::Slot::Text(&mut self.telephone1),
            ::dvkit::row::Slot::Long(&mut self.versionnumber),
            ::dvkit::row::Slot::Text(&mut self.websiteurl),
            ::dvkit::row::Slot::Extra(&mut self.extra),
        ]
    }

    #[inline]
    fn cells(&self) -> [::dvkit::row::Cell<'_>; 29] {
        [
            ::dvkit::row::Cell::Lookup(&self.createdby),
            ::dvkit::row::Cell::Lookup(&self.masterid),
            ::dvkit::row::Cell::Lookup(&self.modifiedby),
            ::dvkit::row::Cell::Lookup(&self.ownerid),
            ::dvkit::row::Cell::Lookup(&self.parentaccountid),
            ::dvkit::row::Cell::Lookup(&self.primarycontactid),
            ::dvkit::row::Cell::Lookup(&self.transactioncurrencyid),
            ::dvkit::row::Cell::Id(&self.accountid),
            ::dvkit::row::Cell::Text(&self.accountnumber),
            ::dvkit::row::Cell::Text(&self.address1_city),
            ::dvkit::row::Cell::Float(&self.address1_latitude),
            ::dvkit::row::Cell::DateTime(&self.createdon),
            ::dvkit::row::Cell::Bool(&self.creditonhold),
            ::dvkit::row::Cell::Text(&self.description),
            ::dvkit::row::Cell::Text(&self.emailaddress1),
            ::dvkit::row::Cell::Picture(&self.entityimage),
            ::dvkit::row::Cell::Text(&self.entityimage_url),
            ::dvkit::row::Cell::Id(&self.entityimageid),
            ::dvkit::row::Cell::DateTime(&self.lastusedincampaign),
            ::dvkit::row::Cell::DateTime(&self.modifiedon),
            ::dvkit::row::Cell::Text(&self.name),
            ::dvkit::row::Cell::Int(&self.numberofemployees),
            ::dvkit::row::Cell::Decimal(&self.revenue),
            ::dvkit::row::Cell::OneOf(&self.statecode),
            ::dvkit::row::Cell::OneOf(&self.statuscode),
            ::dvkit::row::Cell::Text(&self.telephone1),
            ::dvkit::row::Cell::Long(&self.versionnumber),
            ::dvkit::row::Cell::Text(&self.websiteurl),
            ::dvkit::row::Cell::Extra(&self.extra),
        ]
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
            extra: ::dvkit::Extra::NONE,
        }
    }
}

impl ::dvkit::Table for Account {}

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
    const TABLE: ::dvkit::OptionTable<Self> = ::dvkit::OptionTable::new(
        "account_creditonhold",
        &[Self::No, Self::Yes],
        "\
             0\tNo\t\t\t1031\tNein\t1033\tNo\t1036\tNon\n\
             1\tYes\t\t\t1031\tJa\t1033\tYes\t1036\tOui\n",
    );

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
    const TABLE: ::dvkit::OptionTable<Self> = ::dvkit::OptionTable::new(
        "account_statecode",
        &[Self::Active, Self::Inactive],
        "\
             0\tActive\t\t\t1031\tAktiv\t1033\tActive\t1036\tActif\n\
             1\tInactive\t\t\t1031\tInaktiv\t1033\tInactive\t1036\tInactif\n",
    );

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
    const TABLE: ::dvkit::OptionTable<Self> = ::dvkit::OptionTable::new(
        "account_statuscode",
        &[Self::Active, Self::Inactive],
        "\
             1\tActive\t\t0\t1031\tAktiv\t1033\tActive\t1036\tActif\n\
             2\tInactive\t\t1\t1031\tInaktiv\t1033\tInactive\t1036\tInactif\n",
    );

    #[inline]
    fn value(self) -> i32 {
        self as i32
    }
}

::dvkit::choice!(AccountStatus);
