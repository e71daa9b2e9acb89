import {
  Children,
  createContext,
  isValidElement,
  type ReactElement,
  type ReactNode,
  useContext,
} from 'react';
import { useI18n } from '../i18n.tsx';
import { Code } from './code.tsx';
import { Diagram } from './diagram.tsx';
import { Formula } from './formula.tsx';
import { FENCED_MATH } from './processor.ts';

/** Gives the whole of the code that is cut at the end of a block. */
export const WholeCodeContext = createContext<(() => string) | undefined>(undefined);

/** Code that stands inside another block, e.g. a list. `isOpen`: its end is still to come. */
export function CodeBlock({ isOpen, children }: { isOpen: boolean; children?: ReactNode }) {
  const whole = useContext(WholeCodeContext);
  const code = Children.toArray(children).find(isCodeElement);
  const named = /language-([\w+#-]+)/.exec(code?.props.className ?? '')?.[1] ?? '';
  const language = named === FENCED_MATH ? 'math' : named;
  const text = textOf(code?.props.children).replace(/\n$/, '');
  return <FencedCode text={text} language={language} isOpen={isOpen} whole={isOpen ? whole : undefined} />;
}

/** Longer ones could keep the processor busy for seconds. In characters. */
const maxFormulaSource = 5000;

/** Code, or a diagram or a formula where it is the source of one. */
type FencedCodeProps = {
  text: string;
  language: string;
  /** Its end is still to come: half of a formula would be drawn as a mistake. */
  isOpen: boolean;
  /** Of a block of which `text` is the beginning. */
  whole?: (() => string) | undefined;
};

export function FencedCode({ text, language, isOpen, whole }: FencedCodeProps) {
  const { t } = useI18n();
  if (whole) {
    const title = t('chat.codeStart', { language: language || t('chat.code') });
    return <Code text={text} whole={whole} language={language} title={title} />;
  }
  if (language === 'mermaid') return <Diagram source={text} />;
  const isFormula = language === 'math' && !isOpen && text.length <= maxFormulaSource && text.trim() !== '';
  return isFormula ? <Formula source={text} /> : <Code text={text} language={language} />;
}

type CodeElement = ReactElement<{ className?: string; children?: ReactNode }>;

function isCodeElement(node: ReactNode): node is CodeElement {
  return isValidElement(node);
}

function textOf(node: ReactNode): string {
  if (typeof node === 'string' || typeof node === 'number') return String(node);
  return Array.isArray(node) ? node.map(textOf).join('') : '';
}
