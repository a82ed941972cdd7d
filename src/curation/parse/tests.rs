use proptest::prelude::*;

use super::*;
use crate::curation::testing::{any_expr, specs};

fn columns() -> Vec<Arc<ColumnSpec>> {
    let mut columns = specs();
    for key in ["focus_measure", "Laion", "and", "size", "2x"] {
        let spec = ColumnSpec {
            key: key.to_owned(),
            ..(*columns[0]).clone()
        };
        columns.push(Arc::new(spec));
    }
    columns
}

fn read(text: &str) -> Result<Expr, ParseError> {
    parse(text, &columns())
}

#[test]
fn everything_the_language_says() {
    let cases = [
        ("focus_measure > 100", "focus_measure > 100"),
        ("FOCUS_MEASURE>100", "focus_measure > 100"),
        ("laion ≥ -1.5e-1", "Laion >= -0.15"),
        ("100 < bright <= 200", "bright > 100 and bright <= 200"),
        ("0.5 >= bright", "bright <= 0.5"),
        ("bright between 1 and 5", "bright >= 1 and bright <= 5"),
        (
            "bright between 10% and 90%",
            "pct(bright) >= 10 and pct(bright) <= 90",
        ),
        ("pct(laion) >= 90", "pct(Laion) >= 90"),
        ("percentile ( laion ) >= 90", "pct(Laion) >= 90"),
        ("laion >= 90%", "pct(Laion) >= 90"),
        ("size > 2MB", "size > 2000000"),
        ("size > 2 KiB", "size > 2048"),
        ("1.5kb < size < 1GiB", "size > 1500 and size < 1073741824"),
        ("1 MB < size", "size > 1000000"),
        (
            "width >= 1024px height<2000",
            "width >= 1024 and height < 2000",
        ),
        ("aspect = 16:9", "aspect = 1.7777777777777777"),
        ("aspect<1", "aspect < 1"),
        ("rating == 3 && stars != 4", "stars = 3 and stars != 4"),
        ("\"odd key\" > 3", "\"odd key\" > 3"),
        (
            "\"and\" > 3 and \"size\" < 5",
            "\"and\" > 3 and \"size\" < 5",
        ),
        ("pct(\"odd key\") > 3", "pct(\"odd key\") > 3"),
        ("\"2x\" between 1 and 2", "\"2x\" >= 1 and \"2x\" <= 2"),
        (
            "flag:pick or flag:rejected || FLAG:None",
            "flag:pick or flag:reject or flag:none",
        ),
        (
            "tag:best tag:\"夜 景\" tag:b*",
            "tag:best and tag:\"夜 景\" and tag:b*",
        ),
        ("name:*.png", "name:*.png"),
        ("name:a(1).png)", "?this ) has no ( before it@13"),
        ("(name:a(1).png)", "name:\"a(1).png\""),
        (
            "path:/data/夏 folder:\"夏 2024\"",
            "path:/data/夏 and folder:\"夏 2024\"",
        ),
        ("猫", "name:猫"),
        ("\"black cat\"", "name:\"black cat\""),
        ("2024", "name:2024"),
        ("2024-05_夏.png", "name:2024-05_夏.png"),
        (
            "is:unscored is:Scored is:failed is:offline",
            "is:unscored and is:scored and is:failed and is:offline",
        ),
        ("failed:decode", "failed:decode"),
        ("has:laion !has:bright", "has:Laion and not has:bright"),
        ("not (a or b) c", "not (name:a or name:b) and name:c"),
        ("a or b and c", "name:a or name:b and name:c"),
        ("(a or b) and c", "(name:a or name:b) and name:c"),
        ("NOT not a AND ((b))", "not not name:a and name:b"),
        ("bright > inf", "bright > inf"),
        (
            "name:\"say \\\"hi\\\" \\\\o/\"",
            "name:\"say \\\"hi\\\" \\\\o/\"",
        ),
    ];
    for (text, want) in cases {
        let got = match read(text) {
            Ok(expr) => to_text(&expr),
            Err(error) => format!("?{}@{}", error.message, error.at),
        };
        assert_eq!(got, want, "{text}");
    }
}

