//! Why a rule says what it says: documents, conditions, what the ledgers must contain, and examples.

use std::sync::Arc;

use crate::finding::{
    Example, ExampleLedger, FieldNeed, LedgerNeed, MeasureInfo, Outcome, PackInfo, RuleExplanation, RuleInfo,
    fill_template,
};
use crate::model::{FieldType, Grid, Localized};
use crate::pack::{
    Case, Catalog, Expect, Expr, Field, LedgerKind, MatchOn, Population, Rule, Shape, Store, nearest, placeholders,
};

use super::{Book, add_entry, base_id, books, kind_name, shown_outcomes};

/// Explains the rule with this id, or all rules of the measure with this id. The error says what is known that is like
/// the id.
pub fn explain(
    store: &Store,
    packs: &[Arc<str>],
    parameters: &[(String, String)],
    id: &str,
) -> Result<Vec<RuleExplanation>, Localized> {
    let books = books(store, packs, parameters);
    let found = explained(store, &books, Some(id));
    if found.is_empty() { Err(nothing(&books, id)) } else { Ok(found) }
}

/// Explains all rules; one that stands for many kinds of ledger once.
pub fn explain_all(store: &Store, packs: &[Arc<str>], parameters: &[(String, String)]) -> Vec<RuleExplanation> {
    explained(store, &books(store, packs, parameters), None)
}

/// The rules with this id or of the measure with this id, or all of them.
fn explained(store: &Store, books: &[Book], id: Option<&str>) -> Vec<RuleExplanation> {
    let (cases, _) = store.cases();
    let mut found: Vec<RuleExplanation> = Vec::new();
    for book in books {
        for (rule, info) in book.rules() {
            let is_wanted = id.map_or(book.is_own(rule), |id| {
                let by_rule = *rule.id == *id || rule.template() == id;
                let by_measure = *rule.measure == *id || rule.also.iter().any(|also| **also == *id);
                // A local measure may have nothing but rules that its pack takes over.
                (by_rule || by_measure) && book.is_own(rule) || by_measure && book.has_own(id)
            });
            if is_wanted {
                add(&mut found, book, rule, info, &cases, id);
            }
        }
    }
    found
}

fn nothing(books: &[Book], id: &str) -> Localized {
    for book in books {
        if let Some(measure) = book.catalog.measures.iter().find(|measure| *measure.id == *id) {
            return no_rule(measure);
        }
    }
    let rules = books.iter().flat_map(|book| &book.catalog.rules).map(|rule| rule.template());
    let measures = books.iter().flat_map(|book| &book.catalog.measures).map(|measure| &*measure.id);
    match nearest(id, rules.chain(measures)) {
        Some(near) => Localized::new(
            format!("没有编号为“{id}”的规则或举措。是不是想写“{near}”？"),
            format!("there is no rule or measure `{id}`. Did you mean `{near}`?"),
        ),
        None => Localized::new(
            format!("没有编号为“{id}”的规则或举措。全部规则见 taizhang rules list"),
            format!("there is no rule or measure `{id}`. See `taizhang rules list`"),
        ),
    }
}

fn no_rule(measure: &MeasureInfo) -> Localized {
    match &measure.reason {
        Some(reason) => Localized::new(
            format!("{}“{}”无法由台账核查：{}", measure.id, measure.title.zh, reason.zh),
            format!("{} “{}” cannot be checked from ledgers: {}", measure.id, measure.title.en, reason.en),
        ),
        None => Localized::new(
            format!("{}“{}”还没有规则", measure.id, measure.title.zh),
            format!("{} “{}” has no rule yet", measure.id, measure.title.en),
        ),
    }
}

fn add(found: &mut Vec<RuleExplanation>, book: &Book, rule: &Rule, info: &RuleInfo, cases: &[Case], id: Option<&str>) {
    // Of a rule that stands for many kinds one explanation is enough, unless one kind was asked for.
    let whole = id != Some(&*rule.id);
    if whole && let Some(known) = found.iter_mut().find(|known| *known.entry.info.id == *rule.template()) {
        if known.entry.kinds.iter().all(|(kind, _)| *kind != rule.ledger) {
            known.entry.kinds.push((rule.ledger.clone(), kind_name(&book.catalog, &rule.ledger)));
        }
        return;
    }
    let mut entries = Vec::new();
    add_entry(&mut entries, &book.catalog, (rule, info), &shown_outcomes(cases));
    let Some(entry) = entries.pop() else { return };
    let example = |outcome| example(&book.catalog, rule, cases, outcome);
    found.push(RuleExplanation {
        measures: measures(&book.catalog, rule),
        required: filled(rule, info, &info.required),
        fix: filled(rule, info, &info.fix),
        unit: unit(&book.catalog, rule),
        conditions: conditions(rule),
        ledgers: ledgers(&book.catalog, rule),
        passes: example(Outcome::Met),
        fails: example(Outcome::Violated),
        no_case: rule.no_case.clone(),
        entry,
    });
}

