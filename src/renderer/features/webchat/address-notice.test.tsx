import { act, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, expect, it } from 'vitest';
import { appError } from '../../../shared/errors.ts';
import { t } from '../../test-support/render.tsx';
import { localSnapshot } from '../../test-support/snapshot.ts';
import { openWebChat } from '../../test-support/webchat.tsx';

afterEach(() => sessionStorage.clear());

const details = { port: 41_000, pid: 77, command: 'postgres' };
const notice = () => screen.queryByRole('region', { name: t('connection.address.label') });

it('R8: says once that the page is at another address, by whom, and what is at the usual one', async () => {
  const { fake } = await openWebChat();
  const broken = appError('OPENCLAW_CONFIG_BROKEN', 'x', { details: { file: 'a', line: 1 } });
  act(() => fake.show({ ...localSnapshot, notices: [broken] }));
  expect(notice()).toBeNull();

  const taken = appError('PAGE_PORT_TAKEN_BY', 'x', { details });
  act(() => fake.show({ ...localSnapshot, notices: [broken, taken] }));
  for (const part of ['title', 'body', 'fix'] as const) {
    expect(notice()?.textContent).toContain(t(`errors.PAGE_PORT_TAKEN_BY.${part}`, details));
  }
  await userEvent.click(screen.getByRole('button', { name: t('connection.address.read') }));
  expect(notice()).toBeNull();
  expect(document.activeElement).toBe(screen.getByRole('textbox', { name: t('chat.composer.label') }));
  act(() => fake.show({ ...localSnapshot, notices: [taken] }));
  expect(notice()).toBeNull();
});
