//! Reads `dvkit.toml`, which has the folders of snapshots and the settings of checks. Programs call
//! [`Config::find`].
//!
//! ```toml
//! schema = "schema"              # relative to this file
//! [targets]                      # what to follow a lookup to that can point to several tables
//! "contact.parentcustomerid" = "account"
//! [lints]                        # the levels of findings, by code or by family of codes
//! performance = "off"
//! [fetch]                        # what `dvkit schema fetch` asks for
//! url = "https://contoso.crm4.dynamics.com"
//! tables = ["account", "contact", "new_*"]
//! [check]                        # the files that `dvkit check PATH…` checks
//! exclude = ["generated/", "*.min.js"]
//! ```
//!
//! Several organisations are listed in `orgs` instead of `schema`. `org` names the default organisation; it
//! can be omitted if only one is listed.
//!
//! ```toml
//! org = "contoso"
//! [orgs.contoso]
//! schema = "schema/contoso"
//! url = "https://contoso.crm4.dynamics.com"
//! [orgs.fabrikam]
//! schema = "schema/fabrikam"
//! ```

mod check;
mod json_schema;
mod orgs;
mod targets;
mod template;

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use dvkit_diagnostic::{Span, suggest};
use dvkit_files::LinkPolicy;
use serde::Deserialize;

use crate::Error;
use crate::levels::{self, Levels, Lint};

pub use check::CheckConfig;
pub use json_schema::json_schema;
pub use orgs::OrgConfig;
pub(crate) use orgs::{listed, unknown_org};
pub use targets::{overlay, parse_target};
pub use template::{Template, org_folder};

/// The name of the configuration file. It is searched for in the folder of the workspace and the folders
/// above.
pub const FILE_NAME: &str = "dvkit.toml";

/// The maximum size of the configuration file in bytes, 1 MiB.
const MAX_CONFIG: u64 = 1 << 20;

/// The content of `dvkit.toml`; all settings are empty if there is no such file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// The folder that contains the file. Relative paths in the file start there.
    pub dir: PathBuf,
    /// The path of the file; `None` if there is no such file.
    pub file: Option<PathBuf>,
    /// The folder of the default snapshot; `None` if the file does not name one.
    pub schema: Option<PathBuf>,
    /// The name of the default organisation; `None` if the file does not name one.
    pub org: Option<String>,
    /// The settings of each organisation, by the name of the organisation.
    pub orgs: BTreeMap<String, OrgConfig>,
    /// The tables that polymorphic lookups are assumed to point to. A key is a column, or a table and a
    /// column (`contact.parentcustomerid`).
    pub targets: BTreeMap<String, String>,
    /// The severities of findings, for codes whose severity is changed.
    pub lints: Levels,
    /// The settings for `dvkit schema fetch`, in the table `[fetch]`.
    pub fetch: FetchConfig,
    /// The settings for `dvkit check`, in the table `[check]`.
    pub check: CheckConfig,
}

/// The table `[fetch]` of `dvkit.toml`: default values for options of `dvkit schema fetch`. Secrets are not
/// accepted in the file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FetchConfig {
    /// The URL of the organisation whose schema is fetched.
    pub url: Option<String>,
    /// The logical names of the tables to fetch. A name may be a pattern such as `new_*`.
    pub tables: Vec<String>,
    /// The unique names of the solutions whose tables are fetched.
    pub solutions: Vec<String>,
    /// The unique names of the publishers whose tables are fetched.
    pub publishers: Vec<String>,
    /// The languages of the labels to fetch, as LCIDs such as 1033.
    pub languages: Vec<u32>,
    /// The tenant to sign in to, as an id or a domain.
    pub tenant: Option<String>,
    /// The client id of the application that signs in.
    pub client_id: Option<String>,
}

/// The names of the top-level keys of `dvkit.toml`.
const KEYS: [&str; 7] = ["schema", "org", "orgs", "targets", "lints", "fetch", "check"];

