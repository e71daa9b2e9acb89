import { fireEvent, render, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it } from 'vitest';
import { t } from '../../test-support/render.tsx';
import { I18nProvider } from '../i18n.tsx';
import { Markdown } from './markdown.tsx';

const view = (text: string, isStreaming = true) => (
  <I18nProvider locale="en" translate={t}>
    <Markdown text={text} isStreaming={isStreaming} onOpenLink={() => true} />
  </I18nProvider>
);

const prose = () => document.querySelector('.prose');

it('R8: a formula shows its source while it is being written, and is drawn when it is closed', async () => {
  const { rerender } = render(view('Let $a$ be'));
  await waitFor(() => expect(document.querySelectorAll('math')).toHaveLength(1));
  for (const half of ['\\[ \\frac{a', '\\[\n\\frac{a', '$$\n\\frac{a', 'so $\\frac{a', 'so \\(\\frac{a']) {
    rerender(view(`Let $a$ be\n\n${half}`));
    expect(document.querySelectorAll('math')).toHaveLength(1);
    expect(prose()?.textContent).toMatch(/(?:\[|\$|\()\s*\\frac\{a$/);
    expect(prose()?.innerHTML).not.toContain('error');
  }
  rerender(view('Let $a$ be\n\n\\[ \\frac{a}{b} \\] with **bo'));
  expect(document.querySelector('math[display=block] mfrac')).not.toBeNull();
  expect(document.querySelector('strong')?.textContent).toBe('bo');
});

it('R8: a formula in one item of a list leaves the next item', async () => {
  render(view('1. First:\n\n   \\[ x^2 = 4 \\]\n\n2. Then `$5` and $6.\n\nThe end.', false));
  await waitFor(() => expect(document.querySelector('li math')).not.toBeNull());
  expect(document.querySelectorAll('ol > li')).toHaveLength(2);
  expect(document.querySelectorAll('li')[1]?.textContent).toBe('\nThen $5 and $6.\n');
});

it('R8: a definition that comes late redraws no block above, and its names are links and notes from then on', () => {
  const text = 'See [the page][p] and [^why].\n\n```js\nlet a;\n```\n\n- one\n- [^1]\n\nThe end.';
  const { rerender } = render(view(text));
  fireEvent.click(screen.getByRole('button', { name: t('chat.wrap') }));
  const above = [...(prose()?.children ?? [])];
  expect(above).toHaveLength(4);
  let written = text;
  for (const part of [
    '\n\n[^1]: A **bo',
    'ld** note\n',
    '[^why]: Because\n\n    of that.\n\n[p]',
    ': https://example.com/p',
  ]) {
    written += part;
    rerender(view(written));
    expect(above.map((node, at) => node === prose()?.children[at])).toEqual([true, true, true, true]);
  }
  expect(screen.getByRole('button', { name: t('chat.wrap') }).getAttribute('aria-pressed')).toBe('true');
  expect(screen.getByRole('link', { name: 'the page' }).getAttribute('href')).toBe('https://example.com/p');
  expect(Array.from(document.querySelectorAll('p sup, li sup'), (name) => name.textContent)).toEqual([
    'why',
    '1',
  ]);
  const notes = Array.from(document.querySelectorAll('.footnote'), (note) =>
    note.textContent?.replace(/\s+/g, ' '),
  );
  expect(notes).toEqual(['1A bold note', 'whyBecauseof that.']);
  expect(prose()?.textContent).not.toContain('[');
});

it('R8: definitions are text that a model wrote', () => {
  const evil =
    '[a] [b] [^c]\n\n[a]: javascript:alert(1)\n[b]: <data:text/html,x>\n\n[^c]: <img src=x onerror=alert(1)> ![](https://example.com/x.png)';
  render(view(evil, false));
  expect(document.querySelectorAll('img, script, [onerror]')).toHaveLength(0);
  expect(Array.from(document.querySelectorAll('a'), (link) => link.href)).toEqual([
    'https://example.com/x.png',
  ]);
});

it('R8: a block of code that is called math is a formula, in a list too, whose source can be copied', async () => {
  userEvent.setup();
  const source = '\\begin{aligned}\na &= \\frac{1}{2} \\\\\n\nb &= 2\n\\end{aligned}';
  const indented = source.replaceAll('\n', '\n  ');
  const text = `\`\`\`math\n${source}\n\`\`\`\n\n- so $x$ is\n\n  ~~~math\n  ${indented}\n  ~~~`;
  render(view(text, false));
  await waitFor(() => expect(document.querySelectorAll('math[display=block] mfrac')).toHaveLength(2));
  expect(document.querySelector('li .formula math')).not.toBeNull();
  const buttons = screen.getAllByLabelText(t('chat.copyFormula'));
  expect(buttons).toHaveLength(2);
  for (const button of buttons) {
    await userEvent.click(button);
    expect(await navigator.clipboard.readText()).toBe(source);
  }
});

it('R8: such a block is its source while it is being written, when it is very long, and when it is empty', async () => {
  const open = '```math\n\\frac{a}';
  const { rerender } = render(view(open));
  for (const text of [
    open,
    '- one\n  ```math\n  \\frac{a}',
    `\`\`\`math\n${'x+'.repeat(4000)}1\n\`\`\``,
    '```math\n\n```',
  ]) {
    rerender(view(text));
    await screen.findByLabelText(t('chat.copyCode'));
    expect(document.querySelector('math')).toBeNull();
  }
});

it('R8: hostile content of such a block opens nothing and runs nothing, and what is wrong is shown as it was written', async () => {
  const evil = [
    '\\href{javascript:alert(1)}{x} \\includegraphics{https://example.com/a.png} \\htmlId{a}{y}',
    '<img src=x onerror=alert(1)><script>alert(1)</script>',
    '\\def\\a{\\a\\a}\\a',
    '\\frac{',
  ];
  render(view(evil.map((source) => `\`\`\`math\n${source}\n\`\`\``).join('\n\n'), false));
  await waitFor(() => expect(document.querySelectorAll('.formula')).toHaveLength(evil.length));
  expect(document.querySelector('.prose :is(a, img, script, [href], [src], [id], [onerror])')).toBeNull();
  expect(prose()?.textContent).toContain('\\frac{');
});
