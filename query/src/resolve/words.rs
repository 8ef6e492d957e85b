//! Lists everyday words and words of other languages for columns, functions and values, each with the
//! equivalent in Dataverse. The resolver looks up a name here only if the name does not exist.
//!
//! An equivalent is a guess. The caller decides from the column how certain this guess is.

use dvkit_schema::Table;

/// Everyday words for columns that many tables have. The first field is a word in lower case without `_` and
/// spaces; the second has the logical names of the columns that the word may mean, the likeliest first.
const COLUMNS: &[(&str, &[&str])] = &[
    ("address", &["address1_composite", "address1_line1"]),
    ("assignedto", &["ownerid"]),
    ("birthday", &["birthdate"]),
    ("cell", &["mobilephone"]),
    ("cellphone", &["mobilephone"]),
    ("city", &["address1_city"]),
    ("company", &["parentcustomerid", "companyname", "parentaccountid"]),
    ("companyname", &["parentcustomerid", "name"]),
    ("country", &["address1_country"]),
    ("created", &["createdon"]),
    ("createdat", &["createdon"]),
    ("createddate", &["createdon"]),
    ("createdate", &["createdon"]),
    ("creationdate", &["createdon"]),
    ("creator", &["createdby"]),
    ("customer", &["customerid", "parentcustomerid"]),
    ("dateofbirth", &["birthdate"]),
    ("dob", &["birthdate"]),
    ("duedate", &["scheduledend"]),
    ("email", &["emailaddress1", "internalemailaddress", "emailaddress"]),
    ("emailaddress", &["emailaddress1", "internalemailaddress"]),
    ("mail", &["emailaddress1", "internalemailaddress"]),
    ("employees", &["numberofemployees"]),
    ("firstnames", &["firstname"]),
    ("forename", &["firstname"]),
    ("gender", &["gendercode"]),
    ("givenname", &["firstname"]),
    ("industry", &["industrycode"]),
    ("job", &["jobtitle"]),
    ("landline", &["telephone1"]),
    ("lastupdated", &["modifiedon"]),
    ("mobile", &["mobilephone"]),
    ("mobilenumber", &["mobilephone"]),
    ("modified", &["modifiedon"]),
    ("modifiedat", &["modifiedon"]),
    ("modifieddate", &["modifiedon"]),
    ("owner", &["ownerid"]),
    ("parent", &["parentaccountid", "parentcustomerid", "parentbusinessunitid"]),
    ("phone", &["telephone1", "address1_telephone1"]),
    ("phonenumber", &["telephone1", "address1_telephone1"]),
    ("tel", &["telephone1"]),
    ("telephone", &["telephone1"]),
    ("postcode", &["address1_postalcode"]),
    ("postalcode", &["address1_postalcode"]),
    ("zip", &["address1_postalcode"]),
    ("zipcode", &["address1_postalcode"]),
    ("province", &["address1_stateorprovince"]),
    ("regarding", &["regardingobjectid"]),
    ("state", &["statecode", "address1_stateorprovince"]),
    ("status", &["statuscode", "statecode"]),
    ("statusreason", &["statuscode"]),
    ("street", &["address1_line1"]),
    ("street1", &["address1_line1"]),
    ("surname", &["lastname"]),
    ("familyname", &["lastname"]),
    ("title", &["jobtitle", "subject", "name"]),
    ("updated", &["modifiedon"]),
    ("updatedat", &["modifiedon"]),
    ("updatedon", &["modifiedon"]),
    ("url", &["websiteurl"]),
    ("web", &["websiteurl"]),
    ("website", &["websiteurl"]),
];

/// Returns the logical names of at most three columns of `table` that the everyday word `word` may mean, the
/// likeliest first; an empty list if `table` has no such column.
pub(crate) fn columns<'t>(table: &'t Table, word: &str) -> Vec<&'t str> {
    let squashed: String =
        word.chars().filter(|c| !matches!(c, '_' | ' ' | '-')).flat_map(char::to_lowercase).collect();
    let known = |name: &str| table.column(name).map(|c| c.logical_name.as_str());
    let own = table.logical_name.as_str();
    let of_table = |end: &str| {
        squashed.strip_suffix(end).is_some_and(|lead| {
            lead.is_empty()
                || lead == own
                || own.rsplit('_').next() == Some(lead)
                || lead == "record"
                || lead == "entity"
                || lead == "row"
        })
    };
    let mut found = Vec::new();
    if of_table("id") || of_table("guid") || of_table("key") {
        found.extend(table.primary_id.as_deref());
    } else if of_table("name")
        || of_table("title") && known("jobtitle").is_none()
        || squashed == "displayname"
    {
        found.extend(table.primary_name.as_deref());
    }
    if let Some((_, columns)) = COLUMNS.iter().find(|(w, _)| *w == squashed) {
        for column in columns.iter().filter_map(|c| known(c)) {
            if !found.contains(&column) {
                found.push(column);
            }
        }
    }
    found.truncate(3);
    found
}