impl Config {
    /// Finds and reads the nearest `dvkit.toml`, in the folder `start` and the folders above. An empty path
    /// means the working directory. Returns empty settings if there is no such file.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read or is invalid.
    pub fn find(start: &Path) -> Result<Self, Error> {
        let start = std::env::current_dir().map_err(Error::WorkingDirectory)?.join(start);
        for dir in start.ancestors() {
            let path = dir.join(FILE_NAME);
            // The user did not name this file, so links and large files are refused.
            match dvkit_files::read_text(&path, LinkPolicy::Refuse, MAX_CONFIG) {
                Ok(text) => {
                    return match Self::read(&text, dir) {
                        Ok(config) => Ok(Self { file: Some(path), ..config }),
                        Err(message) => Err(Error::Config { path, message }),
                    };
                }
                Err(e) if e.kind() == io::ErrorKind::NotFound => {}
                Err(source) => return Err(Error::Read { path, source }),
            }
        }
        Ok(Self::default())
    }

    /// Parses `text`, the text of a `dvkit.toml` in the folder `dir`.
    ///
    /// # Errors
    /// Returns as an error a sentence that describes the first mistake in the text.
    pub fn read(text: &str, dir: &Path) -> Result<Self, String> {
        let mut config = Self { dir: dir.to_owned(), ..Self::default() };
        let table: toml::Table = text.parse().map_err(|e| toml_error(&e, text))?;
        for (key, value) in table {
            match key.as_str() {
                "schema" => {
                    let path = value.as_str().ok_or("`schema` has to be a path: `schema = \"schema\"`")?;
                    config.schema = Some(dir.join(path));
                }
                "org" => {
                    let name = value.as_str().ok_or("`org` has to be a name: `org = \"contoso\"`")?;
                    config.org = Some(name.to_owned());
                }
                "orgs" => config.orgs = orgs::read(value, dir)?,
                "targets" => config.targets = targets::read(value)?,
                "lints" => config.lints = lints(value)?,
                "check" => config.check = check::read(value)?,
                "fetch" => {
                    let fetch: Result<_, toml::de::Error> = value.try_into();
                    config.fetch = fetch.map_err(|e| format!("`fetch`: {}", e.message()))?;
                }
                _ => {
                    let near = suggest::closest(&key, KEYS);
                    let near = near.map_or_else(
                        || {
                            "known are `schema`, `org`, `orgs`, `targets`, `lints`, `fetch` and `check`"
                                .to_owned()
                        },
                        |n| format!("did you mean `{n}`?"),
                    );
                    return Err(format!("unknown key `{key}`; {near}"));
                }
            }
        }
        if let Some(name) = &config.org {
            if config.schema.is_some() {
                return Err(format!(
                    "`schema` and `org` both say which organisation is the default: write `[orgs.{name}]`, and below it the \
                     schema of `{name}`, or leave `org` out"
                ));
            }
            if !config.orgs.contains_key(name) {
                return Err(format!("`org`: {}", config.unknown_org(name)));
            }
        }
        Ok(config)
    }

    /// Returns the settings of the organisation `name`.
    ///
    /// # Errors
    /// Returns [`Error::Org`] if the file does not list this organisation. The message suggests a similar
    /// name and lists all names.
    pub fn org(&self, name: &str) -> Result<&OrgConfig, Error> {
        self.orgs.get(name).ok_or_else(|| Error::Org(self.unknown_org(name)))
    }

    /// Returns the name of the default organisation: that in `org`, or the only one that is listed. Returns
    /// `None` if there is no default.
    #[must_use]
    pub fn default_org(&self) -> Option<&str> {
        let only = || match (self.orgs.len(), &self.schema) {
            (1, None) => self.orgs.keys().next().map(String::as_str),
            _ => None,
        };
        self.org.as_deref().or_else(only)
    }

