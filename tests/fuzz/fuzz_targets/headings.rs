//! A sheet of any layout: where its tables and headings are, and what its cells mean.
#![no_main]

use std::sync::OnceLock;

use taizhang::map::{FileContext, MapOptions, Mapper, UserMapping, map_sheet};
use taizhang::model::Date;
use taizhang::read::{Opened, ReadOptions, open_bytes};

fn mapper() -> &'static Mapper {
    static MAPPER: OnceLock<Mapper> = OnceLock::new();
    MAPPER.get_or_init(|| Mapper::new(&taizhang::pack::builtin().0.base()))
}

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let file = FileContext { path: "台账2023年四季度.csv".into(), index: 0 };
    let options = MapOptions {
        kind: None,
        period: None,
        as_of: Date::new(2024, 1, 10).unwrap_or_default(),
        mapping: UserMapping::default(),
    };
    for opened in open_bytes("台账.csv", data.to_vec(), &ReadOptions::default()) {
        let Opened::Document(document) = opened else { continue };
        for sheet in document.sheets {
            let mut mapped = map_sheet(sheet, &file, mapper(), &options);
            while let Ok(Some(_)) = mapped.next_batch() {}
            mapped.finish();
        }
    }
});
