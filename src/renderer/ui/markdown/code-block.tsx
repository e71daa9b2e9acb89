import { Children, isValidElement, type ReactElement, type ReactNode } from 'react';
import { Code } from './code.tsx';
import { Diagram } from './diagram.tsx';

/** Code with its language, a copy button and a switch that wraps long lines; a diagram where it is the source of one. */
export function CodeBlock({ children }: { children?: ReactNode }) {
  const code = Children.toArray(children).find(isCodeElement);
  const language = /language-([\w+#-]+)/.exec(code?.props.className ?? '')?.[1] ?? '';
  const text = textOf(code?.props.children).replace(/\n$/, '');
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
