//! Two small projects with ten planted mistakes each, one in C# and one in TypeScript, on the way of a new user:
//! from `dvkit init` over `--fix` and the edits that are left to a clean check. What the projects contain that is
//! right is not reported.
#![allow(clippy::unwrap_used)] // the lints' exceptions for tests do not reach their helpers

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target)
        } else {
            drop(fs::copy(entry.path(), target))
        }
    }
}

/// A copy of a project.
struct Project(tempfile::TempDir);

impl Project {
    fn new(name: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/trial").join(name), dir.path());
        Self(dir)
    }

    fn run(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_dvkit")).current_dir(self.0.path()).args(arguments).output().unwrap()
    }

    /// Runs `dvkit check ./` with further arguments. Returns the lines that begin with a position, without the
    /// folder, and whether there is no error.
    fn check(&self, arguments: &[&str]) -> (Vec<String>, bool) {
        let output = self.run(&[&["check", "--color", "never"], arguments, &["./"]].concat());
        let text = String::from_utf8(output.stdout).unwrap();
        let finding = |line: &str| {
            let (place, message) = line.split_once("[DV")?;
            let (path, rest) = place.split_once(':')?;
            let (position, severity) = rest.rsplit_once(": ")?;
            let file = path.rsplit('/').next()?;
            let code = message.get(..4)?;
            let line = position.split(':').next()?;
            Some(format!("{file}:{line} {severity} DV{code}"))
        };
        (text.lines().filter_map(finding).collect(), output.status.success())
    }

    fn path(&self, file: &str) -> PathBuf {
        self.0.path().join(file)
    }

    /// Replaces the only occurrence of a text in a file, as the user does by hand.
    fn edit(&self, file: &str, old: &str, new: &str) {
        let text = fs::read_to_string(self.path(file)).unwrap();
        assert_eq!(text.matches(old).count(), 1, "{file}: {old}\n{text}");
        fs::write(self.path(file), text.replace(old, new)).unwrap();
    }

    /// Returns the lines of a file that differ from those of the project as it was.
    fn changed(&self, name: &str, file: &str) -> Vec<String> {
        let old = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/trial").join(name).join(file);
        let (old, new) = (fs::read_to_string(old).unwrap(), fs::read_to_string(self.path(file)).unwrap());
        assert_eq!(old.lines().count(), new.lines().count());
        old.lines()
            .zip(new.lines())
            .filter(|(old, new)| old != new)
            .map(|(_, new)| new.trim().to_owned())
            .collect()
    }

    /// Makes the settings and the snapshot, as the book says.
    fn set_up(&self) {
        let output = self.run(&["init"]);
        assert!(output.status.success());
        let next = String::from_utf8(output.stdout).unwrap();
        assert!(next.contains("dvkit schema import metadata.xml -o schema"), "{next}");
        assert!(next.contains("dvkit check ./"), "{next}");
        let before = self.run(&["check", "./"]);
        let told = String::from_utf8(before.stderr).unwrap();
        assert_eq!(before.status.code(), Some(2));
        assert!(told.contains("make it with `dvkit schema import metadata.xml -o "), "{told}");
        for file in ["metadata.json", "csdl.xml", "globalchoices.json"] {
            fs::copy(root().join("fixtures/org").join(file), self.path(file)).unwrap();
        }
        let import = [
            "schema",
            "import",
            "metadata.json",
            "csdl.xml",
            "globalchoices.json",
            "-o",
            "schema",
            "--quiet",
        ];
        assert!(self.run(&import).status.success());
        for file in ["metadata.json", "csdl.xml", "globalchoices.json"] {
            fs::remove_file(self.path(file)).unwrap();
        }
    }
}

const SERVICE: &str = "Contoso.Crm.Integration/AccountService.cs";
const PLUGIN: &str = "Contoso.Crm.Plugins/ProjectNumberPlugin.cs";
const FORM: &str = "src/case.form.ts";
const CONTROL: &str = "CaseTimeline/index.ts";

