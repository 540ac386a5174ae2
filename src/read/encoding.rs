//! Finds the encoding of a text by its content and decodes it block by block.

use std::io::{self, Read};
use std::ops::{ControlFlow, Range};

use encoding_rs::{BIG5, DecoderResult, Encoding, GB18030, UTF_8, UTF_16BE, UTF_16LE};
use rayon::prelude::*;

use super::content::{Content, ContentReader};

/// The encoding of a text and how sure that is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Detected {
    pub encoding: &'static Encoding,
    /// Bytes of a byte order mark to leave out.
    pub bom: u64,
    /// 0 to 100; 100 where the content proves or names it or the user said so.
    pub confidence: u8,
}

impl Detected {
    fn sure(encoding: &'static Encoding, bom: u64) -> Detected {
        Detected { encoding, bom, confidence: 100 }
    }

    /// The name to show: `UTF-8`, `UTF-8 BOM`, `GB18030`.
    pub fn name(&self) -> String {
        let name = shown_name(self.encoding);
        if self.encoding == UTF_8 && self.bom > 0 { "UTF-8 BOM".to_owned() } else { name.to_owned() }
    }
}

/// The name of an encoding as it is shown; GBK is the part of GB18030 that most texts keep to.
pub(super) fn shown_name(encoding: &'static Encoding) -> &'static str {
    if encoding == encoding_rs::GBK || encoding == GB18030 { "GB18030" } else { encoding.name() }
}

/// Bytes among which a line is sought to end.
const LINE: usize = 64 << 10;

/// Checks block by block whether bytes are UTF-8.
#[derive(Default)]
pub(super) struct Utf8Check {
    carry: Vec<u8>,
    /// Offset of the first byte that is not UTF-8.
    pub invalid_at: Option<u64>,
    seen: u64,
    /// Bytes that are NUL.
    pub nuls: u64,
    /// Whether U+FFFD stands in it, which is what an earlier conversion left of a text.
    pub has_lost_text: bool,
    /// The last two bytes of the block before.
    tail: [u8; 2],
}

impl Utf8Check {
    /// Checks a whole input, as many parts of it side by side as there are threads.
    pub fn of(content: &Content) -> io::Result<Utf8Check> {
        Utf8Check::in_parts(content, rayon::current_num_threads() as u64)
    }

    fn in_parts(content: &Content, parts: u64) -> io::Result<Utf8Check> {
        // A part begins behind a line end, which is never a byte inside a character.
        let mut starts = vec![0];
        for part in 1..parts {
            let from = content.len() / parts * part;
            let line_end = memchr::memchr(b'\n', &content.slice(from, LINE)?);
            starts.extend(line_end.map(|at| from + at as u64 + 1));
        }
        starts.dedup();
        let ends = starts.iter().skip(1).copied().chain([content.len()]);
        let ranges: Vec<Range<u64>> = starts.iter().copied().zip(ends).map(|(start, end)| start..end).collect();
        let check = |range: &Range<u64>| {
            let mut check = Utf8Check::default();
            let _ = content.visit(range.clone(), |block| {
                check.push(block);
                ControlFlow::Continue(())
            })?;
            check.finish();
            Ok(check)
        };
        let checks: Vec<io::Result<Utf8Check>> = ranges.par_iter().map(check).collect();
        let mut whole = Utf8Check::default();
        for (check, range) in checks.into_iter().zip(ranges) {
            let check = check?;
            whole.invalid_at = whole.invalid_at.or(check.invalid_at.map(|at| range.start + at));
            whole.nuls += check.nuls;
            whole.has_lost_text |= check.has_lost_text;
        }
        Ok(whole)
    }

    fn look_for_lost_text(&mut self, block: &[u8]) {
        const LOST: &[u8] = "\u{FFFD}".as_bytes();
        let seam = [&self.tail[..], &block[..block.len().min(2)]].concat();
        let is_lost = |bytes: &[u8]| memchr::memmem::find(bytes, LOST).is_some();
        self.has_lost_text = self.has_lost_text || is_lost(&seam) || is_lost(block);
        let end = [&self.tail[..], &block[block.len().saturating_sub(2)..]].concat();
        self.tail.copy_from_slice(&end[end.len() - 2..]);
    }

    pub fn push(&mut self, block: &[u8]) {
        self.nuls += memchr::memchr_iter(0, block).count() as u64;
        self.look_for_lost_text(block);
        if self.invalid_at.is_some() {
            return;
        }
        let mut block = block;
        // A character that the last block cut is completed with up to three bytes of this one.
        while !self.carry.is_empty() {
            let Some((&byte, rest)) = block.split_first() else { return };
            self.carry.push(byte);
            block = rest;
            match std::str::from_utf8(&self.carry) {
                Ok(_) => {
                    self.seen += self.carry.len() as u64;
                    self.carry.clear();
                }
                Err(error) if error.error_len().is_some() => {
                    self.invalid_at = Some(self.seen);
                    return;
                }
                Err(_) => {}
            }
        }
        let valid = Encoding::utf8_valid_up_to(block);
        self.seen += valid as u64;
        let rest = &block[valid..];
        if rest.is_empty() {
            return;
        }
        match std::str::from_utf8(rest) {
            Err(error) if error.error_len().is_none() => self.carry = rest.to_vec(),
            _ => self.invalid_at = Some(self.seen),
        }
    }

    /// To be called after the last block: a character that is cut off at the end is invalid too.
    pub fn finish(&mut self) {
        if self.invalid_at.is_none() && !self.carry.is_empty() {
            self.invalid_at = Some(self.seen);
        }
    }
}

/// The encoding named by a byte order mark.
pub(super) fn by_bom(head: &[u8]) -> Option<Detected> {
    let (encoding, length) = Encoding::for_bom(head)?;
    Some(Detected::sure(encoding, length as u64))
}

/// UTF-16 without a byte order mark: the line ends and separators show on which side the zero bytes stand.
pub(super) fn utf16_without_bom(head: &[u8]) -> Option<&'static Encoding> {
    let head = &head[..head.len().min(64 << 10) & !1];
    if head.len() < 8 {
        return None;
    }
    let (mut little, mut big, mut zero) = (0_usize, 0_usize, 0_usize);
    for pair in head.chunks_exact(2) {
        match (pair[0], pair[1]) {
            (0, 0) => zero += 1,
            (b'\t' | b'\n' | b'\r' | b' '..=b'~', 0) => little += 1,
            (0, b'\t' | b'\n' | b'\r' | b' '..=b'~') => big += 1,
            _ => {}
        }
    }
    let pairs = head.len() / 2;
    let enough = pairs.div_ceil(25).max(2);
    let encoding = if little >= enough && little > big * 20 {
        UTF_16LE
    } else if big >= enough && big > little * 20 {
        UTF_16BE
    } else {
        return None;
    };
    let (text, malformed) = encoding.decode_without_bom_handling(head);
    let odd = text.chars().filter(|&c| c.is_control() && !matches!(c, '\t' | '\n' | '\r')).count();
    // A pair that the sample cut at its end may be malformed; more than that is no UTF-16.
    (zero * 50 <= pairs && odd * 50 <= pairs && (!malformed || text.matches('\u{FFFD}').count() <= 1))
        .then_some(encoding)
}

