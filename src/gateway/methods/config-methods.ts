import {
  validateConfigGetParams,
  validateConfigPatchParams,
  validateConfigSetParams,
} from '@openclaw/gateway-protocol';
import type { ConfigStore } from '../config/config-store.ts';
import { answer, invalidRequest, type Reply } from '../server/frames.ts';
import type { Hub } from '../server/hub.ts';
import { checked, type MethodTable } from './method.ts';

export type ConfigDeps = {
  readonly config: ConfigStore;
  readonly path: string;
  readonly hub: Hub;
  readonly now: () => number;
};

/** `openclaw.json` over the wire. Shapes and errors as observed. */
export function configMethods({ config, path, hub, now }: ConfigDeps): MethodTable {
  const reply = (written: Awaited<ReturnType<ConfigStore['set']>>, kind: string): Reply => {
    if (!written.ok) {
      const { message, issues } = written.fault;
      return invalidRequest(message, issues === undefined ? undefined : { issues });
    }
    const { hash, config: after, changedPaths } = written.change;
    if (changedPaths.length > 0) {
      hub.broadcast('config.changed', { path, hash, ts: now() }, { scope: 'operator.read' });
    }
    const stats = { mode: kind, root: path, requiresRestart: changedPaths.length > 0 };
    const payload = { kind: kind.replace('.', '-'), status: 'ok', ts: now(), message: null, stats };
    return answer({
      ok: true,
      path,
      hash,
      config: after,
      changedPaths,
      sentinel: { persisted: false, payload },
    });
  };
  return {
    ...checked('config.get', 'operator.read', validateConfigGetParams, () => answer(config.describe())),
    ...checked('config.patch', 'operator.admin', validateConfigPatchParams, async ({ raw, ...options }) =>
      reply(await config.patch(raw, options), 'config.patch'),
    ),
    ...checked('config.set', 'operator.admin', validateConfigSetParams, async ({ raw, baseHash }) =>
      reply(await config.set(raw, baseHash), 'config.set'),
    ),
  };
}
