//! Logs on standard error: lines for people, or JSON objects for programs.

use crate::printer::Printer;
use crate::settings::{LogFormat, Settings};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::FmtSpan;

/// What is logged if nobody said: a server tells what it does, a command only what it fears.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Usual {
    Info,
    Warnings,
}

/// Begins to log. To be called once a process; a second time changes nothing.
pub(crate) fn begin(settings: &Settings, usual: Usual, printer: &Printer) {
    let usual = match usual {
        Usual::Info => "info",
        Usual::Warnings => "warn",
    };
    let filter = EnvFilter::new(settings.log_level.as_deref().unwrap_or(usual));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_span_events(FmtSpan::NONE)
        .with_target(false);
    // It fails only if somebody began before, whose settings then hold.
    let _ = match settings.log_format {
        LogFormat::Human => log.with_ansi(printer.colours().on_stderr()).try_init(),
        LogFormat::Json => log.json().flatten_event(true).try_init(),
    };
}