/// Characters that stand in most tables of the field, simplified; some of them are the same in traditional writing.
const SIMPLIFIED: &str = "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里\
    号名机构称型别乡镇县区市省村卫院室医师护士职期日月季度数量率额合计是否备注填报单位电话联系身份证出姓性男女老龄儿童签约服务团队\
    门诊方长随访诊断病种药品处管理台账统开放预约转化健康血压糖慢层级质控制执业资格编实际情况表汇总明细建档更新录入核对审批完成未已达标";
/// The same for traditional writing, where it differs.
const TRADITIONAL: &str = "的一是不了在人有我他這個們中來上大為和國地到以說時要就出會可也你對生能而子那得於著下自之年過發後作裡\
    號名機構稱型別鄉鎮縣區市省村衛院室醫師護士職期日月季度數量率額合計是否備註填報單位電話聯繫身份證出姓性男女老齡兒童簽約服務團隊\
    門診方長隨訪診斷病種藥品處管理臺賬統開放預約轉化健康血壓糖慢層級質控制執業資格編實際情況表匯總明細建檔更新錄入核對審批完成未已達標";

/// Chooses the encoding of bytes that are not valid UTF-8 and have no byte order mark.
///
/// `sample` is a part of the content that holds bytes outside of ASCII. GB18030 is what Chinese administrations write;
/// another encoding has to be clearly better to be taken.
pub(super) fn guess(sample: &[u8]) -> Detected {
    let utf8 = mostly_utf8(sample);
    if let Some(confidence) = utf8 {
        return Detected { encoding: UTF_8, bom: 0, confidence };
    }
    let gb = Fit::of(GB18030, sample, SIMPLIFIED);
    if let Some(confidence) = partly_utf8(sample, &gb) {
        return Detected { encoding: UTF_8, bom: 0, confidence };
    }
    let big5 = Fit::of(BIG5, sample, TRADITIONAL);
    if gb.malformed_share() < 0.002 || (gb.is_plausible() && big5.malformed > gb.malformed) {
        let clearly_big5 = big5.malformed <= gb.malformed && big5.common_share() > gb.common_share() * 2.0 + 0.05;
        if clearly_big5 {
            return Detected { encoding: BIG5, bom: 0, confidence: big5.confidence(&gb) };
        }
        // A Western text in which accents stand alone decodes as a few rare Chinese characters by chance. The library takes longer than
        // all the rest of reading, so that it is asked about such texts only.
        if gb.common_share() < 0.02 && gb.wide * 20 < gb.ascii_letters {
            let western = guess_by_library(sample);
            if western.is_single_byte() {
                return Detected { encoding: western, bom: 0, confidence: 60 };
            }
        }
        return Detected { encoding: GB18030, bom: 0, confidence: gb.confidence(&big5) };
    }
    if big5.malformed_share() < 0.002 && big5.common_share() > 0.05 {
        return Detected { encoding: BIG5, bom: 0, confidence: big5.confidence(&gb) };
    }
    Detected { encoding: guess_by_library(sample), bom: 0, confidence: 50 }
}

