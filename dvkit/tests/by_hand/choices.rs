//! Choices of several tables.

/// NewProjecttype: the options of `new_projecttype`.
#[repr(i32)]
pub enum NewProjecttype {
    /// Internal.
    Internal = 100000000,
    /// Customer.
    Customer = 100000001,
    /// Research & Development.
    ResearchDevelopment = 100000002,
    /// Fixed price.
    FixedPrice = 100000003,
}

impl ::dvkit::ChoiceSet for NewProjecttype {
    const NAME: &'static str = "new_projecttype";
    const OPTIONS: &'static [::dvkit::ChoiceOption<Self>] = &[
        ::dvkit::ChoiceOption {
            variant: NewProjecttype::Internal,
            value: 100000000,
            name: "Internal",
            labels: &[(1031, "Intern"), (1033, "Internal"), (1036, "Interne")],
            color: ::core::option::Option::Some("#4f6bed"),
            state: ::core::option::Option::None,
        },
        ::dvkit::ChoiceOption {
            variant: NewProjecttype::Customer,
            value: 100000001,
            name: "Customer",
            labels: &[(1031, "Kunde"), (1033, "Customer"), (1036, "Client")],
            color: ::core::option::Option::Some("#0b6a0b"),
            state: ::core::option::Option::None,
        },
        ::dvkit::ChoiceOption {
            variant: NewProjecttype::ResearchDevelopment,
            value: 100000002,
            name: "ResearchDevelopment",
            labels: &[
                (1031, "Forschung und Entwicklung"),
                (1033, "Research & Development"),
                (1036, "Recherche et développement"),
            ],
            color: ::core::option::Option::None,
            state: ::core::option::Option::None,
        },
        ::dvkit::ChoiceOption {
            variant: NewProjecttype::FixedPrice,
            value: 100000003,
            name: "FixedPrice",
            labels: &[(1031, "Festpreis"), (1033, "Fixed price"), (1036, "Forfait")],
            color: ::core::option::Option::None,
            state: ::core::option::Option::None,
        },
    ];

    #[inline]
    fn value(self) -> i32 {
        self as i32
    }
}

::dvkit::choice!(NewProjecttype);

/// NewRegion: the options of `new_region`.
#[repr(i32)]
pub enum NewRegion {
    /// North.
    North = 1,
    /// South.
    South = 2,
    /// East.
    East = 3,
    /// West.
    West = 4,
    /// Overseas.
    Overseas = 9,
}

impl ::dvkit::ChoiceSet for NewRegion {
    const NAME: &'static str = "new_region";
    const OPTIONS: &'static [::dvkit::ChoiceOption<Self>] = &[
        ::dvkit::ChoiceOption {
            variant: NewRegion::North,
            value: 1,
            name: "North",
            labels: &[(1031, "Nord"), (1033, "North"), (1036, "Nord")],
            color: ::core::option::Option::None,
            state: ::core::option::Option::None,
        },
        ::dvkit::ChoiceOption {
            variant: NewRegion::South,
            value: 2,
            name: "South",
            labels: &[(1031, "Süd"), (1033, "South"), (1036, "Sud")],
            color: ::core::option::Option::None,
            state: ::core::option::Option::None,
        },
        ::dvkit::ChoiceOption {
            variant: NewRegion::East,
            value: 3,
            name: "East",
            labels: &[(1031, "Ost"), (1033, "East"), (1036, "Est")],
            color: ::core::option::Option::None,
            state: ::core::option::Option::None,
        },
        ::dvkit::ChoiceOption {
            variant: NewRegion::West,
            value: 4,
            name: "West",
            labels: &[(1031, "West"), (1033, "West"), (1036, "Ouest")],
            color: ::core::option::Option::None,
            state: ::core::option::Option::None,
        },
        ::dvkit::ChoiceOption {
            variant: NewRegion::Overseas,
            value: 9,
            name: "Overseas",
            labels: &[(1031, "Übersee"), (1033, "Overseas"), (1036, "Outre-mer")],
            color: ::core::option::Option::None,
            state: ::core::option::Option::None,
        },
    ];

    #[inline]
    fn value(self) -> i32 {
        self as i32
    }
}

::dvkit::choice!(NewRegion);

/// NewYesno: the options of `new_yesno`.
#[repr(i32)]
pub enum NewYesno {
    /// Not yet.
    NotYet = 0,
    /// Approved.
    Approved = 1,
}

impl ::dvkit::ChoiceSet for NewYesno {
    const NAME: &'static str = "new_yesno";
    const OPTIONS: &'static [::dvkit::ChoiceOption<Self>] = &[
        ::dvkit::ChoiceOption {
            variant: NewYesno::NotYet,
            value: 0,
            name: "NotYet",
            labels: &[(1031, "Noch nicht"), (1033, "Not yet"), (1036, "Pas encore")],
            color: ::core::option::Option::None,
            state: ::core::option::Option::None,
        },
        ::dvkit::ChoiceOption {
            variant: NewYesno::Approved,
            value: 1,
            name: "Approved",
            labels: &[(1031, "Genehmigt"), (1033, "Approved"), (1036, "Approuvé")],
            color: ::core::option::Option::None,
            state: ::core::option::Option::None,
        },
    ];

    #[inline]
    fn value(self) -> i32 {
        self as i32
    }
}

::dvkit::choice!(NewYesno);
