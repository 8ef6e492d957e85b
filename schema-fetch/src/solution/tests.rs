//! Tests with small solutions: which facts are read from each part, and which input is refused.

mod facts;

use std::fs;
use std::io::{Cursor, Write as _};
use std::path::Path;

use dvkit_schema::{
    Cascade, CascadeAction, ChoiceKind, ChoiceRef, ColumnType, DateTimeBehavior, LocalizedText, Ownership,
    RequiredLevel, Schema, Side, SourceType, Table, TableKind,
};
use pretty_assertions::assert_eq;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::{Reader, read};
use crate::{Error, FileKind, ImportProgress, import, import_into};

/// Returns an `attribute` element with this name and type. `more` is the XML of further child elements.
fn attribute(name: &str, ty: &str, more: &str) -> String {
    format!(
        "<attribute PhysicalName='{name}'><Type>{ty}</Type><Name>{0}</Name><LogicalName>{0}</LogicalName>{more}</attribute>",
        name.to_lowercase()
    )
}

fn entity(name: &str, attributes: &str, more: &str) -> String {
    format!(
        "<Entity><Name LocalizedName='x'>{name}</Name><EntityInfo><entity Name='{name}'><attributes>{attributes}\
         </attributes>{more}</entity></EntityInfo><FormXml/></Entity>"
    )
}

fn relationship(name: &str, many: &str, one: &str, column: &str, roles: &str) -> String {
    format!(
        "<EntityRelationships><EntityRelationship Name='{name}'><EntityRelationshipType>OneToMany\
         </EntityRelationshipType><IsHierarchical>0</IsHierarchical><ReferencingEntityName>{many}\
         </ReferencingEntityName><ReferencedEntityName>{one}</ReferencedEntityName><ReferencingAttributeName>{column}\
         </ReferencingAttributeName>{roles}</EntityRelationship></EntityRelationships>"
    )
}

fn roles(single: &str, collection: &str) -> String {
    format!(
        "<EntityRelationshipRoles><EntityRelationshipRole><NavigationPropertyName>{single}</NavigationPropertyName>\
         <RelationshipRoleType>1</RelationshipRoleType></EntityRelationshipRole><EntityRelationshipRole>\
         <NavigationPropertyName>{collection}</NavigationPropertyName><RelationshipRoleType>0</RelationshipRoleType>\
         </EntityRelationshipRole></EntityRelationshipRoles>"
    )
}

fn schema_of(documents: &[&str]) -> Schema {
    let mut reader = Reader::default();
    documents.iter().for_each(|d| reader.add(d).unwrap());
    reader.finish().schema
}

fn table(attributes: &str) -> Table {
    schema_of(&[&entity("New_Thing", attributes, "")]).tables.remove("new_thing").unwrap()
}

#[test]
fn tables_are_marked_as_partial() {
    let more = "<EntitySetName>new_thingses</EntitySetName><OwnershipTypeMask>UserOwned</OwnershipTypeMask>\
                <IsActivity>1</IsActivity><LocalizedNames><LocalizedName description='Thing' languagecode='1033'/>\
                <LocalizedName description='Ding' languagecode='1031'/></LocalizedNames><Descriptions>\
                <Description description='' languagecode='1033'/></Descriptions><EntityKeys><EntityKey>\
                <Name>New_Key</Name><LogicalName>new_key</LogicalName><EntityKeyAttributes>\
                <AttributeName>new_name</AttributeName></EntityKeyAttributes></EntityKey></EntityKeys>";
    let attributes = attribute("New_ThingId", "primarykey", "")
        + &attribute("New_Name", "nvarchar", "<DisplayMask>ValidForForm|PrimaryName</DisplayMask>")
        + &attribute("New_Name", "int", "")
        + "<attribute PhysicalName='x'/>";
    let mut reader = Reader::default();
    reader.add(&entity("New_Thing", &attributes, more)).unwrap();
    reader.add("<Entity><Name>Account</Name><FormXml/></Entity>").unwrap();
    let imported = reader.finish();
    let thing = &imported.schema.tables["new_thing"];
    assert!(thing.partial && !thing.is_reference_only());
    assert_eq!(
        (thing.schema_name.as_deref(), thing.entity_set.as_deref(), thing.ownership, thing.kind),
        (Some("New_Thing"), Some("new_thingses"), Some(Ownership::User), Some(TableKind::Activity))
    );
    assert_eq!(thing.display_name.0, [(1031, "Ding".into()), (1033, "Thing".into())].into());
    assert_eq!(thing.description, LocalizedText::default());
    assert_eq!(
        (thing.primary_id.as_deref(), thing.primary_name.as_deref()),
        (Some("new_thingid"), Some("new_name"))
    );
    assert_eq!(
        (thing.keys[0].name.as_str(), &thing.keys[0].columns[..]),
        ("new_key", &["new_name".into()][..])
    );
    assert_eq!(thing.keys[0].status, None);
    assert_eq!(imported.schema.org.languages, [1031, 1033]);
    // It is in the solution for its forms: it exists, and nothing else is known.
    let account = &imported.schema.tables["account"];
    assert!(account.partial && !account.is_reference_only() && account.columns.is_empty());
    let skipped: Vec<_> = imported.skipped.iter().map(ToString::to_string).collect();
    assert_eq!(skipped, ["1 columns (without a name or a type)", "1 columns (named twice in one table)"]);
}

