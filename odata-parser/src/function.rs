//! Lists the standard functions of OData with the number of arguments of each (ABNF `methodCallExpr`,
//! `boolMethodCallExpr`). The parser checks calls against it.

/// How many arguments a standard function takes, with an example of a call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Signature {
    min: usize,
    max: usize,
    example: &'static str,
}

impl Signature {
    /// Returns whether a call of the function may have `n` arguments.
    pub(crate) fn takes(self, n: usize) -> bool {
        (self.min..=self.max).contains(&n)
    }

    /// Returns the number of arguments for a message, such as `2 or 3 arguments`.
    pub(crate) fn count(self) -> String {
        match (self.min, self.max) {
            (0, 0) => "no arguments".to_owned(),
            (1, 1) => "1 argument".to_owned(),
            (min, max) if min == max => format!("{min} arguments"),
            (min, max) => format!("{min} or {max} arguments"),
        }
    }

    /// Returns an example of a call of the function, in backticks.
    pub(crate) fn example(self) -> &'static str {
        self.example
    }
}

/// Returns the signature of the standard function `name`; `None` if there is no such function. Letter case
/// does not matter (OData 4.01).
pub(crate) fn signature(name: &str) -> Option<Signature> {
    let (min, max, example) = match name {
        "contains" => (2, 2, "`contains(text,part)`"),
        "startswith" => (2, 2, "`startswith(text,start)`"),
        "endswith" => (2, 2, "`endswith(text,end)`"),
        "concat" => (2, 2, "`concat(first,second)`"),
        "indexof" => (2, 2, "`indexof(text,part)`"),
        "length" => (1, 1, "`length(text)`"),
        "substring" => (2, 3, "`substring(text,from)` or `substring(text,from,length)`"),
        "hassubset" => (2, 2, "`hassubset(collection,part)`"),
        "hassubsequence" => (2, 2, "`hassubsequence(collection,part)`"),
        "matchesPattern" | "matchespattern" => (2, 2, "`matchesPattern(text,pattern)`"),
        "tolower" => (1, 1, "`tolower(text)`"),
        "toupper" => (1, 1, "`toupper(text)`"),
        "trim" => (1, 1, "`trim(text)`"),
        "date" => (1, 1, "`date(time)`"),
        "time" => (1, 1, "`time(time)`"),
        "year" => (1, 1, "`year(time)`"),
        "month" => (1, 1, "`month(time)`"),
        "day" => (1, 1, "`day(time)`"),
        "hour" => (1, 1, "`hour(time)`"),
        "minute" => (1, 1, "`minute(time)`"),
        "second" => (1, 1, "`second(time)`"),
        "fractionalseconds" => (1, 1, "`fractionalseconds(time)`"),
        "totalseconds" => (1, 1, "`totalseconds(duration)`"),
        "totaloffsetminutes" => (1, 1, "`totaloffsetminutes(time)`"),
        "now" => (0, 0, "`now()`"),
        "maxdatetime" => (0, 0, "`maxdatetime()`"),
        "mindatetime" => (0, 0, "`mindatetime()`"),
        "round" => (1, 1, "`round(number)`"),
        "floor" => (1, 1, "`floor(number)`"),
        "ceiling" => (1, 1, "`ceiling(number)`"),
        "cast" => (1, 2, "`cast(Type)` or `cast(value,Type)`"),
        "isof" => (1, 2, "`isof(Type)` or `isof(value,Type)`"),
        "geo.distance" => (2, 2, "`geo.distance(point,point)`"),
        "geo.intersects" => (2, 2, "`geo.intersects(point,polygon)`"),
        "geo.length" => (1, 1, "`geo.length(line)`"),
        _ if name.len() <= 18 && name.bytes().any(|b| b.is_ascii_uppercase()) => {
            return signature(&name.to_ascii_lowercase());
        }
        _ => return None,
    };
    Some(Signature { min, max, example })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_found_in_any_case() {
        assert!(signature("matchesPattern").is_some_and(|s| s.takes(2)));
        assert!(signature("StartsWith").is_some_and(|s| !s.takes(1)));
        assert!(signature("substring").is_some_and(|s| s.takes(3) && s.count() == "2 or 3 arguments"));
        assert!(signature("contians").is_none());
    }

    /// The examples are what a finding shows, so they must take what the function takes.
    #[test]
    fn each_function_of_the_standard_takes_what_its_examples_show() {
        let names = "contains startswith endswith concat indexof length substring hassubset hassubsequence matchesPattern tolower toupper trim \
             date time year month day hour minute second fractionalseconds totalseconds totaloffsetminutes now maxdatetime mindatetime \
             round floor ceiling cast isof geo.distance geo.intersects geo.length";
        for name in names.split(' ') {
            let found = signature(name).unwrap_or_else(|| panic!("{name}"));
            let taken: Vec<usize> = (0..5).filter(|count| found.takes(*count)).collect();
            let shown: Vec<usize> = found
                .example()
                .split(" or ")
                .map(|example| {
                    let call =
                        example.trim_matches('`').strip_prefix(name).unwrap_or_else(|| panic!("{example}"));
                    let arguments = call.trim_start_matches('(').trim_end_matches(')');
                    arguments.split(',').filter(|argument| !argument.is_empty()).count()
                })
                .collect();
            assert_eq!(taken, shown, "{name}");
            let shouted = signature(&name.to_ascii_uppercase()).map(|s| s.example());
            assert_eq!(shouted, Some(found.example()), "{name}");
        }
    }
}
