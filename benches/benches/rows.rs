//! Measures the decoding of 1,000 rows with 60 columns, with dvkit's shared decoder and with serde's derive,
//! from the same text.
//!
//! The columns have the types of a real table, and come in the service's order, which is not alphabetical.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use dvkit::row::{FieldMut, FieldRef, FieldTuple};
use dvkit::{Decimal, Guid, Record, RowExtras, Rows, jiff};

macro_rules! types {
    (Text) => { Option<String> };
    (Int) => { Option<i32> };
    (Long) => { Option<i64> };
    (Decimal) => { Option<Decimal> };
    (Float) => { Option<f64> };
    (Bool) => { Option<bool> };
    (Id) => { Option<Guid> };
    (DateTime) => { Option<jiff::Timestamp> };
    (Date) => { Option<jiff::civil::Date> };
}

macro_rules! records {
    ($($name:ident $kind:ident;)*) => {
        /// A struct with the fields of generated code. Only the tuples of fields are missing, which this
        /// macro cannot write; the work is the same.
        #[derive(Default)]
        struct Slots {
            $($name: types!($kind),)*
            extra: RowExtras,
        }

        impl Record for Slots {
            const TABLE: &'static str = "contact";
            const COLUMNS: &'static [&'static str] = &[$(stringify!($name)),*];

            #[inline]
            fn fields_mut(&mut self) -> Vec<FieldMut<'_>> {
                let mut slots = Vec::with_capacity(61);
                $(FieldTuple::push_to(&mut self.$name, &mut slots);)*
                FieldTuple::push_to(&mut self.extra, &mut slots);
                slots
            }

            #[inline]
            fn fields(&self) -> Vec<FieldRef<'_>> {
                let mut cells = Vec::with_capacity(61);
                $(FieldTuple::push_to(&self.$name, &mut cells);)*
                FieldTuple::push_to(&self.extra, &mut cells);
                cells
            }
        }

        /// A struct with the same fields, decoded by serde's derive. Decimals are floats, which is less work
        /// than in the shared decoder.
        #[derive(serde::Deserialize)]
        struct Derived {
            #[serde(rename = "@odata.etag")]
            etag: Option<String>,
            $($name: derived!($kind),)*
        }

        impl Derived {
            /// Returns the number of fields with a value. It is compared between the decoders, and keeps the
            /// compiler from removing the work.
            fn count(&self) -> usize {
                usize::from(self.etag.is_some()) $(+ usize::from(self.$name.is_some()))*
            }
        }

        impl Slots {
            fn count(&self) -> usize {
                usize::from(self.extra.etag().is_some()) $(+ usize::from(self.$name.is_some()))*
            }
        }

        const KINDS: &[(&str, &str)] = &[$((stringify!($name), stringify!($kind))),*];
    };
}

macro_rules! derived {
    (Decimal) => { Option<f64> };
    ($kind:ident) => { types!($kind) };
}

records! {
    accountnumber Bool;
    address1_city Decimal;
    address1_country DateTime;
    address1_line1 Float;
    address1_line2 Id;
    address1_postalcode Text;
    address2_city Text;
    address2_country DateTime;
    anniversary Int;
    assistantname Long;
    birthdate Text;
    businesscardattributes Bool;
    callback Text;
    contactid Long;
    createdon Id;
    creditlimit Date;
    creditonhold Float;
    customersizecode Text;
    customertypecode DateTime;
    department Text;
    description Text;
    donotbulkemail Text;
    donotemail Text;
    donotfax Text;
    donotphone Int;
    educationcode Id;
    emailaddress1 Text;
    emailaddress2 Date;
    employeeid Int;
    entityimage_timestamp Id;
    exchangerate Text;
    familystatuscode Text;
    fax Int;
    firstname Text;
    fullname Text;
    gendercode Bool;
    governmentid Decimal;
    haschildrencode Text;
    importsequencenumber Decimal;
    jobtitle Int;
    lastname DateTime;
    lastonholdtime Int;
    lastusedincampaign Int;
    leadsourcecode Text;
    managername Text;
    middlename Text;
    mobilephone DateTime;
    modifiedon Text;
    nickname Int;
    numberofchildren Text;
    onholdtime Decimal;
    overriddencreatedon Bool;
    ownerid Date;
    parentcontactid DateTime;
    salutation Bool;
    spousesname Id;
    statecode Int;
    statuscode Id;
    telephone1 Text;
    versionnumber Bool;
}

/// Returns the text of a response with 1,000 rows. Every fourth value is null, as in real responses.
fn answer() -> String {
    let mut out = String::from("[");
    // The names in an unsorted order, the same in all rows.
    let mut order: Vec<usize> = (0..KINDS.len()).collect();
    order.sort_by_key(|at| (at * 37) % KINDS.len());
    for row in 0..1000_usize {
        if row > 0 {
            out.push(',');
        }
        out.push_str(&format!("{{\"@odata.etag\":\"W/\\\"{row}\\\"\""));
        for at in &order {
            let (name, kind) = KINDS[*at];
            let value = match kind {
                _ if (row + at) % 4 == 0 => "null".to_owned(),
                "Text" => format!("\"some text of row {row}\""),
                "Int" => (row % 7).to_string(),
                "Long" => (2_651_027 + row).to_string(),
                "Decimal" => format!("{}.{:02}", row * 31, row % 90 + 9),
                "Float" => format!("{}.5", row),
                "Bool" => (row % 2 == 0).to_string(),
                "Id" => format!(
                    "\"{}\"",
                    Guid::from_u128(0x7891_4942_34cb_ed11_b596_0022_481d_0000 + row as u128)
                ),
                "DateTime" => format!("\"2025-01-{:02}T10:{:02}:00Z\"", row % 28 + 1, row % 60),
                _ => format!("\"2025-01-{:02}\"", row % 28 + 1),
            };
            out.push_str(&format!(",\"{name}\":{value}"));
        }
        out.push('}');
    }
    out.push(']');
    out
}

fn rows(c: &mut Criterion) {
    let text = answer();
    let slots: Rows<Slots> = serde_json::from_str(&text).expect("it is a list of rows");
    let derived: Vec<Derived> = serde_json::from_str(&text).expect("it is a list of rows");
    assert_eq!(
        slots.0.iter().map(Slots::count).sum::<usize>(),
        derived.iter().map(Derived::count).sum::<usize>()
    );
    let mut group = c.benchmark_group("decode 1,000 rows of 60 columns");
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("slots", |b| {
        b.iter(|| serde_json::from_str::<Rows<Slots>>(&text).expect("rows"));
    });
    group.bench_function("serde derive", |b| {
        b.iter(|| serde_json::from_str::<Vec<Derived>>(&text).expect("rows"));
    });
    group.finish();
}

criterion_group!(benches, rows);
criterion_main!(benches);
