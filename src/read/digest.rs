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
}
