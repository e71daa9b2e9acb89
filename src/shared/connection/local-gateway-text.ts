import type { GatewayInfo } from '../contract/snapshot.ts';

type Key =
  | 'connection.run.chela'
  | 'connection.run.another'
  | 'connection.run.supervised'
  | 'connection.run.openclaw'
  | 'connection.run.embedded';
type TranslateRun = (key: Key, values?: Record<string, unknown>) => string;

/** Pure. Which Gateway runs on this computer, its version, who started it and since when; null for one elsewhere. */
export function localGatewayText(
  { kind, version, local }: GatewayInfo,
  t: TranslateRun,
  time: (atMs: number) => string,
): string | null {
  if (!local) return null;
  const name = t(`connection.run.${kind}`);
  const how = local.startedBy === 'chela' && kind === 'openclaw' ? 'supervised' : local.startedBy;
  return t(`connection.run.${how}`, { name, version, time: time(local.sinceMs) });
}
