//! Finds the workspace that applies to a document: the nearest `dvkit.toml` with its snapshots, or the folder
//! that is open in the editor. Workspaces are shared by their documents, and replaced if their files change.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use dvkit_ide::config::{Config, FILE_NAME};
use dvkit_ide::editor::OpenFileRules;
use dvkit_ide::tree::HostNames;
use dvkit_ide::{Error, SchemaChoice, Schemas, Settings, Workspace};

/// A workspace with the folder that it is for.
#[derive(Debug)]
pub(crate) struct Root {
    /// The folder of `dvkit.toml`, or that of the editor.
    pub(crate) folder: PathBuf,
    /// The workspace; `None` if `dvkit.toml` is not valid and has not been since the start.
    pub(crate) workspace: Option<Arc<Workspace>>,
    /// The number of the workspace, which no other workspace of this server has.
    pub(crate) generation: u64,
    /// The mistake in `dvkit.toml`; `None` if it is valid.
    pub(crate) mistake: Option<Mistake>,
    /// The names of the organisations that every query is checked against; empty for the default one alone.
    pub(crate) orgs: Vec<String>,
    /// The languages of files with unusual names.
    pub(crate) hosts: HostNames,
    /// The files that are left out, and the findings that are accepted; `None` if `dvkit.toml` is not valid and has
    /// not been since the start.
    pub(crate) rules: Option<Arc<OpenFileRules>>,
    /// The folders of the snapshots.
    pub(crate) snapshots: BTreeSet<PathBuf>,
    /// The file of accepted findings; `None` if there is none.
    pub(crate) accepted: Option<PathBuf>,
    /// Whether the client was told that a snapshot cannot be read.
    is_told: AtomicBool,
}

/// A mistake in a `dvkit.toml`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mistake {
    pub(crate) file: PathBuf,
    pub(crate) message: String,
}

impl Root {
    /// Returns whether this is the first call, so that a failure is told once.
    pub(crate) fn first_failure(&self) -> bool {
        !self.is_told.swap(true, Ordering::Relaxed)
    }

    /// Returns whether a change of the file at `path` changes the workspace.
    fn depends_on(&self, path: &Path) -> bool {
        self.snapshots.iter().any(|folder| path.starts_with(folder)) || self.accepted.as_deref() == Some(path)
    }
}

/// The workspaces of a server.
#[derive(Debug)]
pub(crate) struct Roots {
    /// The folders that are open in the editor.
    folders: Vec<PathBuf>,
    choice: SchemaChoice,
    by_folder: HashMap<PathBuf, Arc<Root>>,
    /// The root of each folder with an open document.
    of_folder: HashMap<PathBuf, Arc<Root>>,
    generation: u64,
}

impl Roots {
    pub(crate) fn new(folders: Vec<PathBuf>, choice: SchemaChoice) -> Self {
        Self { folders, choice, by_folder: HashMap::new(), of_folder: HashMap::new(), generation: 0 }
    }

    /// Returns the folder of documents that have no file.
    pub(crate) fn first_folder(&self) -> PathBuf {
        self.folders.first().cloned().unwrap_or_default()
    }

    /// Returns the root for the document at `path`.
    pub(crate) fn of(&mut self, path: &Path) -> Arc<Root> {
        let folder = path.parent().unwrap_or(path).to_owned();
        if let Some(root) = self.of_folder.get(&folder) {
            return root.clone();
        }
        let root = self.find(&folder);
        self.of_folder.insert(folder, root.clone());
        root
    }

    fn find(&mut self, folder: &Path) -> Arc<Root> {
        let (config, mistake) = match Config::find(folder) {
            Ok(config) => (config, None),
            Err(error) => {
                let file = match &error {
                    Error::Config { path, .. } | Error::Read { path, .. } => path.clone(),
                    _ => folder.join(FILE_NAME),
                };
                let message = match error {
                    Error::Config { message, .. } => message,
                    error => sentence(&error),
                };
                (Config::default(), Some(Mistake { file, message }))
            }
        };
        let file = mistake.as_ref().map(|mistake| mistake.file.clone()).or_else(|| config.file.clone());
        let home = match file.as_deref().and_then(Path::parent) {
            Some(home) => home.to_owned(),
            None => self.folders.iter().find(|f| folder.starts_with(f)).map_or(folder, |f| f).to_owned(),
        };
        if let Some(root) = self.by_folder.get(&home)
            && root.generation > 0
        {
            return root.clone();
        }
        self.generation += 1;
        let root = Arc::new(self.opened(home.clone(), &config, mistake));
        self.by_folder.insert(home, root.clone());
        root
    }

