//! Finding the group of a path: a tree of segments.

use super::pattern::{Pattern, Segment};
use super::request_path::{RequestPath, Segments};
use super::{Access, Catalog, Group, Route};
use std::collections::HashMap;

/// The patterns of all groups as a tree. At each segment a literal is tried first, then `{name}`,
/// then `**`; if what was tried leads nowhere, the next is. So of all patterns that hold a path,
/// the one is found that is more exact at the first segment where they differ.
///
/// A look-up allocates nothing and sees each node at most once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Routes {
    /// The first is the root.
    nodes: Vec<Node>,
    literals: Literals,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Node {
    has_literals: bool,
    one: Option<usize>,
    here: Option<RouteAt>,
    rest: Option<RouteAt>,
}

/// Where in a catalog stands what a path belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RouteAt {
    /// Which of [`Catalog::services`].
    pub service: usize,
    /// Which of [`Catalog::groups`].
    pub group: usize,
    /// Which of the group's paths.
    pub pattern: usize,
}

/// The literals below all nodes, in one table of hashes: a look-up is nearly always one probe.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Literals {
    edges: Vec<Edge>,
    /// For each hash, the edges that may be meant: at most half of these are taken.
    slots: Vec<Slot>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Edge {
    node: usize,
    text: Box<str>,
    child: usize,
}

/// An edge, and enough of its hash to pass it by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Slot {
    tag: u32,
    /// One more than the edge's place; 0 is nothing.
    edge: u32,
}

impl Catalog {
    /// What `path` belongs to, and what `method` does to it. A path that no group holds opens to
    /// nobody.
    #[must_use]
    pub fn route(&self, method: &str, path: &RequestPath<'_>) -> Option<Route<'_>> {
        let at = self.find(path)?;
        let group = self.groups.get(at.group)?;
        Some(Route {
            service: self.services.get(at.service)?,
            group,
            pattern: group.paths.get(at.pattern)?,
            access: Access::of_method(method),
        })
    }

    /// Where in this catalog stands what `path` belongs to.
    #[must_use]
    pub fn find(&self, path: &RequestPath<'_>) -> Option<RouteAt> {
        self.routes.find(path)
    }
}

impl Routes {
    /// Plants the patterns of `groups`. `service_of` says where in the catalog a group's service
    /// stands. Of patterns that mean the same the first stays; a checked catalog has none.
    pub(super) fn plant(groups: &[Group], service_of: impl Fn(&Group) -> usize) -> Self {
        let mut planting =
            Planting { nodes: vec![Node::default()], children: HashMap::new(), edges: Vec::new() };
        for (at, group) in groups.iter().enumerate() {
            let service = service_of(group);
            for (pattern_at, pattern) in group.paths.iter().enumerate() {
                planting.add(pattern, RouteAt { service, group: at, pattern: pattern_at });
            }
        }
        Self { nodes: planting.nodes, literals: Literals::of(planting.edges) }
    }

    fn find(&self, path: &RequestPath<'_>) -> Option<RouteAt> {
        if path.ends_with_slash() { None } else { self.find_below(0, path.segments()) }
    }

    fn find_below(&self, mut at: usize, mut segments: Segments<'_>) -> Option<RouteAt> {
        loop {
            let node = self.nodes.get(at)?;
            let Some(segment) = segments.next() else { return node.here };
            let literal = if node.has_literals { self.literals.child(at, segment) } else { None };
            match (literal, node.one, node.rest) {
                // Where there is but one way, nobody comes back.
                (Some(child), None, None) | (None, Some(child), None) => at = child,
                (literal, one, rest) => {
                    let below = |child| self.find_below(child, segments.clone());
                    return literal.and_then(below).or_else(|| one.and_then(below)).or(rest);
                }
            }
        }
    }
}

/// A tree that is being made.
struct Planting<'g> {
    nodes: Vec<Node>,
    children: HashMap<(usize, &'g str), usize>,
    edges: Vec<Edge>,
}

impl<'g> Planting<'g> {
    fn add(&mut self, pattern: &'g Pattern, leaf: RouteAt) {
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

    fn child_for_literal(&mut self, at: usize, literal: &'g str) -> usize {
        let next = self.nodes.len();
        let child = *self.children.entry((at, literal)).or_insert(next);
        if child == next {
            self.nodes[at].has_literals = true;
            self.edges.push(Edge { node: at, text: literal.into(), child });
        }
        self.grow(child);
        child
    }

    fn grow(&mut self, child: usize) {
        if child == self.nodes.len() {
            self.nodes.push(Node::default());
        }
    }
}

impl Literals {
    fn of(edges: Vec<Edge>) -> Self {
        let mut slots = vec![Slot::default(); (edges.len() * 2).next_power_of_two()];
        for (edge, number) in edges.iter().zip(1..) {
            let hash = hash(edge.node, &edge.text);
            let mut at = place(hash, slots.len());
            while slots[at].edge != 0 {
                at = (at + 1) % slots.len();
            }
            slots[at] = Slot { tag: tag(hash), edge: number };
        }
        Self { edges, slots }
    }

    /// The child of `node` below a literal.
    fn child(&self, node: usize, literal: &str) -> Option<usize> {
        let hash = hash(node, literal);
        let mut at = place(hash, self.slots.len());
        loop {
            let slot = self.slots.get(at)?;
            let edge = self.edges.get((slot.edge as usize).checked_sub(1)?)?;
            if slot.tag == tag(hash) && edge.node == node && *edge.text == *literal {
                return Some(edge.child);
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
    }
}

fn tag(hash: u64) -> u32 {
    (hash & 0xffff_ffff) as u32
}

/// Of so many slots, a power of two, the one where a hash begins to look.
fn place(hash: u64, slots: usize) -> usize {
    (hash >> 32) as usize & slots.saturating_sub(1)
}

/// Made of a literal's length and its ends: cheap, and different for nearly all literals of a catalog.
/// Catalogs are written by who runs the house, so nobody gains by making literals that collide.
fn hash(node: usize, literal: &str) -> u64 {
    const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
    let (first, last) = ends(literal.as_bytes());
    let mixed =
        first ^ last.rotate_left(29) ^ ((literal.len() as u64) << 56) ^ (node as u64).wrapping_mul(ODD);
    let mixed = (mixed ^ mixed >> 32).wrapping_mul(ODD);
    mixed ^ mixed >> 29
}

/// The first and the last eight bytes; of less than that, what there is.
fn ends(bytes: &[u8]) -> (u64, u64) {
    if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        return (u64::from_le_bytes(*first), u64::from_le_bytes(*last));
    }
    if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        return (u64::from(u32::from_le_bytes(*first)), u64::from(u32::from_le_bytes(*last)));
    }
    (bytes.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)), 0)
}