/// Returns whether the word means the user who sends the query, as `me` and `currentuser` do. Letter case and
/// punctuation are ignored.
pub(crate) fn is_caller(word: &str) -> bool {
    const WORDS: [&str; 12] = [
        "me",
        "my",
        "myself",
        "self",
        "currentuser",
        "currentuserid",
        "loggedinuser",
        "loggedonuser",
        "thisuser",
        "whoami",
        "userid",
        "currentlyloggedinuser",
    ];
    if word.len() >= 30 {
        return false;
    }
    let bare = || word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase);
    // This is called for every value, and few values begin with one of these letters.
    let Some(first) = word.bytes().find(u8::is_ascii_alphanumeric).map(|b| b.to_ascii_lowercase()) else {
        return false;
    };
    WORDS.iter().any(|w| w.as_bytes().first() == Some(&first) && bare().eq(w.chars()))
}

/// Words for points in time, in lower case. Each has advice on how to write a comparison with that time.
const VALUES: &[(&str, &str)] = &[
    (
        "today",
        "`Microsoft.Dynamics.CRM.Today(PropertyName='…')` asks for that day; before and behind it is a date, `2025-01-31`",
    ),
    ("yesterday", "`Microsoft.Dynamics.CRM.Yesterday(PropertyName='…')` asks for that day"),
    ("tomorrow", "`Microsoft.Dynamics.CRM.Tomorrow(PropertyName='…')` asks for that day"),
    ("now", NOW),
    ("utcnow", NOW),
    ("current_timestamp", NOW),
    ("current_date", NOW),
    ("getdate", NOW),
    ("sysdate", NOW),
    ("thisweek", "`Microsoft.Dynamics.CRM.ThisWeek(PropertyName='…')` asks for it"),
    ("lastweek", "`Microsoft.Dynamics.CRM.LastWeek(PropertyName='…')` asks for it"),
    ("thismonth", "`Microsoft.Dynamics.CRM.ThisMonth(PropertyName='…')` asks for it"),
    ("lastmonth", "`Microsoft.Dynamics.CRM.LastMonth(PropertyName='…')` asks for it"),
    ("thisyear", "`Microsoft.Dynamics.CRM.ThisYear(PropertyName='…')` asks for it"),
    ("lastyear", "`Microsoft.Dynamics.CRM.LastYear(PropertyName='…')` asks for it"),
];

/// Returns advice for a word that other languages use for a value, such as `today`; `None` for any other
/// word.
pub(crate) fn value(word: &str) -> Option<&'static str> {
    let lower = word.to_ascii_lowercase();
    VALUES.iter().find(|(w, _)| *w == lower).map(|(_, how)| *how)
}

