//! Fast hashes for maps that live for one run, whose iteration order nobody sees.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// A map with a fast hash, for bounded maps and for keys that nobody chooses to collide.
pub(crate) type FastMap<K, V> = HashMap<K, V, BuildHasherDefault<FastHasher>>;

/// Hashes eight bytes at a time.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct FastHasher(u64);

impl Hasher for FastHasher {
    fn finish(&self) -> u64 {
        // The table looks at the highest and the lowest bits.
        self.0 ^ (self.0 >> 32)
    }

    fn write(&mut self, bytes: &[u8]) {
        self.write_u64(hash_bytes(bytes));
    }

    fn write_u8(&mut self, byte: u8) {
        self.write_u64(u64::from(byte));
    }

    fn write_u64(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(26) ^ word).wrapping_mul(0x2d35_8dcc_aa6c_78a5);
    }

    fn write_u32(&mut self, word: u32) {
        self.write_u64(u64::from(word));
    }

    fn write_i32(&mut self, word: i32) {
        self.write_u64(u64::from(word as u32));
    }

    fn write_usize(&mut self, word: usize) {
        self.write_u64(word as u64);
    }

    fn write_isize(&mut self, word: isize) {
        self.write_u64(word as u64);
    }
}

/// A fast hash of bytes: eight at a time, multiplied and folded.
#[inline]
pub(crate) fn hash_bytes(bytes: &[u8]) -> u64 {
    let mut state = bytes.len() as u64 ^ 0x9e37_79b9_7f4a_7c15;
    each_word(bytes, |word| state = fold(state ^ word, 0x2d35_8dcc_aa6c_78a5));
    state
}

/// A fast hash of 128 bits: two of 64, made in one pass with different multipliers.
#[inline]
pub(crate) fn hash_bytes_wide(bytes: &[u8]) -> u128 {
    let length = bytes.len() as u64;
    let (mut left, mut right) = (length ^ 0x9e37_79b9_7f4a_7c15, !length ^ 0xd6e8_feb8_6659_fd93);
    each_word(bytes, |word| {
        left = fold(left ^ word, 0x2d35_8dcc_aa6c_78a5);
        right = fold(right ^ word.rotate_left(29), 0xa076_1d64_78bd_642f);
    });
    u128::from(left) << 64 | u128::from(right)
}

/// Both halves of a product, one over the other.
#[inline]
fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    (product as u64) ^ ((product >> 64) as u64)
}

/// Gives the bytes to `mix` eight at a time, the last ones filled up with zeros, and a word that ends them.
#[inline]
fn each_word(bytes: &[u8], mut mix: impl FnMut(u64)) {
    let mut chunks = bytes.chunks_exact(8);
    for chunk in &mut chunks {
        mix(u64::from_le_bytes(chunk.try_into().unwrap_or_default()));
    }
    let mut last = [0; 8];
    last[..chunks.remainder().len()].copy_from_slice(chunks.remainder());
    mix(u64::from_le_bytes(last));
    mix(0x9e37_79b9_7f4a_7c15);
}
