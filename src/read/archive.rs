//! Archives as inputs: their members are opened in place, in memory, and nothing of them is ever written.

use super::content::Content;
use super::package::{self, Member, Package};
use super::{Opened, Opening, faults, limits};
use crate::diag::{FaultKind, InputFault};
use crate::model::Localized;

/// Opens the members of the archive one by one, in the order in which they stand in it.
pub(super) fn open(opening: &Opening<'_>, digest: &str, package: &Package) -> Vec<Opened> {
    let limits = &opening.options.limits;
    if opening.depth >= limits.nesting {
        return vec![opening.fault(Some(digest.to_owned()), limits::exceeded("nesting", limits.nesting as u64))];
    }
    let payload: Vec<&Member> = package.members.iter().filter(|member| package::is_payload(member)).collect();
    if payload.is_empty() {
        return vec![opening.fault(Some(digest.to_owned()), no_members())];
    }
    let mut opened = Vec::new();
    for member in payload {
        let inner = Opening {
            path: format!("{}!{}", opening.path, member.name),
            name: member.name.rsplit(['/', '\\']).next().unwrap_or_default().to_owned(),
            content: Content::from_bytes(Vec::new()),
            ..*opening
        };
        let bytes = match package.member_bytes(member, opening.options.password.as_deref(), limits) {
            Ok(bytes) => bytes,
            Err(fault) => {
                opened.push(inner.fault(None, fault));
                continue;
            }
        };
        opened.extend(open_member(opening, inner.path, inner.name, bytes));
    }
    opened
}

/// Opens the bytes of a member of a container; all members of an input share one bound.
pub(super) fn open_member(opening: &Opening<'_>, path: String, name: String, bytes: Vec<u8>) -> Vec<Opened> {
    let left = opening.budget.get().checked_sub(bytes.len() as u64);
    let inner = Opening {
        path,
        name,
        content: Content::from_bytes(bytes),
        options: opening.options,
        depth: opening.depth + 1,
        budget: opening.budget,
    };
    let Some(left) = left else {
        return vec![inner.fault(None, limits::exceeded("archive-bytes", opening.options.limits.archive_bytes))];
    };
    opening.budget.set(left);
    inner.open()
}

/// The fault of a container without anything to read.
pub(super) fn no_members() -> InputFault {
    InputFault::new(
        FaultKind::Empty,
        Localized::new("压缩包里没有可读取的文件。", "The archive holds no file to read."),
        Localized::new(
            "请确认台账已放入压缩包后重新打包。",
            "Check that the ledger is in the archive and pack it again.",
        ),
    )
}

/// The fault of a member that is encrypted, or whose password is wrong.
pub(super) fn member_password(given: bool) -> InputFault {
    if given {
        return InputFault::new(
            FaultKind::PasswordProtected,
            Localized::new(
                "压缩包的密码不正确，或加密方式不受支持。",
                "The password of the archive is wrong, or its encryption is not supported.",
            ),
            Localized::new(
                "请核对密码；或先解压，再提交其中的台账。",
                "Check the password, or unpack the archive and submit the ledgers in it.",
            ),
        );
    }
    let mut fault = faults::password();
    fault.message = Localized::new("压缩包设有密码。", "The archive is encrypted with a password.");
    fault.advice = Localized::new(
        "请用 --password 给出密码；或先解压，再提交其中的台账。",
        "Give the password with --password, or unpack the archive and submit the ledgers in it.",
    );
    fault
}
