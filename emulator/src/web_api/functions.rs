//! Functions about the organisation and who asks.

use serde_json::json;
use uuid::Uuid;

use super::Call;
use crate::answer::Answer;
use crate::organisation::State;
use crate::server::Shared;

/// The version that is told where the snapshot does not know one.
const VERSION: &str = "9.2.0.0";

/// `WhoAmI()`: ids are made of names, so that they stay the same.
pub(super) fn who_am_i(shared: &Shared, call: &Call) -> Answer {
    let id = |name: &str| Uuid::new_v5(&Uuid::NAMESPACE_URL, name.as_bytes()).to_string();
    let context = format!("{}$metadata#Microsoft.Dynamics.CRM.WhoAmIResponse", shared.web_api());
    let body = json!({
        "@odata.context": context,
        "BusinessUnitId": id("dvkit:business-unit"),
        "UserId": id(&format!("dvkit:user:{}", call.caller.name)),
        "OrganizationId": id("dvkit:organization"),
    });
    Answer::odata(body.to_string())
}

/// `RetrieveVersion()`.
pub(super) fn version(shared: &Shared, state: &State) -> Answer {
    let context = format!("{}$metadata#Microsoft.Dynamics.CRM.RetrieveVersionResponse", shared.web_api());
    let version = state.schema.org.version.as_deref().unwrap_or(VERSION);
    Answer::odata(json!({ "@odata.context": context, "Version": version }).to_string())
}
