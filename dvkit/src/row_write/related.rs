//! Adds related rows to a write that creates a row: rows that are created with it (deep insert), and existing
//! rows that are associated with it.
//!
//! The service creates all rows of one request or none of them
//! (<https://learn.microsoft.com/power-apps/developer/data-platform/webapi/create-entity-web-api>, "Create related
//! table rows in one operation" and "Associate table rows on create"). Only a new row can have new rows within it.

use super::body::{Create, Member, RowWrite};
use super::set::{BindTarget, Writable, bind_name};
use crate::column::{Nav, NavMany};
use crate::row::Record;
use crate::table::EntitySet;

impl<T: Record> RowWrite<T, Create> {
    /// Creates `rows` together with this row, each related to it by `navigation`, in addition to the rows of
    /// earlier calls. The rows can have children of their own.
    ///
    /// ```
    /// # use dvkit::prelude::*;
    /// # use dvkit::row::{FieldMut, FieldRef};
    /// # macro_rules! table { ($ty:ident $table:literal $set:literal $columns:expr) => {
    /// #     #[derive(Default)] struct $ty;
    /// #     impl dvkit::Record for $ty {
    /// #         const TABLE: &'static str = $table;
    /// #         const COLUMNS: &'static [&'static str] = $columns;
    /// #         fn fields_mut(&mut self) -> Vec<FieldMut<'_>> { Vec::new() }
    /// #         fn fields(&self) -> Vec<FieldRef<'_>> { Vec::new() }
    /// #     }
    /// #     impl dvkit::EntitySet for $ty { const ENTITY_SET: &'static str = $set; const KEY: u16 = 0; }
    /// # } }
    /// # table!(Account "account" "accounts" &["name"]);
    /// # table!(Contact "contact" "contacts" &["lastname"]);
    /// # impl Account {
    /// #     const NAME: dvkit::Column<Self, dvkit::kind::Text> = dvkit::column(0);
    /// #     const CONTACT_CUSTOMER_ACCOUNTS: dvkit::NavMany<Self, Contact> = dvkit::nav_many("contact_customer_accounts");
    /// # }
    /// # impl Contact { const LASTNAME: dvkit::Column<Self, dvkit::kind::Text> = dvkit::column(0); }
    /// let company = Account::create()
    ///     .set(Account::NAME, "Contoso")
    ///     .children(Account::CONTACT_CUSTOMER_ACCOUNTS, [Contact::create().set(Contact::LASTNAME, "O'Brien")]);
    /// # assert_eq!(company.json(), serde_json::json!({"name": "Contoso", "contact_customer_accounts": [{"lastname": "O'Brien"}]}));
    /// ```
    pub fn children<B: EntitySet, R>(
        mut self,
        navigation: NavMany<T, B, R>,
        rows: impl IntoIterator<Item = RowWrite<B, Create>>,
    ) -> Self {
        let rows: Vec<_> = rows.into_iter().collect();
        #[cfg(feature = "client")]
        self.content_ids.extend(rows.iter().flat_map(|row| &row.content_ids));
        self.body.push_rows(navigation.name(), rows.into_iter().map(|row| row.body));
        self
    }

    /// Creates `row` together with this row, and sets the lookup of `navigation` to it. `row` can have
    /// children and parents of its own.
    pub fn parent<B: EntitySet, W: Writable<Create>>(
        mut self,
        navigation: Nav<T, B, W>,
        row: RowWrite<B, Create>,
    ) -> Self {
        #[cfg(feature = "client")]
        self.content_ids.extend(&row.content_ids);
        self.body.0.insert(navigation.name().to_owned(), Member::Row(row.body));
        self
    }

    /// Associates the existing rows `rows` with this row when it is created, by `navigation`, in addition to
    /// the rows of earlier calls.
    pub fn bind_all<B, R, I>(mut self, navigation: NavMany<T, B, R>, rows: I) -> Self
    where
        I: IntoIterator,
        I::Item: BindTarget<B>,
    {
        let urls: Vec<String> = rows.into_iter().map(|row| self.url_of(row)).collect();
        self.body.push_urls(bind_name(navigation.name()), urls.into_iter());
        self
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::row::{FieldMut, FieldRef};
    use crate::{Column, EntitySet, Nav, NavMany, Record, column, kind, nav, nav_many};

    #[derive(Default)]
    struct Company;

    impl Record for Company {
        const TABLE: &'static str = "company";
        const COLUMNS: &'static [&'static str] = &["_parentid_value", "companyid", "revenue", "score"];

        fn fields_mut(&mut self) -> Vec<FieldMut<'_>> {
            Vec::new()
        }

        fn fields(&self) -> Vec<FieldRef<'_>> {
            Vec::new()
        }
    }

    impl EntitySet for Company {
        const ENTITY_SET: &'static str = "companies";
        const KEY: u16 = 1;
    }

    const PARENT: Nav<Company, Company> = nav("parentid", 0);
    const CHILDREN: NavMany<Company, Company> = nav_many("child_companies");
    const REVENUE: Column<Company, kind::Money> = column(2);
    const SCORE: Column<Company, kind::Float> = column(3);

    #[test]
    fn rows_within_rows_keep_all_digits() {
        let amount = || {
            Company::create()
                .set(REVENUE, "922337203685477.5807".parse::<crate::Decimal>().expect("a number"))
        };
        let row = amount()
            .parent(PARENT, amount())
            .children(CHILDREN, [amount().children(CHILDREN, [amount()])])
            .children(CHILDREN, [Company::create()]);
        let digits = r#""revenue":922337203685477.5807"#;
        assert_eq!(
            serde_json::to_string(&row).expect("it is JSON"),
            format!(
                "{{\"child_companies\":[{{\"child_companies\":[{{{digits}}}],{digits}}},{{}}],\"parentid\":{{{digits}}},{digits}}}"
            )
        );
    }

    #[test]
    fn a_number_that_no_column_holds_is_refused_within_rows_too() {
        let row = Company::create().children(CHILDREN, [Company::create().set(SCORE, f64::NAN)]);
        let error = serde_json::to_string(&row).expect_err("it is no number");
        assert!(error.to_string().contains("`score` is set to NaN"), "{error}");
    }

    #[test]
    fn existing_rows_are_associated_by_their_urls() {
        let ids = [1, 2].map(crate::Guid::from_u128);
        let row = Company::create().bind_all(CHILDREN, [ids[0]]).bind_all(CHILDREN, ids.map(Company::id));
        let url = |id: crate::Guid| format!("/companies({id})");
        assert_eq!(
            row.json(),
            json!({"child_companies@odata.bind": [url(ids[0]), url(ids[0]), url(ids[1])]})
        );
    }
}
