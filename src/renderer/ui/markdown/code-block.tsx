import { Children, isValidElement, type ReactElement, type ReactNode } from 'react';
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
export function FencedCode({ text, language }: { text: string; language: string }) {
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
