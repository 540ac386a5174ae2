//! The whole report as JSON: versioned, with stable English keys, findings streamed one by one.

use std::io::{self, Write};

use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};

use super::view::{FindingView, scrub};
use super::{Options, words};
use crate::diag::{InputFault, InputNote, PackFault};
use crate::finding::{
    Entry, FollowUp, HeadingMatch, InputReading, Location, Masking, MeasureInfo, Outcome, PackInfo, Reason, Report,
    RuleInfo, SheetReading, Standing, TableReading, Tally,
};
use crate::model::{Lang, Localized, cell_name};

/// The version of the format; it grows when a key changes its meaning or goes away.
pub const VERSION: u32 = 1;

/// The JSON Schema of the format.
pub const SCHEMA: &str = include_str!("json.schema.json");

/// Writes `report` as one JSON document, followed by a newline.
pub fn write(report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let mut out = io::BufWriter::new(out);
    let document = Document { report, lang: options.lang, masking: options.masking };
    serde_json::to_writer_pretty(&mut out, &document)?;
    out.write_all(b"\n")?;
    out.flush()
}

struct Document<'a> {
    report: &'a Report,
    lang: Lang,
    masking: Masking,
}

/// Serialises a list without collecting it first.
struct List<F>(F);

impl<I, T, F> Serialize for List<F>
where
    F: Fn() -> I,
    I: Iterator<Item = T>,
    T: Serialize,
{
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        for item in (self.0)() {
            list.serialize_element(&item)?;
        }
        list.end()
    }
}

/// Names and values as an object; a name that occurs again gets a number.
struct Pairs<'a>(Vec<(&'a str, String)>);

impl Serialize for Pairs<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (index, (name, value)) in self.0.iter().enumerate() {
            let before = self.0[..index].iter().filter(|(other, _)| other == name).count();
            if before == 0 {
                map.serialize_entry(name, value)?;
            } else {
                map.serialize_entry(&format!("{name}#{}", before + 1), value)?;
            }
        }
        map.end()
    }
}

impl Serialize for Document<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let &Document { report, lang, masking } = self;
        let text = |localized: &Localized| scrub(localized.get(lang), masking);
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("format", "taizhang-report")?;
        map.serialize_entry("version", &VERSION)?;
        map.serialize_entry("run", &run(report, lang, masking))?;
        map.serialize_entry("packs", &List(|| report.packs.iter().map(|pack| Pack::new(pack, lang))))?;
        map.serialize_entry("measures", &List(|| report.measures.iter().map(|m| Measure::new(m, lang))))?;
        map.serialize_entry("rules", &List(|| report.rules.iter().map(|rule| Rule::new(rule, lang))))?;
        map.serialize_entry("files", &List(|| report.inputs.iter().map(|f| file(f, lang, masking))))?;
        map.serialize_entry(
            "findings",
            &List(|| report.findings.iter().map(|finding| Finding::new(report, finding, lang, masking))),
        )?;
        map.serialize_entry("tallies", &List(|| tallies(report)))?;
        map.serialize_entry("unit_tallies", &List(|| unit_tallies(report)))?;
        map.serialize_entry("not_run", &List(|| not_run(report, lang)))?;
        map.serialize_entry("follow_up", &report.follow_up.as_ref().map(|one| follow_up(one, lang, masking)))?;
        map.serialize_entry("notes", &List(|| report.notes.iter().map(text)))?;
        map.serialize_entry("pack_faults", &List(|| report.pack_faults.iter().map(|f| pack_fault(f, lang))))?;
        map.end()
    }
}

/// The comparison with an earlier run.
#[derive(Serialize)]
struct FollowUpView<'a> {
    new: usize,
    persisting: usize,
    waived: usize,
    lapsed: usize,
    fixed: Vec<EarlierFinding<'a>>,
    not_judged: Vec<EarlierFinding<'a>>,
    refused: Vec<&'a str>,
}

/// A finding of the earlier run that this one does not have.
#[derive(Serialize)]
struct EarlierFinding<'a> {
    fingerprint: &'a str,
    title: String,
    unit: String,
}

