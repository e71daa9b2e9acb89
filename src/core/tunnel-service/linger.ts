import { userInfo } from 'node:os';
import type { Place } from './place.ts';
import { runOrFail, runProgram } from './service-manager.ts';

/** Whether this user's services go on after a logout. Null where nobody says. Never rejects. */
export async function lingerState(place: Place): Promise<'on' | 'off' | null> {
  const argv = ['loginctl', 'show-user', userInfo().username, '--property=Linger', '--value'];
  const ran = await runProgram(place, argv).catch(() => null);
  if (ran?.code !== 0) return null;
  return ran.stdout.trim() === 'yes' ? 'on' : 'off';
}

export function lingerCommand(on: boolean): string[] {
  return ['loginctl', on ? 'enable-linger' : 'disable-linger'];
}

export async function setLinger(place: Place, on: boolean): Promise<void> {
  await runOrFail(place, lingerCommand(on));
}
