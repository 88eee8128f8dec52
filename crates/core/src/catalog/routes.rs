//! Finding the group of a path: a tree of segments.

use super::pattern::{Pattern, Segment};
use super::request_path::RequestPath;
use super::{Access, Catalog, Group, Route};
use std::str::Split;

/// The patterns of all groups as a tree. At each segment a literal is tried first, then `{name}`,
/// then `**`; if what was tried leads nowhere, the next is. So of all patterns that hold a path,
/// the one is found that is more exact at the first segment where they differ.
///
/// A look-up allocates nothing and sees each node at most once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Routes {
    /// The first is the root.
    nodes: Vec<Node>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Node {
    /// By length, then by text: most comparisons end at the length.
    literals: Vec<(Box<str>, usize)>,
    one: Option<usize>,
    here: Option<Leaf>,
    rest: Option<Leaf>,
}

/// Where in the catalog a pattern stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Leaf {
    group: usize,
    pattern: usize,
    service: usize,
}

impl Catalog {
    /// What `path` belongs to, and what `method` does to it. A path that no group holds opens to
    /// nobody.
    #[must_use]
    pub fn route(&self, method: &str, path: &RequestPath<'_>) -> Option<Route<'_>> {
        let leaf = self.routes.find(path)?;
        let group = self.groups.get(leaf.group)?;
        Some(Route {
            service: self.services.get(leaf.service)?,
            group,
            pattern: group.paths.get(leaf.pattern)?,
            access: Access::of_method(method),
        })
    }
}

impl Routes {
    /// Plants the patterns of `groups`. `service_of` says where in the catalog a group's service
    /// stands. Of patterns that mean the same the first stays; a checked catalog has none.
    pub(super) fn plant(groups: &[Group], service_of: impl Fn(&Group) -> usize) -> Self {
        let mut routes = Self { nodes: vec![Node::default()] };
        for (at, group) in groups.iter().enumerate() {
            let service = service_of(group);
            for (pattern_at, pattern) in group.paths.iter().enumerate() {
                routes.add(pattern, Leaf { group: at, pattern: pattern_at, service });
            }
        }
        routes
    }

    fn add(&mut self, pattern: &Pattern, leaf: Leaf) {
        let mut at = 0;
        for segment in pattern.segments() {
            match segment {
                Segment::Rest => {
                    self.nodes[at].rest.get_or_insert(leaf);
                    return;
                }
                Segment::One => at = self.child_for_one(at),
                Segment::Literal(literal) => at = self.child_for_literal(at, literal),
            }
        }
        self.nodes[at].here.get_or_insert(leaf);
    }

    fn child_for_one(&mut self, at: usize) -> usize {
        let next = self.nodes.len();
        let child = *self.nodes[at].one.get_or_insert(next);
        self.grow(child);
        child
    }

    fn child_for_literal(&mut self, at: usize, literal: &str) -> usize {
        let next = self.nodes.len();
        let literals = &mut self.nodes[at].literals;
        let child = match find_literal(literals, literal) {
            Ok(found) => literals[found].1,
            Err(place) => {
                literals.insert(place, (literal.into(), next));
                next
            }
        };
        self.grow(child);
        child
    }

    fn grow(&mut self, child: usize) {
        if child == self.nodes.len() {
            self.nodes.push(Node::default());
        }
    }

    fn find(&self, path: &RequestPath<'_>) -> Option<Leaf> {
        if path.ends_with_slash() { None } else { self.find_below(0, path.segments()) }
    }

    fn find_below(&self, at: usize, mut segments: Split<'_, char>) -> Option<Leaf> {
        let node = self.nodes.get(at)?;
        let Some(segment) = segments.next() else { return node.here };
        let literal = find_literal(&node.literals, segment).ok().and_then(|found| node.literals.get(found));
        literal
            .and_then(|(_, child)| self.find_below(*child, segments.clone()))
            .or_else(|| node.one.and_then(|child| self.find_below(child, segments)))
            .or(node.rest)
    }
}

fn find_literal(literals: &[(Box<str>, usize)], wanted: &str) -> Result<usize, usize> {
    literals.binary_search_by(|(literal, _)| (literal.len(), &**literal).cmp(&(wanted.len(), wanted)))
}
