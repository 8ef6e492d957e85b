//! Requests everything that a full fetch needs, and stores the responses in the journal. `assemble` then
//! makes the snapshot of them.

use std::collections::BTreeSet;

use dvkit_client::Request;
use dvkit_diagnostic::suggest;
use futures_util::stream::{self, StreamExt as _};
use serde::Deserialize;
use serde_json::Value;

use super::change_info::ChangeInfo;
use super::journal::{Journal, JournalEntry, Plan};
use super::options::FullFetchReason;
use super::query::{ServiceCapabilities, Tables};
use super::response::{count_choices, damage, is_refusal};
use super::run::{FetchRun, FullRead};
use super::select::Selection;
use super::{definitions, query};
use crate::Error;

/// The maximum number of parts that are requested at the same time. The client may send fewer requests if the
/// service is slow. Each part takes some megabytes of memory.
const MAX_CONCURRENT_PARTS: usize = 8;

/// The maximum number of attempts to get a response that is not damaged.
const MAX_ATTEMPTS: usize = 4;

impl FetchRun<'_> {
    /// Requests every response that a full fetch needs and the journal does not have yet, and stores each in
    /// the journal. `why` is the reason for the full fetch. Returns an error if a request fails, if a
    /// response remains damaged, or if the journal cannot be written.
    pub(super) async fn read_everything(
        &self,
        journal: &Journal,
        why: FullFetchReason,
    ) -> Result<FullRead, Error> {
        self.progress.full(why);
        let selection = Selection::resolve(self.client, self.options).await?;
        let (plan, resumed) = match self.interrupted(journal, why) {
            Some((plan, resumed)) => {
                self.progress.resumed(resumed);
                (plan, resumed)
            }
            None => {
                let plan = self.plan(&selection).await?;
                journal.begin(&plan)?;
                (plan, 0)
            }
        };
        self.progress.planned(plan.parts.iter().map(Vec::len).sum());
        self.read_entries(journal, &plan).await?;
        Ok(FullRead { plan, selection, resumed })
    }

    /// Makes the plan of the fetch. It requests the names of all tables; the responses also show which
    /// functions the service supports. Returns an error if a request fails, or if a pattern of the selection
    /// matches no table.
    async fn plan(&self, selection: &Selection) -> Result<Plan, Error> {
        let mut plan = Plan::new(self.url(), self.requested.clone());
        let names = |without| self.text(query::request(&query::names(&self.capabilities(without)), None));
        let refused =
            |response: &Result<String, Error>| matches!(response, Err(Error::Service(e)) if is_refusal(e));
        let mut response = names(false).await;
        if refused(&response) {
            response = names(true).await;
            plan.without_table_type = !refused(&response);
        }
        if refused(&response) {
            plan.used_entity_definitions = true;
            response = self.text(definitions::names()).await;
        }
        let list = ChangeInfo::read(&response?)
            .map_err(|e| Error::Response { what: "the list of tables".to_owned(), message: e.to_string() })?;
        // A response of `EntityDefinitions` has none.
        plan.stamp.clone_from(&list.stamp);
        let mut selected = BTreeSet::new();
        let mut all = Vec::new();
        for table in list.tables {
            let Some(name) = table.logical_name else { continue };
            if selection.selects(&name, table.metadata_id.as_deref()) {
                selected.insert(name.clone());
            } else {
                plan.left_out.push(name.clone());
            }
            all.push(name);
        }
        if let Some(pattern) = selection.unmatched_pattern(&all) {
            let near = suggest::closest(pattern, all.iter().map(String::as_str)).map(ToString::to_string);
            return Err(Error::NoTable { pattern: pattern.to_owned(), near });
        }
        let selected: Vec<String> = selected.into_iter().collect();
        plan.parts = selected.chunks(query::TABLES_PER_PART).map(<[String]>::to_vec).collect();
        Ok(plan)
    }

    async fn read_entries(&self, journal: &Journal, plan: &Plan) -> Result<(), Error> {
        let entries = [JournalEntry::Csdl, JournalEntry::Choices, JournalEntry::Organisation].into_iter();
        let entries =
            entries.chain((0..plan.parts.len()).map(JournalEntry::Part)).filter(|entry| !journal.has(*entry));
        let capabilities = &self.capabilities(plan.without_table_type);
        let mut responses =
            stream::iter(entries)
                .map(|entry| async move {
                    self.entry(plan, entry, capabilities).await.map(|bytes| (entry, bytes))
                })
                .buffer_unordered(MAX_CONCURRENT_PARTS);
        while let Some(response) = responses.next().await {
            let (entry, bytes) = response?;
            let count = match entry {
                JournalEntry::Csdl | JournalEntry::Organisation => bytes.len(),
                JournalEntry::Choices => count_choices(&bytes),
                JournalEntry::Part(n) => n,
            };
            // Stored before it is reported, because the receiver of the report may end the process.
            journal.put(entry, bytes)?;
            match entry {
                JournalEntry::Csdl => self.progress.metadata(count),
                JournalEntry::Choices => self.progress.choices(count),
                JournalEntry::Organisation => {}
                JournalEntry::Part(n) => {
                    self.progress.tables(plan.parts.get(n).map(Vec::as_slice).unwrap_or_default());
                }
            }
        }
        Ok(())
    }

    /// Requests the response for one journal entry, and returns its body. A response that is complete but
    /// damaged is requested again. Returns an error if a request fails, or if the response is still damaged
    /// after the last attempt.
    async fn entry(
        &self,
        plan: &Plan,
        entry: JournalEntry,
        capabilities: &ServiceCapabilities,
    ) -> Result<Vec<u8>, Error> {
        let mut attempt = 1;
        loop {
            let bytes = match entry {
                JournalEntry::Csdl => self.bytes(query::csdl()).await?,
                JournalEntry::Choices => self.choices().await?,
                JournalEntry::Organisation => self.organisation().await?,
                JournalEntry::Part(n) => {
                    let tables = plan.parts.get(n).map(Vec::as_slice).unwrap_or_default();
                    if plan.used_entity_definitions {
                        definitions::part(self.client, tables, capabilities).await?
                    } else {
                        let query = query::everything(Tables::Named(tables), capabilities);
                        self.bytes(query::request(&query, None)).await?
                    }
                }
            };
            match damage(entry, &bytes) {
                None => return Ok(bytes),
                Some(message) if attempt == MAX_ATTEMPTS => {
                    let what = match entry {
                        JournalEntry::Csdl => "$metadata".to_owned(),
                        JournalEntry::Choices => "GlobalOptionSetDefinitions".to_owned(),
                        JournalEntry::Organisation => "organizations".to_owned(),
                        JournalEntry::Part(n) => {
                            let tables = plan.parts.get(n).map(|t| t.join(", ")).unwrap_or_default();
                            format!("the response for {tables}")
                        }
                    };
                    return Err(Error::Response { what, message });
                }
                Some(_) => attempt += 1,
            }
        }
    }

    /// Requests all global choices, and returns the body of the response. If the service omits the options,
    /// they are requested by casts. Returns an error if a request fails.
    async fn choices(&self) -> Result<Vec<u8>, Error> {
        #[derive(Deserialize)]
        struct Choices {
            value: Vec<Value>,
        }
        const PATH: &str = "GlobalOptionSetDefinitions";
        let all = self.bytes(Request::get(PATH)).await?;
        let is_bare = |choice: &Value| choice.get("Options").or(choice.get("TrueOption")).is_none();
        let bare = serde_json::from_slice::<Choices>(&all).is_ok_and(|c| c.value.iter().any(is_bare));
        if !bare {
            return Ok(all);
        }
        let mut casts = Vec::new();
        for class in ["OptionSetMetadata", "BooleanOptionSetMetadata"] {
            casts.extend(self.bytes(Request::get(format!("{PATH}/Microsoft.Dynamics.CRM.{class}"))).await?);
            casts.push(b'\n');
        }
        Ok(casts)
    }

    /// Requests the organisation's row, and returns the body of the response. The body is empty if the user
    /// may read metadata but not this row. Returns an error if the request fails otherwise.
    async fn organisation(&self) -> Result<Vec<u8>, Error> {
        match self.bytes(query::organisation()).await {
            Err(Error::Service(e)) if is_refusal(&e) => Ok(br#"{"value":[]}"#.to_vec()),
            other => other,
        }
    }
}