    /// Returns the root with the workspace of `config`. If that has a mistake, the workspace before remains.
    fn opened(&self, folder: PathBuf, config: &Config, mistake: Option<Mistake>) -> Root {
        let before = self.by_folder.get(&folder);
        let mut snapshots: BTreeSet<PathBuf> = config.orgs.values().map(|org| org.schema.clone()).collect();
        snapshots.extend(config.schema.clone());
        snapshots.extend(self.choice.schema.clone());
        if snapshots.is_empty() {
            snapshots.insert(folder.join("schema"));
        }
        let mut mistake = mistake;
        let workspace = match &mistake {
            Some(_) => None,
            None => {
                // An organisation that the editor names applies to the files that list organisations.
                let org = self.choice.org.clone().filter(|_| !config.orgs.is_empty());
                let choice = SchemaChoice { org, ..self.choice.clone() };
                match Schemas::find(&folder, config, &choice) {
                    Ok(schemas) => {
                        let settings = Settings {
                            targets: config.targets.clone(),
                            levels: config.lints.clone(),
                            ..Settings::default()
                        };
                        Some(Arc::new(Workspace::new(schemas, settings)))
                    }
                    Err(error) => {
                        let file = config.file.clone().unwrap_or_else(|| folder.join(FILE_NAME));
                        mistake = Some(Mistake { file, message: sentence(&error) });
                        None
                    }
                }
            }
        };
        let accepted = config.check.baseline.as_ref().map(|path| config.dir.join(path));
        let rules = match OpenFileRules::new(config) {
            Ok(rules) if mistake.is_none() => Some(Arc::new(rules)),
            Ok(_) => None,
            Err(error) => {
                let file = config.file.clone().unwrap_or_else(|| folder.join(FILE_NAME));
                mistake.get_or_insert(Mistake { file, message: sentence(&error) });
                None
            }
        };
        let workspace = workspace.or_else(|| before.and_then(|root| root.workspace.clone()));
        let rules = rules.or_else(|| before.and_then(|root| root.rules.clone()));
        if mistake.is_some()
            && let Some(before) = before
        {
            snapshots.extend(before.snapshots.iter().cloned());
        }
        // What the editor names counts for all files, as an option of the command does.
        let is_chosen = self.choice.schema.is_some() || self.choice.org.is_some();
        let mut orgs: Vec<String> = Vec::new();
        for org in config.check.orgs.iter().filter(|_| !is_chosen) {
            if !orgs.contains(org) {
                orgs.push(org.clone());
            }
        }
        Root {
            folder,
            workspace,
            orgs,
            hosts: config.check.hosts().unwrap_or_default(),
            generation: self.generation,
            mistake,
            rules,
            snapshots,
            accepted,
            is_told: AtomicBool::new(false),
        }
    }

    /// Takes note of changed files. Returns whether a workspace has to be read again.
    pub(crate) fn changed(&mut self, paths: &[PathBuf]) -> bool {
        let is_config = |path: &PathBuf| path.file_name().is_some_and(|name| name == FILE_NAME);
        let configs = paths.iter().any(is_config);
        let stale: Vec<PathBuf> = self
            .by_folder
            .iter()
            .filter(|(_, root)| configs || paths.iter().any(|path| root.depends_on(path)))
            .map(|(folder, _)| folder.clone())
            .collect();
        if stale.is_empty() && !configs {
            return false;
        }
        self.forget();
        true
    }

    /// Reads all workspaces again when they are next used. Their last state remains until then.
    pub(crate) fn forget(&mut self) {
        self.of_folder.clear();
        for root in self.by_folder.values_mut() {
            *root = Arc::new(Root {
                folder: root.folder.clone(),
                workspace: root.workspace.clone(),
                orgs: root.orgs.clone(),
                hosts: root.hosts.clone(),
                generation: 0,
                mistake: root.mistake.clone(),
                rules: root.rules.clone(),
                snapshots: root.snapshots.clone(),
                accepted: root.accepted.clone(),
                is_told: AtomicBool::new(false),
            });
        }
    }

    /// Sets the folder or the organisation that the editor names. Returns whether it is another one.
    pub(crate) fn choose(&mut self, choice: SchemaChoice) -> bool {
        if self.choice == choice {
            return false;
        }
        self.choice = choice;
        self.forget();
        true
    }

    /// Adds and removes folders of the editor.
    pub(crate) fn change_folders(&mut self, added: Vec<PathBuf>, removed: &[PathBuf]) {
        self.folders.retain(|folder| !removed.contains(folder));
        self.folders.extend(added);
        self.forget();
    }

