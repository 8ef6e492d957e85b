//! Project: `new_project`.

/// Project: `new_project`.
///
/// Work for a customer or for ourselves.
pub struct NewProject {
    /// Account.
    pub new_account: ::core::option::Option<::dvkit::Lookup>,
    /// Project Manager.
    pub new_manager: ::core::option::Option<::dvkit::Lookup>,
    /// Parent Project.
    pub new_parentproject: ::core::option::Option<::dvkit::Lookup>,
    /// Sponsor.
    pub new_sponsor: ::core::option::Option<::dvkit::Lookup>,
    /// Owner.
    pub ownerid: ::core::option::Option<::dvkit::Lookup>,
    /// Currency.
    pub transactioncurrencyid: ::core::option::Option<::dvkit::Lookup>,
    /// Created On.
    pub createdon: ::core::option::Option<::dvkit::jiff::Timestamp>,
    /// Image.
    pub entityimage: ::core::option::Option<::dvkit::Image>,
    /// Approved.
    pub new_approved: ::core::option::Option<bool>,
    /// Budget.
    pub new_budget: ::core::option::Option<::dvkit::Decimal>,
    /// Project Code.
    pub new_code: ::core::option::Option<::std::string::String>,
    /// Completion (%).
    pub new_completion: ::core::option::Option<::dvkit::Decimal>,
    /// Contract.
    pub new_contract: ::core::option::Option<::dvkit::FileId>,
    /// new_Contract_Name.
    pub new_contract_name: ::core::option::Option<::std::string::String>,
    /// External Number.
    pub new_externalnumber: ::core::option::Option<i64>,
    /// Headcount.
    pub new_headcount: ::core::option::Option<i32>,
    /// Is Closed.
    pub new_isclosed: ::core::option::Option<bool>,
    /// Kick-off.
    pub new_kickoff: ::core::option::Option<::dvkit::jiff::Timestamp>,
    /// Latitude.
    pub new_latitude: ::core::option::Option<f64>,
    /// Name.
    pub new_name: ::core::option::Option<::std::string::String>,
    /// Notes.
    pub new_notes: ::core::option::Option<::std::string::String>,
    /// Phase.
    pub new_phase: ::core::option::Option<::dvkit::ChoiceValue<NewProjectNewPhase>>,
    /// Project.
    pub new_projectid: ::core::option::Option<::dvkit::Guid>,
    /// Reference.
    pub new_ref: ::core::option::Option<::std::string::String>,
    /// Regions.
    pub new_regions: ::core::option::Option<::dvkit::ChoiceValues<super::choices::NewRegion>>,
    /// Shift Start.
    pub new_shiftstart: ::core::option::Option<::dvkit::jiff::civil::DateTime>,
    /// Start Date.
    pub new_startdate: ::core::option::Option<::dvkit::jiff::civil::Date>,
    /// Type.
    pub new_type: ::core::option::Option<::dvkit::ChoiceValue<super::choices::NewProjecttype>>,
    /// Status.
    pub statecode: ::core::option::Option<::dvkit::ChoiceValue<NewProjectState>>,
    /// Status Reason.
    pub statuscode: ::core::option::Option<::dvkit::ChoiceValue<NewProjectStatus>>,
    /// Version Number.
    pub versionnumber: ::core::option::Option<i64>,
    /// Everything in the row that is not a column: formatted values, the version, expanded rows.
    pub extra: ::dvkit::RowExtras,
}