fn measures(catalog: &Catalog, rule: &Rule) -> Vec<(MeasureInfo, PackInfo)> {
    let ids = std::iter::once(&rule.measure).chain(&rule.also);
    let find = |id: &Arc<str>| {
        let measure = catalog.measures.iter().find(|measure| measure.id == *id)?;
        let pack = catalog.packs.iter().find(|pack| pack.info.id == measure.pack)?;
        Some((measure.clone(), pack.info.clone()))
    };
    ids.filter_map(find).collect()
}

/// The text with the values of parameters, and `〔name〕` for what only a finding can fill in.
fn filled(rule: &Rule, info: &RuleInfo, text: &Localized) -> Localized {
    let parameter = |name: &str| info.parameters.iter().find(|parameter| *parameter.name == *name);
    let fill = |template: &str, (unit, period, item): (&str, &str, &str)| {
        fill_template(template, |name| {
            // A value that is a parameter and nothing else is known now.
            let value = rule.values.iter().find(|(known, _)| **known == *name);
            let named = value.and_then(|(_, expr)| expr.text.trim().strip_prefix(':')).unwrap_or(name);
            Some(match (parameter(named), name) {
                (Some(parameter), _) => parameter.value.clone(),
                (None, "unit") => unit.to_owned(),
                (None, "period") => period.to_owned(),
                (None, "item") => item.to_owned(),
                (None, other) => format!("〔{other}〕"),
            })
        })
    };
    Localized::new(
        fill(&text.zh, ("〔单位〕", "〔所属期〕", "〔项目〕")),
        fill(&text.en, ("〔unit〕", "〔period〕", "〔item〕")),
    )
}

/// What is judged, as a sentence.
fn unit(catalog: &Catalog, rule: &Rule) -> Localized {
    let ledger = kind_name(catalog, &rule.ledger);
    let (mut zh, mut en) = match &rule.shape {
        Shape::Row => match catalog.kinds.iter().find(|kind| kind.id == rule.ledger) {
            Some(kind) => (
                format!("《{}》的每条记录（{}）", ledger.zh, kind.row.zh),
                format!("each record of “{}” ({})", ledger.en, kind.row.en),
            ),
            None => (format!("《{}》的每条记录", ledger.zh), format!("each record of “{}”", ledger.en)),
        },
        Shape::Group { by } => {
            let by = matched(by);
            (
                format!("《{}》中{}相同的记录合在一起", ledger.zh, by.zh),
                format!("the records of “{}” with the same {}", ledger.en, by.en),
            )
        }
        Shape::Population { population, .. } => {
            let (members_zh, members_en) = match population {
                Population::Ledger { ledger, .. } => {
                    let name = kind_name(catalog, ledger);
                    (format!("《{}》中的每一条", name.zh), format!("each entry of “{}”", name.en))
                }
                Population::List(list) => {
                    let name = catalog.lists.get(list).map(|list| list.name.clone()).unwrap_or_default();
                    (format!("“{}”中的每一个", name.zh), format!("each of “{}”", name.en))
                }
            };
            (
                format!("{members_zh}，看它在《{}》中的记录；一条也没有的按零条判定", ledger.zh),
                format!("{members_en}, by its records in “{}”; one without any is judged with none", ledger.en),
            )
        }
    };
    if let Some(each) = &rule.each {
        let (grid_zh, grid_en) = grid(each.grid);
        zh.push_str(&format!("，按“{}”逐{grid_zh}判定", each.date));
        en.push_str(&format!(", {grid_en} by {grid_en} as {} says", each.date));
    }
    Localized::new(zh, en)
}

fn grid(grid: Grid) -> (&'static str, &'static str) {
    match grid {
        Grid::Week => ("周", "week"),
        Grid::Month => ("月", "month"),
        Grid::Quarter => ("季度", "quarter"),
        Grid::Half => ("半年", "half-year"),
        Grid::Year => ("年", "year"),
    }
}

fn matched(on: &MatchOn) -> Localized {
    match on {
        MatchOn::Institution => Localized::new("机构", "institution"),
        MatchOn::Person => Localized::new("人员", "person"),
        MatchOn::Village => Localized::new("村", "village"),
        MatchOn::Fields(pairs) => {
            let names: Vec<&str> = pairs.iter().map(|(own, _)| &**own).collect();
            Localized::new(names.join("、"), names.join(", "))
        }
    }
}