fn follow_up(follow_up: &FollowUp, lang: Lang, masking: Masking) -> FollowUpView<'_> {
    FollowUpView {
        new: follow_up.count(Standing::New),
        persisting: follow_up.count(Standing::Persisting),
        waived: follow_up.count(Standing::Waived),
        lapsed: follow_up.count(Standing::Lapsed),
        fixed: earlier_findings(&follow_up.fixed, masking),
        not_judged: earlier_findings(&follow_up.not_judged, masking),
        refused: follow_up.refused.iter().map(|text| text.get(lang)).collect(),
    }
}

fn earlier_findings(list: &[(String, Entry)], masking: Masking) -> Vec<EarlierFinding<'_>> {
    let earlier = list.iter().map(|(fingerprint, entry)| EarlierFinding {
        fingerprint,
        title: scrub(&entry.title, masking),
        unit: scrub(&entry.unit, masking),
    });
    earlier.collect()
}

#[derive(Serialize)]
struct Run<'a> {
    tool: &'static str,
    tool_version: &'static str,
    as_of: String,
    period: Option<String>,
    pack_choice: &'a str,
    arguments: Vec<String>,
    language: &'static str,
    personal_data: &'static str,
}

fn run(report: &Report, lang: Lang, masking: Masking) -> Run<'_> {
    Run {
        tool: "taizhang",
        tool_version: report.run.version,
        as_of: report.run.as_of.to_string(),
        period: report.run.period.map(|period| period.to_string()),
        pack_choice: report.run.pack_choice.get(lang),
        arguments: report.run.arguments.iter().map(|argument| scrub(argument, masking)).collect(),
        language: words::pick(lang, "zh", "en"),
        personal_data: match masking {
            Masking::Masked => "masked",
            Masking::Shown => "shown",
        },
    }
}

#[derive(Serialize)]
struct Pack<'a> {
    id: &'a str,
    name: &'a str,
    document: &'a str,
    number: &'a str,
    effective_from: Option<String>,
    effective_until: Option<String>,
}

impl<'a> Pack<'a> {
    fn new(pack: &'a PackInfo, lang: Lang) -> Pack<'a> {
        Pack {
            id: &pack.id,
            name: pack.name.get(lang),
            document: pack.document.get(lang),
            number: &pack.number,
            effective_from: pack.effective_from.map(|date| date.to_string()),
            effective_until: pack.effective_until.map(|date| date.to_string()),
        }
    }
}

#[derive(Serialize)]
struct Measure<'a> {
    id: &'a str,
    pack: &'a str,
    class: &'static str,
    clause: &'a str,
    title: &'a str,
    demand: &'a str,
    reason: Option<&'a str>,
}

impl<'a> Measure<'a> {
    fn new(measure: &'a MeasureInfo, lang: Lang) -> Measure<'a> {
        Measure {
            id: &measure.id,
            pack: &measure.pack,
            class: measure.class,
            clause: &measure.clause,
            title: measure.title.get(lang),
            demand: measure.demand.get(lang),
            reason: measure.reason.as_ref().map(|reason| reason.get(lang)),
        }
    }
}

#[derive(Serialize)]
struct Rule<'a> {
    id: &'a str,
    measure: &'a str,
    also: Vec<&'a str>,
    pack: &'a str,
    severity: &'static str,
    title: &'a str,
    citations: Vec<&'a str>,
    required: &'a str,
    fix: &'a str,
    ledger: &'a str,
    ledger_name: &'a str,
    items: Vec<&'a str>,
    parameters: Vec<Parameter<'a>>,
    interpretation: Option<&'a str>,
}

#[derive(Serialize)]
struct Parameter<'a> {
    name: &'a str,
    value: &'a str,
    unit: &'a str,
    reason: &'a str,
    is_interpretation: bool,
    overridden: bool,
}

