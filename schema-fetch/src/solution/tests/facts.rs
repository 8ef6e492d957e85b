//! Every fact that a solution can state, in one document, and the limits of its archives and folders.

use std::path::PathBuf;

use expect_test::expect_file;
use pretty_assertions::assert_eq;

use super::super::archive::is_zip;
use super::super::folder::find;
use super::super::layout::{is_inner, is_worth_entering, manifest_of, root_of};
use super::*;
use crate::tests::dump;

/// Returns an `optionset` element in which each fact is stated.
fn option_set(name: &str, kind: &str, list: &str, item: &str) -> String {
    let transitions = "&lt;allowedtransitions&gt;&lt;allowedtransition sourcestatusid='1' tostatusid='2'/&gt;&lt;/allowedtransitions&gt;";
    format!(
        "<optionset Name='{name}'><OptionSetType>{kind}</OptionSetType>\
         <displaynames><displayname description='Set' languagecode='1033'/><displayname description='Satz' languagecode=' 1031 '/>\
         <displayname description='again' languagecode='1033'/><displayname description='x' languagecode='x'/><displayname languagecode='1036'/></displaynames>\
         <Descriptions><Description description='What' languagecode='1033'/></Descriptions>\
         <{list}><{item} value=' 1 ' Color='#00ff00' state='0' defaultstatus='2' invariantname='Active' ExternalValue='e' TransitionData=\"{transitions}\">\
         <labels><label description='One' languagecode='1033'/></labels><Descriptions><Description description='first' languagecode='1033'/></Descriptions></{item}>\
         <{item} value='1'/><{item} value='2' Color=' ' state='x' TransitionData=' '/><{item} value='2147483648'/><{item}/>\
         <{item} value='3' TransitionData='unreadable'/></{list}></optionset>"
    )
}

