//! Figures for `GET /metrics`, in the OpenMetrics text that Prometheus reads. No secret, no id of a team, key or
//! person is a label.

use crate::app::House;
use crate::gateway::answer::Door;
use counterfoil_verify::Awake;
use http::StatusCode;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

const BUCKETS: [f64; 12] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0];

/// The figures of this process.
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    seconds: Family<RouteLabel, Histogram>,
    unproven: Family<WhyLabel, Counter>,
    /// What proved nothing at our own doors without the verifier's seeing it.
    unproven_here: Mutex<BTreeMap<&'static str, u64>>,
    verdicts: Family<VerdictLabel, Counter>,
    upstream_failures: Family<WhyLabel, Counter>,
    panics: Counter,
    ledger: Family<NameLabel, Gauge>,
    store: Family<NameLabel, Gauge>,
    listener: Family<NameLabel, Gauge>,
    behind: Family<NameLabel, Gauge>,
    silent: Family<NameLabel, Gauge>,
}

/// What a request was, for the figures and the log.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Answered<'a> {
    /// Its method.
    pub(crate) method: &'a str,
    /// The route it came in by; nothing, if none.
    pub(crate) route: &'static str,
    /// Who asked, as far as proven.
    pub(crate) by: &'a str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct RequestLabels {
    method: &'static str,
    route: &'static str,
    status: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct RouteLabel {
    route: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct WhyLabel {
    why: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct VerdictLabel {
    door: &'static str,
    outcome: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct NameLabel {
    name: String,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut metrics = Self {
            registry: Registry::with_prefix("counterfoil"),
            requests: Family::default(),
            seconds: Family::new_with_constructor(|| Histogram::new(BUCKETS)),
            unproven: Family::default(),
            unproven_here: Mutex::default(),
            verdicts: Family::default(),
            upstream_failures: Family::default(),
            panics: Counter::default(),
            ledger: Family::default(),
            store: Family::default(),
            listener: Family::default(),
            behind: Family::default(),
            silent: Family::default(),
        };
        metrics.register();
        metrics
    }

    fn register(&mut self) {
        let registry = &mut self.registry;
        registry.register("http_requests", "Requests answered", self.requests.clone());
        registry.register("http_request_seconds", "Time to the answer", self.seconds.clone());
        registry.register("unproven", "Credentials that proved nothing, by reason", self.unproven.clone());
        registry.register("verdicts", "Verdicts given, by door and outcome", self.verdicts.clone());
        let help = "Requests that the upstream did not answer, or not to the end, by reason";
        registry.register("upstream_failures", help, self.upstream_failures.clone());
        registry.register("panics", "Requests that ended in a panic", self.panics.clone());
        registry.register("ledger", "The ledger as this server has read it", self.ledger.clone());
        registry.register("store", "What the store counts", self.store.clone());
        registry.register("listener", "What the listener counts", self.listener.clone());
        registry.register("replica_behind", "Positions that a replica is behind", self.behind.clone());
        let help = "Seconds since a replica last asked, or since it was added";
        registry.register("replica_silent_seconds", help, self.silent.clone());
    }

    pub(crate) fn answered(&self, seen: &Answered<'_>, status: StatusCode, took: Duration) {
        let labels =
            RequestLabels { method: method_label(seen.method), route: seen.route, status: class(status) };
        self.requests.get_or_create(&labels).inc();
        self.seconds.get_or_create(&RouteLabel { route: seen.route }).observe(took.as_secs_f64());
    }

    pub(crate) fn unproven(&self, why: &'static str) {
        let mut here = self.unproven_here.lock().unwrap_or_else(PoisonError::into_inner);
        *here.entry(why).or_default() += 1;
    }

    pub(crate) fn panicked(&self) {
        self.panics.inc();
    }
}

impl House {
    /// All figures as text.
    pub(crate) async fn figures(&self) -> String {
        self.look_at_ledger();
        self.look_at_verdicts();
        self.look_at_upstream();
        set(&self.metrics.store, self.authority.ledger().store().figures());
        if let Some(listener) = &self.settings.listener {
            let now = listener.now();
            let figures = [
                ("connections", now.connections),
                ("requests", now.requests),
                ("panics", now.panics),
                ("timed_out", now.timed_out),
                ("made_room", now.made_room),
                ("turned_away", now.turned_away),
                ("handshakes_failed", now.handshakes_failed),
            ];
            set(&self.metrics.listener, figures);
        }
        self.look_at_replicas().await;
        let mut text = String::new();
        if encode(&mut text, &self.metrics.registry).is_err() {
            tracing::error!("The figures could not be written");
        }
        text
    }

    fn look_at_ledger(&self) {
        let age = self.authority.verifier().fence().age(Awake::read());
        let age = age.and_then(|age| u64::try_from(age.as_millis()).ok()).unwrap_or(u64::MAX);
        let Ok(state) = self.authority.ledger().state() else {
            return set(&self.metrics.ledger, [("trusted", 0)]);
        };
        let figures = [
            ("trusted", 1),
            ("position", state.head().position.0),
            ("keys", state.key_count() as u64),
            ("teams", state.teams().count() as u64),
            ("format_level", u64::from(state.level())),
            ("view_age_milliseconds", age),
            ("uses_not_counted", self.authority.uses_not_counted()),
            ("checks_waiting", self.lane.waiting() as u64),
        ];
        set(&self.metrics.ledger, figures);
    }

    fn look_at_verdicts(&self) {
        for (name, door) in [("forward-auth", Door::ForwardAuth), ("gateway", Door::Gateway)] {
            for (outcome, count) in self.tally.figures(door) {
                let label = VerdictLabel { door: name, outcome };
                raise(&self.metrics.verdicts.get_or_create(&label), count);
            }
        }
        let mut unproven = self.authority.verifier().unproven_attempts().counts;
        let here = self.metrics.unproven_here.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for (why, count) in here {
            *unproven.entry(why).or_default() += count;
        }
        for (why, count) in unproven {
            raise(&self.metrics.unproven.get_or_create(&WhyLabel { why }), count);
        }
    }

    fn look_at_upstream(&self) {
        for (why, count) in self.settings.upstream.iter().flat_map(|upstream| upstream.failures()) {
            raise(&self.metrics.upstream_failures.get_or_create(&WhyLabel { why }), count);
        }
    }

    async fn look_at_replicas(&self) {
        let Ok(head) = self.authority.ledger().state().map(|state| state.head().position.0) else { return };
        let Ok(replicas) = self.authority.replicas().await else { return };
        let now = self.authority.now();
        let (behind, silent) = (&self.metrics.behind, &self.metrics.silent);
        behind.clear();
        silent.clear();
        for replica in replicas {
            let silence = now.since(replica.seen_at.unwrap_or(replica.created_at)).as_secs();
            let label = NameLabel { name: replica.name };
            put(behind, &label, head.saturating_sub(replica.position.0));
            put(silent, &label, silence);
        }
    }
}

fn set(family: &Family<NameLabel, Gauge>, figures: impl IntoIterator<Item = (&'static str, u64)>) {
    for (name, value) in figures {
        put(family, &NameLabel { name: name.to_owned() }, value);
    }
}

fn put(family: &Family<NameLabel, Gauge>, label: &NameLabel, value: u64) {
    family.get_or_create(label).set(i64::try_from(value).unwrap_or(i64::MAX));
}

/// Brings a counter up to what was counted elsewhere.
fn raise(counter: &Counter, to: u64) {
    counter.inc_by(to.saturating_sub(counter.get()));
}

/// A stranger's word is no label.
fn method_label(method: &str) -> &'static str {
    const KNOWN: [&str; 7] = ["GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS"];
    KNOWN.into_iter().find(|known| *known == method).unwrap_or("other")
}

fn class(status: StatusCode) -> &'static str {
    match status.as_u16() {
        100..=199 => "1xx",
        200..=299 => "2xx",
        300..=399 => "3xx",
        400..=499 => "4xx",
        _ => "5xx",
    }
}
