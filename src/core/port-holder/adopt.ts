import { formatSshTarget, type SshTarget } from '../../shared/connection/ssh-target.ts';
import { type AppError, appError } from '../../shared/errors.ts';
import { findPortHolder, type PortHolder } from './find-port-holder.ts';
import { persistentTunnel, recognisePersistentTunnel } from './persistent-tunnel.ts';
import { probeGateway } from './probe-gateway.ts';
import { type StablePortOptions, stablePortFor } from './stable-port.ts';
import { realSystem, type System } from './system.ts';

/** Where a target leads when ssh_config has had its say. */
export type Destination = { readonly host: string; readonly port: number; readonly user: string };

export type AdoptOptions = {
  /** The local port that was found busy. */
  readonly port: number;
  readonly target: SshTarget;
  /** By ssh_config; a rejection means that nobody knows, and then nothing is adopted. */
  readonly resolve: (target: SshTarget) => Promise<Destination>;
  /** Of the persistent tunnel; the usual one when absent. */
  readonly hostAlias?: string | undefined;
  readonly system?: System | undefined;
  readonly probe?: typeof probeGateway | undefined;
  readonly isFree?: StablePortOptions['isFree'];
};

export type AdoptVerdict =
  /** Our persistent tunnel, to this very target, and a Gateway answers through it: use the port as it is. */
  | { readonly tag: 'adopt'; readonly pid: number }
  /** PORT_IN_USE, or PORT_IN_USE_BY with `pid` and `command`; both with `suggestedPort`, 0 where none is free. */
  | { readonly tag: 'busy'; readonly error: AppError };

const probeTimeoutMs = 3000;

/** What to do about a local port that is taken. Ends no process, whoever it is. Never throws. */
export async function adoptOrExplain(options: AdoptOptions): Promise<AdoptVerdict> {
  const { port, target } = options;
  const system = options.system ?? realSystem;
  const holder = await findPortHolder(port, system);
  if (holder && (await isUsable(holder, options, system))) return { tag: 'adopt', pid: holder.pid };
  const suggested = await stablePortFor(formatSshTarget(target), { isFree: options.isFree });
  return { tag: 'busy', error: describeHolder(port, holder, suggested) };
}

async function isUsable(holder: PortHolder, options: AdoptOptions, system: System): Promise<boolean> {
  if (!(await recognisePersistentTunnel(holder, system, options.hostAlias))) return false;
  // Installed for another host, it would bring this Gateway's token to that one.
  if (!(await leadsThere(options))) return false;
  return (options.probe ?? probeGateway)(options.port, { timeoutMs: probeTimeoutMs });
}

async function leadsThere({ target, resolve, hostAlias }: AdoptOptions): Promise<boolean> {
  try {
    const [wanted, persistent] = await Promise.all([
      resolve(target),
      resolve({ host: hostAlias ?? persistentTunnel.hostAlias }),
    ]);
    return (
      wanted.host.toLowerCase() === persistent.host.toLowerCase() &&
      wanted.port === persistent.port &&
      wanted.user === persistent.user
    );
  } catch {
    return false;
  }
}

/** Why a port cannot be had, with the holder's name where the system tells it. */
export function describeHolder(port: number, holder: PortHolder | null, suggested: number | null): AppError {
  const suggestedPort = suggested ?? 0;
  if (!holder) return appError('PORT_IN_USE', `port ${port} is taken`, { details: { port, suggestedPort } });
  const { pid, command } = holder;
  return appError('PORT_IN_USE_BY', `port ${port} is held by ${command} (${pid})`, {
    details: { port, pid, command, suggestedPort },
  });
}
