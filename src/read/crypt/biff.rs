//! Encrypted XLS workbooks: the records keep their places and lengths, and what stands in them is decrypted in place.

use md5::Md5;
use rc4::{KeyInit, Rc4, StreamCipher};
use sha1::Sha1;
use sha2::Digest;

use super::super::faults;
use super::{Header, u16_at, unlock, utf16};
use crate::diag::InputFault;

/// Bytes of the stream that are encrypted with one key of RC4.
const BLOCK: usize = 1024;
const RC4: u32 = 0x6801;

const BOUNDSHEET: u16 = 0x0085;
/// Records that stand in the clear: the beginnings of parts, the encryption itself, and what programs need beforehand.
const CLEAR: [u16; 9] = [0x0009, 0x0209, 0x0409, 0x0809, 0x002F, 0x00E1, 0x0194, 0x0195, 0x0196];

/// What turns the bytes of a stream back; wrong passwords never get this far.
enum Cipher {
    /// 16 bytes that go round.
    Xor([u8; 16]),
    Rc4(BlockKeys),
}

/// What the keys of the blocks are made of.
enum BlockKeys {
    Md5([u8; 5]),
    /// The hash of the password, and bytes of a key.
    Sha1(Vec<u8>, usize),
}

/// Decrypts the records of a workbook; `filepass` is the content of the record that tells how.
pub fn decrypt(stream: &mut [u8], filepass: &[u8], is_biff8: bool, password: Option<&str>) -> Result<(), InputFault> {
    let cipher = match (is_biff8, u16_at(filepass, 0)) {
        (true, Some(1)) => rc4_cipher(&filepass[2..], password)?,
        (true, Some(0)) => xor_cipher(&filepass[2..], password)?,
        (false, _) => xor_cipher(filepass, password)?,
        _ => return Err(faults::unknown_encryption()),
    };
    let mut rc4 = None;
    let mut position = 0;
    while let (Some(kind), Some(length)) = (u16_at(stream, position), u16_at(stream, position + 2)) {
        let start = position + 4;
        let end = start.saturating_add(usize::from(length)).min(stream.len());
        // Where a sheet begins stands in the clear.
        let skipped = match kind {
            kind if CLEAR.contains(&kind) => end - start,
            BOUNDSHEET => 4.min(end - start),
            _ => 0,
        };
        match &cipher {
            Cipher::Xor(key) => {
                for (offset, byte) in stream[start..end].iter_mut().enumerate().skip(skipped) {
                    *byte = byte.rotate_left(3) ^ key[(end + offset) % 16];
                }
            }
            Cipher::Rc4(keys) => keys.apply(&mut rc4, stream, start + skipped, end),
        }
        position = end;
    }
    Ok(())
}

fn rc4_cipher(bytes: &[u8], password: Option<&str>) -> Result<Cipher, InputFault> {
    let incomplete = || faults::damaged("加密信息不完整", "what describes its encryption is incomplete");
    let version = u16_at(bytes, 0).zip(u16_at(bytes, 2)).ok_or_else(incomplete)?;
    let keys = match version {
        (1, 1) => {
            let (Some(salt), Some(verifier)) = (bytes.get(4..20), bytes.get(20..52)) else { return Err(incomplete()) };
            unlock(password, |password| {
                let keys = BlockKeys::md5(salt, password);
                keys.opens(verifier, |input| Md5::digest(input).to_vec()).then_some(keys)
            })?
        }
        (2..=4, 2) => {
            let header = bytes.get(8..).and_then(Header::read).ok_or_else(incomplete)?;
            if header.algorithm != RC4 {
                return Err(faults::unknown_encryption());
            }
            let hash = header.verifier_hash.get(..20).ok_or_else(incomplete)?;
            let verifier = [header.verifier, hash].concat();
            unlock(password, |password| {
                let keys = BlockKeys::sha1(&header, password);
                keys.opens(&verifier, |input| Sha1::digest(input).to_vec()).then_some(keys)
            })?
        }
        _ => return Err(faults::unknown_encryption()),
    };
    Ok(Cipher::Rc4(keys))
}

impl BlockKeys {
    fn md5(salt: &[u8], password: &str) -> BlockKeys {
        let hash = Md5::digest(utf16(password));
        let round = [&hash[..5], salt].concat();
        let mixed = Md5::digest(round.repeat(16));
        let mut key = [0; 5];
        key.copy_from_slice(&mixed[..5]);
        BlockKeys::Md5(key)
    }

    fn sha1(header: &Header<'_>, password: &str) -> BlockKeys {
        let hash = Sha1::digest([header.salt, &utf16(password)].concat());
        // Where no length is given, it is that of the oldest export rules.
        let bits = if header.key_bits == 0 { 40 } else { header.key_bits };
        BlockKeys::Sha1(hash.to_vec(), (bits as usize / 8).clamp(5, 16))
    }

    fn cipher(&self, block: u32) -> Option<Rc4> {
        let number = block.to_le_bytes();
        let key = match self {
            BlockKeys::Md5(key) => Md5::digest([&key[..], &number].concat()).to_vec(),
            BlockKeys::Sha1(hash, length) => {
                let mut key = Sha1::digest([hash.as_slice(), &number].concat())[..*length].to_vec();
                if *length == 5 {
                    key.resize(16, 0);
                }
                key
            }
        };
        Rc4::new_from_slice(&key).ok()
    }

    /// Whether the keys turn the verifier into 16 bytes and their hash.
    fn opens(&self, verifier: &[u8], hash: impl Fn(&[u8]) -> Vec<u8>) -> bool {
        let mut plain = verifier.to_vec();
        let Some(mut cipher) = self.cipher(0) else { return false };
        cipher.apply_keystream(&mut plain);
        hash(&plain[..16]) == plain[16..]
    }

