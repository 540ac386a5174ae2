//! Opens encrypted workbooks with their password: OOXML packages, and the records of XLS workbooks.

pub(super) mod biff;
pub(super) mod ooxml;

use super::faults;
use crate::diag::InputFault;

/// The password with which Excel encrypts books that it only protects from changes; it opens them unasked.
const SILENT: &str = "VelvetSweatshop";

/// Tries the passwords there are: the user's, and the one that nobody typed. `attempt` gives `None` for a wrong one.
fn unlock<T>(given: Option<&str>, mut attempt: impl FnMut(&str) -> Option<T>) -> Result<T, InputFault> {
    for password in given.into_iter().chain([SILENT]) {
        if let Some(opened) = attempt(password) {
            return Ok(opened);
        }
    }
    Err(if given.is_some() { faults::wrong_password() } else { faults::password() })
}

fn u16_at(bytes: &[u8], offset: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(offset..offset.checked_add(2)?)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], offset: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(offset..offset.checked_add(4)?)?.try_into().ok()?))
}

/// The password in the form in which all but the oldest methods hash it.
fn utf16(password: &str) -> Vec<u8> {
    password.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// The numbers that both the binary header of new packages and that of XLS workbooks give.
struct Header<'a> {
    algorithm: u32,
    key_bits: u32,
    salt: &'a [u8],
    verifier: &'a [u8],
    verifier_hash: &'a [u8],
}

impl<'a> Header<'a> {
    /// Reads the size of a header, the header, and the verifier after it.
    fn read(bytes: &'a [u8]) -> Option<Header<'a>> {
        let size = u32_at(bytes, 0)? as usize;
        let header = bytes.get(4..4_usize.checked_add(size)?)?;
        let rest = bytes.get(4 + size..)?;
        let salt_size = u32_at(rest, 0)? as usize;
        let after_salt = 4_usize.checked_add(salt_size)?;
        Some(Header {
            algorithm: u32_at(header, 8)?,
            key_bits: u32_at(header, 16)?,
            salt: rest.get(4..after_salt)?,
            verifier: rest.get(after_salt..after_salt.checked_add(16)?)?,
            verifier_hash: rest.get(after_salt.checked_add(20)?..)?,
        })
    }
}