impl<'a> Rule<'a> {
    fn new(rule: &'a RuleInfo, lang: Lang) -> Rule<'a> {
        let parameters = rule.parameters.iter().map(|parameter| Parameter {
            name: &parameter.name,
            value: &parameter.value,
            unit: &parameter.unit,
            reason: parameter.reason.get(lang),
            is_interpretation: parameter.is_interpretation,
            overridden: parameter.overridden,
        });
        Rule {
            id: &rule.id,
            measure: &rule.measure,
            also: rule.also.iter().map(|id| &**id).collect(),
            pack: &rule.pack,
            severity: rule.severity.code(),
            title: rule.title.get(lang),
            citations: rule.citations.iter().map(|citation| citation.get(lang)).collect(),
            required: rule.required.get(lang),
            fix: rule.fix.get(lang),
            ledger: &rule.ledger,
            ledger_name: rule.ledger_name.get(lang),
            items: rule.items.iter().map(|item| item.get(lang)).collect(),
            parameters: parameters.collect(),
            interpretation: rule.interpretation.as_ref().map(|text| text.get(lang)),
        }
    }
}

/// One finding; the same object stands in a line of its own in NDJSON.
#[derive(Serialize)]
pub(super) struct Finding<'a> {
    rule: &'a str,
    measure: &'a str,
    also: Vec<&'a str>,
    outcome: &'static str,
    severity: &'static str,
    unit: Option<String>,
    period: Option<String>,
    file: Option<&'a str>,
    sheet: Option<&'a str>,
    row: Option<u64>,
    cell: Option<String>,
    item: Option<&'a str>,
    key: Pairs<'a>,
    values: Pairs<'a>,
    required: String,
    message: String,
    reason: Option<ReasonView<'a>>,
    other_reasons: Vec<ReasonView<'a>>,
    related: Vec<Place<'a>>,
    fix: String,
    records: u64,
    fingerprint: &'a str,
    /// Against an earlier run: `new`, `persisting`, `waived` or `lapsed`.
    standing: Option<&'static str>,
}

impl<'a> Finding<'a> {
    pub fn new(report: &'a Report, finding: &'a crate::finding::Finding, lang: Lang, masking: Masking) -> Finding<'a> {
        let view = FindingView::new(report, finding, lang, masking);
        Finding {
            rule: &view.rule.id,
            measure: &view.rule.measure,
            also: view.rule.also.iter().map(|id| &**id).collect(),
            outcome: finding.outcome.code(),
            severity: finding.severity.code(),
            period: finding.period.map(|period| period.to_string()),
            file: finding.location.file.as_deref(),
            sheet: finding.location.sheet.as_deref(),
            row: view.row,
            item: view.item,
            key: Pairs(view.key().collect()),
            values: Pairs(view.values().collect()),
            reason: finding.reason.as_ref().map(|reason| reason_view(report, reason, lang)),
            other_reasons: finding.other_reasons.iter().map(|reason| reason_view(report, reason, lang)).collect(),
            related: finding.related.iter().map(place).collect(),
            records: finding.records,
            fingerprint: &finding.fingerprint,
            standing: report.follow_up.as_ref().and_then(|one| one.standing(finding)).map(Standing::code),
            unit: Some(view.unit).filter(|unit| !unit.is_empty()),
            cell: view.cell,
            required: view.required,
            message: view.message,
            fix: view.fix,
        }
    }
}

#[derive(Serialize)]
struct Place<'a> {
    file: Option<&'a str>,
    sheet: Option<&'a str>,
    row: Option<u64>,
    cell: Option<String>,
}

fn place(location: &Location) -> Place<'_> {
    Place {
        file: location.file.as_deref(),
        sheet: location.sheet.as_deref(),
        row: location.row.map(|row| u64::from(row) + 1),
        cell: location.row.zip(location.column).map(|(row, column)| cell_name(row, column)),
    }
}

#[derive(Serialize)]
struct ReasonView<'a> {
    code: &'static str,
    text: String,
    fields: Vec<&'a str>,
    ledger: Option<&'a str>,
    year: Option<i16>,
}

fn reason_view<'a>(report: &'a Report, reason: &'a Reason, lang: Lang) -> ReasonView<'a> {
    let (mut fields, mut ledger, mut year) = (Vec::new(), None, None);
    match reason {
        Reason::ColumnAbsent(names)
        | Reason::ColumnDoubtful(names)
        | Reason::CellBlank(names)
        | Reason::CellUnreadable(names) => {
            fields = names.iter().map(|name| &**name).collect();
        }
        Reason::CompanionAbsent(id) | Reason::CompanionRecordAbsent(id) | Reason::LedgerAbsent(id) => {
            ledger = Some(&**id)
        }
        Reason::CalendarMissing(missing) => year = Some(*missing),
        Reason::PeriodUnknown
        | Reason::NumberOutOfRange
        | Reason::NotDecidable
        | Reason::CompletenessNotDeclared
        | Reason::NotInForce => {}
    }
    ReasonView { code: reason.code(), text: words::reason(report, reason, lang), fields, ledger, year }
}

