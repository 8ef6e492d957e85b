//! Defines [`Party`], a sender, recipient or attendee of an activity, and adds parties to activities.
//!
//! An activity's party lists (`to`, `from`, `requiredattendees`) are not properties of the Web API. Their rows,
//! of the table `activityparty`, are written with the activity through its navigation property
//! `<activity>_activity_parties`. The column `participationtypemask` says which list a row belongs to
//! (<https://learn.microsoft.com/power-apps/developer/data-platform/activityparty-entity>).

use super::body::{Create, RowBody, RowWrite};
use super::set::bind_name;
use crate::const_str;
use crate::filter::Literal;
use crate::key::KeyRef;
use crate::row_ref::RowAddress as _;
use crate::table::EntitySet;
use crate::value::Ref;

/// A sender, recipient, attendee or other party of an activity: a row (`Party::to(Contact::id(id))`), or an
/// email address that belongs to no row (`Party::cc("ann@example.com")`).
///
/// Which roles an activity can have depends on its table: an email has a sender and recipients, an appointment
/// an organizer and attendees. Custom activities can have all roles.
#[derive(Clone, Debug)]
#[must_use = "a party does nothing until an activity has it"]
pub struct Party {
    pub(crate) body: RowBody,
    #[cfg(feature = "client")]
    content_id: Option<dvkit_client::ContentId>,
}

/// Who a [`Party`] is: a reference to a row, or the email address of somebody who is not in the organisation.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a party of an activity",
    label = "neither a row nor an email address",
    note = "a party is a row whose table is known, `Contact::id(guid)`, or a text, which is an email address"
)]
pub trait PartyTarget {
    /// Adds the party to the body of its row.
    #[doc(hidden)]
    fn add(self, party: &mut Party);
}

impl Party {
    /// Sets the lookup of the party to a row of the table `table`. `url` is the URL of the row.
    pub(crate) fn set_row(&mut self, table: &str, url: String) {
        self.body.set(bind_name(&format!("partyid_{table}")), Literal::Text(url));
    }

    /// Returns the content id of the row, if the same change set creates the row.
    #[cfg(feature = "client")]
    pub(crate) fn content_id(&self) -> Option<dvkit_client::ContentId> {
        self.content_id
    }

    /// Notes the content id of the row, which the same change set creates.
    #[cfg(feature = "client")]
    pub(crate) fn set_content_id(&mut self, id: dvkit_client::ContentId) {
        self.content_id = Some(id);
    }
}

impl<T: EntitySet> PartyTarget for Ref<T> {
    fn add(self, party: &mut Party) {
        party.set_row(T::TABLE, format!("/{}", self.address()));
    }
}

impl<T: EntitySet> PartyTarget for KeyRef<T> {
    fn add(self, party: &mut Party) {
        party.set_row(T::TABLE, format!("/{}", self.address()));
    }
}

impl PartyTarget for &str {
    fn add(self, party: &mut Party) {
        party.body.set("addressused".to_owned(), Literal::Text(self.to_owned()));
    }
}

impl PartyTarget for String {
    fn add(self, party: &mut Party) {
        party.body.set("addressused".to_owned(), Literal::Text(self));
    }
}

