//! Rules are judged as the format says.
