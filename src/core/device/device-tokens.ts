import { join } from 'node:path';
import { z } from 'zod';
import type { AppError } from '../../shared/errors.ts';
import { ok, type Result } from '../../shared/result.ts';
import { readPrivateFile, setAside, writePrivateFile } from './private-file.ts';

/** What a Gateway handed this device in `hello-ok`: good for these scopes, instead of the shared secret. */
export type DeviceToken = { readonly token: string; readonly scopes: readonly string[] };

/**
 * One token per Gateway and role. `gatewayKey` is the caller's name for a Gateway; a URL would not do, because
 * every tunnel ends on the same local one.
 */
export type DeviceTokens = {
  get(gatewayKey: string, role: string): DeviceToken | null;
  set(gatewayKey: string, role: string, token: DeviceToken): void;
  forget(gatewayKey: string, role: string): void;
  /** Resolves when all that was set is on disk; the failure of the last write, if it failed. */
  flush(): Promise<Result<void>>;
};

type Entry = DeviceToken & { deviceId: string };

const FILE_NAME = 'device-tokens.json';

const fileSchema = z.object({
  version: z.literal(1),
  gateways: z.record(
    z.string(),
    z.record(z.string(), z.object({ deviceId: z.string(), token: z.string(), scopes: z.array(z.string()) })),
  ),
});

export type OpenDeviceTokens = {
  dataDir: string;
  /** Tokens of another identity are kept in the file but never given out. */
  deviceId: string;
  now?: () => number;
  /** A write failed; the tokens still work until the process ends. */
  onProblem?: (error: AppError) => void;
};

/**
 * The tokens of `<dataDir>/device-tokens.json` (0600). A damaged file is set aside: losing it costs one more
 * sign-in with the shared secret.
 */
export async function openDeviceTokens(options: OpenDeviceTokens): Promise<Result<DeviceTokens>> {
  const { dataDir, deviceId, now = Date.now, onProblem } = options;
  const file = join(dataDir, FILE_NAME);
  const stored = await readPrivateFile(file);
  if (!stored.ok) return stored;
  const entries = stored.value === null ? new Map<string, Entry>() : parseEntries(stored.value);
  if (entries === null) {
    const kept = await setAside(file, now());
    if (!kept.ok) return kept;
  }

  let lastWrite: Promise<Result<void>> = Promise.resolve(ok(undefined));
  return ok(
    createStore(deviceId, entries ?? new Map(), {
      changed(current) {
        const text = formatEntries(current);
        lastWrite = lastWrite.then(() => writePrivateFile(file, text));
        void lastWrite.then((written) => {
          if (!written.ok) onProblem?.(written.error);
        });
      },
      flush: () => lastWrite,
    }),
  );
}

/** Tokens that live as long as the process: for a test of a target, which shall use the shared secret and nothing else. */
export function createMemoryDeviceTokens(): DeviceTokens {
  return createStore('', new Map(), {
    changed: () => undefined,
    flush: () => Promise.resolve(ok(undefined)),
  });
}

type Disk = { changed(entries: ReadonlyMap<string, Entry>): void; flush(): Promise<Result<void>> };

function createStore(deviceId: string, entries: Map<string, Entry>, disk: Disk): DeviceTokens {
  return {
    get(gatewayKey, role) {
      const entry = entries.get(entryKey(gatewayKey, role));
      return entry?.deviceId === deviceId ? { token: entry.token, scopes: entry.scopes } : null;
    },
    set(gatewayKey, role, { token, scopes }) {
      const key = entryKey(gatewayKey, role);
      const known = entries.get(key);
      const same = known?.token === token && known.deviceId === deviceId && sameScopes(known.scopes, scopes);
      if (same) return;
      entries.set(key, { deviceId, token, scopes });
      disk.changed(entries);
    },
    forget(gatewayKey, role) {
      if (entries.delete(entryKey(gatewayKey, role))) disk.changed(entries);
    },
    flush: () => disk.flush(),
  };
}

const sameScopes = (one: readonly string[], other: readonly string[]) =>
  one.length === other.length && one.every((scope, index) => scope === other[index]);

const entryKey = (gatewayKey: string, role: string) => JSON.stringify([gatewayKey, role]);

function parseEntries(text: string): Map<string, Entry> | null {
  try {
    const { gateways } = fileSchema.parse(JSON.parse(text));
    const entries = new Map<string, Entry>();
    for (const [gatewayKey, roles] of Object.entries(gateways)) {
      for (const [role, entry] of Object.entries(roles)) entries.set(entryKey(gatewayKey, role), entry);
    }
    return entries;
  } catch {
    return null;
  }
}

function formatEntries(entries: ReadonlyMap<string, Entry>): string {
  const gateways: Record<string, Record<string, Entry>> = {};
  for (const [key, entry] of entries) {
    const [gatewayKey, role] = JSON.parse(key) as [string, string];
    gateways[gatewayKey] = { ...gateways[gatewayKey], [role]: entry };
  }
  return `${JSON.stringify({ version: 1, gateways }, null, 2)}\n`;
}
