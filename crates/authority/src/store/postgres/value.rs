//! Values as PostgreSQL sends and takes them.

use crate::store::Value;
use std::error::Error;
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

type Fault = Box<dyn Error + Sync + Send>;

impl ToSql for Value {
    fn to_sql(&self, of: &Type, out: &mut BytesMut) -> Result<IsNull, Fault> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Integer(number) if *of == Type::INT8 => number.to_sql(of, out),
            Self::Integer(number) if *of == Type::INT4 => i32::try_from(*number)?.to_sql(of, out),
            Self::Text(text) if is_text(of) => text.to_sql(of, out),
            Self::Bytes(bytes) if *of == Type::BYTEA => bytes.to_sql(of, out),
            _ => Err(format!("a value of another type than {of}").into()),
        }
    }

    /// Nothing may stand for any type, so every type is accepted here and looked at above.
    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

impl<'a> FromSql<'a> for Value {
    fn from_sql(of: &Type, raw: &'a [u8]) -> Result<Self, Fault> {
        if *of == Type::INT8 {
            i64::from_sql(of, raw).map(Self::Integer)
        } else if *of == Type::INT4 {
            i32::from_sql(of, raw).map(|number| Self::Integer(number.into()))
        } else if is_text(of) {
            String::from_sql(of, raw).map(Self::Text)
        } else if *of == Type::BYTEA {
            Ok(Self::Bytes(raw.to_vec()))
        } else if *of == Type::VOID {
            Ok(Self::Null)
        } else {
            Err(format!("a column of the type {of}, which no table has").into())
        }
    }

    fn from_sql_null(_: &Type) -> Result<Self, Fault> {
        Ok(Self::Null)
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

fn is_text(of: &Type) -> bool {
    [Type::TEXT, Type::VARCHAR, Type::NAME].contains(of)
}
