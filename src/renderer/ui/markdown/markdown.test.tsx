import { render, waitFor } from '@testing-library/react';
import { expect, it } from 'vitest';
import { I18nProvider } from '../i18n.tsx';
import { Markdown } from './markdown.tsx';

const view = (text: string, isStreaming = true) => (
  <I18nProvider locale="en">
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
