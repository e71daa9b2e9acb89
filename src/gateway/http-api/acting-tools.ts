import { z } from 'zod';
import { ask } from '../agent/ask.ts';
import type { Runs } from '../agent/runs.ts';
import type { GatewayClock } from '../clock.ts';
import type { NodeRegistry } from '../nodes/node-registry.ts';
import { describeNode, nameOf } from '../nodes/node-rows.ts';
import { AGENT_ID, parseSessionKey } from '../sessions/session-key.ts';
import { type HttpTool, httpTool } from './tools.ts';

/** Tools that HTTP has only where `gateway.tools.allow` names them (doc). Names and results as documented. */
export function actingTools(deps: {
  runs: Runs;
  registry: NodeRegistry;
  clock: GatewayClock;
  newId: () => string;
}): Readonly<Record<string, HttpTool>> {
  const { runs, registry, clock, newId } = deps;
  return {
    sessions_send: httpTool(sendArgs, async ({ sessionKey, message, timeoutSeconds }) => {
      const { key, agentId } = parseSessionKey(sessionKey);
      const runId = newId();
      const about = { runId, sessionKey };
      if (agentId !== AGENT_ID)
        return { ...about, status: 'error', error: `No session found: ${sessionKey}` };
      const outcome = ask(runs, { message, sessionKey: key, runId, sender: { id: 'http', mode: 'http' } });
      if (timeoutSeconds === 0) return { ...about, status: 'accepted' };
      const patience = Promise.withResolvers<'timeout'>();
      const cancel = clock.after(timeoutSeconds * 1_000, () => patience.resolve('timeout'));
      const ended = await Promise.race([outcome, patience.promise]);
      cancel();
      if (ended === 'timeout') return { ...about, status: 'timeout' };
      if (ended?.status === 'ok') return { ...about, status: 'ok', reply: ended.text };
      return {
        ...about,
        status: 'error',
        error: ended?.status === 'error' ? ended.message : 'the run was aborted',
      };
    }),
    nodes: httpTool(nodesArgs, ({ action, node }) => {
      const rows = registry.list().map((known) => ({
        name: nameOf(known.record),
        row: describeNode(known, registry.effective(known)),
      }));
      if (action === 'status') return { ts: clock.now(), nodes: rows.map(({ row }) => row) };
      const found = rows.find(({ name, row }) => row.nodeId === node || name === node);
      return found === undefined
        ? { status: 'error', error: `unknown node: ${node ?? ''}` }
        : { ts: clock.now(), ...found.row };
    }),
  };
}

const sendArgs = z.looseObject({
  sessionKey: z.string('sessionKey required').min(1, 'sessionKey required'),
  message: z.string('message required').min(1, 'message required'),
  timeoutSeconds: z.number().min(0).max(3_600).default(30),
});

const nodesArgs = z.looseObject({
  action: z.enum(['status', 'describe'], 'action must be status or describe'),
  node: z.string().optional(),
});
