import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { AppErrorException, appError } from '../../shared/errors.ts';

/**
 * Each entry takes the schema one version up; `user_version` says how many have run. Never edit one that
 * shipped.
 */
const migrations = [
  `
  CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

  CREATE TABLE devices (
    device_id TEXT PRIMARY KEY,
    public_key TEXT NOT NULL,
    display_name TEXT,
    platform TEXT NOT NULL,
    device_family TEXT NOT NULL,
    client_id TEXT NOT NULL,
    client_mode TEXT NOT NULL,
    approved_via TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    approved_at INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE device_tokens (
    device_id TEXT NOT NULL REFERENCES devices ON DELETE CASCADE,
    role TEXT NOT NULL,
    token TEXT NOT NULL,
    scopes TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (device_id, role)
  ) STRICT;

  CREATE TABLE sessions (
    key TEXT PRIMARY KEY,
    session_id TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    last_interaction_at INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE messages (
    session_key TEXT NOT NULL REFERENCES sessions ON DELETE CASCADE,
    seq INTEGER NOT NULL,
    message_id TEXT NOT NULL,
    run_id TEXT NOT NULL,
    role TEXT NOT NULL,
    text TEXT NOT NULL,
    in_context INTEGER NOT NULL,
    row TEXT NOT NULL,
    PRIMARY KEY (session_key, seq)
  ) STRICT;

  CREATE TABLE runs (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    run_id TEXT NOT NULL UNIQUE,
    session_key TEXT NOT NULL REFERENCES sessions ON DELETE CASCADE,
    message TEXT NOT NULL,
    plain INTEGER NOT NULL,
    sender TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    accepted_at INTEGER NOT NULL,
    started_at INTEGER,
    ended_at INTEGER,
    stop_reason TEXT,
    error TEXT,
    provider TEXT,
    model TEXT,
    input_tokens INTEGER,
    output_tokens INTEGER
  ) STRICT;
  CREATE INDEX runs_by_session ON runs (session_key, position);
  `,
  `
  CREATE TABLE nodes (
    node_id TEXT PRIMARY KEY REFERENCES devices ON DELETE CASCADE,
    record TEXT NOT NULL
  ) STRICT;
  `,
  `
  ALTER TABLE runs ADD COLUMN conn_id TEXT;
  ALTER TABLE runs ADD COLUMN device_id TEXT;
  ALTER TABLE runs ADD COLUMN queue_mode TEXT NOT NULL DEFAULT 'followup';
  ALTER TABLE runs ADD COLUMN media TEXT NOT NULL DEFAULT '[]';
  ALTER TABLE runs ADD COLUMN thinking TEXT;
  ALTER TABLE runs ADD COLUMN cost_usd REAL;

  CREATE TABLE exec_allowlist (
    command TEXT NOT NULL,
    cwd TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    last_used_at INTEGER,
    PRIMARY KEY (command, cwd)
  ) STRICT;
  `,
  `
  CREATE TABLE session_settings (
    session_key TEXT PRIMARY KEY REFERENCES sessions ON DELETE CASCADE,
    settings TEXT NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX messages_by_id ON messages (session_key, message_id);
  `,
  `
  ALTER TABLE runs ADD COLUMN context_tokens INTEGER;
  `,
  // What was there before it was told what is read counts as read.
  `
  INSERT INTO session_settings (session_key, settings)
    SELECT key, json_object('lastReadAt', CAST(unixepoch('subsec') * 1000 AS INTEGER)) FROM sessions WHERE true
    ON CONFLICT (session_key) DO UPDATE
      SET settings = json_set(settings, '$.lastReadAt', json_extract(excluded.settings, '$.lastReadAt'));
  `,
];

export type GatewayDatabase = {
  readonly path: string;
  readonly sql: DatabaseSync;
  /** All or nothing, and on disk when it returns. Does not nest. */
  transaction<T>(work: () => T): T;
  /** Rises with every row that is written, changed or deleted. Nobody else writes: the file is locked. */
  revision(): number;
  close(): void;
};

/**
 * Opens (or makes) `gateway.sqlite` in `stateDir`, 0600, WAL, every commit synced to disk. It is locked for
 * this process: two Gateways on one file would answer the same messages twice. Throws {@link
 * AppErrorException}: FILE_NOT_OURS for a symbolic link, DATABASE_DAMAGED, LOCAL_GATEWAY_FAILED otherwise.
 */