#[derive(Serialize)]
struct RuleTally<'a> {
    rule: &'a str,
    measure: &'a str,
    also: Vec<&'a str>,
    severity: &'static str,
    #[serde(flatten)]
    counts: Counts,
}

#[derive(Serialize)]
struct UnitTally<'a> {
    rule: &'a str,
    unit: &'a str,
    #[serde(flatten)]
    counts: Counts,
}

struct Counts(Tally);

impl Serialize for Counts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(Outcome::ALL.len()))?;
        for outcome in Outcome::ALL {
            map.serialize_entry(outcome.code(), &self.0.get(outcome))?;
        }
        map.end()
    }
}

fn tallies(report: &Report) -> impl Iterator<Item = RuleTally<'_>> {
    let mut sums = vec![Tally::default(); report.rules.len()];
    for tally in &report.tallies {
        if let Some(sum) = sums.get_mut(tally.rule as usize) {
            sum.merge(&tally.counts);
        }
    }
    report.rules.iter().zip(sums).map(|(rule, sum)| RuleTally {
        rule: &rule.id,
        measure: &rule.measure,
        also: rule.also.iter().map(|id| &**id).collect(),
        severity: rule.severity.code(),
        counts: Counts(sum),
    })
}

fn unit_tallies(report: &Report) -> impl Iterator<Item = UnitTally<'_>> {
    report.tallies.iter().filter_map(|tally| {
        let rule = report.rules.get(tally.rule as usize)?;
        Some(UnitTally { rule: &rule.id, unit: &tally.unit, counts: Counts(tally.counts) })
    })
}

#[derive(Serialize)]
struct NotRun<'a> {
    rule: &'a str,
    measure: &'a str,
    reason: ReasonView<'a>,
}

fn not_run(report: &Report, lang: Lang) -> impl Iterator<Item = NotRun<'_>> {
    report.not_run.iter().filter_map(move |not_run| {
        let rule = report.rules.get(not_run.rule as usize)?;
        Some(NotRun { rule: &rule.id, measure: &rule.measure, reason: reason_view(report, &not_run.reason, lang) })
    })
}

#[derive(Serialize)]
struct PackFaultView<'a> {
    level: &'static str,
    code: &'static str,
    file: &'a str,
    line: u32,
    column: u32,
    message: &'a str,
    help: Option<&'a str>,
}

fn pack_fault(fault: &PackFault, lang: Lang) -> PackFaultView<'_> {
    PackFaultView {
        level: match fault.level {
            crate::diag::Level::Error => "error",
            crate::diag::Level::Warning => "warning",
        },
        code: fault.code,
        file: &fault.file,
        line: fault.line,
        column: fault.column,
        message: fault.message.get(lang),
        help: fault.help.as_ref().map(|help| help.get(lang)),
    }
}

#[derive(Serialize)]
struct File<'a> {
    file: &'a str,
    format: Option<&'static str>,
    encoding: Option<&'a str>,
    sha256: Option<&'a str>,
    size: u64,
    records: u64,
    notes: Vec<Note<'a>>,
    faults: Vec<Fault<'a>>,
    sheets: Vec<Sheet<'a>>,
}

fn file(input: &InputReading, lang: Lang, masking: Masking) -> File<'_> {
    let records = |sheet: &SheetReading| sheet.tables.iter().map(|table| table.records).sum::<u64>();
    File {
        file: &input.file,
        format: input.format,
        encoding: input.encoding.as_deref(),
        sha256: input.digest.as_deref(),
        size: input.size,
        records: input.sheets.iter().map(records).sum(),
        notes: notes(&input.notes, lang, masking),
        faults: input.faults.iter().map(|f| fault(f, lang, masking)).collect(),
        sheets: input.sheets.iter().map(|s| sheet(s, lang, masking)).collect(),
    }
}

