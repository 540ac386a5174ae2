//! The formats of the workbook: one restrained palette, one font, thin lines.

use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder, FormatUnderline};

use crate::finding::{Outcome, Severity};
use crate::model::Lang;

pub(super) const BLUE: u32 = 0x1F_4E79;
pub(super) const GREEN: u32 = 0x5B_9A5B;
pub(super) const RED: u32 = 0xC0_392B;
pub(super) const AMBER: u32 = 0xE0_A030;
pub(super) const GREY: u32 = 0xA6_A6A6;
const LINE: u32 = 0xD0_D7DE;

/// A format in two variants: the second keeps texts that begin like a formula as texts even when somebody edits the cell.
pub(super) struct Guarded {
    plain: Format,
    quoted: Format,
}

impl Guarded {
    fn new(plain: Format) -> Guarded {
        Guarded { quoted: plain.clone().set_quote_prefix(), plain }
    }

    pub fn of(&self, text: &str) -> &Format {
        self.quoted(text).unwrap_or(&self.plain)
    }

    /// The format that a text needs where it begins like a formula.
    pub fn quoted(&self, text: &str) -> Option<&Format> {
        looks_like_formula(text).then_some(&self.quoted)
    }

    pub fn quoted_format(&self) -> &Format {
        &self.quoted
    }
}

/// Whether a spreadsheet would take the text for a formula when somebody types it.
pub(super) fn looks_like_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r'])
}

/// All formats of the workbook.
pub(super) struct Styles {
    pub title: Format,
    pub subtitle: Format,
    pub section: Format,
    pub note: Format,
    pub warning_note: Format,
    pub header: Format,
    /// Header of the columns that people fill in.
    pub header_input: Format,
    pub cell: Guarded,
    pub centre: Guarded,
    pub small: Guarded,
    pub faint: Guarded,
    pub number: Format,
    pub rank: Format,
    pub rate: Format,
    pub link: Format,
    /// Cells of the list of findings have the format of their column, which is cheaper than a format each; their lines are conditional.
    pub column: Format,
    pub column_centre: Format,
    pub column_small: Format,
    pub lines: Format,
    pub date_input: Format,
    pub text_input: Format,
    pub met: Format,
    pub violated: Format,
    pub warning: Format,
    pub advice: Format,
    pub undetermined: Format,
    pub card_labels: [Format; 9],
    pub card_numbers: [Format; 9],
}

