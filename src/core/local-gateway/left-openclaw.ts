import { realSystem, type System } from '../port-holder/system.ts';
import { openclawPatience } from './openclaw-launcher.ts';
import { readOwner } from './owner-lock.ts';
import { askToEnd, type KnownProcess, signalGroup, untilEnded } from './processes.ts';

/** Whether a Chela that was killed left its OpenClaw running on this port. Never rejects. */
export async function isLeftOpenclawOn(port: number, stateDir: string): Promise<boolean> {
  const owner = await readOwner(stateDir);
  return owner?.isLeft === true && owner.port === port;
}

/**
 * Ends the OpenClaw that a killed Chela left running, where there is one and it may not stay: asks, and 15 s later no more.
 * Resolves when it is gone. Never rejects.
 */
export async function endLeftOpenclaw(
  stateDir: string,
  mayStay: (port: number) => boolean,
  system: System = realSystem,
): Promise<void> {
  const owner = await readOwner(stateDir, system);
  if (owner?.isLeft && owner.child && !mayStay(owner.port)) await endProcess(owner.child, system);
}

async function endProcess(known: KnownProcess, system: System): Promise<void> {
  askToEnd(known.pid);
  const killing = setTimeout(() => signalGroup(known.pid, 'SIGKILL'), openclawPatience.stopTimeoutMs);
  await untilEnded(known, system);
  clearTimeout(killing);
  // What it started may still be there.
  signalGroup(known.pid, 'SIGKILL');
}
