import { readdirSync, readFileSync } from 'node:fs';

/** Ticks of `/proc/PID/stat` per second; 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

/** Whether this system tells what a process tree uses. */
export const canMeasureProcesses = process.platform === 'linux';

export type Usage = { readonly residentMB: number; readonly cpuSeconds: number };

/** What `root` and all its descendants use now. */
export function usageOf(root: number): Usage {
  let residentMB = 0;
  let cpuSeconds = 0;
  for (const pid of treeOf(root)) {
    const fields = statOf(pid);
    if (fields === null) continue;
    residentMB += residentBytes(pid) / 1e6;
    cpuSeconds += (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  }
  return { residentMB, cpuSeconds };
}

/** How long ago a process began, to 10 ms; null when it has gone. */
export function ageMsOf(pid: number): number | null {
  const startedAt = statOf(pid)?.[19];
  if (startedAt === undefined) return null;
  const [uptime] = readFileSync('/proc/uptime', 'utf8').split(' ');
  return (Number(uptime) - Number(startedAt) / TICKS_PER_SECOND) * 1000;
}

/** The direct children of a process. */
export function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => Number(statOf(pid)?.[1]) === parent);
}

const treeOf = (root: number): number[] => [root, ...childrenOf(root).flatMap(treeOf)];

/** The fields after the program's name, state first; null when it has gone. */
function statOf(pid: number): string[] | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return null;
  }
}

function residentBytes(pid: number): number {
  try {
    const [, kilobytes = 0] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return Number(kilobytes) * 1024;
  } catch {
    return 0;
  }
}
