//! Imports of files: kinds, encodings, failures, progress.

#![expect(clippy::unwrap_used, reason = "the helpers of tests are tests")]

use std::fs;
use std::path::{Path, PathBuf};

use dvkit_schema::{CascadeAction, ChoiceRef, ColumnType, Store, StoreError};
use dvkit_schema_fetch::{Error, FileKind, ImportProgress, SourceSummary, import, import_into};
use pretty_assertions::assert_eq;

const CSDL: &str = r#"<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>
<Schema Namespace="Microsoft.Dynamics.CRM" Alias="mscrm" xmlns="http://docs.oasis-open.org/odata/ns/edm">
<EntityType Name="crmbaseentity" Abstract="true" />
<EntityType Name="new_ship" BaseType="mscrm.crmbaseentity"><Key><PropertyRef Name="new_shipid" /></Key>
<Property Name="new_shipid" Type="Edm.Guid" /><Property Name="new_rank" Type="Edm.Int32" /></EntityType>
<EntityContainer Name="System"><EntitySet Name="new_ships" EntityType="mscrm.new_ship" /></EntityContainer>
</Schema></edmx:DataServices></edmx:Edmx>"#;

const CHANGES: &str = r##"{"EntityMetadata":[{"LogicalName":"new_ship","EntitySetName":"new_ships","Attributes":[
{"@odata.type":"#Microsoft.Dynamics.CRM.ComplexPicklistAttributeMetadata","LogicalName":"new_rank","AttributeTypeName":{"Value":"PicklistType"},
"OptionSet":{"Name":"new_rank","IsGlobal":true,"OptionSetType":"Picklist","Options":[{"Value":1,"Label":{"LocalizedLabels":[{"Label":"Größe","LanguageCode":1031}]}}]}}]}]}"##;

struct Home(tempfile::TempDir);

impl Home {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    }

    fn dir(&self) -> PathBuf {
        self.0.path().join("schema")
    }
}

fn utf16(text: &str, big: bool) -> Vec<u8> {
    let unit = |u: u16| if big { u.to_be_bytes() } else { u.to_le_bytes() };
    [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(unit).collect()
}

/// Returns the paths and contents of all files below a directory.
fn tree(dir: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(tree(&path));
        } else {
            let bytes = fs::read(&path).unwrap();
            found.push((path, bytes));
        }
    }
    found.sort();
    found
}

#[test]
fn two_kinds_of_file_give_one_schema_in_any_order_and_encoding() {
    let home = Home::new();
    let plain = [home.file("a", CSDL), home.file("b", CHANGES)];
    let expected = import(&plain, &mut ()).unwrap().schema;
    let rank = expected.tables["new_ship"].column("new_rank").unwrap();
    assert!(matches!(rank.ty, ColumnType::Choice { choice: Some(_), .. }));
    assert_eq!(rank.odata, Some(true));
    assert_eq!(expected.choices["new_rank"].options[0].label.get(1031), Some("Größe"));
    let with_mark = |text: &str| format!("\u{feff}{text}");
    for (csdl, changes) in [
        (with_mark(CSDL).into_bytes(), with_mark(CHANGES).into_bytes()),
        (utf16(CSDL, false), utf16(CHANGES, false)),
        (utf16(CSDL, true), utf16(CHANGES, true)),
    ] {
        let paths = [home.file("c.json", changes), home.file("d.txt", csdl)];
        let import = import(&paths, &mut ()).unwrap();
        assert_eq!(import.schema, expected);
        assert_eq!(
            import.sources.iter().map(|s| s.kind).collect::<Vec<_>>(),
            [FileKind::Json, FileKind::Csdl]
        );
        assert!(import.sources.iter().all(|s| s.merge.contradictions.is_empty()));
    }
}

