//! The organisations that `dvkit emulator` serves, and the values of options that are for one of them.

use anyhow::{Result, bail};
use dvkit_emulator::{Emulator, EmulatorBuilder};
use dvkit_ide::sample::Sample;

use super::Args;
use crate::schema_args::{OpenedSchema, OrgArgs};

/// An organisation to serve.
pub(super) struct ServedOrg {
    /// The name of the organisation; `None` if it has none, which only a single one may have.
    pub(super) name: Option<String>,
    /// The sample organisation that it is; `None` if it is the user's.
    pub(super) sample: Option<Sample>,
    builder: EmulatorBuilder,
}

impl ServedOrg {
    /// Opens the organisations that the arguments name, in their order. There is at least one, and each of several
    /// has a name of its own.
    ///
    /// # Errors
    /// Returns an error if one of them is unknown or cannot be read, or if a name is given twice.
    pub(super) fn all(args: &Args) -> Result<Vec<Self>> {
        let mut all: Vec<Self> = Vec::new();
        let mut add = |org: Self| match all.iter().find(|other| other.name == org.name) {
            Some(_) => bail!("`{}` is named twice", org.name.unwrap_or_default()),
            None => {
                all.push(org);
                Ok(())
            }
        };
        for name in &args.org {
            let org = Self::opened(&OpenedSchema::open(None, &OrgArgs { org: Some(name.clone()) })?)?;
            add(Self { name: Some(name.clone()), ..org })?;
        }
        for sample in &args.sample {
            add(Self {
                name: Some(sample.name().to_owned()),
                sample: Some(*sample),
                builder: of_sample(*sample),
            })?;
        }
        if all.is_empty() {
            all.push(Self::opened(&OpenedSchema::open(args.schema.as_deref(), &OrgArgs { org: None })?)?);
        }
        Ok(all)
    }

    fn opened(opened: &OpenedSchema) -> Result<Self> {
        let name = opened.name().map(str::to_owned);
        Ok(Self { name, sample: opened.sample(), builder: builder(opened)? })
    }

    /// Returns the builder of the organisation's emulator, which is taken out of it.
    pub(super) fn take_builder(&mut self) -> EmulatorBuilder {
        std::mem::replace(&mut self.builder, Emulator::builder(dvkit_schema::Schema::default()))
    }
}

/// Returns the builder of an emulator that serves the snapshot. The ids of users and rows depend on the name of the
/// organisation, so all commands that read one file of rows use this builder.
///
/// # Errors
/// Returns an error if the snapshot cannot be read.
pub(super) fn builder(opened: &OpenedSchema) -> Result<EmulatorBuilder> {
    if let Some(sample) = opened.sample() {
        return Ok(of_sample(sample));
    }
    let builder = Emulator::from_store(opened.store()?)?;
    Ok(match opened.name() {
        Some(name) => builder.organisation(name),
        None => builder,
    })
}

fn of_sample(sample: Sample) -> EmulatorBuilder {
    match sample {
        Sample::Contoso => Emulator::sample(),
        Sample::Fabrikam => Emulator::fabrikam(),
    }
}

/// Parses the name of a sample organisation.
pub(super) fn sample(name: &str) -> Result<Sample, String> {
    Sample::named(name).ok_or_else(|| {
        let known: Vec<String> = Sample::ALL.iter().map(|sample| format!("`{}`", sample.name())).collect();
        format!("the sample organisations are {}", known.join(" and "))
    })
}

/// Returns the values of a repeatable option that are for the organisation `org`, one of `names`: `NAME=VALUE` is for
/// that organisation, `sample` for each, and any other value for the only one.
///
/// # Errors
/// Returns an error if there are several organisations and a value names none.
pub(super) fn values_for<'a>(
    option: &str,
    values: &'a [String],
    names: &[Option<String>],
    org: Option<&str>,
) -> Result<Vec<&'a str>> {
    let mut found = Vec::new();
    for value in values {
        let named = value.split_once('=');
        match named.filter(|(name, _)| names.iter().any(|known| known.as_deref() == Some(name))) {
            Some((name, value)) if org == Some(name) => found.push(value),
            Some(_) => {}
            None if names.len() == 1 || value == "sample" => found.push(value),
            None => {
                let first = names.iter().flatten().next().map_or("NAME", String::as_str);
                bail!("for which organisation? Write its name before the file: `{option} {first}={value}`")
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_for_the_organisation_that_it_names() {
        let names = [Some("contoso".to_owned()), Some("fabrikam".to_owned())];
        let values: Vec<String> = ["sample", "fabrikam=more.json"].map(str::to_owned).into();
        let of = |org: &str| values_for("--seed", &values, &names, Some(org)).unwrap();
        assert_eq!(of("contoso"), ["sample"]);
        assert_eq!(of("fabrikam"), ["sample", "more.json"]);
        let plain = ["a=b.json".to_owned()];
        let error = values_for("--seed", &plain, &names, Some("contoso")).unwrap_err().to_string();
        assert!(error.ends_with("`--seed contoso=a=b.json`"), "{error}");
        assert_eq!(values_for("--seed", &plain, &[None], None).unwrap(), ["a=b.json"]);
        assert_eq!(values_for("--seed", &values[1..], &names[1..], Some("fabrikam")).unwrap(), ["more.json"]);
    }

    #[test]
    fn a_value_is_shared_out_by_the_name_before_it() {
        let names = |all: &[&str]| all.iter().map(|name| Some((*name).to_owned())).collect::<Vec<_>>();
        let (both, one, unnamed) = (names(&["a", "b"]), names(&["a"]), vec![None]);
        for (value, names, org, found) in [
            ("sample", &both, Some("a"), Some(&["sample"][..])),
            ("sample", &unnamed, None, Some(&["sample"])),
            ("a=x=y", &both, Some("a"), Some(&["x=y"])),
            ("a=x", &both, Some("b"), Some(&[])),
            ("a=x", &one, Some("a"), Some(&["x"])),
            ("b=x", &one, Some("a"), Some(&["b=x"])),
            ("x", &one, Some("a"), Some(&["x"])),
            ("x", &unnamed, None, Some(&["x"])),
            ("x", &both, Some("a"), None),
            ("c=x", &both, Some("a"), None),
            ("samples", &both, Some("a"), None),
        ] {
            let values = [value.to_owned()];
            let values = values_for("--seed", &values, names, org);
            assert_eq!(values.ok().as_deref(), found, "{value} for {org:?} of {names:?}");
        }
        let values = ["x".to_owned()];
        let told = values_for("--data", &values, &[None, None], None).unwrap_err().to_string();
        assert!(told.ends_with("`--data NAME=x`"), "{told}");
    }

    #[test]
    fn a_sample_is_found_by_its_name() {
        assert_eq!(sample("contoso"), Ok(Sample::Contoso));
        assert_eq!(sample("fabrikam"), Ok(Sample::Fabrikam));
        assert_eq!(sample("x"), Err("the sample organisations are `contoso` and `fabrikam`".to_owned()));
    }
}
