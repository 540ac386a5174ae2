//! Records of a text read column by column, against the same records row by row.

use super::streaming::told_of;
use super::*;
use crate::read::{Opened, ReadOptions, open_bytes};

/// The rows of a sheet, one by one only.
struct OneByOne(Box<dyn RowSource>);

impl RowSource for OneByOne {
    fn next_row(&mut self, row: &mut Row) -> Result<bool, InputFault> {
        self.0.next_row(row)
    }
}

fn told(text: &str, in_blocks: bool) -> (Vec<String>, String) {
    let mut opened = open_bytes("长期处方台账.csv", text.as_bytes().to_vec(), &ReadOptions::default());
    let Some(Opened::Document(document)) = opened.pop() else { panic!("no document") };
    let sheet = document.sheets.into_iter().next().unwrap();
    let rows = if in_blocks { sheet.rows } else { Box::new(OneByOne(sheet.rows)) };
    let file = FileContext { path: "长期处方台账.csv".into(), index: 0 };
    let options = MapOptions { as_of: Date::parse_iso("2024-01-15").unwrap(), ..Case::default().options };
    told_of(&drain(map_sheet(Sheet { rows, ..sheet }, &file, mapper(), &options)))
}

const HEADINGS: &str = "机构名称,姓名,身份证号,出生日期,病种,病情是否稳定,开具日期,处方天数,是否代开,代开原因,备注";
/// What stands in a cell now and then.
const CELLS: [&str; 20] = [
    "",
    " ",
    "/",
    "—",
    "不适用",
    "是",
    "√",
    "否",
    "１２",
    "三十",
    "30天",
    "2023.5.6",
    "2023年5月",
    "乱写",
    "\"说\"\"好\"\"的，\n两行\"",
    "=\"00123\"",
    "'610302",
    "全部",
    "高血压、糖尿病",
    "  行动不便 ",
];
const ROWS: [&str; 9] = [
    "合计,1,,,,,,3,,,",
    "注：以上数据截至年底,,,,,,,,,,",
    "第二行说明,,,,,,,,,,",
    HEADINGS,
    "",
    ",,,,,,,,,,x",
    "示例,某某,,,,,,,,,",
    "填表人：,某某,,,,,,,,,",
    "第3镇卫生院,张某\r\n",
];

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(4))]

    #[test]
    fn columns_are_read_like_rows(
        cells in proptest::collection::vec((2001..2400_usize, 0..11_usize, 0..CELLS.len()), 0..200),
        rows in proptest::collection::vec((2001..2400_usize, 0..ROWS.len()), 0..30),
        numbered in proptest::prelude::any::<bool>(),
    ) {
        let mut lines: Vec<Vec<String>> = vec![HEADINGS.split(',').map(str::to_owned).collect()];
        lines.extend((1..2400_u32).map(|n| {
            let line = format!(
                "第{}镇卫生院,张{n},{},19{}-0{}-1{},{},是,2023-1{}-0{},{},{},,",
                n % 7, id_number(n), 40 + n % 20, n % 9 + 1, n % 9, ["高血压", "2型糖尿病"][n as usize % 2],
                n % 3, n % 9 + 1, 20 + n % 70, ["是", "否"][n as usize % 2],
            );
            line.split(',').take(11).map(str::to_owned).collect()
        }));
        for (row, column, what) in cells {
            lines[row][column] = CELLS[what].to_owned();
        }
        for (row, what) in rows {
            lines[row] = ROWS[what].split(',').map(str::to_owned).collect();
        }
        let number = |(row, line): (usize, &Vec<String>)| match (numbered, row) {
            (false, _) => line.join(","),
            (true, 0) => format!("序号,{}", line.join(",")),
            (true, row) => format!("{row},{}", line.join(",")),
        };
        let text = lines.iter().enumerate().map(number).collect::<Vec<_>>().join("\n");
        let (by_column, by_row) = (told(&text, true), told(&text, false));
        for (by_column, by_row) in by_column.0.iter().zip(&by_row.0) {
            proptest::prop_assert_eq!(by_column, by_row);
        }
        proptest::prop_assert_eq!(by_column.0.len(), by_row.0.len());
        proptest::prop_assert_eq!(by_column.1, by_row.1);
    }
}