/// The same table in the three forms of metadata that state how rows behave.
#[test]
fn every_form_of_metadata_states_the_same_behaviour_of_rows() {
    let xml = |status: i32, to: &[i32]| {
        let to: String = to
            .iter()
            .map(|to| format!("<allowedtransition sourcestatusid='{status}' tostatusid='{to}' />"))
            .collect();
        format!(
            "<allowedtransitions xmlns='http://schemas.microsoft.com/crm/2009/WebServices'>{to}</allowedtransitions>"
        )
    };
    let escaped = |text: String| text.replace('<', "&lt;").replace('>', "&gt;").replace('\'', "&quot;");
    let (first, second) = (xml(1, &[2, 5]), xml(2, &[]));
    let json = format!(
        r##"{{"EntityMetadata":[{{"LogicalName":"new_ship","ChangeTrackingEnabled":true,"EnforceStateTransitions":true,"Attributes":[
        {{"@odata.type":"#Microsoft.Dynamics.CRM.ComplexStateAttributeMetadata","LogicalName":"statecode","AttributeType":"State","DefaultFormValue":0,
        "OptionSet":{{"Name":"s","OptionSetType":"State","Options":[{{"Value":0,"DefaultStatus":1,"InvariantName":"Active"}}]}}}},
        {{"@odata.type":"#Microsoft.Dynamics.CRM.ComplexStatusAttributeMetadata","LogicalName":"statuscode","AttributeType":"Status","DefaultFormValue":1,
        "OptionSet":{{"Name":"t","OptionSetType":"Status","Options":[{{"Value":1,"State":0,"TransitionData":"{first}"}},
        {{"Value":2,"State":0,"TransitionData":"{second}"}},{{"Value":5,"State":0,"TransitionData":null}}]}}}},
        {{"LogicalName":"new_port","AttributeType":"Lookup","Targets":["new_ship"]}}],
        "OneToManyRelationships":[{{"SchemaName":"new_port_ship","ReferencedEntity":"new_ship","ReferencingEntity":"new_ship","ReferencingAttribute":"new_port",
        "ReferencedEntityNavigationPropertyName":"new_ships","ReferencingEntityNavigationPropertyName":"new_Port","CascadeConfiguration":
        {{"Assign":"UserOwned","Delete":"Restrict","Reparent":"Active","Share":"Cascade","Unshare":"NoCascade"}}}}]}}]}}"##
    );
    let sdk = format!(
        "<EntityMetadata xmlns:i='http://www.w3.org/2001/XMLSchema-instance'><Attributes>
        <AttributeMetadata i:type='StateAttributeMetadata'><AttributeType>State</AttributeType><LogicalName>statecode</LogicalName><DefaultFormValue>0</DefaultFormValue>
        <OptionSet><Name>s</Name><OptionSetType>State</OptionSetType><Options><OptionMetadata i:type='StateOptionMetadata'><Value>0</Value>
        <DefaultStatus>1</DefaultStatus><InvariantName>Active</InvariantName></OptionMetadata></Options></OptionSet></AttributeMetadata>
        <AttributeMetadata i:type='StatusAttributeMetadata'><AttributeType>Status</AttributeType><LogicalName>statuscode</LogicalName><DefaultFormValue>1</DefaultFormValue>
        <OptionSet><Name>t</Name><OptionSetType>Status</OptionSetType><Options>
        <OptionMetadata i:type='StatusOptionMetadata'><Value>1</Value><State>0</State><TransitionData>{}</TransitionData></OptionMetadata>
        <OptionMetadata i:type='StatusOptionMetadata'><Value>2</Value><State>0</State><TransitionData>{}</TransitionData></OptionMetadata>
        <OptionMetadata i:type='StatusOptionMetadata'><Value>5</Value><State>0</State><TransitionData i:nil='true'/></OptionMetadata></Options></OptionSet></AttributeMetadata>
        <AttributeMetadata i:type='LookupAttributeMetadata'><AttributeType>Lookup</AttributeType><LogicalName>new_port</LogicalName></AttributeMetadata></Attributes>
        <ChangeTrackingEnabled>true</ChangeTrackingEnabled><EnforceStateTransitions>true</EnforceStateTransitions><LogicalName>new_ship</LogicalName>
        <OneToManyRelationships><OneToManyRelationshipMetadata><SchemaName>new_port_ship</SchemaName><CascadeConfiguration><Archive>NoCascade</Archive>
        <Assign>UserOwned</Assign><Delete>Restrict</Delete><Merge i:nil='true'/><Reparent>Active</Reparent><Share>Cascade</Share><Unshare>NoCascade</Unshare>
        </CascadeConfiguration><ReferencedEntity>new_ship</ReferencedEntity><ReferencingEntity>new_ship</ReferencingEntity>
        <ReferencingAttribute>new_port</ReferencingAttribute><ReferencedEntityNavigationPropertyName>new_ships</ReferencedEntityNavigationPropertyName>
        <ReferencingEntityNavigationPropertyName>new_Port</ReferencingEntityNavigationPropertyName></OneToManyRelationshipMetadata></OneToManyRelationships>
        </EntityMetadata>",
        escaped(first.clone()),
        escaped(second.clone())
    );
    let solution = format!(
        "<ImportExportXml><Entities><Entity><Name>new_Ship</Name><EntityInfo><entity Name='new_Ship'><attributes>
        <attribute PhysicalName='StateCode'><Type>state</Type><LogicalName>statecode</LogicalName><AppDefaultValue>0</AppDefaultValue>
        <optionset Name='s'><OptionSetType>state</OptionSetType><states><state value='0' defaultstatus='1' invariantname='Active'/></states></optionset></attribute>
        <attribute PhysicalName='StatusCode'><Type>status</Type><LogicalName>statuscode</LogicalName><AppDefaultValue>1</AppDefaultValue>
        <optionset Name='t'><OptionSetType>status</OptionSetType><statuses><status value='1' state='0' TransitionData='{}'/>
        <status value='2' state='0' TransitionData='{}'/><status value='5' state='0' TransitionData=''/></statuses></optionset></attribute>
        <attribute PhysicalName='new_Port'><Type>lookup</Type><LogicalName>new_port</LogicalName></attribute></attributes>
        <ChangeTrackingEnabled>1</ChangeTrackingEnabled><EnforceStateTransitions>1</EnforceStateTransitions></entity></EntityInfo></Entity></Entities>
        <EntityRelationships><EntityRelationship Name='new_port_ship'><EntityRelationshipType>OneToMany</EntityRelationshipType>
        <ReferencingEntityName>new_Ship</ReferencingEntityName><ReferencedEntityName>new_Ship</ReferencedEntityName><CascadeAssign>UserOwned</CascadeAssign>
        <CascadeDelete>Restrict</CascadeDelete><CascadeReparent>Active</CascadeReparent><CascadeShare>Cascade</CascadeShare><CascadeUnshare>NoCascade</CascadeUnshare>
        <ReferencingAttributeName>new_Port</ReferencingAttributeName><EntityRelationshipRoles>
        <EntityRelationshipRole><NavigationPropertyName>new_Port</NavigationPropertyName><RelationshipRoleType>1</RelationshipRoleType></EntityRelationshipRole>
        <EntityRelationshipRole><NavigationPropertyName>new_ships</NavigationPropertyName><RelationshipRoleType>0</RelationshipRoleType></EntityRelationshipRole>
        </EntityRelationshipRoles></EntityRelationship></EntityRelationships></ImportExportXml>",
        escaped(first),
        escaped(second)
    );
    let home = Home::new();
    let behaviour = |text: &str| {
        let import = import(&[home.file("metadata", text)], &mut ()).unwrap();
        let mut table = import.schema.tables["new_ship"].clone();
        table.columns.retain(|c| c.ty.choice().is_some());
        let types: Vec<_> = table.columns.into_iter().map(|c| c.ty).collect();
        let cascades: Vec<_> = table.relationships.into_iter().map(|r| (r.navigation, r.cascade)).collect();
        (table.change_tracking, table.enforce_state_transitions, types, cascades)
    };
    let told = behaviour(&json);
    assert_eq!(behaviour(&sdk), told);
    assert_eq!(behaviour(&solution), told);
    let (tracked, enforced, types, cascades) = told;
    assert_eq!((tracked, enforced, cascades.len()), (Some(true), Some(true), 2));
    assert!(cascades.iter().all(|(_, c)| c.unwrap().delete == Some(CascadeAction::Restrict)));
    let ColumnType::Status { choice: Some(ChoiceRef::Local(choice)), default: Some(1) } = &types[1] else {
        panic!("{types:?}")
    };
    let transitions: Vec<_> = choice.options.iter().map(|o| o.transitions.as_deref()).collect();
    assert_eq!(transitions, [Some(&[2, 5][..]), Some(&[]), None]);
}

