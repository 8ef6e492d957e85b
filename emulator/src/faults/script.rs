//! Parses scripts of faults.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::{Fault, RetryAfter};

/// The most rules of one script.
const MAX_RULES: usize = 1000;

/// A script that defines which requests fail, and how. It is parsed from text; [the module](super) describes
/// the syntax.
///
/// ```
/// use dvkit_emulator::FaultScript;
/// let script: FaultScript = "1..3 on RetrieveMetadataChanges: 429 after 2\nevery 7: reset".parse()?;
/// # Ok::<(), dvkit_emulator::FaultScriptError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FaultScript {
    pub(super) rules: Vec<Rule>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rule {
    pub(super) which: RequestMatcher,
    pub(super) on: Option<String>,
    pub(super) fault: Fault,
}

/// The requests that a rule matches, by their count from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RequestMatcher {
    Every(u64),
    Between(u64, u64),
}

impl RequestMatcher {
    pub(super) fn matches(self, count: u64) -> bool {
        match self {
            Self::Every(n) => count.is_multiple_of(n),
            Self::Between(from, to) => (from..=to).contains(&count),
        }
    }
}

/// The reason why a text is not a valid script of faults.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaultScriptError {
    /// The line of the error, from 1.
    pub line: usize,
    /// The message: what is wrong, and what would be correct.
    pub message: String,
}

impl fmt::Display for FaultScriptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

impl std::error::Error for FaultScriptError {}

impl FromStr for FaultScript {
    type Err = FaultScriptError;

    fn from_str(text: &str) -> Result<Self, FaultScriptError> {
        let mut rules = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let line = line.split('#').next().unwrap_or_default().trim();
            if line.is_empty() {
                continue;
            }
            let wrong = |message| FaultScriptError { line: index + 1, message };
            rules.push(rule(line).map_err(wrong)?);
            if rules.len() > MAX_RULES {
                return Err(wrong(format!("a script has at most {MAX_RULES} rules")));
            }
        }
        Ok(Self { rules })
    }
}

fn rule(line: &str) -> Result<Rule, String> {
    let (head, fault) = line.rsplit_once(':').ok_or_else(|| {
        format!("`{line}` has no `:`; a rule is `WHICH [on TEXT]: FAULT`, as `1..3 on $metadata: 503`")
    })?;
    let (which, on) = match head.split_once(" on") {
        Some((which, text)) if text.trim().is_empty() => {
            return Err(format!("`on` in `{which} on` has no text"));
        }
        Some((which, text)) => (which, Some(text.trim().to_owned())),
        None => (head, None),
    };
    Ok(Rule { which: self::which(which.trim())?, on, fault: self::fault(fault.trim())? })
}

fn which(text: &str) -> Result<RequestMatcher, String> {
    let wrong =
        || format!("`{text}` is not one of `always`, `every N`, `N`, `N..M`, `N..`; requests count from 1");
    let number = |text: &str| text.trim().parse::<u64>().ok().filter(|n| *n > 0).ok_or_else(wrong);
    if text == "always" {
        return Ok(RequestMatcher::Between(1, u64::MAX));
    }
    if let Some(n) = text.strip_prefix("every ") {
        return Ok(RequestMatcher::Every(number(n)?));
    }
    match text.split_once("..") {
        Some((from, "")) => Ok(RequestMatcher::Between(number(from)?, u64::MAX)),
        Some((from, to)) => {
            let (from, to) = (number(from)?, number(to)?);
            if from > to { Err(wrong()) } else { Ok(RequestMatcher::Between(from, to)) }
        }
        None => number(text).map(|n| RequestMatcher::Between(n, n)),
    }
}

fn fault(text: &str) -> Result<Fault, String> {
    let wrong = || {
        format!(
            "`{text}` is not a fault; the faults are `429 [after N | date N]`, `500|502|503|504 [after N | date N]`, \
             `400|403|404|501`, `reset`, `lost`, `truncate BYTES`, `slow MS`, `delay MS`, `login-page`, `expired-token`, `empty`, `duplicate`, `none`"
        )
    };
    let words: Vec<_> = text.split_whitespace().collect();
    let number = |word: &str| word.parse::<u32>().map_err(|_| wrong());
    let millis = |word: &str| number(word).map(|n| Duration::from_millis(n.into()));
    let after = |words: &[&str]| match words {
        [] => Ok(None),
        ["after", n] => number(n).map(|n| Some(RetryAfter::Seconds(n))),
        ["date", n] => number(n).map(|n| Some(RetryAfter::Date(n))),
        _ => Err(wrong()),
    };
    Ok(match words.as_slice() {
        ["429", rest @ ..] => Fault::TooMany(after(rest)?),
        [status @ ("500" | "502" | "503" | "504"), rest @ ..] => {
            Fault::Gateway(status.parse().map_err(|_| wrong())?, after(rest)?)
        }
        [status @ ("400" | "403" | "404" | "501")] => Fault::Refused(status.parse().map_err(|_| wrong())?),
        ["reset"] => Fault::Reset,
        ["lost"] => Fault::Lost,
        ["truncate", bytes] => Fault::Truncate(bytes.parse().map_err(|_| wrong())?),
        ["slow", ms] => Fault::Slow(millis(ms)?),
        ["delay", ms] => Fault::Delay(millis(ms)?),
        ["login-page"] => Fault::LoginPage,
        ["expired-token"] => Fault::ExpiredToken,
        ["empty"] => Fault::Empty,
        ["duplicate"] => Fault::Duplicate,
        ["none"] => Fault::None,
        _ => return Err(wrong()),
    })
}
