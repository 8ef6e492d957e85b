//! The actions `AddMembersTeam` and `RemoveMembersTeam`: users become members of a team, or are members no longer.

use serde_json::Value as Json;
use uuid::Uuid;

use super::super::relate;
use super::super::service_error::ServiceError;
use super::super::session::Session;
use super::built_in::bound_to;
use super::call::Call;
use crate::response::HttpResponse;

/// The navigation property of teams to their members.
const MEMBERS: &str = "teammembership_association";

/// Connects the users in the parameter `Members` with the team that the action is bound to, or disconnects them.
/// A user who is a member already stays one.
///
/// # Errors
/// Returns an error if the team or a user does not exist.
pub(super) fn change_members(session: &Session<'_>, call: &Call) -> Result<HttpResponse, ServiceError> {
    let team = bound_to(call, "team")?;
    let (teams, users) = (session.table("team")?, session.table("systemuser")?);
    let invalid = || ServiceError::bad("The parameter 'Members' has to be an array of users.");
    let members = call.required("Members")?.as_array().ok_or_else(invalid)?;
    let relationship = teams.relationships.iter().find(|r| r.navigation.as_deref() == Some(MEMBERS));
    let relationship = relationship.ok_or_else(|| ServiceError::no_segment(MEMBERS))?;
    for member in members {
        let id = member.get("systemuserid").or_else(|| member.get("ownerid")).and_then(Json::as_str);
        let id = id.and_then(|id| Uuid::parse_str(id).ok()).ok_or_else(invalid)?;
        if session.row_version(users, id)?.is_none() {
            return Err(ServiceError::no_row("systemuser", &id.to_string()));
        }
        relate::disassociate(session, teams, team, relationship, Some(id))?;
        if call.name == "AddMembersTeam" {
            relate::associate(session, teams, team, relationship, users, id)?;
        }
    }
    Ok(HttpResponse::odata_empty())
}
