import { validateAgentParams, validateAgentWaitParams } from '@openclaw/gateway-protocol';
import type { RunOutcome } from '../agent/active-run.ts';
import { ask } from '../agent/ask.ts';
import type { Runs } from '../agent/runs.ts';
import type { GatewayClock } from '../clock.ts';
import { answer, invalidRequest, type Reply } from '../server/frames.ts';
import { AGENT_ID, MAIN_SESSION_KEY, parseSessionKey } from '../sessions/session-key.ts';
import { senderOf } from './chat-send.ts';
import { checked, type MethodTable } from './method.ts';

type AgentDeps = { readonly runs: Runs; readonly clock: GatewayClock };

const DEFAULT_WAIT_MS = 30_000;

/** `agent` answers twice under one id: accepted, then the end of the run (observed). `agent.wait` asks for an end. */
export function agentMethods({ runs, clock }: AgentDeps): MethodTable {
  return {
    ...checked('agent', 'operator.write', validateAgentParams, (params, client) => {
      const { key, agentId } = parseSessionKey(params.sessionKey ?? MAIN_SESSION_KEY);
      const wanted = params.agentId?.toLowerCase() ?? agentId;
      if (wanted !== AGENT_ID || agentId !== AGENT_ID) {
        return invalidRequest(`Unknown agent id "${params.agentId ?? agentId}"`);
      }
      if (params.message.trim() === '') return invalidRequest('message or attachment required');
      const runId = params.idempotencyKey;
      const deviceId = client.admission.device?.deviceId;
      const outcome = ask(runs, {
        runId,
        sessionKey: key,
        message: params.message,
        sender: senderOf(client),
        connId: client.connId,
        ...(deviceId === undefined ? {} : { deviceId }),
        ...(params.thinking === undefined ? {} : { thinking: params.thinking }),
      });
      if (outcome === null) {
        return invalidRequest('idempotencyKey was already used for another message', {
          reason: 'chat-request-conflict',
        });
      }
      const cancelTimeout =
        params.timeout === undefined || params.timeout === 0
          ? () => {}
          : clock.after(params.timeout * 1000, () => runs.abort(key, runId, 'timeout'));
      const later = outcome.finally(cancelTimeout).then((end) => answer({ runId, ...finalOf(end) }));
      const accepted = {
        runId,
        sessionKey: key,
        agentId: AGENT_ID,
        status: 'accepted',
        acceptedAt: clock.now(),
      };
      return { ok: true, payload: accepted, later };
    }),
    ...checked('agent.wait', 'operator.write', validateAgentWaitParams, ({ runId, timeoutMs }) =>
      waitFor(runId, timeoutMs ?? DEFAULT_WAIT_MS, { runs, clock }),
    ),
  };
}

/** The second answer of `agent` (observed: the fields that clients read). */
function finalOf(outcome: RunOutcome): object {
  if (outcome.status === 'error') return { status: 'error', summary: outcome.message };
  if (outcome.status === 'aborted') {
    const { stopReason } = outcome;
    return { status: stopReason === 'timeout' ? 'timeout' : 'error', summary: 'aborted', stopReason };
  }
  const { text, usage, provider, model, sessionId, startedAt, endedAt, stopReason } = outcome;
  const { input, output, cacheRead, cacheWrite, cost } = usage;
  const total = input + output + cacheRead + cacheWrite;
  return {
    status: 'ok',
    summary: 'completed',
    result: {
      payloads: [{ text, mediaUrl: null }],
      meta: {
        durationMs: endedAt - startedAt,
        agentMeta: {
          sessionId,
          provider,
          model,
          usage: { input, output, cacheRead, cacheWrite, total, cost: { total: cost } },
        },
        aborted: false,
        stopReason,
      },
    },
  };
}

async function waitFor(runId: string, timeoutMs: number, { runs, clock }: AgentDeps): Promise<Reply> {
  const timedOut = { runId, status: 'timeout' };
  const ending = runs.outcome(runId);
  if (ending === undefined) return answer(timedOut);
  const timer = Promise.withResolvers<null>();
  const cancel = clock.after(timeoutMs, () => timer.resolve(null));
  const end = await Promise.race([ending, timer.promise]);
  cancel();
  if (end === null) return answer(timedOut);
  if (end.status === 'error') {
    return answer({ runId, status: 'error', error: end.message, endedAt: end.endedAt, stopReason: 'error' });
  }
  if (end.status === 'aborted') {
    return answer({
      runId,
      status: 'error',
      error: 'aborted',
      endedAt: end.endedAt,
      stopReason: end.stopReason,
    });
  }
  const { startedAt, endedAt, stopReason, text } = end;
  return answer({
    runId,
    status: 'ok',
    startedAt,
    endedAt,
    stopReason,
    terminalReply: { disposition: 'visible', text },
  });
}