#[test]
fn errors_point_at_the_place() {
    let cases = [
        ("", 0, "the filter is empty", "for example"),
        (
            "focus_mesure > 3",
            0,
            "there is no column \"focus_mesure\"",
            "did you mean focus_measure?",
        ),
        (
            "a and wdth < 3",
            6,
            "there is no column \"wdth\"",
            "did you mean width?",
        ),
        (
            "has:focsu_measure",
            4,
            "there is no column",
            "focus_measure",
        ),
        (
            "focus_measure >",
            15,
            "a number or a column is missing here",
            "",
        ),
        (
            "focus_measure",
            13,
            "a comparison is missing here",
            "focus_measure >= 1",
        ),
        ("focus_measure > abc", 16, "there is no column \"abc\"", ""),
        ("focus_measure > 3x", 16, "\"3x\" is no number", "units"),
        (
            "focus > bright",
            8,
            "a number must stand here",
            "numbers only",
        ),
        ("3 < 4", 0, "one side must be a column", ""),
        ("> 4", 0, "a column is missing before this", ""),
        ("(focus > 3", 0, "this ( is never closed", ""),
        ("focus > 3)", 9, "this ) has no ( before it", ""),
        ("focus > 3 and", 13, "something is missing at the end", ""),
        (
            "or focus > 3",
            0,
            "a condition is missing before \"or\"",
            "",
        ),
        (
            "focus > 3 and or",
            14,
            "a condition is missing before \"or\"",
            "",
        ),
        (
            "flag:best",
            5,
            "\"best\" is no flag",
            "pick, reject or none",
        ),
        ("is:blurry", 3, "\"blurry\" is no state", "unscored"),
        ("failed:write", 7, "\"write\" is no stage", "decode"),
        (
            "nmae:x",
            0,
            "there is no field \"nmae\"",
            "did you mean name?",
        ),
        ("focus:3", 0, "there is no field \"focus\"", "focus >= 1"),
        ("name:", 5, "a value is missing", ""),
        ("a \"b", 2, "this quote is never closed", ""),
        ("focus > 3MB", 8, "this unit is for size only", ""),
        ("size > 90%", 7, "a percentile needs a score column", ""),
        ("focus > 16:9", 8, "a ratio is for aspect only", ""),
        ("focus between 3 or 4", 16, "\"and\" is missing here", ""),
        (
            "focus = nan",
            8,
            "nothing can be compared with NaN",
            "has:column",
        ),
        ("pct(focus", 9, "a ) is missing here", ""),
        ("a & b", 2, "& has no meaning here", ""),
        ("夏 and wdth<3", 8, "there is no column \"wdth\"", "width"),
    ];
    for (text, at, message, hint) in cases {
        let error = read(text).expect_err(text);
        assert_eq!(error.at, at, "{text}: {error}");
        assert!(error.message.starts_with(message), "{text}: {error}");
        assert!(error.hint.contains(hint), "{text}: {error}");
    }
    let deep = format!("{}a", "(".repeat(100_000));
    assert_eq!(
        read(&deep).expect_err("deep").message,
        "the filter is too long"
    );
    let long = "a ".repeat(100_000);
    assert_eq!(
        read(&long).expect_err("long").message,
        "the filter is too long"
    );
}

#[test]
fn the_caret_stands_below_wide_characters() {
    let error = read("夏 and wdth<3").expect_err("unknown");
    assert_eq!(
        error.to_string(),
        "there is no column \"wdth\"\n  夏 and wdth<3\n  \u{3000}     ^\ndid you mean width?"
    );
}

#[test]
fn sorts_read_and_write() {
    let read = |text: &str| parse_sort(text, &columns());
    let sort = read("focus_measure:desc, NAME ,odd key:asc,rating").unwrap();
    assert_eq!(
        sort_to_text(&sort),
        "focus_measure:desc,name:asc,odd key:asc,stars:asc"
    );
    assert_eq!(read(&sort_to_text(&sort)).unwrap(), sort);
    assert_eq!(read(" ").unwrap(), []);
    for (text, at, hint) in [
        ("name,focus_mesure:desc", 5, "did you mean focus_measure?"),
        ("name:up", 5, "write :asc or :desc"),
        ("name,,size", 5, "for example"),
    ] {
        let error = read(text).expect_err(text);
        assert_eq!(
            (error.at, error.hint.contains(hint)),
            (at, true),
            "{error:?}"
        );
    }
}

proptest! {
    #[test]
    fn text_reads_back_as_the_same_expression(expr in any_expr()) {
        let text = to_text(&expr);
        prop_assert_eq!(parse(&text, &columns()), Ok(expr), "{}", text);
    }

    #[test]
    fn any_text_is_read_or_refused_at_a_character(text in "[a-z夏 ()<>=!&|\":%.*0-9\\\\]{0,40}|\\PC*") {
        if let Err(error) = read(&text) {
            prop_assert!(text.is_char_boundary(error.at), "{} {}", error.at, text);
            prop_assert!(error.to_string().contains('^'));
        }
    }
}
