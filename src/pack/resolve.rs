//! One choice of packs to one catalog: the order of packs, parameters, overrides, inheritance and citations.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::tree::Tree;

use super::catalog::{Catalog, Parameter, Rule};
use super::codes;
use super::document::{COMMON, Document, argument_fault, valid_id};
use super::names::placeholders;
use super::node::{Layer, Node, Place, Sink, Table, duplicate, suggest, unknown};
use super::rules::{self, Context, Kinds};
use super::source::{Parsed, SourceFile};
use super::templates;
use crate::diag::{Level, PackFault};
use crate::finding::PackInfo;
use crate::model::Localized;

/// The documents of the chosen packs and of all that they extend, extended ones first; `common` before all.
pub(super) fn order<'d>(documents: &'d [Document], chosen: &[Arc<str>], sink: &Sink) -> Vec<&'d Document> {
    let mut ordered: Vec<&Document> = Vec::new();
    let find = |id: &str| documents.iter().find(|document| &*document.pack.info.id == id);
    if let Some(common) = find(COMMON) {
        visit(common, documents, &mut Vec::new(), &mut ordered);
    }
    for id in chosen {
        match find(id) {
            Some(document) => visit(document, documents, &mut Vec::new(), &mut ordered),
            None => {
                let known = documents.iter().map(|document| &*document.pack.info.id);
                let message = Localized::new(format!("没有名为“{id}”的规则包"), format!("there is no pack `{id}`"));
                sink.push(argument_fault(codes::UNKNOWN_PACK, message, suggest(id, known)));
            }
        }
    }
    ordered
}

fn visit<'d>(document: &'d Document, all: &'d [Document], open: &mut Vec<Arc<str>>, ordered: &mut Vec<&'d Document>) {
    let id = &document.pack.info.id;
    if open.contains(id) || ordered.iter().any(|known| known.pack.info.id == *id) {
        return;
    }
    open.push(id.clone());
    for (extended, _) in &document.extends {
        if let Some(next) = all.iter().find(|other| other.pack.info.id == *extended) {
            visit(next, all, open, ordered);
        }
    }
    open.pop();
    ordered.push(document);
}

/// The ids of all packs that this one extends, itself not among them unless it extends itself in a circle.
fn ancestors(document: &Document, all: &[&Document]) -> Vec<Arc<str>> {
    let mut found: Vec<Arc<str>> = Vec::new();
    let mut open: Vec<Arc<str>> = document.pack.extends.clone();
    while let Some(id) = open.pop() {
        if found.contains(&id) {
            continue;
        }
        if let Some(next) = all.iter().find(|other| other.pack.info.id == id) {
            open.extend(next.pack.extends.iter().cloned());
        }
        found.push(id);
    }
    found
}

/// Checks what the documents say about each other; done once for all packs.
pub(super) fn check_extends(documents: &[Document], files: &[SourceFile], sink: &Sink) {
    let all: Vec<&Document> = documents.iter().collect();
    for document in documents {
        let Some(file) = file_of(files, &document.file) else { continue };
        let id = &document.pack.info.id;
        for (extended, span) in &document.extends {
            let place = Place { file, span: span.clone() };
            let Some(next) = documents.iter().find(|other| other.pack.info.id == *extended) else {
                let known = documents.iter().map(|other| &*other.pack.info.id).filter(|other| *other != &**id);
                unknown(sink, place, codes::UNKNOWN_PACK, ("规则包", "pack"), extended, known);
                continue;
            };
            if extended == id || ancestors(next, &all).contains(id) {
                let message = Localized::new(
                    format!("规则包“{id}”与“{extended}”互相引用成环"),
                    format!("the packs `{id}` and `{extended}` extend each other in a circle"),
                );
                sink.error(place, codes::EXTENDS_CYCLE, message, None);
            }
        }
    }
}

pub(super) fn file_of<'f>(files: &'f [SourceFile], path: &str) -> Option<&'f SourceFile> {
    files.iter().find(|file| &*file.path == path)
}

