//! The identity of a finding: rule and business key, never the row number, so that runs can be compared.

use sha2::{Digest, Sha256};

/// Sixteen hexadecimal digits made of the parts; the parts are length-prefixed, so no two lists collide by joining.
pub fn fingerprint<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    let digit = |half: u8| char::from_digit(u32::from(half), 16);
    let mut digits = String::with_capacity(16);
    digits.extend(hash.finalize().iter().take(8).flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).flatten());
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_do_not_run_together() {
        assert_eq!(fingerprint(["a", "b"]), "cf6ab613e3942391");
        assert_ne!(fingerprint(["ab", ""]), fingerprint(["a", "b"]));
    }
}
