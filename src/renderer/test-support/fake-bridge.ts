import type { ContractEvent } from '../../shared/contract/events.ts';
import type { RequestMethod } from '../../shared/contract/requests.ts';
import type { Snapshot } from '../../shared/contract/snapshot.ts';
import { ok, type Result } from '../../shared/result.ts';
import { type Bridge, createBridge } from '../bridge.ts';
import { notInstalled } from './tunnel-service.ts';

export type FakeBridge = {
  bridge: Bridge;
  /** Every request, oldest first. */
  asked: { method: string; params: unknown }[];
  /** Gives an answer of its own; null lets the default answer stand. */
  answer: (method: RequestMethod, params: unknown) => Result<unknown> | Promise<Result<unknown>> | null;
  show(snapshot: Snapshot): void;
  emit(event: ContractEvent): void;
};

const health = { checkedAtMs: 0, ok: true, rttMs: 1, error: null };

/** The real bridge over a carrier that answers at once. */
export function createFakeBridge(first: Snapshot): FakeBridge {
  let revision = 0;
  let deliver: (event: unknown) => void = () => undefined;
  let snapshot = first;
  const fake: FakeBridge = {
    asked: [],
    answer: () => null,
    show(next) {
      snapshot = next;
      revision += 1;
      deliver({ event: 'snapshot', payload: { revision, snapshot } });
    },
    emit: (event) => deliver(event),
    bridge: createBridge({
      async request(method, params) {
        fake.asked.push({ method, params });
        const own = await fake.answer(method as RequestMethod, params);
        if (own) return own;
        switch (method) {
          case 'webchat.connectParams':
            return ok({ connectParams: { minProtocol: 4, maxProtocol: 4 } });
          case 'relay.open':
            return ok({ relayId: 'relay-1' });
          case 'ssh.listIdentities':
            return ok({ files: ['/home/ada/.ssh/id_ed25519'] });
          case 'settings.save':
            return ok(snapshot.settings);
          case 'command.state':
            return ok({ state: 'unavailable', reason: 'absent' });
          case 'tunnelService.status':
            return ok(notInstalled);
          case 'connection.checkHealth':
            return ok(health);
          case 'doctor.run':
            return ok({ runId: 'run-1' });
          case 'app.openWindow':
          case 'app.openExternal':
            return ok({ handled: false });
          default:
            return ok({});
        }
      },
      start({ event, state }) {
        deliver = event;
        state('ready');
        fake.show(first);
      },
      stop: () => undefined,
    }),
  };
  return fake;
}
