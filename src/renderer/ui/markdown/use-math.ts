import { useEffect, useState } from 'react';

/** What draws formulas. */
type MathReader = Pick<typeof import('./math-processor.ts'), 'readMathMarkdown' | 'readFormula'>;

let loaded: MathReader | null = null;

/** No space inside of the dollars and no digit after them (Pandoc's rule), and no code between them. */
const inDollars = /\$[^\s$`](?:[^$`]*[^\s$`])?\$(?!\d)/;

/** True where the text may hold a formula: `$$…$$`, `\(…\)`, `\[…\]` or `$…$`. A price is none. */
export function hasMath(text: string): boolean {
  return text.includes('$$') || /\\[([]/.test(text) || inDollars.test(text);
}

/** KaTeX, read when the first formula comes; null until it is there, and the source is shown meanwhile. */
export function useMath(isWanted: boolean): MathReader | null {
  const [math, setMath] = useState(loaded);
  useEffect(() => {
    if (!isWanted || math) return;
    let isMounted = true;
    import('./math-processor.ts').then(
      (reader) => {
        loaded = reader;
        if (isMounted) setMath(reader);
      },
      () => undefined,
    );
    return () => {
      isMounted = false;
    };
  }, [isWanted, math]);
  return isWanted ? math : null;
}
