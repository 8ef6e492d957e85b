//! Writes the text of a new `dvkit.toml`, with comments that explain every setting. `dvkit init` uses it.

/// The values for a new `dvkit.toml`.
#[derive(Clone, Copy, Debug)]
pub struct Template<'a> {
    /// The folder of the snapshot. It is written only if `orgs` is empty.
    pub schema: &'a str,
    /// The names of the organisations; the first one is the default.
    pub orgs: &'a [String],
    /// The URL of the organisation; `None` writes an example URL as a comment.
    pub url: Option<&'a str>,
}

/// The URL of the JSON schema of `dvkit.toml`, which editors read.
const JSON_SCHEMA: &str = concat!(env!("CARGO_PKG_REPOSITORY"), "/raw/main/docs/dvkit.schema.json");

/// An example URL in place of the URL of the user's organisation.
const EXAMPLE_URL: &str = "https://contoso.crm4.dynamics.com";

impl Template<'_> {
    /// Returns the text of the new `dvkit.toml`.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = format!(
            "#:schema {JSON_SCHEMA}\n\
             # Settings of dvkit. It is looked for from the working directory upwards.\n\n"
        );
        text.push_str(&self.schemas());
        text.push_str(
            "\n# The table that a lookup to several tables is followed to, by column, or by table and column.\n\
             [targets]\n\
             # \"contact.parentcustomerid\" = \"account\"\n\
             \n\
             # The level of findings, by code or by family of codes: \"off\", \"note\", \"warning\" or \"error\". `dvkit explain` lists\n\
             # the codes; the families are names, types, service, performance and conversion.\n\
             [lints]\n\
             # performance = \"off\"\n\
             # DV0502 = \"error\"\n\
             \n\
             # What `dvkit schema fetch` asks for where the command line does not say. Secrets have no place here.\n\
             [fetch]\n",
        );
        match (self.url, self.orgs) {
            (Some(url), []) => text.push_str(&format!("url = {}\n", quoted(url))),
            (None, []) => text.push_str(&format!("# url = \"{EXAMPLE_URL}\"\n")),
            // Each organisation has its own URL.
            _ => {}
        }
        text.push_str(
            "# tables = [\"account\", \"contact\", \"new_*\"]    # `!` before one leaves it out; all where nothing is chosen\n\
             # solutions = [\"ContosoCore\"]                   # the tables of these solutions, by unique name\n\
             # publishers = [\"contoso\"]                      # the tables of these publishers, by unique name\n\
             # languages = [1033]                            # labels in these languages only, by LCID\n\
             # tenant = \"contoso.onmicrosoft.com\"            # else the organisation tells it\n\
             # client_id = \"00000000-0000-0000-0000-000000000000\"    # the application that signs in\n\
             \n\
             # The files that `dvkit check PATH` checks. Patterns are those of .gitignore, relative to this file.\n\
             [check]\n\
             # exclude = [\"generated/\", \"*.min.js\"]\n\
             # include = [\"src/\", \"flows/\"]              # only these\n\
             # extensions = { \".query.txt\" = \"queries\" }    # the language of files with unusual names\n\
             # baseline = \"dvkit-baseline.json\"            # accepted findings: `dvkit check --write-baseline`\n\
             # orgs = [\"contoso\", \"fabrikam\"]            # every query is checked against each of these\n",
        );
        text
    }

    /// Returns the lines of the file about snapshots and organisations.
    fn schemas(&self) -> String {
        let Some(default) = self.orgs.first() else {
            return format!(
                "# Folder of the snapshot, relative to this file: commit it beside the code that uses it.\n\
                 schema = {}\n\
                 \n\
                 # Several organisations side by side, instead of `schema`; `--org NAME` chooses one.\n\
                 # org = \"contoso\"\n\
                 # [orgs.contoso]\n\
                 # schema = \"schema/contoso\"\n\
                 # url = \"{EXAMPLE_URL}\"\n",
                quoted(self.schema)
            );
        };
        let mut text = format!(
            "# The organisation that counts where none is named; `--org NAME` chooses another one.\norg = {}\n",
            quoted(default)
        );
        for name in self.orgs {
            let url = match self.url {
                Some(url) => format!("url = {}\n", quoted(url)),
                None => format!("# url = \"{EXAMPLE_URL}\"\n"),
            };
            text.push_str(&format!(
                "\n[orgs.{}]\n\
                 # Folder of the snapshot, relative to this file: commit it beside the code that uses it.\n\
                 schema = {}\n\
                 # Address of the organisation, for `dvkit schema fetch --org {}`.\n{url}",
                key(name),
                quoted(&org_folder(name)),
                name.escape_debug()
            ));
        }
        text
    }
}

/// Returns the folder for the snapshot of the organisation `name`, relative to `dvkit.toml`.
#[must_use]
pub fn org_folder(name: &str) -> String {
    // Names may have characters that paths must not have.
    let safe = |c: char| if c.is_alphanumeric() || matches!(c, '-' | '_') { c } else { '-' };
    format!("schema/{}", name.chars().map(safe).collect::<String>())
}

/// Returns the text as a TOML string in quotes. Except for one character, TOML has the same escapes as JSON.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string().replace('\u{7f}', "\\u007f")
}

/// Returns the name as a key in TOML, in quotes if necessary.
fn key(name: &str) -> String {
    let is_bare =
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    if is_bare { name.to_owned() } else { quoted(name) }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::Config;

    #[test]
    fn a_template_is_read_as_what_it_says() {
        let dir = Path::new("/org");
        let text = Template { schema: "crm \"1\"\u{7f}", orgs: &[], url: Some("https://x") }.text();
        let config = Config::read(&text, dir).unwrap();
        assert_eq!(config.schema.as_deref(), Some(dir.join("crm \"1\"\u{7f}").as_path()));
        assert_eq!(config.fetch.url.as_deref(), Some("https://x"));
        let orgs = ["contoso".to_owned(), "a b/..\u{1}\n".to_owned()];
        let text = Template { schema: "schema", orgs: &orgs, url: None }.text();
        let config = Config::read(&text, dir).unwrap();
        assert_eq!(config.default_org(), Some("contoso"));
        assert_eq!(config.orgs[&orgs[1]].schema, dir.join("schema/a-b-----"));
    }

    #[test]
    fn every_example_in_a_template_can_be_used() {
        // `org` excludes `schema`, so the line of `schema` is removed before the examples are enabled.
        let text = Template { schema: "schema", orgs: &[], url: None }.text();
        let (head, _) = text.split_once("schema = ").unwrap();
        let (_, rest) = text.split_once("Several organisations side by side").unwrap();
        let used = format!("{head}\n# {rest}");
        let lines = used.lines().map(|line| match line.strip_prefix("# ") {
            Some(setting) if setting.starts_with('[') || setting.contains(" = ") => setting,
            _ => line,
        });
        let used = lines.collect::<Vec<_>>().join("\n");
        let config = Config::read(&used, Path::new("/org")).unwrap_or_else(|e| panic!("{e}: {used}"));
        assert_eq!(config.default_org(), Some("contoso"));
        assert!(config.orgs["contoso"].url.is_some() && config.fetch.url.is_some());
        assert!(!config.targets.is_empty() && !config.lints.is_empty());
        assert!(!config.fetch.tables.is_empty() && !config.fetch.languages.is_empty());
        assert!(config.fetch.client_id.is_some() && config.fetch.tenant.is_some());
    }
}
