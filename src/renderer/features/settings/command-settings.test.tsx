import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import type { CommandState } from '../../../shared/contract/command.ts';
import { appError } from '../../../shared/errors.ts';
import { err, ok, type Result } from '../../../shared/result.ts';
import { renderScreen, t } from '../../test-support/render.tsx';
import { localSnapshot } from '../../test-support/snapshot.ts';
import { CommandSettings } from './command-settings.tsx';

const path = '/home/ada/.local/bin/chela';
const state = (more: Partial<Exclude<CommandState, { state: 'unavailable' }>>): CommandState => ({
  state: 'notLinked',
  path,
  isOnPath: true,
  pathLine: null,
  node: 'good',
  nodeVersion: '24.1.0',
  ...more,
});
const button = (name: string) => screen.findByRole('button', { name });

/** Plays the engine: what is there, and what linking and removing say. */
function shown(first: CommandState, answers: Record<string, Result<unknown>> = {}) {
  const user = userEvent.setup();
  const { fake } = renderScreen(
    <CommandSettings />,
    localSnapshot,
    (method) => answers[method] ?? (method === 'command.state' ? ok(first) : null),
  );
  return { user, asked: () => fake.asked.map(({ method }) => method) };
}

describe('Settings → Command line (R11)', () => {
  it('links and removes by keyboard, with the focus on the button', async () => {
    const { user, asked } = shown(state({}), {
      'command.link': ok(state({ state: 'linked' })),
      'command.unlink': ok(state({})),
    });
    (await button(t('link.row.link'))).focus();
    await user.keyboard('{Enter}');
    const remove = await button(t('link.row.remove'));
    expect(document.activeElement).toBe(remove);
    expect(screen.getByText(t('link.row.linked', { path })).closest('[aria-live]')).toBeTruthy();
    await user.keyboard(' ');
    expect(await screen.findByText(t('link.row.notLinked', { path }))).toBeTruthy();
    expect(asked()).toEqual(expect.arrayContaining(['command.link', 'command.unlink']));
  });

  it('gives the line for a directory that is not on PATH, and says what Node is missing', async () => {
    const pathLine = `export PATH='/home/ada/.local/bin':"$PATH"`;
    shown(state({ isOnPath: false, pathLine, node: 'old', nodeVersion: '20.20.2' }));
    expect((await screen.findByText(pathLine)).tagName).toBe('CODE');
    expect(screen.getByText(t('link.node.old', { version: '20.20.2' }))).toBeTruthy();
    expect(await button(t('connection.remedy.copyCommand'))).toBeTruthy();
  });

  it('replaces a link to another Chela', async () => {
    shown(state({ state: 'elsewhere' }));
    expect(await screen.findByText(t('link.row.elsewhere', { path }))).toBeTruthy();
    expect(await button(t('link.row.link'))).toBeTruthy();
  });

  it('leaves what is not ours, and looks again', async () => {
    const { user, asked } = shown(state({ state: 'taken' }));
    const looks = () => asked().filter((method) => method === 'command.state').length;
    expect(await screen.findByText(t('link.row.taken', { path }))).toBeTruthy();
    const count = looks();
    await user.click(await button(t('link.row.checkAgain')));
    expect(looks()).toBe(count + 1);
    expect(screen.queryByRole('button', { name: t('link.row.link') })).toBeNull();
  });

  it('says why it could not be linked, and keeps the button', async () => {
    const details = { file: path, reason: 'EACCES' };
    const { user } = shown(state({}), {
      'command.link': err(appError('LINK_UNWRITABLE', 'EACCES', { details })),
    });
    await user.click(await button(t('link.row.link')));
    expect(await screen.findByText(t('errors.LINK_UNWRITABLE.title'))).toBeTruthy();
    expect(screen.getByText(t('link.row.unwritableFix'))).toBeTruthy();
    expect(await button(t('link.row.link'))).toBeTruthy();
  });

  it('says once what came in the way meanwhile', async () => {
    const answers: Record<string, Result<unknown>> = {
      'command.link': err(appError('LINK_TAKEN', 'x', { details: { file: path } })),
    };
    const { user } = shown(state({}), answers);
    const link = await button(t('link.row.link'));
    answers['command.state'] = ok(state({ state: 'taken' }));
    await user.click(link);
    expect(await screen.findByText(t('link.row.taken', { path }))).toBeTruthy();
    expect(screen.queryByText(t('errors.LINK_TAKEN.title'))).toBeNull();
    expect(document.activeElement).toBe(await button(t('link.row.checkAgain')));
  });

  it('says why there is nothing to link, without a button', async () => {
    renderScreen(<CommandSettings />, localSnapshot);
    expect(await screen.findByText(t('link.row.unavailable.absent'))).toBeTruthy();
    expect(screen.queryByRole('button')).toBeNull();
  });
});