#[test]
fn a_csharp_project_comes_from_ten_mistakes_to_a_clean_check() {
    let project = Project::new("csharp");
    project.set_up();
    let (found, is_right) = project.check(&[]);
    assert!(!is_right);
    assert_eq!(
        found,
        [
            "AccountService.cs:18 error DV0203",
            "AccountService.cs:43 error DV0203",
            "AccountService.cs:54 warning DV0220",
            "AccountService.cs:60 error DV0204",
            "AccountService.cs:65 error DV0006",
            "AccountService.cs:69 warning DV0325",
            "AccountService.cs:73 error DV0201",
            "ProjectNumberPlugin.cs:34 error DV0203",
            "ProjectNumberPlugin.cs:54 error DV0314",
            "ProjectNumberPlugin.cs:66 warning DV0310",
        ]
    );
    // Two need a decision: which phase or which text, and which status; one is only right if the value has no quotes.
    let (left, _) = project.check(&["--fix"]);
    assert_eq!(
        left,
        [
            "AccountService.cs:69 warning DV0325",
            "ProjectNumberPlugin.cs:54 error DV0314",
            "ProjectNumberPlugin.cs:66 warning DV0310",
        ]
    );
    assert_eq!(
        project.changed("csharp", SERVICE),
        [
            r#"<attribute name=""emailaddress1"" />"#,
            r#"<link-entity name="account" from="accountid" to="parentaccountid" link-type="outer" alias="a">"#,
            r#"http.GetFromJsonAsync<JsonElement>($"{Api}accounts?$select=name,accountnumber,_primarycontactid_value&$filter=statecode eq 0&$orderby=name&$top={top}");"#,
            r#"+ "&$filter=new_Account/accountnumber eq '" + accountNumber.Replace("'", "''") + "'""#,
            r#"http.GetFromJsonAsync<JsonElement>(Api + "accounts?$select=name,modifiedon&$filter=modifiedon ge 2025-01-31T00:00:00Z&$top=5000");"#,
            r#"http.GetFromJsonAsync<JsonElement>($"{Api}opportunities?$select=name,actualvalue&$filter=statecode eq 1 and createdon ge {from:yyyy-MM-ddTHH:mm:ssZ}&$top=100");"#,
        ]
    );
    assert_eq!(
        project.changed("csharp", PLUGIN),
        [r#"var row = service.Retrieve("account", account.Id, new ColumnSet("name", "creditonhold"));"#]
    );
    project.edit(SERVICE, "accountnumber eq {number}", "accountnumber eq '{number}'");
    project.edit(PLUGIN, r#"ConditionOperator.BeginsWith, "Plan""#, "ConditionOperator.Equal, 100000000");
    project.edit(PLUGIN, "ConditionOperator.NotEqual, 3", "ConditionOperator.NotEqual, 100000000");
    assert_eq!(project.check(&["--deny", "warnings"]), (Vec::new(), true));
}

#[test]
fn a_typescript_project_comes_from_ten_mistakes_to_a_clean_check() {
    let project = Project::new("typescript");
    project.set_up();
    let (found, is_right) = project.check(&[]);
    assert!(!is_right);
    assert_eq!(
        found,
        [
            "index.ts:20 warning DV0301",
            "index.ts:25 error DV0225",
            "case.form.ts:5 warning DV0310",
            "case.form.ts:18 error DV0203",
            "case.form.ts:22 warning DV0220",
            "case.form.ts:24 error DV0325",
            "case.form.ts:36 error DV0229",
            "case.form.ts:50 error DV0314",
            "case.form.ts:64 error DV0203",
            "case.form.ts:64 error DV0204",
        ]
    );
    let (left, _) = project.check(&["--fix"]);
    assert_eq!(left, ["case.form.ts:5 warning DV0310", "case.form.ts:50 error DV0314",]);
    let form = project.changed("typescript", FORM).join("\n");
    for right in [
        "name,telephone1&",
        "$select=title,_customerid_value&",
        "eq 'AX100'&",
        r#"attribute="parentcustomerid""#,
        "incident_customer_accounts($select=title;$expand=Incident_Tasks(",
    ] {
        assert!(form.contains(right), "{right}: {form}");
    }
    let control = project.changed("typescript", CONTROL).join("\n");
    assert!(control.contains("scheduledend gt 2025-01-31T00:00:00Z and"), "{control}");
    assert!(control.contains(r#""/api/data/v9.2/systemusers?"#), "{control}");
    project.edit(FORM, "prioritycode eq 4", "prioritycode eq 1");
    project.edit(
        FORM,
        "attribute='isescalated' operator='on-or-after'",
        "attribute='escalatedon' operator='on-or-after'",
    );
    assert_eq!(project.check(&["--deny", "warnings"]), (Vec::new(), true));
}
