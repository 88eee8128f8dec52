//! How much the sandbox takes upon itself.

/// How much the sandbox takes upon itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How many bytes all files of a team may have together, those that are still to come with them.
    pub files_of_a_team: u64,
    /// How many MiB of long answers, to requests that anybody may make, may be on their way at a time.
    pub on_the_way: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { files_of_a_team: 8 * 1024 * 1024 * 1024, on_the_way: 512 }
    }
}
