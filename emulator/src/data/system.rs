//! The rows of the organisation itself, which every organisation of the service has: the root business unit
//! with its default team, the base currency, and a user for each caller.
//!
//! They are created when a caller sends the first request, as far as the snapshot has their tables.

use std::collections::BTreeMap;

use rusqlite::types::Value as Stored;
use uuid::Uuid;

use super::service_error::ServiceError;
use super::session::{Session, key_of};
use super::time_zones;
use super::write::create;
use crate::identity::CallerIdentity;

/// The most callers whose identity is remembered.
const MAX_KNOWN_CALLERS: usize = 1_000;

/// The number of the time zone UTC in the service's settings.
const UTC_ZONE: i64 = 92;

/// Returns the identity of a caller. The rows of the organisation and of the caller are created if they do
/// not exist.
///
/// # Errors
/// Returns an error if SQLite fails.
pub(crate) fn sign_in(session: &Session<'_>, caller: &str) -> Result<CallerIdentity, ServiceError> {
    let state = session.state.number;
    if let Some((number, version, identity)) = session.rows.callers.borrow().get(caller)
        && (*number, *version) == (state, session.rows.last_version())
    {
        return Ok(identity.clone());
    }
    if has_table(session, "systemuser")? && !exists(session, "systemuser", session.context.user)? {
        let create = || create_rows(session, caller);
        match session.rows.connection.is_autocommit() {
            true => session.rows.transaction(create)?,
            false => create()?,
        }
    }
    let identity = read_identity(session)?;
    let mut known = session.rows.callers.borrow_mut();
    if known.len() >= MAX_KNOWN_CALLERS {
        known.clear();
    }
    known.insert(caller.to_owned(), (state, session.rows.last_version(), identity.clone()));
    Ok(identity)
}

/// Returns whether the snapshot has the table `name` with its key.
fn has_table(session: &Session<'_>, name: &str) -> Result<bool, ServiceError> {
    let known = session.store.table(name)?.is_some_and(|t| !t.is_reference_only());
    Ok(known && key_of(&*session.layout(name)?).is_ok())
}

/// Returns whether the table `name`, which the snapshot has, has the row `id`.
fn exists(session: &Session<'_>, name: &str, id: Uuid) -> Result<bool, ServiceError> {
    Ok(session.row_version(session.table(name)?, id)?.is_some())
}

/// Returns the identity of the session's user, from its rows.
///
/// # Errors
/// Returns an error if the rows cannot be read.
pub(crate) fn read_identity(session: &Session<'_>) -> Result<CallerIdentity, ServiceError> {
    let user = session.context.user;
    let mut identity = CallerIdentity {
        user,
        business_unit: session.shared.identity.business_unit_id(),
        teams: Vec::new(),
        language: session.store.org().language(),
        zone: time_zones::zone(UTC_ZONE),
    };
    if has_table(session, "systemuser")? {
        let table = session.table("systemuser")?;
        if session.layout("systemuser")?.kind("businessunitid").is_some()
            && let Some(values) = session.values(table, user, &["businessunitid"])?
            && let Some(Stored::Text(id)) = values.first()
        {
            identity.business_unit = Uuid::parse_str(id).unwrap_or(identity.business_unit);
        }
    }
    if has_table(session, "usersettings")? {
        let layout = session.layout("usersettings")?;
        for column in ["uilanguageid", "timezonecode"] {
            if layout.kind(column).is_none() {
                continue;
            }
            let values = session.values(session.table("usersettings")?, user, &[column])?.unwrap_or_default();
            match (column, values.first()) {
                ("uilanguageid", Some(Stored::Integer(language))) if *language > 0 => {
                    identity.language = u32::try_from(*language).unwrap_or(identity.language);
                }
                ("timezonecode", Some(Stored::Integer(zone))) => identity.zone = time_zones::zone(*zone),
                _ => {}
            }
        }
    }
    if session.store.table("teammembership")?.is_some() {
        let layout = session.layout("teammembership")?;
        if layout.kind("teamid").is_some() && layout.kind("systemuserid").is_some() {
            let sql = "SELECT \"teamid\" FROM \"teammembership\" WHERE \"systemuserid\" = ?1 ORDER BY 1";
            let mut statement = session.rows.connection.prepare_cached(sql)?;
            let mut rows = statement.query([user.to_string()])?;
            while let Some(row) = rows.next()? {
                identity.teams.extend(Uuid::parse_str(&row.get::<_, String>(0)?).ok());
            }
        }
    }
    Ok(identity)
}

