//! Locates the files of a solution by their paths, for zip files and for unpacked folders. Letter case is
//! ignored, because a zip has `customizations.xml`, and an unpacked folder `Other/Customizations.xml`.

use std::path::{Path, PathBuf};

/// Returns the root folder of the solution that a file belongs to; `None` if the file is not one that is read
/// for tables, choices or relationships.
pub(super) fn root_of(path: &Path) -> Option<PathBuf> {
    let file = name(path)?;
    // The packager may write `X_managed.xml` beside `X.xml`, for the managed edition of the same item.
    let is_xml = file.ends_with(".xml") && !file.ends_with("_managed.xml");
    let above = |levels: usize| path.ancestors().nth(levels);
    let folder = |levels: usize| above(levels).and_then(name);
    let (parent, grandparent) = (folder(1), folder(2));
    let levels = match (grandparent.as_deref(), parent.as_deref(), file.as_str()) {
        (Some("entities"), Some(_), "entity.xml") => 3,
        (Some("other"), Some("relationships"), _) if is_xml => 3,
        (_, Some("other"), "customizations.xml" | "relationships.xml") => 2,
        (_, Some("optionsets"), _) if is_xml => 2,
        (_, _, "customizations.xml") => 1,
        _ => return None,
    };
    above(levels).map(Path::to_path_buf)
}

/// Returns the root folder of the solution whose manifest the file is; `None` if the file is not a manifest.
/// The manifest is `solution.xml` in an exported solution, and `Other/Solution.xml` in an unpacked one. A
/// folder that has only a manifest is not a solution, because a manifest contains no tables.
pub(super) fn manifest_of(path: &Path) -> Option<PathBuf> {
    if name(path)? != "solution.xml" {
        return None;
    }
    let folder = path.parent()?;
    let is_other = name(folder).is_some_and(|n| n == "other");
    if is_other { folder.parent() } else { Some(folder) }.map(Path::to_path_buf)
}

/// Returns whether a folder can contain files to read. The folders inside `Entities/<table>` cannot: they
/// contain thousands of forms and views.
pub(super) fn is_worth_entering(folder: &Path) -> bool {
    let Some(own) = name(folder) else { return true };
    let below_entities = folder.parent().and_then(name).is_some_and(|n| n == "entities");
    let below_table = folder.ancestors().nth(2).and_then(name).is_some_and(|n| n == "entities");
    below_entities || !(below_table || own.starts_with('.') || own == "node_modules")
}

/// Returns whether a folder has the name of a folder inside an unpacked solution, such as `Entities`.
pub(super) fn is_inner(folder: &Path) -> bool {
    name(folder).is_some_and(|n| matches!(n.as_str(), "entities" | "optionsets" | "other"))
}

/// Returns the last component of a path, in lower case; `None` if the path has no last component, or one that
/// is not UTF-8.
pub(super) fn name(path: &Path) -> Option<String> {
    Some(path.file_name()?.to_str()?.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_belongs_to_its_solution() {
        for (path, root) in [
            ("a/src/Entities/Account/Entity.xml", Some("a/src")),
            ("Entities/new_X/Entity.xml", Some("")),
            ("a/Other/Relationships/Account.xml", Some("a")),
            ("a/Other/Relationships.xml", Some("a")),
            ("a/Other/Customizations.xml", Some("a")),
            ("customizations.xml", Some("")),
            ("a/OptionSets/new_x.xml", Some("a")),
            ("a/OptionSets/new_x_managed.xml", None),
            ("a/Other/Solution.xml", None),
            ("a/Entities/Account/SavedQueries/x.xml", None),
            ("a/Entities/Account/FormXml/main/x.xml", None),
            ("a/Workflows/x.xml", None),
            ("Entity.xml", None),
        ] {
            assert_eq!(root_of(Path::new(path)), root.map(PathBuf::from), "{path}");
        }
        for (path, root) in [
            ("a/Other/Solution.xml", Some("a")),
            ("Other/Solution.xml", Some("")),
            ("solution.xml", Some("")),
            ("a/Other/Customizations.xml", None),
        ] {
            assert_eq!(manifest_of(Path::new(path)), root.map(PathBuf::from), "{path}");
        }
        assert!(is_worth_entering(Path::new("a/Entities/Account")));
        assert!(!is_worth_entering(Path::new("a/Entities/Account/SavedQueries")));
        assert!(!is_worth_entering(Path::new("a/.git")));
        assert!(is_worth_entering(Path::new("a")));
    }
}
