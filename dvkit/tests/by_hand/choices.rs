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
    const TEXT: &'static str = "\
        new_projecttype\n\
             100000000\tInternal\t#4f6bed\t\t1031\tIntern\t1033\tInternal\t1036\tInterne\n\
             100000001\tCustomer\t#0b6a0b\t\t1031\tKunde\t1033\tCustomer\t1036\tClient\n\
             100000002\tResearchDevelopment\t\t\t1031\tForschung und Entwicklung\t1033\tResearch & Development\t1036\tRecherche et développement\n\
             100000003\tFixedPrice\t\t\t1031\tFestpreis\t1033\tFixed price\t1036\tForfait\n";

    fn variants() -> &'static [Self] {
        &[Self::Internal, Self::Customer, Self::ResearchDevelopment, Self::FixedPrice]
    }

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
    const TEXT: &'static str = "\
        new_region\n\
             1\tNorth\t\t\t1031\tNord\t1033\tNorth\t1036\tNord\n\
             2\tSouth\t\t\t1031\tSüd\t1033\tSouth\t1036\tSud\n\
             3\tEast\t\t\t1031\tOst\t1033\tEast\t1036\tEst\n\
             4\tWest\t\t\t1031\tWest\t1033\tWest\t1036\tOuest\n\
             9\tOverseas\t\t\t1031\tÜbersee\t1033\tOverseas\t1036\tOutre-mer\n";

    fn variants() -> &'static [Self] {
        &[Self::North, Self::South, Self::East, Self::West, Self::Overseas]
    }

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
    const TEXT: &'static str = "\
        new_yesno\n\
             0\tNotYet\t\t\t1031\tNoch nicht\t1033\tNot yet\t1036\tPas encore\n\
             1\tApproved\t\t\t1031\tGenehmigt\t1033\tApproved\t1036\tApprouvé\n";

    fn variants() -> &'static [Self] {
        &[Self::NotYet, Self::Approved]
    }

    #[inline]
    fn value(self) -> i32 {
        self as i32
    }
}

::dvkit::choice!(NewYesno);
