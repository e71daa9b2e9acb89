import { describe, expect, it } from 'vitest';
import { createNodesStore } from './nodes.ts';

describe('names of nodes (R8)', () => {
  const answered = (answer: unknown) =>
    createNodesStore(<T>() =>
      answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer as T),
    );

  it('are those of the Gateway; a node without one has none', async () => {
    const nodes = answered({
      nodes: [{ nodeId: 'a', displayName: 'studio' }, { nodeId: 'b' }, { nodeId: 'c', displayName: 7 }],
    });
    await nodes.read();
    expect(nodes.store.getState().names).toEqual(new Map([['a', 'studio']]));
  });

  it.each([new Error('refused'), null, { nodes: 'none' }])(
    'stay unknown without an answer: %s',
    async (answer) => {
      const nodes = answered(answer);
      await nodes.read();
      expect(nodes.store.getState().names).toEqual(new Map());
    },
  );

  it('of another Gateway are forgotten, also those that come late', async () => {
    const nodes = answered({ nodes: [{ nodeId: 'a', displayName: 'studio' }] });
    nodes.show('one');
    await nodes.read();
    nodes.show('one');
    expect(nodes.store.getState().names).toEqual(new Map([['a', 'studio']]));
    const late = nodes.read();
    nodes.show('two');
    await late;
    expect(nodes.store.getState().names).toEqual(new Map());
  });
});
