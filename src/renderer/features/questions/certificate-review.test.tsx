import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import type { Snapshot } from '../../../shared/contract/snapshot.ts';
import { type AppError, appError, type ErrorDetails } from '../../../shared/errors.ts';
import { err } from '../../../shared/result.ts';
import { renderScreen, t } from '../../test-support/render.tsx';
import { directSnapshot } from '../../test-support/snapshot.ts';
import { ConnectionBanner } from '../connection/connection-banner.tsx';
import { ModeSwitch } from '../connection/mode-switch.tsx';

const pinned = Array(32).fill('A1').join(':');
const offered = Array(32).fill('B2').join(':');
const host = 'studio.example';

const refusal = (code: 'GATEWAY_TLS_PIN_MISMATCH' | 'GATEWAY_TLS_UNTRUSTED', more: ErrorDetails = {}) =>
  appError(code, 'x', {
    details: {
      host,
      port: 18789,
      actual: offered,
      subject: 'O=Studio, CN=gateway',
      issuer: 'CN=an issuer',
      validFrom: 'Nov 24 14:35:00 2026 GMT',
      validTo: 'Nov 25 14:35:00 2027 GMT',
      ...more,
    },
  });
const mismatch = refusal('GATEWAY_TLS_PIN_MISMATCH', { expected: pinned });
const untrusted = refusal('GATEWAY_TLS_UNTRUSTED', { reason: 'DEPTH_ZERO_SELF_SIGNED_CERT' });

const failedWith = (error: AppError, settings = directSnapshot.settings): Snapshot => ({
  ...directSnapshot,
  connection: { tag: 'failed', error },
  endpoint: null,
  settings,
});
const pins = (fake: { asked: { method: string; params: unknown }[] }) =>
  fake.asked.filter(({ method }) => method === 'certificate.pin').map(({ params }) => params);
const pinButton = () =>
  screen.getByRole<HTMLButtonElement>('button', { name: t('questions.certificate.accept') });

async function open(error: AppError, settings?: Snapshot['settings']) {
  const parts = renderScreen(<ConnectionBanner />, failedWith(error, settings));
  await userEvent.click(
    await screen.findByRole('button', { name: t('connection.remedy.compareCertificates') }),
  );
  return { ...parts, dialog: await screen.findByRole('alertdialog') };
}

describe('a certificate that was refused (R26)', () => {
  it('stands in the banner by its ends, and in the dialog as a whole', async () => {
    renderScreen(<ConnectionBanner />, failedWith(mismatch));
    const banner = await screen.findByRole('alert');
    expect(banner.textContent).toContain('A1:A1:A1:A1…A1:A1:A1:A1');
    expect(banner.textContent).toContain('B2:B2:B2:B2…B2:B2:B2:B2');
    expect(banner.textContent).not.toContain(offered);
    await userEvent.click(screen.getByRole('button', { name: t('connection.remedy.compareCertificates') }));
    const { textContent } = await screen.findByRole('alertdialog', {
      name: t('questions.certificate.title', { host }),
    });
    for (const shown of [pinned, offered, 'O=Studio, CN=gateway', 'CN=an issuer', '25 November 2027']) {
      expect(textContent).toContain(shown);
    }
  });

  it('is pinned as it was shown, once the host’s name was typed', async () => {
    const { fake } = await open(mismatch);
    await waitFor(() => expect(document.activeElement?.textContent).toBe(t('questions.certificate.cancel')));
    const input = screen.getByLabelText(t('questions.certificate.typeHost', { host }));
    await userEvent.type(input, 'studio.exampl{Enter}');
    expect(pinButton().disabled).toBe(true);
    await userEvent.type(input, 'e{Enter}');
    await waitFor(() => expect(screen.queryByRole('alertdialog')).toBeNull());
    expect(pins(fake)).toEqual([{ typedHost: host, fingerprint: offered }]);
  });

  it('stays when the engine refuses, and says why', async () => {
    const { fake, dialog } = await open(mismatch);
    const reason = 'The certificate changed again meanwhile';
    fake.answer = (method) =>
      method === 'certificate.pin' ? err(appError('BAD_REQUEST', 'x', { details: { reason } })) : null;
    await userEvent.type(
      screen.getByLabelText(t('questions.certificate.typeHost', { host })),
      `${host}{Enter}`,
    );
    await waitFor(() => expect(dialog.textContent).toContain(reason));
  });

  it.each(['{Escape}', ''])('nothing is pinned on the way out (%j)', async (key) => {
    const { fake } = await open(mismatch);
    if (key) await userEvent.keyboard(key);
    else await userEvent.click(screen.getByRole('button', { name: t('questions.certificate.cancel') }));
    await waitFor(() => expect(screen.queryByRole('alertdialog')).toBeNull());
    expect(pins(fake)).toEqual([]);
  });

  it('without a pin is called unknown, not changed', async () => {
    const { dialog } = await open(untrusted);
    expect(dialog.textContent).toContain(t('questions.certificate.titleNew', { host }));
    expect(dialog.textContent).not.toContain(t('questions.certificate.pinned'));
  });

  it('whose pin stands in openclaw.json is left to the person', async () => {
    const { settings } = directSnapshot;
    const tlsFingerprint = { value: pinned, origin: 'openclaw.json' } as const;
    const { dialog } = await open(mismatch, { ...settings, remote: { ...settings.remote, tlsFingerprint } });
    expect(dialog.textContent).toContain(`gateway.remote.tlsFingerprint: "${offered}"`);
    expect(screen.queryByRole('button', { name: t('questions.certificate.accept') })).toBeNull();
  });
});

describe('the switch to a Gateway’s own address (R6)', () => {
  const { settings } = directSnapshot;
  const local = { ...directSnapshot, mode: 'local' } as const;

  it('needs no SSH target', async () => {
    let isMissing = false;
    const missing = () => {
      isMissing = true;
    };
    const { fake } = renderScreen(<ModeSwitch onTargetMissing={missing} />, local);
    await userEvent.click(screen.getByRole('radio', { name: t('connection.mode.direct') }));
    expect(fake.asked).toContainEqual({ method: 'connection.setMode', params: { mode: 'remote' } });
    expect(isMissing).toBe(false);
  });

  it('asks for the address where there is none', async () => {
    let isMissing = false;
    const missing = () => {
      isMissing = true;
    };
    const url = { value: '', origin: 'default' } as const;
    renderScreen(<ModeSwitch onTargetMissing={missing} />, {
      ...local,
      settings: { ...settings, remote: { ...settings.remote, url } },
    });
    await userEvent.click(screen.getByRole('radio', { name: t('connection.mode.direct') }));
    expect(isMissing).toBe(true);
  });
});
