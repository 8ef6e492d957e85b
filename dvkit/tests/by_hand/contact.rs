//! Contact: `contact`.

/// Contact: `contact`.
///
/// A person with whom the organisation has to do.
pub struct Contact {
    /// Created By.
    pub createdby: ::core::option::Option<::dvkit::Lookup>,
    /// Master ID.
    pub masterid: ::core::option::Option<::dvkit::Lookup>,
    /// Modified By.
    pub modifiedby: ::core::option::Option<::dvkit::Lookup>,
    /// Owner.
    pub ownerid: ::core::option::Option<::dvkit::Lookup>,
    /// Company Name.
    pub parentcustomerid: ::core::option::Option<::dvkit::Lookup>,
    /// Currency.
    pub transactioncurrencyid: ::core::option::Option<::dvkit::Lookup>,
    /// Address 1: City.
    pub address1_city: ::core::option::Option<::std::string::String>,
    /// Anniversary.
    pub anniversary: ::core::option::Option<::dvkit::jiff::civil::Date>,
    /// Annual Income.
    pub annualincome: ::core::option::Option<::dvkit::Decimal>,
    /// Birthday.
    pub birthdate: ::core::option::Option<::dvkit::jiff::civil::Date>,
    /// Contact.
    pub contactid: ::core::option::Option<::dvkit::Guid>,
    /// Created On.
    pub createdon: ::core::option::Option<::dvkit::jiff::Timestamp>,
    /// Credit Hold.
    pub creditonhold: ::core::option::Option<bool>,
    /// Description.
    pub description: ::core::option::Option<::std::string::String>,
    /// Email.
    pub emailaddress1: ::core::option::Option<::std::string::String>,
    /// Email Address 2.
    pub emailaddress2: ::core::option::Option<::std::string::String>,
    /// Image.
    pub entityimage: ::core::option::Option<::dvkit::Image>,
    /// EntityImage_URL.
    pub entityimage_url: ::core::option::Option<::std::string::String>,
    /// Image Id.
    pub entityimageid: ::core::option::Option<::dvkit::Guid>,
    /// First Name.
    pub firstname: ::core::option::Option<::std::string::String>,
    /// Full Name.
    pub fullname: ::core::option::Option<::std::string::String>,
    /// Gender.
    pub gendercode: ::core::option::Option<::dvkit::Choice<ContactGenderCode>>,
    /// Back Office Customer.
    pub isbackofficecustomer: ::core::option::Option<bool>,
    /// Job Title.
    pub jobtitle: ::core::option::Option<::std::string::String>,
    /// Last Name.
    pub lastname: ::core::option::Option<::std::string::String>,
    /// Last On Hold Time.
    pub lastonholdtime: ::core::option::Option<::dvkit::jiff::Timestamp>,
    /// Middle Name.
    pub middlename: ::core::option::Option<::std::string::String>,
    /// Mobile Phone.
    pub mobilephone: ::core::option::Option<::std::string::String>,
    /// Modified On.
    pub modifiedon: ::core::option::Option<::dvkit::jiff::Timestamp>,
    /// Nickname.
    pub nickname: ::core::option::Option<::std::string::String>,
    /// No. of Children.
    pub numberofchildren: ::core::option::Option<i32>,
    /// Status.
    pub statecode: ::core::option::Option<::dvkit::Choice<ContactState>>,
    /// Status Reason.
    pub statuscode: ::core::option::Option<::dvkit::Choice<ContactStatus>>,
    /// Business Phone.
    pub telephone1: ::core::option::Option<::std::string::String>,
    /// Version Number.
    pub versionnumber: ::core::option::Option<i64>,
    /// What the answer has beside the columns: formatted values, the version tag, expanded rows.
    pub extra: ::dvkit::Extra,
}