#[test]
fn columns_have_their_types() {
    let text = "<Format>email</Format><MaxLength>100</MaxLength><Length>200</Length><RequiredLevel>required</RequiredLevel>\
                <ValidForReadApi>1</ValidForReadApi><ValidForUpdateApi>0</ValidForUpdateApi><IsSecured>1</IsSecured>\
                <SourceType>2</SourceType><AutoNumberFormat/><displaynames><displayname description='Mail' \
                languagecode='1033'/></displaynames>";
    let range =
        "<MinValue>-1</MinValue><MaxValue>10</MaxValue><Accuracy>2</Accuracy><Format>duration</Format>";
    let table = table(
        &[
            attribute("A", "nvarchar", text),
            attribute("B", "ntext", "<Format>richtext</Format><MaxLength>2000</MaxLength>"),
            attribute("C", "int", range),
            attribute("D", "decimal", range),
            attribute("E", "float", range),
            attribute("F", "money", "<Accuracy>4</Accuracy><AccuracySource>2</AccuracySource><CalculationOf>Base_Of</CalculationOf>"),
            attribute("G", "datetime", "<Format>date</Format><Behavior>2</Behavior>"),
            attribute("H", "datetime", "<Format>datetime</Format><Behavior>3</Behavior>"),
            attribute("I", "uniqueidentifier", ""),
            attribute("J", "file", "<MaxValue>32768</MaxValue>"),
            attribute("K", "image", "<DisplayMask>PrimaryImage</DisplayMask>"),
            attribute("L", "bigint", ""),
            attribute("M", "novelty", ""),
            attribute("N", "owner", "<LookupTypes><LookupType>9</LookupType><LookupType>8</LookupType><LookupType>10234</LookupType></LookupTypes>"),
        ]
        .concat(),
    );
    let ty = |name: &str| table.column(name).unwrap().ty.clone();
    let a = table.column("a").unwrap();
    assert_eq!(a.ty, ColumnType::String { max_length: Some(100), format: Some("Email".into()) });
    assert_eq!(
        (a.required, a.valid_for_read, a.valid_for_update, a.valid_for_create, a.secured, a.source),
        (
            Some(RequiredLevel::Application),
            Some(true),
            Some(false),
            None,
            Some(true),
            Some(SourceType::Rollup)
        )
    );
    assert_eq!((a.display_name.get(1033), a.auto_number.as_deref(), a.odata), (Some("Mail"), None, None));
    assert_eq!(ty("b"), ColumnType::Memo { max_length: Some(2000), format: Some("RichText".into()) });
    let (min, max, precision) = (Some(-1.0), Some(10.0), Some(2));
    assert_eq!(
        ty("c"),
        ColumnType::Integer { min: Some(-1), max: Some(10), format: Some("Duration".into()) }
    );
    assert_eq!(ty("d"), ColumnType::Decimal { min, max, precision });
    assert_eq!(ty("e"), ColumnType::Double { min, max, precision });
    assert_eq!(
        ty("f"),
        ColumnType::Money {
            min: None,
            max: None,
            precision: Some(4),
            precision_source: Some(2),
            calculation_of: Some("base_of".into())
        }
    );
    let date = |behavior, date| ColumnType::DateTime { behavior: Some(behavior), date_format: Some(date) };
    assert_eq!(ty("g"), date(DateTimeBehavior::DateOnly, true));
    assert_eq!(ty("h"), date(DateTimeBehavior::TimeZoneIndependent, false));
    assert_eq!(ty("i"), ColumnType::Uniqueidentifier);
    assert_eq!(ty("j"), ColumnType::File { max_size_kb: Some(32768) });
    assert_eq!(ty("k"), ColumnType::Image { primary: Some(true), max_size_kb: None });
    assert_eq!(table.primary_image.as_deref(), Some("k"));
    assert_eq!(ty("l"), ColumnType::BigInt);
    assert_eq!(ty("m"), ColumnType::Other { name: "novelty".into() });
    assert_eq!(ty("n"), ColumnType::Owner { targets: vec!["systemuser".into(), "team".into()] });
}