    /// Returns the name and the settings of the organisation `name`, or of the default organisation if `name`
    /// is `None`. Returns `None` if there is no default organisation.
    ///
    /// # Errors
    /// Returns [`Error::Org`] if the file does not list the organisation `name`.
    pub fn selected(&self, name: Option<&str>) -> Result<Option<(&str, &OrgConfig)>, Error> {
        let Some(name) = name.or_else(|| self.default_org()) else { return Ok(None) };
        self.org(name)?;
        Ok(self.orgs.get_key_value(name).map(|(name, org)| (name.as_str(), org)))
    }

    /// Returns the folder into which a snapshot may be written: that of the organisation `org`, or the
    /// default one if `org` is `None`. Returns `None` if the file names no folder. The folder must be below
    /// that of `dvkit.toml`, because someone else may have written that file.
    ///
    /// # Errors
    /// Returns [`Error::Output`] if the folder is not below that of `dvkit.toml`, [`Error::Write`] if it is a
    /// link, and [`Error::Org`] if the file does not list `org`.
    pub fn output(&self, org: Option<&str>) -> Result<Option<PathBuf>, Error> {
        let (key, schema) = match (self.selected(org)?, &self.schema) {
            (Some((name, org)), _) => (format!("schema` of `orgs.{name}"), &org.schema),
            (None, Some(schema)) => ("schema".to_owned(), schema),
            (None, None) => return Ok(None),
        };
        let inside = || -> io::Result<bool> {
            let place = dvkit_files::output_path(schema)?;
            Ok(place.starts_with(dvkit_files::canonical_path(&self.dir)?))
        };
        if !inside().map_err(|source| Error::Write { path: schema.clone(), source })? {
            return Err(Error::Output(format!(
                "`{key}` in {} leads out of the file's folder, to `{path}`; to write there, say so: `-o {path}`",
                self.dir.join(FILE_NAME).display(),
                path = schema.display()
            )));
        }
        Ok(Some(schema.clone()))
    }

    fn unknown_org(&self, name: &str) -> String {
        orgs::unknown_org(name, self.orgs.keys().map(String::as_str))
    }
}

/// Returns the message of a TOML error with its line and column in `text`, without a quotation of the line.
fn toml_error(error: &toml::de::Error, text: &str) -> String {
    let (line, column) =
        error.span().map_or((1, 1), |span| Span::new(span.start, span.end).line_column(text));
    format!("line {line}, column {column}: {}", error.message())
}

