"""The tables of accounts, in the database of conversations"""

from __future__ import annotations

import sqlalchemy as sa

from assistant.conversations.schema import Migration, bring_up_to_date

TABLES = sa.MetaData()
USERS = sa.Table(
    "users",
    TABLES,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("folded", sa.Text, nullable=False, unique=True),  # the name, however it is written
    sa.Column("hash", sa.Text, nullable=False),  # empty: no password fits
    sa.Column("subject", sa.Text, unique=True),  # who it is for a provider that people log in with
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("groups", sa.Text, nullable=False),  # JSON; null: everything
    sa.Column("disabled", sa.Boolean, nullable=False),
    sa.Column("created", sa.Double, nullable=False),
)
SESSIONS = sa.Table(
    "sessions",
    TABLES,
    sa.Column("token_hash", sa.Text, primary_key=True),
    sa.Column("user_id", sa.Text, sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("created", sa.Double, nullable=False),
    sa.Column("seen", sa.Double, nullable=False),
)
KEYS = sa.Table(
    "api_keys",
    TABLES,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("prefix", sa.Text, nullable=False),
    sa.Column("secret_hash", sa.Text, nullable=False, unique=True),
    sa.Column("scopes", sa.Text, nullable=False),  # JSON
    sa.Column("groups", sa.Text, nullable=False),  # JSON; null: everything
    sa.Column("per_minute", sa.Integer, nullable=False),
    sa.Column("per_day", sa.Integer, nullable=False),
    sa.Column("created", sa.Double, nullable=False),
    sa.Column("expires", sa.Double),
    sa.Column("last_used", sa.Double),
    sa.Column("revoked", sa.Double),
)
ATTEMPTS = sa.Table(
    "login_attempts",
    TABLES,
    sa.Column("subject", sa.Text, primary_key=True),  # hashed: people type passwords into the wrong field
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("last", sa.Double, nullable=False),
)
AUDIT = sa.Table(
    "audit",
    TABLES,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("at", sa.Double, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("what", sa.Text, nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
    sa.Column("address", sa.Text, nullable=False),
    sqlite_autoincrement=True,
)
MIGRATIONS: tuple[Migration, ...] = ()
"""As `assistant.conversations.schema.MIGRATIONS`, of these tables."""


def make_tables(engine: sa.Engine) -> None:
    """Makes the tables in a database that `open_database` has opened, or brings them up to date."""
    with engine.execution_options(writes=True).begin() as connection:
        shown = engine.url.database or engine.url.render_as_string(hide_password=True)
        bring_up_to_date(connection, shown, tables=TABLES, name="accounts", steps=MIGRATIONS)
