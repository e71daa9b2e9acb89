import { join } from 'node:path';
import { z } from 'zod';
import {
  type TunnelInstalled,
  tunnelInstalledSchema,
  tunnelStepIds,
} from '../../shared/contract/tunnel-service.ts';
import { AppErrorException, appError } from '../../shared/errors.ts';
import { readPrivateFile, writePrivateFile } from '../device/private-file.ts';

const stepSchema = z.enum(tunnelStepIds);

/**
 * The way back from one act, written down before the act is done; so it may also describe one that did not happen, and undoing it has
 * to be harmless then.
 */
const undoSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('file'),
    step: stepSchema,
    file: z.string(),
    mode: z.number().int(),
    /** Base64; null where there was none. */
    before: z.string().nullable(),
    /** SHA-256 of what was written; null where it was removed. */
    after: z.string().nullable(),
    /** Directories that were not there. */
    directories: z.array(z.string()),
  }),
  /** What ran under our label before. */
  z.object({ kind: z.literal('service'), step: stepSchema, wasActive: z.boolean() }),
  z.object({ kind: z.literal('key'), step: stepSchema, file: z.string(), madeDirectory: z.boolean() }),
  z.object({
    kind: z.literal('hostKey'),
    step: stepSchema,
    change: z.enum(['added', 'removed']),
    line: z.string(),
    /** The host, as it was typed. */
    target: z.string(),
    /** The file on the host is Chela's too. */
    wasCreated: z.boolean(),
  }),
  z.object({ kind: z.literal('linger'), step: stepSchema, wasOn: z.boolean() }),
  z.object({
    kind: z.literal('legacy'),
    step: stepSchema,
    file: z.string(),
    trashed: z.string(),
    wasLoaded: z.boolean(),
  }),
  z.object({ kind: z.literal('token'), step: stepSchema }),
  z.object({ kind: z.literal('log'), step: stepSchema, file: z.string(), directories: z.array(z.string()) }),
]);
export type Undo = z.infer<typeof undoSchema>;

const keptChoicesSchema = z.object({
  sshTarget: z.string().optional(),
  alias: z.string(),
  keyFile: z.string(),
  /** Absent in the records of earlier versions: `any`. */
  keyUse: z.enum(['tunnel', 'any']).optional(),
  skip: z.array(stepSchema),
});

const journalSchema = z.object({
  version: z.literal(1),
  installed: z
    .object({
      facts: tunnelInstalledSchema,
      choices: keptChoicesSchema,
      /** The line in the host's authorized_keys, and whether it was there before Chela. */
      hostKey: z.object({ line: z.string(), wasThere: z.boolean() }).nullable(),
      undo: z.array(undoSchema),
    })
    .nullable(),
  pending: z
    .object({
      what: z.enum(['install', 'repair', 'uninstall']),
      atMs: z.number(),
      choices: keptChoicesSchema,
      done: z.array(stepSchema),
      undo: z.array(undoSchema),
    })
    .nullable(),
});
export type Journal = z.infer<typeof journalSchema>;
export type InstalledRecord = NonNullable<Journal['installed']>;
export type PendingRecord = NonNullable<Journal['pending']>;

const empty: Journal = { version: 1, installed: null, pending: null };

/** Chela's record of the persistent tunnel, in its data directory, 0600. */
export function journalFile(dataDir: string): string {
  return join(dataDir, 'tunnel-service.json');
}

/** Rejects with TUNNEL_SERVICE_JOURNAL, or FILE_NOT_OURS. */
export async function readJournal(dataDir: string): Promise<Journal> {
  const file = journalFile(dataDir);
  const read = await readPrivateFile(file);
  if (!read.ok) {
    if (read.error.code === 'FILE_NOT_OURS') throw new AppErrorException(read.error);
    throw unusable(file, 'unreadable', String(read.error.details?.reason ?? ''));
  }
  if (read.value === null) return empty;
  let parsed: unknown;
  try {
    parsed = JSON.parse(read.value);
  } catch {
    throw unusable(file, 'damaged');
  }
  const journal = journalSchema.safeParse(parsed);
  if (journal.success) return journal.data;
  const isNewer = z.object({ version: z.number().gt(1) }).safeParse(parsed).success;
  throw unusable(file, isNewer ? 'newer' : 'damaged');
}

export async function writeJournal(dataDir: string, journal: Journal): Promise<void> {
  const file = journalFile(dataDir);
  const written = await writePrivateFile(file, `${JSON.stringify(journal, null, 2)}\n`);
  if (!written.ok) throw unusable(file, 'unwritable', String(written.error.details?.reason ?? ''));
}

/** What is installed, as far as it is known. Never rejects. */
export async function readInstalled(dataDir: string): Promise<TunnelInstalled | null> {
  const journal = await readJournal(dataDir).catch(() => empty);
  return journal.installed?.facts ?? null;
}

function unusable(file: string, cause: string, errno = ''): AppErrorException {
  const details = { file, cause, errno };
  return new AppErrorException(appError('TUNNEL_SERVICE_JOURNAL', `${cause} ${errno}`.trim(), { details }));
}
