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
    pub gendercode: ::core::option::Option<::dvkit::ChoiceValue<ContactGenderCode>>,
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
    pub statecode: ::core::option::Option<::dvkit::ChoiceValue<ContactState>>,
    /// Status Reason.
    pub statuscode: ::core::option::Option<::dvkit::ChoiceValue<ContactStatus>>,
    /// Business Phone.
    pub telephone1: ::core::option::Option<::std::string::String>,
    /// Version Number.
    pub versionnumber: ::core::option::Option<i64>,
    /// Everything in the row that is not a column: formatted values, the version, expanded rows.
    pub extra: ::dvkit::RowExtras,
}

impl Contact {
    /// Company Name.
    pub const PARENTCUSTOMERID: ::dvkit::Column<Contact, ::dvkit::kind::Lookup> = ::dvkit::column(4);
    /// Currency.
    pub const TRANSACTIONCURRENCYID: ::dvkit::Column<Contact, ::dvkit::kind::Lookup> = ::dvkit::column(5);
    /// Address 1: City.
    pub const ADDRESS1_CITY: ::dvkit::Column<Contact, ::dvkit::kind::Text> = ::dvkit::column(6);
    /// Anniversary.
    pub const ANNIVERSARY: ::dvkit::Column<Contact, ::dvkit::kind::Date> = ::dvkit::column(7);
    /// Annual Income.
    pub const ANNUALINCOME: ::dvkit::Column<Contact, ::dvkit::kind::Money> = ::dvkit::column(8);
    /// Birthday.
    pub const BIRTHDATE: ::dvkit::Column<Contact, ::dvkit::kind::Date> = ::dvkit::column(9);
    /// Contact.
    pub const CONTACTID: ::dvkit::Column<Contact, ::dvkit::kind::Id, ::dvkit::CreateOnly> =
        ::dvkit::column(10);
    /// Created On.
    pub const CREATEDON: ::dvkit::Column<Contact, ::dvkit::kind::DateTime, ::dvkit::ReadOnly> =
        ::dvkit::column(11);
    /// Credit Hold.
    pub const CREDITONHOLD: ::dvkit::Column<Contact, ::dvkit::kind::TwoOptions<ContactCreditOnHold>> =
        ::dvkit::column(12);
    /// Description.
    pub const DESCRIPTION: ::dvkit::Column<Contact, ::dvkit::kind::Text> = ::dvkit::column(13);
    /// Email.
    pub const EMAILADDRESS1: ::dvkit::Column<Contact, ::dvkit::kind::Text> = ::dvkit::column(14);
    /// Email Address 2.
    pub const EMAILADDRESS2: ::dvkit::Column<Contact, ::dvkit::kind::Text> = ::dvkit::column(15);
    /// Image.
    pub const ENTITYIMAGE: ::dvkit::Column<Contact, ::dvkit::kind::Image> = ::dvkit::column(16);
    /// EntityImage_URL.
    pub const ENTITYIMAGE_URL: ::dvkit::Column<Contact, ::dvkit::kind::Text, ::dvkit::ReadOnly> =
        ::dvkit::column(17);
    /// Image Id.
    pub const ENTITYIMAGEID: ::dvkit::Column<Contact, ::dvkit::kind::Id, ::dvkit::ReadOnly> =
        ::dvkit::column(18);
    /// First Name.
    pub const FIRSTNAME: ::dvkit::Column<Contact, ::dvkit::kind::Text> = ::dvkit::column(19);
    /// Full Name.
    pub const FULLNAME: ::dvkit::Column<Contact, ::dvkit::kind::Text, ::dvkit::ReadOnly> =
        ::dvkit::column(20);
    /// Gender.
    pub const GENDERCODE: ::dvkit::Column<Contact, ::dvkit::kind::Choice<ContactGenderCode>> =
        ::dvkit::column(21);
    /// Back Office Customer.
    pub const ISBACKOFFICECUSTOMER: ::dvkit::Column<
        Contact,
        ::dvkit::kind::TwoOptions<ContactIsBackofficeCustomer>,
    > = ::dvkit::column(22);
    /// Job Title.
    pub const JOBTITLE: ::dvkit::Column<Contact, ::dvkit::kind::Text> = ::dvkit::column(23);
    /// Last Name.
    pub const LASTNAME: ::dvkit::Column<Contact, ::dvkit::kind::Text> = ::dvkit::column(24);
    /// Last On Hold Time.
    pub const LASTONHOLDTIME: ::dvkit::Column<Contact, ::dvkit::kind::DateTime> = ::dvkit::column(25);
    /// Middle Name.
    pub const MIDDLENAME: ::dvkit::Column<Contact, ::dvkit::kind::Text> = ::dvkit::column(26);
    /// Mobile Phone.
    pub const MOBILEPHONE: ::dvkit::Column<Contact, ::dvkit::kind::Text> = ::dvkit::column(27);
    /// Modified On.
    pub const MODIFIEDON: ::dvkit::Column<Contact, ::dvkit::kind::DateTime, ::dvkit::ReadOnly> =
        ::dvkit::column(28);
    /// Nickname.
    pub const NICKNAME: ::dvkit::Column<Contact, ::dvkit::kind::Text> = ::dvkit::column(29);
    /// No. of Children.
    pub const NUMBEROFCHILDREN: ::dvkit::Column<Contact, ::dvkit::kind::Int> = ::dvkit::column(30);
    /// Status.
    pub const STATECODE: ::dvkit::Column<Contact, ::dvkit::kind::Choice<ContactState>, ::dvkit::UpdateOnly> =
        ::dvkit::column(31);
    /// Status Reason.
    pub const STATUSCODE: ::dvkit::Column<Contact, ::dvkit::kind::Choice<ContactStatus>> =
        ::dvkit::column(32);
    /// Business Phone.
    pub const TELEPHONE1: ::dvkit::Column<Contact, ::dvkit::kind::Text> = ::dvkit::column(33);
    /// Version Number.
    pub const VERSIONNUMBER: ::dvkit::Column<Contact, ::dvkit::kind::Long, ::dvkit::ReadOnly> =
        ::dvkit::column(34);
    /// The systemuser of `createdby`.
    pub const CREATEDBY: ::dvkit::Nav<Contact, super::systemuser::SystemUser, ::dvkit::ReadOnly> =
        ::dvkit::nav("createdby", 0);
    /// The contact of `masterid`.
    pub const MASTERID: ::dvkit::Nav<Contact, Contact, ::dvkit::ReadOnly> = ::dvkit::nav("masterid", 1);
    /// The systemuser of `modifiedby`.
    pub const MODIFIEDBY: ::dvkit::Nav<Contact, super::systemuser::SystemUser, ::dvkit::ReadOnly> =
        ::dvkit::nav("modifiedby", 2);
    /// The principal of `ownerid`.
    pub const OWNERID: ::dvkit::Nav<Contact, super::principal::Principal> = ::dvkit::nav("ownerid", 3);
    /// The account of `parentcustomerid`.
    pub const PARENTCUSTOMERID_ACCOUNT: ::dvkit::Nav<Contact, super::account::Account> =
        ::dvkit::nav("parentcustomerid_account", 4);
    /// The contact of `parentcustomerid`.
    pub const PARENTCUSTOMERID_CONTACT: ::dvkit::Nav<Contact, Contact> =
        ::dvkit::nav("parentcustomerid_contact", 4);
    /// Rows of `account` that refer to this row by `primarycontactid`.
    pub const ACCOUNT_PRIMARY_CONTACT: ::dvkit::NavMany<Contact, super::account::Account> =
        ::dvkit::nav_many("account_primary_contact");
    /// Rows of `contact` that refer to this row by `parentcustomerid`.
    pub const CONTACT_CUSTOMER_CONTACTS: ::dvkit::NavMany<Contact, Contact> =
        ::dvkit::nav_many("contact_customer_contacts");
    /// Rows of `contact` that refer to this row by `masterid`.
    pub const CONTACT_MASTER_CONTACT: ::dvkit::NavMany<Contact, Contact> =
        ::dvkit::nav_many("contact_master_contact");
    /// Rows of `new_project` that refer to this row by `new_sponsor`.
    pub const NEW_PROJECT_SPONSOR_CONTACT: ::dvkit::NavMany<Contact, super::new_project::NewProject> =
        ::dvkit::nav_many("new_project_Sponsor_contact");
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

