import { act, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
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

describe('tool cards while a run goes on (R8)', () => {
  const begin = async () => {
    const { connection } = await openWebChat();
    let seq = 0;
    const tell = (n: number, data: object) => {
      seq += 1;
      const event = { runId: 'r1', sessionKey: 'agent:main:main', stream: 'tool', seq };
      const call = { toolCallId: `call-${n}`, name: `tool-${n}` };
      act(() => connection.event('agent', { ...event, data: { ...call, ...data } }));
    };
    return {
      start: (n: number) => tell(n, { phase: 'start', args: { step: n } }),
      end: (n: number) =>
        tell(n, {
          phase: 'result',
          isError: false,
          result: { content: [{ type: 'text', text: `out ${n}` }] },
        }),
    };
  };
  const titles = (selector: string) =>
    [...document.querySelectorAll(`${selector} .tool-title`)].map((title) => title.textContent);
  const apart = () => titles('.tools > details:not(:has(.tool-group)) > summary');
  const summaryOf = (n: number) => {
    const title = [...document.querySelectorAll('.tool-title')].find(
      (one) => one.textContent === `tool-${n}`,
    );
    const found = title?.closest('summary');
    if (!found) throw new Error(`no card of tool-${n}`);
    return found;
  };
  const shows = (n: number) => document.querySelector('.tools')?.textContent?.includes(`out ${n}`);
  const groupTitle = (count: number) => t('chat.tools', { count });

  it('the one that a person opened stays, open and with the focus, when others become one line', async () => {
    const { start, end } = await begin();
    for (const n of [1, 2, 3]) {
      start(n);
      end(n);
    }
    await userEvent.click(summaryOf(2));
    await waitFor(() => expect(shows(2)).toBe(true));
    const card = summaryOf(2);
    act(() => card.focus());
    start(4);
    end(4);
    expect(apart()).toEqual([groupTitle(4), 'tool-2']);
    expect(summaryOf(2)).toBe(card);
    expect(document.activeElement).toBe(card);
    expect(shows(2)).toBe(true);

    // Closed, it does not vanish from under the pointer.
    await userEvent.click(card);
    await waitFor(() => expect(shows(2)).toBe(false));
    expect(document.activeElement).toBe(card);
  });

  it('a running one that was opened stays open when its call ends', async () => {
    const { start, end } = await begin();
    for (const n of [1, 2, 3]) {
      start(n);
      end(n);
    }
    start(4);
    expect(apart()).toEqual([groupTitle(4), 'tool-4']);
    await userEvent.click(summaryOf(4));
    await waitFor(() => expect(summaryOf(4).closest('details')?.open).toBe(true));
    end(4);
    expect(shows(4)).toBe(true);
    expect(apart()).toEqual([groupTitle(4), 'tool-4']);
  });

  it('one that had the focus, closed, gives it to the line that it goes into', async () => {
    const { start, end } = await begin();
    for (const n of [1, 2, 3]) {
      start(n);
      end(n);
    }
    act(() => summaryOf(1).focus());
    start(4);
    expect(document.activeElement?.textContent).toBe(groupTitle(4));
  });

  it('those in an open line stay there, and are closed with it', async () => {
    const { start, end } = await begin();
    for (const n of [1, 2, 3, 4]) {
      start(n);
      end(n);
    }
    const line = document.querySelector<HTMLElement>('.tools > details > summary');
    if (!line) throw new Error('no line');
    await userEvent.click(line);
    await waitFor(() => expect(titles('.tool-group')).toHaveLength(4));
    await userEvent.click(summaryOf(3));
    await waitFor(() => expect(shows(3)).toBe(true));
    expect(titles('.tool-group')).toHaveLength(4);
    await userEvent.click(line);
    await waitFor(() => expect(titles('.tool-group')).toHaveLength(0));
    expect(apart()).toEqual([groupTitle(4)]);
  });
});