impl Contact {
    /// Company Name.
    pub const PARENTCUSTOMERID: ::dvkit::Column<Contact, ::dvkit::kind::Reference> = ::dvkit::Column::at(4);
    /// Currency.
    pub const TRANSACTIONCURRENCYID: ::dvkit::Column<Contact, ::dvkit::kind::Reference> =
        ::dvkit::Column::at(5);
    /// Address 1: City.
    pub const ADDRESS1_CITY: ::dvkit::Column<Contact, ::dvkit::kind::Text> = ::dvkit::Column::at(6);
    /// Anniversary.
    pub const ANNIVERSARY: ::dvkit::Column<Contact, ::dvkit::kind::Date> = ::dvkit::Column::at(7);
    /// Annual Income.
    pub const ANNUALINCOME: ::dvkit::Column<Contact, ::dvkit::kind::Money> = ::dvkit::Column::at(8);
    /// Birthday.
    pub const BIRTHDATE: ::dvkit::Column<Contact, ::dvkit::kind::Date> = ::dvkit::Column::at(9);
    /// Contact.
    pub const CONTACTID: ::dvkit::Column<Contact, ::dvkit::kind::Id, ::dvkit::CreateOnly> =
        ::dvkit::Column::at(10);
    /// Created On.
    pub const CREATEDON: ::dvkit::Column<Contact, ::dvkit::kind::DateTime, ::dvkit::ReadOnly> =
        ::dvkit::Column::at(11);
    /// Credit Hold.
    pub const CREDITONHOLD: ::dvkit::Column<Contact, ::dvkit::kind::TwoOptions<ContactCreditOnHold>> =
        ::dvkit::Column::at(12);
    /// Description.
    pub const DESCRIPTION: ::dvkit::Column<Contact, ::dvkit::kind::Text> = ::dvkit::Column::at(13);
    /// Email.
    pub const EMAILADDRESS1: ::dvkit::Column<Contact, ::dvkit::kind::Text> = ::dvkit::Column::at(14);
    /// Email Address 2.
    pub const EMAILADDRESS2: ::dvkit::Column<Contact, ::dvkit::kind::Text> = ::dvkit::Column::at(15);
    /// Image.
    pub const ENTITYIMAGE: ::dvkit::Column<Contact, ::dvkit::kind::Picture> = ::dvkit::Column::at(16);
    /// EntityImage_URL.
    pub const ENTITYIMAGE_URL: ::dvkit::Column<Contact, ::dvkit::kind::Text, ::dvkit::ReadOnly> =
        ::dvkit::Column::at(17);
    /// Image Id.
    pub const ENTITYIMAGEID: ::dvkit::Column<Contact, ::dvkit::kind::Id, ::dvkit::ReadOnly> =
        ::dvkit::Column::at(18);
    /// First Name.
    pub const FIRSTNAME: ::dvkit::Column<Contact, ::dvkit::kind::Text> = ::dvkit::Column::at(19);
    /// Full Name.
    pub const FULLNAME: ::dvkit::Column<Contact, ::dvkit::kind::Text, ::dvkit::ReadOnly> =
        ::dvkit::Column::at(20);
    /// Gender.
    pub const GENDERCODE: ::dvkit::Column<Contact, ::dvkit::kind::OneOf<ContactGenderCode>> =
        ::dvkit::Column::at(21);
    /// Back Office Customer.
    pub const ISBACKOFFICECUSTOMER: ::dvkit::Column<
        Contact,
        ::dvkit::kind::TwoOptions<ContactIsBackofficeCustomer>,
    > = ::dvkit::Column::at(22);
    /// Job Title.
    pub const JOBTITLE: ::dvkit::Column<Contact, ::dvkit::kind::Text> = ::dvkit::Column::at(23);
    /// Last Name.
    pub const LASTNAME: ::dvkit::Column<Contact, ::dvkit::kind::Text> = ::dvkit::Column::at(24);
    /// Last On Hold Time.
    pub const LASTONHOLDTIME: ::dvkit::Column<Contact, ::dvkit::kind::DateTime> = ::dvkit::Column::at(25);
    /// Middle Name.
    pub const MIDDLENAME: ::dvkit::Column<Contact, ::dvkit::kind::Text> = ::dvkit::Column::at(26);
    /// Mobile Phone.
    pub const MOBILEPHONE: ::dvkit::Column<Contact, ::dvkit::kind::Text> = ::dvkit::Column::at(27);
    /// Modified On.
    pub const MODIFIEDON: ::dvkit::Column<Contact, ::dvkit::kind::DateTime, ::dvkit::ReadOnly> =
        ::dvkit::Column::at(28);
    /// Nickname.
    pub const NICKNAME: ::dvkit::Column<Contact, ::dvkit::kind::Text> = ::dvkit::Column::at(29);
    /// No. of Children.
    pub const NUMBEROFCHILDREN: ::dvkit::Column<Contact, ::dvkit::kind::Int> = ::dvkit::Column::at(30);
    /// Status.
    pub const STATECODE: ::dvkit::Column<Contact, ::dvkit::kind::OneOf<ContactState>, ::dvkit::UpdateOnly> =
        ::dvkit::Column::at(31);
    /// Status Reason.
    pub const STATUSCODE: ::dvkit::Column<Contact, ::dvkit::kind::OneOf<ContactStatus>> =
        ::dvkit::Column::at(32);
    /// Business Phone.
    pub const TELEPHONE1: ::dvkit::Column<Contact, ::dvkit::kind::Text> = ::dvkit::Column::at(33);
    /// Version Number.
    pub const VERSIONNUMBER: ::dvkit::Column<Contact, ::dvkit::kind::Long, ::dvkit::ReadOnly> =
        ::dvkit::Column::at(34);
    /// The systemuser of `createdby`.
    pub const CREATEDBY: ::dvkit::Nav<Contact, super::systemuser::SystemUser, ::dvkit::ReadOnly> =
        ::dvkit::Nav::new("createdby", 0);
    /// The contact of `masterid`.
    pub const MASTERID: ::dvkit::Nav<Contact, Contact, ::dvkit::ReadOnly> = ::dvkit::Nav::new("masterid", 1);
    /// The systemuser of `modifiedby`.
    pub const MODIFIEDBY: ::dvkit::Nav<Contact, super::systemuser::SystemUser, ::dvkit::ReadOnly> =
        ::dvkit::Nav::new("modifiedby", 2);
    /// The principal of `ownerid`.
    pub const OWNERID: ::dvkit::Nav<Contact, super::principal::Principal> = ::dvkit::Nav::new("ownerid", 3);
    /// The account of `parentcustomerid`.
    pub const PARENTCUSTOMERID_ACCOUNT: ::dvkit::Nav<Contact, super::account::Account> =
        ::dvkit::Nav::new("parentcustomerid_account", 4);
    /// The contact of `parentcustomerid`.
    pub const PARENTCUSTOMERID_CONTACT: ::dvkit::Nav<Contact, Contact> =
        ::dvkit::Nav::new("parentcustomerid_contact", 4);
    /// Rows of `account` that point here by `primarycontactid`.
    pub const ACCOUNT_PRIMARY_CONTACT: ::dvkit::NavMany<Contact, super::account::Account> =
        ::dvkit::NavMany::new("account_primary_contact");
    /// Rows of `contact` that point here by `parentcustomerid`.
    pub const CONTACT_CUSTOMER_CONTACTS: ::dvkit::NavMany<Contact, Contact> =
        ::dvkit::NavMany::new("contact_customer_contacts");
    /// Rows of `contact` that point here by `masterid`.
    pub const CONTACT_MASTER_CONTACT: ::dvkit::NavMany<Contact, Contact> =
        ::dvkit::NavMany::new("contact_master_contact");
    /// Rows of `new_project` that point here by `new_sponsor`.
    pub const NEW_PROJECT_SPONSOR_CONTACT: ::dvkit::NavMany<Contact, super::new_project::NewProject> =
        ::dvkit::NavMany::new("new_project_Sponsor_contact");
}

