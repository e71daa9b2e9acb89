import { describe, expect, it } from 'vitest';
import type { SettingsView } from '../../shared/config/settings.ts';
import { directSnapshot, localSnapshot, remoteSnapshot } from '../test-support/snapshot.ts';
import {
  changesOf,
  directDraftOf,
  editTarget,
  editTransport,
  editUrl,
  formOf,
  isOtherDestination,
  problemsOf,
  type SettingsEdits,
  savedDestination,
  testDraftOf,
} from './settings-draft.ts';

const fresh = localSnapshot.settings;
const saved = remoteSnapshot.settings;
const changes = (edits: SettingsEdits, view: SettingsView) => changesOf(formOf(edits, view), view);

describe('the settings draft (R6)', () => {
  it('changes nothing by itself', () => {
    expect(changes({}, saved)).toEqual({ patch: null, mode: null });
  });

  it('saves only what differs; what goes back to empty is no longer chosen here', () => {
    expect(changes({ sshTarget: ' ada@studio ', gatewayPort: '18789', identityFile: '' }, saved)).toEqual({
      patch: { remote: { identityFile: null } },
      mode: null,
    });
    expect(changes({ mode: 'remote', sshTarget: 'ada@den', gatewayPort: '19000' }, fresh)).toEqual({
      patch: { remote: { sshTarget: 'ada@den', gatewayPort: 19000 } },
      mode: 'remote',
    });
  });

  it('keeps the local end at the Gateway’s number until somebody chooses another', () => {
    expect(formOf({ gatewayPort: '19000' }, fresh).remoteLocalPort).toBe('19000');
    expect(changes({ gatewayPort: '19000', remoteLocalPort: '20000' }, fresh).patch).toEqual({
      remote: { gatewayPort: 19000, localPort: 20000 },
    });
  });

  it('follows the snapshot where nothing was edited', () => {
    expect(formOf({ gatewayPort: '1' }, saved)).toMatchObject({ sshTarget: 'ada@studio', gatewayPort: '1' });
  });

  it.each([
    [{ mode: 'remote', sshTarget: '' }, { sshTarget: 'empty' }],
    [{ mode: 'remote', sshTarget: '-oProxyCommand=x' }, { sshTarget: 'dash' }],
    [{ mode: 'remote', sshTarget: 'ada@studio:99999' }, { sshTarget: 'port' }],
    [
      { mode: 'remote', sshTarget: 'ada@studio', gatewayPort: '0' },
      { gatewayPort: 'port', remoteLocalPort: 'port' },
    ],
    [{ mode: 'local', localPort: 'x', sshTarget: '-' }, { localPort: 'port' }],
  ] as [SettingsEdits, object][])('%j has the problems %j', (edits, problems) => {
    expect(problemsOf(formOf(edits, fresh))).toEqual(problems);
  });
});

describe('the token', () => {
  it('is kept, replaced or cleared, and never prefilled', () => {
    expect(formOf({}, saved).token).toEqual({ kind: 'keep' });
    expect(changes({ token: { kind: 'replace', value: 't' } }, saved).patch).toEqual({
      remote: { token: 't' },
    });
    expect(changes({ token: { kind: 'replace', value: '' } }, saved).patch).toBeNull();
    expect(changes({ token: { kind: 'clear' } }, saved).patch).toEqual({ remote: { token: null } });
  });

  it('of one target never goes to another', () => {
    const edits = editTarget({}, 'ada@elsewhere', saved);
    expect(edits.token).toEqual({ kind: 'clear' });
    expect(testDraftOf(formOf(edits, saved))).toMatchObject({ sshTarget: 'ada@elsewhere', token: '' });
    expect(changes(edits, saved).patch).toEqual({ remote: { sshTarget: 'ada@elsewhere', token: null } });
    expect(editTarget(edits, 'ada@studio', saved).token).toEqual({ kind: 'keep' });
  });

  it('that was typed is dropped when the target changes, and that is said', () => {
    const typed: SettingsEdits = { sshTarget: 'ada@one', token: { kind: 'replace', value: 'secret' } };
    expect(editTarget(typed, 'ada@two', fresh)).toMatchObject({
      token: { kind: 'keep' },
      isTokenDropped: true,
    });
  });

  it('that is saved is used by the test without coming to the page', () => {
    expect(testDraftOf(formOf({}, saved))).toEqual({
      sshTarget: 'ada@studio',
      gatewayPort: 18789,
      identityFile: '/home/ada/.ssh/id_ed25519',
    });
  });
});

