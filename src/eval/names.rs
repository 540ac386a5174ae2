//! Names, identity numbers and organisation codes: how they are compared and checked.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;

use crate::model::Date;

/// Whether a character says nothing about which thing is named: spaces and punctuation.
fn is_filler(character: char) -> bool {
    character.is_whitespace()
        || character.is_control()
        || character.is_ascii_punctuation()
        || matches!(character, '\u{2000}'..='\u{206f}' | '\u{3000}'..='\u{303f}' | '\u{fe10}'..='\u{fe6f}' | '\u{feff}' | '·')
}

/// The name without differences of width, case, spaces and punctuation.
pub fn normalise(name: &str) -> Cow<'_, str> {
    let is_plain = |c: char| matches!(c, '\u{4e00}'..='\u{9fff}' | '0'..='9' | 'A'..='Z');
    if name.chars().all(is_plain) {
        return Cow::Borrowed(name);
    }
    Cow::Owned(name.nfkc().filter(|&c| !is_filler(c)).flat_map(char::to_uppercase).collect())
}

/// The text without differences of width, case and spaces; punctuation stays, since it tells numbers of lots apart.
pub fn normalise_text(text: &str) -> Cow<'_, str> {
    let is_plain = |c: char| matches!(c, '\u{4e00}'..='\u{9fff}' | '0'..='9' | 'A'..='Z' | '-');
    if text.chars().all(is_plain) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.nfkc().filter(|c| !c.is_whitespace() && !c.is_control()).flat_map(char::to_uppercase).collect())
}

/// The first two digits of all areas of GB/T 2260, with the codes of residence permits.
const PROVINCES: [u8; 35] = [
    11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46, 50, 51, 52, 53, 54, 61, 62, 63,
    64, 65, 71, 81, 82, 83,
];

/// GB 11643: eighteen characters, a known province, a day of the calendar and the right check character.
pub(super) fn id_valid(number: &str) -> bool {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let bytes = number.as_bytes();
    if bytes.len() != 18 || !bytes[..17].iter().all(u8::is_ascii_digit) {
        return false;
    }
    let sum = bytes.iter().zip(WEIGHTS).fold(0, |sum, (digit, weight)| sum + u32::from(digit - b'0') * weight);
    let check = b"10X98765432"[(sum % 11) as usize];
    let province = (bytes[0] - b'0') * 10 + bytes[1] - b'0';
    bytes[17].to_ascii_uppercase() == check && PROVINCES.contains(&province) && id_birth(number).is_some()
}

/// The date of birth that the number names.
pub(super) fn id_birth(number: &str) -> Option<Date> {
    let bytes = number.as_bytes();
    let digits = |from: usize, to: usize| {
        let add = |sum: i16, byte: &u8| byte.is_ascii_digit().then(|| sum * 10 + i16::from(byte - b'0'));
        bytes.get(from..to)?.iter().try_fold(0, add)
    };
    let (year, month, day) = match bytes.len() {
        18 => (digits(6, 10)?, digits(10, 12)?, digits(12, 14)?),
        15 => (1900 + digits(6, 8)?, digits(8, 10)?, digits(10, 12)?),
        _ => return None,
    };
    Date::new(year, month as i8, day as i8)
}

/// The sex that the number names.
pub(super) fn id_sex(number: &str) -> Option<&'static str> {
    let bytes = number.as_bytes();
    let digit = match bytes.len() {
        18 => bytes[16],
        15 => bytes[14],
        _ => return None,
    };
    digit.is_ascii_digit().then_some(if digit % 2 == 1 { "男" } else { "女" })
}

/// GB 32100: eighteen characters and the right check character.
pub(super) fn uscc_valid(code: &str) -> bool {
    const CHARACTERS: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
    let upper = code.to_ascii_uppercase();
    if upper.len() != 18 {
        return false;
    }
    let mut values = Vec::with_capacity(18);
    for byte in upper.bytes() {
        match CHARACTERS.iter().position(|&character| character == byte) {
            Some(value) => values.push(value),
            None => return false,
        }
    }
    let (mut sum, mut weight) = (0, 1);
    for value in &values[..17] {
        sum += value * weight;
        weight = weight * 3 % 31;
    }
    (31 - sum % 31) % 31 == values[17]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_without_width_spaces_and_punctuation() {
        assert_eq!(normalise("甲县 中心（总院）"), normalise("甲县中心(总院)"));
        assert_eq!(normalise("阿依·古丽"), "阿依古丽");
        assert_eq!(normalise_text("ａ-1 2"), "A-12");
    }

    #[test]
    fn identity_numbers_are_checked() {
        // The example of GB 11643.
        assert!(id_valid("11010519491231002X"));
        assert!(!id_valid("110105194912310021"));
        assert!(!id_valid("99010519491231002X"));
        assert_eq!(id_birth("11010519491231002X"), Date::new(1949, 12, 31));
        assert_eq!(id_birth("110105194902310021"), None);
        assert_eq!(id_birth("一二三四五六"), None);
        assert_eq!(id_sex("11010519491231002X"), Some("女"));
    }

    #[test]
    fn organisation_codes_are_checked() {
        assert!(uscc_valid("91350100M000100Y43"));
        assert!(!uscc_valid("91350100M000100Y44"));
        assert!(!uscc_valid("12610000435230IO12"));
    }
}
