//! Finds and opens the snapshots of a workspace. A snapshot is opened when it is first used.
//!
//! The default snapshot is named on the command line or in `dvkit.toml`, or is `./schema`, or is the sample
//! organisation. In addition, each organisation that `dvkit.toml` lists has a snapshot. If it lists none, the sample
//! organisations are known by their names.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use dvkit_schema::{Store, StoreError};

use crate::Error;
use crate::config::{Config, listed, unknown_org};
use crate::sample::Sample;

/// The snapshot that the command line names, which overrides that of `dvkit.toml`. If both fields are set,
/// `schema` is used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SchemaChoice {
    /// The folder of the snapshot; `None` if the command line names none.
    pub schema: Option<PathBuf>,
    /// The name of an organisation in `dvkit.toml`, or of a sample organisation if the file lists none; `None` if the
    /// command line names none.
    pub org: Option<String>,
}

/// The snapshots of a workspace: the default one, and one for each named organisation.
#[derive(Debug)]
pub struct Schemas {
    default: DefaultSchema,
    orgs: BTreeMap<String, Snapshot>,
    samples: Samples,
}

/// The sample organisations, each opened when it is first used.
#[derive(Debug, Default)]
struct Samples {
    contoso: OnceLock<Store>,
    fabrikam: OnceLock<Store>,
}

impl Samples {
    fn cell(&self, sample: Sample) -> &OnceLock<Store> {
        match sample {
            Sample::Contoso => &self.contoso,
            Sample::Fabrikam => &self.fabrikam,
        }
    }

    fn store(&self, sample: Sample) -> Result<&Store, Error> {
        opened(self.cell(sample), || sample.open())
    }
}

/// The snapshot for queries that name no organisation.
#[derive(Debug)]
enum DefaultSchema {
    Org(String),
    Folder(Box<Snapshot>),
    Sample(Sample),
    /// No snapshot, because `dvkit.toml` lists several organisations without a default.
    None,
}

/// A snapshot in a folder, which is opened when it is first used.
#[derive(Debug)]
struct Snapshot {
    folder: PathBuf,
    store: OnceLock<Store>,
}

impl Snapshot {
    fn new(folder: PathBuf) -> Self {
        Self { folder, store: OnceLock::new() }
    }

    /// Returns the snapshot. `org` is the name of its organisation, if it has one.
    fn store(&self, org: Option<&str>) -> Result<&Store, Error> {
        opened(&self.store, || match Store::open(&self.folder) {
            Err(StoreError::Missing { .. }) => Err(Error::NoSnapshot {
                folder: self.folder.clone(),
                make: match org {
                    Some(name) => format!("--org {name}"),
                    None => format!("-o {}", self.folder.display()),
                },
            }),
            opened => Ok(opened?),
        })
    }
}

/// Returns the store in `cell`. If `cell` is empty, the store is first opened with `open`. Returns an error
/// if `open` does; the cell then remains empty.
fn opened(cell: &OnceLock<Store>, open: impl FnOnce() -> Result<Store, Error>) -> Result<&Store, Error> {
    match cell.get() {
        Some(store) => Ok(store),
        None => {
            let store = open()?;
            Ok(cell.get_or_init(|| store))
        }
    }
}

impl Schemas {
    /// Finds the snapshots of the workspace in the folder `root`. The default is the first of these that
    /// exists: the folder or organisation in `choice`, the default of `config`, the folder `schema` in
    /// `root`, the sample organisation. No snapshot is opened.
    ///
    /// # Errors
    /// Returns an error if `choice` names an organisation that `config` does not list. If `config` lists none, a
    /// sample organisation can be named.
    pub fn find(root: &Path, config: &Config, choice: &SchemaChoice) -> Result<Self, Error> {
        let orgs: BTreeMap<_, _> =
            config.orgs.iter().map(|(name, org)| (name.clone(), Snapshot::new(org.schema.clone()))).collect();
        let by_name = choice.org.as_deref().and_then(|name| sample_for(&orgs, name));
        let org = match &choice.org {
            _ if by_name.is_some() => None,
            Some(name) => {
                config.org(name)?;
                Some(name.clone())
            }
            None => config.default_org().map(str::to_owned),
        };
        let local = root.join("schema");
        // Many repositories have an unrelated folder of this name.
        let is_snapshot = || dvkit_files::is_file(&local.join("org.json"));
        let default = if let Some(folder) = &choice.schema {
            DefaultSchema::Folder(Box::new(Snapshot::new(folder.clone())))
        } else if let Some(sample) = by_name {
            DefaultSchema::Sample(sample)
        } else if let Some(org) = org {
            DefaultSchema::Org(org)
        } else if let Some(folder) = &config.schema {
            DefaultSchema::Folder(Box::new(Snapshot::new(folder.clone())))
        } else if !orgs.is_empty() {
            DefaultSchema::None
        } else if is_snapshot() {
            DefaultSchema::Folder(Box::new(Snapshot::new(local)))
        } else {
            DefaultSchema::Sample(Sample::Contoso)
        };
        Ok(Self { default, orgs, samples: Samples::default() })
    }