    #[inline]
    fn fields_mut(&mut self) -> Vec<::dvkit::row::FieldMut<'_>> {
        ::dvkit::row::fields_mut(
            (
                (
                    &mut self.createdby,
                    &mut self.masterid,
                    &mut self.modifiedby,
                    &mut self.ownerid,
                    &mut self.parentcustomerid,
                    &mut self.transactioncurrencyid,
                    &mut self.address1_city,
                    &mut self.anniversary,
                    &mut self.annualincome,
                    &mut self.birthdate,
                    &mut self.contactid,
                    &mut self.createdon,
                    &mut self.creditonhold,
                    &mut self.description,
                    &mut self.emailaddress1,
                    &mut self.emailaddress2,
                ),
                (
                    &mut self.entityimage,
                    &mut self.entityimage_url,
                    &mut self.entityimageid,
                    &mut self.firstname,
                    &mut self.fullname,
                    &mut self.gendercode,
                    &mut self.isbackofficecustomer,
                    &mut self.jobtitle,
                    &mut self.lastname,
                    &mut self.lastonholdtime,
                    &mut self.middlename,
                    &mut self.mobilephone,
                    &mut self.modifiedon,
                    &mut self.nickname,
                    &mut self.numberofchildren,
                    &mut self.statecode,
                ),
                (&mut self.statuscode, &mut self.telephone1, &mut self.versionnumber, &mut self.extra),
            ),
            &[
                "systemuser",
                "contact",
                "systemuser",
                "systemuser team",
                "account contact",
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
                &self.parentcustomerid,
                &self.transactioncurrencyid,
                &self.address1_city,
                &self.anniversary,
                &self.annualincome,
                &self.birthdate,
                &self.contactid,
                &self.createdon,
                &self.creditonhold,
                &self.description,
                &self.emailaddress1,
                &self.emailaddress2,
            ),
            (
                &self.entityimage,
                &self.entityimage_url,
                &self.entityimageid,
                &self.firstname,
                &self.fullname,
                &self.gendercode,
                &self.isbackofficecustomer,
                &self.jobtitle,
                &self.lastname,
                &self.lastonholdtime,
                &self.middlename,
                &self.mobilephone,
                &self.modifiedon,
                &self.nickname,
                &self.numberofchildren,
                &self.statecode,
            ),
            (&self.statuscode, &self.telephone1, &self.versionnumber, &self.extra),
        ))
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
            extra: ::dvkit::RowExtras::NONE,
        }
    }
}

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
    const TEXT: &'static str = "\
        contact_creditonhold\n\
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
    const TEXT: &'static str = "\
        contact_gendercode\n\
             1\tMale\t\t\t1031\tMännlich\t1033\tMale\t1036\tMasculin\n\
             2\tFemale\t\t\t1031\tWeiblich\t1033\tFemale\t1036\tFéminin\n";

    fn variants() -> &'static [Self] {
        &[Self::Male, Self::Female]
    }

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
    const TEXT: &'static str = "\
        contact_isbackofficecustomer\n\
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
    const TEXT: &'static str = "\
        contact_statecode\n\
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
    const TEXT: &'static str = "\
        contact_statuscode\n\
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

::dvkit::choice!(ContactStatus);
