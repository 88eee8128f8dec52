//! What Envoy and we say to each other, as far as we read and write it: `envoy.service.auth.v3`, by the numbers of
//! its published form. What we do not name here is passed over, as protobuf has it. The test suite speaks to us by
//! Envoy's own definitions.

use prost::{Enumeration, Message, Oneof};
use std::collections::BTreeMap;

/// What Envoy asks.
#[derive(Clone, PartialEq, Message)]
pub(super) struct CheckRequest {
    #[prost(message, optional, tag = "1")]
    pub(super) attributes: Option<Attributes>,
}

/// What is told of the request and the connection that it came by.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Attributes {
    #[prost(message, optional, tag = "4")]
    pub(super) request: Option<AttributedRequest>,
}

/// The request and when it came.
#[derive(Clone, PartialEq, Message)]
pub(super) struct AttributedRequest {
    #[prost(message, optional, tag = "2")]
    pub(super) http: Option<HttpRequest>,
}

/// The request.
#[derive(Clone, PartialEq, Message)]
pub(super) struct HttpRequest {
    #[prost(string, tag = "2")]
    pub(super) method: String,
    /// Fields that came several times are joined by commas.
    #[prost(btree_map = "string, string", tag = "3")]
    pub(super) headers: BTreeMap<String, String>,
    /// Instead, with `encode_raw_headers`: each field as it came.
    #[prost(message, optional, tag = "13")]
    pub(super) header_map: Option<Fields>,
    /// Path and query, as they go on to the upstream.
    #[prost(string, tag = "4")]
    pub(super) path: String,
}

/// Fields, each as it came.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Fields {
    #[prost(message, repeated, tag = "1")]
    pub(super) headers: Vec<Field>,
}

/// One of them.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Field {
    #[prost(string, tag = "1")]
    pub(super) key: String,
    #[prost(string, tag = "2")]
    pub(super) value: String,
    /// Instead of `value`.
    #[prost(bytes = "bytes", tag = "3")]
    pub(super) raw_value: bytes::Bytes,
}

/// What we answer.
#[derive(Clone, PartialEq, Message)]
pub(super) struct CheckResponse {
    #[prost(message, optional, tag = "1")]
    pub(super) status: Option<Status>,
    #[prost(oneof = "Answer", tags = "2, 3")]
    pub(super) answer: Option<Answer>,
}

/// `google.rpc.Status`: zero lets the request pass, anything else does not.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Status {
    #[prost(int32, tag = "1")]
    pub(super) code: i32,
}

/// The two ways to answer.
#[derive(Clone, PartialEq, Oneof)]
pub(super) enum Answer {
    #[prost(message, tag = "2")]
    Denied(Denied),
    #[prost(message, tag = "3")]
    Passed(Passed),
}

/// The client's answer.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Denied {
    #[prost(message, optional, tag = "1")]
    pub(super) status: Option<HttpStatus>,
    #[prost(message, repeated, tag = "2")]
    pub(super) headers: Vec<FieldOption>,
    #[prost(string, tag = "3")]
    pub(super) body: String,
}

/// Its status.
#[derive(Clone, PartialEq, Message)]
pub(super) struct HttpStatus {
    #[prost(int32, tag = "1")]
    pub(super) code: i32,
}

/// What is changed in a request that passes, and in its answer.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Passed {
    #[prost(message, repeated, tag = "2")]
    pub(super) headers: Vec<FieldOption>,
    #[prost(string, repeated, tag = "5")]
    pub(super) headers_to_remove: Vec<String>,
    #[prost(message, repeated, tag = "6")]
    pub(super) response_headers_to_add: Vec<FieldOption>,
}

/// A field, and what becomes of what is there already.
#[derive(Clone, PartialEq, Message)]
pub(super) struct FieldOption {
    #[prost(message, optional, tag = "1")]
    pub(super) header: Option<Field>,
    #[prost(enumeration = "Action", tag = "3")]
    pub(super) action: i32,
}

/// What becomes of what is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub(super) enum Action {
    Append = 0,
    Replace = 2,
}