/// The parameters in force: what a pack declares takes the place of what the packs before it declared.
pub(super) fn parameters(
    ordered: &[&Document],
    given: &[(String, String)],
    (all, files): (&[Document], &[SourceFile]),
    sink: &Sink,
) -> Vec<Parameter> {
    let mut parameters: Vec<Parameter> = Vec::new();
    for document in ordered {
        let above = ancestors(document, ordered);
        for declared in &document.parameters {
            let new = &declared.parameter;
            let Some(known) = parameters.iter_mut().find(|known| known.info.name == new.info.name) else {
                parameters.push(new.clone());
                continue;
            };
            let Some(file) = file_of(files, &document.file) else { continue };
            let place = Place { file, span: declared.span.clone() };
            let name = &new.info.name;
            if known.value.sort() != new.value.sort() {
                let (zh, en) = known.value.sort();
                let message = Localized::new(
                    format!("参数“{name}”在“{}”中是{zh}，类型不能改变", known.pack),
                    format!("the parameter `{name}` is {en} in `{}`; its type cannot change", known.pack),
                );
                sink.error(place, codes::PARAMETER_TYPE, message, None);
                continue;
            }
            if !above.contains(&known.pack) && known.value != new.value {
                let message = Localized::new(
                    format!(
                        "参数“{name}”在“{}”中为 {}，在“{}”中为 {}，互不承接",
                        known.pack, known.info.value, new.pack, new.info.value
                    ),
                    format!(
                        "the parameter `{name}` is {} in `{}` and {} in `{}`, and neither extends the other",
                        known.info.value, known.pack, new.info.value, new.pack
                    ),
                );
                let help = Localized::new(
                    format!("按“{}”的取值执行", new.pack),
                    format!("the value of `{}` is taken", new.pack),
                );
                sink.warning(place, codes::PARAMETER_CONFLICT, message, Some(help));
            }
            *known = new.clone();
        }
    }
    for (name, text) in given {
        let Some(known) = parameters.iter_mut().find(|known| *known.info.name == **name) else {
            sink.push(not_in_force(all, name));
            continue;
        };
        match known.value.replaced(text) {
            Some(value) => {
                known.info.overridden = known.info.overridden || value != known.value;
                known.info.value = value.shown();
                known.value = value;
            }
            None => sink.push(wrong_sort(known, text)),
        }
    }
    parameters
}

/// The declarations of a parameter in all packs.
fn declared<'d>(all: &'d [Document], name: &str) -> impl Iterator<Item = &'d Parameter> {
    all.iter()
        .flat_map(|document| &document.parameters)
        .map(|declared| &declared.parameter)
        .filter(move |parameter| *parameter.info.name == *name)
}

/// Whether some pack has a parameter of this name that can take the value.
pub(super) fn settable(all: &[Document], name: &str, value: &str) -> Result<(), PackFault> {
    match declared(all, name).next() {
        Some(_) if declared(all, name).any(|parameter| parameter.value.replaced(value).is_some()) => Ok(()),
        Some(first) => Err(wrong_sort(first, value)),
        None => Err(not_in_force(all, name)),
    }
}

fn wrong_sort(parameter: &Parameter, text: &str) -> PackFault {
    let (name, (zh, en)) = (&parameter.info.name, parameter.value.sort());
    let message = Localized::new(
        format!("参数“{name}”应为{zh}，“{text}”不是"),
        format!("the parameter `{name}` must be {en}; `{text}` is not"),
    );
    argument_fault(codes::PARAMETER_TYPE, message, None)
}

