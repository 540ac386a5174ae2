//! Judges the groups of a run one beside the other, skips those that did not change, and ends early when asked to.

use std::collections::BTreeMap;
use std::path::PathBuf;

use rayon::prelude::*;

use super::manifest::{Group, Input, Manifest};
use super::status::{FailOn, Skipped};
use super::{manifest, outcome, output, status};
use crate::check::{CheckOptions, Checker, Merged, groups, written_date};
use crate::diag::InputNote;
use crate::finding::{Entry, InputReading, Report, follow_up};
use crate::model::{Lang, Localized, counted};

/// So many groups are judged before their results are joined.
const CHUNK: usize = 64;

/// What groups are judged with.
pub struct Batch<'a> {
    pub checker: &'a Checker<'a>,
    pub options: &'a CheckOptions,
    pub fail_on: FailOn,
    /// What people wrote beside the findings of an earlier run.
    pub previous: Option<&'a BTreeMap<String, Entry>>,
    pub is_verbose: bool,
    pub lang: Lang,
}

/// What came of it.
pub struct Judged {
    pub report: Report,
    /// How the groups that were not judged again came out before.
    pub skipped: Vec<Skipped>,
    /// Whether some groups were not reached.
    pub is_interrupted: bool,
    /// Whether some group was judged.
    pub has_finished: bool,
}

enum One {
    Judged(Box<Report>),
    Unchanged(Group),
    NotReached,
}

impl Batch<'_> {
    /// Judges the files; what the manifest knows is skipped, and what was judged is noted in it.
    pub fn run(&self, files: &[PathBuf], mut manifest: Option<&mut Manifest>) -> Judged {
        let now = if manifest.is_some() { manifest::look(files) } else { BTreeMap::new() };
        let all = groups(files, self.options);
        let mut merged = Merged::default();
        let mut judged =
            Judged { report: Report::default(), skipped: Vec::new(), is_interrupted: false, has_finished: false };
        let mut done = 0;
        for chunk in all.chunks(CHUNK) {
            let known = manifest.as_deref();
            let results: Vec<One> = chunk.par_iter().map(|group| self.one(group, known, &now)).collect();
            for (group, one) in chunk.iter().zip(results) {
                match one {
                    One::Unchanged(before) => {
                        merged.add(self.unchanged(&before));
                        judged.skipped.push(Skipped { exit: before.exit, judged: before.judged });
                        if let Some(manifest) = &mut manifest {
                            manifest.add(before);
                        }
                    }
                    One::NotReached => {
                        judged.is_interrupted = true;
                        merged.add(self.checker.not_reached(group, self.options));
                    }
                    One::Judged(mut report) => {
                        judged.has_finished = true;
                        if let (Some(manifest), Some(files)) = (&mut manifest, self.inputs(group, &now)) {
                            manifest.add(Group {
                                exit: self.exit(&mut report),
                                judged: status::judged(&report),
                                files,
                            });
                        }
                        merged.add(*report);
                    }
                }
            }
            done += chunk.len();
            if self.is_verbose {
                output::say(&match self.lang {
                    Lang::Zh => format!("{done}/{} 组", all.len()),
                    Lang::En => format!("{done} of {}", counted(all.len() as u64, "group")),
                });
            }
        }
        judged.report = merged.finish();
        if !judged.skipped.is_empty() {
            let count = judged.report.inputs.iter().filter(|input| is_unchanged(input)).count();
            judged.report.notes.push(Localized::new(
                format!("{count} 个文件及核查条件自上次以来未变，本次未再核查，其问题见上次的结果。"),
                format!(
                    "Unchanged since an earlier run, as are the rules and options: {}, not judged again; the findings are in the results of that run.",
                    counted(count as u64, "file")
                ),
            ));
        }
        judged
    }

    fn one(&self, group: &[PathBuf], manifest: Option<&Manifest>, now: &BTreeMap<PathBuf, Input>) -> One {
        let known = manifest.and_then(|manifest| manifest.known(&self.inputs(group, now)?));
        if let Some(known) = known {
            return One::Unchanged(known.clone());
        }
        match self.checker.check(group, self.options) {
            Ok(report) => One::Judged(Box::new(report)),
            Err(_) => One::NotReached,
        }
    }

    /// The exit code that the results of one group ask for.
    fn exit(&self, report: &mut Report) -> u8 {
        let written = |text: &str| written_date(text, self.options.as_of);
        report.follow_up = self.previous.map(|entries| follow_up(report, entries.clone(), written));
        let exit = status::of_report(report, self.fail_on, 0, &[]);
        report.follow_up = None;
        exit
    }

    /// The inputs that decide the results of the group; `None` where one could not be read or is read once only.
    fn inputs(&self, group: &[PathBuf], now: &BTreeMap<PathBuf, Input>) -> Option<Vec<Input>> {
        let companions = self.options.companions.iter().filter(|path| !group.contains(path));
        group.iter().chain(companions).map(|path| now.get(path).cloned()).collect()
    }

    /// What is said of a group that is skipped.
    fn unchanged(&self, group: &Group) -> Report {
        let mut report = Report { run: self.options.run_info(Localized::default()), ..Report::default() };
        for input in &group.files {
            if self.options.companions.iter().any(|path| path.to_string_lossy() == *input.path) && group.files.len() > 1
            {
                continue;
            }
            report.inputs.push(InputReading {
                file: input.path.as_str().into(),
                format: None,
                encoding: None,
                digest: Some(input.sha256.clone()),
                size: input.size,
                notes: vec![InputNote {
                    code: outcome::UNCHANGED,
                    message: Localized::new(
                        "自上次核查以来未变，未再核查。",
                        "Not changed since it was judged before.",
                    ),
                    sheet: None,
                    cell: None,
                }],
                faults: Vec::new(),
                sheets: Vec::new(),
            });
        }
        report
    }
}

fn is_unchanged(input: &InputReading) -> bool {
    input.notes.iter().any(|note| note.code == outcome::UNCHANGED)
}
