//! Rust text taken apart just far enough to tell code from comments and string literals.

/// The code of a file and its string literals, each with the line it starts on.
#[derive(Debug, Default)]
pub(crate) struct RustText {
    /// The text with comments and the insides of literals left out, line breaks kept.
    pub(crate) code: String,
    /// Lines count from 1; escapes are left as written.
    pub(crate) strings: Vec<(usize, String)>,
}

impl RustText {
    /// Takes a file apart. Text that is no Rust yields something or other, never a panic.
    pub(crate) fn read(text: &str) -> Self {
        let mut reader = Reader { rest: text, line: 1, found: Self::default() };
        while reader.step() {}
        reader.found
    }

    /// The lines on which one of these words stands as a whole word followed by `after`.
    pub(crate) fn lines_with(&self, words: &[&str], after: &str) -> Vec<(usize, String)> {
        let lines = self.code.lines().zip(1..);
        lines
            .flat_map(|(line, number)| words.iter().map(move |word| (line, number, *word)))
            .filter(|(line, _, word)| has_word(line, word, after))
            .map(|(_, number, word)| (number, word.to_owned()))
            .collect()
    }
}

/// True if `word` stands in the line, not as the end of a longer word, and `after` follows it at once.
fn has_word(line: &str, word: &str, after: &str) -> bool {
    line.match_indices(word)
        .any(|(at, _)| !line[..at].ends_with(is_name) && line[at + word.len()..].starts_with(after))
}

fn is_name(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

struct Reader<'a> {
    rest: &'a str,
    line: usize,
    found: RustText,
}

impl<'a> Reader<'a> {
    /// Takes the next comment, literal or single character; false at the end.
    fn step(&mut self) -> bool {
        let Some(first) = self.rest.chars().next() else { return false };
        if self.rest.starts_with("//") {
            self.drop_bytes(self.rest.find('\n').unwrap_or(self.rest.len()));
        } else if self.rest.starts_with("/*") {
            self.drop_bytes(block_comment(self.rest));
        } else if let Some(hashes) = self.raw_string() {
            self.string(hashes + 2, &format!("\"{}", "#".repeat(hashes)), false);
        } else if first == '"' {
            self.string(1, "\"", true);
        } else if first == '\'' {
            self.drop_bytes(char_literal(self.rest));
        } else {
            self.found.code.push(first);
            self.drop_bytes(first.len_utf8());
        }
        true
    }

    /// The number of hashes if a raw string starts here: `r"`, `r#"`, also after `b` or `c`, which are code already.
    fn raw_string(&self) -> Option<usize> {
        let after = self.rest.strip_prefix('r')?;
        let hashes = after.len() - after.trim_start_matches('#').len();
        let prefix = self.found.code.trim_end_matches(['b', 'c']);
        (after[hashes..].starts_with('"') && !prefix.ends_with(is_name)).then_some(hashes)
    }

    fn string(&mut self, opening: usize, closing: &str, escapes: bool) {
        let inside = &self.rest[opening..];
        let end = end_of_string(inside, closing, escapes);
        self.found.strings.push((self.line, inside[..end].to_owned()));
        self.found.code.push_str("\"\"");
        self.drop_bytes((opening + end + closing.len()).min(self.rest.len()));
    }

    /// Leaves these bytes out of the code, but not their line breaks.
    fn drop_bytes(&mut self, count: usize) {
        let (dropped, rest) = self.rest.split_at(count);
        let breaks = dropped.matches('\n').count();
        if breaks > 0 && dropped != "\n" {
            self.found.code.push_str(&"\n".repeat(breaks));
        }
        self.line += breaks;
        self.rest = rest;
    }
}

/// Block comments nest.
fn block_comment(text: &str) -> usize {
    let mut depth = 0_u32;
    let mut at = 0;
    while at < text.len() {
        let step = match &text.as_bytes()[at..] {
            [b'/', b'*', ..] => {
                depth += 1;
                2
            }
            [b'*', b'/', ..] => {
                depth = depth.saturating_sub(1);
                2
            }
            _ => 1,
        };
        at += step;
        if depth == 0 {
            break;
        }
    }
    text.ceil_char_boundary(at.min(text.len()))
}

fn end_of_string(inside: &str, closing: &str, escapes: bool) -> usize {
    let mut escaped = false;
    for (at, c) in inside.char_indices() {
        if escaped {
            escaped = false;
        } else if escapes && c == '\\' {
            escaped = true;
        } else if inside[at..].starts_with(closing) {
            return at;
        }
    }
    inside.len()
}

/// The length of a character literal, or of the lone quote of a lifetime.
fn char_literal(text: &str) -> usize {
    let mut chars = text.char_indices().skip(1);
    match (chars.next(), chars.next()) {
        (Some((_, '\\')), Some((at, c))) => {
            let from = at + c.len_utf8();
            text[from..].find('\'').map_or(text.len(), |end| from + end + 1)
        }
        (Some(_), Some((at, '\''))) => at + 1,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strings(text: &str) -> Vec<String> {
        RustText::read(text).strings.into_iter().map(|(_, string)| string).collect()
    }

    #[test]
    fn string_literals_are_found_in_every_form() {
        let cases: &[(&str, &[&str])] = &[
            (r#"let a = "one"; b("two")"#, &["one", "two"]),
            (r#"a = "say \"hi\" \\""#, &[r#"say \"hi\" \\"#]),
            (r###"r"raw\" r#"with "quotes""# br##"a"#b"##"###, &["raw\\", "with \"quotes\"", "a\"#b"]),
            (r#"b"bytes" c"c""#, &["bytes", "c"]),
            (r#"var"not raw""#, &["not raw"]),
            (
                r#"// "comment"
                /* "block /* nested" */ "still" */ "real""#,
                &["real"],
            ),
            (r#"'"' "after a quote" '\'' '\u{22}' 'ä' "end""#, &["after a quote", "end"]),
            (r#"fn f<'a>(x: &'a str) -> &'a str { "x" }"#, &["x"]),
            (r#""never closed"#, &["never closed"]),
            ("/* never closed \"", &[]),
        ];
        for (text, expected) in cases {
            assert_eq!(strings(text), *expected, "{text}");
        }
    }

    #[test]
    fn lines_are_counted_through_comments_and_strings() {
        let text = RustText::read("/* a\nb */\nx(\"one\ntwo\");\n// c\ny(\"three\");\n");
        assert_eq!(text.strings, [(3, "one\ntwo".to_owned()), (6, "three".to_owned())]);
        assert_eq!(text.lines_with(&["y"], "("), [(6, "y".to_owned())]);
    }

    #[test]
    fn a_word_is_a_whole_word_of_code() {
        let text = RustText::read("eprintln!(\"println!\"); // println!\nmy_println!(); println!()\n");
        assert_eq!(text.lines_with(&["println"], "!"), [(2, "println".to_owned())]);
    }

    #[test]
    fn no_text_is_too_odd_to_read() {
        for text in ["'", "'\\", "\"\\", "r#", "/*é", "'é", "r##\"é", "b'\\x", "é'é'é\"é"] {
            let _ = RustText::read(text);
        }
    }
}
