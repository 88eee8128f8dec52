//! From the table's text to the table.

use super::{Alone, Attribute, Doing, Ids, Kind, Lists, Relation, ResourceType, Table, Way};
use serde_json::Value;
use std::fmt;

/// How many a page holds at most, unless the table says otherwise.
const USUAL_PAGE: usize = 200;
/// How long a text may be, unless the table says otherwise.
const USUAL_TEXT: usize = 4000;

/// The path of a type whose resources are met by way of others only.
const NO_PATH: &str = "-";

/// What stands before what has a link and nothing more.
const LINK: &str = "--";

/// What is wrong with a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableFault {
    /// In which text.
    pub file: String,
    /// In which line, counted from 1; 0 if it is no line's fault alone.
    pub line: usize,
    /// What.
    pub what: String,
}

impl fmt::Display for TableFault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}, line {}: {}", self.file, self.line, self.what)
    }
}

impl std::error::Error for TableFault {}

pub(super) fn read(sources: &[(&str, &str)]) -> Result<Table, TableFault> {
    let mut table = Table::default();
    for (file, text) in sources {
        read_one(&mut table, file, text)?;
    }
    check_ends(&table)?;
    Ok(table)
}

fn read_one(table: &mut Table, file: &str, text: &str) -> Result<(), TableFault> {
    let mut current: Option<(usize, ResourceType)> = None;
    for (number, line) in (1..).zip(text.lines()) {
        let at = |what: String| TableFault { file: file.to_owned(), line: number, what };
        let line = line.split('#').next().unwrap_or_default().trim_end();
        let words: Vec<&str> = line.split_whitespace().collect();
        if words.is_empty() {
            continue;
        }
        if line.starts_with(' ') {
            let belongs_to =
                current.as_mut().ok_or_else(|| at("a line that belongs to no type".to_owned()))?;
            belongs(&mut belongs_to.1, &words).map_err(at)?;
        } else {
            finish(table, file, current.take())?;
            current = Some((number, heading(&words).map_err(at)?));
        }
    }
    finish(table, file, current)
}

fn finish(table: &mut Table, file: &str, read: Option<(usize, ResourceType)>) -> Result<(), TableFault> {
    let Some((line, kind)) = read else { return Ok(()) };
    let at = |what: String| TableFault { file: file.to_owned(), line, what };
    let has_path = kind.path != NO_PATH;
    if has_path && table.by_path.insert(kind.path.clone(), kind.name.clone()).is_some() {
        return Err(at(format!("{} is the path of another type already", kind.path)));
    }
    let name = kind.name.clone();
    match table.types.insert(name.clone(), kind) {
        Some(_) => Err(at(format!("{name} is there twice"))),
        None => Ok(()),
    }
}

/// `apps /v1/apps list get update numbers page 200`
fn heading(words: &[&str]) -> Result<ResourceType, String> {
    let [name, path, rest @ ..] = words else { return Err("a type needs a name and a path".to_owned()) };
    if *path != NO_PATH && !path.starts_with("/v") {
        return Err(format!("{path} is no path of a version of the API"));
    }
    let mut kind = ResourceType {
        name: (*name).to_owned(),
        path: (*path).to_owned(),
        does: Doing::default(),
        ids: Ids::default(),
        replaces: false,
        sort_by_id: false,
        uploads: false,
        longest_page: USUAL_PAGE,
        attributes: Vec::new(),
        relations: Vec::new(),
        links: Vec::new(),
    };
    let mut rest = rest.iter();
    while let Some(word) = rest.next() {
        match *word {
            "list" => kind.does.list = true,
            "get" => kind.does.get = true,
            "create" => kind.does.create = true,
            "update" => kind.does.update = true,
            "delete" => kind.does.delete = true,
            "numbers" => kind.ids = Ids::Number,
            "codes" => kind.ids = Ids::Code,
            "replaces" => kind.replaces = true,
            "uploads" => kind.uploads = true,
            "sort" => kind.sort_by_id = true,
            "page" => {
                let size = rest.next().and_then(|size| size.parse().ok());
                kind.longest_page = size.ok_or("`page` needs a number")?;
            }
            other => return Err(format!("{other:?} is nothing that a type does")),
        }
    }
    Ok(kind)
}

fn is_arrow(word: &str) -> bool {
    matches!(word, "->" | "->>" | "<-" | "<<-" | "-?" | "-??")
}

