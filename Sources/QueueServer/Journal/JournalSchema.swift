import GRDB

/// The tables, as the migrations made them. Large columns stand last, so reading the others does not touch them.
enum JournalSchema {
  static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1") { db in
      try db.execute(
        sql: """
          CREATE TABLE meta (key TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL) WITHOUT ROWID;
          INSERT INTO meta (key, value) VALUES ('format', '1');

          -- state: 0 open, 1 finished, 2 set aside as failed. Times are nanoseconds since 1970.
          CREATE TABLE jobs (
            position INTEGER PRIMARY KEY NOT NULL, id BLOB NOT NULL UNIQUE, state INTEGER NOT NULL DEFAULT 0,
            ended_at INTEGER, reason TEXT, payload BLOB NOT NULL);

          CREATE TABLE attempts (
            id INTEGER PRIMARY KEY NOT NULL, job INTEGER NOT NULL REFERENCES jobs (position), worker TEXT NOT NULL,
            host TEXT NOT NULL, started_at INTEGER NOT NULL, ended_at INTEGER, end TEXT, message TEXT);
          CREATE INDEX attempts_of_job ON attempts (job);

          CREATE TABLE checkpoints (
            job INTEGER PRIMARY KEY NOT NULL REFERENCES jobs (position), attempt INTEGER NOT NULL, step INTEGER NOT NULL,
            stored_at INTEGER NOT NULL, digest BLOB NOT NULL, bytes BLOB NOT NULL);

          CREATE TABLE results (
            job INTEGER PRIMARY KEY NOT NULL REFERENCES jobs (position), attempt INTEGER NOT NULL, steps INTEGER NOT NULL,
            seconds REAL NOT NULL, stored_at INTEGER NOT NULL, digest BLOB NOT NULL, bytes BLOB NOT NULL);
          """)
    }
    // Several studies, jobs that are trained again afresh (so one digest may stand twice), audits. What a start reads of
    // each job stands together, without the payloads.
    migrator.registerMigration("2") { db in
      try db.execute(
        sql: """
          -- state: 0 open, 1 finished, 2 set aside as failed, 3 no study wants it.
          CREATE TABLE jobs_2 (
            position INTEGER PRIMARY KEY NOT NULL, id BLOB NOT NULL, state INTEGER NOT NULL DEFAULT 0,
            steps INTEGER NOT NULL DEFAULT 0, digest BLOB, first_attempt INTEGER NOT NULL DEFAULT 0,
            forgiven_up_to INTEGER NOT NULL DEFAULT 0, ended_at INTEGER, reason TEXT);
          CREATE TABLE payloads (
            job INTEGER PRIMARY KEY NOT NULL REFERENCES jobs (position), bytes BLOB NOT NULL);
          INSERT INTO jobs_2 (position, id, state, steps, digest, ended_at, reason)
            SELECT position, id, state, coalesce(results.steps, 0), results.digest, ended_at, reason
            FROM jobs LEFT JOIN results ON results.job = position;
          INSERT INTO payloads (job, bytes) SELECT position, payload FROM jobs;

          CREATE TABLE studies (
            id INTEGER PRIMARY KEY NOT NULL, submission TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
            priority INTEGER NOT NULL, fresh INTEGER NOT NULL, total INTEGER NOT NULL, submitted_at INTEGER NOT NULL,
            cancelled_at INTEGER, description BLOB NOT NULL);
          CREATE TABLE study_jobs (
            study INTEGER NOT NULL REFERENCES studies (id), place INTEGER NOT NULL,
            job INTEGER NOT NULL REFERENCES jobs (position), PRIMARY KEY (study, place)) WITHOUT ROWID;
          INSERT INTO studies (id, submission, name, priority, fresh, total, submitted_at, description)
            SELECT 1, coalesce((SELECT substr(value, 1, 32) FROM meta WHERE key = 'study'),
              '00000000000000000000000000000000'), 'study', 0, 0, count(*), 0, x'' FROM jobs HAVING count(*) > 0;
          INSERT INTO study_jobs (study, place, job) SELECT 1, position, position FROM jobs;

          DROP TABLE jobs;
          ALTER TABLE jobs_2 RENAME TO jobs;
          CREATE INDEX jobs_by_id ON jobs (id);
          CREATE INDEX study_jobs_by_job ON study_jobs (job);
          CREATE INDEX jobs_set_aside ON jobs (position) WHERE state = 2;
          CREATE INDEX attempts_that_run ON attempts (id) WHERE end IS NULL;

          CREATE TABLE audits (
            attempt INTEGER PRIMARY KEY NOT NULL REFERENCES attempts (id),
            job INTEGER NOT NULL REFERENCES jobs (position), worker TEXT NOT NULL, steps INTEGER NOT NULL,
            digest BLOB NOT NULL);
          CREATE INDEX audits_of_job ON audits (job);
          CREATE TABLE distrusted_workers (
            worker TEXT PRIMARY KEY NOT NULL, host TEXT NOT NULL, reason TEXT NOT NULL, at INTEGER NOT NULL)
            WITHOUT ROWID;
          UPDATE meta SET value = '2' WHERE key = 'format';
          """)
    }
    return migrator
  }
}