fn columns() -> String {
    let local = |kind, list, item| option_set("", kind, list, item);
    let numbers = "<MinValue>-5</MinValue><MaxValue>5</MaxValue><Accuracy>2</Accuracy><AccuracySource>1</AccuracySource><CalculationOf>New_Price</CalculationOf>";
    let choice = local("picklist", "options", "option");
    let mut all = vec![
        attribute(
            "New_All",
            "nvarchar",
            "<displaynames><displayname description='All' languagecode='1033'/></displaynames><Descriptions><Description description='of it' languagecode='1033'/></Descriptions>\
             <RequiredLevel>required</RequiredLevel><ValidForReadApi>1</ValidForReadApi><ValidForCreateApi>0</ValidForCreateApi><ValidForUpdateApi>2</ValidForUpdateApi>\
             <IsSecured>1</IsSecured><IsCustomField>1</IsCustomField><IsLogical>0</IsLogical><SourceType>0</SourceType><AutoNumberFormat>A-1</AutoNumberFormat>\
             <MaxLength>100</MaxLength><Length>200</Length><Format>email</Format><DisplayMask>ValidForForm | PrimaryName</DisplayMask>",
        ),
        attribute("New_Memo", "ntext", "<MaxLength>2000</MaxLength><Format>textarea</Format>"),
        attribute("New_Int", "int", &format!("{numbers}<Format>duration</Format>")),
        attribute("New_Big", "bigint", numbers),
        attribute("New_Decimal", "DECIMAL", numbers),
        attribute("New_Float", "float", numbers),
        attribute("New_Money", "money", numbers),
        attribute(
            "New_Bit",
            "bit",
            &format!("<AppDefaultValue>1</AppDefaultValue>{}", local("bit", "options", "option")),
        ),
        attribute("New_Bit0", "bit", "<AppDefaultValue>0</AppDefaultValue>"),
        attribute("New_Bit2", "bit", "<AppDefaultValue>2</AppDefaultValue>"),
        attribute("New_Day", "datetime", "<Behavior>2</Behavior><Format>date</Format>"),
        attribute("New_Time", "datetime", "<Behavior>1</Behavior><Format>datetime</Format>"),
        attribute("New_Zone", "datetime", "<Behavior>3</Behavior><Format>x</Format>"),
        attribute("New_When", "datetime", "<Behavior>4</Behavior>"),
        attribute(
            "New_Lookup",
            "lookup",
            "<LookupTypes><LookupType> 1 </LookupType><LookupType>2</LookupType><LookupType>99999</LookupType><LookupType>x</LookupType></LookupTypes>",
        ),
        attribute("New_Customer", "customer", "<LookupTypes><LookupType>112</LookupType></LookupTypes>"),
        attribute(
            "New_Owner",
            "owner",
            "<LookupTypes><LookupType>8</LookupType><LookupType>9</LookupType></LookupTypes>",
        ),
        attribute(
            "New_Party",
            "partylist",
            "<LookupTypes><LookupType>3</LookupType><LookupType>4</LookupType><LookupType>10</LookupType></LookupTypes>",
        ),
        attribute("New_Nowhere", "lookup", ""),
        attribute("New_NoParty", "partylist", ""),
        attribute("New_Choice", "picklist", &format!("<AppDefaultValue>1</AppDefaultValue>{choice}")),
        attribute("New_None", "picklist", "<AppDefaultValue>-1</AppDefaultValue>"),
        attribute("New_Global", "picklist", &format!("<OptionSetName>new_global</OptionSetName>{choice}")),
        attribute("New_Many", "multiselectpicklist", &choice),
        attribute(
            "New_State",
            "state",
            &format!("<AppDefaultValue>0</AppDefaultValue>{}", local("state", "states", "state")),
        ),
        attribute(
            "New_Status",
            "status",
            &format!("<AppDefaultValue>2</AppDefaultValue>{}", local("status", "statuses", "status")),
        ),
        attribute("New_Odd", "picklist", &local("odd", "options", "option")),
        attribute("New_Boolean", "bit", &local("boolean", "options", "option")),
        attribute("New_ThingId", "primarykey", ""),
        attribute("New_Guid", "uniqueidentifier", ""),
        attribute("New_Managed", "managedproperty", ""),
        attribute("New_Entity", "entityname", ""),
        attribute("New_Image", "image", "<DisplayMask>PrimaryImage</DisplayMask>"),
        attribute("New_Image2", "image", "<DisplayMask>ValidForForm</DisplayMask>"),
        attribute("New_Image3", "image", ""),
        attribute("New_File", "file", "<MaxValue>32768</MaxValue>"),
        attribute("New_Virtual", "virtual", ""),
        attribute("New_Strange", "Hologram", ""),
        attribute("New_File", "file", ""),
        "<attribute PhysicalName='New_OldName'><Type>bigint</Type></attribute>".to_owned(),
        "<attribute PhysicalName=''><Type>bigint</Type><Name>New_Name</Name></attribute>".to_owned(),
        "<attribute PhysicalName=''><Type>bigint</Type></attribute>".to_owned(),
        "<attribute PhysicalName='x'><Name>x</Name></attribute>".to_owned(),
        "<other PhysicalName='x'><Type>bigint</Type></other>".to_owned(),
    ];
    for (i, format) in [
        "text",
        "url",
        "phone",
        "richtext",
        "json",
        "tickersymbol",
        "phoneticguide",
        "versionnumber",
        "none",
        "timezone",
        "language",
        "locale",
        "Other",
    ]
    .iter()
    .enumerate()
    {
        all.push(attribute(&format!("New_Format{i:02}"), "nvarchar", &format!("<Format>{format}</Format>")));
    }
    for (i, level) in ["none", "recommended", "systemrequired", "other"].iter().enumerate() {
        let more = format!("<RequiredLevel>{level}</RequiredLevel><SourceType>{}</SourceType>", i + 1);
        all.push(attribute(&format!("New_Level{i}"), "bigint", &more));
    }
    all.concat()
}

