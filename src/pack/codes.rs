//! The stable codes of all faults in packs.

/// Declares the codes and, from the same lines, the list of all of them.
macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal;)*) => {
        $($(#[$doc])* pub const $name: &str = $code;)*

        /// All codes, in the order of their declaration.
        pub const ALL: &[&str] = &[$($code),*];
    };
}

codes! {
    /// The file is no TOML.
    SYNTAX = "syntax";
    /// A key that the table does not have.
    UNKNOWN_KEY = "unknown-key";
    /// A value of another type than the key asks for.
    WRONG_TYPE = "wrong-type";
    /// A key that the table needs.
    MISSING_KEY = "missing-key";
    /// A word that is none of the words the key allows.
    UNKNOWN_WORD = "unknown-word";
    /// A text that must say something and is blank.
    BLANK_TEXT = "blank-text";
    /// A number outside the range that makes sense.
    OUT_OF_RANGE = "out-of-range";
    /// A date that the calendar does not have, or one with a time.
    BAD_DATE = "bad-date";
    /// A text that is no reporting period.
    BAD_PERIOD = "bad-period";
    /// An id with other characters than the format allows.
    BAD_ID = "bad-id";
    /// The same id, code or name twice.
    DUPLICATE_ID = "duplicate-id";
    /// A file in a place where nothing reads it.
    STRAY_FILE = "stray-file";
    /// A folder of rules without a readable `pack.toml`.
    NO_PACK = "no-pack";
    /// The pack's id and its folder differ.
    PACK_FOLDER = "pack-folder";
    /// A field that the ledger kind does not have.
    UNKNOWN_FIELD = "unknown-field";
    /// A field of a type that does not serve here.
    FIELD_TYPE = "field-type";
    /// A code list that does not exist.
    UNKNOWN_LIST = "unknown-list";
    /// A code list with more entries than a field of several codes can hold.
    LIST_TOO_LONG = "list-too-long";
    /// A ledger kind that does not exist.
    UNKNOWN_KIND = "unknown-kind";
    /// A group of fields that does not exist.
    UNKNOWN_GROUP = "unknown-group";
    /// A pack that does not exist.
    UNKNOWN_PACK = "unknown-pack";
    /// A measure that does not exist.
    UNKNOWN_MEASURE = "unknown-measure";
    /// A rule that does not exist.
    UNKNOWN_RULE = "unknown-rule";
    /// A parameter that no pack in force declares.
    UNKNOWN_PARAMETER = "unknown-parameter";
    /// A parameter value of another type than the declared one.
    PARAMETER_TYPE = "parameter-type";
    /// Two packs that do not extend each other give one parameter different values.
    PARAMETER_CONFLICT = "parameter-conflict";
    /// A region that does not stand before the ones that belong to it.
    UNKNOWN_REGION = "unknown-region";
    /// Packs that extend each other in a circle.
    EXTENDS_CYCLE = "extends-cycle";
    /// `inherits` names nothing that an extended pack has.
    NOT_INHERITABLE = "not-inheritable";
    /// `override = true` on a rule that no extended pack has.
    BAD_OVERRIDE = "bad-override";
    /// Keys of a rule that exclude each other, or one that needs another.
    SHAPE = "shape";
    /// An alias that two fields of one kind claim.
    SHARED_ALIAS = "shared-alias";
    /// A placeholder in a text that stands for nothing.
    UNKNOWN_PLACEHOLDER = "unknown-placeholder";
}

#[cfg(test)]
mod tests {
    use super::ALL;

    #[test]
    fn codes_are_unique_and_in_kebab_case() {
        let mut sorted = ALL.to_vec();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(sorted.len(), ALL.len());
        for code in ALL {
            assert!(code.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{code}");
        }
    }
}