#[derive(Serialize)]
struct Note<'a> {
    code: &'static str,
    message: String,
    sheet: Option<&'a str>,
    cell: Option<String>,
}

fn notes(notes: &[InputNote], lang: Lang, masking: Masking) -> Vec<Note<'_>> {
    notes
        .iter()
        .map(|note| Note {
            code: note.code,
            message: scrub(note.message.get(lang), masking),
            sheet: note.sheet.as_deref(),
            cell: note.cell.map(|(row, column)| cell_name(row, column)),
        })
        .collect()
}

#[derive(Serialize)]
struct Fault<'a> {
    kind: &'static str,
    message: String,
    advice: &'a str,
    sheet: Option<&'a str>,
    cell: Option<String>,
}

fn fault(fault: &InputFault, lang: Lang, masking: Masking) -> Fault<'_> {
    Fault {
        kind: fault.kind.code(),
        message: scrub(fault.message.get(lang), masking),
        advice: fault.advice.get(lang),
        sheet: fault.sheet.as_deref(),
        cell: fault.cell.map(|(row, column)| cell_name(row, column)),
    }
}

#[derive(Serialize)]
struct Sheet<'a> {
    sheet: &'a str,
    hidden: bool,
    rows: u64,
    notes: Vec<Note<'a>>,
    tables: Vec<Table<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    picture: Vec<Line>,
}

/// A row of the sheet as it stands.
#[derive(Serialize)]
struct Line {
    row: u64,
    mark: &'static str,
    hidden: bool,
    cells: Vec<Example>,
}

fn sheet(sheet: &SheetReading, lang: Lang, masking: Masking) -> Sheet<'_> {
    Sheet {
        sheet: &sheet.name,
        hidden: sheet.hidden,
        rows: sheet.rows,
        notes: notes(&sheet.notes, lang, masking),
        tables: sheet.tables.iter().map(|t| table(t, lang, masking)).collect(),
        picture: sheet
            .picture
            .iter()
            .map(|row| Line {
                row: u64::from(row.row) + 1,
                mark: super::picture::mark(sheet, row.row),
                hidden: row.hidden,
                cells: super::picture::cells(sheet, row, masking)
                    .into_iter()
                    .map(|(column, text)| Example { cell: cell_name(row.row, column), text })
                    .collect(),
            })
            .collect(),
    }
}

/// Rows are 1-based as in the file.
#[derive(Serialize)]
struct Table<'a> {
    kind: Option<&'a str>,
    kind_name: &'a str,
    kind_confidence: u8,
    kind_runner_up: Option<RunnerUp<'a>>,
    layout: &'static str,
    title_rows: Option<[u64; 2]>,
    header_rows: Option<[u64; 2]>,
    data_rows: Option<[u64; 2]>,
    skipped_rows: Vec<SkippedRow>,
    records: u64,
    period: Option<String>,
    unit: Option<&'a str>,
    headings: Vec<Heading<'a>>,
    fields: Vec<Field<'a>>,
    conversions: Vec<Conversion>,
}

#[derive(Serialize)]
struct RunnerUp<'a> {
    id: &'a str,
    confidence: u8,
}

#[derive(Serialize)]
struct SkippedRow {
    row: u64,
    reason: &'static str,
}

#[derive(Serialize)]
struct Heading<'a> {
    heading: String,
    cell: String,
    field: Option<&'a str>,
    #[serde(rename = "match")]
    how: &'static str,
    confidence: u8,
    runner_up: Option<RunnerUp<'a>>,
}

#[derive(Serialize)]
struct Field<'a> {
    field: &'a str,
    present: u64,
    blank: u64,
    unreadable: u64,
    unreadable_examples: Vec<Example>,
    converted: Vec<Converted>,
}

#[derive(Serialize)]
struct Converted {
    code: &'static str,
    cell: String,
    from: String,
    to: String,
}

#[derive(Serialize)]
struct Example {
    cell: String,
    text: String,
}

#[derive(Serialize)]
struct Conversion {
    code: &'static str,
    count: u64,
    example: String,
}