/// Returns a text as a stored value.
fn text(value: impl ToString) -> Stored {
    Stored::Text(value.to_string())
}

/// Creates a row with these values if its table is in the snapshot and the row does not exist. Columns that
/// the table does not have are left out.
fn ensure(
    session: &Session<'_>,
    name: &str,
    id: Uuid,
    values: &[(&str, Stored)],
) -> Result<(), ServiceError> {
    if !has_table(session, name)? || exists(session, name, id)? {
        return Ok(());
    }
    let layout = session.layout(name)?;
    let known = values.iter().filter(|(column, _)| layout.kind(column).is_some());
    let values: BTreeMap<String, Stored> =
        known.map(|(column, value)| ((*column).to_owned(), value.clone())).collect();
    create::insert_values(session, session.table(name)?, id, values, &BTreeMap::new())
}

/// Creates the rows of the organisation and of the caller that do not exist.
fn create_rows(session: &Session<'_>, caller: &str) -> Result<(), ServiceError> {
    let own = &session.shared.identity;
    let (organisation, unit) = (own.organisation_id(), own.business_unit_id());
    let (user, team, currency) = (session.context.user, own.default_team_id(), own.base_currency_id());
    let base = &own.base_currency;
    let org = session.store.org();
    let name = org.url.as_deref().and_then(|url| url.split("//").nth(1)).and_then(|h| h.split('.').next());
    let name = name.unwrap_or("contoso");
    ensure(
        session,
        "transactioncurrency",
        currency,
        &[
            ("currencyname", text(&base.name)),
            ("isocurrencycode", text(&base.code)),
            ("currencysymbol", text(&base.symbol)),
            ("currencyprecision", Stored::Integer(base.precision.into())),
            ("exchangerate", text("1")),
            ("organizationid", text(&organisation)),
        ],
    )?;
    ensure(
        session,
        "businessunit",
        unit,
        &[
            ("name", text(name)),
            ("isdisabled", Stored::Integer(0)),
            ("transactioncurrencyid", text(currency)),
            ("organizationid", text(&organisation)),
        ],
    )?;
    let (first, last) = caller.rsplit_once(' ').map_or((None, caller), |(first, last)| (Some(first), last));
    let directory = own.directory_id(caller);
    ensure(
        session,
        "systemuser",
        user,
        &[
            ("fullname", text(caller)),
            ("firstname", first.map_or(Stored::Null, text)),
            ("lastname", text(last)),
            ("domainname", text(caller)),
            ("azureactivedirectoryobjectid", text(directory)),
            ("businessunitid", text(unit)),
            ("isdisabled", Stored::Integer(0)),
            ("accessmode", Stored::Integer(0)),
            ("organizationid", text(&organisation)),
        ],
    )?;
    ensure(
        session,
        "team",
        team,
        &[
            ("name", text(name)),
            ("businessunitid", text(unit)),
            ("administratorid", text(user)),
            ("isdefault", Stored::Integer(1)),
            ("teamtype", Stored::Integer(0)),
            ("organizationid", text(&organisation)),
        ],
    )?;
    if has_table(session, "team")? && has_table(session, "teammembership")? {
        let membership =
            Uuid::new_v5(&Uuid::NAMESPACE_URL, format!("dvkit:membership:{team}:{user}").as_bytes());
        let pair = [("teamid", text(team)), ("systemuserid", text(user))];
        ensure(session, "teammembership", membership, &pair)?;
    }
    let language = Stored::Integer(i64::from(org.language()));
    ensure(
        session,
        "usersettings",
        user,
        &[
            ("uilanguageid", language.clone()),
            ("localeid", language.clone()),
            ("helplanguageid", language),
            ("timezonecode", Stored::Integer(UTC_ZONE)),
            ("businessunitid", text(unit)),
            ("transactioncurrencyid", text(currency)),
        ],
    )
}