#[test]
fn choices_are_local_or_global() {
    let states = "<optionset Name='new_thing_statecode'><OptionSetType>state</OptionSetType><states>\
                  <state value='1' defaultstatus='2' invariantname='Inactive'><labels><label description='Aus' \
                  languagecode='1031'/><label description='Off' languagecode='1033'/></labels></state>\
                  <state value='0' defaultstatus='1' invariantname='Active'/></states></optionset>";
    let statuses = "<optionset><OptionSetType>status</OptionSetType><statuses><status value='2' state='1' Color='' TransitionData='&lt;allowedtransitions \
                    xmlns=\"x\"&gt;&lt;allowedtransition sourcestatusid=\"2\" tostatusid=\"1\" /&gt;&lt;/allowedtransitions&gt;'/>\
                    <status value='3' state='1' TransitionData=''/><status value='4' state='1' TransitionData='2,1'/>\
                    <status value='x'/></statuses></optionset>";
    let bits = "<AppDefaultValue>1</AppDefaultValue><optionset Name='b'><OptionSetType>bit</OptionSetType><options>\
                <option value='0' Color='#0000ff'/><option value='1'/></options></optionset>";
    let entity = entity(
        "New_Thing",
        &[
            attribute("StateCode", "state", states),
            attribute("StatusCode", "status", statuses),
            attribute("New_Bit", "bit", bits),
            attribute(
                "New_Pick",
                "picklist",
                "<AppDefaultValue>-1</AppDefaultValue><OptionSetName>new_sizes</OptionSetName>",
            ),
            attribute("New_Many", "multiselectpicklist", "<OptionSetName>elsewhere</OptionSetName>"),
        ]
        .concat(),
        "",
    );
    let global = "<optionset Name='new_sizes'><OptionSetType>picklist</OptionSetType><IsGlobal>1</IsGlobal><options>\
                  <option value='100000001'/><option value='100000000' ExternalValue='s'/></options></optionset>";
    let schema = schema_of(&[&entity, global]);
    let ty = |name: &str| &schema.tables["new_thing"].column(name).unwrap().ty;
    let local = |name: &str| match ty(name).choice() {
        Some(ChoiceRef::Local(choice)) => choice,
        other => panic!("{name}: {other:?}"),
    };
    let state = local("statecode");
    assert_eq!((state.kind, state.options[0].value), (Some(ChoiceKind::State), 0));
    let off = &state.options[1];
    assert_eq!((off.default_status, off.invariant_name.as_deref()), (Some(2), Some("Inactive")));
    assert_eq!(off.label.0.len(), 2);
    let status = local("statuscode");
    assert_eq!((status.name.as_str(), status.options.len()), ("new_thing_statuscode", 3));
    let transitions: Vec<_> = status.options.iter().map(|o| o.transitions.as_deref()).collect();
    assert_eq!(transitions, [Some(&[1][..]), None, None]);
    assert_eq!((status.options[0].state, status.options[0].color.as_deref()), (Some(1), None));
    assert_eq!(local("new_bit").options[0].color.as_deref(), Some("#0000ff"));
    assert!(matches!(ty("new_bit"), ColumnType::Boolean { default: Some(true), .. }));
    let pick = ColumnType::Choice { choice: Some(ChoiceRef::Global("new_sizes".into())), default: None };
    assert_eq!(ty("new_pick"), &pick);
    assert_eq!(ty("new_many"), &ColumnType::Choices { choice: Some(ChoiceRef::Global("elsewhere".into())) });
    let sizes = &schema.choices["new_sizes"];
    assert!(sizes.global && sizes.options[0].value == 100_000_000);
    assert_eq!(sizes.options[0].external_value.as_deref(), Some("s"));
    assert_eq!(schema.choices.len(), 1);
}

