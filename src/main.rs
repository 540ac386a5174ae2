//! The `taizhang` command.

fn main() -> std::process::ExitCode {
    taizhang::cli::run()
}
