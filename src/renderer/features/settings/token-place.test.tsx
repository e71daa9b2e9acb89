import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import { appError } from '../../../shared/errors.ts';
import { err, ok, type Result } from '../../../shared/result.ts';
import { renderScreen, t } from '../../test-support/render.tsx';
import { remoteSnapshot } from '../../test-support/snapshot.ts';
import { Settings } from './settings.tsx';

const button = (name: string) => screen.getByRole('button', { name });
const groups = () => screen.queryAllByRole('group', { name: t('credentials.place.legend') });

type Places = () => Result<{ keychain: boolean }> | Promise<never>;

async function typed(places: Places) {
  const user = userEvent.setup();
  const { fake } = renderScreen(<Settings chooseRemote={false} />, remoteSnapshot);
  fake.answer = (method) => {
    if (method === 'credentials.places') return places();
    if (method === 'settings.save') return err(appError('TOKEN_STORE_ASK', 'x'));
    return null;
  };
  await user.click(button(t('settings.token.replace')));
  await user.keyboard('new');
  return { user, fake };
}

describe('where a typed token is kept (R17)', () => {
  it('asks where no keychain answers, chooses nothing itself, and sends what was chosen', async () => {
    const { user, fake } = await typed(() => ok({ keychain: false }));
    await waitFor(() => expect(groups()).toHaveLength(1));
    const radios = within(groups()[0] as HTMLElement).getAllByRole<HTMLInputElement>('radio');
    expect(radios.map(({ checked }) => checked)).toEqual([false, false]);
    await user.click(screen.getByRole('radio', { name: t('credentials.place.file') }));
    await user.click(button(t('settings.save')));
    await waitFor(() =>
      expect(fake.asked.filter(({ method }) => method === 'settings.save')).toMatchObject([
        { params: { patch: { remote: { token: 'new', tokenPlace: 'file' } } } },
      ]),
    );
  });

  it('saved without a choice, the focus goes to the question', async () => {
    const { user } = await typed(() => ok({ keychain: false }));
    await waitFor(() => expect(groups()).toHaveLength(1));
    await user.click(button(t('settings.save')));
    expect(await screen.findByText(t('errors.TOKEN_STORE_ASK.title'))).toBeTruthy();
    expect(document.activeElement).toBe(screen.getByRole('radio', { name: t('credentials.place.session') }));
  });

  it('says that the keychain keeps it, and asks nothing', async () => {
    await typed(() => ok({ keychain: true }));
    expect(await screen.findByText(t('credentials.place.keychain'))).toBeTruthy();
    expect(groups()).toEqual([]);
  });

  it('asks where nobody can tell whether there is a keychain', async () => {
    await typed(() => err(appError('BRIDGE_CLOSED', 'x')));
    await waitFor(() => expect(groups()).toHaveLength(1));
  });

  it.each<[string, Places]>([
    ['has not been answered yet', () => new Promise<never>(() => {})],
    ['said that there is one', () => ok({ keychain: true })],
  ])('asks once saving asked, also while the keychain %s, and goes on asking', async (_what, places) => {
    const { user } = await typed(places);
    expect(groups()).toEqual([]);
    await user.click(button(t('settings.save')));
    const session = await screen.findByRole('radio', { name: t('credentials.place.session') });
    expect(document.activeElement).toBe(session);
    await user.type(screen.getByLabelText(t('settings.token.label')), 'er');
    expect(groups()).toHaveLength(1);
    await user.click(session);
    expect(groups()).toHaveLength(1);
  });
});