impl NewProject {
    /// Sponsor.
    pub const NEW_SPONSOR: ::dvkit::Column<NewProject, ::dvkit::kind::Lookup> = ::dvkit::column(3);
    /// Currency.
    pub const TRANSACTIONCURRENCYID: ::dvkit::Column<NewProject, ::dvkit::kind::Lookup> = ::dvkit::column(5);
    /// Created On.
    pub const CREATEDON: ::dvkit::Column<NewProject, ::dvkit::kind::DateTime, ::dvkit::ReadOnly> =
        ::dvkit::column(6);
    /// Image.
    pub const ENTITYIMAGE: ::dvkit::Column<NewProject, ::dvkit::kind::Image> = ::dvkit::column(7);
    /// Approved.
    pub const NEW_APPROVED: ::dvkit::Column<NewProject, ::dvkit::kind::TwoOptions<super::choices::NewYesno>> =
        ::dvkit::column(8);
    /// Budget.
    pub const NEW_BUDGET: ::dvkit::Column<NewProject, ::dvkit::kind::Money> = ::dvkit::column(9);
    /// Project Code.
    pub const NEW_CODE: ::dvkit::Column<NewProject, ::dvkit::kind::Text> = ::dvkit::column(10);
    /// Completion (%).
    pub const NEW_COMPLETION: ::dvkit::Column<NewProject, ::dvkit::kind::Decimal> = ::dvkit::column(11);
    /// Contract.
    pub const NEW_CONTRACT: ::dvkit::Column<NewProject, ::dvkit::kind::File, ::dvkit::ReadOnly> =
        ::dvkit::column(12);
    /// new_Contract_Name.
    pub const NEW_CONTRACT_NAME: ::dvkit::Column<NewProject, ::dvkit::kind::Text, ::dvkit::ReadOnly> =
        ::dvkit::column(13);
    /// External Number.
    pub const NEW_EXTERNALNUMBER: ::dvkit::Column<NewProject, ::dvkit::kind::Long> = ::dvkit::column(14);
    /// Headcount.
    pub const NEW_HEADCOUNT: ::dvkit::Column<NewProject, ::dvkit::kind::Int> = ::dvkit::column(15);
    /// Is Closed.
    pub const NEW_ISCLOSED: ::dvkit::Column<NewProject, ::dvkit::kind::TwoOptions<NewProjectNewIsClosed>> =
        ::dvkit::column(16);
    /// Kick-off.
    pub const NEW_KICKOFF: ::dvkit::Column<NewProject, ::dvkit::kind::DateTime> = ::dvkit::column(17);
    /// Latitude.
    pub const NEW_LATITUDE: ::dvkit::Column<NewProject, ::dvkit::kind::Float> = ::dvkit::column(18);
    /// Name.
    pub const NEW_NAME: ::dvkit::Column<NewProject, ::dvkit::kind::Text> = ::dvkit::column(19);
    /// Notes.
    pub const NEW_NOTES: ::dvkit::Column<NewProject, ::dvkit::kind::Text> = ::dvkit::column(20);
    /// Phase.
    pub const NEW_PHASE: ::dvkit::Column<NewProject, ::dvkit::kind::Choice<NewProjectNewPhase>> =
        ::dvkit::column(21);
    /// Project.
    pub const NEW_PROJECTID: ::dvkit::Column<NewProject, ::dvkit::kind::Id, ::dvkit::CreateOnly> =
        ::dvkit::column(22);
    /// Reference.
    pub const NEW_REF: ::dvkit::Column<NewProject, ::dvkit::kind::Text> = ::dvkit::column(23);
    /// Regions.
    pub const NEW_REGIONS: ::dvkit::Column<NewProject, ::dvkit::kind::Choices<super::choices::NewRegion>> =
        ::dvkit::column(24);
    /// Shift Start.
    pub const NEW_SHIFTSTART: ::dvkit::Column<NewProject, ::dvkit::kind::LocalDateTime> = ::dvkit::column(25);
    /// Start Date.
    pub const NEW_STARTDATE: ::dvkit::Column<NewProject, ::dvkit::kind::Date> = ::dvkit::column(26);
    /// Type.
    pub const NEW_TYPE: ::dvkit::Column<NewProject, ::dvkit::kind::Choice<super::choices::NewProjecttype>> =
        ::dvkit::column(27);
    /// Status.
    pub const STATECODE: ::dvkit::Column<
        NewProject,
        ::dvkit::kind::Choice<NewProjectState>,
        ::dvkit::UpdateOnly,
    > = ::dvkit::column(28);
    /// Status Reason.
    pub const STATUSCODE: ::dvkit::Column<NewProject, ::dvkit::kind::Choice<NewProjectStatus>> =
        ::dvkit::column(29);
    /// Version Number.
    pub const VERSIONNUMBER: ::dvkit::Column<NewProject, ::dvkit::kind::Long, ::dvkit::ReadOnly> =
        ::dvkit::column(30);
    /// The account of `new_account`.
    pub const NEW_ACCOUNT: ::dvkit::Nav<NewProject, super::account::Account> = ::dvkit::nav("new_Account", 0);
    /// The systemuser of `new_manager`.
    pub const NEW_MANAGER: ::dvkit::Nav<NewProject, super::systemuser::SystemUser> =
        ::dvkit::nav("new_Manager", 1);
    /// The new_project of `new_parentproject`.
    pub const NEW_PARENTPROJECT: ::dvkit::Nav<NewProject, NewProject> = ::dvkit::nav("new_ParentProject", 2);
    /// The account of `new_sponsor`.
    pub const NEW_SPONSOR_ACCOUNT: ::dvkit::Nav<NewProject, super::account::Account> =
        ::dvkit::nav("new_Sponsor_account", 3);
    /// The contact of `new_sponsor`.
    pub const NEW_SPONSOR_CONTACT: ::dvkit::Nav<NewProject, super::contact::Contact> =
        ::dvkit::nav("new_Sponsor_contact", 3);
    /// The systemuser of `new_sponsor`.
    pub const NEW_SPONSOR_SYSTEMUSER: ::dvkit::Nav<NewProject, super::systemuser::SystemUser> =
        ::dvkit::nav("new_Sponsor_systemuser", 3);
    /// The principal of `ownerid`.
    pub const OWNERID: ::dvkit::Nav<NewProject, super::principal::Principal> = ::dvkit::nav("ownerid", 4);
    /// Rows of `new_project` that refer to this row by `new_parentproject`.
    pub const NEW_PROJECT_NEW_PROJECT_PARENTPROJECT: ::dvkit::NavMany<NewProject, NewProject> =
        ::dvkit::nav_many("new_project_new_project_ParentProject");
    /// Rows of `systemuser` that are connected by `new_project_systemuser`.
    pub const NEW_PROJECT_SYSTEMUSER: ::dvkit::NavMany<
        NewProject,
        super::systemuser::SystemUser,
        ::dvkit::ManyToMany,
    > = ::dvkit::nav_many("new_project_systemuser");
    /// The alternate key of `new_code`, `new_type`.
    pub const NEW_CODEKEY: ::dvkit::Key<
        NewProject,
        (::dvkit::kind::Text, ::dvkit::kind::Choice<super::choices::NewProjecttype>),
    > = ::dvkit::key(&[10, 27]);
}

