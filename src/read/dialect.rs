//! How the fields of a delimited text are set apart, found out from its beginning.

/// How the fields of a text are set apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Dialect {
    pub delimiter: char,
    pub quote: u8,
    /// Whether the first line is `sep=…`, which names the delimiter and is no record.
    pub names_delimiter: bool,
}

/// Delimiters that are looked for, in the order in which they win a tie.
const DELIMITERS: [char; 8] = [',', '\t', ';', '|', '^', '，', '；', '｜'];

impl Dialect {
    /// The dialect that fits the beginning of a text best.
    pub fn sniff(sample: &str) -> Dialect {
        let first = sample.lines().next().unwrap_or("").trim_end();
        if let Some(named) = first.strip_prefix("sep=").or_else(|| first.strip_prefix("SEP=")) {
            let mut characters = named.chars();
            if let (Some(delimiter), None) = (characters.next(), characters.next()) {
                return Dialect { delimiter, quote: b'"', names_delimiter: true };
            }
        }
        let quote = if uses_single_quotes(sample) { b'\'' } else { b'"' };
        let mut best = (0.0, ',');
        for delimiter in DELIMITERS {
            let score = score(sample, delimiter, quote);
            if score > best.0 * 1.001 {
                best = (score, delimiter);
            }
        }
        Dialect { delimiter: best.1, quote, names_delimiter: false }
    }
}

/// Whether fields stand in single quotes: they open and close around separators, and double quotes do not.
fn uses_single_quotes(sample: &str) -> bool {
    let opens = |quote: char| {
        DELIMITERS.iter().map(|&d| sample.matches(&*format!("{quote}{d}{quote}")).count()).max().unwrap_or(0)
    };
    opens('\'') >= 2 && opens('"') == 0
}

/// How evenly `delimiter` divides the lines of a sample into fields.
fn score(sample: &str, delimiter: char, quote: u8) -> f64 {
    let mut counts: Vec<usize> = Vec::new();
    let mut sentences = 0;
    let mut rest = sample;
    while !rest.is_empty() && counts.len() < 200 {
        let mut fields = 1;
        let mut in_quotes = false;
        let mut at_start = true;
        let mut end = rest.len();
        let mut next = rest.len();
        for (position, c) in rest.char_indices() {
            if in_quotes {
                in_quotes = c != char::from(quote);
            } else if c == delimiter {
                fields += 1;
                at_start = true;
                continue;
            } else if c == char::from(quote) && at_start {
                in_quotes = true;
            } else if c == '\n' || c == '\r' {
                end = position;
                next = position + 1;
                break;
            }
            at_start = false;
        }
        if !rest[..end].trim().is_empty() {
            counts.push(fields);
            sentences += usize::from(rest[..end].trim_end().ends_with('。'));
        }
        rest = &rest[next..];
    }
    // The last line of a sample may be cut.
    if counts.len() > 3 {
        counts.pop();
    }
    let divided = counts.iter().filter(|&&count| count > 1).count();
    if divided == 0 {
        return 0.0;
    }
    let mut tally: std::collections::BTreeMap<usize, usize> = std::collections::BTreeMap::new();
    for &count in counts.iter().filter(|&&count| count > 1) {
        *tally.entry(count).or_default() += 1;
    }
    let (mode, lines) = tally.into_iter().max_by_key(|&(count, lines)| (lines, count)).unwrap_or((1, 0));
    let evenness = lines as f64 / divided as f64;
    let share = divided as f64 / counts.len() as f64;
    let is_prose = evenness < 0.6 || share < 0.5 || sentences * 2 > counts.len();
    if matches!(delimiter, '，' | '；') && is_prose {
        // A Chinese comma or semicolon stands in prose as well.
        return 0.0;
    }
    share * evenness * evenness * ((mode - 1) as f64).sqrt()
}
