import { join } from 'node:path';
import { z } from 'zod';
import { portSchema } from '../../shared/config/settings.ts';
import { readPrivateFile, writePrivateFile } from '../device/private-file.ts';
import { type PageServer, type PageServerOptions, startPageServer } from './page-server.ts';

const fileSchema = z.object({ port: portSchema });

/**
 * Starts on the port of the last time, so that the page keeps its origin and with it what it has stored (drafts,
 * unsent messages). Any free port where that one is taken; a file that can't be read or written costs only this.
 */
export async function startOnUsualPort(
  dataDir: string,
  options: Omit<PageServerOptions, 'port'>,
): Promise<PageServer> {
  const file = join(dataDir, 'page-port.json');
  const usual = await readPort(file);
  const server = await startHereOrAnywhere(usual, options);
  if (server.port !== usual) await writePrivateFile(file, `${JSON.stringify({ port: server.port })}\n`);
  return server;
}

async function readPort(file: string): Promise<number> {
  const text = await readPrivateFile(file);
  if (!text.ok || text.value === null) return 0;
  try {
    return fileSchema.parse(JSON.parse(text.value)).port;
  } catch {
    return 0;
  }
}

async function startHereOrAnywhere(
  port: number,
  options: Omit<PageServerOptions, 'port'>,
): Promise<PageServer> {
  try {
    return await startPageServer({ ...options, port });
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (port === 0 || (code !== 'EADDRINUSE' && code !== 'EACCES')) throw thrown;
    return startPageServer({ ...options, port: 0 });
  }
}