fn conditions(rule: &Rule) -> Vec<(Localized, String)> {
    let mut all: Vec<(Localized, String)> = Vec::new();
    let mut add = |zh: &str, en: &str, expr: Option<&Expr>| {
        if let Some(expr) = expr {
            all.push((Localized::new(zh, en), expr.text.clone()));
        }
    };
    if let Shape::Population { population: Population::Ledger { filter, .. }, .. } = &rule.shape {
        add("哪些应判定", "who is judged", filter.as_ref());
    }
    add("哪些记录计入", "which records count", rule.filter.as_ref());
    add("何时适用", "when it applies", rule.applies.as_ref());
    for item in &rule.items {
        match &item.name {
            Some(name) => {
                add(&format!("要求：{}", name.zh), &format!("required: {}", name.en), Some(&item.require));
                add(&format!("{}何时适用", name.zh), &format!("when {} applies", name.en), item.applies.as_ref());
            }
            None => add("要求", "required", Some(&item.require)),
        }
    }
    add("期限", "due", rule.due.as_ref());
    add("未到期的情形", "not yet due where", rule.pending.as_ref());
    for join in &rule.joins {
        add(&format!("{}：哪些记录", join.name), &format!("{}: which records", join.name), join.filter.as_ref());
    }
    all
}

/// The ledgers that the rule reads, each with the fields that it reads there.
fn ledgers(catalog: &Catalog, rule: &Rule) -> Vec<LedgerNeed> {
    let mut needs = Vec::new();
    let mut add = |id: &Arc<str>, role: Localized, wanted: &dyn Fn(&Field) -> bool| {
        let Some(kind) = catalog.kinds.iter().find(|kind| kind.id == *id) else { return };
        needs.push(need(catalog, kind, role, wanted));
    };
    let mut judged: Vec<&str> = Vec::new();
    let register_filter = match &rule.shape {
        Shape::Population { population: Population::Ledger { filter, .. }, .. } => filter.as_ref(),
        _ => None,
    };
    let of_join = |expr: &Expr| rule.joins.iter().any(|join| join.filter.as_ref() == Some(expr));
    let expressions = rule.expressions();
    for expr in &expressions {
        if Some(*expr) == register_filter || of_join(expr) {
            continue;
        }
        judged.extend(expr.identifiers().iter().filter(|found| found.before.is_none()).map(|found| found.name));
    }
    for text in rule.templates() {
        judged.extend(placeholders(&text.zh));
    }
    judged.extend(rule.each.iter().map(|each| &*each.date));
    judged.extend(rule.cell.as_deref());
    let pairs = match &rule.shape {
        Shape::Group { by: MatchOn::Fields(pairs) } | Shape::Population { on: MatchOn::Fields(pairs), .. } => {
            &pairs[..]
        }
        _ => &[],
    };
    judged.extend(pairs.iter().map(|(own, _)| &**own));
    judged.extend(rule.joins.iter().flat_map(|join| own_side(&join.on)));
    add(&rule.ledger, Localized::new("据以判定", "judged"), &|field| judged.contains(&&*field.name));
    let after = |name: &str| -> Vec<&str> {
        let found = expressions.iter().flat_map(|expr| expr.identifiers());
        found.filter(|found| found.before == Some(name)).map(|found| found.name).collect()
    };
    if let Shape::Population { population: Population::Ledger { ledger, filter }, .. } = &rule.shape {
        let mut names = after("population");
        names.extend(filter.iter().flat_map(|expr| expr.identifiers()).map(|found| found.name));
        names.extend(pairs.iter().map(|(_, other)| &**other));
        add(ledger, Localized::new("名册", "register"), &|field| names.contains(&&*field.name));
    }
    for join in &rule.joins {
        let mut names = after(&join.name);
        names.extend(join.filter.iter().flat_map(|expr| expr.identifiers()).map(|found| found.name));
        if let MatchOn::Fields(pairs) = &join.on {
            names.extend(pairs.iter().map(|(_, other)| &**other));
        }
        let role = Localized::new(format!("对照（{}）", join.name), format!("companion ({})", join.name));
        add(&join.ledger, role, &|field| names.contains(&&*field.name));
    }
    needs
}

fn own_side(on: &MatchOn) -> Vec<&str> {
    match on {
        MatchOn::Fields(pairs) => pairs.iter().map(|(own, _)| &**own).collect(),
        _ => Vec::new(),
    }
}

