//! Shows how far a long run has come: a bar on a terminal, a line now and then elsewhere.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::check::{Done, Progress};
use crate::model::Lang;

/// A run that takes less says nothing.
const SILENT: Duration = Duration::from_secs(1);
/// How often the bar moves, and how often a line is written where there is no terminal.
const BAR: Duration = Duration::from_millis(200);
const LINE: Duration = Duration::from_secs(10);
/// Steps of the bar.
const STEPS: u64 = 1000;

/// What is to be done: number of files, and their bytes.
#[derive(Clone, Copy, Debug)]
struct Total {
    files: u64,
    bytes: u64,
}

/// The display of a run; it ends when this is dropped.
pub struct Display {
    /// Dropped to end the thread.
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Display {
    /// Shows on standard error how far `progress` has come, from one second on.
    pub fn start(files: &[PathBuf], progress: &Arc<Progress>, lang: Lang) -> Display {
        let bytes = files.iter().filter_map(|path| path.metadata().ok()).map(|file| file.len()).sum();
        let total = Total { files: files.len() as u64, bytes };
        let progress = progress.clone();
        let (stop, stopped) = channel();
        let thread = std::thread::spawn(move || show(&progress, total, lang, &stopped));
        Display { stop: Some(stop), thread: Some(thread) }
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        self.stop.take();
        if let Some(thread) = self.thread.take() {
            // A display that failed is no reason for the run to fail.
            let _ = thread.join();
        }
    }
}

/// Shows until the other end is dropped.
fn show(progress: &Progress, total: Total, lang: Lang, stopped: &Receiver<()>) {
    let begun = Instant::now();
    if stopped.recv_timeout(SILENT) != Err(RecvTimeoutError::Timeout) {
        return;
    }
    let bar = std::io::stderr().is_terminal().then(|| {
        let bar = ProgressBar::with_draw_target(Some(STEPS), ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template("[{wide_bar}] {percent}% {msg}") {
            bar.set_style(style.progress_chars("=> "));
        }
        bar
    });
    loop {
        let done = progress.done();
        let text = words(done, total, begun.elapsed(), lang);
        match &bar {
            Some(bar) => {
                bar.set_position(share(done, total));
                bar.set_message(text);
            }
            // Nobody may read standard error any more; that is no fault of the run.
            None => drop(writeln!(std::io::stderr(), "{text}")),
        }
        let pause = if bar.is_some() { BAR } else { LINE };
        if stopped.recv_timeout(pause) != Err(RecvTimeoutError::Timeout) {
            break;
        }
    }
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
}

/// The part that is done, in thousandths.
fn share(done: Done, total: Total) -> u64 {
    if total.bytes == 0 { 0 } else { (u128::from(done.bytes) * u128::from(STEPS) / u128::from(total.bytes)) as u64 }
        .min(STEPS)
}

/// What has been done and how long the rest will take.
fn words(done: Done, total: Total, elapsed: Duration, lang: Lang) -> String {
    let rows = grouped(done.rows);
    let (files, all) = (done.files, total.files);
    let left = left(done, total, elapsed);
    match lang {
        Lang::Zh => {
            let left = match left {
                Some(left) if left >= 60 => format!("，约剩 {} 分 {} 秒", left / 60, left % 60),
                Some(left) => format!("，约剩 {left} 秒"),
                None => String::new(),
            };
            format!("已读 {files}/{all} 个文件、{rows} 条记录{left}")
        }
        Lang::En => {
            let left = match left {
                Some(left) if left >= 60 => format!(", about {} min {} s left", left / 60, left % 60),
                Some(left) => format!(", about {left} s left"),
                None => String::new(),
            };
            format!("{files} of {all} files, {rows} records read{left}")
        }
    }
}

/// The seconds that the rest will take, if it goes on as before; `None` where too little is done to tell.
fn left(done: Done, total: Total, elapsed: Duration) -> Option<u64> {
    if done.bytes == 0 || total.bytes == 0 || done.bytes * 100 < total.bytes {
        return None;
    }
    let rest = total.bytes.saturating_sub(done.bytes);
    Some((elapsed.as_secs_f64() * rest as f64 / done.bytes as f64).ceil() as u64)
}

/// A number with spaces between thousands.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_say_what_is_done_and_what_is_left() {
        let total = Total { files: 12, bytes: 1000 };
        let done = Done { files: 3, rows: 1_234_567, bytes: 250 };
        let elapsed = Duration::from_secs(30);
        assert_eq!(words(done, total, elapsed, Lang::Zh), "已读 3/12 个文件、1 234 567 条记录，约剩 1 分 30 秒");
        assert_eq!(
            words(done, total, elapsed, Lang::En),
            "3 of 12 files, 1 234 567 records read, about 1 min 30 s left"
        );
        assert_eq!(share(done, total), 250);
        let nothing = Done::default();
        assert_eq!(words(nothing, total, elapsed, Lang::Zh), "已读 0/12 个文件、0 条记录");
        assert_eq!(share(nothing, Total { files: 0, bytes: 0 }), 0);
    }
}
