//! Numbers as people read them.

use std::time::Duration;

/// `38517` as `38,517`.
pub fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// `1536` as `1.5 KiB`.
pub fn bytes(n: u64) -> String {
    const UNITS: [&str; 5] = ["KiB", "MiB", "GiB", "TiB", "PiB"];
    let mut value = n as f64;
    let mut unit = "B";
    for next in UNITS {
        if value < 1024.0 {
            break;
        }
        value /= 1024.0;
        unit = next;
    }
    if unit == "B" {
        format!("{n} B")
    } else {
        format!("{value:.1} {unit}")
    }
}

/// `95 s` as `1 min 35 s`.
pub fn duration(d: Duration) -> String {
    let s = d.as_secs();
    match s {
        0..60 => format!("{s} s"),
        60..3600 => format!("{} min {} s", s / 60, s % 60),
        _ => format!("{} h {} min", s / 3600, s % 3600 / 60),
    }
}

/// `1 image`, `2 images`: a count with its noun.
pub fn count(n: u64, noun: &str) -> String {
    let plural = if n == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", thousands(n))
}

/// A score with as many decimals as its size leaves room for.
pub fn score(value: f64) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    match value.abs() {
        0.0 => "0".to_owned(),
        a if a >= 1000.0 => format!("{value:.0}"),
        a if a >= 100.0 => format!("{value:.1}"),
        a if a >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.4}"),
    }
}

/// A number from 0 up with two digits that count: `1,200`, `13`, `4.1`, `0.3`; none where it has no
/// such form.
pub fn rough(number: f64) -> Option<String> {
    if !(0.0..1e15).contains(&number) {
        return None;
    }
    if number < 9.95 {
        return Some(format!("{number:.1}"));
    }
    let step = 10f64.powf(number.log10().floor() - 1.0);
    Some(thousands(((number / step).round() * step).round() as u64))
}

/// A score with its unit, as people read it: `1,152 px`, `114.4 KiB`, `0.94 MP`, `31270`.
pub fn quantity(value: f64, unit: &str) -> String {
    let whole = value.is_finite() && value >= 0.0;
    match unit {
        "px" if whole => format!("{} px", thousands(value as u64)),
        "bytes" if whole => bytes(value as u64),
        "" => score(value),
        _ => format!("{} {unit}", score(value)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_digits_by_three() {
        for (n, text) in [
            (0, "0"),
            (999, "999"),
            (1204, "1,204"),
            (1_000_000, "1,000,000"),
        ] {
            assert_eq!(thousands(n), text);
        }
    }

    #[test]
    fn quantities_read_as_their_unit_wants() {
        let cases = [
            (1152.0, "px", "1,152 px"),
            (117_127.0, "bytes", "114.4 KiB"),
            (0.9366, "MP", "0.9366 MP"),
            (f64::NAN, "bytes", "– bytes"),
            (31.5, "", "31.50"),
        ];
        for (value, unit, text) in cases {
            assert_eq!(quantity(value, unit), text);
        }
    }

    #[test]
    fn rough_numbers_have_two_digits() {
        let cases = [
            (0.0, "0.0"),
            (4.06, "4.1"),
            (9.97, "10"),
            (12.6, "13"),
            (99.6, "100"),
            (1234.0, "1,200"),
            (987_654.0, "990,000"),
        ];
        for (number, text) in cases {
            assert_eq!(rough(number).as_deref(), Some(text));
        }
        for number in [-1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(rough(number), None);
        }
    }

    #[test]
    fn scales_bytes_and_seconds() {
        assert_eq!(bytes(1023), "1023 B");
        assert_eq!(bytes(1536), "1.5 KiB");
        assert_eq!(duration(Duration::from_secs(95)), "1 min 35 s");
        assert_eq!(count(1, "image"), "1 image");
    }
}