fn belongs(kind: &mut ResourceType, words: &[&str]) -> Result<(), String> {
    if let [LINK, name] = words {
        kind.links.push((*name).to_owned());
        return Ok(());
    }
    let (arrow, words) = match words {
        [arrow, rest @ ..] if is_arrow(arrow) => (Some(*arrow), rest),
        words => (None, words),
    };
    let [name, what, rest @ ..] = words else { return Err(format!("{words:?} needs a name and a kind")) };
    if kind.attribute(name).is_some() || kind.relation(name).is_some() {
        return Err(format!("{name} is there twice"));
    }
    match arrow {
        Some(arrow) => kind.relations.push(relation(arrow, name, what, rest)?),
        None => kind.attributes.push(attribute(name, what, rest)?),
    }
    Ok(())
}

/// `versionString text:30 required update filter sort`
fn attribute(name: &str, what: &str, flags: &[&str]) -> Result<Attribute, String> {
    let mut read = Attribute {
        name: name.to_owned(),
        kind: kind_of(what)?,
        required: false,
        create: false,
        update: false,
        filter: false,
        sort: false,
        exists: false,
        range: false,
        hidden: false,
        blank: false,
        alone: Alone::Nowhere,
        usually: Value::Null,
    };
    for flag in flags {
        match *flag {
            "required" => (read.required, read.create) = (true, true),
            "create" => read.create = true,
            "update" => read.update = true,
            "filter" => read.filter = true,
            "sort" => read.sort = true,
            "exists" => read.exists = true,
            "range" => read.range = true,
            "hidden" => read.hidden = true,
            "blank" => (read.hidden, read.blank) = (true, true),
            "once" => read.alone = Alone::InItsWhole,
            "unique" => read.alone = Alone::Everywhere,
            other => read.usually = usually(other, &read.kind)?,
        }
    }
    Ok(read)
}

fn usually(flag: &str, kind: &Kind) -> Result<Value, String> {
    let text = flag.strip_prefix('=').ok_or_else(|| format!("{flag:?} says nothing about an attribute"))?;
    let value = match kind {
        Kind::Number | Kind::Flag | Kind::Any | Kind::Texts | Kind::SomeOf(_) => {
            serde_json::from_str(text).map_err(|fault| format!("{text:?}: {fault}"))?
        }
        _ => Value::from(text),
    };
    match kind.refuses(&value) {
        Some(why) => Err(format!("{text:?}: {why}")),
        None => Ok(value),
    }
}

