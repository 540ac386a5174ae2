//! Encrypted OOXML packages: the agile method (AES in CBC mode, described in XML) and the standard one (AES in ECB mode).

use std::io::Cursor;

use aes::cipher::{Array, BlockCipherDecrypt, BlockSizeUser, KeyInit, consts::U16};
use aes::{Aes128, Aes192, Aes256};
use base64::Engine;
use quick_xml::events::{BytesStart, Event};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};

use super::super::cfb::Compound;
use super::super::faults;
use super::super::limits::Limits;
use super::super::xml::{Xml, attribute};
use super::{Header, u16_at, unlock, utf16};
use crate::diag::InputFault;

/// Rounds of hashing that are done at most; Office writes 100,000.
const MOST_ROUNDS: u32 = 2_000_000;
/// Bytes of the package that share an initialisation vector.
const SEGMENT: usize = 4096;
/// AES with 128 bits; the sizes are in the same order.
const AES: std::ops::RangeInclusive<u32> = 0x660E..=0x6610;

/// The decrypted package of a compound file that holds one.
pub fn decrypt(compound: &Compound, password: Option<&str>, limits: &Limits) -> Result<Vec<u8>, InputFault> {
    let stream = |name: &str| compound.find(name).ok_or_else(incomplete).and_then(|entry| compound.stream(entry));
    let info = stream("EncryptionInfo")?;
    let package = stream("EncryptedPackage")?;
    let (major, minor) = u16_at(&info, 0).zip(u16_at(&info, 2)).ok_or_else(incomplete)?;
    let key: PackageKey = match (major, minor) {
        (4, 4) => {
            let agile = Agile::read(info.get(8..).unwrap_or_default(), limits)?;
            unlock(password, |password| agile.key(password))?
        }
        (2..=4, 2) => {
            let header = info.get(8..).and_then(Header::read).ok_or_else(incomplete)?;
            if !AES.contains(&header.algorithm) {
                return Err(unknown_method());
            }
            unlock(password, |password| standard_key(&header, password))?
        }
        _ => return Err(unknown_method()),
    };
    key.decrypt(&package).ok_or_else(incomplete)
}

fn incomplete() -> InputFault {
    faults::damaged("加密信息不完整", "what describes its encryption is incomplete")
}

fn unknown_method() -> InputFault {
    faults::unknown_encryption()
}

/// The key of a package and how it is used.
struct PackageKey {
    key: Vec<u8>,
    /// Hash and salt of the initialisation vectors; none where the blocks stand by themselves.
    vectors: Option<(Hash, Vec<u8>)>,
}

impl PackageKey {
    /// The package behind the eight bytes that say how long it is.
    fn decrypt(&self, stream: &[u8]) -> Option<Vec<u8>> {
        let size = u64::from_le_bytes(stream.get(..8)?.try_into().ok()?);
        let body = &stream[8..];
        let mut plain = match &self.vectors {
            None => aes(&self.key, None, body)?,
            Some((hash, salt)) => {
                let mut plain = Vec::with_capacity(body.len());
                for (number, segment) in (0_u32..).zip(body.chunks(SEGMENT)) {
                    let vector = vector(&hash.of(&[salt, &number.to_le_bytes()]));
                    plain.extend(aes(&self.key, Some(vector), segment)?);
                }
                plain
            }
        };
        plain.truncate(usize::try_from(size).unwrap_or(usize::MAX));
        Some(plain)
    }
}

/// The hash functions that writers use.
#[derive(Clone, Copy)]
enum Hash {
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    fn of_name(name: &str) -> Option<Hash> {
        Some(match name.replace('-', "").to_ascii_uppercase().as_str() {
            "SHA1" => Hash::Sha1,
            "SHA256" => Hash::Sha256,
            "SHA384" => Hash::Sha384,
            "SHA512" => Hash::Sha512,
            _ => return None,
        })
    }

    fn of(self, parts: &[&[u8]]) -> Vec<u8> {
        fn digest<D: Digest>(parts: &[&[u8]]) -> Vec<u8> {
            let mut hasher = D::new();
            parts.iter().for_each(|part| hasher.update(part));
            hasher.finalize().to_vec()
        }
        match self {
            Hash::Sha1 => digest::<Sha1>(parts),
            Hash::Sha256 => digest::<Sha256>(parts),
            Hash::Sha384 => digest::<Sha384>(parts),
            Hash::Sha512 => digest::<Sha512>(parts),
        }
    }

    /// The password hashed over and over, so that trying many takes long.
    fn stretched(self, salt: &[u8], password: &str, rounds: u32) -> Vec<u8> {
        let mut hash = self.of(&[salt, &utf16(password)]);
        for round in 0..rounds {
            hash = self.of(&[&round.to_le_bytes(), &hash]);
        }
        hash
    }
}

/// The first 16 bytes of a hash, filled up where it is shorter.
fn vector(hash: &[u8]) -> [u8; 16] {
    let mut vector = [0x36; 16];
    let length = hash.len().min(16);
    vector[..length].copy_from_slice(&hash[..length]);
    vector
}

