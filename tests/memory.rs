//! What a run keeps of each of very many files, counted byte by byte: it must stay a few kilobytes, whatever is done with them.

use std::alloc::{GlobalAlloc, Layout, System};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use taizhang::check::{CheckOptions, Checker, Each};
use taizhang::model::Date;
use taizhang::render::{Format, Options};

/// Counts the bytes that are held, and the most that ever were.
struct Counting;

static HELD: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

fn take(bytes: usize) {
    let held = HELD.fetch_add(bytes, Ordering::Relaxed) + bytes;
    MOST.fetch_max(held, Ordering::Relaxed);
}

// SAFETY: every call goes to the system's allocator as it came; only its size is counted.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        take(layout.size());
        // SAFETY: as above.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        HELD.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as above.
        unsafe { System.dealloc(place, layout) }
    }

    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // A large block is moved without a second copy, so that only its growth counts.
        if size > layout.size() {
            take(size - layout.size());
        } else {
            HELD.fetch_sub(layout.size() - size, Ordering::Relaxed);
        }
        // SAFETY: as above.
        unsafe { System.realloc(place, layout, size) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// The most bytes that are held at once while so many files are checked and told as JSON, beside the files themselves.
fn most(checker: &Checker, each: Each, count: usize) -> usize {
    let mut options = CheckOptions { packs: vec!["national".into()], each, ..CheckOptions::default() };
    options.as_of = Date::new(2024, 1, 10).unwrap();
    let mut files: Vec<PathBuf> = Vec::new();
    for number in 0..count {
        let text = format!(
            "医院名称,是否牵头医院,门诊号源总数,向基层开放号源数\n第{number}医院,是,1000,{}\n另{number}医院,是,1000,250\n",
            number % 400
        );
        files.push(format!("{number}.csv").into());
        options.contents.insert(format!("{number}.csv").into(), Arc::new(text.into()));
    }
    let before = HELD.load(Ordering::Relaxed);
    MOST.store(before, Ordering::Relaxed);
    let report = checker.run(&files, &options);
    assert_eq!(report.inputs.len(), count);
    assert!(report.findings.len() > count * 2, "{}", report.findings.len());
    Format::Json.write(&report, &Options::default(), &mut io::sink()).unwrap();
    MOST.load(Ordering::Relaxed) - before
}

#[test]
fn of_each_of_many_files_only_a_few_kilobytes_are_kept() {
    let (store, _) = taizhang::pack::builtin();
    let checker = Checker::new(&store);
    // What is done at a time grows with the threads, and is no part of what is kept of each file.
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
    for each in [Each::Together, Each::File] {
        pool.install(|| {
            most(&checker, each, 10);
            // Up to some hundreds of files, what is read at a time weighs more than what is kept.
            let (few, many) = (most(&checker, each, 600), most(&checker, each, 3_000));
            let growth = many.saturating_sub(few) / 2_400;
            assert!(growth < 4_000, "{each:?}: {growth} bytes a file, {few} for 600, {many} for 3,000");
        });
    }
}