/// That a parameter which was set is of no pack, or only of packs that do not apply: one file of settings may serve several regions.
fn not_in_force(all: &[Document], name: &str) -> PackFault {
    let owners: BTreeSet<&str> = declared(all, name).map(|parameter| &*parameter.pack).collect();
    if owners.is_empty() {
        let message = Localized::new(format!("没有名为“{name}”的参数"), format!("there is no parameter `{name}`"));
        let known = all.iter().flat_map(|document| &document.parameters);
        let help = suggest(name, known.map(|declared| &*declared.parameter.info.name));
        return argument_fault(codes::UNKNOWN_PARAMETER, message, help);
    }
    let owners: Vec<&str> = owners.into_iter().collect();
    let message = Localized::new(
        format!("参数“{name}”属于规则包 {}，本次没有采用，设置不起作用", owners.join("、")),
        format!(
            "the parameter `{name}` is of {}, which is not in force here; setting it has no effect",
            owners.join(", ")
        ),
    );
    PackFault { level: Level::Warning, ..argument_fault(codes::UNKNOWN_PARAMETER, message, None) }
}

/// The TOML of one rule: where it was first written, and the tables that override keys of it.
struct Entry<'a> {
    id: &'a str,
    pack: Arc<str>,
    layers: Vec<Layer<'a>>,
    /// The packs of the layers after the first.
    overriding: Vec<Arc<str>>,
}