impl ::dvkit::Record for Contact {
    const TABLE: &'static str = "contact";
    const COLUMNS: &'static [&'static str] = &[
        "_createdby_value",
        "_masterid_value",
        "_modifiedby_value",
        "_ownerid_value",
        "_parentcustomerid_value",
        "_transactioncurrencyid_value",
        "address1_city",
        "anniversary",
        "annualincome",
        "birthdate",
        "contactid",
        "createdon",
        "creditonhold",
        "description",
        "emailaddress1",
        "emailaddress2",
        "entityimage",
        "entityimage_url",
        "entityimageid",
        "firstname",
        "fullname",
        "gendercode",
        "isbackofficecustomer",
        "jobtitle",
        "lastname",
        "lastonholdtime",
        "middlename",
        "mobilephone",
        "modifiedon",
        "nickname",
        "numberofchildren",
        "statecode",
        "statuscode",
        "telephone1",
        "versionnumber",
    ];
    type Slots<'a> = [::dvkit::row::Slot<'a>; 36];
    type Cells<'a> = [::dvkit::row::Cell<'a>; 36];

    #[inline]
    fn slots(&mut self) -> [::dvkit::row::Slot<'_>; 36] {
        [
            ::dvkit::row::Slot::Lookup(&mut self.createdby, &["systemuser"]),
            ::dvkit::row::Slot::Lookup(&mut self.masterid, &["contact"]),
            ::dvkit::row::Slot::Lookup(&mut self.modifiedby, &["systemuser"]),
            ::dvkit::row::Slot::Lookup(&mut self.ownerid, &["systemuser", "team"]),
            ::dvkit::row::Slot::Lookup(&mut self.parentcustomerid, &["account", "contact"]),
            ::dvkit::row::Slot::Lookup(&mut self.transactioncurrencyid, &["transactioncurrency"]),
            ::dvkit::row::Slot::Text(&mut self.address1_city),
            ::dvkit::row::Slot::Date(&mut self.anniversary),
            ::dvkit::row::Slot::Decimal(&mut self.annualincome),
            ::dvkit::row::Slot::Date(&mut self.birthdate),
            ::dvkit::row::Slot::Id(&mut self.contactid),
            ::dvkit::row::Slot::DateTime(&mut self.createdon),
            ::dvkit::row::Slot::Bool(&mut self.creditonhold),
            ::dvkit::row::Slot::Text(&mut self.description),
            ::dvkit::row::Slot::Text(&mut self.emailaddress1),
            ::dvkit::row::Slot::Text(&mut self.emailaddress2),
            ::dvkit::row::Slot::Picture(&mut self.entityimage),
            ::dvkit::row::Slot::Text(&mut self.entityimage_url),
            ::dvkit::row::Slot::Id(&mut self.entityimageid),
            ::dvkit::row::Slot::Text(&mut self.firstname),
            ::dvkit::row::Slot::Text(&mut self.fullname),
            ::dvkit::row::Slot::OneOf(&mut self.gendercode),
            ::dvkit::row::Slot::Bool(&mut self.isbackofficecustomer),
            ::dvkit::row::Slot::Text(&mut self.jobtitle),
            ::dvkit::row::Slot::Text(&mut self.lastname),
            ::dvkit::row::Slot::DateTime(&mut self.lastonholdtime),
            ::dvkit::row::Slot::Text(&mut self.middlename),
            ::dvkit::row::Slot::Text(&mut self.mobilephone),
            ::dvkit::row::Slot::DateTime(&mut self.modifiedon),
            ::dvkit::row::Slot::Text(&mut self.nickname),
            ::dvkit::row::Slot::Int(&mut self.numberofchildren),
            ::dvkit::row::Slot::OneOf(&mut self.statecode),
            ::dvkit::row::Slot::OneOf(&mut self.statuscode),
            ::dvkit::row::Slot::Text(&mut self.telephone1),
            ::dvkit::row::Slot::Long(&mut self.versionnumber),
            ::dvkit::row::Slot::Extra(&mut self.extra),
        ]
    }

    #[inline]
    fn cells(&self) -> [::dvkit::row::Cell<'_>; 36] {
        [
            ::dvkit::row::Cell::Lookup(&self.createdby),
            ::dvkit::row::Cell::Lookup(&self.masterid),
            ::dvkit::row::Cell::Lookup(&self.modifiedby),
            ::dvkit::row::Cell::Lookup(&self.ownerid),
            ::dvkit::row::Cell::Lookup(&self.parentcustomerid),
            ::dvkit::row::Cell::Lookup(&self.transactioncurrencyid),
            ::dvkit::row::Cell::Text(&self.address1_city),
            ::dvkit::row::Cell::Date(&self.anniversary),
            ::dvkit::row::Cell::Decimal(&self.annualincome),
            ::dvkit::row::Cell::Date(&self.birthdate),
            ::dvkit::row::Cell::Id(&self.contactid),
            ::dvkit::row::Cell::DateTime(&self.createdon),
            ::dvkit::row::Cell::Bool(&self.creditonhold),
            ::dvkit::row::Cell::Text(&self.description),
            ::dvkit::row::Cell::Text(&self.emailaddress1),
            ::dvkit::row::Cell::Text(&self.emailaddress2),
            ::dvkit::row::Cell::Picture(&self.entityimage),
            ::dvkit::row::Cell::Text(&self.entityimage_url),
            ::dvkit::row::Cell::Id(&self.entityimageid),
            ::dvkit::row::Cell::Text(&self.firstname),
            ::dvkit::row::Cell::Text(&self.fullname),
            ::dvkit::row::Cell::OneOf(&self.gendercode),
            ::dvkit::row::Cell::Bool(&self.isbackofficecustomer),
            ::dvkit::row::Cell::Text(&self.jobtitle),
            ::dvkit::row::Cell::Text(&self.lastname),
            ::dvkit::row::Cell::DateTime(&self.lastonholdtime),
            ::dvkit::row::Cell::Text(&self.middlename),
            ::dvkit::row::Cell::Text(&self.mobilephone),
            ::dvkit::row::Cell::DateTime(&self.modifiedon),
            ::dvkit::row::Cell::Text(&self.nickname),
            ::dvkit::row::Cell::Int(&self.numberofchildren),
            ::dvkit::row::Cell::OneOf(&self.statecode),
            ::dvkit::row::Cell::OneOf(&self.statuscode),
            ::dvkit::row::Cell::Text(&self.telephone1),
            ::dvkit::row::Cell::Long(&self.versionnumber),
            ::dvkit::row::Cell::Extra(&self.extra),
        ]
    }
}