fn words_of(text: &str) -> Vec<String> {
    text.split('|').filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

fn kind_of(what: &str) -> Result<Kind, String> {
    Ok(match what {
        "text" => Kind::Text(USUAL_TEXT),
        "version" => Kind::Version,
        "number" => Kind::Number,
        "flag" => Kind::Flag,
        "date" => Kind::Date,
        "time" => Kind::Time,
        "url" => Kind::Url,
        "email" => Kind::Email,
        "locale" => Kind::Locale,
        "texts" => Kind::Texts,
        "any" => Kind::Any,
        words if words.contains('|') => match words.strip_prefix('[').and_then(|it| it.strip_suffix(']')) {
            Some(words) => Kind::SomeOf(words_of(words)),
            None => Kind::OneOf(words_of(words)),
        },
        word => match word.strip_prefix("text:").map(str::parse) {
            Some(Ok(longest)) => Kind::Text(longest),
            _ => return Err(format!("{word:?} is no kind of attribute")),
        },
    })
}

/// `-> app apps required part`, `<<- appInfos appInfos.app`, `-?? equalizations appPricePoints`
fn relation(arrow: &str, name: &str, to: &str, flags: &[&str]) -> Result<Relation, String> {
    let (to, by) = to.split_once('.').map_or((to, None), |(to, by)| (to, Some(by.to_owned())));
    let way = match (arrow, by) {
        ("->", None) => Way::One,
        ("->>", None) => Way::Many,
        ("<-", Some(by)) => Way::OneThatRefersBy(by),
        ("<<-", Some(by)) => Way::ManyThatReferBy(by),
        ("-?", None) => Way::OneWorkedOut,
        ("-??", None) => Way::ManyWorkedOut,
        ("<-" | "<<-", None) => return Err(format!("{name} needs the relation that refers: {to}.NAME")),
        _ => return Err(format!("{name} is written down here, and names a relation of {to}")),
    };
    let mut read = Relation {
        name: name.to_owned(),
        to: to.to_owned(),
        way,
        required: false,
        create: false,
        update: false,
        edit: false,
        filter: false,
        sort: None,
        filter_beyond: None,
        exists: None,
        hidden: false,
        part: false,
        loose: false,
        lists: Lists::default(),
    };
    for flag in flags {
        match *flag {
            "required" => (read.required, read.create) = (true, true),
            "create" => read.create = true,
            "update" => read.update = true,
            "edit" => read.edit = true,
            "filter" => read.filter = true,
            "part" => read.part = true,
            "loose" => (read.part, read.loose) = (true, true),
            "hidden" => read.hidden = true,
            "unsorted" => read.lists = Lists::Unsorted,
            "plain" => read.lists = Lists::Plain,
            "exists" => read.exists = Some(name.to_owned()),
            other => match other.split_once('=') {
                Some(("sort", attribute)) => read.sort = Some(attribute.to_owned()),
                Some(("filter", beyond)) => read.filter_beyond = Some(beyond.to_owned()),
                Some(("exists", called)) => read.exists = Some(called.to_owned()),
                _ => return Err(format!("{other:?} says nothing about a relation")),
            },
        }
    }
    Ok(read)
}

/// Every relation ends at a type that is there, and one that is written down elsewhere is there.
fn check_ends(table: &Table) -> Result<(), TableFault> {
    for kind in table.all() {
        for relation in &kind.relations {
            if let Some(what) = bad_end(table, kind, relation) {
                return Err(TableFault { file: kind.name.clone(), line: 0, what });
            }
        }
    }
    Ok(())
}

fn bad_end(table: &Table, kind: &ResourceType, relation: &Relation) -> Option<String> {
    let Some(other) = table.of(&relation.to) else {
        return Some(format!("{} leads to {}, which is no type", relation.name, relation.to));
    };
    let beyond = relation.filter_beyond.as_ref().filter(|beyond| other.relation(beyond).is_none());
    let sorting = relation.sort.as_ref().filter(|name| !other.attribute(name).is_some_and(|it| it.sort));
    if let Some(missing) = beyond.or(sorting) {
        return Some(format!("{} needs {missing} of {}", relation.name, relation.to));
    }
    let (Way::OneThatRefersBy(by) | Way::ManyThatReferBy(by)) = &relation.way else { return None };
    let back = other.relation(by).filter(|back| matches!(back.way, Way::One | Way::Many));
    let is_back = back.is_some_and(|back| back.to == kind.name);
    (!is_back).then(|| format!("{}.{by} does not refer to {}", relation.to, kind.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_read_as_it_is_written() {
        let text = "\
# what is sold
shops /v1/shops list get numbers
  name text:5 required filter
  kind BIG|SMALL create =BIG
  <<- clerks clerks.shop
  -- sign
clerks /v1/clerks create delete page 7
  -> shop shops required part   # where
";
        let table = Table::read(&[("test", text)]).unwrap();
        let shops = table.at("/v1/shops").unwrap();
        assert_eq!((shops.ids, shops.longest_page), (Ids::Number, USUAL_PAGE));
        assert!(shops.does.list && shops.does.get && !shops.does.create);
        assert_eq!(shops.attribute("name").unwrap().kind, Kind::Text(5));
        assert_eq!(shops.attribute("kind").unwrap().usually, "BIG");
        assert_eq!(shops.relation("clerks").unwrap().way, Way::ManyThatReferBy("shop".to_owned()));
        assert!(table.of("clerks").unwrap().part_of("shops").unwrap().required);
        assert_eq!(
            ["name", "clerks", "sign", "shop"].map(|field| shops.shows(field)),
            [true, true, true, false]
        );
    }

    #[test]
    fn a_fault_is_named_with_its_line() {
        for (text, line, what) in [
            ("shops", 1, "a type needs a name and a path"),
            ("shops /shops", 1, "/shops is no path of a version of the API"),
            ("shops /v1/shops fly", 1, "\"fly\" is nothing that a type does"),
            ("  name text", 1, "a line that belongs to no type"),
            ("shops /v1/shops\n  name words", 2, "\"words\" is no kind of attribute"),
            ("shops /v1/shops\n  name text loud", 2, "\"loud\" says nothing about an attribute"),
            ("shops /v1/shops\n  size number =x", 2, "\"x\": expected value at line 1 column 1"),
            ("shops /v1/shops\n  kind A|B =C", 2, "\"C\": It must be one of A, B"),
            ("shops /v1/shops\n  name text\n  name text", 3, "name is there twice"),
            ("shops /v1/shops\n  <<- clerks clerks", 2, "clerks needs the relation that refers: clerks.NAME"),
            ("shops /v1/shops\n  -> clerk clerks", 0, "clerk leads to clerks, which is no type"),
            ("shops /v1/shops\nshops /v2/shops", 2, "shops is there twice"),
            ("a /v1/a\nb /v1/a", 2, "/v1/a is the path of another type already"),
            ("a /v1/a\n  -> b b sort=x\nb /v1/b\n  x text", 0, "b needs x of b"),
            ("a /v1/a\n  <<- b b.a filter=c\nb /v1/b\n  -> a a", 0, "b needs c of b"),
            ("a /v1/a\n  <- b b.x\nb /v1/b", 0, "b.x does not refer to a"),
        ] {
            let fault = Table::read(&[("test", text)]).unwrap_err();
            assert_eq!((fault.line, fault.what.as_str()), (line, what), "{text}");
        }
    }
}