fn table(table: &TableReading, lang: Lang, masking: Masking) -> Table<'_> {
    let rows = |rows: Option<(u32, u32)>| rows.map(|(first, last)| [u64::from(first) + 1, u64::from(last) + 1]);
    Table {
        kind: table.kind.as_deref(),
        kind_name: table.kind_name.get(lang),
        kind_confidence: table.kind_confidence,
        kind_runner_up: second(&table.kind_runner_up),
        layout: table.layout,
        title_rows: rows(table.title_rows),
        header_rows: rows(table.header_rows),
        data_rows: rows(table.data_rows),
        skipped_rows: table
            .skipped_rows
            .iter()
            .map(|(row, reason)| SkippedRow { row: u64::from(*row) + 1, reason })
            .collect(),
        records: table.records,
        period: table.period.map(|period| period.to_string()),
        unit: table.unit.as_deref(),
        headings: table.headings.iter().map(|h| heading(h, masking)).collect(),
        fields: table.fields.iter().map(|f| field(f, masking)).collect(),
        conversions: table
            .conversions
            .iter()
            .map(|(code, (count, example))| Conversion {
                code,
                count: *count,
                example: super::view::example(example, masking),
            })
            .collect(),
    }
}

fn second(runner_up: &Option<(std::sync::Arc<str>, u8)>) -> Option<RunnerUp<'_>> {
    runner_up.as_ref().map(|(id, confidence)| RunnerUp { id, confidence: *confidence })
}

fn heading(heading: &HeadingMatch, masking: Masking) -> Heading<'_> {
    Heading {
        heading: scrub(&heading.heading, masking),
        cell: cell_name(heading.cell.0, heading.cell.1),
        field: heading.field.as_deref(),
        how: heading.how.code(),
        confidence: heading.confidence,
        runner_up: second(&heading.runner_up),
    }
}

