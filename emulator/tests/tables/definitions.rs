//! Definitions: every kind by every key, the types of what is returned, and what is refused.

use expect_test::expect;

use super::check;

#[test]
fn relationships_say_of_which_class_they_are() {
    check(expect![[r##"
        GET RelationshipDefinitions?$select=SchemaName&$filter=SchemaName eq 'teammembership_association'
        > 200 {"@odata.context":"~/$metadata#RelationshipDefinitions(SchemaName)","value":[{"@odata.type":"#Microsoft.Dynamics.CRM.ManyToManyRelationshipMetadata","MetadataId":"f8b27ac4-b6dc-5413-8cfb-74627c603287","SchemaName":"teammembership_association"}]}
        GET RelationshipDefinitions?$select=SchemaName&$filter=SchemaName eq 'account_primary_contact'
        > 200 {"@odata.context":"~/$metadata#RelationshipDefinitions(SchemaName)","value":[{"@odata.type":"#Microsoft.Dynamics.CRM.OneToManyRelationshipMetadata","MetadataId":"a0ed6faa-b926-5f57-b30c-5d518cca72ae","SchemaName":"account_primary_contact"}]}
        GET RelationshipDefinitions(SchemaName='teammembership_association')?$select=SchemaName
        > 200 {"@odata.context":"~/$metadata#RelationshipDefinitions(SchemaName)/$entity","@odata.type":"#Microsoft.Dynamics.CRM.ManyToManyRelationshipMetadata","MetadataId":"f8b27ac4-b6dc-5413-8cfb-74627c603287","SchemaName":"teammembership_association"}
        GET RelationshipDefinitions(SchemaName='account_primary_contact')?$select=SchemaName,RelationshipType
        > 200 {"@odata.context":"~/$metadata#RelationshipDefinitions(SchemaName,RelationshipType)/$entity","@odata.type":"#Microsoft.Dynamics.CRM.OneToManyRelationshipMetadata","MetadataId":"a0ed6faa-b926-5f57-b30c-5d518cca72ae","RelationshipType":"OneToManyRelationship","SchemaName":"account_primary_contact"}
        GET RelationshipDefinitions(SchemaName='account_primary_contact')/Microsoft.Dynamics.CRM.OneToManyRelationshipMetadata?$select=SchemaName,ReferencingAttribute
        > 200 {"@odata.context":"~/$metadata#RelationshipDefinitions/Microsoft.Dynamics.CRM.OneToManyRelationshipMetadata(SchemaName,ReferencingAttribute)/$entity","MetadataId":"a0ed6faa-b926-5f57-b30c-5d518cca72ae","ReferencingAttribute":"primarycontactid","SchemaName":"account_primary_contact"}
        GET RelationshipDefinitions(SchemaName='teammembership_association')/Microsoft.Dynamics.CRM.ManyToManyRelationshipMetadata?$select=Entity1LogicalName,IntersectEntityName
        > 200 {"@odata.context":"~/$metadata#RelationshipDefinitions/Microsoft.Dynamics.CRM.ManyToManyRelationshipMetadata(Entity1LogicalName,IntersectEntityName)/$entity","Entity1LogicalName":"team","IntersectEntityName":"teammembership","MetadataId":"f8b27ac4-b6dc-5413-8cfb-74627c603287"}
        GET RelationshipDefinitions(SchemaName='teammembership_association')/Microsoft.Dynamics.CRM.OneToManyRelationshipMetadata
        > 404 0x80040217 The definition 'teammembership_association' does not exist.
        GET RelationshipDefinitions(SchemaName='account_primary_contact')/Microsoft.Dynamics.CRM.ManyToManyRelationshipMetadata
        > 404 0x80040217 The definition 'account_primary_contact' does not exist.
        GET RelationshipDefinitions(SchemaName='nothing')
        > 404 0x80040217 The definition 'nothing' does not exist.
        GET RelationshipDefinitions(LogicalName='account_primary_contact')
        > 404 0x80040217 The definition 'account_primary_contact' does not exist.
        GET RelationshipDefinitions(§a)
        > 404 0x80040217 The definition '§a' does not exist.
        GET RelationshipDefinitions/Microsoft.Dynamics.CRM.EntityMetadata
        > 400 0x80060888 The type cast to 'Microsoft.Dynamics.CRM.EntityMetadata' is not allowed here.
        GET RelationshipDefinitions/Nothing
        > 404 0x8006088a Resource not found for the segment 'Nothing'.
        GET RelationshipDefinitions(SchemaName='account_primary_contact')/SchemaName
        > 404 0x8006088a Resource not found for the segment 'SchemaName'.
        GET RelationshipDefinitions?$filter=ReferencingAttribute eq 'x'
        > 400 0x80060888 Could not find a property named 'ReferencingAttribute' on type 'Microsoft.Dynamics.CRM.RelationshipMetadataBase'.
        GET RelationshipDefinitions/Microsoft.Dynamics.CRM.OneToManyRelationshipMetadata?$select=SchemaName&$filter=ReferencingAttribute eq 'primarycontactid'
        > 200 {"@odata.context":"~/$metadata#RelationshipDefinitions/Microsoft.Dynamics.CRM.OneToManyRelationshipMetadata(SchemaName)","value":[{"MetadataId":"a0ed6faa-b926-5f57-b30c-5d518cca72ae","SchemaName":"account_primary_contact"},{"MetadataId":"28a177e2-5711-5238-b25b-595b47b2a41e","SchemaName":"contact_as_primary_contact"}]}
        GET RelationshipDefinitions/Microsoft.Dynamics.CRM.ManyToManyRelationshipMetadata?$select=SchemaName
        > 200 {"@odata.context":"~/$metadata#RelationshipDefinitions/Microsoft.Dynamics.CRM.ManyToManyRelationshipMetadata(SchemaName)","value":[{"MetadataId":"fb52a4d6-763a-5174-a8a6-7b9afe60d403","SchemaName":"new_project_systemuser"},{"MetadataId":"f8b27ac4-b6dc-5413-8cfb-74627c603287","SchemaName":"teammembership_association"}]}
    "##]]);
}

#[test]
fn tables_are_found_by_name_and_id() {
    check(expect![[r#"
        GET EntityDefinitions(LogicalName='account')?$select=LogicalName,SchemaName,ObjectTypeCode,PrimaryImageAttribute
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions(LogicalName,SchemaName,ObjectTypeCode,PrimaryImageAttribute)/$entity","LogicalName":"account","MetadataId":"1de2622b-a331-597f-a539-8c43359a0d12","ObjectTypeCode":1,"PrimaryImageAttribute":"entityimage","SchemaName":"Account"}
        GET EntityDefinitions(1de2622b-a331-597f-a539-8c43359a0d12)?$select=LogicalName
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions(LogicalName)/$entity","LogicalName":"account","MetadataId":"1de2622b-a331-597f-a539-8c43359a0d12"}
        GET EntityDefinitions(1DE2622B-A331-597F-A539-8C43359A0D12)?$select=LogicalName
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions(LogicalName)/$entity","LogicalName":"account","MetadataId":"1de2622b-a331-597f-a539-8c43359a0d12"}
        GET EntityDefinitions(MetadataId=1de2622b-a331-597f-a539-8c43359a0d12)?$select=LogicalName
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions(LogicalName)/$entity","LogicalName":"account","MetadataId":"1de2622b-a331-597f-a539-8c43359a0d12"}
        GET EntityDefinitions(SchemaName='Account')
        > 400 0x80060888 'SchemaName' is not a key of the type 'Microsoft.Dynamics.CRM.EntityMetadata'.
        GET EntityDefinitions(LogicalName='Account')
        > 404 0x80041102 The entity with a name = 'Account' was not found in the MetadataCache.
        GET EntityDefinitions(§a)
        > 404 0x80041102 The entity with a name = '§a' was not found in the MetadataCache.
        GET EntityDefinitions(LogicalName='account',MetadataId=§a)
        > 400 0x80060888 A definition is named by one key: (LogicalName='account') or (guid).
        GET EntityDefinitions(LogicalName=null)
        > 400 0x80060888 The value of a key is a text or a guid: (LogicalName='account').
        GET EntityDefinitions(LogicalName='account')(§a)
        > 400 0x80060888 The path has a key where none belongs.
        GET EntityDefinitions/Attributes
        > 404 0x8006088a Resource not found for the segment 'Attributes'.
        GET EntityDefinitions(LogicalName='account')/Nothing
        > 404 0x8006088a Resource not found for the segment 'Nothing'.
        GET EntityDefinitions(LogicalName='account')/EntitySetName
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions('account')/EntitySetName","value":"accounts"}
        GET EntityDefinitions(LogicalName='account')/DataProviderId
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions('account')/DataProviderId","value":null}
        GET EntityDefinitions(LogicalName='account')/EntitySetName/x
        > 404 0x8006088a Resource not found for the segment 'EntitySetName'.
        GET EntityDefinitions(LogicalName='account')/EntitySetName?$select=x
        > 400 0x80060888 Query options on a property are not supported.
        GET EntityDefinitions(LogicalName='account')/Keys?$select=SchemaName,KeyAttributes,EntityKeyIndexStatus
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions('account')/Keys(SchemaName,KeyAttributes,EntityKeyIndexStatus)","value":[{"EntityKeyIndexStatus":"Active","KeyAttributes":["accountnumber"],"MetadataId":"7011cd83-3e0f-5346-8bf9-b6ae2a6f8b36","SchemaName":"new_AccountNumberKey"}]}
        GET EntityDefinitions(LogicalName='account')/Keys(LogicalName='new_accountnumberkey')?$select=KeyAttributes
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions('account')/Keys(KeyAttributes)/$entity","KeyAttributes":["accountnumber"],"MetadataId":"7011cd83-3e0f-5346-8bf9-b6ae2a6f8b36"}
        GET EntityDefinitions(LogicalName='account')/Keys(SchemaName='new_AccountNumberKey')
        > 404 0x80040217 The definition 'new_AccountNumberKey' does not exist.
        GET EntityDefinitions(LogicalName='account')/Keys(LogicalName='nothing')
        > 404 0x80040217 The definition 'nothing' does not exist.
        GET EntityDefinitions(LogicalName='account')/Keys(LogicalName='new_accountnumberkey')/KeyAttributes
        > 404 0x8006088a Resource not found for the segment 'KeyAttributes'.
        GET EntityDefinitions(LogicalName='account')/Keys?$filter=LogicalName ne 'x'&$select=LogicalName
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions('account')/Keys(LogicalName)","value":[{"LogicalName":"new_accountnumberkey","MetadataId":"7011cd83-3e0f-5346-8bf9-b6ae2a6f8b36"}]}
        GET EntityDefinitions(LogicalName='team')/ManyToManyRelationships?$select=SchemaName
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions('team')/ManyToManyRelationships(SchemaName)","value":[{"MetadataId":"f8b27ac4-b6dc-5413-8cfb-74627c603287","SchemaName":"teammembership_association"}]}
        GET EntityDefinitions(LogicalName='team')/ManyToManyRelationships(SchemaName='teammembership_association')?$select=Entity1LogicalName,Entity2LogicalName
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions('team')/ManyToManyRelationships(Entity1LogicalName,Entity2LogicalName)/$entity","Entity1LogicalName":"team","Entity2LogicalName":"systemuser","MetadataId":"f8b27ac4-b6dc-5413-8cfb-74627c603287"}
        GET EntityDefinitions(LogicalName='team')/ManyToManyRelationships(LogicalName='teammembership_association')
        > 404 0x80040217 The definition 'teammembership_association' does not exist.
        GET EntityDefinitions(LogicalName='account')/OneToManyRelationships(SchemaName='contact_customer_accounts')?$select=ReferencingEntity,ReferencedEntity
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions('account')/OneToManyRelationships(ReferencingEntity,ReferencedEntity)/$entity","MetadataId":"85d31739-7e65-56a4-b547-023822b09327","ReferencedEntity":"account","ReferencingEntity":"contact"}
        GET EntityDefinitions(LogicalName='contact')/ManyToOneRelationships(SchemaName='contact_customer_accounts')?$select=ReferencingEntity,ReferencedEntity
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions('contact')/ManyToOneRelationships(ReferencingEntity,ReferencedEntity)/$entity","MetadataId":"85d31739-7e65-56a4-b547-023822b09327","ReferencedEntity":"account","ReferencingEntity":"contact"}
        GET EntityDefinitions(LogicalName='contact')/OneToManyRelationships(SchemaName='contact_customer_accounts')
        > 404 0x80040217 The definition 'contact_customer_accounts' does not exist.
    "#]]);
}

#[test]
fn columns_are_cast_to_their_classes() {
    check(expect![[r##"
        GET EntityDefinitions(LogicalName='account')/Attributes(LogicalName='name')?$select=LogicalName
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions('account')/Attributes(LogicalName)/$entity","@odata.type":"#Microsoft.Dynamics.CRM.StringAttributeMetadata","LogicalName":"name","MetadataId":"bde3ecde-93de-563c-af04-e10af4c4dc99"}
        GET EntityDefinitions(LogicalName='account')/Attributes(LogicalName='name')/Microsoft.Dynamics.CRM.StringAttributeMetadata?$select=LogicalName,MaxLength,FormatName
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions('account')/Attributes/Microsoft.Dynamics.CRM.StringAttributeMetadata(LogicalName,MaxLength,FormatName)/$entity","FormatName":{"Value":"Text"},"LogicalName":"name","MaxLength":160,"MetadataId":"bde3ecde-93de-563c-af04-e10af4c4dc99"}
        GET EntityDefinitions(LogicalName='account')/Attributes(LogicalName='name')/Microsoft.Dynamics.CRM.MemoAttributeMetadata
        > 404 0x80041103 'account' entity doesn't contain attribute with Name = 'name' and NameMapping = 'Logical'.
        GET EntityDefinitions(LogicalName='account')/Attributes(LogicalName='name')?$select=MaxLength
        > 400 0x80060888 Could not find a property named 'MaxLength' on type 'Microsoft.Dynamics.CRM.AttributeMetadata'.
        GET EntityDefinitions(LogicalName='account')/Attributes(LogicalName='name')/Microsoft.Dynamics.CRM.EnumAttributeMetadata
        > 400 0x80060888 The type cast to 'Microsoft.Dynamics.CRM.EnumAttributeMetadata' is not allowed here.
        GET EntityDefinitions(LogicalName='account')/Attributes(LogicalName='name')/MaxLength
        > 404 0x8006088a Resource not found for the segment 'MaxLength'.
        GET EntityDefinitions(LogicalName='account')/Attributes(LogicalName='name')/Microsoft.Dynamics.CRM.StringAttributeMetadata/MaxLength
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions('account')/Attributes/Microsoft.Dynamics.CRM.StringAttributeMetadata","value":160}
        GET EntityDefinitions(LogicalName='account')/Attributes(LogicalName='name')/SchemaName
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions('account')/Attributes","value":"Name"}
        GET EntityDefinitions(LogicalName='account')/Attributes(SchemaName='Name')
        > 404 0x80041103 'account' entity doesn't contain attribute with Name = 'Name' and NameMapping = 'Logical'.
        GET EntityDefinitions(LogicalName='account')/Attributes(LogicalName='nothing')
        > 404 0x80041103 'account' entity doesn't contain attribute with Name = 'nothing' and NameMapping = 'Logical'.
        GET EntityDefinitions(LogicalName='account')/Attributes/x
        > 404 0x8006088a Resource not found for the segment 'x'.
        GET EntityDefinitions(LogicalName='new_project')/Attributes/Microsoft.Dynamics.CRM.DecimalAttributeMetadata?$select=LogicalName,Precision,MinValue,MaxValue
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions('new_project')/Attributes/Microsoft.Dynamics.CRM.DecimalAttributeMetadata(LogicalName,Precision,MinValue,MaxValue)","value":[{"LogicalName":"exchangerate","MaxValue":100000000000.0,"MetadataId":"c025a945-644c-5f9d-91e7-b1fceed31379","MinValue":1e-12,"Precision":12},{"LogicalName":"new_completion","MaxValue":100.0,"MetadataId":"fa144d05-7eaa-59e8-9d7e-cf5898ef35ff","MinValue":0.0,"Precision":2}]}
        GET EntityDefinitions(LogicalName='new_project')/Attributes/Microsoft.Dynamics.CRM.DoubleAttributeMetadata?$select=LogicalName,Precision
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions('new_project')/Attributes/Microsoft.Dynamics.CRM.DoubleAttributeMetadata(LogicalName,Precision)","value":[{"LogicalName":"new_latitude","MetadataId":"2e1e69c3-6adc-52c9-be45-940a7dc6d724","Precision":5}]}
        GET EntityDefinitions(LogicalName='new_project')/Attributes/Microsoft.Dynamics.CRM.BigIntAttributeMetadata?$select=LogicalName
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions('new_project')/Attributes/Microsoft.Dynamics.CRM.BigIntAttributeMetadata(LogicalName)","value":[{"LogicalName":"entityimage_timestamp","MetadataId":"f9a1b0e2-034e-5ed3-820d-c41ca9791fa9"},{"LogicalName":"new_externalnumber","MetadataId":"fe4c33b7-1b3c-50f4-b206-15d477c8f0c5"},{"LogicalName":"versionnumber","MetadataId":"f0168537-d4cb-56e0-8f9f-eb3cc97816f3"}]}
        GET EntityDefinitions(LogicalName='new_project')/Attributes/Microsoft.Dynamics.CRM.FileAttributeMetadata?$select=LogicalName,MaxSizeInKB
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions('new_project')/Attributes/Microsoft.Dynamics.CRM.FileAttributeMetadata(LogicalName,MaxSizeInKB)","value":[{"LogicalName":"new_contract","MaxSizeInKB":32768,"MetadataId":"5da9e8bc-eb04-5876-813e-2dc9df24bcc1"}]}
        GET EntityDefinitions(LogicalName='new_project')/Attributes/Microsoft.Dynamics.CRM.ImageAttributeMetadata?$select=LogicalName,MaxSizeInKB,IsPrimaryImage
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions('new_project')/Attributes/Microsoft.Dynamics.CRM.ImageAttributeMetadata(LogicalName,MaxSizeInKB,IsPrimaryImage)","value":[{"IsPrimaryImage":true,"LogicalName":"entityimage","MaxSizeInKB":10240,"MetadataId":"dae0d6da-1875-5517-81aa-fb3086ee6c03"}]}
        GET EntityDefinitions(LogicalName='new_project')/Attributes/Microsoft.Dynamics.CRM.MultiSelectPicklistAttributeMetadata?$select=LogicalName
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions('new_project')/Attributes/Microsoft.Dynamics.CRM.MultiSelectPicklistAttributeMetadata(LogicalName)","value":[{"LogicalName":"new_regions","MetadataId":"2eefaaf5-6a9c-530d-9cdc-2212dc6d1457"}]}
        GET EntityDefinitions(LogicalName='new_project')/Attributes/Microsoft.Dynamics.CRM.StatusAttributeMetadata?$select=LogicalName
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions('new_project')/Attributes/Microsoft.Dynamics.CRM.StatusAttributeMetadata(LogicalName)","value":[{"LogicalName":"statuscode","MetadataId":"67b21ddf-79d8-5097-9b15-d5f2bd3d9221"}]}
        GET EntityDefinitions(LogicalName='new_project')/Attributes/Microsoft.Dynamics.CRM.LookupAttributeMetadata?$select=LogicalName,Targets&$filter=IsCustomAttribute eq true
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions('new_project')/Attributes/Microsoft.Dynamics.CRM.LookupAttributeMetadata(LogicalName,Targets)","value":[{"LogicalName":"createdby","MetadataId":"22699868-8368-5593-ab85-c99d57021ca9","Targets":["systemuser"]},{"LogicalName":"createdonbehalfby","MetadataId":"9e567579-6c36-565f-ac45-a77815793dc2","Targets":["systemuser"]},{"LogicalName":"modifiedby","MetadataId":"5cb47c5a-6121-5be3-954d-449602827d56","Targets":["systemuser"]},{"LogicalName":"new_account","MetadataId":"2f7c249b-34e7-54ea-b8c7-b5679dfa472e","Targets":["account"]},{"LogicalName":"new_manager","MetadataId":"7409a135-e272-5f88-967b-6eedef8d9394","Targets":["systemuser"]},{"LogicalName":"new_parentproject","MetadataId":"78787304-7bd8-5963-a033-871d50f58026","Targets":["new_project"]},{"LogicalName":"new_sponsor","MetadataId":"5f807306-7756-52a1-a751-0476179ccc7e","Targets":["account","contact","systemuser"]},{"LogicalName":"ownerid","MetadataId":"a3170f29-7bcb-5482-bdc7-e23137b9dafa","Targets":["systemuser","team"]},{"LogicalName":"owningbusinessunit","MetadataId":"b17b9a4c-9ea6-59ac-95ab-93b2434d127b","Targets":["businessunit"]},{"LogicalName":"owningteam","MetadataId":"f6f5c3d1-cc51-5bc4-93df-02b2f66a12a4","Targets":["team"]},{"LogicalName":"owninguser","MetadataId":"81d76a4c-7262-5c2d-8799-f5c3f8570ce6","Targets":["systemuser"]},{"LogicalName":"transactioncurrencyid","MetadataId":"8aab8dde-166d-57a8-a65f-4288a6479807","Targets":["transactioncurrency"]}]}
        GET EntityDefinitions(LogicalName='new_project')/Attributes/Microsoft.Dynamics.CRM.DateTimeAttributeMetadata?$select=LogicalName,DateTimeBehavior,Format&$filter=LogicalName eq 'new_duedate' or LogicalName eq 'new_kickoff'
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions('new_project')/Attributes/Microsoft.Dynamics.CRM.DateTimeAttributeMetadata(LogicalName,DateTimeBehavior,Format)","value":[{"DateTimeBehavior":{"Value":"DateOnly"},"Format":"DateOnly","LogicalName":"new_duedate","MetadataId":"25375f5d-11b3-504b-ad2f-9d1416de78e8"},{"DateTimeBehavior":{"Value":"UserLocal"},"Format":"DateAndTime","LogicalName":"new_kickoff","MetadataId":"d303960c-c205-58bf-aae4-984c02ec8b5a"}]}
        GET EntityDefinitions(LogicalName='new_project')/Attributes/Microsoft.Dynamics.CRM.BooleanAttributeMetadata?$select=LogicalName&$expand=OptionSet($select=Name),GlobalOptionSet($select=Name)
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions('new_project')/Attributes/Microsoft.Dynamics.CRM.BooleanAttributeMetadata(LogicalName,OptionSet(Name),GlobalOptionSet(Name))","value":[{"GlobalOptionSet":{"@odata.type":"#Microsoft.Dynamics.CRM.BooleanOptionSetMetadata","Name":"new_yesno"},"LogicalName":"new_approved","MetadataId":"50f77e5d-584c-57ba-bdd7-db66211f6d68","OptionSet":{"@odata.type":"#Microsoft.Dynamics.CRM.BooleanOptionSetMetadata","Name":"new_yesno"}},{"GlobalOptionSet":null,"LogicalName":"new_isclosed","MetadataId":"ce46aee3-e7f5-5cc5-8d61-0c23af688273","OptionSet":{"@odata.type":"#Microsoft.Dynamics.CRM.BooleanOptionSetMetadata","Name":"new_project_new_isclosed"}}]}
        GET EntityDefinitions(LogicalName='new_project')/Attributes(LogicalName='new_approved')/Microsoft.Dynamics.CRM.BooleanAttributeMetadata/OptionSet?$select=Name,IsGlobal
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions('new_project')/Attributes/Microsoft.Dynamics.CRM.BooleanAttributeMetadata/OptionSet(Name,IsGlobal)/$entity","@odata.type":"#Microsoft.Dynamics.CRM.BooleanOptionSetMetadata","IsGlobal":true,"MetadataId":"55c1f1a8-5fe1-5789-a9e8-2c8ac2b239bc","Name":"new_yesno"}
        GET EntityDefinitions(LogicalName='new_project')/Attributes(LogicalName='new_approved')/Microsoft.Dynamics.CRM.BooleanAttributeMetadata/GlobalOptionSet?$select=Name
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions('new_project')/Attributes/Microsoft.Dynamics.CRM.BooleanAttributeMetadata/GlobalOptionSet(Name)/$entity","@odata.type":"#Microsoft.Dynamics.CRM.BooleanOptionSetMetadata","MetadataId":"55c1f1a8-5fe1-5789-a9e8-2c8ac2b239bc","Name":"new_yesno"}
        GET EntityDefinitions(LogicalName='new_project')/Attributes(LogicalName='new_isclosed')/Microsoft.Dynamics.CRM.BooleanAttributeMetadata/GlobalOptionSet?$select=Name
        > 204
        GET EntityDefinitions(LogicalName='new_project')/Attributes(LogicalName='new_approved')/OptionSet
        > 404 0x8006088a Resource not found for the segment 'OptionSet'.
        GET EntityDefinitions(LogicalName='new_project')/Attributes/Microsoft.Dynamics.CRM.BooleanAttributeMetadata?$select=LogicalName&$expand=Nothing
        > 400 0x80060888 Could not find a property named 'Nothing' on type 'Microsoft.Dynamics.CRM.BooleanAttributeMetadata'.
        GET EntityDefinitions(LogicalName='new_project')/Attributes/Microsoft.Dynamics.CRM.BooleanAttributeMetadata?$expand=OptionSet($filter=Name eq 'x')
        > 400 0x80060888 The query parameter $filter is not supported
    "##]]);
}

#[test]
fn global_choices_are_of_two_classes() {
    check(expect![[r##"
        GET GlobalOptionSetDefinitions/Microsoft.Dynamics.CRM.OptionSetMetadata?$select=Name
        > 200 {"@odata.context":"~/$metadata#GlobalOptionSetDefinitions/Microsoft.Dynamics.CRM.OptionSetMetadata(Name)","value":[{"MetadataId":"5eb51859-29b7-546e-aafc-f0816390afc5","Name":"activitypointer_activitytypecode"},{"MetadataId":"cceb2124-2a73-5f21-a61b-5e2e4bf69215","Name":"cr1f2_async_mode"},{"MetadataId":"13100f37-471b-551f-a737-131a51294235","Name":"cr1f2_asyncmode"},{"MetadataId":"39fbd949-915f-5bfc-8868-7550a151138b","Name":"new_projecttype"},{"MetadataId":"38234bcc-02a9-5398-b30a-bee660c43d70","Name":"new_region"}]}
        GET GlobalOptionSetDefinitions/Microsoft.Dynamics.CRM.BooleanOptionSetMetadata?$select=Name
        > 200 {"@odata.context":"~/$metadata#GlobalOptionSetDefinitions/Microsoft.Dynamics.CRM.BooleanOptionSetMetadata(Name)","value":[{"MetadataId":"55c1f1a8-5fe1-5789-a9e8-2c8ac2b239bc","Name":"new_yesno"}]}
        GET GlobalOptionSetDefinitions?$select=Name,OptionSetType
        > 200 {"@odata.context":"~/$metadata#GlobalOptionSetDefinitions(Name,OptionSetType)","value":[{"@odata.type":"#Microsoft.Dynamics.CRM.OptionSetMetadata","MetadataId":"5eb51859-29b7-546e-aafc-f0816390afc5","Name":"activitypointer_activitytypecode","OptionSetType":"Picklist"},{"@odata.type":"#Microsoft.Dynamics.CRM.OptionSetMetadata","MetadataId":"cceb2124-2a73-5f21-a61b-5e2e4bf69215","Name":"cr1f2_async_mode","OptionSetType":"Picklist"},{"@odata.type":"#Microsoft.Dynamics.CRM.OptionSetMetadata","MetadataId":"13100f37-471b-551f-a737-131a51294235","Name":"cr1f2_asyncmode","OptionSetType":"Picklist"},{"@odata.type":"#Microsoft.Dynamics.CRM.OptionSetMetadata","MetadataId":"39fbd949-915f-5bfc-8868-7550a151138b","Name":"new_projecttype","OptionSetType":"Picklist"},{"@odata.type":"#Microsoft.Dynamics.CRM.OptionSetMetadata","MetadataId":"38234bcc-02a9-5398-b30a-bee660c43d70","Name":"new_region","OptionSetType":"Picklist"},{"@odata.type":"#Microsoft.Dynamics.CRM.BooleanOptionSetMetadata","MetadataId":"55c1f1a8-5fe1-5789-a9e8-2c8ac2b239bc","Name":"new_yesno","OptionSetType":"Boolean"}]}
        GET GlobalOptionSetDefinitions(Name='new_yesno')?$select=Name
        > 200 {"@odata.context":"~/$metadata#GlobalOptionSetDefinitions(Name)/$entity","@odata.type":"#Microsoft.Dynamics.CRM.BooleanOptionSetMetadata","MetadataId":"55c1f1a8-5fe1-5789-a9e8-2c8ac2b239bc","Name":"new_yesno"}
        GET GlobalOptionSetDefinitions(Name='new_yesno')/Microsoft.Dynamics.CRM.BooleanOptionSetMetadata?$select=Name,TrueOption
        > 200 {"@odata.context":"~/$metadata#GlobalOptionSetDefinitions/Microsoft.Dynamics.CRM.BooleanOptionSetMetadata(Name,TrueOption)/$entity","MetadataId":"55c1f1a8-5fe1-5789-a9e8-2c8ac2b239bc","Name":"new_yesno","TrueOption":{"Description":{"LocalizedLabels":[],"UserLocalizedLabel":null},"Label":{"LocalizedLabels":[{"Label":"Genehmigt","LanguageCode":1031},{"Label":"Approved","LanguageCode":1033},{"Label":"Approuvé","LanguageCode":1036}],"UserLocalizedLabel":{"Label":"Approved","LanguageCode":1033}},"Value":1}}
        GET GlobalOptionSetDefinitions(Name='new_yesno')/Microsoft.Dynamics.CRM.OptionSetMetadata?$select=Name
        > 404 0x80040217 The definition 'new_yesno' does not exist.
        GET GlobalOptionSetDefinitions(Name='new_region')/Microsoft.Dynamics.CRM.OptionSetMetadata?$select=Options
        > 200 {"@odata.context":"~/$metadata#GlobalOptionSetDefinitions/Microsoft.Dynamics.CRM.OptionSetMetadata(Options)/$entity","MetadataId":"38234bcc-02a9-5398-b30a-bee660c43d70","Options":[{"Description":{"LocalizedLabels":[],"UserLocalizedLabel":null},"Label":{"LocalizedLabels":[{"Label":"Nord","LanguageCode":1031},{"Label":"North","LanguageCode":1033},{"Label":"Nord","LanguageCode":1036}],"UserLocalizedLabel":{"Label":"North","LanguageCode":1033}},"Value":1},{"Description":{"LocalizedLabels":[],"UserLocalizedLabel":null},"Label":{"LocalizedLabels":[{"Label":"Süd","LanguageCode":1031},{"Label":"South","LanguageCode":1033},{"Label":"Sud","LanguageCode":1036}],"UserLocalizedLabel":{"Label":"South","LanguageCode":1033}},"Value":2},{"Description":{"LocalizedLabels":[],"UserLocalizedLabel":null},"Label":{"LocalizedLabels":[{"Label":"Ost","LanguageCode":1031},{"Label":"East","LanguageCode":1033},{"Label":"Est","LanguageCode":1036}],"UserLocalizedLabel":{"Label":"East","LanguageCode":1033}},"Value":3},{"Description":{"LocalizedLabels":[],"UserLocalizedLabel":null},"Label":{"LocalizedLabels":[{"Label":"West","LanguageCode":1031},{"Label":"West","LanguageCode":1033},{"Label":"Ouest","LanguageCode":1036}],"UserLocalizedLabel":{"Label":"West","LanguageCode":1033}},"Value":4},{"Description":{"LocalizedLabels":[],"UserLocalizedLabel":null},"Label":{"LocalizedLabels":[{"Label":"Übersee","LanguageCode":1031},{"Label":"Overseas","LanguageCode":1033},{"Label":"Outre-mer","LanguageCode":1036}],"UserLocalizedLabel":{"Label":"Overseas","LanguageCode":1033}},"Value":9}]}
        GET GlobalOptionSetDefinitions(Name='nothing')
        > 404 0x80040217 The definition 'nothing' does not exist.
        GET GlobalOptionSetDefinitions(LogicalName='new_yesno')
        > 404 0x80040217 The definition 'new_yesno' does not exist.
        GET GlobalOptionSetDefinitions(§a)
        > 404 0x80040217 The definition '§a' does not exist.
        GET GlobalOptionSetDefinitions/Microsoft.Dynamics.CRM.StringAttributeMetadata
        > 400 0x80060888 The type cast to 'Microsoft.Dynamics.CRM.StringAttributeMetadata' is not allowed here.
        GET GlobalOptionSetDefinitions(Name='new_yesno')/Options
        > 404 0x8006088a Resource not found for the segment 'Options'.
        GET GlobalOptionSetDefinitions?$filter=Name eq 'x'
        > 400 0x80060888 The query parameter $filter is not supported
        GET GlobalOptionSetDefinitions?$top=1
        > 400 0x80060888 The query parameter $top is not supported
    "##]]);
}

#[test]
fn expansions_contain_the_collections_of_a_table() {
    check(expect![[r##"
        GET EntityDefinitions?$select=LogicalName&$expand=Keys($select=LogicalName)&$filter=LogicalName eq 'account' or LogicalName eq 'contact'
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions(LogicalName,Keys(LogicalName))","value":[{"Keys":[{"LogicalName":"new_accountnumberkey","MetadataId":"7011cd83-3e0f-5346-8bf9-b6ae2a6f8b36"}],"LogicalName":"account","MetadataId":"1de2622b-a331-597f-a539-8c43359a0d12"},{"Keys":[],"LogicalName":"contact","MetadataId":"3af7190b-67b7-5a49-9ba5-f296c8a16ab9"}]}
        GET EntityDefinitions(LogicalName='team')?$select=LogicalName&$expand=ManyToManyRelationships($select=SchemaName),Keys
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions(LogicalName,ManyToManyRelationships(SchemaName),Keys())/$entity","Keys":[],"LogicalName":"team","ManyToManyRelationships":[{"MetadataId":"f8b27ac4-b6dc-5413-8cfb-74627c603287","SchemaName":"teammembership_association"}],"MetadataId":"21004cf9-3f85-5476-b4fb-bd07964f8313"}
        GET EntityDefinitions(LogicalName='new_externalorder')?$select=LogicalName&$expand=ManyToOneRelationships($select=SchemaName),OneToManyRelationships($select=SchemaName)
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions(LogicalName,ManyToOneRelationships(SchemaName),OneToManyRelationships(SchemaName))/$entity","LogicalName":"new_externalorder","ManyToOneRelationships":[{"MetadataId":"4fb8bacc-064c-511d-83a5-6fe6144dc014","SchemaName":"new_account_new_externalorder"}],"MetadataId":"0b33f073-5902-5a10-b692-6e066de36a53","OneToManyRelationships":[]}
        GET EntityDefinitions(LogicalName='new_externalorder')?$select=LogicalName&$expand=Attributes($select=LogicalName;$filter=AttributeType eq Microsoft.Dynamics.CRM.AttributeTypeCode'Lookup')
        > 200 {"@odata.context":"~/$metadata#EntityDefinitions(LogicalName,Attributes(LogicalName))/$entity","Attributes":[{"@odata.type":"#Microsoft.Dynamics.CRM.LookupAttributeMetadata","LogicalName":"new_account","MetadataId":"0e938178-0f43-546c-8d6b-489b1c4c69f0"}],"LogicalName":"new_externalorder","MetadataId":"0b33f073-5902-5a10-b692-6e066de36a53"}
        GET EntityDefinitions(LogicalName='account')?$expand=Nothing
        > 400 0x80060888 Could not find a property named 'Nothing' on type 'Microsoft.Dynamics.CRM.EntityMetadata'.
        GET EntityDefinitions(LogicalName='account')?$expand=Attributes($top=1)
        > 400 0x80060888 The query parameter $top is not supported
        GET EntityDefinitions(LogicalName='account')?$expand=Attributes/x
        > 400 0x80060888 The $expand item 'Attributes/x' isn't supported for Metadata Entities.
        GET EntityDefinitions(LogicalName='account')?$select=Attributes/x
        > 400 0x80060888 The $select item 'Attributes/x' isn't supported for Metadata Entities.
        GET EntityDefinitions(LogicalName='account')?$select=*
        > 400 0x80060888 The $select item '*' isn't supported for Metadata Entities.
        GET EntityDefinitions(LogicalName='account')?$filter=LogicalName eq 'x'
        > 400 0x80060888 The query parameter $filter is not supported
        GET EntityDefinitions(LogicalName='account')?$count=true
        > 400 0x80060888 The query parameter $count is not supported
        GET EntityDefinitions(LogicalName='account')?$format=json
        > 400 0x80060888 The query parameter $format is not supported
    "##]]);
}

#[test]
fn changes_are_asked_for_with_parameters_that_exist() {
    check(expect![[r##"
        GET RetrieveMetadataChanges()/x
        > 400 0x80060888 Nothing can follow the function 'RetrieveMetadataChanges'.
        GET RetrieveMetadataChanges()?$top=1
        > 400 0x80060888 The query parameter $top is not supported
        GET RetrieveMetadataChanges(1)
        > 400 0x80060888 The parameters of RetrieveMetadataChanges are given by name.
        GET RetrieveMetadataChanges(Nope=1)
        > 400 0x80060888 The function 'RetrieveMetadataChanges' has no parameter 'Nope'.
        GET RetrieveMetadataChanges(Query=1)
        > 400 0x80060888 An error occurred while validating input parameters: the Query is not an EntityQueryExpression: invalid type: integer `1`, expected struct Query at line 1 column 1
        GET RetrieveMetadataChanges(Query=@q)?@q={"Nope":1}
        > 400 0x80060888 An error occurred while validating input parameters: the Query is not an EntityQueryExpression: unknown field `Nope`, expected one of `Properties`, `Criteria`, `AttributeQuery`, `RelationshipQuery`, `KeyQuery`, `LabelQuery` at line 1 column 7
        GET RetrieveMetadataChanges(Query=@q)?@q={"Criteria":{"Conditions":[{"ConditionOperator":"Near","PropertyName":"LogicalName"}]}}
        > 400 0x80060888 An error occurred while validating input parameters: the Query is not an EntityQueryExpression: unknown variant `Near`, expected one of `Equals`, `NotEquals`, `In`, `NotIn`, `GreaterThan`, `LessThan` at line 1 column 54
        GET RetrieveMetadataChanges(Query=@q)?@q={"Criteria":{"Conditions":[{"ConditionOperator":"Equals","PropertyName":"Nope"}]}}
        > 400 0x80060888 The property 'Nope' of the criteria is not a property of 'EntityMetadata'.
        GET RetrieveMetadataChanges(Query=@q)?@q={"Criteria":{"Conditions":[{"ConditionOperator":"Equals","PropertyName":"DisplayName"}]}}
        > 400 0x80060888 The criteria cannot ask for the property 'DisplayName'.
        GET RetrieveMetadataChanges(Query=@q)?@q={"Criteria":{"Filters":[{"Conditions":[{"ConditionOperator":"Equals","PropertyName":"Nope"}]}]}}
        > 400 0x80060888 The property 'Nope' of the criteria is not a property of 'EntityMetadata'.
        GET RetrieveMetadataChanges(Query=@q)?@q={"AttributeQuery":{"Criteria":{"Conditions":[{"ConditionOperator":"Equals","PropertyName":"Nope"}]}}}
        > 400 0x80060888 The property 'Nope' of the criteria is not a property of 'AttributeMetadata'.
        GET RetrieveMetadataChanges(Query=@q)?@q={"RelationshipQuery":{"Criteria":{"Conditions":[{"ConditionOperator":"Equals","PropertyName":"MaxLength"}]}}}
        > 400 0x80060888 The property 'MaxLength' of the criteria is not a property of 'OneToManyRelationshipMetadata'.
        GET RetrieveMetadataChanges(Query=@q)?@q={"KeyQuery":{"Criteria":{"Conditions":[{"ConditionOperator":"Equals","PropertyName":"MaxLength"}]}}}
        > 400 0x80060888 The property 'MaxLength' of the criteria is not a property of 'EntityKeyMetadata'.
        GET RetrieveMetadataChanges(Query=@q)?@q={"Criteria":{"Conditions":[{"ConditionOperator":"In","PropertyName":"LogicalName","Value":{"Type":"System.String","Value":"a"}}]}}
        > 400 0x80060888 The value of type 'System.String' in the criteria: In and NotIn take an array (System.String[]), the other operators a single value.
        GET RetrieveMetadataChanges(Query=@q)?@q={"Criteria":{"Conditions":[{"ConditionOperator":"Equals","PropertyName":"LogicalName","Value":{"Type":"System.String[]","Value":"['a']"}}]}}
        > 400 0x80060888 The value of type 'System.String[]' in the criteria: In and NotIn take an array (System.String[]), the other operators a single value.
        GET RetrieveMetadataChanges(Query=@q)?@q={"Criteria":{"Conditions":[{"ConditionOperator":"In","PropertyName":"LogicalName","Value":{"Type":"System.String[]","Value":"a"}}]}}
        > 400 0x80060888 The value of type 'System.String[]' in the criteria: an array is written as ['a','b'].
        GET RetrieveMetadataChanges(Query=@q)?@q={"Criteria":{"Conditions":[{"ConditionOperator":"In","PropertyName":"LogicalName","Value":{"Type":"System.String[]","Value":"['a,b']"}}]}}
        > 400 0x80060888 The value of type 'System.String[]' in the criteria: an array is written as ['a','b'].
        GET RetrieveMetadataChanges(Query=@q)?@q={"Criteria":{"Conditions":[{"ConditionOperator":"Equals","PropertyName":"IsPrivate","Value":{"Type":"System.Boolean","Value":"yes"}}]}}
        > 400 0x80060888 The value of type 'System.Boolean' in the criteria: a boolean is the text True or False.
        GET RetrieveMetadataChanges(Query=@q)?@q={"Criteria":{"Conditions":[{"ConditionOperator":"Equals","PropertyName":"ObjectTypeCode","Value":{"Type":"System.Int32","Value":"one"}}]}}
        > 400 0x80060888 The value of type 'System.Int32' in the criteria: not a whole number.
        GET RetrieveMetadataChanges(ClientVersionStamp='old')
        > 400 0x80044352 Version stamp associated with the client has expired. Please perform a full sync.
        GET RetrieveMetadataChanges(ClientVersionStamp=1)
        > 400 0x80044352 Version stamp associated with the client has expired. Please perform a full sync.
        GET RetrieveMetadataChanges(DeletedMetadataFilters=1)
        > 400 0x80060888 The parameter 'DeletedMetadataFilters' is Microsoft.Dynamics.CRM.DeletedMetadataFilters'…' of Default, Attribute, Relationship, Label, OptionSet, All.
        GET RetrieveMetadataChanges(DeletedMetadataFilters='Default')
        > 400 0x80060888 The parameter 'DeletedMetadataFilters' is Microsoft.Dynamics.CRM.DeletedMetadataFilters'…' of Default, Attribute, Relationship, Label, OptionSet, All.
        GET RetrieveMetadataChanges(DeletedMetadataFilters=Microsoft.Dynamics.CRM.DeletedMetadataFilters'Nope')
        > 400 0x80060888 The parameter 'DeletedMetadataFilters' is Microsoft.Dynamics.CRM.DeletedMetadataFilters'…' of Default, Attribute, Relationship, Label, OptionSet, All.
    "##]]);
}