fn lints(value: toml::Value) -> Result<Levels, String> {
    let toml::Value::Table(table) = value else {
        return Err("`lints` has to be a table: `[lints]`, and below it `DV0502 = \"off\"`".to_owned());
    };
    let mut all = Vec::new();
    for (name, level) in table {
        let level = level.as_str().ok_or_else(|| {
            format!("`lints`: `{name}` has to be `\"off\"`, `\"note\"`, `\"warning\"` or `\"error\"`")
        })?;
        all.push(Lint::new(&name, level).map_err(|e| format!("`lints`: {e}"))?);
    }
    Ok(levels::levels(&all))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Config, String> {
        Config::read(text, Path::new("/org"))
    }

    #[test]
    fn every_key_is_read() {
        let config = read(
            "schema = \"crm\"\n[targets]\nparentcustomerid = \"account\"\n\"contact.parentcustomerid\" = \"contact\"\n\
             lead.customerid = \"contact\"\n[lints]\nDV0203 = \"off\"",
        )
        .unwrap();
        assert_eq!(config.schema.as_deref(), Some(Path::new("/org").join("crm").as_path()));
        assert_eq!(config.targets["parentcustomerid"], "account");
        assert_eq!(config.targets["contact.parentcustomerid"], "contact");
        assert_eq!(config.targets["lead.customerid"], "contact");
        assert_eq!(config.lints.values().collect::<Vec<_>>(), [&None]);
        let config = read("[fetch]\nurl = 'https://x'\ntables = ['a', 'new_*']\nlanguages = [1033]").unwrap();
        assert_eq!((config.fetch.url.as_deref(), config.fetch.tables.len()), (Some("https://x"), 2));
        assert_eq!(config.fetch.languages, [1033]);
    }

    #[test]
    fn a_mistake_is_named_with_what_to_write() {
        assert_eq!(read("shcema = 'x'").unwrap_err(), "unknown key `shcema`; did you mean `schema`?");
        assert_eq!(
            read("colour = 'x'").unwrap_err(),
            "unknown key `colour`; known are `schema`, `org`, `orgs`, `targets`, `lints`, `fetch` and `check`"
        );
        assert!(read("lints = 1").unwrap_err().contains("has to be a table"));
        assert!(read("[lints]\nDV0203 = 1").unwrap_err().contains("`DV0203` has to be"));
        assert!(read("[lints]\nDV0203 = \"of\"").unwrap_err().contains("did you mean `off`?"));
        assert!(read("schema = 1").unwrap_err().contains("has to be a path"));
        assert!(read("targets = 1").unwrap_err().contains("has to be a table"));
        assert!(read("[targets]\na = 1").unwrap_err().contains("`a` has to name a table"));
        let unknown = read("[fetch]\nclient_secret = 'x'").unwrap_err();
        assert!(unknown.contains("`fetch`") && unknown.contains("client_secret"), "{unknown}");
        let broken = read("\n  schema = \nhunter2 hunter2").unwrap_err();
        assert!(broken.starts_with("line 3, column 9: ") && !broken.contains("hunter2"), "{broken}");
    }

    #[test]
    fn organisations_stand_side_by_side() {
        let two = "[orgs.contoso]\nschema = 'a'\nurl = 'https://x'\n[orgs.fabrikam]\nschema = 'b'\n";
        let config = read(two).unwrap();
        assert_eq!(config.default_org(), None);
        assert_eq!(config.selected(None).unwrap(), None);
        assert_eq!(config.selected(Some("fabrikam")).unwrap().unwrap().1.schema, Path::new("/org/b"));
        let config = read(&format!("org = 'contoso'\n{two}")).unwrap();
        assert_eq!(config.selected(None).unwrap().unwrap().0, "contoso");
        assert_eq!(config.orgs["contoso"].url.as_deref(), Some("https://x"));
        let one = read("[orgs.contoso]\nschema = 'a'").unwrap();
        assert_eq!(one.default_org(), Some("contoso"), "a single one needs no choice");
        let beside = read("schema = 'c'\n[orgs.contoso]\nschema = 'a'").unwrap();
        assert_eq!(beside.default_org(), None, "a schema without a name is the default one");
        assert_eq!(
            config.org("contso").unwrap_err().to_string(),
            "there is no organisation `contso`; did you mean `contoso`? `dvkit.toml` lists `contoso` and `fabrikam`"
        );
        assert!(read("").unwrap().org("a").unwrap_err().to_string().contains("lists none"));
    }

    #[test]
    fn a_mistake_about_an_organisation_is_named() {
        let two = "[orgs.contoso]\nschema = 'a'\n[orgs.fabrikam]\nschema = 'b'\n";
        let error = |text: &str| read(text).unwrap_err();
        assert!(error(&format!("org = 'contosso'\n{two}")).contains("did you mean `contoso`?"));
        assert!(error(&format!("org = 'contoso'\nschema = 'c'\n{two}")).contains("both say"));
        assert!(error("[orgs.a]\nurl = 'x'").contains("`orgs.a` does not say where its snapshot is"));
        assert!(error("[orgs.a]\nschema = 'x'\nshema = 'y'").contains("did you mean `schema`?"));
        assert!(error("[orgs.a]\nschema = 1").contains("has to be a text"));
        assert!(error("orgs = 1").contains("has to be tables"));
        assert!(error("[orgs]\na = 1").contains("`orgs.a` has to be a table"));
        assert!(error("org = 1").contains("has to be a name"));
    }
}
