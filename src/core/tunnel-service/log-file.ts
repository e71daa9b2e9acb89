import { open } from 'node:fs/promises';
import { redactOutput } from '../../shared/config/redact-json5.ts';
import { printable } from '../../shared/printable.ts';

const tailBytes = 64 * 1024;

/** The last lines of a log, oldest first; none where there is no such file. Never rejects. */
export async function tailOf(file: string, lines: number): Promise<string[]> {
  try {
    await using handle = await open(file, 'r');
    const { size } = await handle.stat();
    const length = Math.min(size, tailBytes);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, size - length);
    return lastLines(buffer.toString('utf8', 0, bytesRead), lines);
  } catch {
    return [];
  }
}

/** Without control characters, and without what a ProxyCommand or a login banner may say of secrets. */
export function lastLines(text: string, lines: number): string[] {
  return printable(text.replaceAll('\r\n', '\n'))
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-lines)
    .map(redactOutput);
}
