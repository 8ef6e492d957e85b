//! The time zones that the settings of users name by numbers.
//!
//! <https://learn.microsoft.com/power-apps/developer/data-platform/reference/entities/timezonedefinition>

use jiff::tz::TimeZone;

/// The zones by their number, with the name that the database of time zones has for them.
const ZONES: &[(i64, &str)] = &[
    (0, "Etc/GMT+12"),
    (2, "Pacific/Honolulu"),
    (3, "America/Anchorage"),
    (4, "America/Los_Angeles"),
    (5, "America/Tijuana"),
    (10, "America/Denver"),
    (15, "America/Phoenix"),
    (20, "America/Chicago"),
    (25, "America/Regina"),
    (30, "America/Mexico_City"),
    (33, "America/Guatemala"),
    (35, "America/New_York"),
    (40, "America/Indiana/Indianapolis"),
    (45, "America/Bogota"),
    (50, "America/Halifax"),
    (55, "America/La_Paz"),
    (56, "America/Santiago"),
    (60, "America/St_Johns"),
    (65, "America/Sao_Paulo"),
    (70, "America/Cayenne"),
    (73, "America/Nuuk"),
    (80, "Atlantic/Azores"),
    (83, "Atlantic/Cape_Verde"),
    (85, "Europe/London"),
    (90, "Atlantic/Reykjavik"),
    (92, "UTC"),
    (95, "Europe/Budapest"),
    (100, "Europe/Warsaw"),
    (105, "Europe/Paris"),
    (110, "Europe/Berlin"),
    (113, "Africa/Lagos"),
    (115, "Europe/Chisinau"),
    (120, "Africa/Cairo"),
    (125, "Europe/Kyiv"),
    (130, "Europe/Bucharest"),
    (135, "Asia/Jerusalem"),
    (140, "Africa/Johannesburg"),
    (145, "Europe/Moscow"),
    (150, "Asia/Riyadh"),
    (155, "Africa/Nairobi"),
    (158, "Asia/Baghdad"),
    (160, "Asia/Tehran"),
    (165, "Asia/Dubai"),
    (175, "Asia/Kabul"),
    (180, "Asia/Yekaterinburg"),
    (185, "Asia/Tashkent"),
    (190, "Asia/Kolkata"),
    (193, "Asia/Kathmandu"),
    (200, "Asia/Colombo"),
    (203, "Asia/Yangon"),
    (205, "Asia/Bangkok"),
    (207, "Asia/Krasnoyarsk"),
    (210, "Asia/Shanghai"),
    (215, "Asia/Singapore"),
    (220, "Asia/Taipei"),
    (225, "Australia/Perth"),
    (227, "Asia/Irkutsk"),
    (230, "Asia/Seoul"),
    (235, "Asia/Tokyo"),
    (240, "Asia/Yakutsk"),
    (245, "Australia/Darwin"),
    (250, "Australia/Adelaide"),
    (255, "Australia/Sydney"),
    (260, "Australia/Brisbane"),
    (265, "Australia/Hobart"),
    (270, "Asia/Vladivostok"),
    (275, "Pacific/Port_Moresby"),
    (280, "Pacific/Guadalcanal"),
    (285, "Pacific/Fiji"),
    (290, "Pacific/Auckland"),
    (300, "Pacific/Tongatapu"),
];

/// Returns the time zone with this number; UTC if the number is unknown.
pub(crate) fn zone(number: i64) -> TimeZone {
    let name = ZONES.iter().find(|(own, _)| *own == number).map(|(_, name)| *name);
    name.and_then(|name| TimeZone::get(name).ok()).unwrap_or(TimeZone::UTC)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_zone_is_in_the_database() {
        for (number, name) in ZONES {
            assert!(TimeZone::get(name).is_ok(), "{number}: {name}");
        }
        assert_eq!(zone(12_345), TimeZone::UTC);
    }
}
