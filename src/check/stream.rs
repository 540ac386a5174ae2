//! Reads what was loaded to its end, while the rules judge it.

use super::load::{Late, Loaded, Meter, next_batches};
use super::shelf::Shelf;
use super::{CheckOptions, Stopped, guard};
use crate::diag::InputFault;
use crate::eval::Evaluator;
use crate::finding::InputReading;
use crate::map::MappedSheet;
use crate::model::Batch;
use crate::read::Digest;

/// How the files that are done were read, kept small from the beginning: a run may have many thousands.
#[derive(Default)]
pub(super) struct Readings {
    pub all: Vec<InputReading>,
    shelf: Shelf,
}

/// Feeds what was loaded to the evaluator, and reads the long sheets to their end. Where no more files come, `late` takes
/// the kinds of ledgers that only then were found in them.
pub(super) fn judge(
    evaluator: &mut Evaluator,
    mut loaded: Vec<Loaded>,
    late: Option<&mut Late>,
    readings: &mut Readings,
    options: &CheckOptions,
) -> Result<(), Stopped> {
    let pending: Vec<Option<Digest>> = loaded.iter_mut().map(Loaded::pending_digest).collect();
    let digits = |digest: Digest| digest.digits_unless(|| options.is_stopped()).ok_or(Stopped);
    let work_out = || pending.into_iter().map(|digest| digest.map(digits).transpose()).collect();
    let (read, digests): (_, Result<Vec<_>, Stopped>) =
        rayon::join(|| read(evaluator, &mut loaded, late, options), work_out);
    read?;
    for (mut one, digits) in loaded.into_iter().zip(digests?) {
        one.note_digest(digits);
        let mut reading = one.finish(&options.progress);
        readings.shelf.put(&mut reading);
        readings.all.push(reading);
    }
    Ok(())
}

/// Gives the evaluator all records of what was loaded.
fn read(
    evaluator: &mut Evaluator,
    loaded: &mut [Loaded],
    mut late: Option<&mut Late>,
    options: &CheckOptions,
) -> Result<(), Stopped> {
    let held = evaluator.held_kinds().clone();
    let is_held = |sheet: &MappedSheet| sheet.kinds().iter().any(|kind| held.contains(kind));
    for one in &mut *loaded {
        // What one long sheet began with is judged while the rest of it is read.
        let waits = matches!(one.sheets.as_slice(), [(_, only)] if !is_held(only))
            && one.batches.iter().all(|batch| !held.contains(&batch.source.kind));
        if waits {
            continue;
        }
        for batch in std::mem::take(&mut one.batches) {
            if options.is_stopped() {
                return Err(Stopped);
            }
            push(evaluator, batch, &mut one.reading.faults);
        }
    }
    // Long registers are read before the others: once they are known, nothing else needs to be kept.
    for register in [true, false] {
        if !register && late.is_some() {
            evaluator.seal();
        }
        for one in &mut *loaded {
            let share = one.share();
            for (_, sheet) in &mut one.sheets {
                if is_held(sheet) == register {
                    let meter = Meter::new(&options.progress, share);
                    let known = sheet.kinds();
                    let first = std::mem::take(&mut one.batches);
                    stream(evaluator, sheet, first, &mut one.reading.faults, meter, options)?;
                    let found = sheet.kinds().into_iter().filter(|kind| !known.contains(kind));
                    if let Some(late) = &mut late {
                        late.extend(found.map(|kind| (one.reading.file.clone(), sheet.name().clone(), kind)));
                    }
                }
            }
        }
    }
    Ok(())
}

/// Judges the first records of a sheet and reads it to its end; records are judged while the next are read.
fn stream(
    evaluator: &mut Evaluator,
    sheet: &mut MappedSheet,
    first: Vec<Batch>,
    faults: &mut Vec<InputFault>,
    mut meter: Meter<'_>,
    options: &CheckOptions,
) -> Result<(), Stopped> {
    let mut panics = Vec::new();
    let mut next = || next_batches(sheet, faults, &mut meter);
    let mut ready = if first.is_empty() { next() } else { first };
    while !ready.is_empty() {
        if options.is_stopped() {
            return Err(Stopped);
        }
        let judge = || ready.drain(..).for_each(|batch| push(evaluator, batch, &mut panics));
        (ready, ()) = rayon::join(&mut next, judge);
    }
    faults.append(&mut panics);
    Ok(())
}

/// Gives a batch to the evaluator; a panic over it is the fault of its file.
fn push(evaluator: &mut Evaluator, batch: Batch, faults: &mut Vec<InputFault>) {
    faults.extend(guard::call(|| evaluator.push(batch)).err());
}