macro_rules! roles {
    ($($(#[$doc:meta])* $role:ident $mask:literal;)*) => {$(
        $(#[$doc])*
        pub fn $role(who: impl PartyTarget) -> Self {
            Self::new($mask, who)
        }
    )*};
}

impl Party {
    fn new(mask: i64, who: impl PartyTarget) -> Self {
        let mut party = Self {
            body: RowBody::default(),
            #[cfg(feature = "client")]
            content_id: None,
        };
        party.body.set("participationtypemask".to_owned(), Literal::Whole(mask));
        who.add(&mut party);
        party
    }

    roles! {
        /// Returns the sender of an email, a letter or another message, or the caller of a phone call.
        from 1;
        /// Returns a recipient of a message, or the called party of a phone call.
        to 2;
        /// Returns a recipient of a copy.
        cc 3;
        /// Returns a recipient of a blind copy.
        bcc 4;
        /// Returns an attendee who has to take part in an appointment.
        required_attendee 5;
        /// Returns an attendee who may take part in an appointment.
        optional_attendee 6;
        /// Returns the organizer of an appointment.
        organizer 7;
        /// Returns a resource of a service activity, for example a room.
        resource 10;
        /// Returns a customer of a service activity or of a campaign.
        customer 11;
    }

    /// Sets the email address that is used for the party, in place of the address of its row.
    pub fn address(mut self, address: impl Into<String>) -> Self {
        self.body.set("addressused".to_owned(), Literal::Text(address.into()));
        self
    }
}

/// Stops the compilation with an error unless `T` is the table of an activity.
const fn is_activity<T: EntitySet>() {
    // All activities, and only they, share their primary key with the table `activitypointer`, in which no row is written.
    let key = T::COLUMNS[T::KEY as usize];
    if !const_str::equal(key, "activityid") || const_str::equal(T::TABLE, "activitypointer") {
        const_str::panic(&[
            "only activities, such as `email` and `appointment`, have parties, and `",
            T::TABLE,
            "` is not the table of an activity",
        ]);
    }
}

/// Returns the navigation property by which activities of table `T` have their parties, and the parties as a list. The
/// compiler reports an error if `T` is not the table of an activity.
pub(crate) fn parties_of<T: EntitySet>(parties: impl IntoIterator<Item = Party>) -> (String, Vec<Party>) {
    const { is_activity::<T>() }
    (format!("{}_activity_parties", T::TABLE), parties.into_iter().collect())
}

impl<T: EntitySet> RowWrite<T, Create> {
    /// Adds parties to an activity: its sender, its recipients, its attendees.
    ///
    /// The compiler reports an error if `T` is not the table of an activity.
    pub fn parties(mut self, parties: impl IntoIterator<Item = Party>) -> Self {
        let (navigation, parties) = parties_of::<T>(parties);
        #[cfg(feature = "client")]
        self.content_ids.extend(parties.iter().filter_map(Party::content_id));
        self.body.push_rows(&navigation, parties.into_iter().map(|party| party.body));
        self
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::row::{FieldMut, FieldRef};
    use crate::{Guid, Record};

    macro_rules! table {
        ($name:ident $table:literal $set:literal $key:literal) => {
            #[derive(Default)]
            struct $name;

            impl Record for $name {
                const TABLE: &'static str = $table;
                const COLUMNS: &'static [&'static str] = &[$key];

                fn fields_mut(&mut self) -> Vec<FieldMut<'_>> {
                    Vec::new()
                }

                fn fields(&self) -> Vec<FieldRef<'_>> {
                    Vec::new()
                }
            }

            impl EntitySet for $name {
                const ENTITY_SET: &'static str = $set;
                const KEY: u16 = 0;
            }
        };
    }

    table!(Appointment "appointment" "appointments" "activityid");
    table!(Contact "contact" "contacts" "contactid");

    #[test]
    fn every_role_has_its_number() {
        // The table of the page "ActivityParty table".
        type Role = fn(&'static str) -> Party;
        let roles: [(Role, i32); 9] = [
            (Party::from, 1),
            (Party::to, 2),
            (Party::cc, 3),
            (Party::bcc, 4),
            (Party::required_attendee, 5),
            (Party::optional_attendee, 6),
            (Party::organizer, 7),
            (Party::resource, 10),
            (Party::customer, 11),
        ];
        for (role, mask) in roles {
            let list = Appointment::create().parties([role("a@example.com")]).json();
            let party = json!({"addressused": "a@example.com", "participationtypemask": mask});
            assert_eq!(list, json!({"appointment_activity_parties": [party]}));
        }
    }

    #[test]
    fn a_row_is_a_party_by_the_lookup_of_its_table() {
        let id = Guid::from_u128(7);
        let ann = Party::organizer(Contact::id(id)).address("ann@example.com");
        let list = Appointment::create()
            .parties([ann])
            .parties([Party::required_attendee(String::from("b@example.com"))]);
        assert_eq!(
            list.json()["appointment_activity_parties"],
            json!([
                {
                    "addressused": "ann@example.com",
                    "participationtypemask": 7,
                    "partyid_contact@odata.bind": format!("/contacts({id})"),
                },
                {"addressused": "b@example.com", "participationtypemask": 5},
            ])
        );
    }
}
