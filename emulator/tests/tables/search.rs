//! Searches: their parameters, and what they refuse.

use expect_test::expect;

use super::check;

#[test]
fn a_search_is_posted_with_parameters_that_exist() {
    check(expect![[r#"
        GET /api/search/v2.0/query
        > 405 0x80060888 The requested resource does not support http method 'GET'.
        POST /api/search/v2.0/status | {}
        > 501 DVKIT_NOT_EMULATED The emulator does not support this: search status.
        POST /api/search/v3.0/query | {}
        > 404 0x8006088a Resource not found for the segment '/api/search/v3.0/query'.
        POST /api/search/v2.0 | {}
        > 501 DVKIT_NOT_EMULATED The emulator does not support this: writing to /api/search/v2.0.
        GET searchquery
        > 405 0x80060888 The requested resource does not support http method 'GET'.
        POST searchquery | =[]
        > 400 0x80060888 The body is not a JSON object: invalid type: sequence, expected a map at line 1 column 0
        POST searchquery | {}
        > 400 0x80040203 The parameter 'search' has between 1 and 100 characters.
        POST searchquery | {"search": ""}
        > 400 0x80040203 The parameter 'search' has between 1 and 100 characters.
        POST searchquery | {"search": "+"}
        > 400 0x80040203 The parameter 'search' has no word to search for.
        POST searchquery | {"search": "(a)"}
        > 501 DVKIT_NOT_EMULATED The emulator does not support this: brackets in a searched text.
        POST searchquery | {"search": "a", "nothing": 1}
        > 400 0x80040203 The parameter 'nothing' is not a parameter of a search.
        POST searchquery | {"search": "a", "top": "x"}
        > 400 0x80040203 The parameter 'top' is not a number.
        POST searchquery | {"search": "a", "skip": -1}
        > 400 0x80040203 The parameter 'skip' is not a number.
        POST searchquery | {"search": "a", "skip": 10000}
        > 200 {"response":"{\"Count\":-1,\"Error\":null,\"Facets\":{},\"QueryContext\":null,\"Value\":[]}"}
        POST searchquery | {"search": "a", "skip": 10001}
        > 400 0x80040203 The parameter 'skip' is greater than 10000.
        POST searchquery | {"search": "a", "facets": "[\"x\"]"}
        > 501 DVKIT_NOT_EMULATED The emulator does not support this: facets of a search.
        POST searchquery | {"search": "a", "facets": "[]"}
        > 200 {"response":"{\"Count\":-1,\"Error\":null,\"Facets\":{},\"QueryContext\":null,\"Value\":[]}"}
        POST searchquery | {"search": "a", "facets": ""}
        > 200 {"response":"{\"Count\":-1,\"Error\":null,\"Facets\":{},\"QueryContext\":null,\"Value\":[]}"}
        POST searchquery | {"search": "a", "usefuzzy": true}
        > 501 DVKIT_NOT_EMULATED The emulator does not support this: a fuzzy search.
        POST searchquery | {"search": "a", "fuzzy": true}
        > 501 DVKIT_NOT_EMULATED The emulator does not support this: a fuzzy search.
        POST searchquery | {"search": "a", "fuzzy": false}
        > 200 {"response":"{\"Count\":-1,\"Error\":null,\"Facets\":{},\"QueryContext\":null,\"Value\":[]}"}
        POST searchquery | {"search": "a", "entities": "[{"}
        > 400 0x80040203 The parameter 'entities' is not valid JSON: EOF while parsing an object at line 1 column 2
        POST searchquery | {"search": "a", "entities": {}}
        > 400 0x80040203 The parameter 'entities' is not valid.
        POST searchquery | {"search": "a", "entities": "[{\"name\": \"nothing\"}]"}
        > 400 0x80040203 The table 'nothing' is not searched.
        POST searchquery | {"search": "a", "entities": "[{\"name\": \"account\", \"selectColumns\": [\"nothing\"]}]"}
        > 400 0x80040203 The table 'account' has no column 'nothing'.
        POST searchquery | {"search": "a", "entities": "[{\"name\": \"account\", \"searchColumns\": [\"nothing\"]}]"}
        > 400 0x80040203 The table 'account' has no column 'nothing'.
        POST searchquery | {"search": "a", "entities": "[{\"name\": \"account\", \"filter\": \"nothing eq 1\"}]"}
        > 400 0x80060888 Could not find a property named 'nothing' on type 'Microsoft.Dynamics.CRM.account'. [DV0203]
        POST searchquery | {"search": "a", "filter": 5}
        > 400 0x80040203 The parameter 'filter' is not a text.
        POST searchquery | {"search": "a", "entities": "[{\"name\": \"account\"}]", "filter": "nothing eq 1"}
        > 400 0x80060888 Could not find a property named 'nothing' on type 'Microsoft.Dynamics.CRM.account'. [DV0203]
        POST searchquery | {"search": "a", "orderby": 5}
        > 400 0x80040203 The parameter 'orderby' is not valid.
        POST searchquery | {"search": "a", "orderby": "name up"}
        > 400 0x80040203 The clause 'name up' of the parameter 'orderby' is not valid.
        POST searchquery | {"search": "a", "orderby": "name desc now"}
        > 400 0x80040203 The clause 'name desc now' of the parameter 'orderby' is not valid.
        POST searchquery | {"search": "a", "options": 5}
        > 400 0x80040203 The parameter 'options' is not valid.
        POST searchquery | {"search": "a", "options": "[5]"}
        > 400 0x80040203 The parameter 'options' is not valid.
        POST searchquery | {"search": "a", "options": "{\"querytype\": \"lucene\"}"}
        > 501 DVKIT_NOT_EMULATED The emulator does not support this: the option querytype of a search with "lucene".
        POST searchquery | {"search": "a", "options": "{\"searchmode\": \"some\"}"}
        > 501 DVKIT_NOT_EMULATED The emulator does not support this: the option searchmode of a search with "some".
        POST searchquery | {"search": "a", "options": "{\"bestEffortSearchEnabled\": true}"}
        > 501 DVKIT_NOT_EMULATED The emulator does not support this: the option besteffortsearchenabled of a search with true.
        POST searchquery | {"search": "a", "options": "{\"bestEffortSearchEnabled\": false, \"groupRankingEnabled\": true, \"querytype\": \"simple\", \"searchmode\": \"any\"}"}
        > 200 {"response":"{\"Count\":-1,\"Error\":null,\"Facets\":{},\"QueryContext\":null,\"Value\":[]}"}
        POST searchsuggest | {"search": "ab"}
        > 400 0x80040203 The parameter 'search' has between 3 and 100 characters.
        POST searchsuggest | {"search": "abc"}
        > 200 {"response":"{\"Error\":null,\"QueryContext\":null,\"Value\":[]}"}
        POST searchautocomplete | {"search": "a"}
        > 200 {"response":"{\"Error\":null,\"QueryContext\":null,\"Value\":\"{crmhit}ann{/crmhit}\"}"}
        POST searchquery | {"search": "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"}
        > 200 {"response":"{\"Count\":-1,\"Error\":null,\"Facets\":{},\"QueryContext\":null,\"Value\":[]}"}
        POST searchquery | {"search": "01234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890"}
        > 400 0x80040203 The parameter 'search' has between 1 and 100 characters.
    "#]]);
}

#[test]
fn a_search_finds_orders_skips_and_counts() {
    check(expect![[r#"
        POST accounts | {"accountid": "§a", "name": "Alpine Ski House", "telephone1": "1", "revenue": 10}
        > 204 odata-entityid: ~/accounts(§a)
        POST accounts | {"accountid": "§b", "name": "Alpine Garden", "description": "ski and more", "revenue": 20}
        > 204 odata-entityid: ~/accounts(§b)
        POST contacts | {"contactid": "§c", "lastname": "Alpine"}
        > 204 odata-entityid: ~/contacts(§c)
        POST /api/search/v2.0/query | {"search": "ski", "count": true, "entities": "[{\"name\": \"account\"}]", "orderby": "[\"name desc\"]"}
        > 200 {"response":"{\"Count\":2,\"Error\":null,\"Facets\":{},\"QueryContext\":null,\"Value\":[{\"Attributes\":{\"@search.objecttypecode\":1,\"name\":\"Alpine Ski House\"},\"EntityName\":\"account\",\"Highlights\":{\"name\":[\"Alpine {crmhit}Ski{/crmhit} House\"]},\"Id\":\"§a\",\"ObjectTypeCode\":1,\"Score\":1.0476190476190478e-6},{\"Attributes\":{\"@search.objecttypecode\":1,\"description\":\"ski and more\",\"name\":\"Alpine Garden\"},\"EntityName\":\"account\",\"Highlights\":{\"description\":[\"{crmhit}ski{/crmhit} and more\"]},\"Id\":\"§b\",\"ObjectTypeCode\":1,\"Score\":9.565217391304349e-7}]}"}
        POST /api/search/v2.0/query | {"search": "ski", "entities": "[{\"name\": \"account\"}]", "orderby": "name", "top": 1}
        > 200 {"response":"{\"Count\":-1,\"Error\":null,\"Facets\":{},\"QueryContext\":null,\"Value\":[{\"Attributes\":{\"@search.objecttypecode\":1,\"description\":\"ski and more\",\"name\":\"Alpine Garden\"},\"EntityName\":\"account\",\"Highlights\":{\"description\":[\"{crmhit}ski{/crmhit} and more\"]},\"Id\":\"§b\",\"ObjectTypeCode\":1,\"Score\":9.565217391304349e-7}]}"}
        POST /api/search/v2.0/query | {"search": "ski", "entities": "[{\"name\": \"account\"}]", "orderby": "name asc", "top": 1, "skip": 1}
        > 200 {"response":"{\"Count\":-1,\"Error\":null,\"Facets\":{},\"QueryContext\":null,\"Value\":[{\"Attributes\":{\"@search.objecttypecode\":1,\"name\":\"Alpine Ski House\"},\"EntityName\":\"account\",\"Highlights\":{\"name\":[\"Alpine {crmhit}Ski{/crmhit} House\"]},\"Id\":\"§a\",\"ObjectTypeCode\":1,\"Score\":1.0476190476190478e-6}]}"}
        POST /api/search/v2.0/query | {"search": "ski", "entities": "[{\"name\": \"account\", \"selectColumns\": [\"telephone1\"], \"searchColumns\": [\"name\"]}]"}
        > 200 {"response":"{\"Count\":-1,\"Error\":null,\"Facets\":{},\"QueryContext\":null,\"Value\":[{\"Attributes\":{\"@search.objecttypecode\":1,\"telephone1\":\"1\"},\"EntityName\":\"account\",\"Highlights\":{\"name\":[\"Alpine {crmhit}Ski{/crmhit} House\"]},\"Id\":\"§a\",\"ObjectTypeCode\":1,\"Score\":1.0476190476190478e-6}]}"}
        POST /api/search/v2.0/query | {"search": "alpine", "entities": "[{\"name\": \"account\", \"selectColumns\": [\"name\"], \"filter\": \"revenue gt 15\"}]"}
        > 200 {"response":"{\"Count\":-1,\"Error\":null,\"Facets\":{},\"QueryContext\":null,\"Value\":[{\"Attributes\":{\"@search.objecttypecode\":1,\"name\":\"Alpine Garden\"},\"EntityName\":\"account\",\"Highlights\":{\"name\":[\"{crmhit}Alpine{/crmhit} Garden\"]},\"Id\":\"§b\",\"ObjectTypeCode\":1,\"Score\":9.565217391304349e-7}]}"}
        POST /api/search/v2.0/query | {"search": "alpine", "entities": "[{\"name\": \"account\", \"selectColumns\": [\"name\"]}, {\"name\": \"contact\", \"selectColumns\": [\"lastname\"]}]", "filter": "account: revenue lt 15", "orderby": "name"}
        > 200 {"response":"{\"Count\":-1,\"Error\":null,\"Facets\":{},\"QueryContext\":null,\"Value\":[{\"Attributes\":{\"@search.objecttypecode\":2,\"lastname\":\"Alpine\"},\"EntityName\":\"contact\",\"Highlights\":{\"fullname\":[\"{crmhit}Alpine{/crmhit}\"],\"lastname\":[\"{crmhit}Alpine{/crmhit}\"],\"yomifullname\":[\"{crmhit}Alpine{/crmhit}\"]},\"Id\":\"§c\",\"ObjectTypeCode\":2,\"Score\":1.5714285714285712e-6},{\"Attributes\":{\"@search.objecttypecode\":1,\"name\":\"Alpine Ski House\"},\"EntityName\":\"account\",\"Highlights\":{\"name\":[\"{crmhit}Alpine{/crmhit} Ski House\"]},\"Id\":\"§a\",\"ObjectTypeCode\":1,\"Score\":1.0476190476190478e-6}]}"}
        POST /api/search/v2.0/query | {"search": "alpine ski", "entities": "[\"account\"]", "options": "{\"searchmode\": \"all\"}", "count": true}
        > 200 {"response":"{\"Count\":2,\"Error\":null,\"Facets\":{},\"QueryContext\":null,\"Value\":[{\"Attributes\":{\"@search.objecttypecode\":1,\"name\":\"Alpine Ski House\"},\"EntityName\":\"account\",\"Highlights\":{\"name\":[\"{crmhit}Alpine{/crmhit} {crmhit}Ski{/crmhit} House\"]},\"Id\":\"§a\",\"ObjectTypeCode\":1,\"Score\":2.0952380952380955e-6},{\"Attributes\":{\"@search.objecttypecode\":1,\"description\":\"ski and more\",\"name\":\"Alpine Garden\"},\"EntityName\":\"account\",\"Highlights\":{\"description\":[\"{crmhit}ski{/crmhit} and more\"],\"name\":[\"{crmhit}Alpine{/crmhit} Garden\"]},\"Id\":\"§b\",\"ObjectTypeCode\":1,\"Score\":1.9130434782608697e-6}]}"}
        POST /api/search/v2.0/query | {"search": "garden ski", "entities": "[\"contact\"]", "options": "[\"searchmodeall\"]", "count": true}
        > 200 {"response":"{\"Count\":0,\"Error\":null,\"Facets\":{},\"QueryContext\":null,\"Value\":[]}"}
        POST /api/search/v2.0/query | {"search": "alpine -garden", "entities": "[{\"name\": \"account\", \"selectColumns\": [\"name\"]}]"}
        > 200 {"response":"{\"Count\":-1,\"Error\":null,\"Facets\":{},\"QueryContext\":null,\"Value\":[{\"Attributes\":{\"@search.objecttypecode\":1,\"name\":\"Alpine Ski House\"},\"EntityName\":\"account\",\"Highlights\":{\"name\":[\"{crmhit}Alpine{/crmhit} Ski House\"]},\"Id\":\"§a\",\"ObjectTypeCode\":1,\"Score\":1.0476190476190478e-6}]}"}
        POST /api/search/v1.0/query | {"search": "ski", "returntotalrecordcount": true, "entities": ["account"], "orderby": ["name desc"], "searchmode": "all"}
        > 200 {"facets":{},"querycontext":null,"totalrecordcount":2,"value":[{"@search.entityname":"account","@search.highlights":{"name":["Alpine {crmhit}Ski{/crmhit} House"]},"@search.objectid":"§a","@search.objecttypecode":1,"@search.score":1.0476190476190478e-6,"name":"Alpine Ski House"},{"@search.entityname":"account","@search.highlights":{"description":["{crmhit}ski{/crmhit} and more"]},"@search.objectid":"§b","@search.objecttypecode":1,"@search.score":9.565217391304349e-7,"description":"ski and more","name":"Alpine Garden"}]}
        POST /api/search/v1.0/query | {"search": "ski", "entities": ["account"], "top": 1, "searchtype": "simple"}
        > 200 {"facets":{},"querycontext":null,"totalrecordcount":-1,"value":[{"@search.entityname":"account","@search.highlights":{"name":["Alpine {crmhit}Ski{/crmhit} House"]},"@search.objectid":"§a","@search.objecttypecode":1,"@search.score":1.0476190476190478e-6,"name":"Alpine Ski House"}]}
        POST /api/search/v1.0/suggest | {"search": "gard", "entities": ["account"]}
        > 200 {"querycontext":null,"value":[{"document":{"@search.entityname":"account","@search.objectid":"§b","@search.objecttypecode":1,"name":"Alpine Garden"},"text":"Alpine {crmhit}Garden{/crmhit}"}]}
        POST /api/search/v2.0/suggest | {"search": "gard", "entities": "[{\"name\": \"account\"}]"}
        > 200 {"response":"{\"Error\":null,\"QueryContext\":null,\"Value\":[{\"Document\":{\"@search.entityname\":\"account\",\"@search.objectid\":\"§b\",\"@search.objecttypecode\":1,\"name\":\"Alpine Garden\"},\"Text\":\"Alpine {crmhit}Garden{/crmhit}\"}]}"}
        POST /api/search/v1.0/autocomplete | {"search": "gar", "entities": ["account"]}
        > 200 {"querycontext":null,"value":"{crmhit}Garden{/crmhit}"}
        POST /api/search/v2.0/autocomplete | {"search": "hou", "entities": "[{\"name\": \"account\"}]"}
        > 200 {"response":"{\"Error\":null,\"QueryContext\":null,\"Value\":\"{crmhit}House{/crmhit}\"}"}
        POST /api/search/v2.0/autocomplete | {"search": "zzz", "entities": "[{\"name\": \"account\"}]"}
        > 200 {"response":"{\"Error\":null,\"QueryContext\":null,\"Value\":\"\"}"}
        DELETE accounts(§b)
        > 204
        PATCH accounts(§a) | {"name": "Contoso"}
        > 204 odata-entityid: ~/accounts(§a)
        POST /api/search/v2.0/query | {"search": "alpine", "entities": "[{\"name\": \"account\"}]", "count": true}
        > 200 {"response":"{\"Count\":0,\"Error\":null,\"Facets\":{},\"QueryContext\":null,\"Value\":[]}"}
    "#]]);
}