describe('how SSH is done', () => {
  const lax: SettingsView = {
    ...saved,
    remote: { ...saved.remote, hostKeyPolicy: { value: 'openssh', origin: 'settings' } },
  };

  it('saves the engine, the policy and the side forwards only where they differ', () => {
    expect(changes({ engine: 'auto', hostKeyPolicy: 'strict', sideForwards: false }, saved).patch).toBeNull();
    expect(changes({ engine: 'openssh', hostKeyPolicy: 'openssh', sideForwards: true }, saved).patch).toEqual(
      { remote: { engine: 'openssh', hostKeyPolicy: 'openssh', sideForwards: true } },
    );
  });

  it('goes back to strict host keys with another target, and says so, unless chosen again', () => {
    const edits = editTarget({}, 'ada@elsewhere', lax);
    expect(edits).toMatchObject({ hostKeyPolicy: 'strict', isPolicyReset: true });
    expect(changes(edits, lax).patch).toMatchObject({ remote: { hostKeyPolicy: 'strict' } });
    const back = editTarget(edits, 'ada@studio', lax);
    expect(back.isPolicyReset).toBe(false);
    expect(formOf(back, lax).hostKeyPolicy).toBe('openssh');
  });
});

describe('the Gateway’s own address (R3, R26)', () => {
  const direct = directSnapshot.settings;
  const pin = direct.remote.tlsFingerprint.value;
  const otherPin = 'b2'.repeat(32);

  it('of another Gateway takes neither the saved pin nor the saved token along', () => {
    const edits = editUrl({}, 'wss://den.example', direct);
    expect(edits).toMatchObject({ tlsFingerprint: '', token: { kind: 'clear' } });
    expect(directDraftOf(formOf(edits, direct))).toEqual({ url: 'wss://den.example', token: '' });
    expect(changes(edits, direct).patch).toEqual({
      remote: { url: 'wss://den.example', tlsFingerprint: null, token: null },
    });
    const back = editUrl(edits, direct.remote.url.value, direct);
    expect(changes(back, direct)).toEqual({ patch: null, mode: null });
    expect(formOf(back, direct).tlsFingerprint).toBe(pin);
  });

  it('keeps a pin that was typed for it', () => {
    const edits = editUrl({ tlsFingerprint: otherPin }, 'wss://den.example', direct);
    expect(directDraftOf(formOf(edits, direct))).toMatchObject({ tlsFingerprint: otherPin });
  });

  it('by the other way is another Gateway: the token stays where it was', () => {
    const edits = editTransport({}, 'ssh', direct);
    expect(edits).toMatchObject({ transport: 'ssh', token: { kind: 'clear' } });
    expect(isOtherDestination(formOf(edits, direct), direct)).toBe(true);
    expect(editTransport(edits, 'direct', direct).token).toEqual({ kind: 'keep' });
    expect(editTransport({}, 'direct', saved).token).toEqual({ kind: 'clear' });
  });

  it.each([
    [{ url: '' }, { url: 'empty' }],
    [{ url: 'studio.example' }, { url: 'scheme' }],
    [{ url: 'wss://ada:secret@studio.example' }, { url: 'credentials' }],
    [{ tlsFingerprint: 'ab:cd' }, { tlsFingerprint: 'pin' }],
    // What belongs to the other way is not asked for.
    [{ sshTarget: '-', gatewayPort: 'x' }, {}],
  ] as [SettingsEdits, object][])('%j has the problems %j', (edits, problems) => {
    expect(problemsOf(formOf(edits, direct))).toEqual(problems);
  });

  it('tests the saved one with what is saved', () => {
    expect(directDraftOf(formOf({}, direct))).toEqual({
      url: 'wss://studio.example:18789',
      tlsFingerprint: pin,
    });
  });

  it('is called by its host', () => {
    expect(savedDestination(direct)).toBe('studio.example');
    expect(savedDestination(saved)).toBe('ada@studio');
  });
});
