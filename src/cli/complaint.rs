//! What a command refuses or fails to do, in both languages, and the one place that chooses between them.

use std::fmt;
use std::io;
use std::path::Path;

use crate::diag;
use crate::model::{Lang, Localized};

/// A fault of usage, configuration or surroundings, with what caused it.
#[derive(Debug)]
pub struct Complaint {
    text: Localized,
    cause: Option<anyhow::Error>,
}

/// A complaint in both languages.
pub fn complaint(zh: impl Into<String>, en: impl Into<String>) -> Complaint {
    Complaint { text: Localized::new(zh, en), cause: None }
}

/// That the file was there before and stays as it is.
pub fn exists(path: &Path) -> Complaint {
    let path = path.display();
    complaint(format!("{path} 已存在，未改动"), format!("{path} exists already and was left alone"))
}

/// That `--format` gives `format`, where this command has JSON only.
pub fn only_json(format: &str) -> Complaint {
    complaint(format!("--format {format}：此处只有 json"), format!("--format {format}: only json is to be had here"))
}

/// That what was `given` is none of the `known` names.
pub fn choose(given: &str, zh: &str, en: &str, known: &[&str]) -> Complaint {
    complaint(
        format!("{given}：{zh}，可选 {}", list(known, Lang::Zh)),
        format!("{given}: {en}; there are {}", list(known, Lang::En)),
    )
}

/// What is wrong with what was `given`.
pub fn about(given: &str, why: &Localized) -> Complaint {
    complaint(format!("{given}：{}", why.zh), format!("{given}: {}", why.en))
}

impl Complaint {
    /// The complaint with what stands behind it.
    pub fn because(self, cause: impl Into<anyhow::Error>) -> Complaint {
        Complaint { cause: Some(cause.into()), ..self }
    }
}

/// Chinese, the house's first language; [`told`] gives the user's.
impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text.zh)
    }
}

impl std::error::Error for Complaint {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause.as_ref().map(|cause| &**cause as &(dyn std::error::Error + 'static))
    }
}

/// The error in the language of the user, with what caused it, each cause after the one that it caused.
pub fn told(error: &anyhow::Error, lang: Lang) -> String {
    let texts: Vec<String> = error
        .chain()
        .map(|cause| match (cause.downcast_ref::<Complaint>(), cause.downcast_ref::<io::Error>()) {
            (Some(complaint), _) => complaint.text.get(lang).to_owned(),
            (_, Some(error)) => diag::io_reason(error).get(lang).to_owned(),
            _ => cause.to_string(),
        })
        .collect();
    texts.join(colon(lang))
}

/// What stands between a name and what is said of it.
pub fn colon(lang: Lang) -> &'static str {
    match lang {
        Lang::Zh => "：",
        Lang::En => ": ",
    }
}

/// Names that one can choose from, as a list.
pub fn list<T: AsRef<str>>(names: &[T], lang: Lang) -> String {
    let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    names.join(match lang {
        Lang::Zh => "、",
        Lang::En => ", ",
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Context;

    #[test]
    fn each_cause_is_told_in_the_language_of_the_user() {
        let refused = io::Error::from(io::ErrorKind::PermissionDenied);
        let inner = Err::<(), _>(complaint("写不出", "cannot be written").because(refused)).context("a.xlsx");
        let error = anyhow::Error::new(complaint("没有完成", "not finished").because(inner.unwrap_err()));
        assert_eq!(told(&error, Lang::Zh), "没有完成：a.xlsx：写不出：没有权限");
        assert_eq!(told(&error, Lang::En), "not finished: a.xlsx: cannot be written: permission denied");
    }
}
