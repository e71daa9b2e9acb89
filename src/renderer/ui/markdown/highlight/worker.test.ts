import { afterEach, expect, it, vi } from 'vitest';
import type { HighlightAnswer } from './highlight.ts';

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

it('colours a line to its end, however long its grammar takes to start', async () => {
  const answers = new Map<number, (answer: HighlightAnswer) => void>();
  let ask: (event: { data: object }) => void = () => undefined;
  vi.stubGlobal('self', {
    addEventListener: (_type: string, listener: typeof ask) => {
      ask = listener;
    },
    postMessage: (answer: HighlightAnswer) => answers.get(answer.id)?.(answer),
  });
  await import('./worker.ts');
  let now = 0;
  vi.spyOn(Date, 'now').mockImplementation(() => {
    now += 60_000;
    return now;
  });
  const answer = await new Promise<HighlightAnswer>((resolve) => {
    answers.set(1, resolve);
    ask({ data: { id: 1, code: "const answer: string = 'forty-two';", language: 'typescript' } });
  });
  expect(answer.lines?.[0]?.map(([text]) => text).filter((text) => text.trim() !== '')).toEqual([
    'const',
    'answer',
    ':',
    'string',
    '=',
    "'forty-two'",
    ';',
  ]);
});
