import type { GatewayOptions, RunningGateway } from '../index.ts';
import type { Fixture } from './fixture.ts';
import { type ConnectOptions, type EventFrame, isEvent, newDevice, type TestClient } from './wire-client.ts';

type Payload = Record<string, unknown>;

/** A Gateway, and an app on this computer that may do everything and can ask a person. */
export type Talk = {
  readonly gateway: RunningGateway;
  readonly client: TestClient;
  send(message: string, runId: string, more?: object): Promise<Payload>;
  /** The event that ends the run. */
  ended(runId: string): Promise<Payload>;
  /** Sends and waits for the text of the answer. */
  say(message: string, runId: string, more?: object): Promise<string>;
  rows(): Promise<Payload[]>;
  /** All events of one kind about a run, as they came. */
  events(event: string, runId: string): Payload[];
  /** `stream` and `data` of the run's `agent` events. */
  agentEvents(runId: string, stream?: string): Payload[];
};

export const everyScope = [
  'operator.read',
  'operator.write',
  'operator.approvals',
  'operator.pairing',
  'operator.admin',
];

/** The app that real Gateways hand approvals to. */
export const appClient = (): Partial<ConnectOptions> => ({
  id: 'openclaw-macos',
  mode: 'ui',
  displayName: 'Test App',
  device: newDevice(),
  scopes: everyScope,
  mutate: (params) => {
    params.caps = ['tool-events'];
  },
});

export async function startTalk(
  fixture: Fixture,
  options: Partial<GatewayOptions>,
  connectOptions: Partial<ConnectOptions> = appClient(),
): Promise<Talk> {
  const gateway = await fixture.start(options);
  const client = await fixture.connect(gateway, connectOptions);
  const ended = async (runId: string) => {
    const end = await client.next<EventFrame>(
      isEvent(
        'chat',
        ({ runId: id, state }) => id === runId && ['final', 'aborted', 'error'].includes(String(state)),
      ),
    );
    return end.payload;
  };
  const talk: Talk = {
    gateway,
    client,
    send: (message, runId, more = {}) =>
      client.call('chat.send', { sessionKey: 'main', message, idempotencyKey: runId, ...more }),
    ended,
    async say(message, runId, more) {
      await talk.send(message, runId, more);
      const end = await ended(runId);
      if (end.state !== 'final') throw new Error(`${String(end.state)}: ${String(end.errorMessage)}`);
      return textOf(end.message);
    },
    async rows() {
      const { messages } = await client.call('chat.history', { sessionKey: 'main' });
      return messages as Payload[];
    },
    events: (event, runId) =>
      client.frames
        .filter(isEvent(event, (payload) => payload.runId === runId))
        .map((frame) => (frame as EventFrame).payload),
    agentEvents: (runId, stream) =>
      talk.events('agent', runId).filter((payload) => stream === undefined || payload.stream === stream),
  };
  return talk;
}

export function textOf(message: unknown): string {
  const content = (message as { content?: { text?: string }[] } | undefined)?.content ?? [];
  return content.map(({ text = '' }) => text).join('');
}
