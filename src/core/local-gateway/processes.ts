import { setTimeout as delay } from 'node:timers/promises';
import { isAlive } from '../is-alive.ts';
import type { System } from '../port-holder/system.ts';

/** A process that is known again although its number may be used twice. */
export type KnownProcess = {
  readonly pid: number;
  /** What the system says of when it started; null where it says nothing. */
  readonly startedAs: string | null;
};

const POLL_MS = 250;

/** Whether it runs still. One that has ended and that nobody has reaped yet does not. */
export async function isRunning({ pid, startedAs }: KnownProcess, system: System): Promise<boolean> {
  if (!isAlive(pid)) return false;
  const now = await processStart(pid, system);
  // It may have been reaped since the first look, and then nothing is said of it either.
  if (now === null) return isAlive(pid);
  return now !== ENDED && (startedAs === null || now === startedAs);
}

/** For a process that is no child of this one. */
export async function untilEnded(known: KnownProcess, system: System): Promise<void> {
  while (await isRunning(known, system)) await delay(POLL_MS);
}

/** Itself alone: it tells its own children. */
export function askToEnd(pid: number): void {
  try {
    process.kill(pid, 'SIGTERM');
  } catch {
    // It is gone already.
  }
}

/** Itself and all that it started; `pid` leads a group of its own, except on Windows. */
export function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, signal);
  } catch {
    // It is gone already.
  }
}

const ENDED = 'ended';

/** When a process started, in words that only compare; null where the system does not tell. */
export async function processStart(pid: number, system: System): Promise<string | null> {
  if (system.platform === 'win32') return null;
  if (system.platform !== 'linux') {
    return (await system.exec('/bin/ps', ['-o', 'lstart=', '-p', String(pid)]))?.trim() || null;
  }
  const [stat, boot] = await Promise.all([
    system.readFile(`/proc/${pid}/stat`),
    system.readFile('/proc/sys/kernel/random/boot_id'),
  ]);
  // proc(5): after the name, which may hold spaces, come the state and, as field 22, the start in ticks since the computer's.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? [];
  if (fields[0] === 'Z') return ENDED;
  return fields[19] === undefined ? null : `${boot?.trim() ?? ''}:${fields[19]}`;
}