/// The equivalent in Dataverse of a function of another language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ForeignFunction {
    /// The text function of OData with this name, such as `contains`.
    Text(&'static str),
    /// A test whether a column has no value, which is a comparison with `null`.
    Empty,
    /// The function exists only in expressions of a Power Automate flow, which are written as `@{…}`.
    Flow,
    /// Another equivalent. The field is advice that describes it.
    Otherwise(&'static str),
}

use ForeignFunction::{Empty, Flow, Otherwise, Text};

const NOW: &str = "a filter has no function for the present: write the time, or ask with `Microsoft.Dynamics.CRM.Today`, `LastXDays`, `NextXDays`, `OlderThanXDays` and their kin";
const CALLER: &str =
    "who sends the query is asked for with `Microsoft.Dynamics.CRM.EqualUserId(PropertyName='ownerid')`";
const CASE: &str = "texts are compared without regard to case: leave the function out";
const LENGTH: &str = "a filter cannot ask for the length of a text; `ne null` asks whether there is one";
const GROUPS: &str = "rows are counted and summed by `$apply=groupby((…),aggregate(…))`";
const EXISTS: &str = "related rows are asked for by `collection/any(x:x/column eq …)`";
const DAYS: &str = "days before and after the present are asked for with `Microsoft.Dynamics.CRM.LastXDays(PropertyName='…',PropertyValue=7)`, `NextXDays` and their kin";

/// Functions of other languages in lower case, each with its equivalent. A method such as
/// `name.Contains('x')` is listed by the name after its last dot.
const FUNCTIONS: &[(&str, ForeignFunction)] = &[
    // Text functions: LINQ, JavaScript, SQL, Power Fx.
    ("includes", Text("contains")),
    ("contain", Text("contains")),
    ("like", Text("contains")),
    ("has", Text("contains")),
    ("search", Text("contains")),
    ("charindex", Text("contains")),
    ("instr", Text("contains")),
    ("strpos", Text("contains")),
    ("beginswith", Text("startswith")),
    ("startwith", Text("startswith")),
    ("endwith", Text("endswith")),
    // Tests for null.
    ("isnull", Empty),
    ("isblank", Empty),
    ("isempty", Empty),
    ("isnullorempty", Empty),
    ("isnullorwhitespace", Empty),
    // The present, and the caller.
    ("getdate", Otherwise(NOW)),
    ("getutcdate", Otherwise(NOW)),
    ("sysdate", Otherwise(NOW)),
    ("sysdatetime", Otherwise(NOW)),
    ("curdate", Otherwise(NOW)),
    ("today", Otherwise(NOW)),
    ("dateadd", Otherwise(DAYS)),
    ("datediff", Otherwise(DAYS)),
    ("date_sub", Otherwise(DAYS)),
    ("user", Otherwise(CALLER)),
    ("me", Otherwise(CALLER)),
    ("currentuser", Otherwise(CALLER)),
    ("currentuserid", Otherwise(CALLER)),
    // Functions that return text.
    ("lower", Otherwise(CASE)),
    ("upper", Otherwise(CASE)),
    ("lcase", Otherwise(CASE)),
    ("ucase", Otherwise(CASE)),
    ("touppercase", Otherwise(CASE)),
    ("tolowercase", Otherwise(CASE)),
    ("len", Otherwise(LENGTH)),
    ("strlen", Otherwise(LENGTH)),
    // Groups and related rows.
    ("count", Otherwise(GROUPS)),
    ("sum", Otherwise(GROUPS)),
    ("avg", Otherwise(GROUPS)),
    ("min", Otherwise(GROUPS)),
    ("max", Otherwise(GROUPS)),
    ("exists", Otherwise(EXISTS)),
    // Functions of flows.
    ("utcnow", Flow),
    ("adddays", Flow),
    ("addhours", Flow),
    ("addminutes", Flow),
    ("addseconds", Flow),
    ("addtotime", Flow),
    ("subtractfromtime", Flow),
    ("getpasttime", Flow),
    ("getfuturetime", Flow),
    ("startofday", Flow),
    ("startofhour", Flow),
    ("startofmonth", Flow),
    ("formatdatetime", Flow),
    ("formatnumber", Flow),
    ("converttimezone", Flow),
    ("convertfromutc", Flow),
    ("converttoutc", Flow),
    ("triggerbody", Flow),
    ("triggeroutputs", Flow),
    ("outputs", Flow),
    ("variables", Flow),
    ("parameters", Flow),
    ("items", Flow),
    ("item", Flow),
    ("body", Flow),
    ("actions", Flow),
    ("workflow", Flow),
    ("encodeuricomponent", Flow),
    ("toupper", Otherwise(CASE)),
];

/// Returns the equivalent for a function of another language with this name; `None` if there is none.
pub(crate) fn function(name: &str) -> Option<ForeignFunction> {
    let last = name.rsplit('.').next().unwrap_or(name).to_ascii_lowercase();
    FUNCTIONS.iter().find(|(word, _)| *word == last).map(|(_, meant)| *meant)
}

/// Returns the equivalent for a method of LINQ or JavaScript that is called on a column; `None` if there is
/// none.
pub(crate) fn method(name: &str) -> Option<ForeignFunction> {
    const METHODS: &[(&str, ForeignFunction)] = &[
        ("contains", Text("contains")),
        ("startswith", Text("startswith")),
        ("endswith", Text("endswith")),
        ("indexof", Text("contains")),
    ];
    let lower = name.to_ascii_lowercase();
    METHODS.iter().find(|(word, _)| *word == lower).map(|(_, meant)| *meant).or_else(|| function(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_is_listed_once() {
        for (i, (word, _)) in COLUMNS.iter().enumerate() {
            assert!(COLUMNS[..i].iter().all(|(w, _)| w != word), "{word}");
            assert_eq!(&word.to_lowercase(), word);
        }
        for (i, (word, _)) in FUNCTIONS.iter().enumerate() {
            assert!(FUNCTIONS[..i].iter().all(|(w, _)| w != word), "{word}");
        }
    }

    #[test]
    fn everyday_words_lead_to_columns() {
        use dvkit_schema::{Column, ColumnType};
        let mut account = Table {
            logical_name: "account".into(),
            primary_id: Some("accountid".into()),
            primary_name: Some("name".into()),
            ..Table::default()
        };
        for name in ["accountid", "name", "ownerid", "telephone1"] {
            account.columns.push(Column::new(name, ColumnType::String { max_length: None, format: None }));
        }
        let account = &account;
        assert_eq!(columns(account, "accountname"), ["name"]);
        assert_eq!(columns(account, "id"), ["accountid"]);
        assert_eq!(columns(account, "Phone"), ["telephone1"]);
        assert_eq!(columns(account, "owner"), ["ownerid"]);
        assert!(columns(account, "colour").is_empty());
        assert!(is_caller("me") && is_caller("[Current User]") && !is_caller("meadow"));
    }
}
