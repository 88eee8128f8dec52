//! What every engine promises of sealed halves and the keys that seal them.

use super::bed::{Bed, at, key};
use super::rows::{all, half, keep, one, write};
use counterfoil_authority::store::StoreFault;
use counterfoil_authority::store::tables::halves;

pub(crate) async fn a_half_is_erased_once(bed: &dyn Bed) {
    let store = bed.open().await;
    keep(&*store, &half(1)).await;
    keep(&*store, &half(2)).await;
    let twice = write(&*store, vec![halves::keep(&half(1))]).await;
    assert_eq!(twice, Err(StoreFault::Unexpected("a key without a pending half")));
    assert_eq!(one::<halves::PendingHalf>(&*store, halves::pending(key(1))).await, Some(half(1)));
    assert_eq!(all::<halves::PendingHalf>(&*store, halves::older_than(at(3), 10)).await, [half(1), half(2)]);
    assert_eq!(all::<halves::PendingHalf>(&*store, halves::older_than(at(2), 10)).await, [half(1)]);
    write(&*store, vec![halves::erase(key(1))]).await.unwrap();
    let gone = write(&*store, vec![halves::erase(key(1))]).await;
    assert_eq!(gone, Err(StoreFault::Unexpected("the pending half")));
    write(&*store, vec![halves::erase_if_any(key(1)), halves::erase_all()]).await.unwrap();
    assert_eq!(one::<halves::PendingHalf>(&*store, halves::pending(key(2))).await, None);
}

pub(crate) async fn a_half_of_a_key_that_nobody_claimed_is_not_kept(bed: &dyn Bed) {
    let store = bed.open().await;
    let unclaimed = write(&*store, vec![halves::keep(&half(1))]).await;
    assert_eq!(unclaimed, Err(StoreFault::Unexpected("a key without a pending half")));
    assert_eq!(all::<halves::PendingHalf>(&*store, halves::older_than(at(9), 10)).await, []);
}

pub(crate) async fn a_half_is_resealed_only_while_it_waits(bed: &dyn Bed) {
    let store = bed.open().await;
    keep(&*store, &half(1)).await;
    let reseal = |number| halves::reseal(key(number), b"anew", "kek2", "kek1");
    write(&*store, vec![reseal(1), reseal(1), reseal(2)]).await.unwrap();
    let resealed = one::<halves::PendingHalf>(&*store, halves::pending(key(1))).await.unwrap();
    assert_eq!((resealed.sealed.as_slice(), resealed.kek.as_str()), (&b"anew"[..], "kek2"));
    assert_eq!(all::<halves::PendingHalf>(&*store, halves::not_sealed_by("kek1", 10)).await.len(), 1);
    assert_eq!(all::<halves::PendingHalf>(&*store, halves::not_sealed_by("kek2", 10)).await.len(), 0);
}

pub(crate) async fn a_seal_key_in_use_is_not_destroyed(bed: &dyn Bed) {
    let store = bed.open().await;
    let kek1 = halves::SealKey { kek: "kek1".into(), proof: vec![0, 1], created_at: at(1) };
    write(&*store, vec![halves::add_seal_key(&kek1)]).await.unwrap();
    keep(&*store, &half(1)).await;
    assert_eq!(all::<halves::SealKey>(&*store, halves::seal_keys()).await, std::slice::from_ref(&kek1));
    let again = write(&*store, vec![halves::add_seal_key(&kek1)]).await;
    assert_eq!(again, Err(StoreFault::Unexpected("a new seal key")));
    let refused = write(&*store, vec![halves::destroy_seal_key("kek1")]).await;
    assert_eq!(refused, Err(StoreFault::Unexpected("a seal key that seals nothing")));
    assert_eq!(store.read(halves::count_sealed_by("kek1")).await.unwrap()[0].count(0), Ok(1));
    write(&*store, vec![halves::erase(key(1)), halves::destroy_seal_key("kek1")]).await.unwrap();
    assert_eq!(all::<halves::SealKey>(&*store, halves::seal_keys()).await, []);
}