#[test]
fn relationships_are_added_to_both_tables() {
    let entity = entity(
        "New_Thing",
        &(attribute("New_Parent", "customer", "")
            + &attribute("CreatedBy", "lookup", "")
            + &attribute("Far", "lookup", "")),
        "",
    );
    let account =
        relationship("New_A", "New_Thing", "Account", "New_Parent", &roles("New_Parent_account", "New_A"));
    let contact =
        relationship("New_C", "New_Thing", "Contact", "New_Parent", &roles("New_Parent_contact", "New_C"));
    let system = relationship("lk_new_thing_createdby", "New_Thing", "SystemUser", "CreatedBy", "");
    let owner = relationship("owner_new_thing", "New_Thing", "Owner", "OwnerId", "");
    let foreign = relationship("x_y", "X", "Y", "Z", "");
    let account = account.replace(
        "<IsHierarchical>",
        "<CascadeAssign>Cascade</CascadeAssign><CascadeDelete>RemoveLink</CascadeDelete><CascadeArchive>Restrict\
         </CascadeArchive><CascadeShare>?</CascadeShare><IsHierarchical>",
    );
    let both = "<EntityRelationships><EntityRelationship Name='New_N'><EntityRelationshipType>ManyToMany\
                </EntityRelationshipType><FirstEntityName>New_Thing</FirstEntityName><SecondEntityName>Account\
                </SecondEntityName><IntersectEntityName>New_NN</IntersectEntityName><EntityRelationshipRoles>\
                <EntityRelationshipRole><NavigationPropertyName>New_N</NavigationPropertyName>\
                <AssociationRoleOrdinal>1</AssociationRoleOrdinal></EntityRelationshipRole></EntityRelationshipRoles>\
                </EntityRelationship><EntityRelationship Name='lk_new_thing_createdby'/>\
                <EntityRelationship Name='untold'/></EntityRelationships>";
    let mut reader = Reader::default();
    // The tables may come last.
    for document in [&account, &contact, &system, &owner, &foreign, both, &entity] {
        reader.add(document).unwrap();
    }
    let imported = reader.finish();
    let skipped: Vec<_> = imported.skipped.iter().map(ToString::to_string).collect();
    assert_eq!(
        skipped,
        [
            "1 relationships (the solution has nothing but their names)",
            "1 relationships (neither of their tables is in the solution)",
            "1 targets of lookups (neither a relationship nor a type code tells them)",
        ]
    );
    let tables = &imported.schema.tables;
    let thing = &tables["new_thing"];
    assert_eq!(thing.column("new_parent").unwrap().ty.targets(), ["account", "contact"]);
    assert_eq!(thing.column("createdby").unwrap().ty.targets(), ["systemuser"]);
    let parent = thing.navigation("New_Parent_account").unwrap();
    assert_eq!(
        (parent.side, parent.table.as_str(), parent.column.as_deref(), parent.partner.as_deref()),
        (Side::ManyToOne, "account", Some("new_parent"), Some("New_A"))
    );
    let cascade = Cascade {
        assign: Some(CascadeAction::Cascade),
        delete: Some(CascadeAction::RemoveLink),
        ..Cascade::default()
    };
    assert_eq!(parent.cascade, Some(cascade));
    assert_eq!(tables["account"].navigation("New_A").unwrap().cascade, Some(cascade), "both sides have it");
    assert_eq!(thing.navigation("New_Parent_contact").unwrap().cascade, None);
    let created = thing.lookups_of("createdby").next().unwrap();
    assert_eq!((created.navigation.as_deref(), created.referenced.as_deref()), (None, None));
    let many = thing.navigation("New_N").unwrap();
    assert_eq!((many.side, many.intersect.as_deref()), (Side::ManyToMany, Some("new_nn")));
    let there = tables["account"].relationships.iter().find(|r| r.side == Side::ManyToMany);
    assert_eq!((many.entity1, there.unwrap().entity1), (Some(true), Some(false)));
    // The other ends are kept, so that other sources can describe them.
    assert!(tables["account"].is_reference_only() && tables["account"].navigation("New_A").is_some());
    assert!(!tables.contains_key("owner"));
}

