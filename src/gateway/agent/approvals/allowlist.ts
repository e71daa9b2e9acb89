import type { GatewayDatabase } from '../../sessions/database.ts';

export type AllowedCommand = {
  readonly command: string;
  readonly cwd: string;
  readonly createdAt: number;
  readonly lastUsedAt: number | null;
};

/**
 * Commands that a person allowed for good: this very text in this very directory, nothing like it. A pattern
 * would let a model choose what it means.
 */
export type Allowlist = {
  /** True when it stands in the list; its use is noted. */
  use(command: string, cwd: string, now: number): boolean;
  add(command: string, cwd: string, now: number): void;
  remove(command: string, cwd: string): void;
  list(): AllowedCommand[];
};

export function createAllowlist({ sql }: GatewayDatabase): Allowlist {
  const use = sql.prepare('UPDATE exec_allowlist SET last_used_at = ? WHERE command = ? AND cwd = ?');
  const add = sql.prepare(
    `INSERT INTO exec_allowlist (command, cwd, created_at, last_used_at) VALUES (?, ?, ?, ?)
     ON CONFLICT (command, cwd) DO UPDATE SET last_used_at = excluded.last_used_at`,
  );
  const remove = sql.prepare('DELETE FROM exec_allowlist WHERE command = ? AND cwd = ?');
  const list = sql.prepare(
    `SELECT command, cwd, created_at AS createdAt, last_used_at AS lastUsedAt FROM exec_allowlist
     ORDER BY created_at, command`,
  );
  return {
    use: (command, cwd, now) => use.run(now, command, cwd).changes > 0,
    add(command, cwd, now) {
      add.run(command, cwd, now, now);
    },
    remove(command, cwd) {
      remove.run(command, cwd);
    },
    // The table is STRICT, so the columns have the types of the record.
    list: () => list.all() as AllowedCommand[],
  };
}
