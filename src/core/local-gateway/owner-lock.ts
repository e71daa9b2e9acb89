import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { lock } from 'proper-lockfile';
import { z } from 'zod';
import { type AppError, appError } from '../../shared/errors.ts';
import { err, ok, type Result } from '../../shared/result.ts';
import { isAlive } from '../is-alive.ts';
import { realSystem, type System } from '../port-holder/system.ts';

const ownerSchema = z.object({
  pid: z.number().int().positive(),
  /** What the system says of when the process started: a number that is used again is no owner. Null where it says nothing. */
  startedAs: z.string().nullable(),
  /** `app`: Chela, in Local mode; `cli`: `chela gateway run`; `openclaw`: an OpenClaw that Chela supervises. */
  kind: z.enum(['app', 'cli', 'openclaw']),
  port: z.number().int(),
  /** Epoch milliseconds. */
  sinceMs: z.number(),
  profile: z.string().nullable(),
});

/** Who runs the Gateway of a state directory. */
export type GatewayOwner = z.infer<typeof ownerSchema>;
export type OwnerClaim = Pick<GatewayOwner, 'kind' | 'port' | 'profile'>;

const FILE = 'owner.json';

/**
 * Makes this process the only one that runs a Gateway on a state directory (R5), whatever port it takes. `owner.json`
 * there (0600) names it; what a dead process left behind is replaced. GATEWAY_RUNS_ALREADY names the other one. Rejects
 * when the directory cannot be written.
 */
export async function claimGateway(
  stateDir: string,
  claim: OwnerClaim,
  system: System = realSystem,
  pid = process.pid,
): Promise<Result<{ release(): void }>> {
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  const file = join(stateDir, FILE);
  // Only while it is decided; the proof of life is the process.
  const unlock = await lock(stateDir, {
    lockfilePath: join(stateDir, 'owner.lock'),
    stale: 5000,
    retries: { retries: 60, minTimeout: 20, maxTimeout: 200, factor: 1.5 },
  });
  try {
    const other = await readOwner(stateDir, system);
    if (other && other.pid !== pid) return err(runsAlready(other));
    const owner: GatewayOwner = {
      ...claim,
      pid,
      startedAs: await processStart(pid, system),
      sinceMs: Date.now(),
    };
    const text = `${JSON.stringify(owner)}\n`;
    rmSync(file, { force: true });
    writeFileSync(file, text, { mode: 0o600, flag: 'wx' });
    return ok({
      release() {
        try {
          if (readFileSync(file, 'utf8') === text) rmSync(file);
        } catch {
          // Somebody tidied up.
        }
      },
    });
  } finally {
    await unlock();
  }
}

/** The living owner of a state directory; null where there is none. Never rejects. */
export async function readOwner(stateDir: string, system: System = realSystem): Promise<GatewayOwner | null> {
  const text = await readFile(join(stateDir, FILE), 'utf8').catch(() => '');
  const owner = ownerSchema.safeParse(parse(text));
  if (!owner.success) return null;
  const { pid, startedAs } = owner.data;
  if (!isAlive(pid)) return null;
  const now = await processStart(pid, system);
  return startedAs !== null && now !== null && now !== startedAs ? null : owner.data;
}

/** How a person calls an owner, in the words of its command line. */
export function ownerName({ kind }: GatewayOwner): string {
  return { app: 'Chela', cli: 'chela gateway run', openclaw: 'OpenClaw' }[kind];
}

function runsAlready(owner: GatewayOwner): AppError {
  const { port, pid } = owner;
  return appError('GATEWAY_RUNS_ALREADY', `process ${pid} runs it`, {
    details: { port, command: ownerName(owner), pid, suggestedPort: portBeside(port) },
  });
}

/** For a second Gateway: far enough for what OpenClaw derives from a Gateway's port. */
export function portBeside(port: number): number {
  return port + 200 <= 65_535 ? port + 200 : port - 200;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

async function processStart(pid: number, system: System): Promise<string | null> {
  if (system.platform === 'win32') return null;
  if (system.platform !== 'linux') {
    return (await system.exec('/bin/ps', ['-o', 'lstart=', '-p', String(pid)]))?.trim() || null;
  }
  const [stat, boot] = await Promise.all([
    system.readFile(`/proc/${pid}/stat`),
    system.readFile('/proc/sys/kernel/random/boot_id'),
  ]);
  // proc(5): field 22, in ticks since the computer started; the second field may hold spaces.
  const ticks = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  return ticks === undefined ? null : `${boot?.trim() ?? ''}:${ticks}`;
}