/// Returns a temporary folder with these files, each given by path and text.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = home.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    home
}

const EMPTY: &str = "<ImportExportXml><Entities/></ImportExportXml>";

#[test]
fn a_folder_contains_one_solution_or_several() {
    let thing = entity("New_Thing", &attribute("New_A", "lookup", ""), "");
    let other = entity("New_Other", &attribute("New_B", "int", ""), "");
    let relation = relationship("new_r", "New_Thing", "New_Other", "New_A", &roles("New_A", "new_r"));
    let home = folder(&[
        ("one/src/Other/Customizations.xml", EMPTY),
        ("one/src/Other/Solution.xml", "<not read"),
        ("one/src/Entities/New_Thing/Entity.xml", &thing),
        ("one/src/Entities/New_Thing/FormXml/main/Entity.xml", "<not read"),
        ("one/src/Other/Relationships/New_Other.xml", &relation),
        ("two/entities/new_other/entity.xml", &other),
        ("two/OTHER/CUSTOMIZATIONS.XML", EMPTY),
        ("node_modules/x/Entities/x/Entity.xml", "<not read"),
        ("package.json", "{}"),
    ]);
    let all = import(&[home.path().to_owned()], &mut ()).unwrap();
    let names: Vec<_> = all.sources.iter().map(|s| s.path.strip_prefix(home.path()).unwrap()).collect();
    assert_eq!(names, [Path::new("one/src"), Path::new("two")]);
    assert_eq!((all.sources[0].tables, all.sources[0].columns, all.sources[0].relationships), (1, 1, 1));
    // What one solution says about a table of the other is added to that table.
    assert!(all.schema.tables["new_other"].navigation("new_r").is_some());

    let alone = import(&[home.path().join("one/src/Entities/New_Thing")], &mut ()).unwrap();
    assert_eq!(alone.schema.tables.keys().collect::<Vec<_>>(), ["new_thing"]);
    assert_eq!(alone.schema.tables["new_thing"].relationships.len(), 1);
}

