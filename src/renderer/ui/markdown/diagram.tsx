import { Code as CodeIcon, Workflow } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import {
  DIAGRAM_PAGE,
  type DiagramTask,
  diagramAnswerSchema,
  MAX_DIAGRAM_SOURCE,
} from '../../../shared/contract/diagram.ts';
import { Button } from '../button.tsx';
import { useI18n } from '../i18n.tsx';
import { StateShape } from '../state-shape.tsx';
import { useTheme } from '../theme.ts';
import { Code } from './code.tsx';
import { plainText } from './plain-text.ts';

const patienceMs = 20_000;

type Drawing = { tag: 'drawing' } | { tag: 'drawn'; height: number } | { tag: 'failed'; reason: string };

/** A diagram's source, and the diagram where somebody asks for it. */
export function Diagram({ source }: { source: string }) {
  const { t, number } = useI18n();
  const [shown, setShown] = useState<string | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  const isShown = shown === source;
  const isTooLong = source.length > MAX_DIAGRAM_SOURCE;
  const show = () => {
    setFailure(isTooLong ? t('chat.diagram.tooLong', { limit: number(MAX_DIAGRAM_SOURCE) }) : null);
    if (!isTooLong) setShown(source);
  };
  return (
    <div className="diagram">
      {isShown ? (
        <DiagramFrame
          source={source}
          onFailed={(reason) => {
            setShown(null);
            setFailure(reason);
          }}
        />
      ) : (
        <Code text={source} language="mermaid" />
      )}
      <Button
        look="quiet"
        size="small"
        onClick={() => (isShown ? setShown(null) : show())}
        aria-expanded={isShown}
      >
        {isShown ? <CodeIcon size={14} aria-hidden="true" /> : <Workflow size={14} aria-hidden="true" />}
        {t(isShown ? 'chat.diagram.hide' : 'chat.diagram.show')}
      </Button>
      <p role="status" className="diagram-failure">
        {failure !== null && !isShown && (
          <>
            <StateShape kind="stopped" />
            {failure}
          </>
        )}
      </p>
    </div>
  );
}

type DiagramFrameProps = { source: string; onFailed: (reason: string) => void };

function DiagramFrame({ source, onFailed }: DiagramFrameProps) {
  const { t } = useI18n();
  const theme = useTheme();
  const frame = useRef<HTMLIFrameElement>(null);
  const [isReady, setIsReady] = useState(false);
  const [drawing, setDrawing] = useState<Drawing>({ tag: 'drawing' });

  useEffect(() => {
    const hear = ({ source: from, data }: MessageEvent) => {
      if (from !== frame.current?.contentWindow) return;
      const answer = diagramAnswerSchema.safeParse(data);
      if (!answer.success) return;
      if (answer.data.type === 'ready') setIsReady(true);
      else if (answer.data.type === 'drawn') setDrawing({ tag: 'drawn', height: answer.data.height });
      else setDrawing({ tag: 'failed', reason: plainText(answer.data.reason) });
    };
    window.addEventListener('message', hear);
    return () => window.removeEventListener('message', hear);
  }, []);

  useEffect(() => {
    const task: DiagramTask = { type: 'draw', source, theme };
    // It has no origin that could be named; nobody else can be in it, for its address is ours.
    if (isReady) frame.current?.contentWindow?.postMessage(task, '*');
  }, [isReady, source, theme]);

  useEffect(() => {
    if (drawing.tag !== 'drawing') return;
    const timer = setTimeout(() => setDrawing({ tag: 'failed', reason: t('chat.diagram.slow') }), patienceMs);
    return () => clearTimeout(timer);
  }, [drawing, t]);

  useEffect(() => {
    if (drawing.tag === 'failed') onFailed(t('chat.diagram.failed', { reason: drawing.reason }));
  }, [drawing, onFailed, t]);

  return (
    <>
      <iframe
        ref={frame}
        className="diagram-frame"
        src={DIAGRAM_PAGE}
        sandbox="allow-scripts"
        title={t('chat.diagram.title', {
          kind: plainText(source.trim().split(/\s/, 1)[0] ?? '').slice(0, 40),
        })}
        height={drawing.tag === 'drawn' ? drawing.height : 120}
      />
      {drawing.tag === 'drawing' && <p className="diagram-wait">{t('chat.diagram.drawing')}</p>}
    </>
  );
}
