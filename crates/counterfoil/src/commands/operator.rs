//! `operator`: signing in to the console as the operator.

use super::links::sign_in_link;
use crate::arguments::OperatorCommand;
use crate::opening::{Manner, open};
use crate::printer::Printer;
use crate::problem::Problem;
use counterfoil_authority::sign_in::Purpose;

pub(super) async fn operator(command: &OperatorCommand, printer: &Printer) -> Result<(), Problem> {
    match command {
        OperatorCommand::Link { settings } => {
            let opened = open(&settings.0, Manner::default(), printer).await?;
            let link = sign_in_link(&opened, Purpose::Operator).await?;
            printer.say(&format!("This link signs the operator in, once, until {}:", link.expires_at));
            printer.result(&link, || link.url.clone())
        }
    }
}