impl<'a> Entry<'a> {
    /// The `clause` that the layer's own table gives, if it does.
    fn clause(&self, layer: usize) -> Option<&'a str> {
        match self.layers.get(layer)?.table.get("clause")?.value {
            Tree::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// All rule tables of the ordered packs, with overrides put to the rules they change.
fn entries<'a>(ordered: &[&Document], parsed: &'a [(Arc<str>, Parsed<'a>)], sink: &Sink) -> Vec<Entry<'a>> {
    let mut entries: Vec<Entry<'a>> = Vec::new();
    let mut index: BTreeMap<&'a str, usize> = BTreeMap::new();
    for (pack, parsed) in parsed {
        let root = Table::root(parsed);
        let list = root.get("rule").and_then(|node| node.items(sink)).unwrap_or_default();
        root.finish(sink);
        for node in list {
            let Tree::Table(table) = node.value else {
                node.wrong_type(sink, "表", "a table");
                continue;
            };
            if parsed.is_broken(node.span.start) {
                continue;
            }
            let layer = Layer { file: node.file, table, span: node.span.clone() };
            let head = Table::layered(vec![layer.clone()]);
            let Some(id_node) = head.need("id", sink) else { continue };
            let Some(id) = valid_id(&id_node, "-/", sink) else { continue };
            let known = index.get(id).copied();
            if head.flag("override", sink) {
                let above = ancestors_of(pack, ordered);
                override_rule(&id_node, pack, layer, known, &above, &mut entries, sink);
                continue;
            }
            let new = Entry { id, pack: pack.clone(), layers: vec![layer], overriding: Vec::new() };
            match known {
                // What the user gives takes the place of what is built in.
                Some(at) if parsed.file.user && !entries[at].layers[0].file.user && entries[at].pack == *pack => {
                    entries[at] = new;
                }
                Some(at) => {
                    duplicate(sink, id_node.place(), ("规则", "rule"), id, Some(&entries[at].layers[0].file.path))
                }
                None => {
                    index.insert(id, entries.len());
                    entries.push(new);
                }
            }
        }
    }
    entries
}

fn ancestors_of(pack: &str, ordered: &[&Document]) -> Vec<Arc<str>> {
    let document = ordered.iter().find(|document| *document.pack.info.id == *pack);
    let mut above = document.map(|document| ancestors(document, ordered)).unwrap_or_default();
    // `common` is in force with every choice, so every pack stands below it.
    if pack != COMMON {
        above.push(COMMON.into());
    }
    above
}

/// Puts the table of `override = true` to the rule at `known`, where the pack may change it.
fn override_rule<'a>(
    node: &Node<'a>,
    pack: &Arc<str>,
    layer: Layer<'a>,
    known: Option<usize>,
    above: &[Arc<str>],
    entries: &mut [Entry<'a>],
    sink: &Sink,
) {
    let id = node.text(sink).unwrap_or("");
    let user = layer.file.user;
    let allowed = known.filter(|&at| above.contains(&entries[at].pack) || (user && entries[at].pack == *pack));
    let Some(at) = allowed else {
        let message = Localized::new(format!("没有可改写的规则“{id}”"), format!("there is no rule `{id}` to override"));
        let candidates = entries.iter().filter(|entry| above.contains(&entry.pack)).map(|entry| entry.id);
        let help = suggest(id, candidates).or_else(|| {
            Some(Localized::new(
                "override = true 只能改写本包所承接（extends）的规则包里的规则",
                "override = true changes a rule of a pack that this one extends",
            ))
        });
        sink.error(node.place(), codes::BAD_OVERRIDE, message, help);
        return;
    };
    entries[at].layers.push(layer);
    entries[at].overriding.push(pack.clone());
}

/// A local measure that takes over a rule.
struct Claim {
    /// Position of the measure's pack in the order: later packs come first.
    pack: usize,
    /// Whether the measure names the rule and not only its measure: that comes first within a pack.
    by_name: bool,
    measure: Arc<str>,
}

/// A rule before inheritance: its id, its measure and its pack.
struct Owner {
    id: Arc<str>,
    measure: Arc<str>,
    pack: Arc<str>,
}

/// Who takes over which rule, by rule id.
fn claims(ordered: &[&Document], rules: &[Owner], files: &[SourceFile], sink: &Sink) -> BTreeMap<Arc<str>, Vec<Claim>> {
    let mut claims: BTreeMap<Arc<str>, Vec<Claim>> = BTreeMap::new();
    for (at, document) in ordered.iter().enumerate() {
        let above = ancestors(document, ordered);
        for measure in &document.measures {
            for (target, span) in &measure.inherits {
                let mut any = false;
                for rule in rules.iter().filter(|rule| above.contains(&rule.pack)) {
                    let by_name = rule.id.split('@').next() == Some(target);
                    if !by_name && rule.measure != *target {
                        continue;
                    }
                    any = true;
                    let claim = Claim { pack: at, by_name, measure: measure.info.id.clone() };
                    claims.entry(rule.id.clone()).or_default().push(claim);
                }
                let Some(file) = file_of(files, &document.file).filter(|_| !any) else { continue };
                check_inheritable(ordered, &above, rules, target, Place { file, span: span.clone() }, sink);
            }
        }
    }
    for list in claims.values_mut() {
        list.sort_by_key(|claim| (std::cmp::Reverse(claim.pack), !claim.by_name));
    }
    claims
}

/// Notes a target of `inherits` that no extended pack has. A measure without rules may be inherited: nothing follows.
fn check_inheritable(
    ordered: &[&Document],
    above: &[Arc<str>],
    rules: &[Owner],
    target: &str,
    place: Place<'_>,
    sink: &Sink,
) {
    let extended = ordered.iter().filter(|document| above.contains(&document.pack.info.id));
    let measures: Vec<&str> =
        extended.flat_map(|document| &document.measures).map(|measure| &*measure.info.id).collect();
    if measures.contains(&target) {
        return;
    }
    let rule_ids = rules.iter().filter(|rule| above.contains(&rule.pack)).map(|rule| &*rule.id);
    let message = Localized::new(
        format!("所承接的规则包里没有举措或规则“{target}”"),
        format!("no extended pack has a measure or rule `{target}`"),
    );
    let help = suggest(target, measures.into_iter().chain(rule_ids));
    sink.error(place, codes::NOT_INHERITABLE, message, help);
}

/// The rules of the ordered packs, resolved; of rules for many kinds only those of the kinds that are `wanted`, where any are.
pub(super) fn rules<'a>(
    ordered: &[&Document],
    parsed: &'a [(Arc<str>, Parsed<'a>)],
    (kinds, wanted): (&Kinds, Option<&BTreeSet<Arc<str>>>),
    catalog: &Catalog,
    files: &[SourceFile],
    sink: &Sink,
) -> Vec<Rule> {
    let context = Context { kinds, lists: &catalog.lists, sink };
    let entries = entries(ordered, parsed, sink);
    let mut found: Vec<(Rule, &Entry<'a>)> = Vec::new();
    for entry in &entries {
        let table = Table::layered(entry.layers.clone());
        // The tests of the packs check what is built in, so that a run only checks what the user gave.
        let is_checked = wanted.is_none() || entry.layers.iter().any(|layer| layer.file.user);
        for (id, member) in templates::members(&table, entry.id, kinds, sink) {
            if let (Some(wanted), Some(member)) = (wanted, &member)
                && !member.is_among(wanted)
            {
                continue;
            }
            // A fault in a rule for many kinds is noted once.
            let Some(rule) = rules::read(&table, &id, &entry.pack, member, &context) else { break };
            if !catalog.measures.iter().any(|measure| measure.id == rule.measure) {
                let known = catalog.measures.iter().map(|measure| &*measure.id);
                let place = table.get("measure").map_or_else(|| table.place(), |node| node.place());
                unknown(sink, place, codes::UNKNOWN_MEASURE, ("举措", "measure"), &rule.measure, known);
                break;
            }
            if is_checked && !parameters_known(&rule, &table, catalog, sink) {
                break;
            }
            if is_checked && found.last().is_none_or(|(last, _)| last.template() != rule.template()) {
                check_placeholders(&rule, &table, kinds, catalog, sink);
            }
            found.push((rule, entry));
        }
    }
    let owners: Vec<Owner> = found
        .iter()
        .map(|(rule, _)| Owner { id: rule.id.clone(), measure: rule.measure.clone(), pack: rule.pack.clone() })
        .collect();
    let claims = claims(ordered, &owners, files, sink);
    let mut cited = Cited::default();
    found
        .into_iter()
        .map(|(rule, entry)| {
            let claims = claims.get(&rule.id).map(Vec::as_slice).unwrap_or_default();
            attach(rule, entry, claims, ordered, &mut cited)
        })
        .collect()
}

/// The citations that were written already, by pack and clause: many rules cite the same.
type Cited<'a> = BTreeMap<(&'a str, &'a str), Localized>;

/// Gives the rule its measures, citations and effective dates.
fn attach<'a>(
    mut rule: Rule,
    entry: &Entry<'a>,
    claims: &[Claim],
    ordered: &[&'a Document],
    cited: &mut Cited<'a>,
) -> Rule {
    // The measure that the rule's first table names; an override may move the rule to a local one.
    let original = entry.layers[0].table.get("measure").and_then(|value| match value.value {
        Tree::Text(text) => Some(Arc::<str>::from(text)),
        _ => None,
    });
    let mut all: Vec<Arc<str>> = claims.iter().map(|claim| claim.measure.clone()).collect();
    all.push(rule.measure.clone());
    all.extend(original);
    let mut measures: Vec<Arc<str>> = Vec::new();
    for id in all {
        if !measures.contains(&id) {
            measures.push(id);
        }
    }
    let document_of = |id: &Arc<str>| {
        ordered.iter().find_map(|document| {
            let measure = document.measures.iter().find(|measure| measure.info.id == *id)?;
            Some((*document, measure))
        })
    };
    let mut citations: Vec<Localized> = Vec::new();
    for id in &measures {
        let Some((document, measure)) = document_of(id) else { continue };
        let pack = &document.pack.info.id;
        let own = if *pack == entry.pack { entry.clause(0) } else { None };
        let overriding = entry.overriding.iter().rposition(|other| other == pack);
        let local = overriding.and_then(|at| entry.clause(at + 1));
        let clause = local.or(own).unwrap_or(&measure.info.clause);
        let citation = cited.entry((pack, clause)).or_insert_with(|| cite(&document.pack.info, clause));
        if !citations.contains(citation) {
            citations.push(citation.clone());
        }
    }
    if let Some((document, _)) = measures.first().and_then(document_of) {
        let info = &document.pack.info;
        rule.effective = (info.effective_from, info.effective_until);
        rule.strict = document.pack.strict;
    }
    rule.citations = citations;
    let mut measures = measures.into_iter();
    if let Some(first) = measures.next() {
        rule.measure = first;
    }
    rule.also = measures.collect();
    rule
}

/// Document, number and clause, such as `《关于…的通知》（陕卫办基层函〔2023〕254号）二`.
pub fn cite(info: &PackInfo, clause: &str) -> Localized {
    let title = info.document.zh.trim_start_matches('《').trim_end_matches('》');
    let number = &info.number;
    let (zh_number, en_number) = if number.is_empty() {
        (String::new(), String::new())
    } else {
        (format!("（{number}）"), format!(" ({number})"))
    };
    let en_clause = if clause.is_empty() { String::new() } else { format!(", {clause}") };
    Localized::new(format!("《{title}》{zh_number}{clause}"), format!("{}{en_number}{en_clause}", info.document.en))
}

/// Whether every parameter that the rule's expressions name is declared.
fn parameters_known(rule: &Rule, table: &Table<'_>, catalog: &Catalog, sink: &Sink) -> bool {
    let mut all = true;
    for expression in rule.expressions() {
        for (at, name) in expression.parameters() {
            if catalog.parameters.iter().any(|known| *known.info.name == *name) {
                continue;
            }
            all = false;
            let Some(file) = table.files().find(|file| file.path == expression.file) else { continue };
            let start = expression.offset + at;
            let message = Localized::new(format!("没有名为“{name}”的参数"), format!("there is no parameter `{name}`"));
            let help = suggest(name, catalog.parameters.iter().map(|known| &*known.info.name));
            let span = start..start + name.len();
            let before = Sink::default();
            before.error(Place { file, span }, codes::UNKNOWN_PARAMETER, message, help);
            for mut fault in before.into_faults() {
                file.place(&mut fault);
                sink.push(fault);
            }
        }
    }
    all
}

/// Notes placeholders that stand for nothing; the text would show them as they are.
fn check_placeholders(rule: &Rule, table: &Table<'_>, kinds: &Kinds, catalog: &Catalog, sink: &Sink) {
    let mut known: Vec<&str> = vec!["unit", "period"];
    if rule.items.iter().any(|item| item.name.is_some()) {
        known.push("item");
    }
    known.extend(rule.values.iter().map(|(name, _)| &**name));
    known.extend(catalog.parameters.iter().map(|parameter| &*parameter.info.name));
    let mut ledgers = vec![&rule.ledger];
    if let super::catalog::Shape::Population { population: super::catalog::Population::Ledger { ledger, .. }, .. } =
        &rule.shape
    {
        ledgers.push(ledger);
    }
    for kind in ledgers.into_iter().filter_map(|ledger| kinds.get(ledger)) {
        known.extend(kind.fields.iter().map(|field| &*field.name));
    }
    for (key, text) in [("message", &rule.message), ("required", &rule.required), ("fix", &rule.fix)] {
        let mut names = placeholders(&text.zh);
        names.extend(placeholders(&text.en));
        for (position, name) in names.iter().copied().enumerate() {
            if known.contains(&name) || names[..position].contains(&name) {
                continue;
            }
            let place = table.get(key).map_or_else(|| table.place(), |node| node.place());
            let message = Localized::new(
                format!("“{{{name}}}”不是字段、取值（values）、参数，也不是 unit、period、item"),
                format!("`{{{name}}}` is no field, value or parameter, and not unit, period or item"),
            );
            sink.warning(place, codes::UNKNOWN_PLACEHOLDER, message, suggest(name, known.iter().copied()));
        }
    }
}