#[test]
fn a_second_import_adds_to_the_snapshot() {
    let home = Home::new();
    let (csdl, changes) = (home.file("a", CSDL), home.file("b", CHANGES));
    let first = import_into(home.dir(), std::slice::from_ref(&csdl), &mut ()).unwrap();
    assert_eq!((first.merge.tables_added, first.written.files), (1, 2));
    let second = import_into(home.dir(), std::slice::from_ref(&changes), &mut ()).unwrap();
    assert_eq!((second.merge.tables_added, second.merge.choices_added, second.written.files), (0, 1, 3));
    let at_once = home.0.path().join("at once");
    import_into(&at_once, &[changes, csdl], &mut ()).unwrap();
    let strip = |dir: &Path| -> Vec<_> {
        tree(dir).into_iter().map(|(p, b)| (p.strip_prefix(dir).unwrap().to_owned(), b)).collect()
    };
    assert_eq!(strip(&home.dir()), strip(&at_once));
}

#[test]
fn a_later_import_overrides_an_earlier_one() {
    let home = Home::new();
    let old = r#"{"LogicalName":"new_ship","SchemaName":"new_Ship","Attributes":[{"LogicalName":"new_name","AttributeType":"String","MaxLength":100}]}"#;
    import_into(home.dir(), &[home.file("a", old)], &mut ()).unwrap();
    let new = old.replace("100", "200").replace(r#""SchemaName":"new_Ship","#, "");
    let summary = import_into(home.dir(), &[home.file("b", new)], &mut ()).unwrap();
    let told: Vec<_> = summary.merge.contradictions.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        ["column `new_name` of table `new_ship`: max_length is 200 and also 100; the first is kept"]
    );
    assert_eq!(
        (summary.merge.tables_added, summary.merge.columns_added, summary.merge.facts_filled),
        (0, 0, 0)
    );
    let store = Store::open(home.dir()).unwrap();
    let table = store.table("new_ship").unwrap().unwrap();
    assert_eq!(table.schema_name.as_deref(), Some("new_Ship"));
    assert_eq!(table.columns[0].ty, ColumnType::String { max_length: Some(200), format: None });
}