fn guess_by_library(sample: &[u8]) -> &'static Encoding {
    let mut detector = chardetng::EncodingDetector::new(chardetng::Iso2022JpDetection::Deny);
    detector.feed(sample, true);
    detector.guess(Some(b"cn"), chardetng::Utf8Detection::Deny)
}

/// How sure it is that these bytes were written as UTF-8 and then damaged, as by cutting a text in mid-character.
fn mostly_utf8(sample: &[u8]) -> Option<u8> {
    let (mut valid, mut invalid) = (0_u64, 0_u64);
    for chunk in sample.utf8_chunks() {
        valid += chunk.valid().chars().filter(|c| !c.is_ascii()).count() as u64;
        invalid += u64::from(!chunk.invalid().is_empty());
    }
    // GB18030 text yields hardly any valid sequences, since its second bytes rarely are in 80–BF twice in a row.
    (valid >= 8 && valid >= invalid * 8).then(|| if valid >= invalid * 50 { 95 } else { 80 })
}

/// How sure it is that the greater part of these bytes is UTF-8 and the rest of another encoding, as where lines were
/// copied together: as GB18030 the words are none that anybody writes, as UTF-8 they are.
fn partly_utf8(sample: &[u8], gb: &Fit) -> Option<u8> {
    if gb.common_share() > 0.25 {
        return None;
    }
    let utf8 = Fit::of(UTF_8, sample, SIMPLIFIED);
    let is_read = utf8.wide >= 8 && utf8.wide > utf8.malformed && utf8.common_share() > 0.2;
    (is_read && gb.common_share() * 2.0 < utf8.common_share()).then_some(70)
}

/// How well a sample reads in an encoding.
struct Fit {
    /// Characters outside of ASCII.
    wide: usize,
    common: usize,
    malformed: usize,
    ascii_letters: usize,
}

impl Fit {
    fn of(encoding: &'static Encoding, sample: &[u8], common: &str) -> Fit {
        let (text, _) = encoding.decode_without_bom_handling(sample);
        let mut fit = Fit { wide: 0, common: 0, malformed: 0, ascii_letters: 0 };
        let mut frequent: Vec<char> = common.chars().collect();
        frequent.sort_unstable();
        for c in text.chars() {
            if c == '\u{FFFD}' {
                fit.malformed += 1;
            } else if !c.is_ascii() {
                fit.wide += 1;
                fit.common += usize::from(frequent.binary_search(&c).is_ok());
            } else if c.is_ascii_alphabetic() {
                fit.ascii_letters += 1;
            }
        }
        // The sample may end within a character.
        fit.malformed = fit.malformed.saturating_sub(1);
        fit
    }

    fn malformed_share(&self) -> f64 {
        self.malformed as f64 / (self.wide + self.malformed).max(1) as f64
    }

    fn common_share(&self) -> f64 {
        self.common as f64 / self.wide.max(1) as f64
    }

    fn is_plausible(&self) -> bool {
        self.malformed_share() < 0.05 && self.common_share() > 0.1
    }

