//! The bytes of an input, in a file or in memory, read from any place and by several readers at once.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::{ControlFlow, Range};
use std::sync::Arc;

use sha2::{Digest, Sha256};

/// The bytes of one input. Cloning is cheap and each clone can be read by itself.
#[derive(Clone)]
pub(super) enum Content {
    File(Arc<File>, u64),
    Memory(Arc<Vec<u8>>),
}

impl Content {
    pub fn from_file(file: File) -> io::Result<Content> {
        let size = file.metadata()?.len();
        Ok(Content::File(Arc::new(file), size))
    }

    pub fn from_bytes(bytes: Vec<u8>) -> Content {
        Content::Memory(Arc::new(bytes))
    }

    pub fn len(&self) -> u64 {
        match self {
            Content::File(_, size) => *size,
            Content::Memory(bytes) => bytes.len() as u64,
        }
    }

    /// Reads some bytes from `offset` on; 0 at the end.
    pub fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Content::File(file, _) => read_file_at(file, offset, buffer),
            Content::Memory(bytes) => {
                let start = usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len());
                let rest = &bytes[start..];
                let count = rest.len().min(buffer.len());
                buffer[..count].copy_from_slice(&rest[..count]);
                Ok(count)
            }
        }
    }

    /// Up to `count` bytes from `offset` on.
    pub fn slice(&self, offset: u64, count: usize) -> io::Result<Vec<u8>> {
        let left = self.len().saturating_sub(offset);
        let mut bytes = Vec::new();
        self.reader_at(offset, left.min(count as u64)).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// A reader of all bytes.
    pub fn reader(&self) -> ContentReader {
        self.reader_at(0, self.len())
    }

    /// A reader of `count` bytes from `start` on.
    pub fn reader_at(&self, start: u64, count: u64) -> ContentReader {
        ContentReader { content: self.clone(), start, end: start.saturating_add(count), position: start }
    }

    /// All bytes in memory; the caller has checked the size.
    pub fn bytes(&self) -> io::Result<Arc<Vec<u8>>> {
        match self {
            Content::Memory(bytes) => Ok(bytes.clone()),
            Content::File(..) => {
                let mut bytes = Vec::new();
                self.reader().read_to_end(&mut bytes)?;
                Ok(Arc::new(bytes))
            }
        }
    }

    /// Gives all bytes to `visit` block by block and returns their SHA-256 in lower-case hexadecimal digits.
    pub fn digest(&self, mut visit: impl FnMut(&[u8])) -> io::Result<String> {
        let mut hasher = Sha256::new();
        let _ = self.visit(0..self.len(), |block| {
            hasher.update(block);
            visit(block);
            ControlFlow::Continue(())
        })?;
        Ok(hex(hasher))
    }

    /// The same without a look at the bytes; `None` where it was told to stop.
    pub fn digest_unless(&self, is_stopped: impl Fn() -> bool) -> io::Result<Option<String>> {
        let mut hasher = Sha256::new();
        let seen = self.visit(0..self.len(), |block| {
            if is_stopped() {
                return ControlFlow::Break(());
            }
            hasher.update(block);
            ControlFlow::Continue(())
        })?;
        Ok(seen.is_continue().then(|| hex(hasher)))
    }

    /// Gives the bytes of a part to `visit` block by block until it says that it has enough.
    pub fn visit(
        &self,
        part: Range<u64>,
        mut visit: impl FnMut(&[u8]) -> ControlFlow<()>,
    ) -> io::Result<ControlFlow<()>> {
        let length = part.end.saturating_sub(part.start);
        // One byte more, so that the end shows at the first look.
        let mut buffer = vec![0; length.saturating_add(1).min(256 << 10) as usize];
        let mut reader = self.reader_at(part.start, length);
        loop {
            match reader.read(&mut buffer) {
                Ok(0) => return Ok(ControlFlow::Continue(())),
                Ok(count) => {
                    if visit(&buffer[..count]).is_break() {
                        return Ok(ControlFlow::Break(()));
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

fn hex(hasher: Sha256) -> String {
    hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(unix)]
fn read_file_at(file: &File, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, offset)
}

#[cfg(windows)]
fn read_file_at(file: &File, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, offset)
}

/// Reads a part of a [`Content`].
#[derive(Clone)]
pub(super) struct ContentReader {
    content: Content,
    start: u64,
    end: u64,
    position: u64,
}

impl ContentReader {
    /// The byte of the content at which the part ends.
    pub fn end(&self) -> u64 {
        self.end
    }
}

impl Read for ContentReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.end.saturating_sub(self.position)).unwrap_or(usize::MAX);
        let wanted = left.min(buffer.len());
        let count = self.content.read_at(self.position, &mut buffer[..wanted])?;
        self.position += count as u64;
        Ok(count)
    }
}

impl Seek for ContentReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(offset) => self.start.checked_add(offset),
            SeekFrom::End(offset) => self.end.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
        };
        let outside = || io::Error::new(io::ErrorKind::InvalidInput, "a place outside of the input");
        let target = target.filter(|&target| target >= self.start).ok_or_else(outside)?;
        self.position = target;
        Ok(target - self.start)
    }
}