    /// Keeps only the roots of the documents at `open`.
    pub(crate) fn retain<'a>(&mut self, open: impl Iterator<Item = &'a Path>) {
        let folders: BTreeSet<PathBuf> = open.filter_map(|path| path.parent()).map(Path::to_owned).collect();
        self.of_folder.retain(|folder, _| folders.contains(folder));
        let used: BTreeSet<PathBuf> = self.of_folder.values().map(|root| root.folder.clone()).collect();
        self.by_folder.retain(|folder, _| used.contains(folder));
    }

    /// Returns the roots in use, those of the folders of the editor included.
    pub(crate) fn all(&mut self) -> Vec<Arc<Root>> {
        for folder in self.folders.clone() {
            self.of(&folder.join(FILE_NAME));
        }
        let mut roots: Vec<Arc<Root>> = self.by_folder.values().cloned().collect();
        roots.sort_by(|a, b| a.folder.cmp(&b.folder));
        roots
    }

    /// Returns the number of workspaces in memory.
    pub(crate) fn count(&self) -> usize {
        self.by_folder.len()
    }
}

/// Returns an error with its causes as one sentence.
pub(crate) fn sentence(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// Returns a folder `a` with settings, and below it `a/b/c`; beside it `d` without settings.
    fn tree(settings: &str) -> (tempfile::TempDir, Roots) {
        let folder = tempfile::tempdir().unwrap();
        for inner in ["a/b/c", "d/e"] {
            fs::create_dir_all(folder.path().join(inner)).unwrap();
        }
        fs::write(folder.path().join("a/dvkit.toml"), settings).unwrap();
        let roots = Roots::new(vec![folder.path().join("d")], SchemaChoice::default());
        (folder, roots)
    }

    fn message(root: &Root) -> &str {
        root.mistake.as_ref().map_or("", |mistake| mistake.message.as_str())
    }

    #[test]
    fn the_nearest_settings_or_the_folder_of_the_editor_are_the_root() {
        let (folder, mut roots) = tree("");
        let at = |path: &str| folder.path().join(path);
        assert_eq!(roots.first_folder(), at("d"));
        let several = Roots::new(vec![at("d"), at("a")], SchemaChoice::default());
        assert_eq!(several.first_folder(), at("d"));
        assert_eq!(Roots::new(Vec::new(), SchemaChoice::default()).first_folder(), PathBuf::new());
        let inner = roots.of(&at("a/b/c/x.odata"));
        assert_eq!((inner.folder.as_path(), inner.generation), (at("a").as_path(), 1));
        let other = roots.of(&at("a/b/x.odata"));
        assert!(Arc::ptr_eq(&inner, &other), "one workspace for both");
        let plain = roots.of(&at("d/e/x.odata"));
        assert_eq!((plain.folder.as_path(), plain.generation), (at("d").as_path(), 2));
        assert_eq!(plain.snapshots, BTreeSet::from([at("d/schema")]));
        let outside = roots.of(&at("x.odata"));
        assert_eq!((outside.folder.as_path(), outside.generation), (folder.path(), 3));
        assert_eq!(roots.count(), 3);
        roots.retain([at("d/e/y.odata")].iter().map(PathBuf::as_path));
        assert_eq!(roots.count(), 1);
        let folders: Vec<PathBuf> = roots.all().iter().map(|root| root.folder.clone()).collect();
        assert_eq!(folders, [at("d")]);
        roots.change_folders(vec![at("a")], &[at("d")]);
        let folders: Vec<PathBuf> = roots.all().iter().map(|root| root.folder.clone()).collect();
        assert_eq!((roots.first_folder(), folders), (at("a"), vec![at("a"), at("d")]));
    }

    #[test]
    fn a_changed_file_makes_a_new_workspace_if_it_belongs_to_one() {
        let (folder, mut roots) = tree("schema = \"s\"\n[check]\nbaseline = \"accepted.txt\"\n");
        let at = |path: &str| folder.path().join(path);
        let generation = |roots: &mut Roots| roots.of(&at("a/b/x.odata")).generation;
        let root = roots.of(&at("a/b/x.odata"));
        assert_eq!(root.accepted.as_deref(), Some(at("a/accepted.txt").as_path()));
        assert_eq!(root.snapshots, BTreeSet::from([at("a/s")]));
        assert!(!roots.changed(&[at("a/b/x.odata"), at("a/s2/org.json")]), "files of no workspace");
        assert_eq!(generation(&mut roots), 1);
        for (n, file) in ["a/s/org.json", "a/accepted.txt", "d/dvkit.toml"].into_iter().enumerate() {
            assert!(roots.changed(&[at("x"), at(file)]), "{file}");
            assert_eq!(generation(&mut roots), n as u64 + 2, "{file}");
        }
    }

    #[test]
    fn settings_with_a_mistake_leave_what_was_right_before() {
        let (folder, mut roots) = tree("[check]\nexclude = [\"x/**\"]\n[lints]\nDV0502 = \"off\"\n");
        let at = |path: &str| folder.path().join(path);
        fs::create_dir(at("a/schema")).unwrap();
        let before = roots.of(&at("a/x.odata"));
        assert_eq!(message(&before), "");
        assert!(before.workspace.is_some() && before.rules.is_some(), "the settings are right");
        fs::write(at("a/dvkit.toml"), "[check]\nexclud = 1\n").unwrap();
        assert!(roots.changed(&[at("a/dvkit.toml")]), "the settings");
        let now = roots.of(&at("a/x.odata"));
        assert!(message(&now).contains("exclud"), "{:?}", now.mistake);
        assert_eq!(now.mistake.as_ref().map(|mistake| mistake.file.clone()), Some(at("a/dvkit.toml")));
        let same = |a: &Option<Arc<Workspace>>, b: &Option<Arc<Workspace>>| match (a, b) {
            (Some(a), Some(b)) => Arc::ptr_eq(a, b),
            _ => false,
        };
        assert!(same(&before.workspace, &now.workspace), "the workspace before remains");
        assert!(now.rules.is_some(), "and its rules");
        assert!(now.first_failure() && !now.first_failure(), "a failure is told once");
    }

    #[test]
    fn the_snapshots_before_a_mistake_are_still_watched() {
        let (folder, mut roots) = tree("schema = \"s\"\n");
        let at = |path: &str| folder.path().join(path);
        for (settings, expected) in [
            ("schema = \"s\"\n", &["a/s"][..]),
            ("schema = \"t\"\n", &["a/t"]),
            ("schema = 1\n", &["a/schema", "a/t"]),
            ("schema = \"u\"\n", &["a/u"]),
        ] {
            fs::write(at("a/dvkit.toml"), settings).unwrap();
            roots.changed(&[at("a/dvkit.toml")]);
            let expected: BTreeSet<PathBuf> = expected.iter().map(|path| at(path)).collect();
            assert_eq!(roots.of(&at("a/x.odata")).snapshots, expected, "{settings}");
        }
    }

    #[test]
    fn settings_that_were_never_right_have_no_workspace() {
        for (settings, why) in [
            ("schema = 1\n", "schema"),
            ("[check]\nexclude = [1]\n", "invalid type: integer `1`"),
            ("[check]\nbaseline = \"none.txt\"\n", "none.txt"),
        ] {
            let (folder, mut roots) = tree(settings);
            let root = roots.of(&folder.path().join("a/x.odata"));
            assert!(message(&root).contains(why), "{settings}: {:?}", root.mistake);
            assert!(root.workspace.is_none() || root.rules.is_none(), "{settings}");
        }
    }

    #[test]
    fn what_the_editor_chooses_counts_for_all_files() {
        let (folder, mut roots) = tree(
            "org = \"one\"\n[orgs.one]\nschema = \"o\"\n[orgs.two]\nschema = \"t\"\n[check]\norgs = [\"one\", \"two\", \"one\"]\n",
        );
        let at = |path: &str| folder.path().join(path);
        let root = roots.of(&at("a/x.odata"));
        assert_eq!((message(&root), root.orgs.as_slice()), ("", &["one".to_owned(), "two".to_owned()][..]));
        assert_eq!(root.snapshots, BTreeSet::from([at("a/o"), at("a/t")]));
        let two = SchemaChoice { schema: None, org: Some("two".to_owned()) };
        assert!(roots.choose(two.clone()) && !roots.choose(two), "another choice, and the same");
        assert_eq!(roots.of(&at("a/x.odata")).orgs, Vec::<String>::new());
        assert!(roots.choose(SchemaChoice { schema: Some(at("s")), org: None }), "another choice");
        let root = roots.of(&at("a/x.odata"));
        assert_eq!(root.orgs, Vec::<String>::new());
        assert_eq!(root.snapshots, BTreeSet::from([at("a/o"), at("a/t"), at("s")]));
    }

    #[test]
    fn an_error_is_one_sentence_with_its_causes() {
        let cause = std::io::Error::other("the cause");
        let error = Error::Read { path: PathBuf::from("a.toml"), source: cause };
        let text = sentence(&error);
        assert!(text.contains("a.toml") && text.ends_with(": the cause"), "{text}");
    }
}
