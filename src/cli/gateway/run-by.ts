import { dataDirOf, gatewayStateDir } from '../../core/data-dir.ts';
import { ownerName, readOwner } from '../../core/local-gateway/owner-lock.ts';
import { findPortHolder } from '../../core/port-holder/find-port-holder.ts';
import type { CliContext } from '../frame/context.ts';
import type { Where } from './where.ts';

/** Who runs the Gateway of this computer that was asked, for JSON and as a line; null for one elsewhere. */
export type RunBy = {
  readonly facts: {
    readonly pid: number;
    readonly command: string;
    /** Where Chela, `chela gateway run` or an OpenClaw that Chela supervises runs it. */
    readonly kind?: 'app' | 'cli' | 'openclaw';
    readonly sinceMs?: number;
    readonly profile?: string | null;
    /** The OpenClaw itself, where `pid` is the Chela that supervises it. */
    readonly childPid?: number;
  };
  readonly line: string;
};

/** By what its owner wrote down, else by the process on the port: there can be only one. Never rejects. */
export async function findRunBy(
  { route, url }: Where,
  { t, globals, locale }: CliContext,
): Promise<RunBy | null> {
  if (route?.tag !== 'local') return null;
  const port = Number(new URL(url).port);
  const owner = await readOwner(gatewayStateDir(dataDirOf(globals.dataDir, globals.profile)));
  if (owner?.port === port) {
    const { pid, kind, sinceMs, profile, child, isLeft } = owner;
    const command = ownerName({ ...owner, profile: null });
    const since = new Date(sinceMs).toLocaleString(locale, { dateStyle: 'medium', timeStyle: 'short' });
    const key = isLeft ? 'left' : child ? 'supervised' : profile === null ? 'owner' : 'ownerProfile';
    return {
      facts: { pid, command, kind, sinceMs, profile, ...(child && { childPid: child.pid }) },
      line: t(`cli.status.${key}`, { command, pid, since, profile, child: child?.pid }),
    };
  }
  const holder = await findPortHolder(port);
  return holder && { facts: holder, line: t('cli.status.process', { ...holder }) };
}
