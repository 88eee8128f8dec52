//! Ways in, and back in.

use crate::house::House;

#[test]
fn a_person_signs_in_by_a_link() {
    let team = House::with_team();
    let ada = team.owner();
    ada.see("Acme");
}