fn table_facts() -> String {
    let labels = |list: &str, item: &str, text: &str| {
        format!("<{list}><{item} description='{text}' languagecode='1033'/></{list}>")
    };
    let key = |inner: &str| format!("<EntityKey>{inner}</EntityKey>");
    let key_columns = "<EntityKeyAttributes><AttributeName>New_All</AttributeName><AttributeName> </AttributeName><AttributeName>New_Int</AttributeName></EntityKeyAttributes>";
    let keys = [
        key(&format!("<Name>New_Key</Name><LogicalName>new_key</LogicalName>{key_columns}")),
        key(&format!("<Name>new_second</Name>{key_columns}")),
        key(&format!("<Name>new_second</Name>{key_columns}")),
        key("<Name>new_empty</Name><EntityKeyAttributes/>"),
        key(key_columns),
    ];
    format!(
        "<EntitySetName>new_things</EntitySetName>{}{}{}<OwnershipTypeMask>UserOwned</OwnershipTypeMask><IsActivity>1</IsActivity>\
         <ChangeTrackingEnabled>1</ChangeTrackingEnabled><EnforceStateTransitions>0</EnforceStateTransitions><EntityKeys>{}</EntityKeys>",
        labels("LocalizedNames", "LocalizedName", "Thing"),
        labels("LocalizedCollectionNames", "LocalizedCollectionName", "Things"),
        labels("Descriptions", "Description", "A thing"),
        keys.concat()
    )
}

fn relationships() -> String {
    let one_to_many = |name: &str, more: &str| {
        format!(
            "<EntityRelationship Name='{name}'><EntityRelationshipType>OneToMany</EntityRelationshipType><ReferencingEntityName>New_Thing</ReferencingEntityName>\
             <ReferencedEntityName>Account</ReferencedEntityName><ReferencingAttributeName>New_{name}</ReferencingAttributeName>{more}</EntityRelationship>"
        )
    };
    let role = |by: &str, value: &str, navigation: &str| {
        format!(
            "<EntityRelationshipRole><NavigationPropertyName>{navigation}</NavigationPropertyName><{by}>{value}</{by}></EntityRelationshipRole>"
        )
    };
    let ordinal = |value: &str, navigation: &str| role("AssociationRoleOrdinal", value, navigation);
    let many_to_many = |name: &str, first: &str, second: &str, navigations: [&str; 2]| {
        format!(
            "<EntityRelationship Name='{name}'><EntityRelationshipType>ManyToMany</EntityRelationshipType><FirstEntityName>{first}</FirstEntityName>\
             <SecondEntityName>{second}</SecondEntityName><IntersectEntityName>New_Pair</IntersectEntityName><EntityRelationshipRoles>{}{}</EntityRelationshipRoles></EntityRelationship>",
            ordinal("1", navigations[0]),
            ordinal("2", navigations[1])
        )
    };
    [
        one_to_many(
            "Lookup",
            &format!(
                "<IsHierarchical>1</IsHierarchical><CascadeAssign>NoCascade</CascadeAssign><CascadeDelete>RemoveLink</CascadeDelete><CascadeMerge>Cascade</CascadeMerge>\
                 <CascadeReparent>Active</CascadeReparent><CascadeShare>UserOwned</CascadeShare><CascadeUnshare>Restrict</CascadeUnshare><EntityRelationshipRoles>{}{}</EntityRelationshipRoles>",
                role("RelationshipRoleType", "1", "New_Lookup"),
                role("RelationshipRoleType", "0", "New_Things")
            ),
        ),
        one_to_many("Nowhere", "<CascadeDelete>Other</CascadeDelete>"),
        one_to_many("Owner", "").replace("Account", "Owner"),
        one_to_many("Int", ""),
        many_to_many("new_pair", "New_Thing", "Contact", ["new_first", "new_second"]),
        many_to_many("new_self", "New_Thing", "New_Thing", ["new_a", "new_b"]),
        many_to_many("new_same", "New_Thing", "New_Thing", ["new_s", "new_s"]),
        one_to_many("far", "").replace("New_Thing", "Far").replace("Account", "Away"),
        one_to_many("lookup", "<IsHierarchical>0</IsHierarchical>"),
        "<EntityRelationship Name='NamedOnly'/><EntityRelationship/><EntityRelationship Name=' '/>".to_owned(),
        "<EntityRelationship Name='half'><EntityRelationshipType>ManyToMany</EntityRelationshipType><FirstEntityName>a</FirstEntityName></EntityRelationship>".to_owned(),
        one_to_many("bare", "").replace("<ReferencingAttributeName>New_bare</ReferencingAttributeName>", ""),
    ]
    .concat()
}