impl ::dvkit::Record for NewProject {
    const TABLE: &'static str = "new_project";
    const COLUMNS: &'static [&'static str] = &[
        "_new_account_value",
        "_new_manager_value",
        "_new_parentproject_value",
        "_new_sponsor_value",
        "_ownerid_value",
        "_transactioncurrencyid_value",
        "createdon",
        "entityimage",
        "new_approved",
        "new_budget",
        "new_code",
        "new_completion",
        "new_contract",
        "new_contract_name",
        "new_externalnumber",
        "new_headcount",
        "new_isclosed",
        "new_kickoff",
        "new_latitude",
        "new_name",
        "new_notes",
        "new_phase",
        "new_projectid",
        "new_ref",
        "new_regions",
        "new_shiftstart",
        "new_startdate",
        "new_type",
        "statecode",
        "statuscode",
        "versionnumber",
    ];

    #[inline]
    fn fields_mut(&mut self) -> Vec<::dvkit::row::FieldMut<'_>> {
        ::dvkit::row::fields_mut(
            (
                (
                    &mut self.new_account,
                    &mut self.new_manager,
                    &mut self.new_parentproject,
                    &mut self.new_sponsor,
                    &mut self.ownerid,
                    &mut self.transactioncurrencyid,
                    &mut self.createdon,
                    &mut self.entityimage,
                    &mut self.new_approved,
                    &mut self.new_budget,
                    &mut self.new_code,
                    &mut self.new_completion,
                    &mut self.new_contract,
                    &mut self.new_contract_name,
                    &mut self.new_externalnumber,
                    &mut self.new_headcount,
                ),
                (
                    &mut self.new_isclosed,
                    &mut self.new_kickoff,
                    &mut self.new_latitude,
                    &mut self.new_name,
                    &mut self.new_notes,
                    &mut self.new_phase,
                    &mut self.new_projectid,
                    &mut self.new_ref,
                    &mut self.new_regions,
                    &mut self.new_shiftstart,
                    &mut self.new_startdate,
                    &mut self.new_type,
                    &mut self.statecode,
                    &mut self.statuscode,
                    &mut self.versionnumber,
                    &mut self.extra,
                ),
            ),
            &[
                "account",
                "systemuser",
                "new_project",
                "account contact systemuser",
                "systemuser team",
                "transactioncurrency",
            ],
        )
    }

    #[inline]
    fn fields(&self) -> Vec<::dvkit::row::FieldRef<'_>> {
        ::dvkit::row::fields((
            (
                &self.new_account,
                &self.new_manager,
                &self.new_parentproject,
                &self.new_sponsor,
                &self.ownerid,
                &self.transactioncurrencyid,
                &self.createdon,
                &self.entityimage,
                &self.new_approved,
                &self.new_budget,
                &self.new_code,
                &self.new_completion,
                &self.new_contract,
                &self.new_contract_name,
                &self.new_externalnumber,
                &self.new_headcount,
            ),
            (
                &self.new_isclosed,
                &self.new_kickoff,
                &self.new_latitude,
                &self.new_name,
                &self.new_notes,
                &self.new_phase,
                &self.new_projectid,
                &self.new_ref,
                &self.new_regions,
                &self.new_shiftstart,
                &self.new_startdate,
                &self.new_type,
                &self.statecode,
                &self.statuscode,
                &self.versionnumber,
                &self.extra,
            ),
        ))
    }
}

