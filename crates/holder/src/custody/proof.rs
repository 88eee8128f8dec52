//! That what was read back is the half that was meant.

use crate::fault::Fault;
use aws_lc_rs::rand::{SecureRandom as _, SystemRandom};
use counterfoil_core::half::{PrivateHalf, PublicHalf};

/// Has `half` sign a fresh challenge, which `public` must verify.
///
/// # Errors
/// It is another half.
pub fn prove(half: &PrivateHalf, public: &PublicHalf) -> Result<(), Fault> {
    let machine =
        |_| Fault::new("the cryptographic library failed", "this is the machine's failure; try again");
    let mut challenge = [0; 32];
    SystemRandom::new().fill(&mut challenge).map_err(|_| machine(()))?;
    let signature = half.sign(&challenge).map_err(|_| machine(()))?;
    let verifying = public.parsed().map_err(|_| machine(()))?;
    if verifying.verifies(&challenge, &signature) {
        return Ok(());
    }
    Err(Fault::new(
        "what is kept there is not the half that was put",
        "look who else writes there; the half is still where it came from",
    ))
}