#[test]
fn each_fact_of_a_solution_is_read() {
    let document = format!(
        "<ImportExportXml languagecode='1031'><Entities>{}{}<Entity/><Entity><Name>New_Named</Name></Entity></Entities>\
         <optionsets>{}{}{}<optionset/></optionsets><EntityRelationships>{}</EntityRelationships><Other/></ImportExportXml>",
        entity("New_Thing", &columns(), &table_facts()),
        entity("New_Thing", "", "<OwnershipTypeMask>OrgOwned</OwnershipTypeMask>"),
        option_set("new_global", "picklist", "options", "option"),
        option_set("new_bit", "bit", "options", "option"),
        option_set(" new_global ", "state", "states", "state"),
        relationships()
    );
    let mut reader = Reader::default();
    reader.add(&document).unwrap();
    expect_file!["facts.txt"].assert_eq(&dump(&reader.finish()));
}

#[test]
fn each_spelling_of_an_ownership_is_read() {
    for (mask, expected) in [
        ("UserOwned", Some(Ownership::User)),
        ("TeamOwned", Some(Ownership::User)),
        ("OrgOwned", Some(Ownership::Organization)),
        ("OrganizationOwned", Some(Ownership::Organization)),
        ("BusinessOwned", Some(Ownership::Business)),
        ("BusinessParented", Some(Ownership::BusinessParented)),
        ("UnOwned", Some(Ownership::None)),
        ("None", Some(Ownership::None)),
        ("Other", None),
    ] {
        let more = format!("<OwnershipTypeMask>{mask}</OwnershipTypeMask><IsActivity>0</IsActivity>");
        let table = schema_of(&[&entity("T", "", &more)]).tables.remove("t").unwrap();
        assert_eq!((table.ownership, table.kind), (expected, None), "{mask}");
    }
}

#[test]
fn the_first_base_language_that_is_stated_counts() {
    let language = |documents: &[&str]| {
        let mut reader = Reader::default();
        for document in documents {
            reader.manifest(document);
        }
        reader.finish().schema.org.base_language
    };
    let with = |code: &str| format!("<ImportExportXml languagecode='{code}'/>");
    for (codes, expected) in [
        (&["1031"][..], Some(1031)),
        (&["1031", "1033"], Some(1031)),
        (&["0", "1033"], Some(1033)),
        (&["x", " 1036 "], Some(1036)),
        (&[], None),
    ] {
        let documents: Vec<String> = codes.iter().map(|code| with(code)).collect();
        let documents: Vec<&str> = documents.iter().map(String::as_str).collect();
        assert_eq!(language(&documents), expected, "{codes:?}");
    }
    assert_eq!(language(&["<not", "<a/>"]), None);
}

#[test]
fn a_part_of_a_solution_is_one_of_four_documents() {
    let relationships = relationship("r", "a", "b", "c", "");
    for (document, parts) in [
        (entity("T", "", ""), (1, 0)),
        ("<optionset Name='o'><options/></optionset>".to_owned(), (0, 1)),
        (relationships.clone(), (2, 0)),
    ] {
        let schema = read(&document).unwrap().schema;
        assert_eq!((schema.tables.len(), schema.choices.len()), parts, "{document}");
    }
    let other = read("<savedquery/>").unwrap_err();
    assert!(
        other.message.starts_with("the root element is `savedquery`; expected a part of a solution"),
        "{other:?}"
    );
    let empty = read("<ImportExportXml/>").unwrap_err();
    assert!(empty.message.contains("no tables and no choices"), "{empty:?}");
}