impl Styles {
    pub fn new(lang: Lang) -> Styles {
        let font = match lang {
            Lang::Zh => "微软雅黑",
            Lang::En => "Calibri",
        };
        let text = Format::new().set_font_name(font).set_font_size(10);
        let lined = text.clone().set_border(FormatBorder::Thin).set_border_color(Color::RGB(LINE));
        let cell = lined.clone().set_text_wrap().set_align(FormatAlign::VerticalCenter);
        let centre =
            lined.clone().set_text_wrap().set_align(FormatAlign::Center).set_align(FormatAlign::VerticalCenter);
        let header = lined
            .clone()
            .set_bold()
            .set_font_color(Color::White)
            .set_background_color(Color::RGB(BLUE))
            .set_align(FormatAlign::Center)
            .set_align(FormatAlign::VerticalCenter)
            .set_text_wrap();
        let tinted =
            |fill: u32, ink: u32| centre.clone().set_background_color(Color::RGB(fill)).set_font_color(Color::RGB(ink));
        let met = tinted(0xE6_F2E6, 0x2E_5E2E);
        let violated = tinted(0xFB_E3E0, 0x9C_1C10);
        let warning = tinted(0xFF_F2D6, 0x7A_5200);
        let advice = tinted(0xE1_EDF8, 0x1F_4E79);
        let undetermined = tinted(0xEE_EEEE, 0x50_5050);
        let plain = tinted(0xFF_FFFF, 0x50_5050);
        let cards = [&plain, &met, &violated, &warning, &advice, &undetermined, &plain, &plain, &plain];
        let card =
            |format: &&Format, size: f64| (*format).clone().set_font_size(size).set_align(FormatAlign::VerticalCenter);
        Styles {
            title: text.clone().set_bold().set_font_size(20).set_font_color(Color::RGB(BLUE)),
            subtitle: text
                .clone()
                .set_font_color(Color::RGB(0x50_5050))
                .set_text_wrap()
                .set_align(FormatAlign::VerticalCenter),
            section: text
                .clone()
                .set_bold()
                .set_font_size(13)
                .set_font_color(Color::RGB(BLUE))
                .set_border_bottom(FormatBorder::Medium)
                .set_border_bottom_color(Color::RGB(BLUE)),
            note: text.clone().set_text_wrap().set_align(FormatAlign::VerticalCenter),
            warning_note: text
                .clone()
                .set_bold()
                .set_font_color(Color::RGB(0x9C_1C10))
                .set_text_wrap()
                .set_align(FormatAlign::VerticalCenter),
            header_input: header.clone().set_background_color(Color::RGB(0x4F_7A4F)),
            small: Guarded::new(cell.clone().set_font_size(8).set_font_color(Color::RGB(0x70_7070))),
            faint: Guarded::new(cell.clone().set_font_color(Color::RGB(0x8C_8C8C))),
            number: lined
                .clone()
                .set_num_format("#,##0;-#,##0;–")
                .set_align(FormatAlign::Right)
                .set_indent(1)
                .set_align(FormatAlign::VerticalCenter),
            rank: lined.clone().set_align(FormatAlign::Center).set_align(FormatAlign::VerticalCenter),
            rate: lined.clone().set_align(FormatAlign::Center).set_align(FormatAlign::VerticalCenter),
            link: centre
                .clone()
                .set_font_color(Color::RGB(0x05_63C1))
                .set_underline(FormatUnderline::Single)
                .set_text_wrap(),
            column: text.clone().set_text_wrap().set_align(FormatAlign::VerticalCenter),
            column_centre: text
                .clone()
                .set_text_wrap()
                .set_align(FormatAlign::Center)
                .set_align(FormatAlign::VerticalCenter),
            column_small: text
                .clone()
                .set_font_size(8)
                .set_font_color(Color::RGB(0x70_7070))
                .set_align(FormatAlign::VerticalCenter),
            lines: Format::new().set_border(FormatBorder::Thin).set_border_color(Color::RGB(LINE)),
            date_input: text.clone().set_num_format("yyyy-mm-dd").set_align(FormatAlign::VerticalCenter).set_unlocked(),
            text_input: text.clone().set_text_wrap().set_align(FormatAlign::VerticalCenter).set_unlocked(),
            card_labels: std::array::from_fn(|index| card(&cards[index], 10.0)),
            card_numbers: std::array::from_fn(|index| card(&cards[index], 20.0).set_bold().set_num_format("#,##0")),
            cell: Guarded::new(cell),
            centre: Guarded::new(centre),
            met,
            violated,
            warning,
            advice,
            undetermined,
            header,
        }
    }

    /// The colour of a finding.
    pub fn tint(&self, outcome: Outcome, severity: Severity) -> &Format {
        match (outcome, severity) {
            (Outcome::Violated, Severity::Error) => &self.violated,
            (Outcome::Violated, Severity::Warning) => &self.warning,
            (Outcome::Violated, Severity::Advice) => &self.advice,
            (Outcome::Met, _) => &self.met,
            _ => &self.undetermined,
        }
    }

    /// The colour of a rate of compliance.
    pub fn band(&self, met: u64, judged: u64) -> &Format {
        match band(met, judged) {
            Band::All => &self.met,
            Band::Most => &self.warning,
            Band::Few => &self.violated,
        }
    }
}

/// How good a rate of compliance is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Band {
    All,
    /// At least four fifths.
    Most,
    Few,
}

/// The band of `met` out of `judged`.
pub(super) fn band(met: u64, judged: u64) -> Band {
    if met == judged {
        Band::All
    } else if u128::from(met) * 10 >= u128::from(judged) * 8 {
        Band::Most
    } else {
        Band::Few
    }
}
