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
    return migrator
  }
}
