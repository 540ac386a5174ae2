//! What is questionable in the packs although it loads.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use crate::diag::{Level, PackFault, line_and_column};
use crate::finding::{Outcome, Severity, Tally};
use crate::model::{Date, Localized};
use crate::pack::{Case, CodeList, Population, Rule, Shape, Store, cite, placeholders};
use crate::rule::never_together;

use super::{Book, books, shown_outcomes};

/// The codes of what lint itself finds; the faults of loading have theirs in `pack::codes`.
pub const LINT_CODES: &[&str] = &[
    UNTESTED,
    CONSTANT,
    STALE_REASON,
    UNCITED,
    EXPIRED,
    UNUSED_PARAMETER,
    SHADOWED_ALIAS,
    ADVICE_SEVERITY,
    NARRATIVE_RULE,
    UNTRANSLATED,
    UNCOVERED,
    UNREACHABLE,
    CONTRADICTORY,
];

const UNTESTED: &str = "untested";
const CONSTANT: &str = "constant-condition";
const STALE_REASON: &str = "stale-no-case";
const UNCITED: &str = "uncited";
const EXPIRED: &str = "expired-pack";
const UNUSED_PARAMETER: &str = "unused-parameter";
const SHADOWED_ALIAS: &str = "shadowed-alias";
const ADVICE_SEVERITY: &str = "advice-severity";
const NARRATIVE_RULE: &str = "narrative-with-rule";
const UNTRANSLATED: &str = "untranslated";
const UNCOVERED: &str = "uncovered-measure";
const UNREACHABLE: &str = "unreachable";
const CONTRADICTORY: &str = "contradictory";

/// All faults of all packs and their cases, and what is questionable besides: `loading` are the faults that loading
/// the store gave, `as_of` is the day against which packs are expired.
pub fn lint(store: &Store, loading: &[PackFault], as_of: Date) -> Vec<PackFault> {
    let mut lint = Lint { store, index: index(store), faults: Vec::new() };
    let (cases, case_faults) = store.cases();
    let books = books(store, &[], &[]);
    let known = loading.iter().chain(books.iter().flat_map(|book| &book.faults)).chain(&case_faults);
    known.for_each(|fault| lint.add(fault.clone()));
    let shown = shown_outcomes(&cases);
    for book in &books {
        lint.pack(book, as_of);
        lint.measures(book);
        let mut seen = BTreeSet::new();
        for (rule, _) in book.own_rules() {
            if seen.insert(rule.template()) {
                lint.rule(book, rule, shown.get(rule.template()).copied().unwrap_or_default(), &cases);
                lint.reach(book, rule);
            }
        }
        lint.contradictions(book);
    }
    lint.parameters(&books);
    for list in store.base().lists.values() {
        lint.list(list);
    }
    lint.faults
}

/// The conditions under which the requirement of a rule is asked. Those of a group or a population say which records
/// count, which leaves open what is asked of them together.
fn scope(rule: &Rule) -> Vec<(&str, bool)> {
    let filter = rule.filter.as_ref().filter(|_| matches!(rule.shape, Shape::Row));
    filter.into_iter().chain(&rule.applies).map(|condition| (condition.text.as_str(), true)).collect()
}

/// Sort of thing and its name → file and place of the name, for each place where it is declared.
type Index = BTreeMap<(&'static str, String), Vec<(Arc<str>, Range<usize>)>>;

fn index(store: &Store) -> Index {
    let mut index = Index::new();
    for (table, key) in [("rule", "id"), ("measure", "id"), ("parameter", "name"), ("entry", "code")] {
        for (name, file, span) in store.declared(table, key) {
            index.entry((table, name)).or_default().push((file, span));
        }
    }
    index
}

struct Lint<'s> {
    store: &'s Store,
    index: Index,
    faults: Vec<PackFault>,
}