#[test]
fn an_archive_is_limited_in_size_and_in_compression() {
    let entity = |size: usize| {
        let head = "<Entity><Name>a</Name></Entity>";
        format!("{head}{}", " ".repeat(size - head.len())).into_bytes()
    };
    let at_limit = zip(&[("Entities/a/Entity.xml", &entity(1 << 20)[..])]);
    assert!(of_zip(&at_limit).is_ok(), "up to 1 MiB the ratio is not checked");
    let above = of_zip(&zip(&[("Entities/a/Entity.xml", &entity((1 << 20) + 1)[..])])).unwrap_err();
    assert!(above.contains("`Entities/a/Entity.xml` in it: "), "{above}");
    assert!(above.contains("bytes that unpack to 1048577, which no solution does"), "{above}");
    // Files that are not read do not count.
    let mut files = vec![("other.bin", entity((1 << 20) + 1))];
    files.push(("Entities/a/Entity.xml", entity(100)));
    let files: Vec<(&str, &[u8])> = files.iter().map(|(name, bytes)| (*name, &bytes[..])).collect();
    assert!(of_zip(&zip(&files)).is_ok());
    let none = of_zip(&zip(&[("solution.xml", b"<ImportExportXml languagecode='1031'/>")])).unwrap_err();
    assert!(none.contains("this zip has no solution"), "{none}");
    // A manifest that cannot be decoded or parsed is ignored, wherever it is.
    let odd = [
        ("a/solution.xml", &b"\xff"[..]),
        ("solution.xml", b"<"),
        ("Entities/a/Entity.xml", b"<Entity><Name>a</Name></Entity>"),
    ];
    assert_eq!(of_zip(&zip(&odd)).unwrap().org.base_language, None);
    let wrong = of_zip(&zip(&[("customizations.xml", b"\n<a>")])).unwrap_err();
    assert!(wrong.starts_with("x.zip:2: `customizations.xml` in it: "), "{wrong}");
    let encoding = of_zip(&zip(&[("customizations.xml", b"<a>\n\xff")])).unwrap_err();
    assert!(encoding.starts_with("x.zip:2:1: `customizations.xml` in it: it is neither UTF-8"), "{encoding}");
    let broken = of_zip(b"PK\x03\x04 and nothing more").unwrap_err();
    assert!(broken.contains("this ZIP archive cannot be read"), "{broken}");
    for (bytes, expected) in
        [(&b"PK\x03"[..], true), (b"PK\x05x", true), (b"PK\x04", false), (b"PK", false), (b"QK\x03", false)]
    {
        assert_eq!(is_zip(bytes), expected, "{bytes:?}");
    }
}

#[test]
fn the_place_of_a_file_decides_what_it_is() {
    for (path, root) in [
        ("s/ENTITIES/a/ENTITY.XML", Some("s")),
        ("s/Entities/a/Entity_managed.xml", None),
        ("s/x/a/Entity.xml", None),
        ("Entity.xml", None),
        ("s/Other/Relationships/a.txt", None),
        ("s/Other/Relationships/a_managed.xml", None),
        ("s/x/Relationships/a.xml", None),
        ("s/x/relationships.xml", None),
        ("s/OptionSets/a.json", None),
        ("s/x/customizations.xml", Some("s/x")),
        ("", None),
    ] {
        assert_eq!(root_of(Path::new(path)), root.map(PathBuf::from), "{path}");
    }
    assert_eq!(manifest_of(Path::new("s/x/solution.xml")), Some(PathBuf::from("s/x")));
    assert_eq!(manifest_of(Path::new("s/OTHER/Solution.xml")), Some(PathBuf::from("s")));
    for (folder, entered) in [
        ("s", true),
        ("s/.git", false),
        ("s/node_modules", false),
        ("s/Entities", true),
        ("s/Entities/a", true),
        ("s/Entities/.a", true),
        ("s/Entities/a/b", false),
        ("s/Entities/a/b/c", true),
        ("/", true),
    ] {
        assert_eq!(is_worth_entering(Path::new(folder)), entered, "{folder}");
    }
    for (folder, inner) in
        [("s/Entities", true), ("OptionSets", true), ("Other", true), ("s", false), ("/", false)]
    {
        assert_eq!(is_inner(Path::new(folder)), inner, "{folder}");
    }
}

