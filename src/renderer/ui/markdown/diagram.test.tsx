import { fireEvent, render, screen } from '@testing-library/react';
import { expect, it } from 'vitest';
import { MAX_DIAGRAM_SOURCE } from '../../../shared/contract/diagram.ts';
import { t } from '../../test-support/render.tsx';
import { I18nProvider } from '../i18n.tsx';
import { Diagram } from './diagram.tsx';

it('R8: a source that is far too long is not drawn, stays, and says why', () => {
  const source = 'A --> B\n'.repeat(MAX_DIAGRAM_SOURCE / 7);
  render(
    <I18nProvider locale="en" translate={t}>
      <Diagram source={source} />
    </I18nProvider>,
  );
  fireEvent.click(screen.getByText(t('chat.diagram.show')));
  expect(document.querySelector('iframe')).toBeNull();
  expect(document.querySelector('.diagram-failure')?.textContent).toContain('50,000');
  expect(document.querySelector('pre')?.textContent).toContain('A --> B');
});
