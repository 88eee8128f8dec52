//! The races on SQLite.

mod on_one_server {
    use crate::house::House;
    use crate::races::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn sixty_four_generates_make_exactly_fifty() {
        let house = House::build_on(None).await;
        sixty_four_generates_at_forty_five_make_exactly_fifty(vec![house.server()], &house).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn sixty_four_downloads_hand_over_one_half() {
        let house = House::build_on(None).await;
        sixty_four_downloads_hand_over_exactly_one_half(vec![house.server()], &house).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn no_half_after_its_revocation() {
        let house = House::build_on(None).await;
        a_half_is_not_handed_over_after_its_revocation(vec![house.server()], &house).await;
    }
}

mod on_two_processes_of_one_file {
    use crate::house::House;
    use crate::races::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn sixty_four_generates_make_exactly_fifty() {
        let house = House::build_on(None).await;
        let servers = vec![house.server(), house.another().await];
        sixty_four_generates_at_forty_five_make_exactly_fifty(servers, &house).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn sixty_four_downloads_hand_over_one_half() {
        let house = House::build_on(None).await;
        let servers = vec![house.server(), house.another().await];
        sixty_four_downloads_hand_over_exactly_one_half(servers, &house).await;
    }
}
