//! The database of a gateway that runs in several processes: PostgreSQL.
use std::fmt;
use std::str::FromStr as _;
use std::time::Duration;

use dvkit_client::auth::BoxFuture;
use sqlx::postgres::{PgArguments, PgConnectOptions, PgPool, PgPoolOptions, PgRow};
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, Column as _, Row as _, TypeInfo as _};

use super::migrations::{MIGRATIONS, statements};
use super::{Database, DatabaseError, Result, Row, Statement, Value};

/// The expression for the database's clock, in milliseconds since 1970.
const NOW: &str = "(extract(epoch FROM clock_timestamp()) * 1000)::BIGINT";

/// The number of the advisory lock that one process holds while it applies migrations.
const MIGRATION_LOCK: i64 = 0x6476_6b69_7467_7779;

/// How long a statement waits for a connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(15);

/// A database of PostgreSQL, with a pool of connections.
#[derive(Clone)]
pub struct Postgres(PgPool);

impl Postgres {
    /// Connects to the database at `url`, such as `postgres://gateway@db.contoso.com/gateway`, and applies the
    /// migrations. The pool has at most `connections` connections.
    ///
    /// # Errors
    /// Returns an error if the URL is not one of PostgreSQL, if the database cannot be reached, or if it was written
    /// by a later version. The message contains neither the URL nor the password.
    pub async fn connect(url: &str, connections: u32) -> Result<Self> {
        let options = PgConnectOptions::from_str(url)
            .map_err(|_| DatabaseError::new("its URL is not one of PostgreSQL", false))?;
        let pool = PgPoolOptions::new().max_connections(connections.max(1)).acquire_timeout(ACQUIRE_TIMEOUT);
        let database =
            Self(pool.connect_with(options.application_name("dvkit gateway")).await.map_err(failed)?);
        database.migrate().await?;
        Ok(database)
    }

    /// Applies the migrations that the database does not have yet, while other processes wait.
    async fn migrate(&self) -> Result<()> {
        let mut transaction = self.0.begin().await.map_err(failed)?;
        sqlx::query("SELECT pg_advisory_xact_lock($1)")
            .bind(MIGRATION_LOCK)
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
        sqlx::query("CREATE TABLE IF NOT EXISTS migrations (number BIGINT PRIMARY KEY)")
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
        let applied: i64 = sqlx::query_scalar("SELECT count(*) FROM migrations")
            .fetch_one(&mut *transaction)
            .await
            .map_err(failed)?;
        let applied = usize::try_from(applied).unwrap_or_default();
        if applied > MIGRATIONS.len() {
            return Err(DatabaseError::new("it was written by a later version of dvkit", false));
        }
        for (number, migration) in MIGRATIONS.iter().enumerate().skip(applied) {
            for statement in statements(migration, "BYTEA") {
                sqlx::query(AssertSqlSafe(statement)).execute(&mut *transaction).await.map_err(failed)?;
            }
            sqlx::query("INSERT INTO migrations VALUES ($1)")
                .bind(number as i64)
                .execute(&mut *transaction)
                .await
                .map_err(failed)?;
        }
        transaction.commit().await.map_err(failed)
    }
}

impl fmt::Debug for Postgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Postgres")
    }
}

fn failed(error: sqlx::Error) -> DatabaseError {
    match error {
        // The detail of a message may quote values; the message itself names tables and columns.
        sqlx::Error::Database(error) => {
            // Classes 08 (connection), 40 (serialisation, deadlock), 53 (resources), 57 (shut down).
            let transient = error
                .code()
                .is_some_and(|code| ["08", "40", "53", "57"].iter().any(|class| code.starts_with(class)));
            DatabaseError::new(error.message(), transient)
        }
        sqlx::Error::Io(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => DatabaseError::new("it cannot be reached", true),
        sqlx::Error::Tls(_) => DatabaseError::new("the connection has no TLS", false),
        _ => DatabaseError::new("it gave an unexpected answer", false),
    }
}

fn rendered(sql: &str) -> String {
    sql.replace("{now}", NOW).replace("{skip_locked}", "FOR UPDATE SKIP LOCKED")
}

/// Returns the statement with its parameters. All texts are constants of this crate.
fn bound(statement: &Statement) -> Query<'static, sqlx::Postgres, PgArguments> {
    let mut query = sqlx::query(AssertSqlSafe(rendered(&statement.sql)));
    for value in &statement.params {
        query = match value {
            // The type of a null follows from its place.
            Value::Null => query.bind(Null),
            Value::Int(number) => query.bind(*number),
            Value::Text(text) => query.bind(text.clone()),
            Value::Bytes(bytes) => query.bind(bytes.clone()),
        };
    }
    query
}

/// A null whose type PostgreSQL infers.
struct Null;

impl sqlx::Type<sqlx::Postgres> for Null {
    fn type_info() -> sqlx::postgres::PgTypeInfo {
        sqlx::postgres::PgTypeInfo::with_oid(sqlx::postgres::types::Oid(0))
    }
}

impl sqlx::Encode<'_, sqlx::Postgres> for Null {
    fn encode_by_ref(
        &self,
        _: &mut sqlx::postgres::PgArgumentBuffer,
    ) -> std::result::Result<sqlx::encode::IsNull, sqlx::error::BoxDynError> {
        Ok(sqlx::encode::IsNull::Yes)
    }
}

fn read(row: &PgRow) -> Result<Row> {
    let mut values = Vec::with_capacity(row.len());
    for (number, column) in row.columns().iter().enumerate() {
        let value = match column.type_info().name() {
            "INT8" => row.try_get::<Option<i64>, _>(number).map(Value::from),
            "INT4" => row.try_get::<Option<i32>, _>(number).map(|value| value.map(i64::from).into()),
            "TEXT" | "VARCHAR" => row.try_get::<Option<String>, _>(number).map(Value::from),
            "BYTEA" => row.try_get::<Option<Vec<u8>>, _>(number).map(Value::from),
            _ => return Err(DatabaseError::decode(number)),
        };
        values.push(value.map_err(failed)?);
    }
    Ok(Row(values))
}

impl Database for Postgres {
    fn query(&self, statement: Statement) -> BoxFuture<'_, Result<Vec<Row>>> {
        Box::pin(async move {
            let rows = bound(&statement).fetch_all(&self.0).await.map_err(failed)?;
            rows.iter().map(read).collect()
        })
    }

    fn execute(&self, statement: Statement) -> BoxFuture<'_, Result<u64>> {
        Box::pin(async move {
            bound(&statement).execute(&self.0).await.map(|done| done.rows_affected()).map_err(failed)
        })
    }

    fn transaction(&self, statements: Vec<Statement>) -> BoxFuture<'_, Result<bool>> {
        Box::pin(async move {
            let mut transaction = self.0.begin().await.map_err(failed)?;
            for statement in &statements {
                let done = bound(statement).execute(&mut *transaction).await.map_err(failed)?;
                if statement.expected.is_some_and(|expected| expected != done.rows_affected()) {
                    transaction.rollback().await.map_err(failed)?;
                    return Ok(false);
                }
            }
            transaction.commit().await.map_err(failed)?;
            Ok(true)
        })
    }

    fn kind(&self) -> &'static str {
        "PostgreSQL"
    }
}
