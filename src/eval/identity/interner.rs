//! Keys by number: each different byte string is kept once.

use crate::model::hash_bytes;

/// Different byte strings, each with a number; compact, since there may be millions.
#[derive(Debug, Default)]
pub(in crate::eval) struct Interner {
    bytes: Vec<u8>,
    ends: Vec<usize>,
    /// Number + 1 at the place the hash names, with the hash above it, so that hardly any other key is looked at; 0 where
    /// free.
    table: Vec<u64>,
}

/// Some keys that are sought together.
#[derive(Debug, Default)]
pub(in crate::eval) struct KeyList {
    bytes: Vec<u8>,
    ends: Vec<usize>,
    hashes: Vec<u64>,
}

impl KeyList {
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
        self.hashes.clear();
    }

    /// Adds the key that `write` writes behind the others; none where it answers `false`.
    pub fn add(&mut self, write: impl FnOnce(&mut Vec<u8>) -> bool) -> bool {
        let start = self.bytes.len();
        let is_key = write(&mut self.bytes);
        if is_key {
            self.ends.push(self.bytes.len());
            self.hashes.push(table_hash(&self.bytes[start..]));
        } else {
            self.bytes.truncate(start);
        }
        is_key
    }

    fn get(&self, at: usize) -> &[u8] {
        let start = if at == 0 { 0 } else { self.ends[at - 1] };
        &self.bytes[start..self.ends[at]]
    }
}

/// The part of the hash that stands in the table.
fn table_hash(key: &[u8]) -> u64 {
    hash_bytes(key) >> 32
}

impl Interner {
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn get(&self, number: u32) -> &[u8] {
        let number = number as usize;
        let start = if number == 0 { 0 } else { self.ends[number - 1] };
        &self.bytes[start..self.ends[number]]
    }

    /// The number of a key, a new one where it was never seen.
    pub fn number(&mut self, key: &[u8]) -> u32 {
        self.number_at(key, table_hash(key))
    }

    /// Gives the number of each key of the list to `take`, in order.
    pub fn numbers(&mut self, list: &KeyList, mut take: impl FnMut(u32)) {
        // With millions of keys the places in the table are far apart. Looked at side by side they are waited for together.
        let mask = self.table.len().wrapping_sub(1);
        let place = |hash: &u64| self.table.get(*hash as usize & mask).copied().unwrap_or_default();
        std::hint::black_box(list.hashes.iter().map(place).fold(0, |all, entry| all ^ entry));
        for (at, hash) in list.hashes.iter().enumerate() {
            take(self.number_at(list.get(at), *hash));
        }
    }

    fn number_at(&mut self, key: &[u8], hash: u64) -> u32 {
        if self.table.len() < (self.len() + 1) * 2 {
            self.grow();
        }
        let mask = self.table.len() - 1;
        let mut place = hash as usize & mask;
        loop {
            let entry = self.table[place];
            let found = entry as u32;
            if found == 0 {
                break;
            }
            if entry >> 32 == hash && self.get(found - 1) == key {
                return found - 1;
            }
            place = (place + 1) & mask;
        }
        self.bytes.extend_from_slice(key);
        self.ends.push(self.bytes.len());
        self.table[place] = hash << 32 | self.len() as u64;
        self.len() as u32 - 1
    }

    fn grow(&mut self) {
        let size = (self.table.len() * 2).max(64);
        let before = std::mem::replace(&mut self.table, vec![0; size]);
        for entry in before.into_iter().filter(|entry| *entry != 0) {
            let mut place = (entry >> 32) as usize & (size - 1);
            while self.table[place] != 0 {
                place = (place + 1) & (size - 1);
            }
            self.table[place] = entry;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interned_keys_keep_their_numbers() {
        let mut interner = Interner::default();
        let numbers: Vec<u32> = (0..1000_u32).map(|n| interner.number(&n.to_le_bytes())).collect();
        for (n, number) in numbers.iter().enumerate() {
            assert_eq!(interner.number(&(n as u32).to_le_bytes()), *number);
            assert_eq!(interner.get(*number), (n as u32).to_le_bytes());
        }
        assert_eq!(interner.len(), 1000);
        let mut list = KeyList::default();
        for n in 990..1010_u32 {
            assert!(list.add(|bytes| {
                bytes.extend(n.to_le_bytes());
                true
            }));
            assert!(!list.add(|bytes| {
                bytes.push(0);
                false
            }));
        }
        let mut numbers = Vec::new();
        interner.numbers(&list, |number| numbers.push(number));
        assert_eq!(numbers, (990..1010).collect::<Vec<u32>>());
    }
}
