import { describe, expect, it } from 'vitest';
import { t } from '../../test-support/render.tsx';
import { openWebChat } from '../../test-support/webchat.tsx';

const row = (seq: number, more: object) => ({
  timestamp: seq,
  __openclaw: { id: `m${seq}`, seq, runId: 'r1' },
  ...more,
});
/** What a transcript says of commands that ended with these codes. */
const commands = (...codes: number[]) => [
  row(1, {
    role: 'assistant',
    content: codes.map((_, at) => ({ type: 'toolCall', id: `call-${at}`, name: 'exec', arguments: {} })),
  }),
  ...codes.map((exitCode, at) =>
    row(2 + at, {
      role: 'toolResult',
      toolCallId: `call-${at}`,
      content: [{ type: 'text', text: 'out' }],
      details: { exitCode },
      isError: false,
    }),
  ),
];
const summary = () => document.querySelector('.tools > details > summary');

describe('many tools in a row (R8)', () => {
  it('say how many failed, a command that ended with another code than 0 among them', async () => {
    await openWebChat({ messages: commands(0, 2, 0, 127) });
    expect(summary()?.textContent).toContain(t('chat.tools', { count: 4 }));
    expect(summary()?.textContent).toContain(t('chat.toolsFailed', { count: 2 }));
    expect(summary()?.querySelector('.state-shape.is-attention')).toBeTruthy();
  });

  it('are good where all are', async () => {
    await openWebChat({ messages: commands(0, 0, 0, 0) });
    expect(summary()?.textContent).toBe(t('chat.tools', { count: 4 }));
    expect(summary()?.querySelector('.state-shape.is-good')).toBeTruthy();
  });
});
