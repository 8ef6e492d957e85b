//! The tables of the gateway, as migrations that are applied in their order, each once.

/// The name of the column type for bytes differs between the databases.
pub(super) const BYTES: &str = "{bytes}";

/// The migrations. A migration that was released is never changed; a change of the tables is a further one.
pub(super) const MIGRATIONS: &[&str] = &[
    // 1: everything that the first version needs.
    "CREATE TABLE api_keys (
        id TEXT PRIMARY KEY, tenant TEXT NOT NULL, name TEXT NOT NULL, scopes TEXT NOT NULL, accounts TEXT,
        hash {bytes} NOT NULL, hash_key TEXT NOT NULL, created_at BIGINT NOT NULL, expires_at BIGINT, revoked_at BIGINT
    );
    CREATE INDEX api_keys_by_tenant ON api_keys (tenant);
    CREATE TABLE accounts (
        id TEXT PRIMARY KEY, tenant TEXT NOT NULL, name TEXT NOT NULL, org_url TEXT NOT NULL, auth TEXT NOT NULL,
        application TEXT NOT NULL, entra_tenant TEXT, user_key TEXT, state TEXT NOT NULL, reason TEXT,
        version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL
    );
    CREATE INDEX accounts_by_tenant ON accounts (tenant, id);
    CREATE TABLE secrets (
        account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE, name TEXT NOT NULL,
        key_id TEXT NOT NULL, sealed {bytes} NOT NULL, version BIGINT NOT NULL, updated_at BIGINT NOT NULL,
        PRIMARY KEY (account_id, name)
    );
    CREATE INDEX secrets_by_key ON secrets (key_id);
    CREATE TABLE sign_ins (
        state TEXT PRIMARY KEY, account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
        key_id TEXT NOT NULL, sealed {bytes} NOT NULL, expires_at BIGINT NOT NULL
    );
    CREATE TABLE leases (name TEXT PRIMARY KEY, holder TEXT NOT NULL, expires_at BIGINT NOT NULL);
    CREATE TABLE idempotency (
        tenant TEXT NOT NULL, account_id TEXT NOT NULL, key TEXT NOT NULL, request {bytes} NOT NULL, status BIGINT,
        headers TEXT, key_id TEXT, sealed {bytes}, expires_at BIGINT NOT NULL, PRIMARY KEY (account_id, key)
    );
    CREATE TABLE snapshots (
        account_id TEXT PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE, digest TEXT NOT NULL,
        body {bytes} NOT NULL, drift TEXT, fetched_at BIGINT NOT NULL, changed_at BIGINT NOT NULL
    );
    CREATE TABLE webhooks (
        id TEXT PRIMARY KEY, tenant TEXT NOT NULL, url TEXT NOT NULL, events TEXT NOT NULL, account_id TEXT,
        key_id TEXT NOT NULL, sealed {bytes} NOT NULL, disabled_at BIGINT, created_at BIGINT NOT NULL
    );
    CREATE INDEX webhooks_by_tenant ON webhooks (tenant);
    CREATE TABLE outbox (
        id TEXT PRIMARY KEY, webhook_id TEXT NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
        event TEXT NOT NULL, body TEXT NOT NULL, attempts BIGINT NOT NULL, next_attempt_at BIGINT NOT NULL,
        claimed_until BIGINT NOT NULL, created_at BIGINT NOT NULL, delivered_at BIGINT, failed_at BIGINT, last_error TEXT
    );
    CREATE INDEX outbox_due ON outbox (next_attempt_at) WHERE delivered_at IS NULL AND failed_at IS NULL;
    CREATE INDEX outbox_by_webhook ON outbox (webhook_id, created_at);
    CREATE TABLE jobs (
        account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE, kind TEXT NOT NULL, subject TEXT NOT NULL,
        next_run_at BIGINT NOT NULL, claimed_by TEXT, claimed_until BIGINT NOT NULL, cursor TEXT, watermark BIGINT,
        failures BIGINT NOT NULL, last_error TEXT, PRIMARY KEY (account_id, kind, subject)
    );
    CREATE INDEX jobs_due ON jobs (next_run_at)",
    // 2: accounts are found by their names.
    "CREATE INDEX accounts_by_name ON accounts (tenant, name)",
    // 3: and in the order of their ids. Without them in the index SQLite read all accounts of the tenant.
    "DROP INDEX accounts_by_name;
    CREATE INDEX accounts_by_name ON accounts (tenant, name, id)",
];

/// Returns the statements of a migration, for a database whose type for bytes is `bytes`.
pub(super) fn statements(migration: &str, bytes: &str) -> Vec<String> {
    migration.split(';').map(|statement| statement.trim().replace(BYTES, bytes)).collect()
}