impl ::core::default::Default for NewProject {
    #[inline]
    fn default() -> Self {
        NewProject {
            new_account: ::core::option::Option::None,
            new_manager: ::core::option::Option::None,
            new_parentproject: ::core::option::Option::None,
            new_sponsor: ::core::option::Option::None,
            ownerid: ::core::option::Option::None,
            transactioncurrencyid: ::core::option::Option::None,
            createdon: ::core::option::Option::None,
            entityimage: ::core::option::Option::None,
            new_approved: ::core::option::Option::None,
            new_budget: ::core::option::Option::None,
            new_code: ::core::option::Option::None,
            new_completion: ::core::option::Option::None,
            new_contract: ::core::option::Option::None,
            new_contract_name: ::core::option::Option::None,
            new_externalnumber: ::core::option::Option::None,
            new_headcount: ::core::option::Option::None,
            new_isclosed: ::core::option::Option::None,
            new_kickoff: ::core::option::Option::None,
            new_latitude: ::core::option::Option::None,
            new_name: ::core::option::Option::None,
            new_notes: ::core::option::Option::None,
            new_phase: ::core::option::Option::None,
            new_projectid: ::core::option::Option::None,
            new_ref: ::core::option::Option::None,
            new_regions: ::core::option::Option::None,
            new_shiftstart: ::core::option::Option::None,
            new_startdate: ::core::option::Option::None,
            new_type: ::core::option::Option::None,
            statecode: ::core::option::Option::None,
            statuscode: ::core::option::Option::None,
            versionnumber: ::core::option::Option::None,
            extra: ::dvkit::RowExtras::NONE,
        }
    }
}

