//! Keeping private halves out of core dumps, of other processes and, where the system lets us, of swap.

use rustix::mm::{MlockAllFlags, mlockall};
use rustix::process::{DumpableBehavior, set_dumpable_behavior};

/// Makes this process unreadable for others of the same user, and undumpable. What the system refuses it refuses:
/// a container may allow neither, and a key is to be had there too.
pub fn protect() {
    let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    let _ = mlockall(MlockAllFlags::CURRENT | MlockAllFlags::ONFAULT);
}
