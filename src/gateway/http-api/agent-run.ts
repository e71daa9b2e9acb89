import type { ChatEvent } from '@openclaw/gateway-protocol';
import type { Runs } from '../agent/runs.ts';
import type { Hub } from '../server/hub.ts';
import { parseSessionKey } from '../sessions/session-key.ts';

/** What an HTTP answer hears of its run: the text so far, then how it ended. */
export type RunStep =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'end'; readonly text: string }
  | { readonly kind: 'failed'; readonly message: string };

export type AgentRun = {
  readonly steps: AsyncIterable<RunStep>;
  /** Ends the run: the HTTP client went away. */
  abort(): void;
};

/** Runs the agent once, the way `chat.send` does, without being a client. */
export function startAgentRun(
  deps: { runs: Runs; hub: Hub },
  ask: { runId: string; sessionKey: string; message: string },
): AgentRun {
  const { key } = parseSessionKey(ask.sessionKey);
  const pending: RunStep[] = [];
  let wake = () => {};
  const push = (step: RunStep) => {
    pending.push(step);
    wake();
  };
  // Listening first: the first event may come as soon as the run is accepted.
  const stopListening = deps.hub.listen((event, payload) => {
    if (event !== 'chat') return;
    const step = payload as ChatEvent;
    if (step.runId !== ask.runId) return;
    const text = textOf(step);
    if (step.state === 'delta' && text !== null) push({ kind: 'text', text });
    if (step.state === 'final') push({ kind: 'end', text: text ?? '' });
    if (step.state === 'aborted') push({ kind: 'failed', message: 'the run was aborted' });
    if (step.state === 'error') push({ kind: 'failed', message: step.errorMessage ?? 'the run failed' });
  });
  const sender = { id: 'http', mode: 'http' };
  const accepted = deps.runs.accept({ ...ask, sessionKey: key, sender, plain: true });
  if (accepted.status !== 'started')
    push({ kind: 'failed', message: `the run was not accepted: ${accepted.status}` });

  async function* steps(): AsyncGenerator<RunStep> {
    try {
      for (;;) {
        for (const step of pending.splice(0)) {
          yield step;
          if (step.kind !== 'text') return;
        }
        await new Promise<void>((resolve) => {
          wake = resolve;
          if (pending.length > 0) resolve();
        });
      }
    } finally {
      stopListening();
    }
  }
  return { steps: steps(), abort: () => void deps.runs.abort(key, ask.runId) };
}

/** The whole text so far of a chat event, or null. */
function textOf(step: ChatEvent): string | null {
  const message =
    'message' in step ? (step.message as { content?: { type: string; text?: string }[] }) : undefined;
  const parts = message?.content?.flatMap((part) => (part.type === 'text' ? [part.text ?? ''] : []));
  return parts === undefined ? null : parts.join('');
}
