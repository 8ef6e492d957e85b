//! Measures metadata imports: reading, merging, writing a snapshot, and reading it back.
//!
//! The inputs are generated, about as large as an organisation with the standard apps: 350 tables. Real
//! documents (`$DVKIT_CORPUS/../data`, or beside this repository) are measured too if they exist.

use std::fmt::Write as _;
use std::hint::black_box;
use std::path::{Path, PathBuf};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use dvkit_schema::{Store, store, wire};
use dvkit_schema_fetch::csdl;

const TABLES: usize = 350;

/// Returns a generated `$metadata` document of [`TABLES`] tables with 30 columns and 24 navigation properties
/// each.
fn made_csdl() -> String {
    let mut types = String::from(r#"<EntityType Name="crmbaseentity" Abstract="true" />"#);
    let mut sets = String::new();
    for t in 0..TABLES {
        let _ = write!(
            types,
            r#"<EntityType Name="new_table{t}" BaseType="mscrm.crmbaseentity"><Key><PropertyRef Name="new_table{t}id" /></Key>
<Property Name="new_table{t}id" Type="Edm.Guid" /><Property Name="statecode" Type="Edm.Int32" />"#
        );
        for c in 0..16 {
            let edm =
                ["Edm.String\" Unicode=\"false", "Edm.Int32", "Edm.DateTimeOffset", "Edm.Decimal"][c % 4];
            let _ = write!(types, r#"<Property Name="new_column{c}" Type="{edm}" />"#);
        }
        for n in 0..12 {
            let other = (t + n * 7) % TABLES;
            let _ = write!(
                types,
                r#"<Property Name="_new_lookup{n}_value" Type="Edm.Guid" />
<NavigationProperty Name="new_Lookup{n}" Type="mscrm.new_table{other}" Nullable="false" Partner="from{n}_{t}"><ReferentialConstraint Property="_new_lookup{n}_value" ReferencedProperty="new_table{other}id" /></NavigationProperty>"#
            );
            let from = (t + TABLES * 7 - n * 7) % TABLES;
            let _ = write!(
                types,
                r#"<NavigationProperty Name="from{n}_{from}" Type="Collection(mscrm.new_table{from})" Partner="new_Lookup{n}" />"#
            );
        }
        types.push_str("</EntityType>");
        let _ = write!(sets, r#"<EntitySet Name="new_table{t}s" EntityType="mscrm.new_table{t}" />"#);
    }
    format!(
        r#"<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>
<Schema Namespace="Microsoft.Dynamics.CRM" Alias="mscrm" xmlns="http://docs.oasis-open.org/odata/ns/edm">{types}
<EntityContainer Name="System">{sets}</EntityContainer></Schema></edmx:DataServices></edmx:Edmx>"#
    )
}

/// Returns a generated `RetrieveMetadataChanges` response of ten tables with 100 choices each.
fn made_json() -> String {
    let label = r#"{"LocalizedLabels":[{"Label":"A label","LanguageCode":1033,"IsManaged":true,"MetadataId":"2a4901bf-2241-db11-898a-0007e9e17ebd","HasChanged":null}],"UserLocalizedLabel":null}"#;
    let tables: Vec<_> = (0..10)
        .map(|t| {
            let attributes: Vec<_> = (0..100)
                .map(|a| {
                    let options: Vec<_> = (0..8)
                        .map(|o| format!(r#"{{"Value":{o},"Color":null,"IsManaged":true,"Label":{label},"Description":{label}}}"#))
                        .collect();
                    format!(
                        r##"{{"@odata.type":"#Microsoft.Dynamics.CRM.ComplexPicklistAttributeMetadata","AttributeType":"Picklist","ColumnNumber":null,"IsValidODataAttribute":true,
"LogicalName":"new_column{a}","SchemaName":"new_Column{a}","MetadataId":"118771ca-6fb9-4f60-8fd4-99b6124b63ad","AttributeTypeName":{{"Value":"PicklistType"}},"DisplayName":{label},"Description":{label},
"RequiredLevel":{{"Value":"None","CanBeChanged":true}},"OptionSet":{{"IsGlobal":false,"Name":"new_table{t}_new_column{a}","OptionSetType":"Picklist","Options":[{}]}}}}"##,
                        options.join(",")
                    )
                })
                .collect();
            format!(r#"{{"LogicalName":"new_table{t}","EntitySetName":"new_table{t}s","Attributes":[{}]}}"#, attributes.join(","))
        })
        .collect();
    format!(r#"{{"DeletedMetadata":null,"EntityMetadata":[{}]}}"#, tables.join(","))
}

/// Returns the real document at the path `relative` in the folder of data; `None` if it does not exist.
fn real(relative: &str) -> Option<String> {
    let beside = std::env::var_os("DVKIT_CORPUS").map(|corpus| PathBuf::from(corpus).join("../data"));
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    beside.into_iter().chain([here]).find_map(|data| std::fs::read_to_string(data.join(relative)).ok())
}

fn import(c: &mut Criterion) {
    let mut csdl = vec![("made", made_csdl())];
    csdl.extend(real("csdl/bcgov_embc-dfa_DynamicsCsdl.xml").map(|text| ("real", text)));
    let mut json = vec![("made", made_json())];
    json.extend(
        real("webapi-json/scottdurow_dataverse-gen/account-metadata.json").map(|text| ("real", text)),
    );

    let mut group = c.benchmark_group("read");
    for (name, text) in &csdl {
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(format!("csdl/{name}"), |b| {
            b.iter(|| csdl::read(black_box(text)).expect("the document is whole"));
        });
    }
    for (name, text) in &json {
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(format!("json/{name}"), |b| {
            b.iter(|| wire::read(black_box(text)).expect("the document is whole"));
        });
    }
    group.finish();

    let schema = csdl::read(&csdl[0].1).expect("the document is whole").schema;
    let richer = wire::read(&json[0].1).expect("the document is whole").schema;
    c.bench_function("merge/json onto csdl", |b| {
        b.iter_batched(
            || (schema.clone(), richer.clone()),
            |(mut schema, richer)| schema.merge(richer),
            criterion::BatchSize::LargeInput,
        );
    });

    let home = std::env::temp_dir().join(format!("dvkit-bench-{}", std::process::id()));
    let dir = home.join("schema");
    let mut other = schema.clone();
    other.tables.values_mut().for_each(|table| table.custom = Some(true));
    let mut changed = schema.clone();
    changed.tables.entry("new_table7".into()).or_default().custom = Some(true);
    let mut group = c.benchmark_group("snapshot");
    group.sample_size(10);
    let mut turn = false;
    group.bench_function("write, all new", |b| {
        b.iter(|| {
            turn = !turn;
            store::write(&dir, if turn { &schema } else { &other }).expect("the temporary directory takes it")
        });
    });
    group.bench_function("write, one table changed", |b| {
        b.iter(|| {
            turn = !turn;
            store::write(&dir, if turn { &schema } else { &changed })
                .expect("the temporary directory takes it")
        });
    });
    group.bench_function("write, unchanged", |b| {
        store::write(&dir, &schema).expect("the temporary directory takes it");
        b.iter(|| store::write(&dir, &schema).expect("the temporary directory takes it"));
    });
    group.finish();
    let mut group = c.benchmark_group("snapshot");
    group.bench_function("open", |b| b.iter(|| Store::open(&dir).expect("it was just written")));
    group.bench_function("open, one table", |b| {
        b.iter(|| {
            let store = Store::open(&dir).expect("it was just written");
            store.table("new_table7").expect("it was just written").map(|t| t.columns.len())
        });
    });
    group.bench_function("load everything", |b| {
        b.iter(|| Store::open(&dir).and_then(|s| s.load()).expect("it was just written"));
    });
    group.finish();
    // Removes only what this process wrote.
    let _ = std::fs::remove_dir_all(&home);
}

criterion_group!(benches, import);
criterion_main!(benches);