export function openDatabase(stateDir: string): GatewayDatabase {
  const path = join(stateDir, 'gateway.sqlite');
  try {
    return open(stateDir, path);
  } catch (thrown) {
    if (thrown instanceof AppErrorException) throw thrown;
    if (isDamage(thrown)) throw damaged(path, thrown.message);
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new AppErrorException(
      appError('LOCAL_GATEWAY_FAILED', `opening ${path}: ${reason}`, {
        details: { reason: `${path}: ${reason}` },
      }),
    );
  }
}

function open(stateDir: string, path: string): GatewayDatabase {
  // Some Electron versions were built without it; a static import would fail with a riddle.
  const sqlite = process.getBuiltinModule('node:sqlite');
  if (sqlite === undefined) throw new Error('this runtime has no node:sqlite');
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  if (lstatSync(path, { throwIfNoEntry: false })?.isFile() === false) {
    throw new AppErrorException(
      appError('FILE_NOT_OURS', `${path} is not a plain file`, { details: { file: path } }),
    );
  }
  // Made before SQLite opens it: the -wal and -shm files take over the permissions of this one.
  closeSync(openSync(path, 'a', 0o600));
  chmodSync(path, 0o600);

  checkIntegrity(sqlite, path);
  const sql = new sqlite.DatabaseSync(path);
  try {
    sql.exec(`
      -- The process before this one may still be on its way out.
      PRAGMA busy_timeout = 1000;
      PRAGMA locking_mode = EXCLUSIVE;
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      PRAGMA foreign_keys = ON;
    `);
    migrate(sql);
  } catch (thrown) {
    sql.close();
    throw thrown;
  }
  const changes = sql.prepare('SELECT total_changes() AS changes');
  return {
    path,
    sql,
    transaction: (work) => transaction(sql, work),
    revision: () => Number(changes.get()?.changes ?? 0),
    close: () => sql.close(),
  };
}

/** A full check of a large file would hold up the start for seconds. */
const QUICK_CHECK_BYTES = 64 * 1024 * 1024;

/**
 * Throws DATABASE_DAMAGED when the file is not whole, and leaves a copy of it beside it: nobody repairs or deletes
 * the only one there is. One copy for each state of the file, however often the start is tried.
 */
function checkIntegrity(sqlite: typeof import('node:sqlite'), path: string): void {
  const { size } = statSync(path);
  if (size === 0) return;
  // Read only, so that a damaged file stays as it was found.
  const reader = new sqlite.DatabaseSync(path, { readOnly: true });
  try {
    reader.exec('PRAGMA busy_timeout = 1000');
    const check = size > QUICK_CHECK_BYTES ? 'quick_check' : 'integrity_check';
    const [first] = reader.prepare(`PRAGMA ${check}(1)`).all();
    const verdict = String(first === undefined ? 'ok' : Object.values(first)[0]);
    if (verdict !== 'ok') throw damaged(path, verdict);
  } finally {
    reader.close();
  }
}

/** SQLITE_CORRUPT and SQLITE_NOTADB. */
const isDamage = (thrown: unknown): thrown is Error & { errcode: number } =>
  thrown instanceof Error && 'errcode' in thrown && [11, 26].includes(Number(thrown.errcode) & 0xff);

function damaged(path: string, reason: string): AppErrorException {
  const stamp = statSync(path).mtime.toISOString().replaceAll(':', '-');
  const backup = `${path}.damaged-${stamp}`;
  for (const part of ['', '-wal']) {
    const size = statSync(`${path}${part}`, { throwIfNoEntry: false })?.size ?? 0;
    if (size === 0 || existsSync(`${backup}${part}`)) continue;
    copyFileSync(`${path}${part}`, `${backup}${part}`, constants.COPYFILE_EXCL);
    chmodSync(`${backup}${part}`, 0o600);
  }
  return new AppErrorException(
    appError('DATABASE_DAMAGED', `${path}: ${reason}`, { details: { file: path, backup, reason } }),
  );
}

function transaction<T>(sql: DatabaseSync, work: () => T): T {
  sql.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    sql.exec('COMMIT');
    return result;
  } catch (thrown) {
    sql.exec('ROLLBACK');
    throw thrown;
  }
}

function migrate(sql: DatabaseSync): void {
  const row = sql.prepare('PRAGMA user_version').get();
  const version = Number(row?.user_version ?? 0);
  if (version > migrations.length) {
    throw new Error(`the file was written by a newer version (schema ${version})`);
  }
  transaction(sql, () => {
    for (const step of migrations.slice(version)) sql.exec(step);
    sql.exec(`PRAGMA user_version = ${migrations.length}`);
  });
}