    /// Returns schemas in which `store` is the default one, and no organisation has a schema of its own.
    #[must_use]
    pub fn of(store: Store) -> Self {
        let default = Snapshot { folder: PathBuf::new(), store: OnceLock::from(store) };
        Self {
            default: DefaultSchema::Folder(Box::new(default)),
            orgs: BTreeMap::new(),
            samples: Samples::default(),
        }
    }

    /// Returns the snapshot of the organisation `org`, or the default snapshot if `org` is `None`. The
    /// snapshot is opened if this is its first use.
    ///
    /// # Errors
    /// Returns [`Error::Org`] if there is no such organisation, or no default; returns another error if the
    /// snapshot cannot be read.
    pub fn store(&self, org: Option<&str>) -> Result<&Store, Error> {
        let named = |name: &str| match self.orgs.get(name) {
            Some(snapshot) => snapshot.store(Some(name)),
            None => match sample_for(&self.orgs, name) {
                Some(sample) => self.samples.store(sample),
                None => Err(Error::Org(unknown_org(name, self.orgs.keys().map(String::as_str)))),
            },
        };
        match (org, &self.default) {
            (Some(name), _) => named(name),
            (None, DefaultSchema::Org(name)) => named(name),
            (None, DefaultSchema::Folder(snapshot)) => snapshot.store(None),
            (None, DefaultSchema::Sample(sample)) => self.samples.store(*sample),
            (None, DefaultSchema::None) => Err(Error::Org(no_org(self.orgs.keys().map(String::as_str)))),
        }
    }

    /// Returns the snapshot that [`store`](Self::store) returns for `org`, if it was opened before. Opens none.
    #[must_use]
    pub fn opened(&self, org: Option<&str>) -> Option<&Store> {
        let named = |name: &str| match self.orgs.get(name) {
            Some(snapshot) => snapshot.store.get(),
            None => self.samples.cell(sample_for(&self.orgs, name)?).get(),
        };
        match (org, &self.default) {
            (Some(name), _) => named(name),
            (None, DefaultSchema::Org(name)) => named(name),
            (None, DefaultSchema::Folder(snapshot)) => snapshot.store.get(),
            (None, DefaultSchema::Sample(sample)) => self.samples.cell(*sample).get(),
            (None, DefaultSchema::None) => None,
        }
    }

    /// Returns whether a sample organisation is the default snapshot, for queries that name no organisation.
    #[must_use]
    pub fn is_sample(&self) -> bool {
        self.sample().is_some()
    }

    /// Returns the sample organisation that is the default snapshot; `None` if the default is another one.
    #[must_use]
    pub fn sample(&self) -> Option<Sample> {
        match self.default {
            DefaultSchema::Sample(sample) => Some(sample),
            _ => None,
        }
    }

    /// Returns the names of the organisations that have a snapshot of their own, sorted.
    pub fn orgs(&self) -> impl Iterator<Item = &str> + Clone {
        self.orgs.keys().map(String::as_str)
    }

    /// Returns the name of the default organisation. Returns `None` if the default snapshot has no name, or if
    /// there is no default.
    #[must_use]
    pub fn default_org(&self) -> Option<&str> {
        match &self.default {
            DefaultSchema::Org(name) => Some(name),
            _ => None,
        }
    }

    /// Returns whether there is a default snapshot, for queries that name no organisation.
    #[must_use]
    pub fn has_default(&self) -> bool {
        !matches!(self.default, DefaultSchema::None)
    }
}

