//! `taizhang rules`.
