//! The answers to inputs that cannot be read: what they are and what to do.

use std::io;

use crate::diag::{FaultKind, InputFault, io_reason};
use crate::model::Localized;

fn fault(kind: FaultKind, message: (&str, &str), advice: (&str, &str)) -> InputFault {
    InputFault::new(kind, Localized::new(message.0, message.1), Localized::new(advice.0, advice.1))
}

pub(super) fn io(error: &io::Error) -> InputFault {
    let (zh, en) = match error.kind() {
        io::ErrorKind::NotFound => ("文件不存在。", "The file does not exist."),
        io::ErrorKind::PermissionDenied => ("没有读取该文件的权限。", "There is no permission to read the file."),
        _ => {
            let reason = io_reason(error);
            return InputFault::new(
                FaultKind::Io,
                Localized::new(
                    format!("读取文件时出错（{}）。", reason.zh),
                    format!("Reading the file failed ({}).", reason.en),
                ),
                Localized::new(
                    "请确认文件未被占用、存储介质正常后重试。",
                    "Check that the file is not in use and the storage works, and try again.",
                ),
            );
        }
    };
    fault(FaultKind::Io, (zh, en), ("请检查路径和权限后重试。", "Check the path and the permissions and try again."))
}

pub(super) fn empty() -> InputFault {
    fault(
        FaultKind::Empty,
        ("文件是空的，没有任何内容。", "The file is empty."),
        ("请确认报送的是填好的台账文件。", "Check that the filled-in ledger was submitted."),
    )
}

pub(super) fn lock_file() -> InputFault {
    fault(
        FaultKind::NotASpreadsheet,
        (
            "这是办公软件打开表格时留下的临时锁文件（名称以 ~$ 开头），不是台账。",
            "This is a lock file that office software leaves beside an open book (its name begins with ~$), not a ledger.",
        ),
        ("请提交名称中不带 ~$ 的原文件。", "Submit the book itself, whose name lacks the ~$."),
    )
}

pub(super) fn password() -> InputFault {
    fault(
        FaultKind::PasswordProtected,
        ("文件设有打开密码，内容已加密。", "The file is encrypted with a password."),
        (
            "请用 --password 给出密码；或用 Excel、WPS 打开，取消打开密码后另存，重新提交。",
            "Give the password with --password, or remove it in Excel or WPS, save and submit again.",
        ),
    )
}

pub(super) fn wrong_password() -> InputFault {
    fault(
        FaultKind::PasswordProtected,
        ("文件设有打开密码，给出的密码不正确。", "The file is encrypted, and the password given is wrong."),
        (
            "请向报送单位核对密码后用 --password 给出。",
            "Ask the submitter for the password and give it with --password.",
        ),
    )
}

/// The fault of a workbook that is encrypted in a way that no password opens here.
pub(super) fn unknown_encryption() -> InputFault {
    fault(
        FaultKind::PasswordProtected,
        (
            "文件已加密，所用的加密方式不受支持（如权限管理、数字证书）。",
            "The file is encrypted in a way that is not supported, such as rights management or a certificate.",
        ),
        (
            "请在能打开它的电脑上取消加密，另存后重新提交。",
            "Remove the encryption where the file can be opened, save and submit again.",
        ),
    )
}

/// The fault of a file that breaks off or contradicts itself; `what` says where, in Chinese and English.
pub(super) fn damaged(zh: &str, en: &str) -> InputFault {
    InputFault::new(
        FaultKind::Damaged,
        Localized::new(format!("文件已损坏：{zh}。"), format!("The file is damaged: {en}.")),
        Localized::new(
            "请让报送单位重新导出或重新发送；能打开的，用 Excel 或 WPS 另存为 .xlsx 后再提交。",
            "Ask for the file again; where Excel or WPS opens it, save it as .xlsx and submit that.",
        ),
    )
}

/// The fault of a text whose letters an earlier conversion mixed up.
pub(super) fn garbled() -> InputFault {
    fault(
        FaultKind::Damaged,
        (
            "文件中的文字已是乱码，多半是此前保存时把编码转换错了。",
            "The text of the file is garbled, most likely by an earlier conversion from the wrong encoding.",
        ),
        (
            "请用原始文件重新导出；导出时选 UTF-8 或 GB18030，或另存为 .xlsx 后提交。",
            "Export the original again, in UTF-8 or GB18030, or save it as .xlsx.",
        ),
    )
}

/// The fault of a file in a format that is known and is not read.
pub(super) fn unsupported(zh: &str, en: &str) -> InputFault {
    InputFault::new(
        FaultKind::UnsupportedFormat,
        Localized::new(
            format!("这是{zh}，本工具不读取这种格式。"),
            format!("This is {en}, a format that is not read."),
        ),
        Localized::new(
            "请把其中的台账另存为 .xlsx、.xls 或 .csv 后提交。",
            "Save the ledger in it as .xlsx, .xls or .csv and submit that.",
        ),
    )
}

/// The fault of a file that is something else than a table.
pub(super) fn not_a_spreadsheet(zh: &str, en: &str) -> InputFault {
    InputFault::new(
        FaultKind::NotASpreadsheet,
        Localized::new(format!("这是{zh}，不是电子表格。"), format!("This is {en}, not a spreadsheet.")),
        Localized::new(
            "请提交电子表格形式（.xlsx、.xls 或 .csv）的台账。",
            "Submit the ledger as a spreadsheet (.xlsx, .xls or .csv).",
        ),
    )
}

/// The fault of a library that panicked or gave up without a clear reason.
pub(super) fn reader_failed(detail: &str) -> InputFault {
    InputFault::new(
        FaultKind::ReaderFailed,
        Localized::new(
            format!("读取组件处理该文件时失败（{detail}）。"),
            format!("The reader failed on the file ({detail})."),
        ),
        Localized::new(
            "请用 Excel 或 WPS 打开并另存为 .xlsx 后重新提交。",
            "Open it in Excel or WPS, save it as .xlsx and submit that.",
        ),
    )
}

/// The fault of an encoding that the user named and nobody knows.
pub(super) fn unknown_encoding(label: &str) -> InputFault {
    InputFault::new(
        FaultKind::Undecodable,
        Localized::new(format!("不认识指定的编码“{label}”。"), format!("The encoding {label} is not known.")),
        Localized::new(
            "可用的编码如 UTF-8、GB18030、Big5、UTF-16LE、UTF-16BE。",
            "Encodings are named as UTF-8, GB18030, Big5, UTF-16LE, UTF-16BE.",
        ),
    )
}

/// The fault of a workbook in which no sheet holds anything.
pub(super) fn empty_book() -> InputFault {
    fault(
        FaultKind::Empty,
        ("工作簿中没有任何有内容的单元格。", "No cell of the workbook holds anything."),
        (
            "请确认报送的是填好的台账，而不是空白模板或只有图片的文件。",
            "Check that the filled-in ledger was submitted, not a blank book or one that holds only pictures.",
        ),
    )
}
