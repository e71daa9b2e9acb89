import { useEffect, useRef, useState } from 'react';
import { highlight, knownHighlight, type Line } from './highlight.ts';

type Known = { code: string; lines: readonly Line[] };

/** Between two questions about code that is still being written. */
const restMs = 300;

/**
 * The coloured beginning of `code`; the rest is drawn plain until its turn comes. While code streams in one
 * question is out at a time, always with the newest text.
 */
export function useHighlight(code: string, language: string): Known | null {
  const [known, setKnown] = useState<Known | null>(() => {
    const lines = knownHighlight(code, language);
    return lines && { code, lines };
  });
  const wanted = useRef(code);
  const isAsking = useRef(false);
  const isMounted = useRef(true);
  wanted.current = code;

  useEffect(() => {
    isMounted.current = true;
    return () => {
      isMounted.current = false;
    };
  }, []);

  useEffect(() => {
    if (isAsking.current || known?.code === code) return;
    isAsking.current = true;
    const ask = async () => {
      let asked: string | null = null;
      while (isMounted.current && asked !== wanted.current) {
        asked = wanted.current;
        const lines = await highlight(asked, language);
        if (lines && isMounted.current) setKnown({ code: asked, lines });
        if (asked !== wanted.current) await new Promise((resolve) => setTimeout(resolve, restMs));
      }
      isAsking.current = false;
    };
    void ask();
  }, [code, language, known]);

  return known && code.startsWith(known.code) ? known : null;
}
