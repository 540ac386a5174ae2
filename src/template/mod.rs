//! Writes blank ledgers to send out, with drop-downs, validation and notes, that come back without mapping questions.

mod form;
mod table;

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::Arc;

use rust_xlsxwriter::{
    Color, DataValidation, DataValidationRule, DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder,
    Formula, Workbook, Worksheet, XlsxError,
};

use crate::model::{Date, FieldType, Lang, column_name};
use crate::pack::{Catalog, Field, LedgerKind};

/// Name of the hidden sheet that says which sheet is which kind of ledger.
pub const MARKER_SHEET: &str = "_taizhang";
/// Name of the hidden sheet with the long code lists.
pub const LISTS_SHEET: &str = "_lists";
/// Version of the marker's layout: sheet name and kind id from the second row on.
const MARKER_VERSION: &str = "1";
/// Characters that a drop-down may hold in itself; longer lists stand on a hidden sheet.
const INLINE_LIST: usize = 255;

/// Ledger kind and field → ids of the measures whose rules read it.
pub type MeasuresOfFields = BTreeMap<(Arc<str>, Arc<str>), Vec<Arc<str>>>;

/// What a template is made for.
#[derive(Clone, Debug)]
pub struct Options {
    pub lang: Lang,
    /// Rows that are prepared for records.
    pub rows: u32,
    /// Shown in the notes of the headings.
    pub measures: MeasuresOfFields,
    /// The date that the document carries, so that the same options give the same bytes.
    pub created: Date,
}

/// Writes one workbook with a sheet for each of the kinds.
pub fn write(kinds: &[Arc<LedgerKind>], catalog: &Catalog, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let bytes = build(kinds, catalog, options).map_err(io::Error::other)?;
    out.write_all(&bytes)
}

fn build(kinds: &[Arc<LedgerKind>], catalog: &Catalog, options: &Options) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    let (year, month, day) = options.created.ymd();
    let created = ExcelDateTime::from_ymd(year.clamp(1900, 9999) as u16, month as u8, day as u8)?;
    workbook.set_properties(&DocProperties::new().set_creation_datetime(&created));
    let mut lists = Lists::default();
    let styles = Styles::new();
    let mut names: Vec<(String, Arc<str>)> = Vec::new();
    for kind in kinds {
        let name = sheet_name(kind, &names);
        let sheet = workbook.add_worksheet();
        sheet.set_name(&name)?;
        let page = Page { kind, catalog, options, styles: &styles };
        match &kind.form {
            Some(form) => form::add(&page, form, sheet, &mut lists)?,
            None => table::add(&page, sheet, &mut lists)?,
        }
        names.push((name, kind.id.clone()));
    }
    if !lists.columns.is_empty() {
        lists.write(workbook.add_worksheet())?;
    }
    let marker = workbook.add_worksheet();
    marker.set_name(MARKER_SHEET)?;
    marker.write_string(0, 0, "taizhang-template")?;
    marker.write_string(0, 1, MARKER_VERSION)?;
    for (row, (name, kind)) in names.iter().enumerate() {
        marker.write_string(row as u32 + 1, 0, name)?;
        marker.write_string(row as u32 + 1, 1, &**kind)?;
    }
    marker.set_very_hidden(true);
    workbook.save_to_buffer()
}

/// The kind's Chinese name, cut to what a sheet's name may hold and made unique.
fn sheet_name(kind: &LedgerKind, taken: &[(String, Arc<str>)]) -> String {
    let allowed = |c: &char| !matches!(c, '[' | ']' | ':' | '*' | '?' | '/' | '\\' | '\'');
    let base: String = kind.name.zh.chars().filter(allowed).take(28).collect();
    let mut name = base.clone();
    let mut number = 2;
    while name.is_empty() || taken.iter().any(|(other, _)| *other == name) {
        name = format!("{base}{number}");
        number += 1;
    }
    name
}

/// What the writers of a sheet share.
struct Page<'a> {
    kind: &'a LedgerKind,
    catalog: &'a Catalog,
    options: &'a Options,
    styles: &'a Styles,
}

