import { Children, isValidElement, type ReactElement, type ReactNode } from 'react';
import { useI18n } from '../i18n.tsx';
import { Code } from './code.tsx';
import { Diagram } from './diagram.tsx';

/** Code that stands inside another block, e.g. a list. */
export function CodeBlock({ children }: { children?: ReactNode }) {
  const code = Children.toArray(children).find(isCodeElement);
  const language = /language-([\w+#-]+)/.exec(code?.props.className ?? '')?.[1] ?? '';
  const text = textOf(code?.props.children).replace(/\n$/, '');
  return <FencedCode text={text} language={language} />;
}

/** Code, or a diagram where it is the source of one. */
type FencedCodeProps = {
  text: string;
  language: string;
  /** Of a block of which `text` is the beginning. */
  whole?: (() => string) | undefined;
};

export function FencedCode({ text, language, whole }: FencedCodeProps) {
  const { t } = useI18n();
  if (whole) {
    const title = t('chat.codeStart', { language: language || t('chat.code') });
    return <Code text={text} whole={whole} language={language} title={title} />;
  }
  return language === 'mermaid' ? <Diagram source={text} /> : <Code text={text} language={language} />;
}

type CodeElement = ReactElement<{ className?: string; children?: ReactNode }>;

function isCodeElement(node: ReactNode): node is CodeElement {
  return isValidElement(node);
}

function textOf(node: ReactNode): string {
  if (typeof node === 'string' || typeof node === 'number') return String(node);
  return Array.isArray(node) ? node.map(textOf).join('') : '';
}
