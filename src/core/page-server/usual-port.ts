import { join } from 'node:path';
import { z } from 'zod';
import { portSchema } from '../../shared/config/settings.ts';
import { type AppError, appError } from '../../shared/errors.ts';
import { readPrivateFile, writePrivateFile } from '../device/private-file.ts';
import type { PagePlace } from '../engine.ts';
import { findPortHolder } from '../port-holder/find-port-holder.ts';
import { type PageServer, type PageServerOptions, startPageServer } from './page-server.ts';
import { oursAt } from './request-guard.ts';

const fileSchema = z.object({
  /** The usual one, from the first start on. */
  port: portSchema,
  /** Those of starts at which it was taken. */
  others: z.array(portSchema).optional(),
});

/** `usual` is 0 before the first start. */
type Ports = { usual: number; others: readonly number[] };

type Options = Pick<PageServerOptions, 'rootDir' | 'bridge'>;

export type UsualPage = PageServer & { readonly place: PagePlace };

/**
 * Starts on the port of the first time, so that the page keeps its origin and with it what it has stored (drafts,
 * unsent messages). Where that one is taken, another one serves for this time, the same as the last time if that can
 * be; the usual one stays written down. Back at the usual one, those others are served beside it, for the page to fetch
 * from them what it has stored there. A file that can't be read or written costs only this.
 */
export async function startOnUsualPort(dataDir: string, options: Options): Promise<UsualPage> {
  const file = join(dataDir, 'page-port.json');
  const { usual, others } = await readPorts(file);
  const frames = others.map((port) => oursAt(port).origin);
  const server = await startOn({ ...options, port: usual, frames });
  if (!server) return startElsewhere(file, { usual, others }, options);

  if (server.port !== usual) await writePorts(file, { usual: server.port, others });
  const beside = await Promise.all(
    others.map((port) => startOn({ ...options, port, bridge: null, framedBy: server.origin })),
  );
  const earlier = beside.filter((one) => one !== null);
  return {
    ...server,
    place: { notice: null, earlierOrigins: earlier.map(({ origin }) => origin) },
    async stop() {
      await Promise.all([server, ...earlier].map((one) => one.stop()));
    },
  };
}

async function startElsewhere(file: string, { usual, others }: Ports, options: Options): Promise<UsualPage> {
  const notice = await explain(usual);
  for (const port of others) {
    const server = await startOn({ ...options, port });
    if (server) return { ...server, place: { notice, earlierOrigins: [] } };
  }
  const server = await startPageServer({ ...options, port: 0 });
  await writePorts(file, { usual, others: [...others, server.port] });
  return { ...server, place: { notice, earlierOrigins: [] } };
}

/** Null where the port can't be had. */
async function startOn(options: PageServerOptions): Promise<PageServer | null> {
  try {
    return await startPageServer(options);
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (options.port === 0 || (code !== 'EADDRINUSE' && code !== 'EACCES')) throw thrown;
    return null;
  }
}

async function explain(port: number): Promise<AppError> {
  const holder = await findPortHolder(port);
  if (!holder) return appError('PAGE_PORT_TAKEN', `port ${port} is taken`, { details: { port } });
  const { pid, command } = holder;
  const message = `port ${port} is held by ${command} (${pid})`;
  return appError('PAGE_PORT_TAKEN_BY', message, { details: { port, pid, command } });
}

async function readPorts(file: string): Promise<Ports> {
  const text = await readPrivateFile(file);
  try {
    const { port, others = [] } = fileSchema.parse(JSON.parse((text.ok && text.value) || ''));
    return { usual: port, others };
  } catch {
    return { usual: 0, others: [] };
  }
}

async function writePorts(file: string, { usual, others }: Ports): Promise<void> {
  const known = { port: usual, ...(others.length > 0 && { others }) };
  await writePrivateFile(file, `${JSON.stringify(known)}\n`);
}
