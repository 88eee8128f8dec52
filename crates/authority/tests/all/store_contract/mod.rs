//! What every engine must keep: the same tests, carried out on each.

pub(crate) mod bed;
pub(crate) mod rows;

pub(crate) mod credentials;
pub(crate) mod halves;
pub(crate) mod installation;
pub(crate) mod ledger;
pub(crate) mod people;
pub(crate) mod sessions;
pub(crate) mod usage;

pub(crate) use bed::Bed;

/// Makes a test of each promise, on this kind of bed.
macro_rules! keeps_the_contract {
    ($bed:ty) => {
        $crate::store_contract::keeps_the_contract! { $bed:
            ledger::{
                a_commit_stands_where_it_says_with_the_hash_of_everything_before,
                a_refused_commit_of_a_group_leaves_nothing_and_the_others_stand,
                commits_are_carried_out_in_the_order_of_the_calls,
                when_a_commit_fails_those_decided_on_it_conflict,
                a_claim_is_taken_across_streams,
                a_side_write_that_finds_other_rows_undoes_its_commit,
                a_broken_rule_of_the_tables_undoes_its_commit_only,
                positions_have_no_gaps_with_many_writers_and_two_stores,
                another_ledger_is_noticed,
                a_commit_without_events_is_refused,
                a_stream_is_read_backwards,
                a_snapshot_stays_as_it_was,
                everything_is_there_after_reopening,
                waiting_ends_when_another_store_writes,
                waiting_ends_when_the_patience_does,
                replacing_leaves_nothing_of_what_was,
                a_replacement_that_fails_changes_nothing,
            }
            usage::{
                a_repeated_flush_counts_once,
                the_latest_expiry_stays,
                old_hours_become_days_and_old_days_go,
            }
            people::{
                a_person_is_found_by_address_id_and_membership,
                an_address_belongs_to_one_person,
                a_person_is_in_a_team_once_at_a_time,
                erasing_a_person_leaves_no_row,
                an_unproven_address_is_given_back_and_a_proven_one_is_not,
                invitations_are_found_and_end,
            }
            credentials::{
                a_challenge_is_answered_once,
                a_passkey_counts_upwards_or_not_at_all,
                a_code_is_taken_once,
            }
            halves::{
                a_half_is_erased_once,
                a_half_of_a_key_that_nobody_claimed_is_not_kept,
                a_half_is_resealed_only_while_it_waits,
                a_seal_key_in_use_is_not_destroyed,
            }
            sessions::{
                a_link_lets_in_once,
                sessions_end,
            }
            installation::{
                an_answer_is_kept_once_for_a_day,
                replicas_come_and_go,
                servers_report,
                settings_are_set,
            }
        }
    };
    ($bed:ty: $($part:ident::{$($promise:ident),* $(,)?})*) => {
        mod contract {
            $(mod $part {
                $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $promise() {
                    $crate::store_contract::$part::$promise(&<$bed>::new().await).await;
                })*
            })*
        }
    };
}
pub(crate) use keeps_the_contract;

/// A column in the list of tables that both engines must end with.
pub(crate) fn column_line(
    table: &str,
    column: &str,
    kind: &str,
    is_required: bool,
    is_primary: bool,
) -> String {
    let required = if is_required { "" } else { ", may be missing" };
    let primary = if is_primary { ", primary" } else { "" };
    format!("{table}.{column}: {kind}{required}{primary}\n")
}