#[test]
fn a_complete_source_takes_precedence_wherever_it_is_given() {
    let json = r#"{"value":[{"LogicalName":"new_thing","Attributes":[{"LogicalName":"new_a","MaxLength":5,
        "AttributeTypeName":{"Value":"StringType"}}]}]}"#;
    let more = attribute("New_A", "nvarchar", "<MaxLength>9</MaxLength>") + &attribute("New_B", "int", "");
    let relation = relationship("new_r", "New_Far", "New_Thing", "New_C", &roles("New_C", "new_r"));
    let home = folder(&[
        ("s/Entities/New_Thing/Entity.xml", &entity("New_Thing", &more, "")),
        ("s/Entities/New_Own/Entity.xml", &entity("New_Own", &attribute("New_A", "int", ""), "")),
        ("t/Entities/New_Own/Entity.xml", &entity("New_Own", &attribute("New_A", "bigint", ""), "")),
        ("t/Entities/New_Far/Entity.xml", &entity("New_Far", &attribute("New_C", "lookup", ""), "")),
        ("t/Other/Relationships/x.xml", &relation),
        ("whole.json", json),
    ]);
    let (solution, whole) = (home.path().join("s"), home.path().join("whole.json"));
    let together = import(&[solution.clone(), whole.clone()], &mut ()).unwrap();
    assert_eq!(together.sources[0].path, whole);
    assert_eq!(together.sources[1].merge.contradictions.len(), 1);
    let checked = |schema: &Schema| {
        let thing = &schema.tables["new_thing"];
        assert!(!thing.partial && thing.column("new_b").is_some());
        assert_eq!(
            thing.column("new_a").unwrap().ty,
            ColumnType::String { max_length: Some(5), format: None }
        );
        assert!(schema.tables["new_own"].partial);
    };
    checked(&together.schema);

    // The solutions are imported one after the other into a snapshot.
    let dir = home.path().join("schema");
    import_into(&dir, &[whole], &mut ()).unwrap();
    let summary = import_into(&dir, std::slice::from_ref(&solution), &mut ()).unwrap();
    assert_eq!((summary.merge.contradictions.len(), summary.merge.tables_added), (1, 1));
    let load = || dvkit_schema::Store::open(&dir).unwrap().load().unwrap();
    checked(&load());
    assert!(import_into(&dir, &[solution], &mut ()).unwrap().written.unchanged);

    // A newer version of the solution replaces what only the solution said, and adds to what is known
    // completely.
    import_into(&dir, &[home.path().join("t")], &mut ()).unwrap();
    let schema = load();
    assert_eq!(schema.tables["new_own"].column("new_a").unwrap().ty, ColumnType::BigInt);
    assert!(schema.tables["new_thing"].navigation("new_r").is_some());
    checked(&schema);
}

#[test]
fn progress_is_reported_once_per_solution() {
    #[derive(Default)]
    struct Log(Vec<String>);
    impl ImportProgress for Log {
        fn found(&mut self, sources: usize) {
            self.0.push(format!("{sources}"));
        }
        fn start(&mut self, file: &Path, bytes: u64) {
            self.0.push(format!("{} {bytes}", file.file_name().unwrap().display()));
        }
        fn done(&mut self, source: &crate::SourceSummary) {
            self.0.push(format!("{} {}", source.kind, source.bytes));
        }
    }
    let home = folder(&[("a/Other/Customizations.xml", EMPTY), ("b/Other/Customizations.xml", EMPTY)]);
    let mut log = Log::default();
    import(&[home.path().to_owned()], &mut log).unwrap();
    assert_eq!(log.0, ["2", "a 46", "b 46", "solution 46", "solution 46"]);
}

