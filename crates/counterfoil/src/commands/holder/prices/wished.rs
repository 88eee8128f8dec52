//! `prices plan` and `prices apply`: a file of prices, and what it takes to bring it about.

use super::super::typed::{read, shown};
use super::with_store;
use crate::arguments::{ApplyArguments, PlanArguments};
use crate::printer::{Printer, Table};
use crate::problem::Problem;
use counterfoil_holder::prices::{
    self, Amount, Change, Day, Lock, Outcome, Plan, State, Step, Store, Wishes,
};
use counterfoil_holder::surroundings::Surroundings;
use serde_json::{Value, json};

/// More than a file of prices has.
const LONGEST: usize = 4 * 1024 * 1024;

pub(super) fn plan(arguments: &PlanArguments, printer: &Printer) -> Result<(), Problem> {
    let (_, wishes) = wishes(arguments)?;
    let plans = with_store(&arguments.key, &arguments.server, printer, |store, _, today| {
        planned(store, &wishes, today)
    })?;
    printer.result(&document(&plans), || people(&plans))
}

pub(super) fn apply(arguments: &ApplyArguments, printer: &Printer) -> Result<(), Problem> {
    let (text, wishes) = wishes(&arguments.plan)?;
    let (key, server) = (&arguments.plan.key, &arguments.plan.server);
    let outcome = with_store(key, server, printer, |store, around, today| {
        let _lock = Lock::take(around, &store.origin(), &text)?;
        let plans = planned(store, &wishes, today)?;
        let steps = steps(&plans);
        let state = allowed(store, &plans, &text, arguments.yes, around, printer)?;
        let say = |sentence: &str| printer.say(sentence);
        Ok(prices::apply(store, &steps, state, &text, around, &say)?)
    })?;
    let document = json!({ "calls": outcome.made, "before": outcome.before });
    printer.result(&document, || told(outcome))
}

fn wishes(arguments: &PlanArguments) -> Result<(String, Wishes), Problem> {
    let text = read(&arguments.file, LONGEST, "file of prices")?;
    let wishes = Wishes::read(&text)?;
    Ok((text, wishes))
}

fn planned(store: &mut Store<'_, '_>, wishes: &Wishes, today: &Day) -> Result<Vec<Plan>, Problem> {
    wishes.products.iter().map(|wish| Ok(prices::plan(store, wish, today)?)).collect()
}

fn steps(plans: &[Plan]) -> Vec<&Step> {
    plans.iter().flat_map(|plan| &plan.steps).collect()
}

/// Goes on with what was begun, if all that is left was allowed then; else it is shown and asked for.
fn allowed(
    store: &Store<'_, '_>,
    plans: &[Plan],
    text: &str,
    yes: bool,
    around: &Surroundings,
    printer: &Printer,
) -> Result<State, Problem> {
    let (server, steps) = (store.origin(), steps(plans));
    let begun = State::read(around, &server, text)?;
    if let Some(begun) = begun.filter(|begun| begun.allows(steps.iter().copied())) {
        printer.say(&format!("This goes on where it stopped: {} calls were made.", begun.done));
        return Ok(begun);
    }
    if !steps.is_empty() && !printer.wants_json() {
        printer.say(&people(plans));
    }
    let what = format!("{} change prices at {server}.", calls(steps.len()));
    printer.confirm(&what, "apply", yes || steps.is_empty())?;
    Ok(State::begin(&server, steps))
}

fn told(outcome: Outcome) -> String {
    match (outcome.made, outcome.before) {
        (0, _) => "Everything is as the file says.".into(),
        (made, 0) => format!("{} made; everything is as the file says.", calls(made)),
        (made, before) => {
            format!("{} made, {before} before; everything is as the file says.", calls(made))
        }
    }
}

fn document(plans: &[Plan]) -> Value {
    let products: Vec<Value> = plans.iter().map(product).collect();
    json!({ "products": products, "calls": steps(plans).len() })
}

fn product(plan: &Plan) -> Value {
    let text = |amount: Option<Amount>| amount.map(|amount| amount.to_string());
    let change = |change: &Change| {
        json!({
            "territory": change.territory, "currency": change.currency, "from": text(change.from),
            "to": text(change.to), "start": change.start.as_ref().map(Day::as_str),
        })
    };
    let call = |step: &Step| json!({ "method": step.method, "path": step.path, "body": step.body });
    json!({
        "id": plan.product.id, "kind": plan.product.kind.name(), "name": plan.product.name,
        "changes": plan.changes.iter().map(change).collect::<Vec<_>>(),
        "notes": plan.notes,
        "calls": plan.steps.iter().map(call).collect::<Vec<_>>(),
    })
}

fn people(plans: &[Plan]) -> String {
    let mut lines: Vec<String> = plans.iter().flat_map(lines).collect();
    lines.push(match steps(plans).len() {
        0 => "Nothing would change.".into(),
        count => format!("{} would bring it about.", calls(count)),
    });
    lines.join("\n")
}

fn lines(plan: &Plan) -> Vec<String> {
    let head = format!("{} {}: {}", plan.product.kind.name(), plan.product.id, shown(&plan.product.name));
    let mut table = Table::new(["territory", "from", "to", "when"], "as the file says already");
    for change in &plan.changes {
        let amount = |amount: Option<Amount>| amount.map(|amount| format!("{amount} {}", change.currency));
        table.row([
            change.territory.clone(),
            amount(change.from).unwrap_or_default(),
            amount(change.to).unwrap_or_else(|| "follows the base".into()),
            change.start.as_ref().map_or_else(|| "at once".into(), |day| format!("from {day} on")),
        ]);
    }
    let notes = plan.notes.iter().map(|note| format!("note: {}", shown(note)));
    [head, table.text()].into_iter().chain(notes).collect()
}

fn calls(count: usize) -> String {
    if count == 1 { "1 call".to_owned() } else { format!("{count} calls") }
}
