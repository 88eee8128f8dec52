//! The binary, run as people run it.

mod bootstrap;
mod catalog;
mod crash;
mod help;
mod http;
mod installation;
mod keeping;
mod operator;
mod output;
mod serve;
mod settings;
mod token;
