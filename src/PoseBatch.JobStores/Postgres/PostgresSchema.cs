namespace PoseBatch.JobStores.Postgres;

/// <summary>The tables of the store, as steps from one version to the next (table <c>schema_version</c>). Steps only add: two versions of the program run side by side during an upgrade.</summary>
internal static class PostgresSchema
{
    /// <summary>Held while the tables are brought up to date: the letters PB, and what the lock is for.</summary>
    public const long UpgradeLock = 0x5042_0001;

    /// <summary>Step n leads from version n to n + 1. Steps are never changed once released, only added.</summary>
    public static readonly IReadOnlyList<string> Steps =
    [
        """
        CREATE TABLE jobs (
          seq             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,   -- order of submission
          id              text COLLATE "C" NOT NULL UNIQUE,
          idempotency_key text COLLATE "C" UNIQUE,
          spec            text NOT NULL,                                     -- JSON, jobs/job.schema.json
          origin          text NOT NULL,
          status          text NOT NULL,
          group_name      text,
          max_attempts    int NOT NULL,
          seconds         float8,                                            -- length of the video
          attempt         int NOT NULL DEFAULT 0,
          token           bigint NOT NULL DEFAULT 0,
          worker          text COLLATE "C",
          run_at          timestamptz NOT NULL,
          submitted_at    timestamptz NOT NULL,
          started_at      timestamptz,
          finished_at     timestamptz,                                       -- null unless over
          progress        text,                                              -- JSON; of a job that is over
          reason          text,
          message         text,
          advice          text,
          result_path     text,
          result_key      text,
          owned_key       text UNIQUE,                                       -- result_key while this job is the one to answer for it
          duplicate_of    text
        ) WITH (fillfactor = 80);
        CREATE INDEX jobs_status ON jobs (status, seq);
        CREATE INDEX jobs_group ON jobs (group_name, status, seq) WHERE group_name IS NOT NULL;

        -- What waits or is held: a narrow row per job that is not over, so that beats and claims touch little. The columns that a beat
        -- changes stand in no index: its new row lies on the same page and no index hears of it.
        CREATE TABLE work (
          job      bigint PRIMARY KEY REFERENCES jobs (seq) ON DELETE CASCADE,
          priority int NOT NULL,
          turn     timestamptz NOT NULL,                                     -- place in the queue: submission, or the user's retry
          run_at   timestamptz NOT NULL,
          deadline timestamptz,
          gpu      boolean NOT NULL,
          held     boolean NOT NULL DEFAULT false,
          worker   text COLLATE "C",
          token    bigint NOT NULL DEFAULT 0,
          until    timestamptz,                                              -- null unless held
          progress text                                                      -- JSON
        ) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 200);
        CREATE INDEX work_next ON work (priority DESC, turn, job);
        CREATE INDEX work_held ON work (worker) WHERE held;
        CREATE INDEX work_deadlines ON work (deadline) WHERE deadline IS NOT NULL;

        -- An event gets its sequence number when it is first read, under a lock: numbers drawn by writers would become visible out of
        -- order, and whoever follows them would miss some.
        CREATE TABLE events (
          id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
          seq     bigint UNIQUE,
          job     bigint NOT NULL REFERENCES jobs (seq) ON DELETE CASCADE,
          time    timestamptz NOT NULL,
          state   text NOT NULL,
          worker  text,
          attempt int NOT NULL,
          token   bigint NOT NULL,
          reason  text,
          message text
        );
        CREATE INDEX events_job ON events (job, seq);
        CREATE INDEX events_unread ON events (id) WHERE seq IS NULL;
        CREATE SEQUENCE event_numbers;

        -- How many jobs stand where: the sum of all rows of a status. Writers only add rows, so that none waits for another; readers
        -- put many together.
        CREATE TABLE counts (status text NOT NULL, jobs bigint NOT NULL);

        -- Jobs that are over and whose notify.url has not been told yet.
        CREATE TABLE notices (
          id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
          job   bigint NOT NULL UNIQUE REFERENCES jobs (seq) ON DELETE CASCADE,
          due   timestamptz NOT NULL,
          tries int NOT NULL DEFAULT 0
        );
        CREATE INDEX notices_due ON notices (due);
        """,
    ];
}