/// Returns a zip file with these entries, each given by name and contents.
fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (name, contents) in files {
        zip.start_file(*name, options).unwrap();
        zip.write_all(contents).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn of_zip(bytes: &[u8]) -> Result<Schema, String> {
    let read = crate::import_text(Path::new("x.zip"), bytes);
    read.map(|(kind, imported)| {
        assert_eq!(kind, FileKind::Solution);
        imported.schema
    })
    .map_err(|e| e.to_string())
}

#[test]
fn an_exported_zip_is_read_without_unpacking() {
    let thing = entity("New_Thing", &attribute("New_A", "int", ""), "");
    let whole = format!("<ImportExportXml><Entities>{thing}</Entities></ImportExportXml>");
    let exported =
        zip(&[("solution.xml", b"<x"), ("customizations.xml", whole.as_bytes()), ("w/y.dll", b"MZ")]);
    let unpacked = zip(&[("a/Entities/New_Thing/Entity.xml", thing.as_bytes())]);
    let schema = of_zip(&exported).unwrap();
    assert_eq!(schema, of_zip(&unpacked).unwrap());
    assert_eq!(schema, read(&whole).unwrap().schema);
    assert_eq!(schema.tables["new_thing"].columns.len(), 1);
}

#[test]
fn the_base_language_is_that_of_the_exporting_organisation() {
    let thing = entity("New_Thing", &attribute("New_A", "int", ""), "");
    let base = |attribute: &str| {
        let whole = format!("<ImportExportXml {attribute}><Entities>{thing}</Entities></ImportExportXml>");
        read(&whole).unwrap().schema.org.base_language
    };
    assert_eq!(base("languagecode='1031'"), Some(1031));
    // Both the manifest of an unpacked solution and that of an exported zip give the base language.
    let manifest = "<ImportExportXml languagecode='1036'><SolutionManifest/></ImportExportXml>";
    let bare = format!("<ImportExportXml><Entities>{thing}</Entities></ImportExportXml>");
    let exported = zip(&[("customizations.xml", bare.as_bytes()), ("solution.xml", manifest.as_bytes())]);
    assert_eq!(of_zip(&exported).unwrap().org.base_language, Some(1036));
    let home = folder(&[("a/Other/Solution.xml", manifest), ("a/Entities/New_Thing/Entity.xml", &thing)]);
    let imported = import(&[home.path().to_owned()], &mut ()).unwrap();
    assert_eq!(imported.schema.org.base_language, Some(1036));
    for unknown in ["", "languagecode=''", "languagecode='0'", "languagecode='German'"] {
        assert_eq!(base(unknown), None, "{unknown}");
    }
}

#[test]
fn hostile_and_useless_zips_are_refused() {
    let error = |bytes: &[u8]| of_zip(bytes).unwrap_err();
    let spaces = vec![b' '; 8 << 20];
    let bomb = zip(&[("customizations.xml", &spaces)]);
    assert!(bomb.len() < 20_000);
    assert!(error(&bomb).contains("which no solution does"), "{}", error(&bomb));
    // An entry that is not read does no harm.
    let aside = zip(&[("WebResources/x", &spaces), ("customizations.xml", EMPTY.as_bytes())]);
    assert!(of_zip(&aside).is_ok());
    let escape = zip(&[("../customizations.xml", EMPTY.as_bytes())]);
    assert!(error(&escape).contains("leads out of its folder"));
    assert!(error(&zip(&[("a.txt", b"")])).contains("no solution"));
    assert!(error(&zip(&[("customizations.xml", b"<Entity>")])).contains("`customizations.xml` in it"));
    assert!(error(&zip(&[("customizations.xml", &zip(&[("a", b"")]))])).contains("within another"));
    let whole = zip(&[("customizations.xml", EMPTY.as_bytes())]);
    for part in 4..whole.len() {
        assert!(of_zip(&whole[..part]).is_err());
    }
    // The sizes in the zip directory are not trusted.
    let mut lying = zip(&[("customizations.xml", &spaces[..1000])]);
    let directory = lying.windows(4).rposition(|w| w == b"PK\x01\x02").unwrap();
    lying[directory + 24..directory + 28].copy_from_slice(&10_u32.to_le_bytes());
    assert!(of_zip(&lying).is_err());
}

#[test]
fn documents_of_another_kind_are_refused() {
    let message = |xml: &str| read(xml).unwrap_err().message;
    let bomb = "<!DOCTYPE a [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;&a;'>]><Entity>&b;</Entity>";
    assert!(message(bomb).contains("document type definition"));
    assert!(message(&"<Entity>".repeat(100_000)).contains("nested more than"));
    assert!(message("<Entity><Name>x</Name>").contains("ends too early"));
    assert!(message("<savedqueries/>").contains("root element is `savedqueries`"));
    assert!(message(EMPTY).contains("name the folder"));
    assert!(message("<Entity/>").contains("no tables"));
}

#[test]
fn folders_without_a_solution_are_refused() {
    let message = |path: &Path| import(&[path.to_owned()], &mut ()).unwrap_err().to_string();
    let home = folder(&[("a/readme.md", "x"), ("b/Entities/X/Entity.xml", "<Entity><Name>X</Name>")]);
    assert!(message(&home.path().join("a")).contains("no solution in this folder"));
    let damaged = message(&home.path().join("b"));
    assert!(damaged.contains("Entity.xml:1: ") && damaged.contains("too early"), "{damaged}");
    assert!(matches!(import(&[home.path().join("no")], &mut ()), Err(Error::Io { .. })));
}
