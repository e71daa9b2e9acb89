import type { Quality } from '../../../shared/contract/snapshot.ts';
import { useSnapshot } from '../../stores/context.tsx';
import { useI18n } from '../../ui/i18n.tsx';
import { describeQuality, describeQuarter } from './describe-quality.ts';
import './lamps.css';

const PITCH = 4;
const BAR = 3;
/** Of the drawing: a row for the marks of drops, then the bars. */
const MARKS = 7;
const HEIGHT = 36;
const BARS = HEIGHT - MARKS;

/** The last 24 hours, a bar per quarter of an hour: its height is the share of time with a connection. */
export function QualityStrip() {
  const i18n = useI18n();
  const { t } = i18n;
  const quality = useSnapshot((snapshot) => snapshot.quality);
  const summary = describeQuality(quality, i18n);
  return (
    <section className="quality" aria-label={t('connection.quality.label')}>
      <p className="quality-words tabular">{summary ?? t('connection.quality.empty')}</p>
      {quality && summary !== null && (
        <>
          <svg
            className="quality-strip"
            viewBox={`0 0 ${quality.strip.length * PITCH - (PITCH - BAR)} ${HEIGHT}`}
            preserveAspectRatio="none"
            aria-hidden="true"
          >
            {quality.strip.map((quarter, at) => (
              <g key={quarter.startMs} transform={`translate(${at * PITCH} 0)`}>
                <title>{describeQuarter(quarter, i18n)}</title>
                <rect className="hit" x={-(PITCH - BAR) / 2} width={PITCH} height={HEIGHT} />
                <Bar up={quarter.up} />
                {quarter.drops > 0 && <path className="drop" d={`M-2 0h7L${BAR / 2} 5.5z`} />}
              </g>
            ))}
          </svg>
          <p className="quality-ends" aria-hidden="true">
            <span>{t('connection.quality.ago')}</span>
            <span>{t('connection.quality.now')}</span>
          </p>
        </>
      )}
    </section>
  );
}

/** Full: up. Short: up for a part. A stump: wanted and not there. A line: not wanted. */
function Bar({ up }: Pick<Quality['strip'][number], 'up'>) {
  if (up === null) return <rect className="is-none" y={HEIGHT - 1.5} width={BAR} height={1.5} />;
  const height = Math.max(4, up * BARS);
  const kind = up >= 1 ? 'up' : up > 0 ? 'part' : 'down';
  return <rect className={`is-${kind}`} y={HEIGHT - height} width={BAR} height={height} />;
}
