//! A whole check gives the same report on any number of threads, and whatever the text is encoded in.

use std::path::{Path, PathBuf};

use taizhang::check::{CheckOptions, Checker};
use taizhang::finding::{Masking, Report};
use taizhang::model::Lang;
use taizhang::render;

use crate::harness::date;

/// Records enough for several blocks beyond the rows among which tables are sought.
const RECORDS: u64 = 12_000;

/// A ledger of long prescriptions in which about one record of a hundred has something unusual.
fn ledger(seed: u64) -> String {
    let mut state = seed;
    let mut next = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let mut text =
        "序号,机构名称,县区,姓名,身份证号,出生日期,性别,病种,病情是否稳定,开具日期,处方天数,药品名称,是否代开,备注\n"
            .to_owned();
    for number in 1..=RECORDS {
        let (year, month, day) = (1930 + next(40), 1 + next(12), 1 + next(28));
        let id = number_of(&format!("610302{year}{month:02}{day:02}{:03}", next(1000)));
        let sex = if id.as_bytes()[16] % 2 == 1 { "男" } else { "女" };
        let mut cells = vec![
            number.to_string(),
            format!("第{}镇卫生院", 1 + number / 300),
            "金台区".to_owned(),
            format!("张{}", ["芳", "伟", "秀英"][next(3) as usize]),
            id,
            format!("{year}-{month:02}-{day:02}"),
            sex.to_owned(),
            ["高血压", "2型糖尿病"][next(2) as usize].to_owned(),
            "是".to_owned(),
            format!("2023-{:02}-{:02}", 10 + next(3), 1 + next(28)),
            (28 + next(3)).to_string(),
            "苯磺酸氨氯地平片".to_owned(),
            "否".to_owned(),
            String::new(),
        ];
        if next(100) == 0 {
            match next(9) {
                0 => cells[10] = ["12周", "约30天", "95", "若干"][next(4) as usize].to_owned(),
                1 => cells[4] = cells[4].to_lowercase().replace('x', "1"),
                2 => cells[5] = format!("{year}年{month}月{day}日"),
                3 => cells[9] = ["下周", "2023年11月31日", "20231105", ""][next(4) as usize].to_owned(),
                4 => cells[13] = "\"第一行\n第二行，\"\"引号\"\"\"".to_owned(),
                5 => cells = vec!["合计".to_owned(), String::new(), "9".to_owned()],
                6 => cells = vec!["注：以下为补录".to_owned()],
                7 => cells[1] = String::new(),
                _ => {
                    let line = cells.join(",");
                    text.push_str(&line);
                    text.push('\n');
                }
            }
        }
        text.push_str(&cells.join(","));
        text.push('\n');
    }
    text
}

/// Seventeen digits with their check character.
fn number_of(digits: &str) -> String {
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = digits.bytes().zip(weights).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    format!("{digits}{}", char::from(b"10X98765432"[(sum % 11) as usize]))
}

fn checked(path: &Path, threads: usize) -> Report {
    let (store, faults) = taizhang::pack::builtin();
    assert!(faults.is_empty());
    let options = CheckOptions {
        as_of: date("2024-01-10"),
        packs: vec!["shaanxi".into()],
        max_findings: Some(50),
        ..CheckOptions::default()
    };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    pool.install(|| Checker::new(&store).run(&[PathBuf::from(path)], &options))
}

fn json(report: &Report) -> String {
    let mut bytes = Vec::new();
    let options = render::Options { lang: Lang::Zh, masking: Masking::Shown, ..render::Options::default() };
    render::json::write(report, &options, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

#[test]
fn the_report_is_the_same_on_any_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("长期处方登记.csv");
    let text = ledger(20_231_105);
    assert!(text.len() > 1_500_000, "enough for several blocks");
    std::fs::write(&path, &text).unwrap();
    let one = checked(&path, 1);
    assert!(one.findings.len() > 10, "{}", one.findings.len());
    assert_eq!(json(&one), json(&checked(&path, 3)));
    let (bytes, _, _) = encoding_rs::GB18030.encode(&text);
    std::fs::write(&path, &bytes).unwrap();
    let other = checked(&path, 2);
    assert_eq!(one.findings, other.findings);
    assert_eq!(one.tallies, other.tallies);
}
