import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import { appError } from '../../../shared/errors.ts';
import { err } from '../../../shared/result.ts';
import { renderScreen, t } from '../../test-support/render.tsx';
import { directSnapshot, remoteSnapshot } from '../../test-support/snapshot.ts';
import { Settings } from './settings.tsx';

const field = (name: 'url' | 'fingerprint') =>
  screen.getByLabelText<HTMLInputElement>(t(`settings.direct.${name}`));
const button = (name: string) => screen.getByRole<HTMLButtonElement>('button', { name });
const radio = (name: string) => screen.getByRole<HTMLInputElement>('radio', { name });
const asked = (fake: { asked: { method: string; params: unknown }[] }, method: string) =>
  fake.asked.filter((request) => request.method === method).map((request) => request.params);
const pin = directSnapshot.settings.remote.tlsFingerprint.value;

describe('Settings → a Gateway’s own address (R3, R26)', () => {
  it('is what Remote is called while it is chosen; SSH’s fields are away', () => {
    renderScreen(<Settings chooseRemote={false} />, directSnapshot);
    expect(radio(t('settings.runs.direct')).checked).toBe(true);
    expect(screen.getByText(t('settings.runs.directBody'))).toBeTruthy();
    expect(screen.queryByText(t('settings.runs.remoteBody'))).toBeNull();
    expect(field('url').value).toBe('wss://studio.example:18789');
    expect(field('fingerprint').value).toBe(pin);
    expect(screen.queryByLabelText(t('settings.target.label'))).toBeNull();
    expect(screen.queryByLabelText(t('settings.localPort.label'))).toBeNull();
  });

  it('is chosen, typed and saved with its pin', async () => {
    const user = userEvent.setup();
    const { fake } = renderScreen(<Settings chooseRemote={false} />, remoteSnapshot);
    await user.click(radio(t('settings.direct.direct')));
    await user.type(field('url'), 'wss://den.example');
    await user.type(field('fingerprint'), pin);
    await user.click(button(t('settings.save')));
    await waitFor(() =>
      expect(asked(fake, 'settings.save')).toEqual([
        {
          patch: {
            remote: { transport: 'direct', url: 'wss://den.example', tlsFingerprint: pin, token: null },
          },
        },
      ]),
    );
  });

  it('drops pin and token with another URL, and says whose token it was', async () => {
    const user = userEvent.setup();
    renderScreen(<Settings chooseRemote={false} />, directSnapshot);
    await user.type(field('url'), '1');
    expect(field('fingerprint').value).toBe('');
    expect(screen.getByText(t('settings.token.targetChanged', { target: 'studio.example' }))).toBeTruthy();
    await user.type(field('url'), '{Backspace}');
    expect(field('fingerprint').value).toBe(pin);
  });

  it.each([
    ['url', 'wss://ada:secret@den', 'settings.direct.urlProblem.credentials'],
    ['url', 'den.example', 'settings.direct.urlProblem.scheme'],
    ['fingerprint', 'ab:cd', 'settings.direct.fingerprintProblem'],
  ] as const)('says what is wrong with the %s %s, and saves nothing', async (name, text, problem) => {
    const user = userEvent.setup();
    const { fake } = renderScreen(<Settings chooseRemote={false} />, directSnapshot);
    await user.clear(field(name));
    await user.type(field(name), text);
    expect(screen.getByText(t(problem))).toBeTruthy();
    await user.click(button(t('settings.save')));
    expect(document.activeElement).toBe(field(name));
    expect(asked(fake, 'settings.save')).toEqual([]);
  });

  it('R7: tests the draft itself, and offers to compare the certificate that was refused', async () => {
    const user = userEvent.setup();
    const { fake } = renderScreen(<Settings chooseRemote={false} />, directSnapshot);
    const actual = Array(32).fill('B2').join(':');
    fake.answer = (method) =>
      method === 'connection.testDirect'
        ? err(
            appError('GATEWAY_TLS_PIN_MISMATCH', 'x', {
              details: {
                host: 'studio.example',
                port: 18789,
                expected: pin,
                actual,
                subject: 'CN=gateway',
                issuer: 'CN=gateway',
                validFrom: 'Nov 24 14:35:00 2026 GMT',
                validTo: 'Nov 24 14:35:00 2027 GMT',
              },
            }),
          )
        : null;
    await user.click(button(t('settings.test.run')));
    await user.click(await screen.findByRole('button', { name: t('connection.remedy.compareCertificates') }));
    expect(asked(fake, 'connection.testDirect')).toEqual([
      { url: 'wss://studio.example:18789', tlsFingerprint: pin },
    ]);
    const dialog = await screen.findByRole('alertdialog');
    // A draft's certificate is not what the connection was refused over: it is put into the field by hand.
    expect(dialog.textContent).toContain(t('questions.certificate.inField'));
    expect(dialog.querySelector('input')).toBeNull();
  });
});
