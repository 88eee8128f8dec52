//! Finding the group of a path: a tree of segments.

use super::pattern::{Pattern, Segment};
use super::request_path::{RequestPath, Segments};
use super::{Access, Catalog, Group, Route};

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
    /// The digests of the literals, in order.
    digests: Vec<u64>,
    /// The literals in the order of their digests, each with its child.
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
        let node = &mut self.nodes[at];
        let child = node.child(literal).unwrap_or_else(|| {
            let place = node.digests.partition_point(|earlier| *earlier < digest(literal));
            node.digests.insert(place, digest(literal));
            node.literals.insert(place, (literal.into(), next));
            next
        });
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

    fn find_below(&self, at: usize, mut segments: Segments<'_>) -> Option<Leaf> {
        let node = self.nodes.get(at)?;
        let Some(segment) = segments.next() else { return node.here };
        node.child(segment)
            .and_then(|child| self.find_below(child, segments.clone()))
            .or_else(|| node.one.and_then(|child| self.find_below(child, segments)))
            .or(node.rest)
    }
}

impl Node {
    /// The child below a literal. Only literals of the same digest are compared letter by letter.
    fn child(&self, literal: &str) -> Option<usize> {
        let wanted = digest(literal);
        let first = self.digests.partition_point(|digest| *digest < wanted);
        let same = self.digests[first..].iter().take_while(|digest| **digest == wanted);
        let mut literals = self.literals[first..].iter().zip(same);
        literals.find(|((text, _), _)| **text == *literal).map(|((_, child), _)| *child)
    }
}

/// A number made of a literal's length and its first and last eight bytes: cheap, and different
/// for nearly all literals of a catalog.
fn digest(literal: &str) -> u64 {
    let bytes = literal.as_bytes();
    let mut ends = [0; 16];
    let length = bytes.len().min(8);
    ends[..length].copy_from_slice(&bytes[..length]);
    ends[8..8 + length].copy_from_slice(&bytes[bytes.len() - length..]);
    let [first, last] =
        [0, 8].map(|at| ends[at..].iter().take(8).fold(0, |sum, byte| sum << 8 | u64::from(*byte)));
    first ^ u64::rotate_left(last, 29) ^ u64::try_from(bytes.len()).unwrap_or(u64::MAX).rotate_right(8)
}
