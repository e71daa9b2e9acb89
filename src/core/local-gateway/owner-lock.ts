import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { lock } from 'proper-lockfile';
import { z } from 'zod';
import { type AppError, appError } from '../../shared/errors.ts';
import { err, ok, type Result } from '../../shared/result.ts';
import { realSystem, type System } from '../port-holder/system.ts';
import { isRunning, type KnownProcess, processStart } from './processes.ts';

const processSchema = z.object({
  pid: z.number().int().positive(),
  /** What the system says of when the process started: a number that is used again is another one. Null where it says nothing. */
  startedAs: z.string().nullable(),
});

const ownerSchema = processSchema.extend({
  /** `app`: Chela, in Local mode; `cli`: `chela gateway run`; `openclaw`: an OpenClaw that Chela supervises. */
  kind: z.enum(['app', 'cli', 'openclaw']),
  port: z.number().int(),
  /** Epoch milliseconds. */
  sinceMs: z.number(),
  profile: z.string().nullable(),
  /** The OpenClaw that it supervises, which outlives an owner that is killed. */
  child: processSchema.optional(),
});

type OwnerRecord = z.infer<typeof ownerSchema>;
/** Who runs the Gateway of a state directory. */
export type GatewayOwner = OwnerRecord & { readonly isLeft: boolean };
export type OwnerClaim = Pick<GatewayOwner, 'kind' | 'port' | 'profile'>;

export type OwnedGateway = {
  /** The child that was named last, or that a killed owner had; it may have ended. */
  child(): KnownProcess | null;
  /**
   * So that the next owner knows the child if this process is killed. Writes nothing once it is released. Rejects when the
   * directory cannot be written: then nobody will know it.
   */
  nameChild(pid: number): Promise<void>;
  release(): void;
};

const FILE = 'owner.json';

/**
 * Makes this process the only one that runs a Gateway on a state directory (R5), whatever port it takes. `owner.json`
 * there (0600) names it; what a dead process left behind is replaced. GATEWAY_RUNS_ALREADY names the other one: also an OpenClaw
 * whose supervisor was killed, except where the claim is to supervise it. Rejects when the directory cannot be written.
 */
export async function claimGateway(
  stateDir: string,
  claim: OwnerClaim,
  system: System = realSystem,
  pid = process.pid,
): Promise<Result<OwnedGateway>> {
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
    const isTakenOver = other?.isLeft === true && claim.kind === 'openclaw';
    if (other && other.pid !== pid && !isTakenOver) return err(runsAlready(other));
    let owner: OwnerRecord = {
      ...claim,
      pid,
      startedAs: await processStart(pid, system),
      sinceMs: Date.now(),
      ...(isTakenOver && { child: other.child }),
    };
    let text = '';
    /** As a whole: somebody else may be looking who owns it. */
    const write = (next: OwnerRecord) => {
      const draft = `${file}.${pid}`;
      const wanted = `${JSON.stringify(next)}\n`;
      rmSync(draft, { force: true });
      writeFileSync(draft, wanted, { mode: 0o600, flag: 'wx' });
      renameSync(draft, file);
      owner = next;
      text = wanted;
    };
    const isOurs = () => {
      try {
        return readFileSync(file, 'utf8') === text;
      } catch {
        // Somebody tidied up.
        return false;
      }
    };
    write(owner);
    return ok({
      child: () => owner.child ?? null,
      async nameChild(childPid) {
        const child = { pid: childPid, startedAs: await processStart(childPid, system) };
        if (isOurs()) write({ ...owner, child });
      },
      release() {
        if (isOurs()) rmSync(file);
      },
    });
  } finally {
    await unlock();
  }
}

/**
 * The living owner of a state directory, or the OpenClaw that a killed one left running (`isLeft`, under its own number); null
 * where there is neither. Never rejects.
 */
export async function readOwner(stateDir: string, system: System = realSystem): Promise<GatewayOwner | null> {
  const text = await readFile(join(stateDir, FILE), 'utf8').catch(() => '');
  const { success, data: owner } = ownerSchema.safeParse(parse(text));
  if (!success) return null;
  if (await isRunning(owner, system)) return { ...owner, isLeft: false };
  const { child } = owner;
  // Where nothing tells a number that is used again, nothing may be stopped by its number.
  if (!child || child.startedAs === null || !(await isRunning(child, system))) return null;
  return { ...owner, pid: child.pid, isLeft: true };
}

/** How a person calls an owner, in the words of its command line. */
export function ownerName({ kind, profile }: GatewayOwner): string {
  const of = profile === null ? '' : ` --profile ${profile}`;
  return { app: `Chela${of}`, cli: `chela${of} gateway run`, openclaw: `OpenClaw${of}` }[kind];
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
