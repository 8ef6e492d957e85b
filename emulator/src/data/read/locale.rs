//! The formats of numbers and dates in the languages of users.

use jiff::civil::{DateTime, Time};
use rust_decimal::Decimal;

/// The formats of one language.
#[derive(Clone, Copy, Debug)]
pub(super) struct Locale {
    /// The sign between the whole and the fractional part of a number.
    decimal: &'static str,
    /// The sign between groups of three digits.
    group: &'static str,
    /// The date and the time, in the notation of `strftime`.
    date: &'static str,
    time: &'static str,
    /// Whether the currency symbol comes before the amount; otherwise it follows after a space.
    symbol_first: bool,
}

const fn locale(
    decimal: &'static str,
    group: &'static str,
    date: &'static str,
    time: &'static str,
    symbol_first: bool,
) -> Locale {
    Locale { decimal, group, date, time, symbol_first }
}

const ENGLISH: Locale = locale(".", ",", "%-m/%-d/%Y", "%-I:%M %p", true);

/// The formats by language code. Languages that are missing here have the formats of English.
const LOCALES: &[(u32, Locale)] = &[
    (1029, locale(",", "\u{a0}", "%d.%m.%Y", "%-H:%M", false)),
    (1030, locale(",", ".", "%d-%m-%Y", "%H:%M", false)),
    (1031, locale(",", ".", "%d.%m.%Y", "%H:%M", false)),
    (1035, locale(",", "\u{a0}", "%-d.%-m.%Y", "%-H.%M", false)),
    (1036, locale(",", "\u{202f}", "%d/%m/%Y", "%H:%M", false)),
    (1040, locale(",", ".", "%d/%m/%Y", "%H:%M", false)),
    (1041, locale(".", ",", "%Y/%m/%d", "%-H:%M", true)),
    (1043, locale(",", ".", "%-d-%-m-%Y", "%H:%M", true)),
    (1044, locale(",", "\u{a0}", "%d.%m.%Y", "%H:%M", true)),
    (1045, locale(",", "\u{a0}", "%d.%m.%Y", "%H:%M", false)),
    (1046, locale(",", ".", "%d/%m/%Y", "%H:%M", true)),
    (1053, locale(",", "\u{a0}", "%Y-%m-%d", "%H:%M", false)),
    (2052, locale(".", ",", "%Y/%-m/%-d", "%-H:%M", true)),
    (2055, locale(".", "’", "%d.%m.%Y", "%H:%M", true)),
    (2057, locale(".", ",", "%d/%m/%Y", "%H:%M", true)),
    (3079, locale(",", ".", "%d.%m.%Y", "%H:%M", true)),
    (3082, locale(",", ".", "%d/%m/%Y", "%-H:%M", false)),
];

impl Locale {
    /// Returns the formats of the language with this code (an LCID).
    pub(super) fn of(language: u32) -> Self {
        LOCALES.iter().find(|(code, _)| *code == language).map_or(ENGLISH, |(_, locale)| *locale)
    }

    /// Formats a number with this number of decimal places; `None` for those that it has.
    pub(super) fn number(&self, value: Decimal, places: Option<u32>) -> String {
        let mut rounded = value;
        if let Some(places) = places {
            rounded =
                value.round_dp_with_strategy(places, rust_decimal::RoundingStrategy::MidpointAwayFromZero);
            rounded.rescale(places);
        }
        let text = rounded.abs().to_string();
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
        let mut grouped = String::new();
        for (n, digit) in whole.chars().enumerate() {
            if n > 0 && (whole.len() - n).is_multiple_of(3) {
                grouped.push_str(self.group);
            }
            grouped.push(digit);
        }
        let sign = if rounded.is_sign_negative() && !rounded.is_zero() { "-" } else { "" };
        let point = if fraction.is_empty() { "" } else { self.decimal };
        format!("{sign}{grouped}{point}{fraction}")
    }

    /// Formats an amount of money with the symbol of its currency.
    pub(super) fn money(&self, value: Decimal, places: u32, symbol: &str) -> String {
        let amount = self.number(value.abs(), Some(places));
        let negative = value.is_sign_negative() && !value.is_zero();
        match (self.symbol_first, negative) {
            // English writes negative amounts in parentheses.
            (true, true) if self.date == ENGLISH.date => format!("({symbol}{amount})"),
            (true, true) => format!("-{symbol}{amount}"),
            (true, false) => format!("{symbol}{amount}"),
            (false, true) => format!("-{amount} {symbol}"),
            (false, false) => format!("{amount} {symbol}"),
        }
    }

    /// Formats a date, with the time unless `date_only`.
    pub(super) fn date_time(&self, value: DateTime, date_only: bool) -> String {
        let date = value.strftime(self.date).to_string();
        if date_only {
            return date;
        }
        let time: Time = value.time();
        format!("{date} {}", time.strftime(self.time))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_dates_follow_the_language() {
        let number: Decimal = "-1234567.891".parse().unwrap();
        let time: DateTime = "2026-03-09T15:04:05".parse().unwrap();
        let english = Locale::of(1033);
        assert_eq!(english.number(number, Some(2)), "-1,234,567.89");
        assert_eq!(english.number(Decimal::from(999), None), "999");
        assert_eq!(english.money(number, 2, "$"), "($1,234,567.89)");
        assert_eq!(english.date_time(time, false), "3/9/2026 3:04 PM");
        let german = Locale::of(1031);
        assert_eq!(german.number(number, Some(0)), "-1.234.568");
        assert_eq!(german.money(Decimal::from(5), 2, "€"), "5,00 €");
        assert_eq!(german.date_time(time, true), "09.03.2026");
    }
}
