import type { GatewayDatabase } from './database.ts';

/** Small values that the Gateway keeps about itself, as JSON. */
export type SettingsStore = {
  read(name: string): unknown;
  write(name: string, value: unknown): void;
  remove(name: string): void;
};

export function createSettingsStore(database: GatewayDatabase): SettingsStore {
  const select = database.sql.prepare('SELECT value FROM settings WHERE name = ?');
  const upsert = database.sql.prepare(
    'INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
  );
  const del = database.sql.prepare('DELETE FROM settings WHERE name = ?');
  return {
    read(name) {
      const row = select.get(name);
      return row === undefined ? undefined : JSON.parse(String(row.value));
    },
    write(name, value) {
      upsert.run(name, JSON.stringify(value));
    },
    remove(name) {
      del.run(name);
    },
  };
}