    fn confidence(&self, rival: &Fit) -> u8 {
        let lead = (self.common_share() - rival.common_share()).clamp(0.0, 0.3) / 0.3;
        let length = (self.wide as f64 / 40.0).clamp(0.0, 1.0);
        let clean = 1.0 - (self.malformed_share() * 10.0).clamp(0.0, 0.5);
        ((60.0 + 39.0 * lead * (0.5 + 0.5 * length)) * clean) as u8
    }
}

/// A place whose bytes the encoding does not know.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Malformed {
    /// Line from 1.
    pub line: u64,
    /// Byte in the file from 0.
    pub byte: u64,
}

/// Decodes a text block by block. Bytes that the encoding does not know become `U+FFFD`, and are counted and located.
pub(super) struct TextReader {
    reader: ContentReader,
    decoder: encoding_rs::Decoder,
    raw: Vec<u8>,
    /// Part of `raw` that is not yet decoded.
    pending: std::ops::Range<usize>,
    /// Byte in the file at which `pending` begins.
    offset: u64,
    line: u64,
    ended: bool,
    pub malformed: u64,
    /// The first few places.
    pub places: Vec<Malformed>,
}

/// Bytes that are read and decoded at once.
const BLOCK: usize = 128 << 10;

impl TextReader {
    pub fn new(content: &Content, detected: &Detected) -> TextReader {
        TextReader::in_pieces(content, detected, BLOCK)
    }

    /// A reader that takes so many bytes at once.
    pub fn in_pieces(content: &Content, detected: &Detected, bytes: usize) -> TextReader {
        TextReader {
            reader: content.reader_at(detected.bom, content.len().saturating_sub(detected.bom)),
            decoder: detected.encoding.new_decoder_without_bom_handling(),
            raw: vec![0; bytes],
            pending: 0..0,
            offset: detected.bom,
            line: 1,
            ended: false,
            malformed: 0,
            places: Vec::new(),
        }
    }

    /// Adds some more text to `text`; `false` at the end.
    pub fn read_more(&mut self, text: &mut String) -> io::Result<bool> {
        let before = text.len();
        while text.len() == before {
            if self.pending.is_empty() {
                if self.ended {
                    return Ok(false);
                }
                let count = match self.reader.read(&mut self.raw) {
                    Ok(count) => count,
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                    Err(error) => return Err(error),
                };
                self.pending = 0..count;
                self.ended = count == 0;
            }
            self.decode(text);
        }
        Ok(true)
    }

    /// How much of the text has been decoded, in thousandths.
    pub fn thousandths(&self) -> u32 {
        (u128::from(self.offset) * 1000 / u128::from(self.reader.end().max(1))) as u32
    }

    /// The decoded text as bytes.
    pub fn into_read(self) -> impl Read + Send + 'static {
        TextBytes { reader: self, text: String::new(), taken: 0 }
    }

    fn decode(&mut self, text: &mut String) {
        loop {
            let input = &self.raw[self.pending.clone()];
            let needed = self.decoder.max_utf8_buffer_length_without_replacement(input.len()).unwrap_or(BLOCK * 4);
            text.reserve(needed);
            let start = text.len();
            let (result, used) = self.decoder.decode_to_string_without_replacement(input, text, self.ended);
            self.line += memchr::memchr_iter(b'\n', &text.as_bytes()[start..]).count() as u64;
            self.pending.start += used;
            self.offset += used as u64;
            match result {
                DecoderResult::Malformed(length, after) => {
                    self.malformed += 1;
                    if self.places.len() < 20 {
                        let back = u64::from(length) + u64::from(after);
                        self.places.push(Malformed { line: self.line, byte: self.offset.saturating_sub(back) });
                    }
                    text.push('\u{FFFD}');
                }
                DecoderResult::InputEmpty => return,
                DecoderResult::OutputFull => {}
            }
        }
    }
}

/// A decoded text as a stream of UTF-8 bytes.
struct TextBytes {
    reader: TextReader,
    text: String,
    taken: usize,
}

impl Read for TextBytes {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.taken >= self.text.len() {
            self.text.clear();
            self.taken = 0;
            self.reader.read_more(&mut self.text)?;
        }
        let rest = &self.text.as_bytes()[self.taken..];
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        self.taken += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "机构名称,值守日期,医师姓名,职称\n洛川县凤栖街道社区卫生服务中心,2023-12-04,张某,主治医师\n";

