//! The whole report as JSON: versioned, with stable English keys, findings streamed one by one.

mod reading;
mod sections;

use std::io::{self, Write};

use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};

use self::sections::Sections;
use super::view::{FindingView, scrub};
use super::{Options, words};
use crate::diag::PackFault;
use crate::finding::{
    Entry, FollowUp, Location, Masking, MeasureInfo, Outcome, PackInfo, Reason, Related, Report, RuleInfo, Standing,
    Tally,
};
use crate::model::{Lang, Localized, cell_name};

/// The version of the format; it grows when a key changes its meaning or goes away.
pub const VERSION: u32 = 1;

/// The JSON Schema of the format.
pub const SCHEMA: &str = include_str!("json.schema.json");

/// Writes `report` as one JSON document, followed by a newline.
pub fn write(report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let mut out = io::BufWriter::new(out);
    let (lang, masking) = (options.lang, options.masking);
    let text = |localized: &Localized| scrub(localized.get(lang), masking);
    let mut sections = Sections::new(&mut out);
    sections.add("format", &"taizhang-report")?;
    sections.add("version", &VERSION)?;
    sections.add("run", &run(report, lang, masking))?;
    sections.list("packs", &report.packs, |pack| Pack::new(pack, lang))?;
    sections.list("measures", &report.measures, |measure| Measure::new(measure, lang))?;
    sections.list("rules", &report.rules, |rule| Rule::new(rule, lang))?;
    sections.list("files", &report.inputs, |input| reading::file(input, lang, masking))?;
    sections.list("findings", &report.findings, |finding| Finding::new(report, finding, lang, masking))?;
    sections.add("tallies", &List(|| tallies(report)))?;
    sections.add("unit_tallies", &List(|| unit_tallies(report)))?;
    sections.add("not_run", &List(|| not_run(report, lang)))?;
    sections.add("follow_up", &report.follow_up.as_ref().map(|one| follow_up(one, lang, masking)))?;
    sections.list("notes", &report.notes, text)?;
    sections.list("pack_faults", &report.pack_faults, |fault| pack_fault(fault, lang))?;
    sections.end()?;
    out.write_all(b"\n")?;
    out.flush()
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

/// Names and values as an object; a name that occurs again says which time it is.
struct Pairs<'a>(Vec<(&'a str, String)>);

impl Serialize for Pairs<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (index, (name, value)) in self.0.iter().enumerate() {
            let before = self.0[..index].iter().filter(|(other, _)| other == name).count();
            if before == 0 {
                map.serialize_entry(name, value)?;
            } else {
                map.serialize_entry(&format!("{name}（{}）", before + 1), value)?;
            }
        }
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
    record: Pairs<'a>,
    required: String,
    message: String,
    reason: Option<ReasonView<'a>>,
    other_reasons: Vec<ReasonView<'a>>,
    related: Vec<RelatedPlace<'a>>,
    fix: &'a str,
    records: u64,
    fingerprint: &'a str,
    /// Against an earlier run: `new`, `persisting`, `waived` or `lapsed`.
    standing: Option<&'static str>,
}

impl<'a> Finding<'a> {
    pub fn new(report: &'a Report, finding: &'a crate::finding::Finding, lang: Lang, masking: Masking) -> Finding<'a> {
        let view = FindingView::new(report, finding, lang, masking);
        let related = |related: &'a Related| RelatedPlace {
            place: place(&related.place),
            record: Pairs(view.related_record(related)),
        };
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
            record: Pairs(view.record()),
            reason: finding.reason.as_ref().map(|reason| reason_view(report, reason, lang)),
            other_reasons: finding.other_reasons.iter().map(|reason| reason_view(report, reason, lang)).collect(),
            related: finding.related.iter().map(related).collect(),
            records: finding.records,
            fingerprint: &finding.fingerprint,
            standing: report.follow_up.as_ref().and_then(|one| one.standing(finding)).map(Standing::code),
            message: view.found().to_owned(),
            unit: Some(view.unit).filter(|unit| !unit.is_empty()),
            cell: view.cell,
            required: view.required,
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

#[derive(Serialize)]
struct RelatedPlace<'a> {
    #[serde(flatten)]
    place: Place<'a>,
    record: Pairs<'a>,
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
        | Reason::CellUnreadable(names)
        | Reason::NumberNegative(names) => {
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
    for tally in report.tallies.iter() {
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
        Some(UnitTally { rule: &rule.id, unit: tally.unit, counts: Counts(tally.counts) })
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

#[cfg(test)]
mod tests;
