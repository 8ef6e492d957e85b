//! The ids of the organisation, of its own rows and of its callers, which are the same in every run, its base
//! currency, and what the organisation knows about a caller.

use std::collections::HashMap;

use jiff::tz::TimeZone;
use uuid::Uuid;

/// The base currency of an organisation: amounts without a currency are in it, and the `_base` columns of all
/// amounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseCurrency {
    /// The code of the currency in ISO 4217, such as `CHF`.
    pub code: String,
    /// The name of the currency, such as `Swiss Franc`.
    pub name: String,
    /// The symbol of the currency, such as `Fr.`.
    pub symbol: String,
    /// The number of decimals, 0 to 4.
    pub precision: u8,
}

impl Default for BaseCurrency {
    fn default() -> Self {
        Self { code: "USD".into(), name: "US Dollar".into(), symbol: "$".into(), precision: 2 }
    }
}

/// The name and the base currency of the organisation, with the ids that follow from them. Organisations with
/// different names have different ids throughout.
#[derive(Debug)]
pub(crate) struct OrganisationIdentity {
    name: Option<String>,
    pub(crate) base_currency: BaseCurrency,
    business_unit: Uuid,
    base_currency_id: Uuid,
}

impl OrganisationIdentity {
    pub(crate) fn new(name: Option<String>, base_currency: BaseCurrency) -> Self {
        let business_unit = id_of(name.as_deref(), "business-unit");
        let base_currency_id = id_of(name.as_deref(), &format!("currency:{}", base_currency.code));
        Self { name, base_currency, business_unit, base_currency_id }
    }

    /// Returns the id of an object. `object` says what it is, and is different for each object.
    fn id(&self, object: &str) -> Uuid {
        id_of(self.name.as_deref(), object)
    }

    /// Returns the name of the organisation in responses.
    pub(crate) fn name(&self) -> &str {
        self.name.as_deref().unwrap_or("emulated")
    }

    /// Returns the id of the caller with this name.
    pub(crate) fn user_id(&self, name: &str) -> Uuid {
        self.id(&format!("user:{name}"))
    }

    /// Returns the id of the caller with this name in the directory.
    pub(crate) fn directory_id(&self, name: &str) -> Uuid {
        self.id(&format!("directory:{name}"))
    }

    /// Returns the id of the root business unit.
    pub(crate) fn business_unit_id(&self) -> Uuid {
        self.business_unit
    }

    /// Returns the id of the organisation.
    pub(crate) fn organisation_id(&self) -> String {
        self.id("organization").to_string()
    }

    /// Returns the id of the base currency.
    pub(crate) fn base_currency_id(&self) -> Uuid {
        self.base_currency_id
    }

    /// Returns the id of the default team of the root business unit.
    pub(crate) fn default_team_id(&self) -> Uuid {
        self.id("team:default")
    }

    /// Returns the id of the `count`th seeded row of a table among those without an id.
    pub(crate) fn row_id(&self, table: &str, count: usize) -> Uuid {
        self.id(&format!("row:{table}:{count}"))
    }
}

fn id_of(organisation: Option<&str>, object: &str) -> Uuid {
    let text =
        organisation.map_or_else(|| format!("dvkit:{object}"), |name| format!("dvkit:{name}/{object}"));
    Uuid::new_v5(&Uuid::NAMESPACE_URL, text.as_bytes())
}

/// Returns the id of an object with this kind and name. It is the same on every call.
pub(crate) fn generated_id(kind: &str, name: &str) -> String {
    Uuid::new_v5(&Uuid::NAMESPACE_URL, format!("dvkit:{kind}:{name}").as_bytes()).to_string()
}

/// What the organisation knows about a caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CallerIdentity {
    /// The id of the caller's user.
    pub(crate) user: Uuid,
    /// The id of the caller's business unit.
    pub(crate) business_unit: Uuid,
    /// The ids of the teams that the caller belongs to, in ascending order.
    pub(crate) teams: Vec<Uuid>,
    /// The language of the caller, as an LCID.
    pub(crate) language: u32,
    /// The caller's time zone.
    pub(crate) zone: TimeZone,
}

/// The identities of callers by name, each with the number of the organisation's state and the version of the
/// rows that it was read at.
pub(crate) type KnownCallers = HashMap<String, (u64, i64, CallerIdentity)>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ids_of_an_organisation_follow_from_its_name_alone() {
        let ids = |name: Option<&str>| {
            let identity = OrganisationIdentity::new(name.map(str::to_owned), BaseCurrency::default());
            [
                identity.organisation_id(),
                identity.business_unit_id().to_string(),
                identity.base_currency_id().to_string(),
                identity.default_team_id().to_string(),
                identity.user_id("ann").to_string(),
                identity.directory_id("ann").to_string(),
                identity.row_id("account", 1).to_string(),
            ]
        };
        let v5 = |text: &str| Uuid::new_v5(&Uuid::NAMESPACE_URL, text.as_bytes()).to_string();
        for (name, prefix) in [(None, "dvkit:"), (Some("contoso"), "dvkit:contoso/")] {
            let objects = [
                "organization",
                "business-unit",
                "currency:USD",
                "team:default",
                "user:ann",
                "directory:ann",
                "row:account:1",
            ];
            assert_eq!(ids(name), objects.map(|object| v5(&format!("{prefix}{object}"))), "{name:?}");
        }
        assert_eq!(generated_id("solution", "new"), v5("dvkit:solution:new"));
        let name = |name: Option<&str>| {
            OrganisationIdentity::new(name.map(str::to_owned), BaseCurrency::default()).name().to_owned()
        };
        assert_eq!((name(None), name(Some("contoso"))), ("emulated".to_owned(), "contoso".to_owned()));
    }
}
