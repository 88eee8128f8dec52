//! Reasons that the operator types: they stand in the ledger for ever, and none need be given.

use crate::console::faults::Faults;
use crate::console::form::Form;
use counterfoil_core::id::Remark;

/// The reason in a form; `Err` if there is one that can't be taken.
pub(super) fn reason(form: &Form) -> Result<Option<Remark>, Faults> {
    let typed = form.text("reason");
    if typed.is_empty() {
        return Ok(None);
    }
    let mut faults = Faults::default();
    faults.parse::<Remark>("reason", typed).map(Some).ok_or(faults)
}