impl ::dvkit::EntitySet for NewProject {
    const ENTITY_SET: &'static str = "new_projects";
    const KEY: u16 = 22;
}

::dvkit::row!(NewProject);

/// Is Closed: the options of `new_project.new_isclosed`.
#[repr(i32)]
pub enum NewProjectNewIsClosed {
    /// Yes.
    Yes = 0,
    /// No.
    No = 1,
}

impl ::dvkit::ChoiceSet for NewProjectNewIsClosed {
    const TEXT: &'static str = "\
        new_project_new_isclosed\n\
             0\tYes\t\t\t1031\tJa\t1033\tYes\t1036\tOui\n\
             1\tNo\t\t\t1031\tNein\t1033\tNo\t1036\tNon\n";

    fn variants() -> &'static [Self] {
        &[Self::Yes, Self::No]
    }

    #[inline]
    fn value(self) -> i32 {
        self as i32
    }
}

::dvkit::choice!(NewProjectNewIsClosed);

/// Phase: the options of `new_project.new_phase`.
#[repr(i32)]
pub enum NewProjectNewPhase {
    /// Planning.
    Planning = 100000000,
    /// Build.
    Build = 100000001,
    /// Test.
    Test = 100000002,
    /// 2nd Test.
    N2ndTest = 100000003,
    /// Closed.
    Closed = 100000004,
}

impl ::dvkit::ChoiceSet for NewProjectNewPhase {
    const TEXT: &'static str = "\
        new_project_new_phase\n\
             100000000\tPlanning\t#8a8886\t\t1031\tPlanung\t1033\tPlanning\t1036\tPlanification\n\
             100000001\tBuild\t\t\t1031\tUmsetzung\t1033\tBuild\t1036\tRéalisation\n\
             100000002\tTest\t\t\t1031\tTest\t1033\tTest\t1036\tTest\n\
             100000003\tN2ndTest\t\t\t1031\t2. Test\t1033\t2nd Test\t1036\t2e test\n\
             100000004\tClosed\t\t\t1031\tAbgeschlossen\t1033\tClosed\t1036\tClos\n";

    fn variants() -> &'static [Self] {
        &[Self::Planning, Self::Build, Self::Test, Self::N2ndTest, Self::Closed]
    }

    #[inline]
    fn value(self) -> i32 {
        self as i32
    }
}

::dvkit::choice!(NewProjectNewPhase);

/// Status: the options of `new_project.statecode`.
#[repr(i32)]
pub enum NewProjectState {
    /// Active.
    Active = 0,
    /// Inactive.
    Inactive = 1,
}

impl ::dvkit::ChoiceSet for NewProjectState {
    const TEXT: &'static str = "\
        new_project_statecode\n\
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

::dvkit::choice!(NewProjectState);

/// Status Reason: the options of `new_project.statuscode`.
#[repr(i32)]
pub enum NewProjectStatus {
    /// Active.
    Active = 1,
    /// Inactive.
    Inactive = 2,
    /// On Hold.
    OnHold = 100000000,
}

impl ::dvkit::ChoiceSet for NewProjectStatus {
    const TEXT: &'static str = "\
        new_project_statuscode\n\
             1\tActive\t\t0\t1031\tAktiv\t1033\tActive\t1036\tActif\n\
             2\tInactive\t\t1\t1031\tInaktiv\t1033\tInactive\t1036\tInactif\n\
             100000000\tOnHold\t\t0\t1031\tZurückgestellt\t1033\tOn Hold\t1036\tEn attente\n";

    fn variants() -> &'static [Self] {
        &[Self::Active, Self::Inactive, Self::OnHold]
    }

    #[inline]
    fn value(self) -> i32 {
        self as i32
    }
}

::dvkit::choice!(NewProjectStatus);
