import { z } from 'zod';
import { createStore, type StoreApi } from 'zustand/vanilla';

export type NodesStore = {
  /** Names of the Gateway's nodes by their ids, as far as they are known. */
  store: StoreApi<{ names: ReadonlyMap<string, string> }>;
  /** Asks the Gateway what its nodes are called now. Never rejects: without an answer there are no new names. */
  read(): Promise<void>;
  /** Which Gateway it is about: a name of another one's node says nothing here. */
  show(scope: string): void;
};

const answerSchema = z.looseObject({
  nodes: z.array(z.looseObject({ nodeId: z.string(), displayName: z.string().optional().catch(undefined) })),
});

/** `node.list` of protocol 4, read when somebody has to know a node. */
export function createNodesStore(request: <T>(method: string, params: unknown) => Promise<T>): NodesStore {
  const store = createStore<{ names: ReadonlyMap<string, string> }>(() => ({ names: new Map() }));
  let shownScope = '';
  return {
    store,
    async read() {
      const askedScope = shownScope;
      const answer = await request<unknown>('node.list', {}).catch(() => null);
      const parsed = answerSchema.safeParse(answer);
      if (!parsed.success || askedScope !== shownScope) return;
      const named = parsed.data.nodes.flatMap(({ nodeId, displayName }) =>
        displayName === undefined ? [] : [[nodeId, displayName] as const],
      );
      store.setState({ names: new Map(named) });
    },
    show(scope) {
      if (scope === shownScope) return;
      shownScope = scope;
      store.setState({ names: new Map() });
    },
  };
}