#[test]
fn a_failing_import_changes_nothing() {
    let home = Home::new();
    let good = home.file("a", CSDL);
    import_into(home.dir(), std::slice::from_ref(&good), &mut ()).unwrap();
    let before = tree(home.0.path());
    let truncated = &CHANGES[..CHANGES.len() - 9];
    for (contents, words) in [
        (truncated.as_bytes(), "bad:3:164"),
        (&CSDL.as_bytes()[..300], "too early"),
        (b"<!DOCTYPE html><html><title>Sign in</title></html>".as_slice(), "login page"),
        (b"PK\x03\x04".as_slice(), "ZIP"),
        (b"".as_slice(), "empty"),
        (b"id;name".as_slice(), "neither XML nor JSON"),
        (b"\xff\xfe\x00".as_slice(), "UTF-16"),
    ] {
        let bad = home.file("bad", contents);
        let error = import_into(home.dir(), &[good.clone(), bad.clone()], &mut ()).unwrap_err();
        let text = error.to_string();
        assert!(matches!(error, Error::Invalid { .. }), "{text}");
        assert!(text.contains("bad") && text.contains(words) && text.contains("expected"), "{text}");
        fs::remove_file(bad).unwrap();
        assert!(tree(home.0.path()) == before, "{words}");
    }
    let missing = import_into(home.dir(), &[home.0.path().join("nothing")], &mut ()).unwrap_err();
    assert!(matches!(missing, Error::Io { .. }));
    assert!(matches!(import_into(home.dir(), &[], &mut ()), Err(Error::NoFiles)));
    let huge = home.0.path().join("huge");
    fs::File::create(&huge).unwrap().set_len((200 << 20) + 1).unwrap();
    assert!(matches!(
        import_into(home.dir(), std::slice::from_ref(&huge), &mut ()),
        Err(Error::TooLarge { .. })
    ));
    fs::remove_file(huge).unwrap();
    assert!(tree(home.0.path()) == before);

    // A damaged snapshot is not overwritten.
    fs::write(home.dir().join("tables/new_ship.json"), "{").unwrap();
    let error = import_into(home.dir(), &[good], &mut ()).unwrap_err();
    assert!(matches!(error, Error::Store(StoreError::Damaged { line: 1, .. })), "{error}");
    assert_eq!(Store::open(home.dir()).unwrap().tables().count(), 1);
}

#[test]
fn an_import_reports_its_progress() {
    #[derive(Default)]
    struct Log(Vec<String>);
    impl ImportProgress for Log {
        fn start(&mut self, file: &Path, bytes: u64) {
            self.0.push(format!("start {} {bytes}", file.file_name().unwrap().display()));
        }
        fn done(&mut self, source: &SourceSummary) {
            self.0.push(format!("done {} tables {} columns", source.tables, source.columns));
        }
    }
    let home = Home::new();
    let mut log = Log::default();
    import(&[home.file("a", CSDL), home.file("b", CHANGES)], &mut log).unwrap();
    let expected = [
        format!("start a {}", CSDL.len()),
        "done 1 tables 2 columns".to_owned(),
        format!("start b {}", CHANGES.len()),
        "done 1 tables 1 columns".to_owned(),
    ];
    assert_eq!(log.0, expected);
}

proptest::proptest! {
    /// Reading a file that was changed in any way ends with a schema or an error.
    #[test]
    fn an_import_of_any_damaged_file_does_not_panic(
        csdl in proptest::bool::ANY,
        edits in proptest::collection::vec((proptest::num::usize::ANY, 0..20_usize, ".{0,4}"), 1..6),
    ) {
        let mut text: Vec<char> = if csdl { CSDL } else { CHANGES }.chars().collect();
        for (at, length, insert) in edits {
            let at = at % text.len().max(1);
            let end = (at + length).min(text.len());
            text.splice(at..end, insert.chars());
        }
        let text: String = text.into_iter().collect();
        if let Err(error) = dvkit_schema_fetch::import_text(Path::new("x"), text.as_bytes()) {
            let invalid = matches!(error, Error::Invalid { .. });
            proptest::prop_assert!(invalid, "{}", error);
        }
    }
}
