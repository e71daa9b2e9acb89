import { toJsxRuntime } from 'hast-util-to-jsx-runtime';
import { useMemo } from 'react';
import { Fragment, jsx, jsxs } from 'react/jsx-runtime';
import { CopyButton } from '../copy-button.tsx';
import { useI18n } from '../i18n.tsx';
import { scrollable } from '../scrollable.ts';
import { Code } from './code.tsx';
import { useMath } from './use-math.ts';

/** A formula that was written as a block of code; its source until what draws it is there. */
export function Formula({ source }: { source: string }) {
  const { t } = useI18n();
  const math = useMath(true);
  const drawn = useMemo(
    () => math && toJsxRuntime(math.readFormula(source), { Fragment, jsx, jsxs, ignoreInvalidStyle: true }),
    [math, source],
  );
  if (!drawn) return <Code text={source} language="math" />;
  return (
    <figure className="code">
      <figcaption>
        <span>{t('chat.formula')}</span>
        <span className="code-tools">
          <CopyButton text={source} label={t('chat.copyFormula')} />
        </span>
      </figcaption>
      <div className="formula" {...scrollable}>
        {drawn}
      </div>
    </figure>
  );
}
