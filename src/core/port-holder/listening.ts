/** The reports of three systems on who listens, as pure functions. */

/** Hexadecimal, in the byte order of a little-endian machine: 127.0.0.1 and 0.0.0.0, and the same in IPv6. */
const holdsLoopback = new Set([
  '0100007F',
  '00000000',
  '0'.repeat(32),
  '0000000000000000FFFF00000100007F',
  '0000000000000000FFFF000000000000',
]);

/** Inodes of the sockets that listen on 127.0.0.1:`port`, from /proc/net/tcp or tcp6. Source: proc(5). */
export function parseProcNet(text: string, port: number): string[] {
  return listenersIn(text, port).flatMap(({ 9: inode }) =>
    inode !== undefined && inode !== '0' ? [inode] : [],
  );
}

/** The users of the same sockets. */
export function parseProcNetOwners(text: string, port: number): number[] {
  return listenersIn(text, port).map(({ 7: uid }) => Number(uid));
}

function listenersIn(text: string, port: number): string[][] {
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0');
  return text
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => {
      const [address, localPort] = (fields[1] ?? '').split(':');
      // 0A is TCP_LISTEN.
      return fields[3] === '0A' && localPort === hexPort && holdsLoopback.has(address ?? '');
    });
}

export type Listener = { readonly pid: number; readonly command: string; readonly uid: number };

/** Output of `lsof -F pcun`: a line per field, named by its first letter; `p` begins a process. */
export function lsofListenerOf(text: string, port: number): Listener | null {
  let pid = 0;
  let command = '';
  let uid = -1;
  for (const line of text.split('\n')) {
    const value = line.slice(1);
    if (line.startsWith('p')) {
      pid = Number(value);
      command = '';
      uid = -1;
    } else if (line.startsWith('c')) {
      command = value.replace(/\\x([0-9a-f]{2})/gi, (_, hex: string) =>
        String.fromCharCode(Number(`0x${hex}`)),
      );
    } else if (line.startsWith('u')) {
      uid = Number(value);
    } else if (line.startsWith('n') && pid > 0 && lsofNames(port).includes(value)) {
      return { pid, command, uid };
    }
  }
  return null;
}

function lsofNames(port: number): string[] {
  return [`127.0.0.1:${port}`, `*:${port}`];
}

/** Process id from `netstat -ano -p TCP`. The word for "listening" is translated; a far end of zeros is not. */
export function parseNetstat(text: string, port: number): number | null {
  const line = new RegExp(
    `^\\s*TCP\\s+(?:127\\.0\\.0\\.1|0\\.0\\.0\\.0):${port}\\s+0\\.0\\.0\\.0:0\\s+.*?(\\d+)\\s*$`,
    'm',
  );
  const pid = Number(line.exec(text)?.[1] ?? 0);
  return pid > 0 ? pid : null;
}

/** The program's name from `tasklist /fo csv /nh`; null where there is no such process, said in any language. */
export function parseTasklist(text: string, pid: number): string | null {
  return new RegExp(`^"([^"]+)","${pid}",`, 'm').exec(text)?.[1] ?? null;
}
