namespace PoseBatch.JobStores.Sqlite;

/// <summary>The tables of the store, as steps from one version of the file to the next (<c>PRAGMA user_version</c>).</summary>
internal static class Schema
{
    /// <summary>Marks a SQLite file as a job store of PoseBatch: the letters PBJS.</summary>
    public const int ApplicationId = 0x50424A53;

    /// <summary>Step n leads from version n to n + 1. Steps are never changed once released, only added.</summary>
    public static readonly IReadOnlyList<string> Steps =
    [
        """
        CREATE TABLE jobs (
          seq             INTEGER PRIMARY KEY AUTOINCREMENT,  -- order of submission
          id              TEXT    NOT NULL UNIQUE,
          idempotency_key TEXT    UNIQUE,
          spec            TEXT    NOT NULL,                   -- JSON, jobs/job.schema.json
          origin          TEXT    NOT NULL,
          status          TEXT    NOT NULL,
          priority        INTEGER NOT NULL,
          group_name      TEXT,
          requires_gpu    INTEGER NOT NULL,
          duration_s      REAL,
          max_attempts    INTEGER NOT NULL,
          deadline        INTEGER,                            -- this and all times: milliseconds since 1970, UTC
          attempt         INTEGER NOT NULL DEFAULT 0,
          token           INTEGER NOT NULL DEFAULT 0,
          worker          TEXT,
          lease_until     INTEGER,                            -- null unless held
          run_at          INTEGER NOT NULL,
          waiting_since   INTEGER NOT NULL,                   -- place in the queue: submission, or the user's retry
          submitted_at    INTEGER NOT NULL,
          started_at      INTEGER,
          finished_at     INTEGER,                            -- null unless over
          progress        TEXT,                               -- JSON
          reason          TEXT,
          message         TEXT,
          advice          TEXT,
          result_path     TEXT,
          result_key      TEXT,
          owned_key       TEXT,                               -- result_key while this job is the one to answer for it
          duplicate_of    TEXT
        );
        CREATE INDEX jobs_open ON jobs (priority DESC, waiting_since, seq, status, run_at, lease_until, requires_gpu, duration_s)
          WHERE finished_at IS NULL;
        CREATE INDEX jobs_leases ON jobs (lease_until, worker) WHERE lease_until IS NOT NULL;
        CREATE INDEX jobs_deadlines ON jobs (deadline) WHERE deadline IS NOT NULL AND finished_at IS NULL;
        CREATE INDEX jobs_status ON jobs (status, seq);
        CREATE INDEX jobs_group ON jobs (group_name, status, seq) WHERE group_name IS NOT NULL;
        CREATE UNIQUE INDEX jobs_key ON jobs (owned_key) WHERE owned_key IS NOT NULL;

        -- How many jobs stand where, kept by triggers: counting a million rows would take longer than all the rest.
        CREATE TABLE counts (status TEXT PRIMARY KEY, jobs INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TRIGGER jobs_come AFTER INSERT ON jobs BEGIN
          INSERT INTO counts VALUES (NEW.status, 1) ON CONFLICT (status) DO UPDATE SET jobs = jobs + 1;
        END;
        CREATE TRIGGER jobs_move AFTER UPDATE OF status ON jobs WHEN OLD.status <> NEW.status BEGIN
          UPDATE counts SET jobs = jobs - 1 WHERE status = OLD.status;
          INSERT INTO counts VALUES (NEW.status, 1) ON CONFLICT (status) DO UPDATE SET jobs = jobs + 1;
        END;
        CREATE TRIGGER jobs_go AFTER DELETE ON jobs BEGIN
          UPDATE counts SET jobs = jobs - 1 WHERE status = OLD.status;
        END;

        CREATE TABLE events (
          seq     INTEGER PRIMARY KEY AUTOINCREMENT,
          job     INTEGER NOT NULL REFERENCES jobs (seq) ON DELETE CASCADE,
          time    INTEGER NOT NULL,
          state   TEXT    NOT NULL,
          worker  TEXT,
          attempt INTEGER NOT NULL,
          token   INTEGER NOT NULL,
          reason  TEXT,
          message TEXT
        );
        CREATE INDEX events_job ON events (job, seq);
        """,
        """
        -- Jobs that are over and whose notify.url has not been told yet. Triggers, because a job ends in many ways.
        CREATE TABLE notices (
          id    INTEGER PRIMARY KEY AUTOINCREMENT,
          job   INTEGER NOT NULL UNIQUE REFERENCES jobs (seq) ON DELETE CASCADE,
          due   INTEGER NOT NULL,
          tries INTEGER NOT NULL DEFAULT 0
        );
        CREATE INDEX notices_due ON notices (due);
        CREATE TRIGGER jobs_end AFTER UPDATE OF finished_at ON jobs
          WHEN OLD.finished_at IS NULL AND NEW.finished_at IS NOT NULL AND json_extract(NEW.spec, '$.notify.url') IS NOT NULL BEGIN
          INSERT INTO notices (job, due) VALUES (NEW.seq, NEW.finished_at);
        END;
        CREATE TRIGGER jobs_end_at_once AFTER INSERT ON jobs
          WHEN NEW.finished_at IS NOT NULL AND json_extract(NEW.spec, '$.notify.url') IS NOT NULL BEGIN
          INSERT INTO notices (job, due) VALUES (NEW.seq, NEW.finished_at);
        END;
        CREATE TRIGGER jobs_begin_again AFTER UPDATE OF finished_at ON jobs
          WHEN OLD.finished_at IS NOT NULL AND NEW.finished_at IS NULL BEGIN
          DELETE FROM notices WHERE job = NEW.seq;
        END;
        """,
    ];
}
