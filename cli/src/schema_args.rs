//! Opens the schema that the arguments `--schema` and `--org` select, for every command that needs a schema.

use std::path::{Path, PathBuf};

use anyhow::Result;
use dvkit_ide::config::Config;
#[cfg(feature = "emulator")]
use dvkit_ide::sample::Sample;
use dvkit_ide::{SchemaChoice, Schemas};
use dvkit_schema::Store;

/// The notice that the sample organisation is used. It is printed once in a run.
pub(crate) const SAMPLE_NOTICE: &str = "note: this is the sample organisation that comes with dvkit; bring yours with \
     `dvkit schema import metadata.xml -o schema/`";

/// The option `--org`. A command that uses it declares the option `--schema` itself.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct OrgArgs {
    /// The organisation whose snapshot is read, by its name in `[orgs]` of `dvkit.toml`
    #[arg(long, value_name = "NAME", conflicts_with = "schema")]
    pub(crate) org: Option<String>,
}

/// Reads the nearest `dvkit.toml`, and finds the schemas that the file and the command line name. `schema` is
/// the value of `--schema`.
///
/// # Errors
/// Returns an error if `dvkit.toml` is invalid or does not list the organisation.
pub(crate) fn find(schema: Option<&Path>, org: &OrgArgs) -> Result<(Config, Schemas)> {
    Ok(found(schema, org)?)
}

/// Does the same as [`find`], and keeps the type of the error.
///
/// # Errors
/// Returns the errors of [`find`].
pub(crate) fn found(schema: Option<&Path>, org: &OrgArgs) -> Result<(Config, Schemas), dvkit_ide::Error> {
    let here = Path::new("");
    let config = Config::find(here)?;
    let choice = SchemaChoice { schema: schema.map(PathBuf::from), org: org.org.clone() };
    let schemas = Schemas::find(here, &config, &choice)?;
    Ok((config, schemas))
}

/// The name of an organisation that is checked, if it has one, and its schemas.
pub(crate) type OrgSchemas = (Option<String>, Schemas);

/// Finds the schemas like [`find`], once for each organisation that is checked: those of `orgs`, otherwise
/// those in `[check]` of `dvkit.toml`, otherwise the default one, which has no name here. One organisation has no name
/// either.
///
/// # Errors
/// Returns the errors of [`find`].
pub(crate) fn find_all(schema: Option<&Path>, orgs: &[String]) -> Result<(Config, Vec<OrgSchemas>)> {
    let here = Path::new("");
    let config = Config::find(here)?;
    let mut names: Vec<&String> = Vec::new();
    if schema.is_none() {
        for name in if orgs.is_empty() { &config.check.orgs } else { orgs } {
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    let find = |org: Option<String>| {
        Schemas::find(here, &config, &SchemaChoice { schema: schema.map(PathBuf::from), org })
    };
    let all = match names.as_slice() {
        [] => vec![(None, find(None)?)],
        [one] => vec![(None, find(Some((*one).clone()))?)],
        several => several
            .iter()
            .map(|name| Ok((Some((*name).clone()), find(Some((*name).clone()))?)))
            .collect::<Result<_>>()?,
    };
    Ok((config, all))
}

/// The schema that a command uses, opened.
pub(crate) struct OpenedSchema {
    schemas: Schemas,
}

impl OpenedSchema {
    /// Finds the schema and opens it. `schema` is the value of `--schema`.
    ///
    /// # Errors
    /// Returns the errors of [`find`]. Also returns an error if the snapshot cannot be read, or if there is
    /// no default organisation and the command line names none.
    pub(crate) fn open(schema: Option<&Path>, org: &OrgArgs) -> Result<Self> {
        let (_, schemas) = find(schema, org)?;
        schemas.store(None)?;
        Ok(Self { schemas })
    }

    /// Returns the opened snapshot.
    ///
    /// # Errors
    /// Never returns an error, because the snapshot is already open.
    pub(crate) fn store(&self) -> Result<&Store> {
        Ok(self.schemas.store(None)?)
    }

    /// Returns whether this is the schema of a sample organisation.
    pub(crate) fn is_sample(&self) -> bool {
        self.schemas.is_sample()
    }
}

/// What an emulator tells of the organisation that it serves.
#[cfg(feature = "emulator")]
impl OpenedSchema {
    /// Returns the sample organisation whose schema this is; `None` if it is the user's.
    pub(crate) fn sample(&self) -> Option<Sample> {
        self.schemas.sample()
    }

    /// Returns the name that `dvkit.toml` gives the organisation; `None` if it gives none.
    pub(crate) fn name(&self) -> Option<&str> {
        self.schemas.default_org()
    }
}
