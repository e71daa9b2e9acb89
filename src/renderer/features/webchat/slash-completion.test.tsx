import { act, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, expect, it, vi } from 'vitest';
import { t } from '../../test-support/render.tsx';
import { openWebChat } from '../../test-support/webchat.tsx';

const scrollIntoView = vi.fn(function (this: Element) {
  return this.textContent;
});
afterEach(() => Reflect.deleteProperty(Element.prototype, 'scrollIntoView'));

it('lists every command that begins so, and scrolls to the one that is chosen (R8)', async () => {
  Object.assign(Element.prototype, { scrollIntoView });
  const { chat } = await openWebChat();
  const commands = Array.from({ length: 40 }, (_, at) => ({
    name: `/c${at}`,
    description: '',
    takesArguments: false,
  }));
  act(() => chat.commands.store.setState({ commands }));
  await userEvent.type(screen.getByRole('textbox', { name: t('chat.composer.label') }), '/');
  expect(screen.getAllByRole('option')).toHaveLength(40);
  await userEvent.keyboard('{ArrowUp}');
  expect(screen.getByRole('option', { selected: true }).textContent).toBe('/c39');
  expect(scrollIntoView).toHaveLastReturnedWith('/c39');
});
