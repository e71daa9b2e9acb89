import type { Socket } from 'node:net';

/** Calls `onLine` for every complete line; a longer one than `maxBytes` ends the socket. */
export function readLines(socket: Socket, maxBytes: number, onLine: (line: string) => void): void {
  let rest = '';
  socket.setEncoding('utf8');
  socket.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    if ([...lines, rest].some((line) => Buffer.byteLength(line) > maxBytes)) return socket.destroy();
    for (const line of lines) if (!socket.destroyed) onLine(line);
  });
}

/** Null where the line is not JSON. */
export function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

export function writeLine(socket: Socket, value: object): void {
  socket.write(`${JSON.stringify(value)}\n`);
}