fn field(field: &crate::finding::FieldUse, masking: Masking) -> Field<'_> {
    let example = |(row, column, text): &(u32, u32, String)| Example {
        cell: cell_name(*row, *column),
        text: super::view::cell_text(text, field.personal, masking),
    };
    Field {
        field: &field.field,
        present: field.present,
        blank: field.blank,
        unreadable: field.unreadable,
        unreadable_examples: field.unreadable_examples.iter().map(example).collect(),
        converted: field
            .converted
            .iter()
            .map(|cell| Converted {
                code: cell.code,
                cell: cell_name(cell.cell.0, cell.cell.1),
                from: super::view::cell_text(&cell.from, field.personal, masking),
                to: super::view::cell_text(&cell.to, field.personal, masking),
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::render::testing;

    fn document(options: &Options) -> (String, Value) {
        let mut bytes = Vec::new();
        write(&testing::sample(), options, &mut bytes).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        let value = serde_json::from_str(&text).unwrap();
        (text, value)
    }

    #[test]
    fn findings_stand_with_place_values_and_reason() {
        let (_, value) = document(&Options::default());
        assert_eq!(value["format"], "taizhang-report");
        let first = &value["findings"][0];
        assert_eq!(first["rule"], "SX-01/slots-share");
        assert_eq!(first["also"][0], "GJ-01");
        assert_eq!((&first["row"], &first["cell"]), (&Value::from(6), &Value::from("C6")));
        assert_eq!(first["values"]["总数"], "1200");
        assert_eq!(first["message"], "商洛市中心医院门诊号源 1200 个，向基层开放 （空） 个，低于 20%");
        let last = value["findings"].as_array().unwrap().last().unwrap();
        assert_eq!((&last["row"], &last["cell"], &last["unit"]), (&Value::Null, &Value::Null, &Value::Null));
        assert_eq!(last["reason"]["code"], "column-absent");
        assert_eq!(last["reason"]["fields"][0], "机构类型");
        assert_eq!(last["records"], 320);
    }

    #[test]
    fn every_rule_has_a_tally_with_every_outcome() {
        let (_, value) = document(&Options::default());
        let tallies = value["tallies"].as_array().unwrap();
        assert_eq!(tallies.len(), 5);
        assert_eq!(tallies[1]["violated"], 3);
        assert_eq!(tallies[1]["undetermined"], 1);
        for tally in tallies {
            assert!(Outcome::ALL.iter().all(|outcome| tally[outcome.code()].is_u64()));
        }
        assert_eq!(value["not_run"][0]["reason"]["code"], "completeness-not-declared");
    }

    /// The places of `value` that the schema does not allow; knows the keywords that the schema of the report uses.
    fn faults(root: &Value, schema: &Value, value: &Value, place: &str, found: &mut Vec<String>) {
        let known =
            ["$schema", "title", "description", "$defs", "type", "properties", "required", "additionalProperties"];
        let also = ["items", "enum", "const", "anyOf", "$ref"];
        let schema = schema.as_object().unwrap();
        assert!(schema.keys().all(|key| known.contains(&key.as_str()) || also.contains(&key.as_str())));
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            faults(root, root.pointer(reference.trim_start_matches('#')).unwrap(), value, place, found);
        }
        let name = match value {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(number) if number.is_u64() || number.is_i64() => "integer",
            Value::Number(_) => "number",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        };
        let types = schema.get("type").map(|types| types.as_array().cloned().unwrap_or_else(|| vec![types.clone()]));
        if types.is_some_and(|types| !types.iter().any(|allowed| allowed == name)) {
            found.push(format!("{place}: {name}"));
        }
        let is_none_of = |list: &Value| !list.as_array().unwrap().contains(value);
        if schema.get("enum").is_some_and(is_none_of) || schema.get("const").is_some_and(|only| only != value) {
            found.push(format!("{place}: {value}"));
        }
        if let Some(choices) = schema.get("anyOf").and_then(Value::as_array) {
            let fits = |choice: &Value| {
                let mut inner = Vec::new();
                faults(root, choice, value, place, &mut inner);
                inner.is_empty()
            };
            if !choices.iter().any(fits) {
                found.push(format!("{place}: no choice fits"));
            }
        }
        if let (Some(items), Some(list)) = (schema.get("items"), value.as_array()) {
            for (index, item) in list.iter().enumerate() {
                faults(root, items, item, &format!("{place}/{index}"), found);
            }
        }
        let Some(object) = value.as_object() else { return };
        for key in schema.get("required").and_then(Value::as_array).into_iter().flatten() {
            if !object.contains_key(key.as_str().unwrap()) {
                found.push(format!("{place}: {key} is missing"));
            }
        }
        for (key, inner) in object {
            let place = format!("{place}/{key}");
            match (schema.get("properties").and_then(|keys| keys.get(key)), schema.get("additionalProperties")) {
                (Some(schema), _) => faults(root, schema, inner, &place, found),
                (None, Some(Value::Bool(false))) => found.push(format!("{place}: unknown")),
                (None, Some(schema @ Value::Object(_))) => faults(root, schema, inner, &place, found),
                _ => {}
            }
        }
    }

    #[test]
    fn the_document_keeps_to_its_schema() {
        let schema: Value = serde_json::from_str(SCHEMA).unwrap();
        let (_, mut value) = document(&Options::default());
        let mut found = Vec::new();
        faults(&schema, &schema, &value, "", &mut found);
        assert_eq!(found, Vec::<String>::new());
        value["findings"][0]["outcome"] = "wrong".into();
        value["findings"][0]["surplus"] = 1.into();
        faults(&schema, &schema, &value, "", &mut found);
        assert_eq!(found.len(), 2, "{found:?}");
    }

    #[test]
    fn names_that_occur_twice_do_not_hide_each_other() {
        let pairs = Pairs(vec![("日期", "a".to_owned()), ("日期", "b".to_owned())]);
        assert_eq!(serde_json::to_string(&pairs).unwrap(), r#"{"日期":"a","日期#2":"b"}"#);
    }

    #[test]
    fn files_tell_how_they_were_read() {
        let (_, value) = document(&Options { lang: Lang::En, ..Options::default() });
        let table = &value["files"][0]["sheets"][0]["tables"][0];
        assert_eq!(table["header_rows"], serde_json::json!([3, 4]));
        assert_eq!(table["headings"][1]["match"], "guessed");
        assert_eq!(table["headings"][1]["runner_up"]["confidence"], 41);
        assert_eq!(value["files"][2]["faults"][0]["kind"], "password-protected");
        assert_eq!(value["findings"][0]["reason"], Value::Null);
    }
}
