import { useEffect, useState } from 'react';
import type { Processor } from './processor.ts';

let loaded: Processor | null = null;

/** True where the text may hold a formula: `$$…$$`, `\(…\)` or `\[…\]`. A single `$` is a price. */
export function hasMath(text: string): boolean {
  return text.includes('$$') || /\\[([]/.test(text);
}

/** The way many models write formulas, as the way the plugin reads them. Code in the line is left alone. */
export function withMathDelimiters(text: string): string {
  if (text.includes('`')) return text;
  return text
    .replace(/\\\[([\s\S]+?)\\\]/g, (_, formula: string) => `$$\n${formula.trim()}\n$$`)
    .replace(/\\\((.+?)\\\)/g, (_, formula: string) => `$$${formula.trim()}$$`);
}

/** KaTeX, read when the first formula comes; null until it is there, and the source is shown meanwhile. */
export function useMath(isWanted: boolean): Processor | null {
  const [math, setMath] = useState(() => loaded);
  useEffect(() => {
    if (!isWanted || math) return;
    let isMounted = true;
    import('./math-processor.ts').then(
      ({ readMathMarkdown }) => {
        loaded = readMathMarkdown;
        if (isMounted) setMath(() => loaded);
      },
      () => undefined,
    );
    return () => {
      isMounted = false;
    };
  }, [isWanted, math]);
  return isWanted ? math : null;
}
