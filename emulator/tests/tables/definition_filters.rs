//! Filters of definitions: every operator on every type of property, with the definitions that fit.

use expect_test::expect;

use super::check;

#[test]
fn numbers_are_compared_by_value_from_both_sides() {
    check(expect![[r#"
        GET EntityDefinitions?$select=LogicalName&$filter=ObjectTypeCode eq 1
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions(LogicalName)","value":[{"LogicalName":"account","MetadataId":"1de2622b-a331-597f-a539-8c43359a0d12"}]}
        GET EntityDefinitions?$select=LogicalName&$filter=1 eq ObjectTypeCode
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions(LogicalName)","value":[{"LogicalName":"account","MetadataId":"1de2622b-a331-597f-a539-8c43359a0d12"}]}
        GET EntityDefinitions?$select=LogicalName&$filter=ObjectTypeCode ne 1 and ObjectTypeCode le 4
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions(LogicalName)","value":[{"LogicalName":"contact","MetadataId":"3af7190b-67b7-5a49-9ba5-f296c8a16ab9"},{"LogicalName":"lead","MetadataId":"beef3c4e-b5ed-5651-8a6f-b956f6831785"},{"LogicalName":"opportunity","MetadataId":"dc81333e-47b6-5611-9699-7e990e73d842"}]}
        GET EntityDefinitions?$select=LogicalName&$filter=ObjectTypeCode lt 2
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions(LogicalName)","value":[{"LogicalName":"account","MetadataId":"1de2622b-a331-597f-a539-8c43359a0d12"}]}
        GET EntityDefinitions?$select=LogicalName&$filter=ObjectTypeCode le 2
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions(LogicalName)","value":[{"LogicalName":"account","MetadataId":"1de2622b-a331-597f-a539-8c43359a0d12"},{"LogicalName":"contact","MetadataId":"3af7190b-67b7-5a49-9ba5-f296c8a16ab9"}]}
        GET EntityDefinitions?$select=LogicalName&$filter=ObjectTypeCode gt 10000
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions(LogicalName)","value":[{"LogicalName":"cr1f2_type","MetadataId":"e148d6a6-ce30-5cdb-a7d4-8291acbd516c"},{"LogicalName":"new_externalorder","MetadataId":"0b33f073-5902-5a10-b692-6e066de36a53"},{"LogicalName":"new_project","MetadataId":"3919bc83-d9e5-5d5d-9799-95977a2a5742"},{"LogicalName":"new_project_systemuser","MetadataId":"15fe77f2-4b95-5fa6-a42d-17523b0bc5ad"}]}
        GET EntityDefinitions?$select=LogicalName&$filter=ObjectTypeCode ge 10000
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions(LogicalName)","value":[{"LogicalName":"cr1f2_type","MetadataId":"e148d6a6-ce30-5cdb-a7d4-8291acbd516c"},{"LogicalName":"new_externalorder","MetadataId":"0b33f073-5902-5a10-b692-6e066de36a53"},{"LogicalName":"new_project","MetadataId":"3919bc83-d9e5-5d5d-9799-95977a2a5742"},{"LogicalName":"new_project_systemuser","MetadataId":"15fe77f2-4b95-5fa6-a42d-17523b0bc5ad"}]}
        GET EntityDefinitions?$select=LogicalName&$filter=2 gt ObjectTypeCode
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions(LogicalName)","value":[{"LogicalName":"account","MetadataId":"1de2622b-a331-597f-a539-8c43359a0d12"}]}
        GET EntityDefinitions?$select=LogicalName&$filter=2 ge ObjectTypeCode
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions(LogicalName)","value":[{"LogicalName":"account","MetadataId":"1de2622b-a331-597f-a539-8c43359a0d12"},{"LogicalName":"contact","MetadataId":"3af7190b-67b7-5a49-9ba5-f296c8a16ab9"}]}
        GET EntityDefinitions?$select=LogicalName&$filter=10000 lt ObjectTypeCode
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions(LogicalName)","value":[{"LogicalName":"cr1f2_type","MetadataId":"e148d6a6-ce30-5cdb-a7d4-8291acbd516c"},{"LogicalName":"new_externalorder","MetadataId":"0b33f073-5902-5a10-b692-6e066de36a53"},{"LogicalName":"new_project","MetadataId":"3919bc83-d9e5-5d5d-9799-95977a2a5742"},{"LogicalName":"new_project_systemuser","MetadataId":"15fe77f2-4b95-5fa6-a42d-17523b0bc5ad"}]}
        GET EntityDefinitions?$select=LogicalName&$filter=10000 le ObjectTypeCode
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions(LogicalName)","value":[{"LogicalName":"cr1f2_type","MetadataId":"e148d6a6-ce30-5cdb-a7d4-8291acbd516c"},{"LogicalName":"new_externalorder","MetadataId":"0b33f073-5902-5a10-b692-6e066de36a53"},{"LogicalName":"new_project","MetadataId":"3919bc83-d9e5-5d5d-9799-95977a2a5742"},{"LogicalName":"new_project_systemuser","MetadataId":"15fe77f2-4b95-5fa6-a42d-17523b0bc5ad"}]}
        GET EntityDefinitions?$select=LogicalName&$filter=1 ne ObjectTypeCode and 4 ge ObjectTypeCode
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions(LogicalName)","value":[{"LogicalName":"contact","MetadataId":"3af7190b-67b7-5a49-9ba5-f296c8a16ab9"},{"LogicalName":"lead","MetadataId":"beef3c4e-b5ed-5651-8a6f-b956f6831785"},{"LogicalName":"opportunity","MetadataId":"dc81333e-47b6-5611-9699-7e990e73d842"}]}
        GET EntityDefinitions?$select=LogicalName&$filter=ObjectTypeCode eq 1.0
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions(LogicalName)","value":[{"LogicalName":"account","MetadataId":"1de2622b-a331-597f-a539-8c43359a0d12"}]}
        GET EntityDefinitions?$select=LogicalName&$filter=ObjectTypeCode eq 1e0
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions(LogicalName)","value":[{"LogicalName":"account","MetadataId":"1de2622b-a331-597f-a539-8c43359a0d12"}]}
        GET EntityDefinitions?$select=LogicalName&$filter=ObjectTypeCode eq null
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions(LogicalName)","value":[{"LogicalName":"principal"}]}
        GET EntityDefinitions?$select=LogicalName&$filter=ObjectTypeCode ne null and ObjectTypeCode lt 3
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions(LogicalName)","value":[{"LogicalName":"account","MetadataId":"1de2622b-a331-597f-a539-8c43359a0d12"},{"LogicalName":"contact","MetadataId":"3af7190b-67b7-5a49-9ba5-f296c8a16ab9"}]}
        GET EntityDefinitions?$select=LogicalName&$filter=ObjectTypeCode gt null
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions(LogicalName)","value":[]}
    "#]]);
}

#[test]
fn texts_booleans_ids_and_members_of_enumerations_are_compared() {
    check(expect![[r#"
        GET EntityDefinitions?$select=LogicalName&$filter=LogicalName eq 'account'
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions(LogicalName)","value":[{"LogicalName":"account","MetadataId":"1de2622b-a331-597f-a539-8c43359a0d12"}]}
        GET EntityDefinitions?$select=LogicalName&$filter=LogicalName eq 'Account'
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions(LogicalName)","value":[]}
        GET EntityDefinitions?$select=LogicalName&$filter=LogicalName lt 'b'
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions(LogicalName)","value":[{"LogicalName":"account","MetadataId":"1de2622b-a331-597f-a539-8c43359a0d12"},{"LogicalName":"activityparty","MetadataId":"42973b8e-6b37-513e-b5cf-6946cf9646be"},{"LogicalName":"activitypointer","MetadataId":"da852bf5-09bf-5d52-b757-242a2ddbdd38"},{"LogicalName":"annotation","MetadataId":"8b1a27bc-8827-5f88-b4bd-40dabffe2758"},{"LogicalName":"appointment","MetadataId":"f12bac42-5880-55e1-98c3-196861bc0726"}]}
        GET EntityDefinitions?$select=LogicalName&$filter=LogicalName le 'account'
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions(LogicalName)","value":[{"LogicalName":"account","MetadataId":"1de2622b-a331-597f-a539-8c43359a0d12"}]}
        GET EntityDefinitions?$select=LogicalName&$filter=LogicalName gt 'team'
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions(LogicalName)","value":[{"LogicalName":"teammembership","MetadataId":"af459ef5-85f8-5f18-87b7-afd2b6d951fd"},{"LogicalName":"transactioncurrency","MetadataId":"0bd9ebfe-c821-5207-9955-4d753c44040c"}]}
        GET EntityDefinitions?$select=LogicalName&$filter=LogicalName ge 'team'
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions(LogicalName)","value":[{"LogicalName":"team","MetadataId":"21004cf9-3f85-5476-b4fb-bd07964f8313"},{"LogicalName":"teammembership","MetadataId":"af459ef5-85f8-5f18-87b7-afd2b6d951fd"},{"LogicalName":"transactioncurrency","MetadataId":"0bd9ebfe-c821-5207-9955-4d753c44040c"}]}
        GET EntityDefinitions?$select=LogicalName&$filter=PrimaryNameAttribute eq null
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions(LogicalName)","value":[{"LogicalName":"new_project_systemuser","MetadataId":"15fe77f2-4b95-5fa6-a42d-17523b0bc5ad"},{"LogicalName":"principal"},{"LogicalName":"teammembership","MetadataId":"af459ef5-85f8-5f18-87b7-afd2b6d951fd"}]}
        GET EntityDefinitions?$select=LogicalName&$filter=IsActivity
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions(LogicalName)","value":[{"LogicalName":"activitypointer","MetadataId":"da852bf5-09bf-5d52-b757-242a2ddbdd38"},{"LogicalName":"appointment","MetadataId":"f12bac42-5880-55e1-98c3-196861bc0726"},{"LogicalName":"email","MetadataId":"6578163d-7e78-5bf0-b6ff-50758eed68b2"},{"LogicalName":"phonecall","MetadataId":"58facc65-dce0-5941-a103-c94d0d070a7b"},{"LogicalName":"task","MetadataId":"8d00bc2d-d451-5b3f-9441-8c009d56c99f"}]}
        GET EntityDefinitions?$select=LogicalName&$filter=not IsActivity and LogicalName lt 'b'
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions(LogicalName)","value":[{"LogicalName":"account","MetadataId":"1de2622b-a331-597f-a539-8c43359a0d12"},{"LogicalName":"activityparty","MetadataId":"42973b8e-6b37-513e-b5cf-6946cf9646be"},{"LogicalName":"annotation","MetadataId":"8b1a27bc-8827-5f88-b4bd-40dabffe2758"}]}
        GET EntityDefinitions?$select=LogicalName&$filter=IsActivity eq true
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions(LogicalName)","value":[{"LogicalName":"activitypointer","MetadataId":"da852bf5-09bf-5d52-b757-242a2ddbdd38"},{"LogicalName":"appointment","MetadataId":"f12bac42-5880-55e1-98c3-196861bc0726"},{"LogicalName":"email","MetadataId":"6578163d-7e78-5bf0-b6ff-50758eed68b2"},{"LogicalName":"phonecall","MetadataId":"58facc65-dce0-5941-a103-c94d0d070a7b"},{"LogicalName":"task","MetadataId":"8d00bc2d-d451-5b3f-9441-8c009d56c99f"}]}
        GET EntityDefinitions?$select=LogicalName&$filter=IsActivity eq false and LogicalName lt 'b'
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions(LogicalName)","value":[{"LogicalName":"account","MetadataId":"1de2622b-a331-597f-a539-8c43359a0d12"},{"LogicalName":"activityparty","MetadataId":"42973b8e-6b37-513e-b5cf-6946cf9646be"},{"LogicalName":"annotation","MetadataId":"8b1a27bc-8827-5f88-b4bd-40dabffe2758"}]}
        GET EntityDefinitions?$select=LogicalName&$filter=false eq IsActivity and LogicalName lt 'b'
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions(LogicalName)","value":[{"LogicalName":"account","MetadataId":"1de2622b-a331-597f-a539-8c43359a0d12"},{"LogicalName":"activityparty","MetadataId":"42973b8e-6b37-513e-b5cf-6946cf9646be"},{"LogicalName":"annotation","MetadataId":"8b1a27bc-8827-5f88-b4bd-40dabffe2758"}]}
        GET EntityDefinitions?$select=LogicalName&$filter=MetadataId eq 1de2622b-a331-597f-a539-8c43359a0d12
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions(LogicalName)","value":[{"LogicalName":"account","MetadataId":"1de2622b-a331-597f-a539-8c43359a0d12"}]}
        GET EntityDefinitions?$select=LogicalName&$filter=MetadataId eq 1DE2622B-A331-597F-A539-8C43359A0D12
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions(LogicalName)","value":[{"LogicalName":"account","MetadataId":"1de2622b-a331-597f-a539-8c43359a0d12"}]}
        GET EntityDefinitions?$select=LogicalName&$filter=OwnershipType eq Microsoft.Dynamics.CRM.OwnershipTypes'UserOwned' and LogicalName lt 'b'
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions(LogicalName)","value":[{"LogicalName":"account","MetadataId":"1de2622b-a331-597f-a539-8c43359a0d12"},{"LogicalName":"activitypointer","MetadataId":"da852bf5-09bf-5d52-b757-242a2ddbdd38"},{"LogicalName":"annotation","MetadataId":"8b1a27bc-8827-5f88-b4bd-40dabffe2758"},{"LogicalName":"appointment","MetadataId":"f12bac42-5880-55e1-98c3-196861bc0726"}]}
        GET EntityDefinitions?$select=LogicalName&$filter=OwnershipType eq 'UserOwned' and LogicalName lt 'b'
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions(LogicalName)","value":[{"LogicalName":"account","MetadataId":"1de2622b-a331-597f-a539-8c43359a0d12"},{"LogicalName":"activitypointer","MetadataId":"da852bf5-09bf-5d52-b757-242a2ddbdd38"},{"LogicalName":"annotation","MetadataId":"8b1a27bc-8827-5f88-b4bd-40dabffe2758"},{"LogicalName":"appointment","MetadataId":"f12bac42-5880-55e1-98c3-196861bc0726"}]}
        GET EntityDefinitions?$select=LogicalName&$filter=OwnershipType ne 'UserOwned' and LogicalName lt 'c'
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions(LogicalName)","value":[{"LogicalName":"activityparty","MetadataId":"42973b8e-6b37-513e-b5cf-6946cf9646be"},{"LogicalName":"businessunit","MetadataId":"d759d3b3-f422-5f21-84b9-edf872019026"}]}
        GET EntityDefinitions?$select=LogicalName&$filter=IsCustomizable/Value eq true and LogicalName lt 'b'
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions(LogicalName)","value":[]}
        GET EntityDefinitions?$select=LogicalName&$filter=CreatedOn eq 2020-01-01T00:00:00Z
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions(LogicalName)","value":[]}
        GET EntityDefinitions?$select=LogicalName&$filter=TableType eq 'Virtual'
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions(LogicalName)","value":[{"LogicalName":"new_externalorder","MetadataId":"0b33f073-5902-5a10-b692-6e066de36a53"}]}
    "#]]);
}

#[test]
fn conditions_are_joined_negated_and_put_in_brackets() {
    check(expect![[r#"
        GET EntityDefinitions?$select=LogicalName&$filter=LogicalName eq 'account' or LogicalName eq 'contact' or LogicalName eq 'task'
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions(LogicalName)","value":[{"LogicalName":"account","MetadataId":"1de2622b-a331-597f-a539-8c43359a0d12"},{"LogicalName":"contact","MetadataId":"3af7190b-67b7-5a49-9ba5-f296c8a16ab9"},{"LogicalName":"task","MetadataId":"8d00bc2d-d451-5b3f-9441-8c009d56c99f"}]}
        GET EntityDefinitions?$select=LogicalName&$filter=LogicalName eq 'account' and ObjectTypeCode eq 1 and IsActivity eq false
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions(LogicalName)","value":[{"LogicalName":"account","MetadataId":"1de2622b-a331-597f-a539-8c43359a0d12"}]}
        GET EntityDefinitions?$select=LogicalName&$filter=LogicalName eq 'account' and ObjectTypeCode eq 2
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions(LogicalName)","value":[]}
        GET EntityDefinitions?$select=LogicalName&$filter=IsActivity and not (LogicalName eq 'task' or LogicalName eq 'email')
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions(LogicalName)","value":[{"LogicalName":"activitypointer","MetadataId":"da852bf5-09bf-5d52-b757-242a2ddbdd38"},{"LogicalName":"appointment","MetadataId":"f12bac42-5880-55e1-98c3-196861bc0726"},{"LogicalName":"phonecall","MetadataId":"58facc65-dce0-5941-a103-c94d0d070a7b"}]}
        GET EntityDefinitions?$select=LogicalName&$filter=(IsActivity or LogicalName eq 'account') and LogicalName lt 'b'
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions(LogicalName)","value":[{"LogicalName":"account","MetadataId":"1de2622b-a331-597f-a539-8c43359a0d12"},{"LogicalName":"activitypointer","MetadataId":"da852bf5-09bf-5d52-b757-242a2ddbdd38"},{"LogicalName":"appointment","MetadataId":"f12bac42-5880-55e1-98c3-196861bc0726"}]}
        GET EntityDefinitions?$select=LogicalName&$filter=not (not (LogicalName eq 'account'))
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions(LogicalName)","value":[{"LogicalName":"account","MetadataId":"1de2622b-a331-597f-a539-8c43359a0d12"}]}
    "#]]);
}

#[test]
fn what_the_service_refuses_in_a_filter_is_refused() {
    check(expect![[r#"
        GET EntityDefinitions?$select=LogicalName&$filter=DisplayName eq 'x'
        > 400 0x80060888 Filtering by the property 'DisplayName' isn't supported for Metadata Entities.
        GET EntityDefinitions?$select=LogicalName&$filter=DisplayName/UserLocalizedLabel eq 'x'
        > 400 0x80060888 Filtering by the property 'DisplayName' isn't supported for Metadata Entities.
        GET EntityDefinitions?$select=LogicalName&$filter=Nope eq 1
        > 400 0x80060888 Could not find a property named 'Nope' on type 'Microsoft.Dynamics.CRM.EntityMetadata'.
        GET EntityDefinitions?$select=LogicalName&$filter=logicalname eq 'x'
        > 400 0x80060888 Could not find a property named 'logicalname' on type 'Microsoft.Dynamics.CRM.EntityMetadata'.
        GET EntityDefinitions?$select=LogicalName&$filter=LogicalName
        > 400 0x80060888 The $filter expression must evaluate to a single boolean value.
        GET EntityDefinitions?$select=LogicalName&$filter=LogicalName/Value eq 'x'
        > 400 0x80060888 Could not find a property named 'Value' on the property 'LogicalName'.
        GET EntityDefinitions?$select=LogicalName&$filter=IsCustomizable eq true
        > 400 0x80060888 The property 'IsCustomizable' can only be filtered by 'IsCustomizable/Value'.
        GET EntityDefinitions?$select=LogicalName&$filter=IsCustomizable/Other eq true
        > 400 0x80060888 The property 'IsCustomizable' can only be filtered by 'IsCustomizable/Value'.
        GET EntityDefinitions?$select=LogicalName&$filter=LogicalName eq 1
        > 400 0x0 A binary operator with incompatible types was detected. Found operand types 'Edm.String' and 'Edm.Int32' for operator kind 'Equal'.
        GET EntityDefinitions?$select=LogicalName&$filter=IsActivity eq 'x'
        > 400 0x0 A binary operator with incompatible types was detected. Found operand types 'Edm.Boolean' and 'Edm.String' for operator kind 'Equal'.
        GET EntityDefinitions?$select=LogicalName&$filter=IsActivity eq 1
        > 400 0x0 A binary operator with incompatible types was detected. Found operand types 'Edm.Boolean' and 'Edm.Int32' for operator kind 'Equal'.
        GET EntityDefinitions?$select=LogicalName&$filter=ObjectTypeCode eq 'x'
        > 400 0x0 A binary operator with incompatible types was detected. Found operand types 'Edm.Int32' and 'Edm.String' for operator kind 'Equal'.
        GET EntityDefinitions?$select=LogicalName&$filter=ObjectTypeCode eq 1x
        > 400 0x80060888 `1x` is not a number: write it like `42` or `1.5`
        GET EntityDefinitions?$select=LogicalName&$filter=MetadataId eq 'x'
        > 400 0x0 A binary operator with incompatible types was detected. Found operand types 'Edm.Guid' and 'Edm.String' for operator kind 'Equal'.
        GET EntityDefinitions?$select=LogicalName&$filter=OwnershipType eq Microsoft.Dynamics.CRM.Other'UserOwned'
        > 400 0x0 A binary operator with incompatible types was detected. Found operand types 'Microsoft.Dynamics.CRM.OwnershipTypes' and 'Microsoft.Dynamics.CRM.Other' for operator kind 'Equal'.
        GET EntityDefinitions?$select=LogicalName&$filter=OwnershipType eq 5
        > 400 0x0 A binary operator with incompatible types was detected. Found operand types 'Microsoft.Dynamics.CRM.OwnershipTypes' and 'Edm.Int32' for operator kind 'Equal'.
        GET EntityDefinitions?$select=LogicalName&$filter=CreatedOn eq 5
        > 400 0x0 A binary operator with incompatible types was detected. Found operand types 'Edm.DateTimeOffset' and 'Edm.Int32' for operator kind 'Equal'.
        GET EntityDefinitions?$select=LogicalName&$filter=LogicalName eq 2020-01-01
        > 400 0x0 A binary operator with incompatible types was detected. Found operand types 'Edm.String' and 'Edm.Date' for operator kind 'Equal'.
        GET EntityDefinitions?$select=LogicalName&$filter=LogicalName eq duration'P1D'
        > 400 0x0 A binary operator with incompatible types was detected. Found operand types 'Edm.String' and 'Edm.Duration' for operator kind 'Equal'.
        GET EntityDefinitions?$select=LogicalName&$filter=LogicalName eq 12:00:00
        > 400 0x0 A binary operator with incompatible types was detected. Found operand types 'Edm.String' and 'Edm.TimeOfDay' for operator kind 'Equal'.
        GET EntityDefinitions?$select=LogicalName&$filter=LogicalName in ('a','b')
        > 400 0x80060888 The operator 'in' isn't supported for Metadata Entities.
        GET EntityDefinitions?$select=LogicalName&$filter=OwnershipType has Microsoft.Dynamics.CRM.OwnershipTypes'UserOwned'
        > 400 0x80060888 The operator 'has' isn't supported for Metadata Entities.
        GET EntityDefinitions?$select=LogicalName&$filter=ObjectTypeCode add 1 eq 2
        > 400 0x80060888 A $filter of metadata compares a property with a literal.
        GET EntityDefinitions?$select=LogicalName&$filter=1 eq 1
        > 400 0x80060888 A $filter of metadata compares a property with a literal.
        GET EntityDefinitions?$select=LogicalName&$filter=LogicalName eq SchemaName
        > 400 0x80060888 A $filter of metadata compares a property with a literal.
        GET EntityDefinitions?$select=LogicalName&$filter=startswith(LogicalName,'a')
        > 400 0x8006088a The "startswith" function isn't supported for Metadata Entities.
        GET EntityDefinitions?$select=LogicalName&$filter=tolower(LogicalName) eq 'a'
        > 400 0x8006088a The "tolower" function isn't supported for Metadata Entities.
        GET EntityDefinitions?$select=LogicalName&$filter='a' eq tolower(LogicalName)
        > 400 0x8006088a The "tolower" function isn't supported for Metadata Entities.
        GET EntityDefinitions?$select=LogicalName&$filter=Attributes/any(a:a/LogicalName eq 'x')
        > 400 0x8006088a The "any" function isn't supported for Metadata Entities.
        GET EntityDefinitions?$select=LogicalName&$filter=Attributes/all(a:a/LogicalName eq 'x')
        > 400 0x8006088a The "all" function isn't supported for Metadata Entities.
        GET EntityDefinitions?$select=LogicalName&$filter=-ObjectTypeCode eq 1
        > 400 0x80060888 A $filter of metadata compares a property with a literal.
        GET EntityDefinitions?$select=LogicalName&$filter=null
        > 400 0x80060888 The $filter expression isn't supported for Metadata Entities.
        GET EntityDefinitions?$select=LogicalName&$filter=true
        > 400 0x80060888 The $filter expression isn't supported for Metadata Entities.
    "#]]);
}

#[test]
fn properties_of_columns_are_filtered_by_their_own_types() {
    check(expect![[r##"
        GET EntityDefinitions(LogicalName='account')/Attributes?$select=LogicalName&$filter=AttributeType eq 'Money' and AttributeOf eq null
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions('account')/Attributes(LogicalName)","value":[{"@odata.type":"#Microsoft.Dynamics.CRM.MoneyAttributeMetadata","LogicalName":"creditlimit","MetadataId":"408b41f7-34b4-5507-80f9-50d2bfee0e62"},{"@odata.type":"#Microsoft.Dynamics.CRM.MoneyAttributeMetadata","LogicalName":"creditlimit_base","MetadataId":"a4c064ee-a405-5fdc-8f74-46696f43d4bd"},{"@odata.type":"#Microsoft.Dynamics.CRM.MoneyAttributeMetadata","LogicalName":"revenue","MetadataId":"c7b86dfa-dc95-5aa4-8ef2-b8e86eaa2410"},{"@odata.type":"#Microsoft.Dynamics.CRM.MoneyAttributeMetadata","LogicalName":"revenue_base","MetadataId":"e394ee7b-b241-5f25-aa0c-f2e52f9304ba"}]}
        GET EntityDefinitions(LogicalName='account')/Attributes?$select=LogicalName&$filter=AttributeType eq Microsoft.Dynamics.CRM.AttributeTypeCode'State'
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions('account')/Attributes(LogicalName)","value":[{"@odata.type":"#Microsoft.Dynamics.CRM.StateAttributeMetadata","LogicalName":"statecode","MetadataId":"d16b9fdb-5239-56dc-a296-f514f79ca924"}]}
        GET EntityDefinitions(LogicalName='account')/Attributes?$select=LogicalName&$filter=AttributeTypeName/Value eq 'ImageType'
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions('account')/Attributes(LogicalName)","value":[{"@odata.type":"#Microsoft.Dynamics.CRM.ImageAttributeMetadata","LogicalName":"entityimage","MetadataId":"971963a3-6466-5bac-9d60-4c22ee9dd703"}]}
        GET EntityDefinitions(LogicalName='account')/Attributes?$select=LogicalName&$filter=AttributeTypeName eq 'ImageType'
        > 400 0x80060888 The property 'AttributeTypeName' can only be filtered by 'AttributeTypeName/Value'.
        GET EntityDefinitions(LogicalName='account')/Attributes?$select=LogicalName&$filter=RequiredLevel/Value eq Microsoft.Dynamics.CRM.AttributeRequiredLevel'ApplicationRequired'
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions('account')/Attributes(LogicalName)","value":[{"@odata.type":"#Microsoft.Dynamics.CRM.StringAttributeMetadata","LogicalName":"name","MetadataId":"bde3ecde-93de-563c-af04-e10af4c4dc99"}]}
        GET EntityDefinitions(LogicalName='account')/Attributes?$select=LogicalName&$filter=RequiredLevel/Value eq 'ApplicationRequired'
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions('account')/Attributes(LogicalName)","value":[{"@odata.type":"#Microsoft.Dynamics.CRM.StringAttributeMetadata","LogicalName":"name","MetadataId":"bde3ecde-93de-563c-af04-e10af4c4dc99"}]}
        GET EntityDefinitions(LogicalName='account')/Attributes?$select=LogicalName&$filter=RequiredLevel/Value eq Microsoft.Dynamics.CRM.Other'ApplicationRequired'
        > 400 0x0 A binary operator with incompatible types was detected. Found operand types 'Microsoft.Dynamics.CRM.AttributeRequiredLevel' and 'Microsoft.Dynamics.CRM.Other' for operator kind 'Equal'.
        GET EntityDefinitions(LogicalName='account')/Attributes?$select=LogicalName&$filter=IsPrimaryName eq true
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions('account')/Attributes(LogicalName)","value":[{"@odata.type":"#Microsoft.Dynamics.CRM.StringAttributeMetadata","LogicalName":"name","MetadataId":"bde3ecde-93de-563c-af04-e10af4c4dc99"}]}
        GET EntityDefinitions(LogicalName='account')/Attributes?$select=LogicalName&$filter=IsPrimaryId
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions('account')/Attributes(LogicalName)","value":[{"LogicalName":"accountid","MetadataId":"6cf604d0-cf13-535a-9b22-5f6f8d1d28d2"}]}
        GET EntityDefinitions(LogicalName='account')/Attributes?$select=LogicalName&$filter=AttributeOf eq 'statecode'
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions('account')/Attributes(LogicalName)","value":[{"LogicalName":"statecodename","MetadataId":"32f3b136-d5a5-527e-a71a-0ced8560443f"}]}
        GET EntityDefinitions(LogicalName='account')/Attributes?$select=LogicalName&$filter=MaxLength gt 100
        > 400 0x80060888 Could not find a property named 'MaxLength' on type 'Microsoft.Dynamics.CRM.AttributeMetadata'.
        GET EntityDefinitions(LogicalName='account')/Attributes?$select=LogicalName&$filter=IsValidForCreate eq true and IsValidForUpdate eq false
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions('account')/Attributes(LogicalName)","value":[{"LogicalName":"accountid","MetadataId":"6cf604d0-cf13-535a-9b22-5f6f8d1d28d2"},{"@odata.type":"#Microsoft.Dynamics.CRM.IntegerAttributeMetadata","LogicalName":"importsequencenumber","MetadataId":"b5a260ab-b6a1-5d0b-926b-80519c2205e6"},{"@odata.type":"#Microsoft.Dynamics.CRM.DateTimeAttributeMetadata","LogicalName":"overriddencreatedon","MetadataId":"c00e4512-42a9-535c-967c-119a6f52c826"}]}
    "##]]);
}

#[test]
fn criteria_of_changes_compare_as_the_service_does() {
    check(expect![[r#"
        GET RetrieveMetadataChanges(Query=@q)?@q={"Properties":{"PropertyNames":["LogicalName"]},"Criteria":{"Conditions":[{"ConditionOperator":"Equals","PropertyName":"LogicalName","Value":{"Type":"System.String","Value":"account"}}]}}
        > 200 {"@odata.context":"~/$metadata#Microsoft.Dynamics.CRM.RetrieveMetadataChangesResponse","DeletedMetadata":{"Count":0,"IsReadOnly":false,"Keys":[],"Values":[]},"EntityMetadata":[{"LogicalName":"account","MetadataId":"1de2622b-a331-597f-a539-8c43359a0d12"}],"ServerVersionStamp":"74812162!11/29/2026 12:00:00"}
        GET RetrieveMetadataChanges(Query=@q)?@q={"Properties":{"PropertyNames":["LogicalName"]},"Criteria":{"Conditions":[{"ConditionOperator":"Equals","PropertyName":"LogicalName","Value":{"Type":"System.String","Value":"Account"}}]}}
        > 200 {"@odata.context":"~/$metadata#Microsoft.Dynamics.CRM.RetrieveMetadataChangesResponse","DeletedMetadata":{"Count":0,"IsReadOnly":false,"Keys":[],"Values":[]},"EntityMetadata":[],"ServerVersionStamp":"74812162!11/29/2026 12:00:00"}
        GET RetrieveMetadataChanges(Query=@q)?@q={"Properties":{"PropertyNames":["LogicalName"]},"Criteria":{"Conditions":[{"ConditionOperator":"NotEquals","PropertyName":"LogicalName","Value":{"Type":"System.String","Value":"account"}},{"ConditionOperator":"LessThan","PropertyName":"ObjectTypeCode","Value":{"Type":"System.Int32","Value":"5"}}]}}
        > 200 {"@odata.context":"~/$metadata#Microsoft.Dynamics.CRM.RetrieveMetadataChangesResponse","DeletedMetadata":{"Count":0,"IsReadOnly":false,"Keys":[],"Values":[]},"EntityMetadata":[{"LogicalName":"contact","MetadataId":"3af7190b-67b7-5a49-9ba5-f296c8a16ab9"},{"LogicalName":"lead","MetadataId":"beef3c4e-b5ed-5651-8a6f-b956f6831785"},{"LogicalName":"opportunity","MetadataId":"dc81333e-47b6-5611-9699-7e990e73d842"}],"ServerVersionStamp":"74812162!11/29/2026 12:00:00"}
        GET RetrieveMetadataChanges(Query=@q)?@q={"Properties":{"PropertyNames":["LogicalName"]},"Criteria":{"Conditions":[{"ConditionOperator":"Equals","PropertyName":"PrimaryNameAttribute"}]}}
        > 200 {"@odata.context":"~/$metadata#Microsoft.Dynamics.CRM.RetrieveMetadataChangesResponse","DeletedMetadata":{"Count":0,"IsReadOnly":false,"Keys":[],"Values":[]},"EntityMetadata":[{"LogicalName":"new_project_systemuser","MetadataId":"15fe77f2-4b95-5fa6-a42d-17523b0bc5ad"},{"LogicalName":"principal"},{"LogicalName":"teammembership","MetadataId":"af459ef5-85f8-5f18-87b7-afd2b6d951fd"}],"ServerVersionStamp":"74812162!11/29/2026 12:00:00"}
        GET RetrieveMetadataChanges(Query=@q)?@q={"Properties":{"PropertyNames":["LogicalName"]},"Criteria":{"Conditions":[{"ConditionOperator":"Equals","PropertyName":"PrimaryNameAttribute","Value":{"Type":"System.String","Value":null}}]}}
        > 200 {"@odata.context":"~/$metadata#Microsoft.Dynamics.CRM.RetrieveMetadataChangesResponse","DeletedMetadata":{"Count":0,"IsReadOnly":false,"Keys":[],"Values":[]},"EntityMetadata":[{"LogicalName":"new_project_systemuser","MetadataId":"15fe77f2-4b95-5fa6-a42d-17523b0bc5ad"},{"LogicalName":"principal"},{"LogicalName":"teammembership","MetadataId":"af459ef5-85f8-5f18-87b7-afd2b6d951fd"}],"ServerVersionStamp":"74812162!11/29/2026 12:00:00"}
        GET RetrieveMetadataChanges(Query=@q)?@q={"Properties":{"PropertyNames":["LogicalName"]},"Criteria":{"Conditions":[{"ConditionOperator":"NotEquals","PropertyName":"PrimaryNameAttribute"},{"ConditionOperator":"LessThan","PropertyName":"ObjectTypeCode","Value":{"Type":"System.Int32","Value":"2"}}]}}
        > 200 {"@odata.context":"~/$metadata#Microsoft.Dynamics.CRM.RetrieveMetadataChangesResponse","DeletedMetadata":{"Count":0,"IsReadOnly":false,"Keys":[],"Values":[]},"EntityMetadata":[{"LogicalName":"account","MetadataId":"1de2622b-a331-597f-a539-8c43359a0d12"}],"ServerVersionStamp":"74812162!11/29/2026 12:00:00"}
        GET RetrieveMetadataChanges(Query=@q)?@q={"Properties":{"PropertyNames":["LogicalName"]},"Criteria":{"Conditions":[{"ConditionOperator":"NotEquals","PropertyName":"PrimaryNameAttribute","Value":{"Type":"System.String","Value":null}},{"ConditionOperator":"LessThan","PropertyName":"ObjectTypeCode","Value":{"Type":"System.Int32","Value":"2"}}]}}
        > 200 {"@odata.context":"~/$metadata#Microsoft.Dynamics.CRM.RetrieveMetadataChangesResponse","DeletedMetadata":{"Count":0,"IsReadOnly":false,"Keys":[],"Values":[]},"EntityMetadata":[{"LogicalName":"account","MetadataId":"1de2622b-a331-597f-a539-8c43359a0d12"}],"ServerVersionStamp":"74812162!11/29/2026 12:00:00"}
        GET RetrieveMetadataChanges(Query=@q)?@q={"Properties":{"PropertyNames":["LogicalName"]},"Criteria":{"Conditions":[{"ConditionOperator":"In","PropertyName":"LogicalName","Value":{"Type":"System.String[]","Value":"['account','contact']"}}]}}
        > 200 {"@odata.context":"~/$metadata#Microsoft.Dynamics.CRM.RetrieveMetadataChangesResponse","DeletedMetadata":{"Count":0,"IsReadOnly":false,"Keys":[],"Values":[]},"EntityMetadata":[{"LogicalName":"account","MetadataId":"1de2622b-a331-597f-a539-8c43359a0d12"},{"LogicalName":"contact","MetadataId":"3af7190b-67b7-5a49-9ba5-f296c8a16ab9"}],"ServerVersionStamp":"74812162!11/29/2026 12:00:00"}
        GET RetrieveMetadataChanges(Query=@q)?@q={"Properties":{"PropertyNames":["LogicalName"]},"Criteria":{"Conditions":[{"ConditionOperator":"In","PropertyName":"LogicalName","Value":{"Type":"System.String[]","Value":"[account, contact]"}}]}}
        > 200 {"@odata.context":"~/$metadata#Microsoft.Dynamics.CRM.RetrieveMetadataChangesResponse","DeletedMetadata":{"Count":0,"IsReadOnly":false,"Keys":[],"Values":[]},"EntityMetadata":[{"LogicalName":"account","MetadataId":"1de2622b-a331-597f-a539-8c43359a0d12"},{"LogicalName":"contact","MetadataId":"3af7190b-67b7-5a49-9ba5-f296c8a16ab9"}],"ServerVersionStamp":"74812162!11/29/2026 12:00:00"}
        GET RetrieveMetadataChanges(Query=@q)?@q={"Properties":{"PropertyNames":["LogicalName"]},"Criteria":{"Conditions":[{"ConditionOperator":"In","PropertyName":"LogicalName","Value":{"Type":"System.String[]","Value":"[]"}}]}}
        > 200 {"@odata.context":"~/$metadata#Microsoft.Dynamics.CRM.RetrieveMetadataChangesResponse","DeletedMetadata":{"Count":0,"IsReadOnly":false,"Keys":[],"Values":[]},"EntityMetadata":[],"ServerVersionStamp":"74812162!11/29/2026 12:00:00"}
        GET RetrieveMetadataChanges(Query=@q)?@q={"Properties":{"PropertyNames":["LogicalName"]},"Criteria":{"Conditions":[{"ConditionOperator":"In","PropertyName":"LogicalName"}]}}
        > 200 {"@odata.context":"~/$metadata#Microsoft.Dynamics.CRM.RetrieveMetadataChangesResponse","DeletedMetadata":{"Count":0,"IsReadOnly":false,"Keys":[],"Values":[]},"EntityMetadata":[],"ServerVersionStamp":"74812162!11/29/2026 12:00:00"}
        GET RetrieveMetadataChanges(Query=@q)?@q={"Properties":{"PropertyNames":["LogicalName"]},"Criteria":{"Conditions":[{"ConditionOperator":"NotIn","PropertyName":"LogicalName","Value":{"Type":"System.String[]","Value":"['account']"}},{"ConditionOperator":"LessThan","PropertyName":"ObjectTypeCode","Value":{"Type":"System.Int32","Value":"3"}}]}}
        > 200 {"@odata.context":"~/$metadata#Microsoft.Dynamics.CRM.RetrieveMetadataChangesResponse","DeletedMetadata":{"Count":0,"IsReadOnly":false,"Keys":[],"Values":[]},"EntityMetadata":[{"LogicalName":"contact","MetadataId":"3af7190b-67b7-5a49-9ba5-f296c8a16ab9"}],"ServerVersionStamp":"74812162!11/29/2026 12:00:00"}
        GET RetrieveMetadataChanges(Query=@q)?@q={"Properties":{"PropertyNames":["LogicalName"]},"Criteria":{"Conditions":[{"ConditionOperator":"NotIn","PropertyName":"LogicalName"},{"ConditionOperator":"LessThan","PropertyName":"ObjectTypeCode","Value":{"Type":"System.Int32","Value":"2"}}]}}
        > 200 {"@odata.context":"~/$metadata#Microsoft.Dynamics.CRM.RetrieveMetadataChangesResponse","DeletedMetadata":{"Count":0,"IsReadOnly":false,"Keys":[],"Values":[]},"EntityMetadata":[{"LogicalName":"account","MetadataId":"1de2622b-a331-597f-a539-8c43359a0d12"}],"ServerVersionStamp":"74812162!11/29/2026 12:00:00"}
        GET RetrieveMetadataChanges(Query=@q)?@q={"Properties":{"PropertyNames":["LogicalName"]},"Criteria":{"Conditions":[{"ConditionOperator":"In","PropertyName":"ObjectTypeCode","Value":{"Type":"System.Int32[]","Value":"[1,2]"}}]}}
        > 200 {"@odata.context":"~/$metadata#Microsoft.Dynamics.CRM.RetrieveMetadataChangesResponse","DeletedMetadata":{"Count":0,"IsReadOnly":false,"Keys":[],"Values":[]},"EntityMetadata":[{"LogicalName":"account","MetadataId":"1de2622b-a331-597f-a539-8c43359a0d12"},{"LogicalName":"contact","MetadataId":"3af7190b-67b7-5a49-9ba5-f296c8a16ab9"}],"ServerVersionStamp":"74812162!11/29/2026 12:00:00"}
        GET RetrieveMetadataChanges(Query=@q)?@q={"Properties":{"PropertyNames":["LogicalName"]},"Criteria":{"Conditions":[{"ConditionOperator":"GreaterThan","PropertyName":"ObjectTypeCode","Value":{"Type":"System.Int32","Value":"10000"}}]}}
        > 200 {"@odata.context":"~/$metadata#Microsoft.Dynamics.CRM.RetrieveMetadataChangesResponse","DeletedMetadata":{"Count":0,"IsReadOnly":false,"Keys":[],"Values":[]},"EntityMetadata":[{"LogicalName":"cr1f2_type","MetadataId":"e148d6a6-ce30-5cdb-a7d4-8291acbd516c"},{"LogicalName":"new_externalorder","MetadataId":"0b33f073-5902-5a10-b692-6e066de36a53"},{"LogicalName":"new_project","MetadataId":"3919bc83-d9e5-5d5d-9799-95977a2a5742"},{"LogicalName":"new_project_systemuser","MetadataId":"15fe77f2-4b95-5fa6-a42d-17523b0bc5ad"}],"ServerVersionStamp":"74812162!11/29/2026 12:00:00"}
        GET RetrieveMetadataChanges(Query=@q)?@q={"Properties":{"PropertyNames":["LogicalName"]},"Criteria":{"Conditions":[{"ConditionOperator":"LessThan","PropertyName":"ObjectTypeCode","Value":{"Type":"System.Int32","Value":"2"}}]}}
        > 200 {"@odata.context":"~/$metadata#Microsoft.Dynamics.CRM.RetrieveMetadataChangesResponse","DeletedMetadata":{"Count":0,"IsReadOnly":false,"Keys":[],"Values":[]},"EntityMetadata":[{"LogicalName":"account","MetadataId":"1de2622b-a331-597f-a539-8c43359a0d12"}],"ServerVersionStamp":"74812162!11/29/2026 12:00:00"}
        GET RetrieveMetadataChanges(Query=@q)?@q={"Properties":{"PropertyNames":["LogicalName"]},"Criteria":{"Conditions":[{"ConditionOperator":"LessThan","PropertyName":"ObjectTypeCode","Value":{"Type":"System.Int32","Value":"1"}}]}}
        > 200 {"@odata.context":"~/$metadata#Microsoft.Dynamics.CRM.RetrieveMetadataChangesResponse","DeletedMetadata":{"Count":0,"IsReadOnly":false,"Keys":[],"Values":[]},"EntityMetadata":[],"ServerVersionStamp":"74812162!11/29/2026 12:00:00"}
        GET RetrieveMetadataChanges(Query=@q)?@q={"Properties":{"PropertyNames":["LogicalName"]},"Criteria":{"Conditions":[{"ConditionOperator":"GreaterThan","PropertyName":"LogicalName","Value":{"Type":"System.String","Value":"task"}}]}}
        > 200 {"@odata.context":"~/$metadata#Microsoft.Dynamics.CRM.RetrieveMetadataChangesResponse","DeletedMetadata":{"Count":0,"IsReadOnly":false,"Keys":[],"Values":[]},"EntityMetadata":[{"LogicalName":"team","MetadataId":"21004cf9-3f85-5476-b4fb-bd07964f8313"},{"LogicalName":"teammembership","MetadataId":"af459ef5-85f8-5f18-87b7-afd2b6d951fd"},{"LogicalName":"transactioncurrency","MetadataId":"0bd9ebfe-c821-5207-9955-4d753c44040c"}],"ServerVersionStamp":"74812162!11/29/2026 12:00:00"}
        GET RetrieveMetadataChanges(Query=@q)?@q={"Properties":{"PropertyNames":["LogicalName"]},"Criteria":{"Conditions":[{"ConditionOperator":"LessThan","PropertyName":"LogicalName","Value":{"Type":"System.String","Value":"activityparty"}}]}}
        > 200 {"@odata.context":"~/$metadata#Microsoft.Dynamics.CRM.RetrieveMetadataChangesResponse","DeletedMetadata":{"Count":0,"IsReadOnly":false,"Keys":[],"Values":[]},"EntityMetadata":[{"LogicalName":"account","MetadataId":"1de2622b-a331-597f-a539-8c43359a0d12"}],"ServerVersionStamp":"74812162!11/29/2026 12:00:00"}
        GET RetrieveMetadataChanges(Query=@q)?@q={"Properties":{"PropertyNames":["LogicalName"]},"Criteria":{"Conditions":[{"ConditionOperator":"GreaterThan","PropertyName":"LogicalName"}]}}
        > 200 {"@odata.context":"~/$metadata#Microsoft.Dynamics.CRM.RetrieveMetadataChangesResponse","DeletedMetadata":{"Count":0,"IsReadOnly":false,"Keys":[],"Values":[]},"EntityMetadata":[],"ServerVersionStamp":"74812162!11/29/2026 12:00:00"}
        GET RetrieveMetadataChanges(Query=@q)?@q={"Properties":{"PropertyNames":["LogicalName"]},"Criteria":{"Conditions":[{"ConditionOperator":"GreaterThan","PropertyName":"IsActivity","Value":{"Type":"System.Boolean","Value":"True"}}]}}
        > 200 {"@odata.context":"~/$metadata#Microsoft.Dynamics.CRM.RetrieveMetadataChangesResponse","DeletedMetadata":{"Count":0,"IsReadOnly":false,"Keys":[],"Values":[]},"EntityMetadata":[],"ServerVersionStamp":"74812162!11/29/2026 12:00:00"}
        GET RetrieveMetadataChanges(Query=@q)?@q={"Properties":{"PropertyNames":["LogicalName"]},"Criteria":{"Conditions":[{"ConditionOperator":"Equals","PropertyName":"IsActivity","Value":{"Type":"System.Boolean","Value":"true"}}]}}
        > 200 {"@odata.context":"~/$metadata#Microsoft.Dynamics.CRM.RetrieveMetadataChangesResponse","DeletedMetadata":{"Count":0,"IsReadOnly":false,"Keys":[],"Values":[]},"EntityMetadata":[{"LogicalName":"activitypointer","MetadataId":"da852bf5-09bf-5d52-b757-242a2ddbdd38"},{"LogicalName":"appointment","MetadataId":"f12bac42-5880-55e1-98c3-196861bc0726"},{"LogicalName":"email","MetadataId":"6578163d-7e78-5bf0-b6ff-50758eed68b2"},{"LogicalName":"phonecall","MetadataId":"58facc65-dce0-5941-a103-c94d0d070a7b"},{"LogicalName":"task","MetadataId":"8d00bc2d-d451-5b3f-9441-8c009d56c99f"}],"ServerVersionStamp":"74812162!11/29/2026 12:00:00"}
        GET RetrieveMetadataChanges(Query=@q)?@q={"Properties":{"PropertyNames":["LogicalName"]},"Criteria":{"Conditions":[{"ConditionOperator":"Equals","PropertyName":"IsActivity","Value":{"Type":"System.Boolean","Value":"FALSE"}},{"ConditionOperator":"LessThan","PropertyName":"ObjectTypeCode","Value":{"Type":"System.Int32","Value":"3"}}]}}
        > 200 {"@odata.context":"~/$metadata#Microsoft.Dynamics.CRM.RetrieveMetadataChangesResponse","DeletedMetadata":{"Count":0,"IsReadOnly":false,"Keys":[],"Values":[]},"EntityMetadata":[{"LogicalName":"account","MetadataId":"1de2622b-a331-597f-a539-8c43359a0d12"},{"LogicalName":"contact","MetadataId":"3af7190b-67b7-5a49-9ba5-f296c8a16ab9"}],"ServerVersionStamp":"74812162!11/29/2026 12:00:00"}
        GET RetrieveMetadataChanges(Query=@q)?@q={"Properties":{"PropertyNames":["LogicalName"]},"Criteria":{"Conditions":[{"ConditionOperator":"Equals","PropertyName":"ObjectTypeCode","Value":{"Type":"System.Int32","Value":"1"}}]}}
        > 200 {"@odata.context":"~/$metadata#Microsoft.Dynamics.CRM.RetrieveMetadataChangesResponse","DeletedMetadata":{"Count":0,"IsReadOnly":false,"Keys":[],"Values":[]},"EntityMetadata":[{"LogicalName":"account","MetadataId":"1de2622b-a331-597f-a539-8c43359a0d12"}],"ServerVersionStamp":"74812162!11/29/2026 12:00:00"}
        GET RetrieveMetadataChanges(Query=@q)?@q={"Properties":{"PropertyNames":["LogicalName"]},"Criteria":{"Conditions":[{"ConditionOperator":"Equals","PropertyName":"ObjectTypeCode","Value":{"Type":"System.Double","Value":"1.0"}}]}}
        > 200 {"@odata.context":"~/$metadata#Microsoft.Dynamics.CRM.RetrieveMetadataChangesResponse","DeletedMetadata":{"Count":0,"IsReadOnly":false,"Keys":[],"Values":[]},"EntityMetadata":[{"LogicalName":"account","MetadataId":"1de2622b-a331-597f-a539-8c43359a0d12"}],"ServerVersionStamp":"74812162!11/29/2026 12:00:00"}
        GET RetrieveMetadataChanges(Query=@q)?@q={"Properties":{"PropertyNames":["LogicalName"]},"Criteria":{"Conditions":[{"ConditionOperator":"Equals","PropertyName":"IsCustomizable","Value":{"Type":"System.Boolean","Value":"True"}},{"ConditionOperator":"LessThan","PropertyName":"ObjectTypeCode","Value":{"Type":"System.Int32","Value":"3"}}]}}
        > 200 {"@odata.context":"~/$metadata#Microsoft.Dynamics.CRM.RetrieveMetadataChangesResponse","DeletedMetadata":{"Count":0,"IsReadOnly":false,"Keys":[],"Values":[]},"EntityMetadata":[],"ServerVersionStamp":"74812162!11/29/2026 12:00:00"}
        GET RetrieveMetadataChanges(Query=@q)?@q={"Properties":{"PropertyNames":["LogicalName"]},"Criteria":{"Conditions":[{"ConditionOperator":"Equals","PropertyName":"LogicalName","Value":{"Type":"System.String","Value":"account"}},{"ConditionOperator":"Equals","PropertyName":"LogicalName","Value":{"Type":"System.String","Value":"contact"}}]}}
        > 200 {"@odata.context":"~/$metadata#Microsoft.Dynamics.CRM.RetrieveMetadataChangesResponse","DeletedMetadata":{"Count":0,"IsReadOnly":false,"Keys":[],"Values":[]},"EntityMetadata":[],"ServerVersionStamp":"74812162!11/29/2026 12:00:00"}
        GET RetrieveMetadataChanges(Query=@q)?@q={"Properties":{"PropertyNames":["LogicalName"]},"Criteria":{"FilterOperator":"And","Conditions":[{"ConditionOperator":"Equals","PropertyName":"LogicalName","Value":{"Type":"System.String","Value":"account"}},{"ConditionOperator":"Equals","PropertyName":"LogicalName","Value":{"Type":"System.String","Value":"contact"}}]}}
        > 200 {"@odata.context":"~/$metadata#Microsoft.Dynamics.CRM.RetrieveMetadataChangesResponse","DeletedMetadata":{"Count":0,"IsReadOnly":false,"Keys":[],"Values":[]},"EntityMetadata":[],"ServerVersionStamp":"74812162!11/29/2026 12:00:00"}
        GET RetrieveMetadataChanges(Query=@q)?@q={"Properties":{"PropertyNames":["LogicalName"]},"Criteria":{"FilterOperator":"Or","Conditions":[{"ConditionOperator":"Equals","PropertyName":"LogicalName","Value":{"Type":"System.String","Value":"account"}},{"ConditionOperator":"Equals","PropertyName":"LogicalName","Value":{"Type":"System.String","Value":"contact"}}]}}
        > 200 {"@odata.context":"~/$metadata#Microsoft.Dynamics.CRM.RetrieveMetadataChangesResponse","DeletedMetadata":{"Count":0,"IsReadOnly":false,"Keys":[],"Values":[]},"EntityMetadata":[{"LogicalName":"account","MetadataId":"1de2622b-a331-597f-a539-8c43359a0d12"},{"LogicalName":"contact","MetadataId":"3af7190b-67b7-5a49-9ba5-f296c8a16ab9"}],"ServerVersionStamp":"74812162!11/29/2026 12:00:00"}
        GET RetrieveMetadataChanges(Query=@q)?@q={"Properties":{"PropertyNames":["LogicalName"]},"Criteria":{"FilterOperator":"Or","Conditions":[],"Filters":[{"Conditions":[{"ConditionOperator":"Equals","PropertyName":"LogicalName","Value":{"Type":"System.String","Value":"account"}}]},{"Conditions":[{"ConditionOperator":"Equals","PropertyName":"LogicalName","Value":{"Type":"System.String","Value":"task"}}]}]}}
        > 200 {"@odata.context":"~/$metadata#Microsoft.Dynamics.CRM.RetrieveMetadataChangesResponse","DeletedMetadata":{"Count":0,"IsReadOnly":false,"Keys":[],"Values":[]},"EntityMetadata":[{"LogicalName":"account","MetadataId":"1de2622b-a331-597f-a539-8c43359a0d12"},{"LogicalName":"task","MetadataId":"8d00bc2d-d451-5b3f-9441-8c009d56c99f"}],"ServerVersionStamp":"74812162!11/29/2026 12:00:00"}
        GET RetrieveMetadataChanges(Query=@q)?@q={"Properties":{"PropertyNames":["LogicalName"]},"Criteria":{"Conditions":[{"ConditionOperator":"Equals","PropertyName":"LogicalName","Value":{"Type":"System.String","Value":"account"}}],"Filters":[{"Conditions":[{"ConditionOperator":"Equals","PropertyName":"LogicalName","Value":{"Type":"System.String","Value":"task"}}]}]}}
        > 200 {"@odata.context":"~/$metadata#Microsoft.Dynamics.CRM.RetrieveMetadataChangesResponse","DeletedMetadata":{"Count":0,"IsReadOnly":false,"Keys":[],"Values":[]},"EntityMetadata":[],"ServerVersionStamp":"74812162!11/29/2026 12:00:00"}
    "#]]);
}
