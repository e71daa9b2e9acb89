import { type AppError, appError } from '../../shared/errors.ts';
import { findWithLsof } from './find-port-holder.ts';
import { isListening } from './is-listening.ts';
import { parseNetstat, parseProcNetOwners } from './listening.ts';
import { realSystem, type System } from './system.ts';

/**
 * Whose program a Gateway on 127.0.0.1:`port` is, before a credential goes there: any user of a computer may listen on a
 * port, and ask for a token with a Gateway's challenge. Null where it is this user's, root's (who can read this user's
 * files anyway), or nobody listens; else LOCAL_GATEWAY_NOT_OURS. Never throws.
 */
export async function refuseForeignPort(port: number, system: System = realSystem): Promise<AppError | null> {
  const owner = await ownerOf(port, system);
  if (owner === 'ours') return null;
  // Nothing in the tables: nobody is there, or somebody whom the system hides from this user.
  if (owner === 'unseen' && !(await isListening(port))) return null;
  return appError('LOCAL_GATEWAY_NOT_OURS', `port ${port} is held by another user`, { details: { port } });
}

type Owner = 'ours' | 'foreign' | 'unseen';

async function ownerOf(port: number, system: System): Promise<Owner> {
  switch (system.platform) {
    case 'linux':
      return ownerOnLinux(port, system);
    case 'win32':
      return ownerOnWindows(port, system);
    default: {
      const found = await findWithLsof(port, system);
      return judge(found ? [found.uid] : [], system);
    }
  }
}

/** The tables tell everybody's sockets, with their users. */
async function ownerOnLinux(port: number, system: System): Promise<Owner> {
  const tables = await Promise.all(['/proc/net/tcp', '/proc/net/tcp6'].map((file) => system.readFile(file)));
  return judge(
    tables.flatMap((text) => parseProcNetOwners(text ?? '', port)),
    system,
  );
}

async function ownerOnWindows(port: number, system: System): Promise<Owner> {
  const pid = parseNetstat((await system.exec('netstat.exe', ['-ano', '-p', 'TCP'])) ?? '', port);
  if (pid === null) return 'unseen';
  const filters = ['/fi', `PID eq ${pid}`, '/fi', `USERNAME eq ${system.userName}`];
  const tasks = (await system.exec('tasklist.exe', [...filters, '/fo', 'csv', '/nh'])) ?? '';
  return tasks.includes(`"${pid}"`) ? 'ours' : 'foreign';
}

/** Several may share a port (SO_REUSEPORT): one stranger among them is enough. */
function judge(uids: readonly number[], { uid }: System): Owner {
  if (uids.length === 0) return 'unseen';
  return uids.every((one) => one === 0 || one === uid) ? 'ours' : 'foreign';
}
