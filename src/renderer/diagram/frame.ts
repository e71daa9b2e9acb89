import mermaid from 'mermaid';
import { type DiagramAnswer, type DiagramTask, MAX_DIAGRAM_SOURCE } from '../../shared/contract/diagram.ts';

/** Runs in the sandboxed frame alone; what it draws was written by a model or a stranger. */
const maxReason = 500;

function answer(message: DiagramAnswer): void {
  // The frame has no origin and does not know that of the page; what it says is no secret.
  parent.postMessage(message, '*');
}

async function draw({ source, theme }: DiagramTask): Promise<void> {
  document.documentElement.style.colorScheme = theme;
  mermaid.initialize({
    startOnLoad: false,
    securityLevel: 'strict',
    suppressErrorRendering: true,
    maxTextSize: MAX_DIAGRAM_SOURCE,
    theme: theme === 'dark' ? 'dark' : 'neutral',
    fontFamily: 'system-ui, sans-serif',
  });
  try {
    const { svg } = await mermaid.render('diagram', source);
    document.body.innerHTML = svg;
    tellHeight();
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    answer({ type: 'failed', reason: reason.slice(0, maxReason) });
  }
}

function tellHeight(): void {
  const height = document.querySelector('svg')?.getBoundingClientRect().height;
  if (height !== undefined) answer({ type: 'drawn', height: Math.ceil(height) });
}

function isTask(data: unknown): data is DiagramTask {
  return typeof data === 'object' && data !== null && 'type' in data && data.type === 'draw';
}

addEventListener('message', ({ source, data }) => {
  if (source === parent && isTask(data)) void draw(data);
});
addEventListener('resize', tellHeight);
answer({ type: 'ready' });
