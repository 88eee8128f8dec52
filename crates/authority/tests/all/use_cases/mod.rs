//! The use cases beside keys and teams: what each promises, on every engine.

pub(crate) mod place;
mod proving;

pub(crate) mod advice;
pub(crate) mod audit;
pub(crate) mod backup;
pub(crate) mod catalog_use;
pub(crate) mod codes;
pub(crate) mod credentials;
pub(crate) mod directory;
pub(crate) mod health;
pub(crate) mod housekeeping;
pub(crate) mod idempotency;
pub(crate) mod joining;
pub(crate) mod lending;
pub(crate) mod notices;
pub(crate) mod outbox;
pub(crate) mod overview;
pub(crate) mod passkeys;
pub(crate) mod passwords;
pub(crate) mod people;
pub(crate) mod refusals;
pub(crate) mod replicas;
pub(crate) mod seal_rotate;
pub(crate) mod sessions;
pub(crate) mod sign_in;
pub(crate) mod usage;
pub(crate) mod usage_elsewhere;

pub(crate) use place::Place;

/// Makes a test of each promise, in places that this function makes.
macro_rules! use_cases_hold {
    ($place:path) => {
        $crate::use_cases::use_cases_hold! { $place:
            people::{
                an_invited_person_joins_with_what_the_invitation_says,
                somebody_who_is_known_joins_another_team_as_the_same_person,
                an_address_is_invited_once_at_a_time,
                an_address_in_the_team_is_not_invited,
                an_invitation_that_has_run_out_makes_way,
                an_invitation_that_is_over_is_not_accepted,
                of_many_who_accept_one_invitation_one_joins,
                of_many_who_invite_one_address_one_does,
                whoever_leaves_takes_the_key_along_and_may_come_back,
                roles_that_allow_no_key_end_it_and_its_half,
                a_name_is_changed_by_who_may,
                the_account_holder_is_not_erased,
                an_erased_person_is_nowhere_any_more,
                nothing_personal_stands_in_the_ledger,
            }
            sign_in::{
                a_link_lets_in_once,
                of_many_who_use_one_link_one_is_let_in,
                a_link_that_has_run_out_lets_nobody_in,
                a_link_is_for_somebody_who_is_known,
                the_set_up_link_is_renewed_until_it_was_used,
                of_many_who_set_up_at_once_one_does,
                a_session_ends_when_it_is_idle_or_old,
                sessions_are_ended_one_by_one_and_all,
            }
            outbox::{
                without_a_mail_server_nothing_is_put_into_the_outbox,
                a_mail_is_one_servers_until_its_time_is_over,
                what_could_not_be_sent_is_tried_again_after_growing_pauses_for_a_day,
                what_is_refused_for_good_is_given_up_at_once,
                neither_an_address_nor_a_link_waits_in_the_database,
                whoever_was_erased_gets_no_mail_any_more,
                an_invitation_brings_a_link_of_its_own_that_nobody_else_has_seen,
                an_address_is_invited_by_mail_ten_times_an_hour_and_no_more,
                links_to_sign_in_go_to_one_person_ten_times_an_hour_and_no_more,
                what_became_of_old_mail_is_forgotten,
                a_sign_on_comes_back_once_on_whichever_server,
                every_server_knows_what_another_handed_out_at_a_sign_on,
            }
            notices::{
                a_sign_in_with_another_browser_is_told_and_the_first_one_is_not,
                a_browser_is_known_for_some_people_and_keeps_nothing_else,
                whoever_was_erased_or_wants_no_notices_gets_none,
                whoever_has_to_do_with_a_key_is_told_once_that_another_revoked_it,
            }
            passwords::{
                a_password_lets_its_person_in_on_every_server,
                a_password_that_would_be_guessed_is_refused,
                wrong_passwords_make_wait_and_lock_nobody_out,
                what_went_wrong_on_one_server_counts_on_all_and_outlives_a_restart,
                whoever_administers_must_enrol_and_needs_the_second_factor_from_then_on,
                a_password_alone_enrols_nothing_beside_a_passkey,
            }
            codes::{
                a_code_is_good_once_and_outlives_a_rotation_of_the_seal_key,
                an_app_is_enrolled_by_a_code_of_it_in_the_session_that_began,
                of_many_who_use_one_recovery_code_one_is_let_in,
            }
            passkeys::{
                a_passkey_signs_in_on_every_server_and_each_challenge_is_good_once,
                wrong_passwords_of_others_never_delay_a_passkey,
                a_passkey_whose_counter_goes_back_is_refused_and_noted,
                a_passkey_is_added_once_by_the_session_that_began_and_removed,
            }
            sessions::{
                a_session_is_fresh_for_a_while_and_again_after_a_step_up,
                a_step_up_asks_for_the_code_where_one_is_enrolled,
                a_change_of_credentials_ends_the_other_sessions,
                whoever_leaves_the_last_team_is_signed_out,
                the_first_credential_needs_no_confirmation_and_the_second_does,
            }
            credentials::{
                an_identity_elsewhere_belongs_to_one_person,
                sign_ins_are_read_page_by_page_by_person_team_and_operator,
                credentials_come_back_with_a_backup_and_go_with_the_person,
            }
            joining::{
                a_mailed_link_proves_the_address_and_is_good_once,
                a_link_that_was_shown_proves_nothing_and_whoever_proves_gets_the_address,
                whoever_took_an_address_proves_it_by_a_mailed_link,
                where_the_address_is_somebodys_only_that_person_accepts_while_signed_in,
                a_link_that_is_sent_again_ends_the_one_before,
                of_many_who_accept_by_one_link_one_joins,
            }
            idempotency::{
                a_repeated_request_is_done_once_and_answered_the_same,
                another_body_under_the_same_name_is_refused,
                a_refusal_is_not_kept,
                an_answer_is_kept_for_a_day,
                twins_on_two_servers_make_one_key,
                a_request_that_changes_nothing_is_remembered_too,
            }
            usage::{
                uses_are_known_at_once_here_and_after_a_flush_everywhere,
                the_youngest_token_that_was_seen_is_known_everywhere_until_it_expires,
                two_servers_add_up_what_they_counted,
                a_batch_that_was_written_already_is_not_counted_again,
                what_a_server_counted_is_written_when_it_ends,
                hours_become_days_once_however_many_servers_add_up,
            }
            usage_elsewhere::{
                a_batch_counts_once_whichever_server_is_told_and_however_often,
                what_is_no_key_of_the_team_or_too_long_ago_or_yet_to_come_is_left_out,
                a_clock_that_is_ahead_moves_no_last_use_into_the_future,
                names_that_the_catalog_does_not_have_are_something_else,
            }
            lending::{
                a_server_alone_has_the_whole_hour_and_tells_exactly_what_is_left,
                two_servers_let_no_more_through_than_one,
                what_a_server_did_not_spend_others_may_when_it_ends,
                what_a_server_held_when_it_died_counts_as_spent,
                a_key_that_was_in_use_need_not_wait_with_its_next_request,
            }
            audit::{
                the_audit_is_read_page_by_page_newest_first,
                the_audit_is_filtered_by_actor_key_and_kind,
                the_installation_has_an_audit_of_its_own,
                the_audit_is_filtered_by_whom_it_is_about_and_by_time,
                a_page_that_may_read_only_so_far_says_where_to_go_on,
            }
            replicas::{
                a_replica_is_known_by_its_credential_until_it_is_removed,
                a_name_is_given_to_one_replica,
            }
            refusals::{
                what_a_holder_was_told_is_known_on_every_server_with_reason_and_request,
                of_many_refusals_of_a_team_the_last_thousand_stay,
                attempts_that_proved_nothing_are_kept_apart,
            }
            advice::{
                an_administrators_key_that_only_reads_reports_is_told_so,
                what_was_turned_away_is_no_reason_for_a_role,
                a_key_that_was_never_used_is_told_what_it_could_open,
            }
            overview::{
                keys_that_were_never_used_or_not_for_long_are_told,
                an_administrators_key_that_needs_less_is_told,
                a_half_that_waits_is_told_with_the_days_it_has_left,
                a_key_that_is_older_than_the_team_wants_is_to_be_rotated,
                keys_whose_half_a_leaver_had_are_to_be_rotated,
                the_age_for_rotation_is_set_by_whoever_administers_keys,
            }
            directory::{
                whoever_left_is_still_named_until_erased,
            }
            health::{
                the_servers_and_replicas_are_told_with_how_far_they_are,
                a_server_is_told_for_a_day_after_it_went_silent,
            }
            catalog_use::{
                the_keys_that_another_catalog_affects_are_listed,
                another_catalog_is_in_force_on_all_servers_and_after_a_restart,
                the_same_catalog_again_changes_nothing,
                a_faulty_catalog_is_refused,
            }
            backup::{
                a_backup_restores_everything_but_what_must_not_leave,
                a_backup_is_consistent_while_others_write,
                a_store_with_something_in_it_is_replaced_only_if_told,
                a_damaged_backup_changes_nothing,
                a_running_server_notices_the_new_life_of_the_ledger,
                revocations_that_a_restore_lost_are_taken_from_an_export,
                an_adopted_ledger_goes_on_in_a_new_life,
                a_good_ledger_is_verified,
            }
            seal_rotate::{
                what_waits_can_be_downloaded_after_a_rotation,
                a_server_beside_takes_the_new_key_up,
                a_crash_before_the_commit_leaves_the_old_key_in_force,
                a_crash_after_the_commit_leaves_the_new_key_in_force,
                rotations_at_once_take_turns,
                a_key_from_outside_is_not_rotated,
                a_lost_key_is_replaced_at_the_price_of_what_waits,
            }
            housekeeping::{
                halves_that_nobody_came_for_are_erased,
                what_an_old_invitation_says_of_a_person_is_forgotten,
                what_is_over_is_forgotten,
            }
        }
    };
    ($place:path: $($part:ident::{$($promise:ident),* $(,)?})*) => {
        $(mod $part {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $promise() {
                $crate::use_cases::$part::$promise(&$place().await).await;
            })*
        })*
    };
}
pub(crate) use use_cases_hold;