/// Returns the sample organisation with this name, if `dvkit.toml` lists no organisations.
fn sample_for(orgs: &BTreeMap<String, Snapshot>, name: &str) -> Option<Sample> {
    Sample::named(name).filter(|_| orgs.is_empty())
}

fn no_org<'a>(known: impl Iterator<Item = &'a str>) -> String {
    format!(
        "which organisation? `dvkit.toml` lists {}, and none as the default: give `--org NAME`, or write `org = \"NAME\"` there",
        listed(known)
    )
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn each_snapshot_is_opened_once() {
        let dir = tempfile::tempdir().unwrap();
        let org = |name: &str| {
            let folder = dir.path().join(name);
            fs::create_dir(&folder).unwrap();
            let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/schema/org.json");
            fs::copy(from, folder.join("org.json")).unwrap();
        };
        org("a");
        org("b");
        let config =
            Config::read("org = 'a'\n[orgs.a]\nschema = 'a'\n[orgs.b]\nschema = 'b'", dir.path()).unwrap();
        let schemas = Schemas::find(dir.path(), &config, &SchemaChoice::default()).unwrap();
        let first = schemas.store(Some("a")).unwrap();
        assert!(std::ptr::eq(first, schemas.store(None).unwrap()), "the default one is one of them");
        let second = schemas.store(Some("b")).unwrap();
        assert!(!std::ptr::eq(first, second));
        // No snapshot is read twice, even if its folder is removed.
        fs::remove_dir_all(dir.path().join("a")).unwrap();
        fs::remove_dir_all(dir.path().join("b")).unwrap();
        assert!(std::ptr::eq(first, schemas.store(Some("a")).unwrap()));
        assert!(std::ptr::eq(second, schemas.store(Some("b")).unwrap()));
    }

    #[test]
    fn sample_organisations_are_known_by_name_where_no_others_are() {
        let dir = tempfile::tempdir().unwrap();
        let none = Schemas::find(dir.path(), &Config::default(), &SchemaChoice::default()).unwrap();
        assert!(none.opened(Some("fabrikam")).is_none());
        let fabrikam = none.store(Some("fabrikam")).unwrap();
        assert!(std::ptr::eq(fabrikam, none.opened(Some("fabrikam")).unwrap()));
        assert!(std::ptr::eq(none.store(None).unwrap(), none.store(Some("contoso")).unwrap()));
        assert!(none.store(Some("tailspin")).unwrap_err().to_string().contains("lists none"));
        let config = Config::read("[orgs.contoso]\nschema = 'a'", dir.path()).unwrap();
        let listed = Schemas::find(dir.path(), &config, &SchemaChoice::default()).unwrap();
        assert!(matches!(listed.store(Some("fabrikam")), Err(Error::Org(_))));
    }

    #[test]
    fn a_schema_is_found_in_one_order() {
        let dir = tempfile::tempdir().unwrap();
        let find = |config: &str, schema: Option<&str>, org: Option<&str>| {
            let config = Config::read(config, dir.path()).unwrap();
            let choice = SchemaChoice { schema: schema.map(PathBuf::from), org: org.map(str::to_owned) };
            Schemas::find(dir.path(), &config, &choice).map(|schemas| match schemas.default {
                DefaultSchema::Org(name) => name,
                DefaultSchema::Folder(snapshot) => {
                    snapshot.folder.strip_prefix(dir.path()).unwrap_or(&snapshot.folder).display().to_string()
                }
                DefaultSchema::Sample(Sample::Contoso) => "sample".to_owned(),
                DefaultSchema::Sample(sample) => format!("sample {}", sample.name()),
                DefaultSchema::None => "none".to_owned(),
            })
        };
        let two = "[orgs.a]\nschema = 'x'\n[orgs.b]\nschema = 'y'\n";
        assert_eq!(find("", None, None).unwrap(), "sample");
        assert_eq!(find(two, None, None).unwrap(), "none");
        assert_eq!(find(two, None, Some("b")).unwrap(), "b");
        assert_eq!(find(two, Some("z"), None).unwrap(), "z");
        assert_eq!(find("[orgs.a]\nschema = 'x'", None, None).unwrap(), "a");
        assert_eq!(find(&format!("schema = 'z'\n{two}"), None, None).unwrap(), "z");
        assert!(matches!(find(two, None, Some("c")), Err(Error::Org(_))));
        assert_eq!(find("", None, Some("fabrikam")).unwrap(), "sample fabrikam");
        assert_eq!(find("schema = 'z'", None, Some("contoso")).unwrap(), "sample");
        assert!(matches!(find(two, None, Some("fabrikam")), Err(Error::Org(_))), "the file lists others");
        fs::create_dir(dir.path().join("schema")).unwrap();
        assert_eq!(find("", None, None).unwrap(), "sample", "a folder of that name is not a snapshot yet");
        fs::write(dir.path().join("schema/org.json"), "").unwrap();
        assert_eq!(find("", None, None).unwrap(), "schema");
        assert_eq!(find("schema = 'z'", None, None).unwrap(), "z");
    }

    #[test]
    fn what_is_known_of_the_default_snapshot_follows_from_where_it_is() {
        let dir = tempfile::tempdir().unwrap();
        let of = |config: &str, choice: SchemaChoice| {
            let config = Config::read(config, dir.path()).unwrap();
            Schemas::find(dir.path(), &config, &choice).unwrap()
        };
        let named = |schema: Option<&str>, org: Option<&str>| SchemaChoice {
            schema: schema.map(PathBuf::from),
            org: org.map(str::to_owned),
        };
        let two = "[orgs.b]\nschema = 'x'\n[orgs.a]\nschema = 'y'\n";
        for (schemas, has_default, org, sample, orgs) in [
            (of("", named(None, None)), true, None, Some(Sample::Contoso), &[][..]),
            (of("", named(None, Some("fabrikam"))), true, None, Some(Sample::Fabrikam), &[]),
            (of("schema = 'z'", named(None, None)), true, None, None, &[]),
            (of(two, named(None, None)), false, None, None, &["a", "b"]),
            (of(two, named(None, Some("b"))), true, Some("b"), None, &["a", "b"]),
            (of(two, named(Some("z"), None)), true, None, None, &["a", "b"]),
            (of("[orgs.a]\nschema = 'y'\n", named(None, None)), true, Some("a"), None, &["a"]),
            (Schemas::of(Store::from_schema(dvkit_schema::Schema::default())), true, None, None, &[]),
        ] {
            let what = format!("{schemas:?}");
            assert_eq!(schemas.has_default(), has_default, "{what}");
            assert_eq!(schemas.default_org(), org, "{what}");
            assert_eq!((schemas.sample(), schemas.is_sample()), (sample, sample.is_some()), "{what}");
            assert_eq!(schemas.orgs().collect::<Vec<_>>(), orgs, "{what}");
        }
    }

    #[test]
    fn a_snapshot_that_cannot_be_opened_says_what_to_do() {
        let dir = tempfile::tempdir().unwrap();
        let two = "[orgs.b]\nschema = 'x'\n[orgs.a]\nschema = 'y'\n";
        let config = Config::read(two, dir.path()).unwrap();
        let several = Schemas::find(dir.path(), &config, &SchemaChoice::default()).unwrap();
        let config = Config::read("schema = 'z'", dir.path()).unwrap();
        let one = Schemas::find(dir.path(), &config, &SchemaChoice::default()).unwrap();
        let missing = |folder: &str, make: &str| {
            format!(
                "no snapshot: `{}` does not exist; make it with `dvkit schema import metadata.xml {make}`, or fetch it with \
`dvkit schema fetch`",
                dir.path().join(folder).join("org.json").display()
            )
        };
        let folder = dir.path().join("z").display().to_string();
        for (schemas, org, expected) in [
            (
                &several,
                None,
                "which organisation? `dvkit.toml` lists `a` and `b`, and none as the default: give `--org NAME`, or write \
`org = \"NAME\"` there"
                    .to_owned(),
            ),
            (&several, Some("b"), missing("x", "--org b")),
            (&one, None, missing("z", &format!("-o {folder}"))),
            (
                &several,
                Some("contoso"),
                "there is no organisation `contoso`; `dvkit.toml` lists `a` and `b`".to_owned(),
            ),
        ] {
            assert_eq!(schemas.store(org).unwrap_err().to_string(), expected, "{org:?}");
            assert!(schemas.opened(org).is_none(), "{org:?}");
        }
    }
}
