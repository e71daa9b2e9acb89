import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import { appError } from '../../../shared/errors.ts';
import { err, ok } from '../../../shared/result.ts';
import { renderScreen, t } from '../../test-support/render.tsx';
import { remoteSnapshot } from '../../test-support/snapshot.ts';
import { ShareSettings } from './share-settings.tsx';

const file = '/home/ada/.openclaw/openclaw.json';
const diff = `--- ${file}\n+++ ${file}\n@@ -1,1 +1,1 @@\n-  "mode": "local"\n+  "mode": "remote"\n`;
const button = (name: string) => screen.getByRole('button', { name });

function shown(answers: Record<string, unknown>) {
  const user = userEvent.setup();
  const { fake } = renderScreen(<ShareSettings />, remoteSnapshot);
  fake.answer = (method) => (answers[method] ?? null) as ReturnType<typeof fake.answer>;
  return { user, fake };
}

describe('Settings → Share with other OpenClaw tools (R12)', () => {
  it('shows the change before it is written, and writes exactly that one', async () => {
    const { user, fake } = shown({
      'sharedConfig.plan': ok({ file, diff, id: 'the-change' }),
      'sharedConfig.apply': ok({ written: true, backup: `${file}.bak` }),
    });
    await user.click(button(t('share.show')));
    const region = await screen.findByRole('region', { name: t('share.diffLabel', { file }) });
    expect(within(region).getByText('+ "mode": "remote"').tagName).toBe('INS');
    expect(within(region).getByText('- "mode": "local"').tagName).toBe('DEL');
    expect(fake.asked.map(({ method }) => method)).not.toContain('sharedConfig.apply');
    await user.click(button(t('share.save')));
    expect(await screen.findByText(t('share.saved', { backup: `${file}.bak` }))).toBeTruthy();
    expect(fake.asked.at(-1)).toEqual({
      method: 'sharedConfig.apply',
      params: { what: 'share', id: 'the-change' },
    });
    expect(document.activeElement).toBe(button(t('share.show')));
  });

  it('writes nothing when the change is left', async () => {
    const { user, fake } = shown({ 'sharedConfig.plan': ok({ file, diff, id: 'x' }) });
    await user.click(button(t('share.showUndo')));
    expect(await screen.findByText(t('share.willUndo', { file }))).toBeTruthy();
    await user.click(button(t('share.cancel')));
    expect(screen.queryByRole('region', { name: t('share.diffLabel', { file }) })).toBeNull();
    expect(fake.asked.map(({ method }) => method)).not.toContain('sharedConfig.apply');
  });

  it('says when there is nothing to write', async () => {
    const { user } = shown({ 'sharedConfig.plan': ok({ file, diff: '', id: 'x' }) });
    await user.click(button(t('share.show')));
    expect(await screen.findByText(t('share.same', { file }))).toBeTruthy();
    expect(screen.queryByRole('button', { name: t('share.save') })).toBeNull();
  });

  it('says why it could not be written', async () => {
    const { user } = shown({
      'sharedConfig.plan': ok({ file, diff, id: 'x' }),
      'sharedConfig.apply': err(appError('CONFIG_CONFLICT', 'x', { details: { file } })),
    });
    await user.click(button(t('share.show')));
    await user.click(await screen.findByRole('button', { name: t('share.save') }));
    expect(await screen.findByText(t('errors.CONFIG_CONFLICT.title'))).toBeTruthy();
  });
});
