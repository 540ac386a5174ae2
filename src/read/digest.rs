//! The SHA-256 of an input, worked out when it is asked for.

use super::content::Content;
use super::faults;
use crate::diag::InputFault;

/// The SHA-256 of an input. That of a large file is worked out when it is asked for, so that this can be done beside the reading.
pub struct Digest(DigestState);

enum DigestState {
    Known(String),
    Later(Content),
}

impl Digest {
    pub(super) fn known(digits: String) -> Digest {
        Digest(DigestState::Known(digits))
    }

    pub(super) fn later(content: Content) -> Digest {
        Digest(DigestState::Later(content))
    }

    /// Whether all bytes of the input must be read again for it.
    pub fn is_pending(&self) -> bool {
        matches!(self.0, DigestState::Later(_))
    }

    /// 64 lower-case hexadecimal digits; a fault where the input can no longer be read.
    pub fn digits(self) -> Result<String, InputFault> {
        match self.0 {
            DigestState::Known(digits) => Ok(digits),
            DigestState::Later(content) => content.digest(|_| ()).map_err(|error| faults::io(&error)),
        }
    }

    /// The same, for a run that may be ended meanwhile: `None` where it was, before all bytes were read.
    pub fn digits_unless(self, is_stopped: impl Fn() -> bool) -> Option<Result<String, InputFault>> {
        match self.0 {
            DigestState::Known(digits) => Some(Ok(digits)),
            DigestState::Later(content) => {
                content.digest_unless(is_stopped).map_err(|error| faults::io(&error)).transpose()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::sync::Arc;

    use super::*;

    #[test]
    fn a_digest_under_way_ends_with_the_run() {
        let later = || Digest::later(Content::Memory(Arc::new(vec![7; 3 << 20])));
        let blocks = Cell::new(0);
        let stopped = later().digits_unless(|| blocks.replace(blocks.get() + 1) == 1);
        assert!(stopped.is_none() && blocks.get() == 2, "at the second block: {}", blocks.get());
        assert_eq!(later().digits_unless(|| false), Some(later().digits()));
    }
}