impl ::core::default::Default for Contact {
    #[inline]
    fn default() -> Self {
        Contact {
            createdby: ::core::option::Option::None,
            masterid: ::core::option::Option::None,
            modifiedby: ::core::option::Option::None,
            ownerid: ::core::option::Option::None,
            parentcustomerid: ::core::option::Option::None,
            transactioncurrencyid: ::core::option::Option::None,
            address1_city: ::core::option::Option::None,
            anniversary: ::core::option::Option::None,
            annualincome: ::core::option::Option::None,
            birthdate: ::core::option::Option::None,
            contactid: ::core::option::Option::None,
            createdon: ::core::option::Option::None,
            creditonhold: ::core::option::Option::None,
            description: ::core::option::Option::None,
            emailaddress1: ::core::option::Option::None,
            emailaddress2: ::core::option::Option::None,
            entityimage: ::core::option::Option::None,
            entityimage_url: ::core::option::Option::None,
            entityimageid: ::core::option::Option::None,
            firstname: ::core::option::Option::None,
            fullname: ::core::option::Option::None,
            gendercode: ::core::option::Option::None,
            isbackofficecustomer: ::core::option::Option::None,
            jobtitle: ::core::option::Option::None,
            lastname: ::core::option::Option::None,
            lastonholdtime: ::core::option::Option::None,
            middlename: ::core::option::Option::None,
            mobilephone: ::core::option::Option::None,
            modifiedon: ::core::option::Option::None,
            nickname: ::core::option::Option::None,
            numberofchildren: ::core::option::Option::None,
            statecode: ::core::option::Option::None,
            statuscode: ::core::option::Option::None,
            telephone1: ::core::option::Option::None,
            versionnumber: ::core::option::Option::None,
            extra: ::dvkit::Extra::NONE,
        }
    }
}