impl Page<'_> {
    fn pick<'t>(&self, zh: &'t str, en: &'t str) -> &'t str {
        match self.options.lang {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }

    /// What a heading's note says: the meaning, how to write it, and the measures that ask for it.
    fn note(&self, field: &Field) -> String {
        let mut text = field.about.get(self.options.lang).to_owned();
        let how = match &field.ty {
            FieldType::Text => String::new(),
            FieldType::YesNo => self.pick("填“是”或“否”", "是 (yes) or 否 (no)").to_owned(),
            FieldType::Integer => self.pick("填整数", "a whole number").to_owned(),
            FieldType::Decimal => self.pick("填数字", "a number").to_owned(),
            FieldType::Ratio => self.pick("填百分比，如 20%", "a percentage, such as 20%").to_owned(),
            FieldType::Date => self.pick("填日期，如 2024-03-05", "a date, such as 2024-03-05").to_owned(),
            FieldType::Dates => self.pick("可填多个日期，用顿号分开", "dates, separated by 、").to_owned(),
            FieldType::Period => self.pick("填所属期，如 2024年一季度", "a period, such as 2024Q1").to_owned(),
            FieldType::Code(_) => self.pick("从下拉列表中选", "choose from the list").to_owned(),
            FieldType::Codes(_) => self
                .pick(
                    "可从下拉列表中选；多项的用顿号分开填写",
                    "choose from the list; several are written with 、 between",
                )
                .to_owned(),
            FieldType::IdNumber => self.pick("18 位身份证号，按文本填写", "18 characters, as text").to_owned(),
        };
        let unit = field.unit.as_ref().filter(|_| field.ty != FieldType::YesNo);
        let unit = unit.map(|unit| format!("{}{unit}", self.pick("单位：", "unit: ")));
        let key = (self.kind.id.clone(), field.name.clone());
        let measures = self.options.measures.get(&key).map(|ids| {
            let ids: Vec<&str> = ids.iter().map(|id| &**id).collect();
            format!("{}{}", self.pick("依据：", "measures: "), ids.join(self.pick("、", ", ")))
        });
        for part in [Some(how), unit, measures].into_iter().flatten().filter(|part| !part.is_empty()) {
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str(&part);
        }
        text
    }

    /// The validation of a field's cells, where its type has one.
    fn validation(&self, field: &Field, lists: &mut Lists) -> Result<Option<DataValidation>, XlsxError> {
        let validation = DataValidation::new();
        let validation = match &field.ty {
            FieldType::YesNo => validation.allow_list_strings(&["是", "否"])?,
            FieldType::Integer => validation.allow_whole_number(DataValidationRule::GreaterThanOrEqualTo(0)),
            FieldType::Decimal => validation.allow_decimal_number(DataValidationRule::GreaterThanOrEqualTo(0.0)),
            FieldType::Ratio => validation.allow_decimal_number(DataValidationRule::Between(0.0, 1.0)),
            FieldType::Date => {
                let first = ExcelDateTime::from_ymd(1900, 1, 1)?;
                let last = ExcelDateTime::from_ymd(2100, 12, 31)?;
                validation.allow_date(DataValidationRule::Between(first, last))
            }
            FieldType::Code(list) => match self.offered(list, lists)? {
                Some(validation) => validation,
                None => return Ok(None),
            },
            FieldType::IdNumber => validation.allow_text_length(DataValidationRule::Between(15, 18)),
            // One of several can be chosen; more of them are typed in.
            FieldType::Codes(list) => {
                return Ok(self.offered(list, lists)?.map(|offered| offered.show_error_message(false)));
            }
            FieldType::Text | FieldType::Dates | FieldType::Period => return Ok(None),
        };
        let title = self.pick("填写有误", "Not valid");
        let message = self.pick("请按列标题批注的要求填写。", "Please fill in as the note of the heading says.");
        Ok(Some(validation.set_error_title(title)?.set_error_message(message)?))
    }

    /// A drop-down of the codes of a list.
    fn offered(&self, list: &Arc<str>, lists: &mut Lists) -> Result<Option<DataValidation>, XlsxError> {
        let Some(list) = self.catalog.lists.get(list) else { return Ok(None) };
        let codes: Vec<&str> = list.entries.iter().map(|entry| &*entry.code).collect();
        let characters: usize = codes.iter().map(|code| code.encode_utf16().count() + 1).sum();
        let validation = DataValidation::new();
        Ok(Some(if characters <= INLINE_LIST && codes.iter().all(|code| !code.contains(',')) {
            validation.allow_list_strings(&codes)?
        } else {
            validation.allow_list_formula(Formula::new(lists.reference(&list.id, &codes)))
        }))
    }
}

/// Formats of the cells.
struct Styles {
    title: Format,
    line: Format,
    heading: Format,
    essential: Format,
    text: Format,
    date: Format,
    ratio: Format,
    number: Format,
    label: Format,
}

impl Styles {
    fn new() -> Styles {
        let base = || Format::new().set_font_name("宋体").set_font_size(11);
        let cell = || base().set_border(FormatBorder::Thin).set_align(FormatAlign::VerticalCenter).set_text_wrap();
        Styles {
            title: base()
                .set_font_size(16)
                .set_bold()
                .set_align(FormatAlign::Center)
                .set_align(FormatAlign::VerticalCenter),
            line: base().set_unlocked(),
            heading: cell().set_bold().set_align(FormatAlign::Center).set_background_color(Color::RGB(0xDD_EB_F7)),
            essential: cell().set_bold().set_align(FormatAlign::Center).set_background_color(Color::RGB(0xFC_E4_D6)),
            text: cell().set_num_format("@").set_unlocked(),
            date: cell().set_num_format("yyyy-mm-dd").set_unlocked(),
            ratio: cell().set_num_format("0.00%").set_unlocked(),
            number: cell().set_num_format("General").set_unlocked(),
            label: cell(),
        }
    }

    fn of(&self, ty: &FieldType) -> &Format {
        match ty {
            FieldType::Date => &self.date,
            FieldType::Ratio => &self.ratio,
            FieldType::Integer | FieldType::Decimal => &self.number,
            _ => &self.text,
        }
    }
}

/// Long code lists, which drop-downs refer to.
#[derive(Default)]
struct Lists {
    columns: Vec<(Arc<str>, Vec<String>)>,
}

impl Lists {
    /// The range that holds the list.
    fn reference(&mut self, id: &Arc<str>, codes: &[&str]) -> String {
        let position = self.columns.iter().position(|(known, _)| known == id).unwrap_or_else(|| {
            self.columns.push((id.clone(), codes.iter().map(|&code| code.to_owned()).collect()));
            self.columns.len() - 1
        });
        let letters = column_name(position as u32);
        format!("={LISTS_SHEET}!${letters}$1:${letters}${}", codes.len().max(1))
    }

    fn write(&self, sheet: &mut Worksheet) -> Result<(), XlsxError> {
        sheet.set_name(LISTS_SHEET)?;
        for (column, (_, codes)) in self.columns.iter().enumerate() {
            for (row, code) in codes.iter().enumerate() {
                sheet.write_string(row as u32, column as u16, code)?;
            }
        }
        sheet.set_very_hidden(true);
        Ok(())
    }
}
