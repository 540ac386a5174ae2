//! What clerks write into a cell, read as every type there is.
#![no_main]

use std::sync::OnceLock;

use taizhang::map::value::{
    Conversions, DateContext, Scale, YesNoWords, date, dates, find_period, id_number, number, period, ratio, yes_no,
};
use taizhang::model::{Date, FieldType, Period};
use taizhang::read::{Cell, DAY_ZERO};

/// The spellings of yes and no of a field that can be counted, and of one that cannot.
fn words() -> &'static [YesNoWords] {
    static WORDS: OnceLock<Vec<YesNoWords>> = OnceLock::new();
    WORDS.get_or_init(|| {
        let catalog = taizhang::pack::builtin().0.base();
        let fields = || catalog.kinds.iter().flat_map(|kind| &kind.fields).filter(|field| field.ty == FieldType::YesNo);
        let first = |counted: bool| fields().find(|field| field.unit.is_some() == counted);
        [true, false].into_iter().filter_map(first).map(|field| YesNoWords::new(field)).collect()
    })
}

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let context = DateContext {
        period: Some(Period::Quarter(2023, 4)),
        as_of: Date::new(2024, 1, 10).unwrap_or_default(),
        day_zero: DAY_ZERO,
        is_text: data.len() % 2 == 0,
    };
    let text = String::from_utf8_lossy(data);
    let bits = data.iter().take(8).fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
    let cells = [
        Cell::Text(&text),
        Cell::Number { value: f64::from_bits(bits), percent: bits & 1 == 1 },
        Cell::DateTime { days: bits as i32, seconds: (bits >> 32) as u32 % 86_400 },
    ];
    let mut log = Conversions::default();
    for cell in cells {
        date(cell, &context, &mut log);
        dates(cell, &context, &mut log);
        period(cell, &context, &mut log);
        number(cell, &Scale::default(), &mut log);
        ratio(cell, bits & 2 == 2, &mut log);
        id_number(cell, &mut log);
        for words in words() {
            yes_no(cell, words, &mut log);
        }
    }
    find_period(&text, Some(2023));
});