    /// Decrypts the bytes from `from` to `to` of the stream. `state` keeps the cipher and where in the stream it stands;
    /// what lies between is passed over.
    fn apply(&self, state: &mut Option<(Rc4, usize)>, stream: &mut [u8], from: usize, to: usize) {
        let mut from = from;
        while from < to {
            let block = from / BLOCK;
            let (mut cipher, at) = match state.take() {
                Some((cipher, at)) if at / BLOCK == block && at <= from && !at.is_multiple_of(BLOCK) => (cipher, at),
                _ => match u32::try_from(block).ok().and_then(|block| self.cipher(block)) {
                    Some(cipher) => (cipher, block * BLOCK),
                    None => return,
                },
            };
            cipher.apply_keystream(&mut vec![0; from - at]);
            let end = to.min((block + 1) * BLOCK);
            cipher.apply_keystream(&mut stream[from..end]);
            *state = Some((cipher, end));
            from = end;
        }
    }
}

/// First words of the keys of the XOR method, by the length of the password.
const FIRST_WORDS: [u16; 15] = [
    0xE1F0, 0x1D0F, 0xCC9C, 0x84C0, 0x110C, 0x0E10, 0xF1CE, 0x313E, 0x1872, 0xE139, 0xD40F, 0x84F9, 0x280C, 0xA96A,
    0x4EC3,
];

/// What each bit of a password adds to the key, seven bits to a character, counted from the end.
const BIT_WORDS: [u16; 105] = [
    0xAEFC, 0x4DD9, 0x9BB2, 0x2745, 0x4E8A, 0x9D14, 0x2A09, 0x7B61, 0xF6C2, 0xFDA5, 0xEB6B, 0xC6F7, 0x9DCF, 0x2BBF,
    0x4563, 0x8AC6, 0x05AD, 0x0B5A, 0x16B4, 0x2D68, 0x5AD0, 0x0375, 0x06EA, 0x0DD4, 0x1BA8, 0x3750, 0x6EA0, 0xDD40,
    0xD849, 0xA0B3, 0x5147, 0xA28E, 0x553D, 0xAA7A, 0x44D5, 0x6F45, 0xDE8A, 0xAD35, 0x4A4B, 0x9496, 0x390D, 0x721A,
    0xEB23, 0xC667, 0x9CEF, 0x29FF, 0x53FE, 0xA7FC, 0x5FD9, 0x47D3, 0x8FA6, 0x0F6D, 0x1EDA, 0x3DB4, 0x7B68, 0xF6D0,
    0xB861, 0x60E3, 0xC1C6, 0x93AD, 0x377B, 0x6EF6, 0xDDEC, 0x45A0, 0x8B40, 0x06A1, 0x0D42, 0x1A84, 0x3508, 0x6A10,
    0xAA51, 0x4483, 0x8906, 0x022D, 0x045A, 0x08B4, 0x1168, 0x76B4, 0xED68, 0xCAF1, 0x85C3, 0x1BA7, 0x374E, 0x6E9C,
    0x3730, 0x6E60, 0xDCC0, 0xA9A1, 0x4363, 0x86C6, 0x1DAD, 0x3331, 0x6662, 0xCCC4, 0x89A9, 0x0373, 0x06E6, 0x0DCC,
    0x1021, 0x2042, 0x4084, 0x8108, 0x1231, 0x2462, 0x48C4,
];

/// What fills the sixteen bytes up after the password.
const PADDING: [u8; 15] = [0xBB, 0xFF, 0xFF, 0xBA, 0xFF, 0xFF, 0xB9, 0x80, 0, 0xBE, 0x0F, 0, 0xBF, 0x0F, 0];

/// `bytes` are the key and the verifier that the book keeps.
fn xor_cipher(bytes: &[u8], password: Option<&str>) -> Result<Cipher, InputFault> {
    let stored = u16_at(bytes, 0).zip(u16_at(bytes, 2));
    let (key, verifier) =
        stored.ok_or_else(|| faults::damaged("加密信息不完整", "what describes its encryption is incomplete"))?;
    unlock(password, |password| {
        // The method knows bytes only: those of the system that Chinese books were written on.
        let (bytes, _, _) = encoding_rs::GBK.encode(password);
        let password = &bytes[..bytes.len().min(15)];
        (!password.is_empty() && xor_verifier(password) == verifier && xor_key(password) == key)
            .then(|| Cipher::Xor(xor_bytes(password, key)))
    })
}

fn xor_verifier(password: &[u8]) -> u16 {
    let length = password.len() as u8;
    let all = std::iter::once(&length).chain(password).rev();
    all.fold(0_u16, |hash, &byte| ((hash << 1 & 0x7FFF) | hash >> 14 & 1) ^ u16::from(byte)) ^ 0xCE4B
}

fn xor_key(password: &[u8]) -> u16 {
    let mut key = FIRST_WORDS[password.len().clamp(1, 15) - 1];
    let bits = password.iter().rev().flat_map(|byte| (0..7).map(move |bit| byte >> (6 - bit) & 1));
    for (bit, word) in bits.zip(BIT_WORDS.iter().rev()) {
        key ^= if bit == 1 { *word } else { 0 };
    }
    key
}

fn xor_bytes(password: &[u8], key: u16) -> [u8; 16] {
    let mut bytes = [0; 16];
    let all = password.iter().chain(&PADDING);
    for (index, (byte, from)) in bytes.iter_mut().zip(all).enumerate() {
        *byte = (from ^ key.to_le_bytes()[index % 2]).rotate_left(2);
    }
    bytes
}
