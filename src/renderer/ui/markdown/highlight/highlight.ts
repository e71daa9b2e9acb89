import { languageName } from './language-name.ts';

/** Parts of a line: the text, and what it is (`keyword`, `string`, …; empty for plain). */
export type Line = readonly (readonly [text: string, kind: string])[];
export type HighlightRequest = { id: number; code: string; language: string };
export type HighlightAnswer = { id: number; lines: readonly Line[] | null };

const maxChars = 100_000;
const maxLineChars = 5_000;
const keptResults = 200;

const results = new Map<string, readonly Line[]>();
const waiting = new Map<number, (lines: readonly Line[] | null) => void>();
let worker: Worker | null = null;
let nextId = 0;

/** The answer to an earlier question, so that what scrolls back into view is coloured at once. */
export function knownHighlight(code: string, language: string): readonly Line[] | null {
  return results.get(keyOf(code, languageName(language))) ?? null;
}

/** Null where there is nothing to colour: an unknown language, or more code than is worth it. */
export async function highlight(code: string, written: string): Promise<readonly Line[] | null> {
  const language = languageName(written);
  if (language === '' || code.length > maxChars || hasLongLine(code)) return null;
  // A test's DOM has no workers.
  if (typeof Worker === 'undefined') return null;
  const lines = knownHighlight(code, language) ?? (await ask({ id: ++nextId, code, language }));
  if (lines) remember(keyOf(code, language), lines);
  return lines;
}

function ask(request: HighlightRequest): Promise<readonly Line[] | null> {
  worker ??= startWorker();
  const { promise, resolve } = Promise.withResolvers<readonly Line[] | null>();
  waiting.set(request.id, resolve);
  worker.postMessage(request);
  return promise;
}

function startWorker(): Worker {
  const started = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'highlight' });
  started.addEventListener('message', ({ data }: MessageEvent<HighlightAnswer>) => {
    waiting.get(data.id)?.(data.lines);
    waiting.delete(data.id);
  });
  started.addEventListener('error', () => {
    for (const resolve of waiting.values()) resolve(null);
    waiting.clear();
  });
  return started;
}

function remember(key: string, lines: readonly Line[]) {
  results.delete(key);
  results.set(key, lines);
  const [oldest] = results.keys();
  if (results.size > keptResults && oldest !== undefined) results.delete(oldest);
}

function keyOf(code: string, language: string): string {
  return `${language}\n${code}`;
}

function hasLongLine(code: string): boolean {
  if (code.length <= maxLineChars) return false;
  return code.split('\n').some((line) => line.length > maxLineChars);
}