    #[test]
    fn chinese_encodings_are_told_apart() {
        let (gb, _, _) = GB18030.encode(TABLE);
        let found = guess(&gb);
        assert_eq!(found.encoding, GB18030);
        assert!(found.confidence >= 80, "{}", found.confidence);
        let (big5, _, _) = BIG5.encode("機構名稱,值守日期,醫師姓名,職稱\n衛生服務中心,2023-12-04,張某,主治醫師\n");
        assert_eq!(guess(&big5).encoding, BIG5);
        let (short, _, _) = GB18030.encode("姓名,电话\n");
        assert_eq!(guess(&short).encoding, GB18030);
        assert_eq!(
            guess(
                "caf\u{e9} au lait, très bon, un été à Paris, déjà vu\n"
                    .to_owned()
                    .chars()
                    .map(|c| c as u8)
                    .collect::<Vec<u8>>()
                    .as_slice()
            )
            .encoding,
            encoding_rs::WINDOWS_1252
        );
    }

    #[test]
    fn utf8_is_checked_across_blocks() {
        let bytes = TABLE.as_bytes();
        for size in [1, 2, 3, 5, 7] {
            let mut check = Utf8Check::default();
            bytes.chunks(size).for_each(|block| check.push(block));
            check.finish();
            assert_eq!(check.invalid_at, None);
        }
        let mut check = Utf8Check::default();
        bytes[..bytes.len() - 1].chunks(4).for_each(|block| check.push(block));
        check.push(&[0xe5]);
        check.finish();
        assert_eq!(check.invalid_at, Some(bytes.len() as u64 - 1));
    }

    #[test]
    fn parts_of_an_input_are_checked_like_the_whole() {
        let text = TABLE.repeat(50);
        let with = |at: usize, what: &[u8]| [&text.as_bytes()[..at], what, &text.as_bytes()[at..]].concat();
        let line = |part: usize| text[text.len() * part / 10..].find('\n').unwrap() + text.len() * part / 10;
        let broken = [with(line(2), b"\xe5\x9b"), with(line(7) + 1, b"\x9b\0"), with(text.len(), b"\xe5")];
        let lost = with(line(5), "\u{FFFD}".as_bytes());
        for bytes in broken.into_iter().chain([text.clone().into_bytes(), lost, b"\n".to_vec(), Vec::new()]) {
            let mut whole = Utf8Check::default();
            whole.push(&bytes);
            whole.finish();
            let content = Content::from_bytes(bytes);
            for parts in [1, 2, 3, 8] {
                let found = Utf8Check::in_parts(&content, parts).unwrap();
                let seen = |check: &Utf8Check| (check.invalid_at, check.nuls, check.has_lost_text);
                assert_eq!(seen(&found), seen(&whole), "{parts} parts");
            }
        }
    }

    #[test]
    fn damaged_utf8_stays_utf8() {
        let mut bytes = TABLE.as_bytes().to_vec();
        bytes.remove(3);
        assert_eq!(guess(&bytes).encoding, UTF_8);
    }

    #[test]
    fn a_line_of_another_encoding_does_not_turn_the_others_into_nonsense() {
        let line = "河口镇卫生院,2023-12-05,李某,副主任医师\n";
        let mixed = [TABLE.as_bytes(), &GB18030.encode(line).0[..]].concat();
        assert_eq!(guess(&mixed).encoding, UTF_8);
        let mixed = [&GB18030.encode(&TABLE.repeat(3)).0[..], line.as_bytes()].concat();
        assert_eq!(guess(&mixed).encoding, GB18030);
    }

    #[test]
    fn utf16_is_known_without_a_mark() {
        let wide: Vec<u8> = TABLE.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(utf16_without_bom(&wide), Some(UTF_16LE));
        let wide: Vec<u8> = TABLE.encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(utf16_without_bom(&wide), Some(UTF_16BE));
        assert_eq!(utf16_without_bom(TABLE.as_bytes()), None);
    }

    #[test]
    fn undecodable_bytes_are_located() {
        let (gb, _, _) = GB18030.encode(TABLE);
        let mut bytes = gb.into_owned();
        let second = bytes.iter().position(|&b| b == b'\n').unwrap() + 1;
        bytes.insert(second, 0xff);
        let content = Content::from_bytes(bytes);
        let mut reader = TextReader::new(&content, &Detected::sure(GB18030, 0));
        let mut text = String::new();
        while reader.read_more(&mut text).unwrap() {}
        assert_eq!(reader.malformed, 1);
        assert_eq!(reader.places, [Malformed { line: 2, byte: second as u64 }]);
        assert_eq!(text.replace('\u{FFFD}', ""), TABLE);
    }
}
