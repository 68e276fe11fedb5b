-- One row per accepted request. Words and numbers only: an old file never depends on today's types.
CREATE TABLE exchanges (
    id INTEGER PRIMARY KEY, -- the time it began, so that the rows are in the order of every list
    client TEXT,
    client_protocol TEXT,
    operation TEXT,
    method TEXT NOT NULL,
    path TEXT NOT NULL,
    upstream_protocol TEXT,
    provider TEXT,
    account TEXT,
    requested_model TEXT,
    upstream_model TEXT,
    stream INTEGER NOT NULL,
    status INTEGER,
    upstream_status INTEGER,
    state TEXT NOT NULL,
    error_kind TEXT,
    error_source TEXT,
    error_message TEXT,
    finish_reason TEXT,
    finish_raw TEXT,
    attempts TEXT NOT NULL, -- JSON list
    losses TEXT NOT NULL,   -- JSON list
    loss_count INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    first_token_ms INTEGER,
    duration_ms INTEGER,
    timing TEXT NOT NULL, -- JSON object
    input_tokens INTEGER,
    output_tokens INTEGER,
    cache_read_tokens INTEGER,
    cache_write_tokens INTEGER,
    reasoning_tokens INTEGER,
    usage_estimated INTEGER NOT NULL,
    request_bytes INTEGER NOT NULL,
    response_bytes INTEGER NOT NULL,
    event_count INTEGER NOT NULL
) STRICT;

-- Most exchanges succeed, so these two are small and cost them nothing. Whatever else is looked for is found by
-- walking the rows from the newest on: every row would pay for an index that a filter needs now and then.
CREATE INDEX exchanges_failed ON exchanges (failed) WHERE failed = 1;
CREATE INDEX exchanges_not_done ON exchanges (state) WHERE state <> 'done';

-- What was sent and received, one row per part: `client_request`, `events`, …
CREATE TABLE bodies (
    exchange_id INTEGER NOT NULL REFERENCES exchanges (id) ON DELETE CASCADE,
    part TEXT NOT NULL,
    bytes BLOB NOT NULL,
    truncated INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX bodies_by_exchange ON bodies (exchange_id, part);