/// Decrypts whole blocks with AES, chained from `vector` on where there is one; a last part of a block is left out.
fn aes(key: &[u8], vector: Option<[u8; 16]>, data: &[u8]) -> Option<Vec<u8>> {
    fn blocks<C>(key: &[u8], vector: Option<[u8; 16]>, data: &[u8]) -> Option<Vec<u8>>
    where
        C: KeyInit + BlockCipherDecrypt + BlockSizeUser<BlockSize = U16>,
    {
        let cipher = C::new_from_slice(key).ok()?;
        let mut plain = Vec::with_capacity(data.len());
        let mut before = vector;
        for chunk in data.chunks_exact(16) {
            let chunk: [u8; 16] = chunk.try_into().ok()?;
            let mut block = Array::from(chunk);
            cipher.decrypt_block(&mut block);
            match &mut before {
                Some(before) => {
                    plain.extend(block.iter().zip(before.iter()).map(|(one, other)| one ^ other));
                    *before = chunk;
                }
                None => plain.extend_from_slice(&block),
            }
        }
        Some(plain)
    }
    match key.len() {
        16 => blocks::<Aes128>(key, vector, data),
        24 => blocks::<Aes192>(key, vector, data),
        32 => blocks::<Aes256>(key, vector, data),
        _ => None,
    }
}

/// The key of the standard method; `None` where the password is wrong.
fn standard_key(header: &Header<'_>, password: &str) -> Option<PackageKey> {
    let hash = Hash::Sha1;
    let last = hash.of(&[&hash.stretched(header.salt, password, 50_000), &0_u32.to_le_bytes()]);
    let mixed = |byte: u8| {
        let mut block = [byte; 64];
        block.iter_mut().zip(&last).for_each(|(one, other)| *one ^= other);
        hash.of(&[&block])
    };
    let mut key = mixed(0x36);
    key.extend(mixed(0x5C));
    key.truncate(match header.key_bits {
        0 => 16,
        bits => bits as usize / 8,
    });
    let verifier = aes(&key, None, header.verifier)?;
    let expected = aes(&key, None, header.verifier_hash.get(..32)?)?;
    (hash.of(&[&verifier]) == expected.get(..20)?).then_some(PackageKey { key, vectors: None })
}

/// What the XML of the agile method says.
struct Agile {
    package_hash: Hash,
    package_salt: Vec<u8>,
    hash: Hash,
    salt: Vec<u8>,
    rounds: u32,
    key_bytes: usize,
    verifier_input: Vec<u8>,
    verifier_hash: Vec<u8>,
    key_value: Vec<u8>,
}

impl Agile {
    fn read(xml: &[u8], limits: &Limits) -> Result<Agile, InputFault> {
        let mut xml = Xml::new(Cursor::new(xml.to_vec()), limits);
        let mut package = None;
        loop {
            match xml.next()? {
                Event::Start(start) | Event::Empty(start) => match start.local_name().as_ref() {
                    "keyData" => {
                        if !is_known_cipher(&start) {
                            return Err(unknown_method());
                        }
                        package = hash_of(&start).zip(bytes_of(&start, "saltValue"));
                    }
                    "encryptedKey" => {
                        if !is_known_cipher(&start) || hash_of(&start).is_none() {
                            return Err(unknown_method());
                        }
                        return Agile::of(package.take(), &start).ok_or_else(incomplete);
                    }
                    _ => {}
                },
                // A package that only opens with a certificate has no key for a password.
                Event::Eof => return Err(unknown_method()),
                _ => {}
            }
        }
    }

    fn of(package: Option<(Hash, Vec<u8>)>, start: &BytesStart<'_>) -> Option<Agile> {
        let (package_hash, package_salt) = package?;
        let number = |name: &str| attribute(start, name)?.trim().parse::<u32>().ok();
        Some(Agile {
            package_hash,
            package_salt,
            hash: hash_of(start)?,
            salt: bytes_of(start, "saltValue")?,
            rounds: number("spinCount").filter(|&rounds| rounds <= MOST_ROUNDS)?,
            key_bytes: number("keyBits")? as usize / 8,
            verifier_input: bytes_of(start, "encryptedVerifierHashInput")?,
            verifier_hash: bytes_of(start, "encryptedVerifierHashValue")?,
            key_value: bytes_of(start, "encryptedKeyValue")?,
        })
    }

    /// The key of the package; `None` where the password is wrong.
    fn key(&self, password: &str) -> Option<PackageKey> {
        let stretched = self.hash.stretched(&self.salt, password, self.rounds);
        let opened = |purpose: [u8; 8], data: &[u8]| {
            let mut key = self.hash.of(&[&stretched, &purpose]);
            key.resize(self.key_bytes, 0x36);
            aes(&key, Some(vector(&self.salt)), data)
        };
        let input = opened([0xFE, 0xA7, 0xD2, 0x76, 0x3B, 0x4B, 0x9E, 0x79], &self.verifier_input)?;
        let expected = opened([0xD7, 0xAA, 0x0F, 0x6D, 0x30, 0x61, 0x34, 0x4E], &self.verifier_hash)?;
        let hash = self.hash.of(&[&input]);
        if expected.get(..hash.len())? != hash {
            return None;
        }
        let mut key = opened([0x14, 0x6E, 0x0B, 0xE7, 0xAB, 0xAC, 0xD0, 0xD6], &self.key_value)?;
        key.truncate(self.key_bytes);
        Some(PackageKey { key, vectors: Some((self.package_hash, self.package_salt.clone())) })
    }
}

fn is_known_cipher(start: &BytesStart<'_>) -> bool {
    let is = |name: &str, value: &str| attribute(start, name).is_some_and(|found| found == value);
    is("cipherAlgorithm", "AES") && is("cipherChaining", "ChainingModeCBC")
}

fn hash_of(start: &BytesStart<'_>) -> Option<Hash> {
    Hash::of_name(&attribute(start, "hashAlgorithm")?)
}

fn bytes_of(start: &BytesStart<'_>, name: &str) -> Option<Vec<u8>> {
    base64::prelude::BASE64_STANDARD.decode(attribute(start, name)?.trim()).ok()
}