impl ::dvkit::Table for Contact {}

impl ::dvkit::EntitySet for Contact {
    const ENTITY_SET: &'static str = "contacts";
    const KEY: u16 = 10;
}

::dvkit::row!(Contact);

/// Credit Hold: the options of `contact.creditonhold`.
#[repr(i32)]
pub enum ContactCreditOnHold {
    /// No.
    No = 0,
    /// Yes.
    Yes = 1,
}

impl ::dvkit::ChoiceSet for ContactCreditOnHold {
    const TABLE: ::dvkit::OptionTable<Self> = ::dvkit::OptionTable::new(
        "contact_creditonhold",
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

::dvkit::choice!(ContactCreditOnHold);

/// Gender: the options of `contact.gendercode`.
#[repr(i32)]
pub enum ContactGenderCode {
    /// Male.
    Male = 1,
    /// Female.
    Female = 2,
}

impl ::dvkit::ChoiceSet for ContactGenderCode {
    const TABLE: ::dvkit::OptionTable<Self> = ::dvkit::OptionTable::new(
        "contact_gendercode",
        &[Self::Male, Self::Female],
        "\
             1\tMale\t\t\t1031\tMännlich\t1033\tMale\t1036\tMasculin\n\
             2\tFemale\t\t\t1031\tWeiblich\t1033\tFemale\t1036\tFéminin\n",
    );

    #[inline]
    fn value(self) -> i32 {
        self as i32
    }
}

::dvkit::choice!(ContactGenderCode);

/// Back Office Customer: the options of `contact.isbackofficecustomer`.
#[repr(i32)]
pub enum ContactIsBackofficeCustomer {
    /// No.
    No = 0,
    /// Yes.
    Yes = 1,
}

impl ::dvkit::ChoiceSet for ContactIsBackofficeCustomer {
    const TABLE: ::dvkit::OptionTable<Self> = ::dvkit::OptionTable::new(
        "contact_isbackofficecustomer",
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

::dvkit::choice!(ContactIsBackofficeCustomer);

/// Status: the options of `contact.statecode`.
#[repr(i32)]
pub enum ContactState {
    /// Active.
    Active = 0,
    /// Inactive.
    Inactive = 1,
}

impl ::dvkit::ChoiceSet for ContactState {
    const TABLE: ::dvkit::OptionTable<Self> = ::dvkit::OptionTable::new(
        "contact_statecode",
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

::dvkit::choice!(ContactState);

/// Status Reason: the options of `contact.statuscode`.
#[repr(i32)]
pub enum ContactStatus {
    /// Active.
    Active = 1,
    /// Inactive.
    Inactive = 2,
}

impl ::dvkit::ChoiceSet for ContactStatus {
    const TABLE: ::dvkit::OptionTable<Self> = ::dvkit::OptionTable::new(
        "contact_statuscode",
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

::dvkit::choice!(ContactStatus);
