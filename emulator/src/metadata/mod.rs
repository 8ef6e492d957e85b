//! Metadata: definitions, and changes of them.

use dvkit_schema::wire::write;
use serde_json::json;

use crate::answer::Answer;
use crate::organisation::State;
use crate::server::Shared;

/// `EntityDefinitions`.
pub(crate) fn definitions(shared: &Shared, state: &State) -> Answer {
    let writer = write::Writer::new(&state.schema, write::Dialect::Definitions);
    let tables: Vec<_> = state.schema.tables.values().map(|t| writer.table_facts(t)).collect();
    let context = format!("{}$metadata#EntityDefinitions", shared.web_api());
    Answer::odata(json!({ "@odata.context": context, "value": tables }).to_string())
}

/// `RetrieveMetadataChanges`.
pub(crate) fn changes(shared: &Shared, state: &State) -> Answer {
    let mut body = write::changes(&state.schema);
    if let Some(body) = body.as_object_mut() {
        let context =
            format!("{}$metadata#Microsoft.Dynamics.CRM.RetrieveMetadataChangesResponse", shared.web_api());
        body.insert("@odata.context".into(), context.into());
        body.insert("ServerVersionStamp".into(), state.stamp().into());
    }
    Answer::odata(body.to_string())
}
