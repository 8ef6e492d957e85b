//! Declares the codes DV07xx: the comments in source files that ignore findings. The check of source files
//! reports them.

super::codes! {
    /// A comment `dvkit-ignore` names a code, but no finding with that code is on its line, on the line after
    /// it, or in a query that begins there. Remove the code, so that the comment hides no finding later. A
    /// comment `dvkit-ignore-file` names a code that the whole file has no finding of.
    UNUSED_SUPPRESSION = 701, "comment that ignores nothing";
    /// A comment `dvkit-ignore` names no code, or names one that does not exist. Write the codes after it, or
    /// families of codes: `dvkit-ignore DV0203`, `dvkit-ignore DV0502 types`.
    INVALID_SUPPRESSION = 702, "comment that ignores no known code";
}
