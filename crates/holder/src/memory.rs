//! Keeping private halves out of core dumps, of other processes and, where the system lets us, of swap.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Makes this process undumpable and unreadable for others of the same user, and locks its memory. What the system
/// refuses it refuses: a container may allow none of it, and a key is to be had there too.
///
/// What this process runs dumps no core either, since it may have been given the key; it can take that back.
pub fn protect() {
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), ..getrlimit(Resource::Core) });
    system::protect();
}

#[cfg(target_os = "linux")]
mod system {
    use rustix::mm::{MlockAllFlags, mlockall};
    use rustix::process::{DumpableBehavior, Resource, getrlimit, set_dumpable_behavior};
    use rustix::thread::{CapabilitySet, capabilities};

    pub(super) fn protect() {
        let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
        let mut flags = MlockAllFlags::CURRENT | MlockAllFlags::ONFAULT;
        // Under a limit, memory that is locked as it comes would end the process as soon as the limit is reached.
        if may_lock_all() {
            flags |= MlockAllFlags::FUTURE;
        }
        let _ = mlockall(flags);
    }

    fn may_lock_all() -> bool {
        let is_able =
            || capabilities(None).is_ok_and(|sets| sets.effective.contains(CapabilitySet::IPC_LOCK));
        getrlimit(Resource::Memlock).current.is_none() || is_able()
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    pub(super) const fn protect() {}
}
