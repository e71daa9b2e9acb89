import type { NodePluginToolsUpdateParams } from '@openclaw/gateway-protocol';
import type { Client } from '../server/client.ts';
import type { Offer } from './command-policy.ts';
import type { NodeRunner, NodeSkill } from './node-published.ts';
import type { NodeRecord } from './node-store.ts';
import type { Surface } from './surface.ts';

export type PluginTool = NodePluginToolsUpdateParams['tools'][number];

/** A node that is here now. */
export type LiveNode = {
  readonly client: Client;
  readonly offer: Offer;
  /** What it claims and the policy lets through. */
  readonly claimed: Surface;
  readonly connectedAt: number;
  pluginTools: readonly PluginTool[];
  skills: readonly NodeSkill[];
  runner: NodeRunner;
};

/** A node as others see it: its record, and its connection where there is one. */
export type KnownNode = { readonly record: NodeRecord; readonly live: LiveNode | null };
