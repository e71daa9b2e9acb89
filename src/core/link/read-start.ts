import type { Readable } from 'node:stream';

/** The beginning of what another computer sends: once `limit` bytes are there the rest is not waited for. */
export async function readStart(stream: Readable, limit: number): Promise<Buffer> {
  let read = Buffer.alloc(0);
  for await (const chunk of stream) {
    read = Buffer.concat([read, chunk as Buffer]);
    if (read.length >= limit) break;
  }
  return read;
}
