//! Definitions that are refused: what is missing or wrong, and which methods a path takes.

use expect_test::expect;

use super::check;

#[test]
fn a_method_has_to_fit_the_definition_in_the_path() {
    check(expect![[r#"
        PATCH EntityDefinitions(LogicalName='account') | {}
        > 405 0x80060888 The requested resource does not support http method 'PATCH'.
        POST EntityDefinitions(LogicalName='account') | {}
        > 405 0x80060888 The requested resource does not support http method 'POST'.
        PUT EntityDefinitions | {}
        > 405 0x80060888 The resource 'EntityDefinitions' does not support http method 'PUT' here.
        DELETE EntityDefinitions
        > 405 0x80060888 The resource 'EntityDefinitions' does not support http method 'DELETE' here.
        PUT EntityDefinitions(LogicalName='account')/Attributes | {}
        > 405 0x80060888 The resource 'Attributes' does not support http method 'PUT' here.
        DELETE EntityDefinitions(LogicalName='account')/Attributes
        > 405 0x80060888 The resource 'Attributes' does not support http method 'DELETE' here.
        PATCH EntityDefinitions(LogicalName='account')/Attributes(LogicalName='name') | {}
        > 405 0x80060888 The requested resource does not support http method 'PATCH'.
        POST EntityDefinitions(LogicalName='account')/Attributes(LogicalName='name') | {}
        > 405 0x80060888 The requested resource does not support http method 'POST'.
        PUT EntityDefinitions(LogicalName='account')/Keys | {}
        > 405 0x80060888 The resource 'Keys' does not support http method 'PUT' here.
        PUT EntityDefinitions(LogicalName='account')/Keys(LogicalName='new_accountnumberkey') | {}
        > 405 0x80060888 The resource 'Keys' does not support http method 'PUT' here.
        POST EntityDefinitions(LogicalName='account')/OneToManyRelationships | {}
        > 405 0x80060888 The resource 'OneToManyRelationships' does not support http method 'POST' here.
        DELETE EntityDefinitions(LogicalName='account')/SchemaName
        > 405 0x80060888 The resource 'SchemaName' does not support http method 'DELETE' here.
        POST EntityDefinitions(LogicalName='account')/Attributes/x/y | {}
        > 405 0x80060888 The resource 'EntityDefinitions' does not support http method 'POST' here.
        PUT RelationshipDefinitions | {}
        > 405 0x80060888 The resource 'RelationshipDefinitions' does not support http method 'PUT' here.
        PATCH RelationshipDefinitions(SchemaName='account_primary_contact') | {}
        > 405 0x80060888 The requested resource does not support http method 'PATCH'.
        POST RelationshipDefinitions(SchemaName='account_primary_contact') | {}
        > 405 0x80060888 The requested resource does not support http method 'POST'.
        POST RelationshipDefinitions(SchemaName='account_primary_contact')/x | {}
        > 405 0x80060888 The resource 'RelationshipDefinitions' does not support http method 'POST' here.
        DELETE GlobalOptionSetDefinitions
        > 405 0x80060888 The resource 'GlobalOptionSetDefinitions' does not support http method 'DELETE' here.
        PATCH GlobalOptionSetDefinitions(Name='new_region') | {}
        > 405 0x80060888 The requested resource does not support http method 'PATCH'.
        POST CreateEntities/x | {}
        > 501 DVKIT_NOT_EMULATED The emulator does not support this: writing to CreateEntities/x.
        GET PublishAllXml
        > 404 0x8006088a Resource not found for the segment 'PublishAllXml'. [DV0201]
        GET InsertOptionValue
        > 404 0x8006088a Resource not found for the segment 'InsertOptionValue'. [DV0201]
    "#]]);
}

#[test]
fn a_definition_that_does_not_exist_is_not_changed() {
    check(expect![[r#"
        PUT EntityDefinitions(LogicalName='nothing') | {}
        > 404 0x80041102 The entity with a name = 'nothing' was not found in the MetadataCache.
        DELETE EntityDefinitions(§a)
        > 404 0x80041102 The entity with a name = '§a' was not found in the MetadataCache.
        DELETE EntityDefinitions(SchemaName='Account')
        > 400 0x80060888 'SchemaName' is not a key of a table's definition.
        POST EntityDefinitions(LogicalName='nothing')/Attributes | {}
        > 404 0x80041102 The entity with a name = 'nothing' was not found in the MetadataCache.
        DELETE EntityDefinitions(LogicalName='account')/Attributes(LogicalName='nothing')
        > 404 0x80041103 'account' entity doesn't contain attribute with Name = 'nothing' and NameMapping = 'Logical'.
        DELETE EntityDefinitions(LogicalName='account')/Attributes(SchemaName='Name')
        > 400 0x80060888 'SchemaName' is not a key of a column's definition.
        DELETE EntityDefinitions(LogicalName='account')/Attributes(§a)
        > 404 0x80041103 'account' entity doesn't contain attribute with Name = '§a' and NameMapping = 'Logical'.
        DELETE EntityDefinitions(LogicalName='account')/Keys(LogicalName='nothing')
        > 404 0x80040217 The definition 'nothing' does not exist.
        DELETE EntityDefinitions(LogicalName='account')/Keys(SchemaName='new_accountnumberkey')
        > 404 0x80040217 The definition 'new_accountnumberkey' does not exist.
        DELETE RelationshipDefinitions(SchemaName='nothing')
        > 404 0x80040217 The definition 'nothing' does not exist.
        DELETE RelationshipDefinitions(LogicalName='account_primary_contact')
        > 404 0x80040217 The definition 'account_primary_contact' does not exist.
        DELETE GlobalOptionSetDefinitions(Name='nothing')
        > 404 0x80040217 The definition 'nothing' does not exist.
        DELETE GlobalOptionSetDefinitions(LogicalName='new_region')
        > 404 0x80040217 The definition 'new_region' does not exist.
        DELETE GlobalOptionSetDefinitions(§a)
        > 404 0x80040217 The definition '§a' does not exist.
    "#]]);
}

#[test]
fn definitions_of_the_system_and_needed_ones_are_not_deleted() {
    check(expect![[r#"
        DELETE EntityDefinitions(LogicalName='account')
        > 400 0x80040203 The table 'account' is not a custom component and cannot be deleted.
        DELETE EntityDefinitions(LogicalName='account')/Attributes(LogicalName='name')
        > 400 0x80040203 The column 'name' is not a custom component and cannot be deleted.
        DELETE EntityDefinitions(LogicalName='new_project')/Attributes(LogicalName='new_name')
        > 400 0x80040203 The column 'new_name' is not a custom component and cannot be deleted.
        DELETE EntityDefinitions(LogicalName='new_project')/Attributes(LogicalName='new_projectid')
        > 400 0x80040203 The column 'new_projectid' is not a custom component and cannot be deleted.
        DELETE EntityDefinitions(LogicalName='new_project')/Attributes(LogicalName='createdon')
        > 204
        DELETE EntityDefinitions(LogicalName='new_project')/Attributes(LogicalName='new_code')
        > 400 0x8004f01f The Attribute(new_code) component cannot be deleted because it is referenced by 1 other components: new_codekey. For a list of referenced components, use the RetrieveDependenciesForDeleteRequest.
        DELETE EntityDefinitions(LogicalName='new_project')/Attributes(LogicalName='new_account')
        > 400 0x8004f01f The Attribute(new_account) component cannot be deleted because it is referenced by 1 other components: new_account_new_project_Account. For a list of referenced components, use the RetrieveDependenciesForDeleteRequest.
        DELETE RelationshipDefinitions(SchemaName='account_primary_contact')
        > 400 0x80040203 The relationship 'account_primary_contact' is not a custom component and cannot be deleted.
        DELETE GlobalOptionSetDefinitions(Name='new_region')
        > 400 0x8004f01f The OptionSet(new_region) component cannot be deleted because it is referenced by 1 other components: new_project.new_regions. For a list of referenced components, use the RetrieveDependenciesForDeleteRequest.
        DELETE EntityDefinitions(LogicalName='new_project')/Keys(LogicalName='new_codekey')
        > 204
        DELETE EntityDefinitions(LogicalName='new_project')/Attributes(LogicalName='new_code')
        > 204
        GET EntityDefinitions(LogicalName='new_project')/Attributes(LogicalName='new_code')
        > 404 0x80041103 'new_project' entity doesn't contain attribute with Name = 'new_code' and NameMapping = 'Logical'.
        DELETE EntityDefinitions(LogicalName='new_project')/Attributes(LogicalName='new_budget')
        > 204
        GET EntityDefinitions(LogicalName='new_project')/Attributes(LogicalName='new_budget_base')
        > 404 0x80041103 'new_project' entity doesn't contain attribute with Name = 'new_budget_base' and NameMapping = 'Logical'.
        DELETE EntityDefinitions(LogicalName='new_project')/Attributes(LogicalName='new_regions')
        > 204
        DELETE GlobalOptionSetDefinitions(Name='new_region')
        > 204
        GET GlobalOptionSetDefinitions(Name='new_region')
        > 404 0x80040217 The definition 'new_region' does not exist.
    "#]]);
}

#[test]
fn a_column_needs_a_name_a_type_and_what_its_type_needs() {
    check(expect![[r##"
        POST EntityDefinitions(LogicalName='account')/Attributes | =[]
        > 400 0x80060888 An error occurred while validating input parameters: the body is not a JSON object: invalid type: sequence, expected a map at line 1 column 0
        POST EntityDefinitions(LogicalName='account')/Attributes | {}
        > 400 0x80040203 Required field 'SchemaName' is missing for the request.
        POST EntityDefinitions(LogicalName='account')/Attributes | {"SchemaName": ""}
        > 400 0x80040203 Required field 'SchemaName' is missing for the request.
        POST EntityDefinitions(LogicalName='account')/Attributes | {"SchemaName": "new x"}
        > 400 0x80048403 The name 'new x' is not valid: names consist of letters, digits and underscores, and begin with a letter.
        POST EntityDefinitions(LogicalName='account')/Attributes | {"SchemaName": "1new"}
        > 400 0x80048403 The name '1new' is not valid: names consist of letters, digits and underscores, and begin with a letter.
        POST EntityDefinitions(LogicalName='account')/Attributes | {"SchemaName": "new_ä"}
        > 400 0x80048403 The name 'new_ä' is not valid: names consist of letters, digits and underscores, and begin with a letter.
        POST EntityDefinitions(LogicalName='account')/Attributes | {"SchemaName": "new_x"}
        > 400 0x80060888 An error occurred while validating input parameters: A type named 'Microsoft.Dynamics.CRM.AttributeMetadata' is abstract; the definition of a column needs '@odata.type', such as 'Microsoft.Dynamics.CRM.StringAttributeMetadata'.
        POST EntityDefinitions(LogicalName='account')/Attributes | {"SchemaName": "new_x", "@odata.type": "Microsoft.Dynamics.CRM.AttributeMetadata"}
        > 400 0x80060888 An error occurred while validating input parameters: 'AttributeMetadata' is not the type of a column.
        POST EntityDefinitions(LogicalName='account')/Attributes | {"SchemaName": "new_x", "@odata.type": "Microsoft.Dynamics.CRM.EntityMetadata"}
        > 400 0x80060888 An error occurred while validating input parameters: 'EntityMetadata' is not the type of a column.
        POST EntityDefinitions(LogicalName='account')/Attributes | {"SchemaName": "new_x", "@odata.type": "Microsoft.Dynamics.CRM.LookupAttributeMetadata"}
        > 400 0x80060888 Lookup columns are created with their relationship: POST RelationshipDefinitions with the member Lookup.
        POST EntityDefinitions(LogicalName='account')/Attributes | {"SchemaName": "new_x", "@odata.type": "Microsoft.Dynamics.CRM.StateAttributeMetadata"}
        > 501 DVKIT_NOT_EMULATED The emulator does not support this: creating a column of the type State.
        POST EntityDefinitions(LogicalName='account')/Attributes | {"SchemaName": "new_x", "@odata.type": "Microsoft.Dynamics.CRM.PicklistAttributeMetadata"}
        > 400 0x80040203 Required field 'OptionSet' is missing for the request.
        POST EntityDefinitions(LogicalName='account')/Attributes | {"SchemaName": "new_x", "@odata.type": "Microsoft.Dynamics.CRM.PicklistAttributeMetadata", "GlobalOptionSet@odata.bind": "/GlobalOptionSetDefinitions(Name='nothing')"}
        > 400 0x80060888 The choice '/GlobalOptionSetDefinitions(Name='nothing')' does not exist.
        POST EntityDefinitions(LogicalName='account')/Attributes | {"SchemaName": "new_x", "@odata.type": "Microsoft.Dynamics.CRM.StringAttributeMetadata", "MaxLength": "x"}
        > 400 0x80060888 An error occurred while validating input parameters: invalid type: string "x", expected i64; expected a RetrieveMetadataChanges response, EntityDefinitions, their Attributes, or GlobalOptionSetDefinitions, as the Web API answers them
        POST EntityDefinitions(LogicalName='account')/Attributes | {"SchemaName": "Name", "@odata.type": "Microsoft.Dynamics.CRM.StringAttributeMetadata"}
        > 400 0x80047013 An attribute with the specified name name already exists. Please specify a unique name.
        POST EntityDefinitions(LogicalName='account')/Attributes | {"SchemaName": "new_a", "@odata.type": "Microsoft.Dynamics.CRM.StringAttributeMetadata"}
        > 204 odata-entityid: ~/EntityDefinitions(1de2622b-a331-597f-a539-8c43359a0d12)/Attributes(<id>)
        POST EntityDefinitions(LogicalName='account')/Attributes | {"SchemaName": "new_b", "@odata.type": "Microsoft.Dynamics.CRM.MemoAttributeMetadata"}
        > 204 odata-entityid: ~/EntityDefinitions(1de2622b-a331-597f-a539-8c43359a0d12)/Attributes(<id>)
        POST EntityDefinitions(LogicalName='account')/Attributes | {"SchemaName": "new_c", "@odata.type": "Microsoft.Dynamics.CRM.IntegerAttributeMetadata"}
        > 204 odata-entityid: ~/EntityDefinitions(1de2622b-a331-597f-a539-8c43359a0d12)/Attributes(<id>)
        POST EntityDefinitions(LogicalName='account')/Attributes | {"SchemaName": "new_d", "@odata.type": "Microsoft.Dynamics.CRM.ComplexDecimalAttributeMetadata"}
        > 204 odata-entityid: ~/EntityDefinitions(1de2622b-a331-597f-a539-8c43359a0d12)/Attributes(<id>)
        POST EntityDefinitions(LogicalName='account')/Attributes | {"SchemaName": "new_e", "@odata.type": "Microsoft.Dynamics.CRM.MoneyAttributeMetadata"}
        > 204 odata-entityid: ~/EntityDefinitions(1de2622b-a331-597f-a539-8c43359a0d12)/Attributes(<id>)
        POST EntityDefinitions(LogicalName='account')/Attributes | {"SchemaName": "new_f", "@odata.type": "Microsoft.Dynamics.CRM.BooleanAttributeMetadata"}
        > 204 odata-entityid: ~/EntityDefinitions(1de2622b-a331-597f-a539-8c43359a0d12)/Attributes(<id>)
        POST EntityDefinitions(LogicalName='account')/Attributes | {"SchemaName": "new_g", "@odata.type": "Microsoft.Dynamics.CRM.PicklistAttributeMetadata", "OptionSet": {"Options": [{"Value": 7}, {}, {"Value": null}]}}
        > 204 odata-entityid: ~/EntityDefinitions(1de2622b-a331-597f-a539-8c43359a0d12)/Attributes(<id>)
        POST EntityDefinitions(LogicalName='account')/Attributes | {"SchemaName": "new_h", "@odata.type": "Microsoft.Dynamics.CRM.PicklistAttributeMetadata", "OptionSet": {"Options": [{}]}}
        > 204 odata-entityid: ~/EntityDefinitions(1de2622b-a331-597f-a539-8c43359a0d12)/Attributes(<id>)
        POST EntityDefinitions(LogicalName='account')/Attributes | {"SchemaName": "new_i", "@odata.type": "Microsoft.Dynamics.CRM.PicklistAttributeMetadata", "GlobalOptionSet@odata.bind": "/GlobalOptionSetDefinitions(Name='new_region')"}
        > 204 odata-entityid: ~/EntityDefinitions(1de2622b-a331-597f-a539-8c43359a0d12)/Attributes(<id>)
        POST EntityDefinitions(LogicalName='account')/Attributes | {"SchemaName": "new_j", "@odata.type": "Microsoft.Dynamics.CRM.ImageAttributeMetadata", "IsPrimaryImage": true}
        > 204 odata-entityid: ~/EntityDefinitions(1de2622b-a331-597f-a539-8c43359a0d12)/Attributes(<id>)
        POST EntityDefinitions(LogicalName='account')/Attributes | {"SchemaName": "new_k", "@odata.type": "Microsoft.Dynamics.CRM.FileAttributeMetadata"}
        > 204 odata-entityid: ~/EntityDefinitions(1de2622b-a331-597f-a539-8c43359a0d12)/Attributes(<id>)
        GET EntityDefinitions(LogicalName='account')/Attributes/Microsoft.Dynamics.CRM.StringAttributeMetadata?$select=LogicalName,MaxLength,FormatName&$filter=IsCustomAttribute eq true
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions('account')/Attributes/Microsoft.Dynamics.CRM.StringAttributeMetadata(LogicalName,MaxLength,FormatName)","value":[{"FormatName":{"Value":"Text"},"LogicalName":"new_a","MaxLength":100,"MetadataId":"<id>"},{"FormatName":{"Value":"Url"},"LogicalName":"new_j_url","MaxLength":200,"MetadataId":"<id>"},{"FormatName":{"Value":"Text"},"LogicalName":"new_k_name","MaxLength":200,"MetadataId":"<id>"}]}
        GET EntityDefinitions(LogicalName='account')/Attributes/Microsoft.Dynamics.CRM.MemoAttributeMetadata?$select=LogicalName,MaxLength&$filter=IsCustomAttribute eq true
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions('account')/Attributes/Microsoft.Dynamics.CRM.MemoAttributeMetadata(LogicalName,MaxLength)","value":[{"LogicalName":"new_b","MaxLength":2000,"MetadataId":"<id>"}]}
        GET EntityDefinitions(LogicalName='account')/Attributes/Microsoft.Dynamics.CRM.IntegerAttributeMetadata?$select=LogicalName,MinValue,MaxValue&$filter=IsCustomAttribute eq true
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions('account')/Attributes/Microsoft.Dynamics.CRM.IntegerAttributeMetadata(LogicalName,MinValue,MaxValue)","value":[{"LogicalName":"new_c","MaxValue":2147483647,"MetadataId":"<id>","MinValue":-2147483648}]}
        GET EntityDefinitions(LogicalName='account')/Attributes/Microsoft.Dynamics.CRM.DecimalAttributeMetadata?$select=LogicalName,MinValue,MaxValue,Precision&$filter=IsCustomAttribute eq true
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions('account')/Attributes/Microsoft.Dynamics.CRM.DecimalAttributeMetadata(LogicalName,MinValue,MaxValue,Precision)","value":[{"LogicalName":"new_d","MaxValue":100000000000.0,"MetadataId":"<id>","MinValue":-100000000000.0,"Precision":2}]}
        GET EntityDefinitions(LogicalName='account')/Attributes/Microsoft.Dynamics.CRM.MoneyAttributeMetadata?$select=LogicalName,MinValue,MaxValue,PrecisionSource,CalculationOf,IsValidForCreate&$filter=IsCustomAttribute eq true
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions('account')/Attributes/Microsoft.Dynamics.CRM.MoneyAttributeMetadata(LogicalName,MinValue,MaxValue,PrecisionSource,CalculationOf,IsValidForCreate)","value":[{"IsValidForCreate":true,"LogicalName":"new_e","MaxValue":922337203685477.0,"MetadataId":"<id>","MinValue":-922337203685477.0,"PrecisionSource":2},{"CalculationOf":"new_e","IsValidForCreate":false,"LogicalName":"new_e_base","MaxValue":922337203685477.0,"MetadataId":"<id>","MinValue":-922337203685477.0,"PrecisionSource":2}]}
        GET EntityDefinitions(LogicalName='account')/Attributes(LogicalName='new_f')/Microsoft.Dynamics.CRM.BooleanAttributeMetadata?$select=DefaultValue&$expand=OptionSet($select=TrueOption,FalseOption)
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions('account')/Attributes/Microsoft.Dynamics.CRM.BooleanAttributeMetadata(DefaultValue,OptionSet(TrueOption,FalseOption))/$entity","DefaultValue":false,"MetadataId":"<id>","OptionSet":{"@odata.type":"#Microsoft.Dynamics.CRM.BooleanOptionSetMetadata","FalseOption":{"Description":{"LocalizedLabels":[],"UserLocalizedLabel":null},"Label":{"LocalizedLabels":[{"Label":"No","LanguageCode":1033}],"UserLocalizedLabel":{"Label":"No","LanguageCode":1033}},"Value":0},"TrueOption":{"Description":{"LocalizedLabels":[],"UserLocalizedLabel":null},"Label":{"LocalizedLabels":[{"Label":"Yes","LanguageCode":1033}],"UserLocalizedLabel":{"Label":"Yes","LanguageCode":1033}},"Value":1}}}
        GET EntityDefinitions(LogicalName='account')/Attributes(LogicalName='new_g')/Microsoft.Dynamics.CRM.PicklistAttributeMetadata?$select=LogicalName&$expand=OptionSet($select=Options)
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions('account')/Attributes/Microsoft.Dynamics.CRM.PicklistAttributeMetadata(LogicalName,OptionSet(Options))/$entity","LogicalName":"new_g","MetadataId":"<id>","OptionSet":{"@odata.type":"#Microsoft.Dynamics.CRM.OptionSetMetadata","Options":[{"Description":{"LocalizedLabels":[],"UserLocalizedLabel":null},"Label":{"LocalizedLabels":[],"UserLocalizedLabel":null},"Value":7},{"Description":{"LocalizedLabels":[],"UserLocalizedLabel":null},"Label":{"LocalizedLabels":[],"UserLocalizedLabel":null},"Value":8},{"Description":{"LocalizedLabels":[],"UserLocalizedLabel":null},"Label":{"LocalizedLabels":[],"UserLocalizedLabel":null},"Value":9}]}}
        GET EntityDefinitions(LogicalName='account')/Attributes(LogicalName='new_h')/Microsoft.Dynamics.CRM.PicklistAttributeMetadata?$select=LogicalName&$expand=OptionSet($select=Options)
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions('account')/Attributes/Microsoft.Dynamics.CRM.PicklistAttributeMetadata(LogicalName,OptionSet(Options))/$entity","LogicalName":"new_h","MetadataId":"<id>","OptionSet":{"@odata.type":"#Microsoft.Dynamics.CRM.OptionSetMetadata","Options":[{"Description":{"LocalizedLabels":[],"UserLocalizedLabel":null},"Label":{"LocalizedLabels":[],"UserLocalizedLabel":null},"Value":100000000}]}}
        GET EntityDefinitions(LogicalName='account')/Attributes(LogicalName='new_i')/Microsoft.Dynamics.CRM.PicklistAttributeMetadata?$select=LogicalName&$expand=GlobalOptionSet($select=Name)
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions('account')/Attributes/Microsoft.Dynamics.CRM.PicklistAttributeMetadata(LogicalName,GlobalOptionSet(Name))/$entity","GlobalOptionSet":{"@odata.type":"#Microsoft.Dynamics.CRM.OptionSetMetadata","Name":"new_region"},"LogicalName":"new_i","MetadataId":"<id>"}
        GET EntityDefinitions(LogicalName='account')?$select=PrimaryImageAttribute
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions(PrimaryImageAttribute)/$entity","MetadataId":"1de2622b-a331-597f-a539-8c43359a0d12","PrimaryImageAttribute":"new_j"}
        GET EntityDefinitions(LogicalName='account')/Attributes?$select=LogicalName,AttributeOf,IsValidODataAttribute,IsLogical&$filter=IsCustomAttribute eq true and AttributeOf ne null
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions('account')/Attributes(LogicalName,AttributeOf,IsValidODataAttribute,IsLogical)","value":[{"AttributeOf":"new_f","IsLogical":true,"IsValidODataAttribute":false,"LogicalName":"new_fname","MetadataId":"<id>"},{"AttributeOf":"new_g","IsLogical":true,"IsValidODataAttribute":false,"LogicalName":"new_gname","MetadataId":"<id>"},{"AttributeOf":"new_h","IsLogical":true,"IsValidODataAttribute":false,"LogicalName":"new_hname","MetadataId":"<id>"},{"AttributeOf":"new_i","IsLogical":true,"IsValidODataAttribute":false,"LogicalName":"new_iname","MetadataId":"<id>"},{"@odata.type":"#Microsoft.Dynamics.CRM.ImageAttributeMetadata","AttributeOf":"new_jid","IsLogical":true,"IsValidODataAttribute":true,"LogicalName":"new_j","MetadataId":"<id>"},{"@odata.type":"#Microsoft.Dynamics.CRM.BigIntAttributeMetadata","AttributeOf":"new_jid","IsLogical":true,"IsValidODataAttribute":true,"LogicalName":"new_j_timestamp","MetadataId":"<id>"},{"@odata.type":"#Microsoft.Dynamics.CRM.StringAttributeMetadata","AttributeOf":"new_jid","IsLogical":true,"IsValidODataAttribute":true,"LogicalName":"new_j_url","MetadataId":"<id>"},{"@odata.type":"#Microsoft.Dynamics.CRM.StringAttributeMetadata","AttributeOf":"new_k","IsLogical":true,"IsValidODataAttribute":true,"LogicalName":"new_k_name","MetadataId":"<id>"}]}
    "##]]);
}

#[test]
fn a_table_needs_a_name_and_one_column_with_its_name() {
    check(expect![[r#"
        POST EntityDefinitions | {}
        > 400 0x80040203 Required field 'SchemaName' is missing for the request.
        POST EntityDefinitions | {"SchemaName": "new_T"}
        > 400 0x80040203 Required field 'Attributes' is missing for the request.
        POST EntityDefinitions | {"SchemaName": "Account", "Attributes": []}
        > 400 0x80048403 An entity with the specified name already exists. Please specify a unique name.
        POST EntityDefinitions | {"SchemaName": "new_T", "IsActivity": true}
        > 501 DVKIT_NOT_EMULATED The emulator does not support this: creating a table of activities.
        POST EntityDefinitions | {"SchemaName": "new_T", "Attributes": []}
        > 400 0x80060888 A table needs exactly one column of text with IsPrimaryName true in its Attributes.
        POST EntityDefinitions | {"SchemaName": "new_T", "Attributes": [{"SchemaName": "new_N", "@odata.type": "Microsoft.Dynamics.CRM.StringAttributeMetadata"}]}
        > 400 0x80060888 A table needs exactly one column of text with IsPrimaryName true in its Attributes.
        POST EntityDefinitions | {"SchemaName": "new_T", "Attributes": [{"SchemaName": "new_N", "@odata.type": "Microsoft.Dynamics.CRM.StringAttributeMetadata", "IsPrimaryName": true}, {"SchemaName": "new_M", "@odata.type": "Microsoft.Dynamics.CRM.StringAttributeMetadata", "IsPrimaryName": true}]}
        > 400 0x80060888 A table needs exactly one column of text with IsPrimaryName true in its Attributes.
        POST EntityDefinitions | {"SchemaName": "new_T", "Attributes": [{"SchemaName": "new_N", "@odata.type": "Microsoft.Dynamics.CRM.StringAttributeMetadata", "IsPrimaryName": true}, {"SchemaName": "new_N", "@odata.type": "Microsoft.Dynamics.CRM.MemoAttributeMetadata"}]}
        > 400 0x80047013 An attribute with the specified name new_n already exists. Please specify a unique name.
        POST EntityDefinitions | {"SchemaName": "new_Company", "PrimaryNameAttribute": "new_N", "OwnershipType": "OrganizationOwned", "Attributes": [{"SchemaName": "new_N", "@odata.type": "Microsoft.Dynamics.CRM.StringAttributeMetadata"}]}
        > 204 odata-entityid: ~/EntityDefinitions(<id>)
        POST EntityDefinitions | {"SchemaName": "new_Toy", "Attributes": [{"SchemaName": "new_N", "@odata.type": "Microsoft.Dynamics.CRM.StringAttributeMetadata", "IsPrimaryName": true}]}
        > 204 odata-entityid: ~/EntityDefinitions(<id>)
        POST EntityDefinitions | {"SchemaName": "new_Box", "HasNotes": true, "HasActivities": true, "Attributes": [{"SchemaName": "new_N", "@odata.type": "Microsoft.Dynamics.CRM.StringAttributeMetadata", "IsPrimaryName": true}]}
        > 204 odata-entityid: ~/EntityDefinitions(<id>)
        POST EntityDefinitions | {"SchemaName": "new_Box", "Attributes": []}
        > 400 0x80048403 An entity with the specified name already exists. Please specify a unique name.
        GET EntityDefinitions?$select=LogicalName,EntitySetName,ObjectTypeCode,PrimaryNameAttribute,OwnershipType&$filter=ObjectTypeCode gt 10005
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions(LogicalName,EntitySetName,ObjectTypeCode,PrimaryNameAttribute,OwnershipType)","value":[{"EntitySetName":"cr1f2_typeset","LogicalName":"cr1f2_type","MetadataId":"e148d6a6-ce30-5cdb-a7d4-8291acbd516c","ObjectTypeCode":10018,"OwnershipType":"OrganizationOwned","PrimaryNameAttribute":"cr1f2_name"},{"EntitySetName":"new_boxes","LogicalName":"new_box","MetadataId":"<id>","ObjectTypeCode":10023,"OwnershipType":"UserOwned","PrimaryNameAttribute":"new_n"},{"EntitySetName":"new_companies","LogicalName":"new_company","MetadataId":"<id>","ObjectTypeCode":10021,"OwnershipType":"OrganizationOwned","PrimaryNameAttribute":"new_n"},{"EntitySetName":"new_externalorders","LogicalName":"new_externalorder","MetadataId":"0b33f073-5902-5a10-b692-6e066de36a53","ObjectTypeCode":10019,"OwnershipType":"OrganizationOwned","PrimaryNameAttribute":"new_subject"},{"EntitySetName":"new_projects","LogicalName":"new_project","MetadataId":"3919bc83-d9e5-5d5d-9799-95977a2a5742","ObjectTypeCode":10017,"OwnershipType":"UserOwned","PrimaryNameAttribute":"new_name"},{"EntitySetName":"new_project_systemuserset","LogicalName":"new_project_systemuser","MetadataId":"15fe77f2-4b95-5fa6-a42d-17523b0bc5ad","ObjectTypeCode":10020,"OwnershipType":"None"},{"EntitySetName":"new_toys","LogicalName":"new_toy","MetadataId":"<id>","ObjectTypeCode":10022,"OwnershipType":"UserOwned","PrimaryNameAttribute":"new_n"}]}
        GET EntityDefinitions(LogicalName='new_company')/ManyToOneRelationships?$select=SchemaName
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions('new_company')/ManyToOneRelationships(SchemaName)","value":[{"MetadataId":"403a98d9-28a9-5a18-8f14-d02c5e3b663d","SchemaName":"lk_new_company_createdby"},{"MetadataId":"43607fe3-c5a9-5f05-8c90-1afc9a4d3921","SchemaName":"lk_new_company_createdonbehalfby"},{"MetadataId":"5ff1afbf-0310-56fc-b85e-a40d9ca98a70","SchemaName":"lk_new_company_modifiedby"},{"MetadataId":"6e92ce86-7107-5ec5-8940-d1df21d4a044","SchemaName":"lk_new_company_modifiedonbehalfby"}]}
        GET EntityDefinitions(LogicalName='new_toy')/ManyToOneRelationships?$select=SchemaName
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions('new_toy')/ManyToOneRelationships(SchemaName)","value":[{"MetadataId":"45e90fb7-11d0-5042-a71f-d64c48208e66","SchemaName":"lk_new_toy_createdby"},{"MetadataId":"60086671-bbbd-52b7-a448-ce3d530d2051","SchemaName":"lk_new_toy_createdonbehalfby"},{"MetadataId":"0136a7bb-d34c-5156-8a8b-69d035abbc4b","SchemaName":"lk_new_toy_modifiedby"},{"MetadataId":"268f8d5d-42e1-54f9-aec7-4611a6cb0d3e","SchemaName":"lk_new_toy_modifiedonbehalfby"},{"MetadataId":"52257811-8367-5bda-8633-0f1fda145091","SchemaName":"owner_new_toy"},{"MetadataId":"9690c1fb-295e-5d3a-a412-4136d75c7202","SchemaName":"business_unit_new_toy"},{"MetadataId":"aeda4d27-5eac-5a62-b93b-97a592ed9055","SchemaName":"team_new_toy"},{"MetadataId":"19c8cf45-50f2-5556-b8f7-72b23c2e7219","SchemaName":"user_new_toy"}]}
        GET EntityDefinitions(LogicalName='new_box')/OneToManyRelationships?$select=SchemaName,ReferencingEntity,ReferencingEntityNavigationPropertyName
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions('new_box')/OneToManyRelationships(SchemaName,ReferencingEntity,ReferencingEntityNavigationPropertyName)","value":[{"MetadataId":"617adbb4-56e1-5f2b-87c7-8db06fd04133","ReferencingEntity":"activitypointer","ReferencingEntityNavigationPropertyName":"regardingobjectid_new_box","SchemaName":"new_Box_ActivityPointers"},{"MetadataId":"6cedc1da-5346-5793-b738-0074e7fe3248","ReferencingEntity":"annotation","ReferencingEntityNavigationPropertyName":"objectid_new_box","SchemaName":"new_Box_Annotations"},{"MetadataId":"e0fc3140-da28-5061-ae01-508bc6204d64","ReferencingEntity":"appointment","ReferencingEntityNavigationPropertyName":"regardingobjectid_new_box_appointment","SchemaName":"new_Box_Appointments"},{"MetadataId":"c0c980fc-5818-56c3-8aec-a39af6346525","ReferencingEntity":"email","ReferencingEntityNavigationPropertyName":"regardingobjectid_new_box_email","SchemaName":"new_Box_Emails"},{"MetadataId":"96afc8d6-e6be-5fcc-9e01-536598e6435e","ReferencingEntity":"phonecall","ReferencingEntityNavigationPropertyName":"regardingobjectid_new_box_phonecall","SchemaName":"new_Box_PhoneCalls"},{"MetadataId":"7361d602-361d-5f4b-93d4-6da6a0272f91","ReferencingEntity":"task","ReferencingEntityNavigationPropertyName":"regardingobjectid_new_box_task","SchemaName":"new_Box_Tasks"}]}
        POST CreateEntities | {}
        > 400 0x80040203 Required field 'Entities' is missing for the request.
        POST CreateEntities | {"Entities": [{"SchemaName": "new_U", "Attributes": [{"SchemaName": "new_N", "@odata.type": "Microsoft.Dynamics.CRM.StringAttributeMetadata", "IsPrimaryName": true}]}, {"SchemaName": "new_U", "Attributes": [{"SchemaName": "new_N", "@odata.type": "Microsoft.Dynamics.CRM.StringAttributeMetadata", "IsPrimaryName": true}]}]}
        > 400 0x80048403 An entity with the specified name already exists. Please specify a unique name.
        GET EntityDefinitions(LogicalName='new_u')
        > 404 0x80041102 The entity with a name = 'new_u' was not found in the MetadataCache.
        POST CreateEntities | {"Entities": [{"SchemaName": "new_U", "Attributes": [{"SchemaName": "new_N", "@odata.type": "Microsoft.Dynamics.CRM.StringAttributeMetadata", "IsPrimaryName": true}]}, {"SchemaName": "new_V", "Attributes": [{"SchemaName": "new_N", "@odata.type": "Microsoft.Dynamics.CRM.StringAttributeMetadata", "IsPrimaryName": true}]}]}
        > 200 {"@odata.context":"~/$metadata#Microsoft.Dynamics.CRM.CreateEntitiesResponse","EntityIds":["<id>","<id>"]}
        GET EntityDefinitions?$select=LogicalName,ObjectTypeCode&$filter=LogicalName eq 'new_u' or LogicalName eq 'new_v'
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions(LogicalName,ObjectTypeCode)","value":[{"LogicalName":"new_u","MetadataId":"<id>","ObjectTypeCode":10024},{"LogicalName":"new_v","MetadataId":"<id>","ObjectTypeCode":10025}]}
        DELETE EntityDefinitions(LogicalName='new_box')
        > 204
        GET EntityDefinitions(LogicalName='annotation')/ManyToOneRelationships(SchemaName='new_Box_Annotations')
        > 404 0x80040217 The definition 'new_Box_Annotations' does not exist.
    "#]]);
}

#[test]
fn a_relationship_needs_its_tables_and_its_lookup() {
    check(expect![[r#"
        POST RelationshipDefinitions | {}
        > 400 0x80040203 Required field 'SchemaName' is missing for the request.
        POST RelationshipDefinitions | {"SchemaName": "new r"}
        > 400 0x80048403 The name 'new r' is not valid: names consist of letters, digits and underscores, and begin with a letter.
        POST RelationshipDefinitions | {"SchemaName": "account_primary_contact"}
        > 400 0x80048418 A relationship with the schema name account_primary_contact already exists. Please specify a unique name.
        POST RelationshipDefinitions | {"SchemaName": "ACCOUNT_PRIMARY_CONTACT"}
        > 400 0x80048418 A relationship with the schema name ACCOUNT_PRIMARY_CONTACT already exists. Please specify a unique name.
        POST RelationshipDefinitions | {"SchemaName": "new_r"}
        > 400 0x80040203 Required field 'ReferencedEntity' is missing for the request.
        POST RelationshipDefinitions | {"SchemaName": "new_r", "ReferencedEntity": "nothing"}
        > 404 0x80041102 The entity with a name = 'nothing' was not found in the MetadataCache.
        POST RelationshipDefinitions | {"SchemaName": "new_r", "ReferencedEntity": "account"}
        > 400 0x80040203 Required field 'ReferencingEntity' is missing for the request.
        POST RelationshipDefinitions | {"SchemaName": "new_r", "ReferencedEntity": "account", "ReferencingEntity": "nothing"}
        > 404 0x80041102 The entity with a name = 'nothing' was not found in the MetadataCache.
        POST RelationshipDefinitions | {"SchemaName": "new_r", "ReferencedEntity": "account", "ReferencingEntity": "contact"}
        > 400 0x80040203 Required field 'Lookup' is missing for the request.
        POST RelationshipDefinitions | {"SchemaName": "new_r", "ReferencedEntity": "account", "ReferencingEntity": "contact", "Lookup": {}}
        > 400 0x80040203 Required field 'SchemaName' is missing for the request.
        POST RelationshipDefinitions | {"SchemaName": "new_r", "ReferencedEntity": "account", "ReferencingEntity": "contact", "Lookup": {"SchemaName": "LastName"}}
        > 400 0x80047013 An attribute with the specified name lastname already exists. Please specify a unique name.
        POST RelationshipDefinitions | {"SchemaName": "new_r", "ReferencedEntity": "account", "ReferencingEntity": "contact", "Lookup": {"SchemaName": "new_l"}, "ReferencingEntityNavigationPropertyName": "ownerid"}
        > 400 0x80040203 The table 'contact' has a navigation property 'ownerid' already.
        POST RelationshipDefinitions | {"SchemaName": "new_r", "ReferencedEntity": "account", "ReferencingEntity": "contact", "Lookup": {"SchemaName": "new_l"}, "ReferencedEntityNavigationPropertyName": "ownerid"}
        > 400 0x80040203 The table 'account' has a navigation property 'ownerid' already.
        POST RelationshipDefinitions | {"SchemaName": "new_r", "ReferencedEntity": "account", "ReferencingEntity": "contact", "Lookup": {"SchemaName": "new_l"}}
        > 204 odata-entityid: ~/RelationshipDefinitions(eb7a6aa0-98a8-50e4-840a-2dd490bedfef)
        POST RelationshipDefinitions | {"SchemaName": "new_s", "ReferencedEntity": "account", "ReferencingEntity": "account", "Lookup": {"SchemaName": "new_Self"}}
        > 204 odata-entityid: ~/RelationshipDefinitions(e5024baf-3f70-52f1-98de-441f1ec6db90)
        GET RelationshipDefinitions/Microsoft.Dynamics.CRM.OneToManyRelationshipMetadata?$filter=SchemaName eq 'new_r' or SchemaName eq 'new_s'
        > 200 {"@odata.context":"~/$metadata#RelationshipDefinitions/Microsoft.Dynamics.CRM.OneToManyRelationshipMetadata","value":[{"IsHierarchical":false,"MetadataId":"e5024baf-3f70-52f1-98de-441f1ec6db90","ReferencedAttribute":"accountid","ReferencedEntity":"account","ReferencedEntityNavigationPropertyName":"new_s","ReferencingAttribute":"new_self","ReferencingEntity":"account","ReferencingEntityNavigationPropertyName":"new_Self","RelationshipType":"OneToManyRelationship","SchemaName":"new_s"},{"IsHierarchical":false,"MetadataId":"eb7a6aa0-98a8-50e4-840a-2dd490bedfef","ReferencedAttribute":"accountid","ReferencedEntity":"account","ReferencedEntityNavigationPropertyName":"new_r","ReferencingAttribute":"new_l","ReferencingEntity":"contact","ReferencingEntityNavigationPropertyName":"new_l","RelationshipType":"OneToManyRelationship","SchemaName":"new_r"}]}
        PUT RelationshipDefinitions(SchemaName='new_r') | {}
        > 400 0x80040203 Required field 'ReferencingEntity' is missing for the request.
        PUT RelationshipDefinitions(SchemaName='new_r') | {"ReferencingEntity": "account", "ReferencedEntity": "contact"}
        > 400 0x80060888 The tables of the relationship 'new_r' cannot be changed.
        PUT RelationshipDefinitions(SchemaName='new_r') | {"ReferencingEntity": "contact", "ReferencedEntity": "account", "IsHierarchical": true}
        > 204 odata-entityid: ~/RelationshipDefinitions(eb7a6aa0-98a8-50e4-840a-2dd490bedfef)
        GET RelationshipDefinitions(SchemaName='new_r')/Microsoft.Dynamics.CRM.OneToManyRelationshipMetadata
        > 200 {"@odata.context":"~/$metadata#RelationshipDefinitions/Microsoft.Dynamics.CRM.OneToManyRelationshipMetadata/$entity","IsHierarchical":true,"MetadataId":"eb7a6aa0-98a8-50e4-840a-2dd490bedfef","ReferencedAttribute":"accountid","ReferencedEntity":"account","ReferencedEntityNavigationPropertyName":"new_r","ReferencingAttribute":"new_l","ReferencingEntity":"contact","ReferencingEntityNavigationPropertyName":"new_l","RelationshipType":"OneToManyRelationship","SchemaName":"new_r"}
        POST RelationshipDefinitions | {"SchemaName": "new_m", "Entity1LogicalName": "account"}
        > 400 0x80040203 Required field 'Entity2LogicalName' is missing for the request.
        POST RelationshipDefinitions | {"SchemaName": "new_m", "Entity1LogicalName": "account", "Entity2LogicalName": "nothing"}
        > 404 0x80041102 The entity with a name = 'nothing' was not found in the MetadataCache.
        POST RelationshipDefinitions | {"SchemaName": "new_m", "Entity1LogicalName": "account", "Entity2LogicalName": "contact", "IntersectEntityName": "teammembership"}
        > 400 0x80048418 A relationship with the schema name teammembership already exists. Please specify a unique name.
        POST RelationshipDefinitions | {"SchemaName": "new_m", "Entity1LogicalName": "account", "Entity2LogicalName": "contact", "IntersectEntityName": "x y"}
        > 400 0x80048403 The name 'x y' is not valid: names consist of letters, digits and underscores, and begin with a letter.
        POST RelationshipDefinitions | {"SchemaName": "new_m", "Entity1LogicalName": "account", "Entity2LogicalName": "account"}
        > 204 odata-entityid: ~/RelationshipDefinitions(c75007aa-7105-5285-b4d1-c542d749e85a)
        POST RelationshipDefinitions | {"SchemaName": "new_n", "@odata.type": "Microsoft.Dynamics.CRM.ManyToManyRelationshipMetadata", "Entity1LogicalName": "account", "Entity2LogicalName": "contact", "Entity1NavigationPropertyName": "ownerid"}
        > 400 0x80040203 The table 'account' has a navigation property 'ownerid' already.
        GET RelationshipDefinitions(SchemaName='new_m')/Microsoft.Dynamics.CRM.ManyToManyRelationshipMetadata?$select=Entity1IntersectAttribute,Entity2IntersectAttribute,Entity1NavigationPropertyName,Entity2NavigationPropertyName,IntersectEntityName
        > 200 {"@odata.context":"~/$metadata#RelationshipDefinitions/Microsoft.Dynamics.CRM.ManyToManyRelationshipMetadata(Entity1IntersectAttribute,Entity2IntersectAttribute,Entity1NavigationPropertyName,Entity2NavigationPropertyName,IntersectEntityName)/$entity","Entity1IntersectAttribute":"accountidone","Entity1NavigationPropertyName":"Referencingnew_m","Entity2IntersectAttribute":"accountidtwo","Entity2NavigationPropertyName":"Referencednew_m","IntersectEntityName":"new_m","MetadataId":"c75007aa-7105-5285-b4d1-c542d749e85a"}
        DELETE RelationshipDefinitions(SchemaName='new_m')
        > 204
        GET EntityDefinitions(LogicalName='new_m')
        > 404 0x80041102 The entity with a name = 'new_m' was not found in the MetadataCache.
        DELETE RelationshipDefinitions(SchemaName='new_s')
        > 204
        GET EntityDefinitions(LogicalName='account')/Attributes(LogicalName='new_self')
        > 404 0x80041103 'account' entity doesn't contain attribute with Name = 'new_self' and NameMapping = 'Logical'.
    "#]]);
}

#[test]
fn a_key_has_columns_that_can_be_part_of_one() {
    check(expect![[r#"
        POST EntityDefinitions(LogicalName='contact')/Keys | {}
        > 400 0x80040203 Required field 'SchemaName' is missing for the request.
        POST EntityDefinitions(LogicalName='contact')/Keys | {"SchemaName": "new_k"}
        > 400 0x80040203 Required field 'KeyAttributes' is missing for the request.
        POST EntityDefinitions(LogicalName='contact')/Keys | {"SchemaName": "new_k", "KeyAttributes": []}
        > 400 0x80040203 An alternate key has between 1 and 16 columns.
        POST EntityDefinitions(LogicalName='contact')/Keys | {"SchemaName": "new_k", "KeyAttributes": ["nothing"]}
        > 404 0x80041103 'contact' entity doesn't contain attribute with Name = 'nothing' and NameMapping = 'Logical'.
        POST EntityDefinitions(LogicalName='contact')/Keys | {"SchemaName": "new_k", "KeyAttributes": ["donotemail"]}
        > 400 0x80040203 The column 'donotemail' cannot be part of an alternate key.
        POST EntityDefinitions(LogicalName='contact')/Keys | {"SchemaName": "new_k", "KeyAttributes": ["description"]}
        > 400 0x80040203 The column 'description' cannot be part of an alternate key.
        POST EntityDefinitions(LogicalName='contact')/Keys | {"SchemaName": "new_k", "KeyAttributes": ["annualincome"]}
        > 400 0x80040203 The column 'annualincome' cannot be part of an alternate key.
        POST EntityDefinitions(LogicalName='contact')/Keys | {"SchemaName": "new_k", "KeyAttributes": ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q"]}
        > 400 0x80040203 An alternate key has between 1 and 16 columns.
        POST EntityDefinitions(LogicalName='contact')/Keys | {"SchemaName": "new_k", "KeyAttributes": ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p"]}
        > 404 0x80041103 'contact' entity doesn't contain attribute with Name = 'a' and NameMapping = 'Logical'.
        POST EntityDefinitions(LogicalName='contact')/Keys | {"SchemaName": "new_k1", "KeyAttributes": ["lastname", "parentcustomerid"]}
        > 204 odata-entityid: ~/EntityDefinitions(LogicalName='contact')/Keys(a07868db-185f-5f4a-b017-01c44ed7669c)
        POST EntityDefinitions(LogicalName='contact')/Keys | {"SchemaName": "new_k1", "KeyAttributes": ["firstname"]}
        > 400 0x80040203 The table 'contact' has the alternate key 'new_k1' already.
        POST EntityDefinitions(LogicalName='contact')/Keys | {"SchemaName": "new_k2", "KeyAttributes": ["parentcustomerid", "lastname"]}
        > 400 0x80040203 The table 'contact' has the alternate key 'new_k1' already.
        POST EntityDefinitions(LogicalName='contact')/Keys | {"SchemaName": "new_k2", "KeyAttributes": ["numberofchildren"]}
        > 204 odata-entityid: ~/EntityDefinitions(LogicalName='contact')/Keys(7bbde5d4-4656-55b7-ace5-09dc2e128f7c)
        POST EntityDefinitions(LogicalName='contact')/Keys | {"SchemaName": "new_k3", "KeyAttributes": ["birthdate"]}
        > 204 odata-entityid: ~/EntityDefinitions(LogicalName='contact')/Keys(95d3eff7-9d14-5f9c-a79c-9eb2280aeed8)
        POST EntityDefinitions(LogicalName='contact')/Keys | {"SchemaName": "new_k4", "KeyAttributes": ["gendercode"]}
        > 204 odata-entityid: ~/EntityDefinitions(LogicalName='contact')/Keys(07396341-17b8-5186-8e5f-58c19537886c)
        POST EntityDefinitions(LogicalName='contact')/Keys | {"SchemaName": "new_k5", "KeyAttributes": ["firstname"]}
        > 204 odata-entityid: ~/EntityDefinitions(LogicalName='contact')/Keys(c12bfda4-4542-5ad6-b3b2-c16e77b4211d)
        POST EntityDefinitions(LogicalName='contact')/Keys | {"SchemaName": "new_k6", "KeyAttributes": ["jobtitle"]}
        > 204 odata-entityid: ~/EntityDefinitions(LogicalName='contact')/Keys(fb45788a-c745-5c61-a2b2-b9173df20d14)
        POST EntityDefinitions(LogicalName='contact')/Keys | {"SchemaName": "new_k7", "KeyAttributes": ["nickname"]}
        > 204 odata-entityid: ~/EntityDefinitions(LogicalName='contact')/Keys(fc1a3794-8f95-597d-972b-e9a07f8fac85)
        POST EntityDefinitions(LogicalName='contact')/Keys | {"SchemaName": "new_k8", "KeyAttributes": ["telephone1"]}
        > 204 odata-entityid: ~/EntityDefinitions(LogicalName='contact')/Keys(a578ed69-f64e-5f8c-af0a-4389bf879c14)
        POST EntityDefinitions(LogicalName='contact')/Keys | {"SchemaName": "new_k9", "KeyAttributes": ["mobilephone"]}
        > 204 odata-entityid: ~/EntityDefinitions(LogicalName='contact')/Keys(804ccfd5-e2c3-5c0c-8d89-62c7fd5eaf14)
        POST EntityDefinitions(LogicalName='contact')/Keys | {"SchemaName": "new_k10", "KeyAttributes": ["middlename"]}
        > 204 odata-entityid: ~/EntityDefinitions(LogicalName='contact')/Keys(3aac0c76-a539-52f4-84bc-f6778ce39602)
        POST EntityDefinitions(LogicalName='contact')/Keys | {"SchemaName": "new_k11", "KeyAttributes": ["emailaddress1"]}
        > 400 0x80040203 A table can have at most 10 alternate keys.
        POST accounts | {"name": "Twin", "telephone1": "1"}
        > 204 odata-entityid: ~/accounts(<id>)
        POST accounts | {"name": "Twin", "telephone1": "2"}
        > 204 odata-entityid: ~/accounts(<id>)
        POST EntityDefinitions(LogicalName='account')/Keys | {"SchemaName": "new_one", "KeyAttributes": ["name"]}
        > 204 odata-entityid: ~/EntityDefinitions(LogicalName='account')/Keys(0844868c-b4bf-506e-8975-a05b74a385ca)
        POST EntityDefinitions(LogicalName='account')/Keys | {"SchemaName": "new_two", "KeyAttributes": ["name", "telephone1"]}
        > 204 odata-entityid: ~/EntityDefinitions(LogicalName='account')/Keys(1db4c7ca-5a24-5d69-9b5c-619b3be5b5a4)
        POST EntityDefinitions(LogicalName='account')/Keys | {"SchemaName": "new_fax", "KeyAttributes": ["fax"]}
        > 204 odata-entityid: ~/EntityDefinitions(LogicalName='account')/Keys(976ab0a8-ec14-5255-b0eb-50188a1019dd)
        GET EntityDefinitions(LogicalName='account')/Keys?$select=LogicalName,EntityKeyIndexStatus
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions('account')/Keys(LogicalName,EntityKeyIndexStatus)","value":[{"EntityKeyIndexStatus":"Active","LogicalName":"new_accountnumberkey","MetadataId":"7011cd83-3e0f-5346-8bf9-b6ae2a6f8b36"},{"EntityKeyIndexStatus":"Active","LogicalName":"new_fax","MetadataId":"976ab0a8-ec14-5255-b0eb-50188a1019dd"},{"EntityKeyIndexStatus":"Failed","LogicalName":"new_one","MetadataId":"0844868c-b4bf-506e-8975-a05b74a385ca"},{"EntityKeyIndexStatus":"Active","LogicalName":"new_two","MetadataId":"1db4c7ca-5a24-5d69-9b5c-619b3be5b5a4"}]}
    "#]]);
}

#[test]
fn choices_and_their_options_are_changed_by_value() {
    check(expect![[r##"
        POST GlobalOptionSetDefinitions | {}
        > 400 0x80040203 Required field 'Name' is missing for the request.
        POST GlobalOptionSetDefinitions | {"Name": "x y"}
        > 400 0x80048403 The name 'x y' is not valid: names consist of letters, digits and underscores, and begin with a letter.
        POST GlobalOptionSetDefinitions | {"Name": "NEW_REGION"}
        > 400 0x80048403 An OptionSet with the name NEW_REGION already exists. Please specify a unique name.
        POST GlobalOptionSetDefinitions | {"Name": "new_two", "@odata.type": "Microsoft.Dynamics.CRM.BooleanOptionSetMetadata", "TrueOption": {"Value": 1}, "FalseOption": {"Value": 0}}
        > 204 odata-entityid: ~/GlobalOptionSetDefinitions(9c8342d8-aaab-57d2-aa95-f1410f44dc64)
        POST GlobalOptionSetDefinitions | {"Name": "new_many", "Options": [{}, {"Value": 5}]}
        > 204 odata-entityid: ~/GlobalOptionSetDefinitions(00c3bf8f-9828-5959-b934-66058bebdfd9)
        GET GlobalOptionSetDefinitions(Name='new_many')/Microsoft.Dynamics.CRM.OptionSetMetadata?$select=Name,Options,OptionSetType
        > 200 {"@odata.context":"~/$metadata#GlobalOptionSetDefinitions/Microsoft.Dynamics.CRM.OptionSetMetadata(Name,Options,OptionSetType)/$entity","MetadataId":"00c3bf8f-9828-5959-b934-66058bebdfd9","Name":"new_many","OptionSetType":"Picklist","Options":[{"Description":{"LocalizedLabels":[],"UserLocalizedLabel":null},"Label":{"LocalizedLabels":[],"UserLocalizedLabel":null},"Value":5},{"Description":{"LocalizedLabels":[],"UserLocalizedLabel":null},"Label":{"LocalizedLabels":[],"UserLocalizedLabel":null},"Value":6}]}
        PUT GlobalOptionSetDefinitions(Name='new_many') | {"DisplayName": {"LocalizedLabels": [{"Label": "Many", "LanguageCode": 1033}]}, "Options": [{"Value": 9}]}
        > 204 odata-entityid: ~/GlobalOptionSetDefinitions(00c3bf8f-9828-5959-b934-66058bebdfd9)
        PUT GlobalOptionSetDefinitions(Name='new_many') | {"DisplayName": {"LocalizedLabels": [{"Label": "Viele", "LanguageCode": 1031}]}}
        > 204 odata-entityid: ~/GlobalOptionSetDefinitions(00c3bf8f-9828-5959-b934-66058bebdfd9)
        PUT GlobalOptionSetDefinitions(Name='new_many') | {"TrueOption": 5, "FalseOption": {"Value": "x"}, "Options": 7}
        > 204 odata-entityid: ~/GlobalOptionSetDefinitions(00c3bf8f-9828-5959-b934-66058bebdfd9)
        GET GlobalOptionSetDefinitions(Name='new_many')/Microsoft.Dynamics.CRM.OptionSetMetadata?$select=Name,DisplayName
        > 200 {"@odata.context":"~/$metadata#GlobalOptionSetDefinitions/Microsoft.Dynamics.CRM.OptionSetMetadata(Name,DisplayName)/$entity","DisplayName":{"LocalizedLabels":[{"Label":"Viele","LanguageCode":1031}],"UserLocalizedLabel":{"Label":"Viele","LanguageCode":1031}},"MetadataId":"00c3bf8f-9828-5959-b934-66058bebdfd9","Name":"new_many"}
        POST InsertOptionValue | {}
        > 400 0x80040203 Required field 'OptionSetName' is missing for the request.
        POST InsertOptionValue | {"OptionSetName": "nothing"}
        > 404 0x80040217 The OptionSet 'nothing' does not exist.
        POST InsertOptionValue | {"EntityLogicalName": "account"}
        > 400 0x80040203 Required field 'OptionSetName' is missing for the request.
        POST InsertOptionValue | {"EntityLogicalName": "nothing", "AttributeLogicalName": "x"}
        > 404 0x80041102 The entity with a name = 'nothing' was not found in the MetadataCache.
        POST InsertOptionValue | {"EntityLogicalName": "account", "AttributeLogicalName": "nothing"}
        > 404 0x80041103 'account' entity doesn't contain attribute with Name = 'nothing' and NameMapping = 'Logical'.
        POST InsertOptionValue | {"EntityLogicalName": "account", "AttributeLogicalName": "name"}
        > 400 0x80060888 The column 'account.name' has no options.
        POST InsertOptionValue | {"OptionSetName": "new_many"}
        > 400 0x80040203 Required field 'Label' is missing for the request.
        POST InsertOptionValue | {"OptionSetName": "new_many", "Label": {}, "Value": "x"}
        > 400 0x80040203 Required field 'Value' is missing for the request.
        POST InsertOptionValue | {"OptionSetName": "new_many", "Label": {}, "Value": 5}
        > 400 0x80040203 The option value 5 exists already in the choice 'new_many'.
        POST InsertOptionValue | {"OptionSetName": "new_many", "Label": {"LocalizedLabels": [{"Label": "Seven", "LanguageCode": 1033}]}, "Value": 7, "Color": "#ff0000", "ExternalValue": "seven"}
        > 200 {"@odata.context":"~/$metadata#Microsoft.Dynamics.CRM.InsertOptionValueResponse","NewOptionValue":7}
        POST InsertOptionValue | {"OptionSetName": "new_many", "Label": {}}
        > 200 {"@odata.context":"~/$metadata#Microsoft.Dynamics.CRM.InsertOptionValueResponse","NewOptionValue":100000000}
        POST InsertOptionValue | {"EntityLogicalName": "account", "AttributeLogicalName": "industrycode", "Label": {}}
        > 200 {"@odata.context":"~/$metadata#Microsoft.Dynamics.CRM.InsertOptionValueResponse","NewOptionValue":100000000}
        POST InsertStatusValue | {"EntityLogicalName": "account", "AttributeLogicalName": "statuscode", "Label": {}}
        > 400 0x80040203 Required field 'StateCode' is missing for the request.
        POST InsertStatusValue | {"EntityLogicalName": "account", "AttributeLogicalName": "statuscode", "Label": {}, "StateCode": 1, "Value": 8}
        > 200 {"@odata.context":"~/$metadata#Microsoft.Dynamics.CRM.InsertStatusValueResponse","NewOptionValue":8}
        POST UpdateOptionValue | {"OptionSetName": "new_many"}
        > 400 0x80040203 Required field 'Value' is missing for the request.
        POST UpdateOptionValue | {"OptionSetName": "new_many", "Value": 99}
        > 400 0x80040203 The choice 'new_many' has no option with the value 99.
        POST UpdateOptionValue | {"OptionSetName": "new_many", "Value": 7}
        > 400 0x80040203 Required field 'MergeLabels' is missing for the request.
        POST UpdateOptionValue | {"OptionSetName": "new_many", "Value": 7, "MergeLabels": true, "Label": {"LocalizedLabels": [{"Label": "Sieben", "LanguageCode": 1031}]}}
        > 204
        POST UpdateOptionValue | {"OptionSetName": "new_many", "Value": 5, "MergeLabels": false, "Label": {"LocalizedLabels": [{"Label": "Five", "LanguageCode": 1033}]}, "Color": "#00ff00", "ExternalValue": "five"}
        > 204
        POST UpdateStateValue | {"EntityLogicalName": "account", "AttributeLogicalName": "statecode", "Value": 1, "MergeLabels": true, "DefaultStatusCode": 8}
        > 204
        POST DeleteOptionValue | {"OptionSetName": "new_many"}
        > 400 0x80040203 Required field 'Value' is missing for the request.
        POST DeleteOptionValue | {"OptionSetName": "new_many", "Value": 99}
        > 400 0x80040203 The choice 'new_many' has no option with the value 99.
        POST DeleteOptionValue | {"OptionSetName": "new_many", "Value": 6}
        > 204
        GET GlobalOptionSetDefinitions(Name='new_many')/Microsoft.Dynamics.CRM.OptionSetMetadata?$select=Options
        > 200 {"@odata.context":"~/$metadata#GlobalOptionSetDefinitions/Microsoft.Dynamics.CRM.OptionSetMetadata(Options)/$entity","MetadataId":"00c3bf8f-9828-5959-b934-66058bebdfd9","Options":[{"Color":"#00ff00","Description":{"LocalizedLabels":[],"UserLocalizedLabel":null},"ExternalValue":"five","Label":{"LocalizedLabels":[{"Label":"Five","LanguageCode":1033}],"UserLocalizedLabel":{"Label":"Five","LanguageCode":1033}},"Value":5},{"Color":"#ff0000","Description":{"LocalizedLabels":[],"UserLocalizedLabel":null},"ExternalValue":"seven","Label":{"LocalizedLabels":[{"Label":"Sieben","LanguageCode":1031},{"Label":"Seven","LanguageCode":1033}],"UserLocalizedLabel":{"Label":"Seven","LanguageCode":1033}},"Value":7},{"Description":{"LocalizedLabels":[],"UserLocalizedLabel":null},"Label":{"LocalizedLabels":[],"UserLocalizedLabel":null},"Value":100000000}]}
        POST OrderOption | {"OptionSetName": "new_many"}
        > 400 0x80040203 Required field 'Values' is missing for the request.
        POST OrderOption | {"OptionSetName": "new_many", "Values": [7, 5, 100000000]}
        > 501 DVKIT_NOT_EMULATED The emulator does not support this: OrderOption with an order other than that of the values.
        POST OrderOption | {"OptionSetName": "new_many", "Values": [5, 7]}
        > 400 0x80040203 Values has to contain each value of the choice 'new_many' once.
        POST OrderOption | {"OptionSetName": "new_many", "Values": [5, 7, 100000000]}
        > 204
        POST PublishXml | {}
        > 400 0x80040203 Required field 'ParameterXml' is missing for the request.
        POST PublishXml | {"ParameterXml": 5}
        > 400 0x80040203 Required field 'ParameterXml' is missing for the request.
        POST PublishXml | {"ParameterXml": "<importexportxml/>"}
        > 204
        POST PublishAllXml
        > 204
        POST accounts | {"accountid": "§a", "name": "x"}
        > 204 odata-entityid: ~/accounts(§a)
        PATCH accounts(§a) | {"statecode": 1}
        > 204 odata-entityid: ~/accounts(§a)
        GET accounts(§a)?$select=statecode,statuscode
        > 200 {"@odata.context":"~/$metadata#accounts(statecode,statuscode)/$entity","accountid":"§a","statecode":1,"statuscode":8}
    "##]]);
}

#[test]
fn labels_are_merged_or_replaced() {
    check(expect![[r#"
        PUT EntityDefinitions(LogicalName='new_project') | {"DisplayName": {"LocalizedLabels": [{"Label": "Job", "LanguageCode": 1033}]}, "SchemaName": "ignored", "ObjectTypeCode": 5, "ChangeTrackingEnabled": false}
        > 204 odata-entityid: ~/EntityDefinitions(3919bc83-d9e5-5d5d-9799-95977a2a5742)
        GET EntityDefinitions(LogicalName='new_project')?$select=DisplayName,SchemaName,ObjectTypeCode,ChangeTrackingEnabled,EntitySetName
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions(DisplayName,SchemaName,ObjectTypeCode,ChangeTrackingEnabled,EntitySetName)/$entity","ChangeTrackingEnabled":false,"DisplayName":{"LocalizedLabels":[{"Label":"Job","LanguageCode":1033}],"UserLocalizedLabel":{"Label":"Job","LanguageCode":1033}},"EntitySetName":"new_projects","MetadataId":"3919bc83-d9e5-5d5d-9799-95977a2a5742","ObjectTypeCode":10017,"SchemaName":"new_Project"}
        PUT EntityDefinitions(LogicalName='new_project') | MSCRM.MergeLabels: true | {"DisplayName": {"LocalizedLabels": [{"Label": "Arbeit", "LanguageCode": 1031}]}}
        > 204 odata-entityid: ~/EntityDefinitions(3919bc83-d9e5-5d5d-9799-95977a2a5742)
        PUT EntityDefinitions(LogicalName='new_project') | MSCRM.MergeLabels: false | {"Description": {"LocalizedLabels": [{"Label": "Text", "LanguageCode": 1031}]}}
        > 204 odata-entityid: ~/EntityDefinitions(3919bc83-d9e5-5d5d-9799-95977a2a5742)
        GET EntityDefinitions(LogicalName='new_project')?$select=DisplayName,Description
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions(DisplayName,Description)/$entity","Description":{"LocalizedLabels":[{"Label":"Text","LanguageCode":1031}],"UserLocalizedLabel":{"Label":"Text","LanguageCode":1031}},"DisplayName":{"LocalizedLabels":[{"Label":"Arbeit","LanguageCode":1031},{"Label":"Job","LanguageCode":1033}],"UserLocalizedLabel":{"Label":"Job","LanguageCode":1033}},"MetadataId":"3919bc83-d9e5-5d5d-9799-95977a2a5742"}
        PUT EntityDefinitions(LogicalName='new_project')/Attributes(LogicalName='new_name') | {}
        > 400 0x80060888 An error occurred while validating input parameters: A type named 'Microsoft.Dynamics.CRM.AttributeMetadata' is abstract; the definition of a column needs '@odata.type', such as 'Microsoft.Dynamics.CRM.StringAttributeMetadata'.
        PUT EntityDefinitions(LogicalName='new_project')/Attributes(LogicalName='new_name') | {"@odata.type": "Microsoft.Dynamics.CRM.IntegerAttributeMetadata", "AttributeTypeName": {"Value": "IntegerType"}}
        > 400 0x80040203 The type of the attribute 'new_name' cannot be changed.
        PUT EntityDefinitions(LogicalName='new_project')/Attributes(LogicalName='new_name') | {"@odata.type": "Microsoft.Dynamics.CRM.StringAttributeMetadata", "MaxLength": 50, "SchemaName": "ignored", "DisplayName": {"LocalizedLabels": [{"Label": "Title", "LanguageCode": 1033}]}}
        > 204 odata-entityid: ~/EntityDefinitions(3919bc83-d9e5-5d5d-9799-95977a2a5742)/Attributes(b8ffcdc4-7e47-5557-9222-8c0c9ce7377d)
        GET EntityDefinitions(LogicalName='new_project')/Attributes(LogicalName='new_name')/Microsoft.Dynamics.CRM.StringAttributeMetadata?$select=SchemaName,MaxLength,DisplayName
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions('new_project')/Attributes/Microsoft.Dynamics.CRM.StringAttributeMetadata(SchemaName,MaxLength,DisplayName)/$entity","DisplayName":{"LocalizedLabels":[{"Label":"Title","LanguageCode":1033}],"UserLocalizedLabel":{"Label":"Title","LanguageCode":1033}},"MaxLength":50,"MetadataId":"b8ffcdc4-7e47-5557-9222-8c0c9ce7377d","SchemaName":"new_Name"}
        PUT EntityDefinitions(LogicalName='new_project')/Attributes(LogicalName='new_name') | MSCRM.MergeLabels: TRUE | {"AttributeType": "String", "DisplayName": {"LocalizedLabels": [{"Label": "Titel", "LanguageCode": 1031}]}}
        > 204 odata-entityid: ~/EntityDefinitions(3919bc83-d9e5-5d5d-9799-95977a2a5742)/Attributes(b8ffcdc4-7e47-5557-9222-8c0c9ce7377d)
        GET EntityDefinitions(LogicalName='new_project')/Attributes(LogicalName='new_name')/Microsoft.Dynamics.CRM.StringAttributeMetadata?$select=MaxLength,DisplayName
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions('new_project')/Attributes/Microsoft.Dynamics.CRM.StringAttributeMetadata(MaxLength,DisplayName)/$entity","DisplayName":{"LocalizedLabels":[{"Label":"Titel","LanguageCode":1031},{"Label":"Title","LanguageCode":1033}],"UserLocalizedLabel":{"Label":"Title","LanguageCode":1033}},"MaxLength":50,"MetadataId":"b8ffcdc4-7e47-5557-9222-8c0c9ce7377d"}
    "#]]);
}
