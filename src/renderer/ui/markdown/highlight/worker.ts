import { createCssVariablesTheme, createHighlighterCore, type HighlighterCore } from 'shiki/core';
import { createJavaScriptRegexEngine } from 'shiki/engine/javascript';
import type { HighlightAnswer, HighlightRequest, Line } from './highlight.ts';
import { languages } from './languages.ts';

/** Colours are the page's business: the theme only names the kind of each part. */
const theme = createCssVariablesTheme({ name: 'kinds', variablePrefix: '--', fontStyle: false });
const kindOf = /^var\(--token-([\w-]+)\)$/;

let started: Promise<HighlighterCore> | null = null;
const loaded = new Map<string, Promise<void>>();

async function highlight(code: string, language: string): Promise<Line[] | null> {
  const load = Object.hasOwn(languages, language) ? languages[language] : undefined;
  if (!load) return null;
  started ??= createHighlighterCore({
    themes: [theme],
    engine: createJavaScriptRegexEngine({ forgiving: true }),
  });
  const highlighter = await started;
  const reading =
    loaded.get(language) ?? load().then(({ default: grammar }) => highlighter.loadLanguage(grammar));
  loaded.set(language, reading);
  await reading;
  // The first line of a language compiles its grammar; a line over the limit of time would keep one colour from there on.
  const options = { lang: language, theme: 'kinds', tokenizeTimeLimit: 0 };
  return highlighter.codeToTokensBase(code, options).map((tokens) => {
    const line: [string, string][] = [];
    for (const token of tokens) {
      const kind = kindOf.exec(token.color ?? '')?.[1] ?? '';
      const last = line.at(-1);
      if (last && last[1] === kind) last[0] += token.content;
      else line.push([token.content, kind]);
    }
    return line;
  });
}

self.addEventListener('message', ({ data }: MessageEvent<HighlightRequest>) => {
  const answer = (lines: HighlightAnswer['lines']) => self.postMessage({ id: data.id, lines });
  // Code that the grammar stumbles over stays as it is.
  highlight(data.code, data.language).then(answer, () => answer(null));
});
