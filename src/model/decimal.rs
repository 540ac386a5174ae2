//! Exact decimal numbers with nine places, so that no threshold is ever compared in binary floating point.

use std::fmt;
use std::str::FromStr;

/// A number as a whole count of 1e-9, exact for everything a ledger writes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Decimal(i128);

/// Number of decimal places that are kept.
pub const PLACES: u32 = 9;
const ONE: i128 = 1_000_000_000;

impl Decimal {
    pub const ZERO: Decimal = Decimal(0);

    /// The number of `units` times 1e-9.
    pub const fn from_units(units: i128) -> Decimal {
        Decimal(units)
    }

    /// The number as a whole count of 1e-9.
    pub const fn units(self) -> i128 {
        self.0
    }

    pub const fn from_int(value: i64) -> Decimal {
        Decimal(value as i128 * ONE)
    }

    /// The value as a whole number, or `None` where it has a fraction or does not fit.
    pub fn to_int(self) -> Option<i64> {
        (self.0 % ONE == 0).then(|| i64::try_from(self.0 / ONE).ok()).flatten()
    }

    pub fn is_whole(self) -> bool {
        self.0 % ONE == 0
    }

    pub fn is_negative(self) -> bool {
        self.0 < 0
    }

    pub fn checked_add(self, other: Decimal) -> Option<Decimal> {
        self.0.checked_add(other.0).map(Decimal)
    }

    pub fn checked_sub(self, other: Decimal) -> Option<Decimal> {
        self.0.checked_sub(other.0).map(Decimal)
    }

    /// The exact product, or `None` where nine places cannot hold it.
    pub fn checked_mul(self, other: Decimal) -> Option<Decimal> {
        if other.0 % ONE == 0 {
            return self.0.checked_mul(other.0 / ONE).map(Decimal);
        }
        if self.0 % ONE == 0 {
            return other.0.checked_mul(self.0 / ONE).map(Decimal);
        }
        let product = self.0.checked_mul(other.0)?;
        (product % ONE == 0).then_some(Decimal(product / ONE))
    }

    /// The number times a power of ten; `None` where a digit would be lost or it does not fit.
    pub fn scale_by_power_of_ten(self, power: i32) -> Option<Decimal> {
        let factor = 10_i128.checked_pow(power.unsigned_abs())?;
        if power >= 0 {
            self.0.checked_mul(factor).map(Decimal)
        } else {
            (self.0 % factor == 0).then_some(Decimal(self.0 / factor))
        }
    }

    pub fn checked_neg(self) -> Option<Decimal> {
        self.0.checked_neg().map(Decimal)
    }

    pub fn checked_abs(self) -> Option<Decimal> {
        self.0.checked_abs().map(Decimal)
    }

    /// The number that an IEEE double shows with fifteen significant digits, as a spreadsheet shows it.
    /// `None` for infinities, NaN and what does not fit.
    pub fn from_f64(value: f64) -> Option<Decimal> {
        if !value.is_finite() || value.abs() >= 1e18 {
            return None;
        }
        // Whole numbers of so many digits are exact as they are.
        if value.fract() == 0.0 && value.abs() < 1e15 {
            return Some(Decimal::from_int(value as i64));
        }
        // Fifteen significant digits is what spreadsheets keep; more would show binary noise.
        let shown = format!("{value:.14e}");
        let (mantissa, exponent) = shown.split_once('e')?;
        let exponent: i32 = exponent.parse().ok()?;
        let negative = mantissa.starts_with('-');
        let digits: i128 = mantissa.chars().filter(char::is_ascii_digit).collect::<String>().parse().ok()?;
        let power = exponent - 14 + PLACES as i32;
        let units = if power >= 0 {
            digits.checked_mul(10_i128.checked_pow(power as u32)?)?
        } else {
            let divisor = 10_i128.checked_pow(power.unsigned_abs())?;
            // Beyond nine places the nearest value is kept: the cell itself is a rounded quotient there.
            (digits + divisor / 2) / divisor
        };
        Some(Decimal(if negative { -units } else { units }))
    }
}

/// Why a text is no decimal number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a decimal number of at most nine places")]
pub struct ParseDecimalError;

impl FromStr for Decimal {
    type Err = ParseDecimalError;

    /// Reads `[+-]digits[.digits]`; more than nine places is an error, since a digit would be lost.
    fn from_str(text: &str) -> Result<Decimal, ParseDecimalError> {
        let (negative, body) = match text.as_bytes().first() {
            Some(b'-') => (true, &text[1..]),
            Some(b'+') => (false, &text[1..]),
            _ => (false, text),
        };
        let (whole, fraction) = body.split_once('.').unwrap_or((body, ""));
        let fraction = fraction.trim_end_matches('0');
        if (whole.is_empty() && fraction.is_empty())
            || whole.len() > 24
            || fraction.len() > PLACES as usize
            || !whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit())
        {
            return Err(ParseDecimalError);
        }
        let mut units: i128 = 0;
        for byte in whole.bytes() {
            units = units * 10 + i128::from(byte - b'0');
        }
        units *= ONE;
        let mut place = ONE / 10;
        for byte in fraction.bytes() {
            units += i128::from(byte - b'0') * place;
            place /= 10;
        }
        Ok(Decimal(if negative { -units } else { units }))
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let magnitude = self.0.unsigned_abs();
        let whole = magnitude / ONE as u128;
        let fraction = magnitude % ONE as u128;
        if fraction == 0 {
            return write!(f, "{sign}{whole}");
        }
        let digits = format!("{fraction:09}");
        write!(f, "{sign}{whole}.{}", digits.trim_end_matches('0'))
    }
}

impl fmt::Debug for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn text_round_trips() {
        for text in ["0", "1", "-1", "0.2", "-0.000000001", "12345678901234.5"] {
            assert_eq!(number(text).to_string(), text);
        }
        assert_eq!(number("1.50").to_string(), "1.5");
        for text in ["", ".", "1e3", "1.2.3", "0.0000000001", "１"] {
            assert!(text.parse::<Decimal>().is_err(), "{text}");
        }
    }

    #[test]
    fn floats_are_read_as_shown() {
        assert_eq!(Decimal::from_f64(0.1 + 0.2), Some(number("0.3")));
        assert_eq!(Decimal::from_f64(0.2), Some(number("0.2")));
        assert_eq!(Decimal::from_f64(-1234.5), Some(number("-1234.5")));
        assert_eq!(Decimal::from_f64(0.0), Some(Decimal::ZERO));
        assert_eq!(Decimal::from_f64(f64::NAN), None);
        assert_eq!(Decimal::from_f64(1e300), None);
    }

    #[test]
    fn products_are_exact_or_refused() {
        assert_eq!(number("0.2").checked_mul(number("500")), Some(number("100")));
        assert_eq!(number("0.5").checked_mul(number("0.5")), Some(number("0.25")));
        assert_eq!(number("0.00001").checked_mul(number("0.00001")), None);
    }
}