#[test]
fn a_solution_is_found_from_its_inner_folders_and_down_to_a_depth_of_24() {
    const PART: &str = "<Entity><Name>a</Name></Entity>";
    let home = folder(&[
        ("s/Other/Solution.xml", "<ImportExportXml/>"),
        ("s/Entities/a/Entity.xml", PART),
        ("s/Entities/b/Entity.xml", PART),
        ("t/Entities/a/Entity.xml", PART),
    ]);
    let dir = fs::canonicalize(home.path()).unwrap();
    let roots = |start: &str| {
        let found = find(&dir.join(start)).unwrap();
        found
            .into_iter()
            .map(|s| s.root.strip_prefix(&dir).unwrap().to_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    for (start, expected) in [
        ("", &["s", "t"][..]),
        ("s", &["s"]),
        ("s/Entities", &["s"]),
        ("s/Entities/a", &["s"]),
        ("s/Other", &["s"]),
        // Without a manifest it is not known to be a solution.
        ("t/Entities", &["t"]),
    ] {
        assert_eq!(roots(start), expected, "{start}");
    }
    let found = find(&dir.join("s")).unwrap();
    assert_eq!(found[0].files, ["a", "b"].map(|t| dir.join(format!("s/Entities/{t}/Entity.xml"))));
    assert_eq!(
        (found[0].bytes, &found[0].manifest),
        (2 * PART.len() as u64, &Some(dir.join("s/Other/Solution.xml")))
    );
    for (depth, is_found) in [(23, true), (24, true), (25, false)] {
        let home = tempfile::tempdir().unwrap();
        let deep = (0..depth).fold(home.path().to_owned(), |path, i| path.join(format!("d{i}")));
        fs::create_dir_all(&deep).unwrap();
        fs::write(deep.join("customizations.xml"), "<ImportExportXml/>").unwrap();
        assert_eq!(find(home.path()).is_ok(), is_found, "{depth}");
    }
}

#[test]
fn the_name_in_the_description_of_a_table_takes_precedence() {
    let table = |outer: &str, inner: &str| {
        let name = if outer.is_empty() { String::new() } else { format!("<Name>{outer}</Name>") };
        format!("<Entity>{name}<EntityInfo><entity Name='{inner}'/></EntityInfo></Entity>")
    };
    for (outer, inner, expected) in [
        ("New_Outer", "New_Inner", Some("New_Inner")),
        ("New_Outer", " New_Inner ", Some("New_Inner")),
        ("New_Outer", " ", Some("New_Outer")),
        ("New_Outer", "", Some("New_Outer")),
        ("", "New_Inner", Some("New_Inner")),
        ("", "", None),
    ] {
        let entities = table(outer, inner) + "<Entity><Name>other</Name></Entity>";
        let schema =
            schema_of(&[&format!("<ImportExportXml><Entities>{entities}</Entities></ImportExportXml>")]);
        let names: Vec<_> = schema.tables.values().filter_map(|t| t.schema_name.as_deref()).collect();
        let mut all = vec!["other"];
        all.extend(expected);
        all.sort_unstable_by_key(|name| name.to_lowercase());
        assert_eq!(names, all, "{outer:?} {inner:?}");
    }
}