impl Lint<'_> {
    fn add(&mut self, fault: PackFault) {
        if !self.faults.contains(&fault) {
            self.faults.push(fault);
        }
    }

    /// Notes something about what is declared in `table` under `name`, in a file whose path begins with `folder`.
    fn warn(&mut self, (table, name, folder): (&'static str, &str, &str), code: &'static str, message: Localized) {
        let places = self.index.get(&(table, name.to_owned())).map(Vec::as_slice).unwrap_or_default();
        let place = places.iter().find(|(file, _)| file.starts_with(folder)).or(places.first());
        let (file, span) = place.cloned().unwrap_or_else(|| (format!("{folder}pack.toml").into(), 0..0));
        let (line, column) = line_and_column(self.store.text(&file).unwrap_or(""), span.start);
        let file = file.to_string();
        self.add(PackFault { level: Level::Warning, code, file, span, line, column, message, help: None });
    }

    fn pack(&mut self, book: &Book, as_of: Date) {
        for pack in book.catalog.packs.iter().filter(|pack| book.only.as_ref() == Some(&pack.info.id)) {
            if let Some(until) = pack.info.effective_until.filter(|until| *until < as_of && !pack.strict) {
                let id = &pack.info.id;
                let message = Localized::new(
                    format!("规则包“{id}”已于 {until} 失效，却没有写 strict = true"),
                    format!("the pack `{id}` expired on {until} and does not say strict = true"),
                );
                self.warn(("pack", id, &format!("{id}/")), EXPIRED, message);
            }
        }
    }

    fn measures(&mut self, book: &Book) {
        for measure in book.catalog.measures.iter().filter(|measure| book.only.as_ref() == Some(&measure.pack)) {
            let answers = |rule: &Rule| rule.measure == measure.id || rule.also.contains(&measure.id);
            let any = book.catalog.rules.iter().any(|rule| answers(rule));
            let place = ("measure", &*measure.id, format!("{}/", measure.pack));
            let place = (place.0, place.1, place.2.as_str());
            if !any && measure.class != "narrative" {
                let message = Localized::new(
                    format!("举措 {} 没有规则", measure.id),
                    format!("the measure {} has no rule", measure.id),
                );
                self.warn(place, UNCOVERED, message);
            }
            if any && measure.class == "narrative" {
                let message = Localized::new(
                    format!("举措 {} 标为无法核查（narrative），却有规则", measure.id),
                    format!("the measure {} is narrative and has rules all the same", measure.id),
                );
                self.warn(place, NARRATIVE_RULE, message);
            }
            for text in [&measure.title, &measure.demand].into_iter().chain(&measure.reason) {
                self.translation(place, text);
            }
        }
    }

    fn rule(&mut self, book: &Book, rule: &Rule, shown: Tally, cases: &[Case]) {
        let folder = format!("{}/", rule.pack);
        let id = rule.template();
        let place = ("rule", id, folder.as_str());
        let mut needed = vec![Outcome::Met, Outcome::Violated, Outcome::NotApplicable, Outcome::Undetermined];
        if rule.each.is_some() || rule.due.is_some() || rule.pending.is_some() {
            needed.push(Outcome::NotYetDue);
        }
        for outcome in needed {
            let explained = rule.no_case.iter().any(|(known, _)| *known == outcome);
            if shown.get(outcome) == 0 && !explained {
                let message = Localized::new(
                    format!("规则 {id} 没有“{}”的用例，也没有写明原因（no_case）", outcome.zh()),
                    format!("the rule {id} has no case for “{}” and no reason why (no_case)", outcome.en()),
                );
                self.warn(place, UNTESTED, message);
            }
            if shown.get(outcome) > 0 && explained {
                let message = Localized::new(
                    format!("规则 {id} 写明没有“{}”的用例，却有这样的用例", outcome.zh()),
                    format!("the rule {id} says that no case for “{}” can exist, and there is one", outcome.en()),
                );
                self.warn(place, STALE_REASON, message);
            }
        }
        let any = cases.iter().any(|case| super::base_id(&case.rule) == id);
        for (outcome, always_zh, always_en) in
            [(Outcome::Violated, "成立", "holds"), (Outcome::Met, "不成立", "does not hold")]
        {
            // A reason why such a case cannot exist is an answer to this too.
            let explained = rule.no_case.iter().any(|(known, _)| *known == outcome);
            if any && !explained && shown.get(outcome) == 0 {
                let message = Localized::new(
                    format!("规则 {id} 的要求在它的全部用例中都{always_zh}"),
                    format!("what the rule {id} requires {always_en} in all of its cases"),
                );
                self.warn(place, CONSTANT, message);
            }
        }
        self.citation(book, rule, place);
        let measure = book.catalog.measures.iter().find(|measure| measure.id == rule.measure);
        if measure.is_some_and(|measure| measure.class == "advisory") && rule.severity != Severity::Advice {
            let message = Localized::new(
                format!("举措 {} 只是鼓励（advisory），规则 {id} 应为提示（advice）", rule.measure),
                format!("the measure {} is advisory, so that the rule {id} should be advice", rule.measure),
            );
            self.warn(place, ADVICE_SEVERITY, message);
        }
        for text in [&rule.title].into_iter().chain(rule.templates()).chain(&rule.interpretation) {
            self.translation(place, text);
        }
    }

    /// A condition that no record can meet, and a requirement that no record can meet or fail.
    fn reach(&mut self, book: &Book, rule: &Rule) {
        let id = rule.template();
        let folder = format!("{}/", rule.pack);
        let parameter = |name: &str| book.parameter(name);
        let scope = scope(rule);
        let text = |clash: &str, zh: &str, en: &str| {
            Localized::new(format!("规则 {id}：{zh}（见 {clash}）"), format!("the rule {id}: {en} (see `{clash}`)"))
        };
        let mut found = Vec::new();
        let filters = rule.filter.iter().chain(rule.joins.iter().filter_map(|join| join.filter.as_ref()));
        let population = match &rule.shape {
            Shape::Population { population: Population::Ledger { filter, .. }, .. } => filter.as_ref(),
            _ => None,
        };
        for filter in filters.chain(population) {
            if let Some(clash) = never_together(&[(&filter.text, true)], &parameter) {
                found.push((UNREACHABLE, text(&clash, "条件永远不成立，规则不起作用", "its condition never holds")));
            }
        }
        for item in &rule.items {
            let mut before = scope.clone();
            before.extend(item.applies.as_ref().map(|applies| (applies.text.as_str(), true)));
            if never_together(&before, &parameter).is_some() {
                // The fault is in the conditions; nothing can be said about what they lead to.
                if let Some(clash) = never_together(&before, &parameter).filter(|_| before.len() > 1) {
                    found.push((UNREACHABLE, text(&clash, "适用条件永远不成立", "it never applies")));
                }
                continue;
            }
            let with = |wanted| [before.as_slice(), &[(item.require.text.as_str(), wanted)]].concat();
            if let Some(clash) = never_together(&with(true), &parameter) {
                found.push((
                    CONTRADICTORY,
                    text(&clash, "适用时要求永远不成立", "its requirement cannot hold where it applies"),
                ));
            } else if let Some(clash) = never_together(&with(false), &parameter) {
                found.push((
                    UNREACHABLE,
                    text(&clash, "适用时要求必然成立，不会有不合规", "its requirement always holds where it applies"),
                ));
            }
        }
        for (code, message) in found {
            self.warn(("rule", id, &folder), code, message);
        }
    }

    /// Two rules on the same records that cannot both be met.
    fn contradictions(&mut self, book: &Book) {
        let own: BTreeSet<&str> = book.own_rules().map(|(rule, _)| &*rule.id).collect();
        let is_plain = |rule: &&Rule| {
            matches!(rule.shape, Shape::Row)
                && rule.each.is_none()
                && rule.items.len() == 1
                && *rule.id == *rule.template()
        };
        let rules: Vec<&Rule> = book.catalog.rules.iter().map(|rule| &**rule).filter(is_plain).collect();
        let parameter = |name: &str| book.parameter(name);
        let mut found = Vec::new();
        for (at, one) in rules.iter().enumerate() {
            for other in rules[at + 1..].iter().filter(|other| other.ledger == one.ledger) {
                if !own.contains(&*one.id) && !own.contains(&*other.id) {
                    continue;
                }
                let mut both = scope(one);
                both.extend(scope(other));
                if never_together(&both, &parameter).is_some() {
                    continue;
                }
                let requirements = [one, other].map(|rule| (rule.items[0].require.text.as_str(), true));
                // A rule about the records that fail the other one does not contradict it.
                let alone = |requirement| never_together(&[both.as_slice(), &[requirement]].concat(), &parameter);
                if requirements.into_iter().any(|requirement| alone(requirement).is_some()) {
                    continue;
                }
                both.extend(requirements);
                if let Some(clash) = never_together(&both, &parameter) {
                    let (a, b) = (one.template().to_owned(), other.template().to_owned());
                    found.push((other.pack.clone(), a, b, clash));
                }
            }
        }
        for (pack, a, b, clash) in found {
            let message = Localized::new(
                format!("规则 {b} 与 {a} 互相矛盾：都适用时不可能都合规（见 {clash}）"),
                format!(
                    "the rules {b} and {a} contradict each other: where both apply, both cannot be met (see `{clash}`)"
                ),
            );
            self.warn(("rule", &b, &format!("{pack}/")), CONTRADICTORY, message);
        }
    }

    /// A rule of a document names the clause that it comes from.
    fn citation(&mut self, book: &Book, rule: &Rule, place: (&'static str, &str, &str)) {
        let Some(pack) = book.catalog.packs.iter().find(|pack| pack.info.id == rule.pack) else { return };
        // A pack without a number and without dates stands for no document, as the one on data quality.
        let is_document = !pack.info.number.is_empty() || pack.info.effective_from.is_some();
        if is_document && rule.citations.contains(&cite(&pack.info, "")) {
            let message = Localized::new(
                format!("规则 {} 没有写明文件条款（clause）", rule.template()),
                format!("the rule {} names no clause of its document", rule.template()),
            );
            self.warn(place, UNCITED, message);
        }
    }

    /// Notes an English text that says the same as the Chinese one.
    fn translation(&mut self, place: (&'static str, &str, &str), text: &Localized) {
        let letters = text.en.chars().any(|c| c.is_ascii_alphabetic());
        if text.en == text.zh || !letters {
            let message = Localized::new(
                format!("英文“{}”没有翻译", text.en),
                format!("the English text “{}” is not translated", text.en),
            );
            self.warn(place, UNTRANSLATED, message);
        }
    }

    /// A parameter that no rule reads in any choice of packs.
    fn parameters(&mut self, books: &[Book]) {
        let mut used: BTreeSet<String> = BTreeSet::new();
        for rule in books.iter().flat_map(|book| &book.catalog.rules) {
            used.extend(rule.parameters());
            used.extend(rule.templates().iter().flat_map(|text| placeholders(&text.zh)).map(str::to_owned));
        }
        let mut unused: BTreeMap<Arc<str>, Arc<str>> = BTreeMap::new();
        for parameter in books.iter().flat_map(|book| &book.catalog.parameters) {
            if !used.contains(&*parameter.info.name) {
                unused.insert(parameter.info.name.clone(), parameter.pack.clone());
            }
        }
        for (name, pack) in unused {
            let message =
                Localized::new(format!("没有规则用到参数“{name}”"), format!("no rule uses the parameter `{name}`"));
            self.warn(("parameter", &name, &format!("{pack}/")), UNUSED_PARAMETER, message);
        }
    }

    /// A word of a code list that stands for two entries.
    fn list(&mut self, list: &CodeList) {
        let mut owners: BTreeMap<&str, &str> = list.entries.iter().map(|entry| (&*entry.code, &*entry.code)).collect();
        let folder = format!("lists/{}", list.id);
        for entry in &list.entries {
            for alias in &entry.aliases {
                let owner = *owners.entry(alias).or_insert(&entry.code);
                if owner != &*entry.code {
                    let message = Localized::new(
                        format!("代码表“{}”的“{alias}”同时指“{owner}”和“{}”", list.name.zh, entry.code),
                        format!("`{alias}` of the list `{}` stands for `{owner}` and `{}`", list.id, entry.code),
                    );
                    self.warn(("entry", &entry.code, &folder), SHADOWED_ALIAS, message);
                }
            }
        }
    }
}
