use super::*;
use crate::domain::score::Better;

fn column(key: &str, range: (f64, f64), better: Better) -> Arc<ColumnSpec> {
    Arc::new(ColumnSpec {
        key: key.to_owned(),
        label: key.to_owned(),
        range,
        better,
        unit: String::new(),
        about: String::new(),
        bands: Vec::new(),
        readable: None,
    })
}

fn columns() -> Vec<Arc<ColumnSpec>> {
    vec![
        column("a", (0.0, 10.0), Better::Higher),
        column("b", (1.0, 5.0), Better::Lower),
        column(
            "odd key",
            (f64::NEG_INFINITY, f64::INFINITY),
            Better::Neutral,
        ),
        column("set.score", (0.0, 1.0), Better::Higher),
    ]
}

/// The value of a formula where a = 4, b = 2, "odd key" is missing, and set.score = 0.5.
fn value(text: &str) -> f32 {
    let formula = Formula::parse(text, &columns()).unwrap();
    let of = |input: &Input| match input.key() {
        "a" => vec![4.0],
        "b" => vec![2.0],
        "set.score" => vec![0.5],
        _ => vec![f32::NAN],
    };
    let arrays: Vec<Vec<f32>> = formula.inputs().iter().map(of).collect();
    let arrays: Vec<&[f32]> = arrays.iter().map(Vec::as_slice).collect();
    formula.values(&arrays, 1)[0]
}

#[test]
fn values_are_those_computed_by_hand() {
    let cases: [(&str, f32); 34] = [
        ("1 + 2 * 3", 7.0),
        ("(1 + 2) * 3", 9.0),
        ("7 - 2 - 1", 4.0),
        ("8 / 4 / 2", 1.0),
        ("2 ^ 3 ^ 2", 512.0),
        ("-2 ^ 2", -4.0),
        ("2 ^ -1", 0.5),
        ("1.5e1 - .5", 14.5),
        ("a / b", 2.0),
        ("A * set.score", 2.0),
        ("\"a\" + \"b\"", 6.0),
        ("min(a, b, 3)", 2.0),
        ("max(a, b, 3)", 4.0),
        ("abs(b - a)", 2.0),
        ("sqrt(a)", 2.0),
        ("ln(exp(a))", 4.0),
        ("clamp(a, 0, 1)", 1.0),
        ("clamp(-a, 0, 1)", 0.0),
        ("if(a > 3, b, 0)", 2.0),
        ("if(a <= 3, b, 0)", 0.0),
        ("if(a = 4, 1, 2)", 1.0),
        ("if(a != 4, 1, 2)", 2.0),
        ("(a > 3) * (b > 3)", 0.0),
        ("mean(a, b)", 3.0),
        ("gmean(a, b, 1)", 2.0),
        ("qmean(1, 7)", 5.0),
        ("wmean(3, a, 1, b)", 3.5),
        ("wgmean(1, a, 1, 9)", 6.0),
        ("wqmean(1, 1, 1, 7)", 5.0),
        ("wmean(0, ln(0), 1, b)", 2.0),
        ("unit(a)", 0.4),
        ("unit(b)", 0.25),
        ("pct(a)", 0.04),
        ("coalesce(\"odd key\", b)", 2.0),
    ];
    for (text, wanted) in cases {
        let got = value(text);
        assert!((got - wanted).abs() <= 1e-6, "{text}: {got}, not {wanted}");
    }
    assert!((value("rank(b)") - 0.98).abs() < 1e-6, "less is better");
}

#[test]
fn what_is_missing_or_no_number_stays_missing() {
    for text in [
        "\"odd key\"",
        "\"odd key\" * 0",
        "\"odd key\" ^ 0",
        "min(a, \"odd key\")",
        "mean(a, \"odd key\")",
        "wmean(0, \"odd key\", 1, a)",
        "if(\"odd key\" > 1, a, b)",
        "if(a > 1, \"odd key\", b)",
        "clamp(\"odd key\", 0, 1)",
        "1 / 0",
        "ln(-1)",
        "sqrt(0 - a)",
        "wmean(0, a)",
        "gmean(a, -b)",
    ] {
        assert!(value(text).is_nan(), "{text}: {}", value(text));
    }
    assert_eq!(
        value("if(a > 1, b, \"odd key\")"),
        2.0,
        "the other side is not asked"
    );
}

#[test]
fn errors_point_at_the_character() {
    let cases = [
        ("", 0, "empty"),
        ("a +", 3, "missing here"),
        ("a b", 2, "operator"),
        ("(a", 0, "never closed"),
        ("a)", 1, "no ("),
        ("mean(a, )", 8, "missing here"),
        ("mean(a", 4, "never closed"),
        ("夕 + a", 0, "no column"),
        ("a + 夕", 4, "no column"),
        ("maen(a)", 0, "no function"),
        ("wmean(1, a, 2)", 0, "can't take 3"),
        ("clamp(a)", 0, "can't take 1"),
        ("pct(a + 1)", 6, ") is missing"),
        ("pct(1)", 4, "column is missing"),
        ("rank(\"odd key\")", 5, "neither"),
        ("unit(\"odd key\")", 5, "no range"),
        ("1 < a < 2", 6, "two values"),
        ("2x", 0, "no number"),
        ("a ? b", 2, "no meaning"),
        ("\"a", 0, "never closed"),
    ];
    for (text, at, message) in cases {
        let error = Formula::parse(text, &columns()).unwrap_err();
        assert_eq!(error.at, at, "{text}: {error}");
        assert!(error.message.contains(message), "{text}: {error}");
    }
    let error = Formula::parse("coalesc(a)", &columns()).unwrap_err();
    assert_eq!(error.hint, "did you mean coalesce?");
}

#[test]
fn deep_and_long_formulas_are_refused_without_harm() {
    for text in [
        "(".repeat(100_000),
        "-".repeat(100_000),
        "a^".repeat(100_000) + "a",
    ] {
        assert!(Formula::parse(&text, &columns()).is_err());
    }
    let long = vec!["a"; 5000].join("+");
    assert!(
        Formula::parse(&long, &columns())
            .unwrap_err()
            .message
            .contains("too long")
    );
}