fn need(catalog: &Catalog, kind: &LedgerKind, role: Localized, wanted: &dyn Fn(&Field) -> bool) -> LedgerNeed {
    let identifies = |position: usize| kind.unit.first() == Some(&position) || kind.key.contains(&position);
    let fields = kind
        .fields
        .iter()
        .enumerate()
        .filter(|(position, field)| wanted(field) || identifies(*position))
        .map(|(_, field)| FieldNeed {
            name: field.name.clone(),
            en: field.en.clone(),
            sort: sort(catalog, field),
            aliases: field.aliases.clone(),
            about: field.about.clone(),
        })
        .collect();
    LedgerNeed { kind: kind.id.clone(), name: kind.name.clone(), row: kind.row.clone(), role, fields }
}

/// What a cell of the field may hold, in words.
fn sort(catalog: &Catalog, field: &Field) -> Localized {
    let list = |list: &Arc<str>, zh: &str, en: &str| {
        let list = catalog.lists.get(list);
        let codes: Vec<&str> =
            list.map(|list| list.entries.iter().map(|entry| &*entry.code).collect()).unwrap_or_default();
        let shown: Vec<&str> = codes.iter().take(8).copied().collect();
        let (end_zh, end_en) = if codes.len() > shown.len() { (" 等", " …") } else { ("", "") };
        Localized::new(format!("{zh}：{}{end_zh}", shown.join("、")), format!("{en}: {}{end_en}", shown.join(", ")))
    };
    let unit = field.unit.as_ref().map(|unit| (format!("（{unit}）"), format!(" ({unit})"))).unwrap_or_default();
    match &field.ty {
        FieldType::Text => Localized::new("文字", "text"),
        FieldType::YesNo => Localized::new("是/否", "yes or no"),
        FieldType::Integer => Localized::new(format!("整数{}", unit.0), format!("whole number{}", unit.1)),
        FieldType::Decimal => Localized::new(format!("数{}", unit.0), format!("number{}", unit.1)),
        FieldType::Ratio => Localized::new("比例", "share"),
        FieldType::Date => Localized::new("日期", "date"),
        FieldType::Dates => Localized::new("日期（可多个）", "dates"),
        FieldType::Period => Localized::new("所属期", "period"),
        FieldType::Code(id) => list(id, "选项", "one of"),
        FieldType::Codes(id) => list(id, "选项（可多个）", "several of"),
        FieldType::IdNumber => Localized::new("身份证号", "identity number"),
    }
}

/// The case that shows this outcome best, of the kind that the rule judges where there is one.
fn example(catalog: &Catalog, rule: &Rule, cases: &[Case], outcome: Outcome) -> Option<Example> {
    // Best a case of this outcome alone; else one where it stands beside what is not judged, or, where several items are
    // judged, beside items that are met.
    let fit = |case: &Case| {
        let count = |other| match case.expect {
            Expect::Only(only) => u64::from(only == other),
            Expect::Counts(counts) => counts.get(other),
        };
        let beside = |outcomes: &[Outcome]| outcomes.iter().all(|&other| other == outcome || count(other) == 0);
        let uncertain = [Outcome::Undetermined, Outcome::NotYetDue, Outcome::NotRun];
        if count(outcome) == 0
            || base_id(&case.rule) != rule.template()
            || !beside(&uncertain)
            || !beside(&[Outcome::Violated])
        {
            return None;
        }
        Some((!beside(&[Outcome::Met]), !beside(&[Outcome::NotApplicable]), case.rule != rule.id))
    };
    let fitting = cases.iter().enumerate().filter_map(|(at, case)| Some((fit(case)?, at, case)));
    let (_, _, case) = fitting.min_by_key(|&(fit, at, _)| (fit, at))?;
    let ledgers = case.ledgers.iter().map(|(kind, records)| table(kind_name(catalog, kind), kind, records)).collect();
    Some(Example { name: case.name.clone(), as_of: case.as_of, period: case.period, ledgers })
}

fn table(name: Localized, kind: &Arc<str>, records: &[Vec<(String, String)>]) -> ExampleLedger {
    let mut headings: Vec<String> = Vec::new();
    for (field, _) in records.iter().flatten() {
        if !headings.contains(field) {
            headings.push(field.clone());
        }
    }
    let cell = |record: &Vec<(String, String)>, heading: &String| {
        record.iter().find(|(field, _)| field == heading).map(|(_, text)| text.clone()).unwrap_or_default()
    };
    let rows = records.iter().map(|record| headings.iter().map(|heading| cell(record, heading)).collect()).collect();
    ExampleLedger { kind: kind.clone(), name, headings, rows }
}
