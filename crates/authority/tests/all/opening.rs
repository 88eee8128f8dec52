//! Teams that are opened for the same person at once.

use crate::house::House;
use counterfoil_authority::people::NewPerson;
use counterfoil_core::id::TeamName;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn teams_opened_at_once_for_somebody_new_are_all_opened_for_one_person() {
    let house = House::build_on(None).await;
    let tasks: Vec<_> = (0..16)
        .map(|number| {
            let server = house.server();
            tokio::spawn(async move {
                let holder = NewPerson {
                    email: "new@example.com".try_into().unwrap(),
                    first_name: "Nora".try_into().unwrap(),
                    last_name: "New".try_into().unwrap(),
                };
                let name = TeamName::try_from(format!("Team {number}").as_str()).unwrap();
                server.open_team(&name, &holder).await.unwrap().person
            })
        })
        .collect();
    let mut people = Vec::new();
    for task in tasks {
        people.push(task.await.unwrap());
    }
    people.dedup();
    assert_eq!(people.len(), 1);
    assert_eq!(house.server().memberships(people[0]).await.unwrap().len(), 16);
}
