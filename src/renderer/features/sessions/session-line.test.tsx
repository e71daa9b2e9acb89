import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it } from 'vitest';
import { t } from '../../test-support/render.tsx';
import { openWebChat } from '../../test-support/webchat.tsx';

it('shows what a model named or said without its marks, and a person’s own name as it was given (R8)', async () => {
  const { connection } = await openWebChat({
    sessions: [
      { key: 'a', displayName: 'Here is a **short** answer:', lastMessagePreview: 'in `src`' },
      { key: 'b', displayName: 'x', label: 'my *own* __init__.py' },
    ],
  });
  expect(screen.getByText('Here is a short answer:')).toBeTruthy();
  expect(screen.getByText('in src')).toBeTruthy();
  expect(screen.getByText('my *own* __init__.py')).toBeTruthy();

  screen.getByText('Here is a short answer:').closest('button')?.focus();
  await userEvent.keyboard('{F2}');
  const field = screen.getByRole<HTMLInputElement>('textbox', {
    name: t('sessions.nameOf', { title: 'Here is a short answer:' }),
  });
  expect(field.value).toBe('Here is a short answer:');
  await userEvent.keyboard('{Enter}');
  expect(connection.requests.map(({ method }) => method)).not.toContain('sessions.patch');
});
