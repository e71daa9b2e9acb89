import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import { t } from '../../test-support/render.tsx';
import { openWebChat } from '../../test-support/webchat.tsx';

const row = (seq: number, more: object) => ({
  timestamp: seq,
  __openclaw: { id: `m${seq}`, seq, runId: 'r1' },
  ...more,
});
const said = (text: string) => [row(1, { role: 'assistant', content: [{ type: 'text', text }] })];
const ran = (output: string) => [
  row(1, { role: 'assistant', content: [{ type: 'toolCall', id: 'c', name: 'exec', arguments: {} }] }),
  row(2, { role: 'toolResult', toolCallId: 'c', content: [{ type: 'text', text: output }] }),
];
const lines = (count: number) => Array.from({ length: count }, (_, at) => `line ${at} of the log\n`).join('');
const more = (key: 'chat.unfold' | 'chat.unfoldEarlier', part: string, text: string) =>
  screen.getByText(t(key, { percent: Math.floor((part.length / text.length) * 100) }));
const openCard = () => {
  const summary = document.querySelector('details.tool > summary');
  if (!summary) throw new Error('no card');
  return userEvent.click(summary);
};
const shownCode = () => document.querySelector('.code code')?.textContent ?? '';
const title = () => document.querySelector('.code figcaption span')?.textContent;
const copied = async () => {
  await userEvent.click(screen.getByLabelText(t('chat.copyCode')));
  return navigator.clipboard.readText();
};

describe('a long output (R8)', () => {
  const output = `${lines(2000)}error: the last line`;

  it('is shown from its end, where the error is, and says so; all of it is copied', async () => {
    userEvent.setup();
    await openWebChat({ messages: ran(output) });
    await openCard();
    expect(shownCode()).toMatch(/^line \d+ of the log\n(?:line \d+ of the log\n)+error: the last line$/);
    expect(shownCode().length).toBeLessThan(output.length);
    expect(title()).toBe(t('chat.tool.outputEnd'));
    expect(await copied()).toBe(output);

    await userEvent.click(more('chat.unfoldEarlier', shownCode(), output));
    expect(shownCode()).toBe(output);
    expect(title()).toBe(t('chat.tool.output'));
  });

  it('is not cut where it is short', async () => {
    await openWebChat({ messages: ran('one line') });
    await openCard();
    expect(title()).toBe(t('chat.tool.output'));
    expect(shownCode()).toBe('one line');
  });
});

describe('a message that is cut in the middle of code (R8)', () => {
  const code = lines(2000);
  const text = `Before.\n\n\`\`\`js\n${code}\`\`\`\n\nAfter.\n\n[a]: https://example.com`;

  it('copies the whole code, and says that it shows its beginning', async () => {
    userEvent.setup();
    await openWebChat({ messages: said(text) });
    expect(title()).toBe(t('chat.codeStart', { language: 'js' }));
    expect(shownCode().length).toBeLessThan(code.length - 1);
    expect(await copied()).toBe(code.trimEnd());
  });

  it.each([
    ['a list', '- First:\n\n  ```sh\n  pwd\n  ```\n- Then:\n\n', '  '],
    ['a list with a formula', '1. For $x$:\n', '   '],
  ])('copies the whole code of %s', async (_, before, indent) => {
    userEvent.setup();
    const inList = ['```js', ...code.trimEnd().split('\n'), '```']
      .map((line) => `${indent}${line}\n`)
      .join('');
    await openWebChat({ messages: said(`${before}${inList}\n${indent}Then \`x\`.\n\nAfter.`) });
    await waitFor(() => expect(document.querySelectorAll('math')).toHaveLength(before.includes('$') ? 1 : 0));
    const figures = [...document.querySelectorAll('.code')];
    expect(figures.at(-1)?.querySelector('figcaption span')?.textContent).toBe(
      t('chat.codeStart', { language: 'js' }),
    );
    const copies = screen.getAllByLabelText(t('chat.copyCode'));
    await userEvent.click(copies.at(-1) ?? document.body);
    expect(await navigator.clipboard.readText()).toBe(code.trimEnd());
    if (copies.length === 1) return;
    await userEvent.click(copies[0] ?? document.body);
    expect(await navigator.clipboard.readText()).toBe('pwd');
  });

  it('keeps the focus where the button was that showed the rest', async () => {
    await openWebChat({ messages: said(text) });
    const button = document.querySelector<HTMLElement>('.unfold');
    button?.focus();
    await userEvent.keyboard('{Enter}');
    await waitFor(() => expect(document.querySelector('.unfold')).toBeNull());
    expect(document.activeElement?.textContent).toBe(t('chat.unfolded'));
    expect(title()).toBe('js');
  });
});
