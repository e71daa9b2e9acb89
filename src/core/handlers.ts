import { credentialsFrom } from '../shared/config/effective.ts';
import type { SettingsPatch, SettingsView } from '../shared/config/settings.ts';
import { isSameGateway } from '../shared/connection/gateway-url.ts';
import { formatTlsFingerprint } from '../shared/connection/tls-pin.ts';
import type { CredentialReport } from '../shared/contract/credentials.ts';
import type { TestDraft } from '../shared/contract/requests.ts';
import type { VersionedSnapshot } from '../shared/contract/snapshot.ts';
import type { CredentialDecision } from '../shared/credentials/decide-credential.ts';
import { appError } from '../shared/errors.ts';
import { err, ok, type Result } from '../shared/result.ts';
import type { AppCommand } from './command-link/app-command.ts';
import type { SharedConfig } from './config/shared-config.ts';
import type { RouteMaterials } from './connection/make-route.ts';
import { pinFor } from './connection/pin-certificate.ts';
import { credentialsOf, dialOf, gatewayKeyOf, type Plan } from './connection/plan.ts';
import { readTarget } from './connection/remote-plan.ts';
import type { GatewayRoute } from './connection/route.ts';
import { sshEngineFor } from './connection/ssh-engine.ts';
import type { Handlers } from './dispatch.ts';
import type { DoctorRuns } from './doctor/doctor-runs.ts';
import { doctorReport } from './doctor/report.ts';
import type { EdgeCapabilities } from './engine.ts';
import { listIdentityFiles } from './identity-files.ts';
import type { GatewayAddress } from './link/dial.ts';
import { fetchGatewayFile } from './link/gateway-file.ts';
import { forgetAfterRefusal } from './link/operator.ts';
import { buildWebchatConnectParams } from './link/webchat-connect.ts';
import type { Logger } from './log.ts';
import { approvePairing } from './pairing/approve-pairing.ts';
import { askForScopes } from './pairing/ask-for-scopes.ts';
import type { Questions } from './questions.ts';
import { testDirect, testRemote } from './remote-test.ts';
import type { ScreenContext } from './screens.ts';
import type { OfferedHostKeyChange } from './ssh/client.ts';
import { replaceHostKey } from './ssh/replace-host-key.ts';
import type { TunnelService } from './tunnel-service/tunnel-service.ts';

/** What the handlers use of the engine. */
export type HandlerParts = {
  snapshot(): VersionedSnapshot;
  view(): SettingsView;
  testCredential(draft: { token: string | undefined; isSavedTarget: boolean }): Promise<CredentialDecision>;
  explainCredentials(): Promise<CredentialReport>;
  hasKeychain(): Promise<boolean>;
  plan(): Plan;
  route(): GatewayRoute | null;
  materials(): RouteMaterials;
  saveSettings(patch: SettingsPatch): Promise<Result<SettingsView>>;
  /** Whether there is to be a connection. */
  want(connected: boolean): Promise<void>;
  reconnect(): Promise<void>;
  doctor: DoctorRuns;
  sharedConfig: SharedConfig;
  command: AppCommand;
  tunnelService: TunnelService;
  hostKeyChange(): OfferedHostKeyChange | null;
  forgetHostKeyChange(): void;
  logger: Logger;
  questions: Questions;
  edge: EdgeCapabilities;
  stopping: AbortSignal;
};

const notNow = (reason: string) => err(appError('NOT_AVAILABLE', reason, { details: { reason } }));

/** One handler per contract method. */
export function createHandlers(parts: HandlerParts): Handlers<ScreenContext> {
  const { edge, questions } = parts;
  /** Null where it is not this one any more. */
  const endpointOf = (generation: number) => {
    const { endpoint } = parts.snapshot().snapshot;
    return endpoint?.generation === generation ? endpoint : null;
  };
  const addressOf = (generation: number): GatewayAddress | null => {
    const endpoint = endpointOf(generation);
    return endpoint && { url: endpoint.url, ...dialOf(parts.plan()), env: parts.materials().env };
  };

  return {
    'app.snapshot': () => ok(parts.snapshot()),
    'app.openWindow': ({ window }) => {
      edge.openWindow?.(window);
      return ok({ handled: edge.openWindow !== undefined });
    },
    'app.openExternal': async ({ url }) => {
      await edge.openExternal?.(url);
      return ok({ handled: edge.openExternal !== undefined });
    },

    'credentials.explain': async () => ok(await parts.explainCredentials()),
    'credentials.places': async () => ok({ keychain: await parts.hasKeychain() }),
    'settings.save': ({ patch }) => parts.saveSettings(patch),
    'connection.setMode': async ({ mode }) => {
      const saved = await parts.saveSettings({ mode });
      if (!saved.ok) return saved;
      await parts.want(true);
      return ok({});
    },
    'connection.retry': async () => {
      await parts.want(true);
      return ok({});
    },
    'connection.disconnect': async () => {
      await parts.want(false);
      return ok({});
    },
    'connection.reconnect': async () => {
      await parts.reconnect();
      return ok({});
    },
    'connection.checkHealth': async () => {
      const checking = parts.route()?.checkHealth();
      return checking ? ok(await checking) : notNow('There is no connection to check');
    },
    'connection.test': async (draft) => {
      const read = readTarget(draft.sshTarget);
      if (!read.ok) return err(read.error);
      const { transport, sshTarget } = parts.view().remote;
      const isSavedTarget = transport.value === 'ssh' && draft.sshTarget.trim() === sshTarget.value;
      const decision = await parts.testCredential({ token: draft.token, isSavedTarget });
      if (decision.tag === 'refused') return err(decision.error);
      const materials = parts.materials();
      const { ask, unlockedKeys, homeDir, env, device, version, clock, random } = materials;
      return testRemote(
        {
          target: read.target,
          identityFile: draft.identityFile || null,
          gatewayPort: draft.gatewayPort,
          credentials: credentialsFrom(decision),
          tunnel: { ask, unlockedKeys, homeDir, env, connect: draftEngine(draft, materials) },
          link: { device, version, clock, random },
        },
        parts.stopping,
      );
    },

    'connection.testDirect': async (draft) => {
      const { transport, url } = parts.view().remote;
      const isSavedTarget = transport.value === 'direct' && isSameGateway(draft.url, url.value);
      const decision = await parts.testCredential({ token: draft.token, isSavedTarget });
      if (decision.tag === 'refused') return err(decision.error);
      const { device, version, clock, random, env } = parts.materials();
      return testDirect(
        {
          address: { url: draft.url, tlsFingerprint: draft.tlsFingerprint, env },
          credentials: credentialsFrom(decision),
          link: { device, version, clock, random },
        },
        parts.stopping,
      );
    },
    'certificate.pin': async (asked) => {
      const { connection } = parts.snapshot().snapshot;
      const pin = pinFor(connection.tag === 'failed' ? connection.error : null, asked);
      if (!pin.ok) return pin;
      const saved = await parts.saveSettings({ remote: { tlsFingerprint: formatTlsFingerprint(pin.value) } });
      if (!saved.ok) return saved;
      parts.logger.info({ fingerprint: pin.value }, 'a certificate was pinned on request');
      await parts.want(true);
      return ok({});
    },

    'questions.answer': ({ id, answer }) =>
      questions.answer(id, answer) ? ok({}) : notNow('This question is no longer open'),
    'hostKey.replace': async ({ typedHost }) => {
      const change = parts.hostKeyChange();
      if (!change) return notNow('No host key has changed');
      if (typedHost.trim() !== change.host) {
        const reason = 'That is not the name of the host';
        return err(appError('BAD_REQUEST', reason, { details: { reason } }));
      }
      const replaced = await replaceHostKey(change);
      if (!replaced.ok) return replaced;
      parts.logger.info(
        { host: change.host, fingerprint: change.fingerprint },
        'a host key was replaced on request',
      );
      parts.forgetHostKeyChange();
      parts.route()?.retryNow();
      return ok({});
    },
    'doctor.run': (_params, screen) => ok({ runId: parts.doctor.run(screen.announce) }),
    'doctor.stop': ({ runId }) => {
      parts.doctor.stop(runId);
      return ok({});
    },
    'doctor.report': ({ withNames }) => {
      const steps = parts.doctor.lastSteps();
      return steps
        ? ok({ text: doctorReport(steps, { withNames }) })
        : notNow('Nothing has been examined yet');
    },
    'pairing.approve': async ({ requestId }) => {
      const connection = parts.route()?.sshConnection();
      if (!connection) return notNow('There is no SSH session');
      const approved = await approvePairing({ connection, requestId, signal: parts.stopping });
      parts.logger.info({ requestId, approved: approved.ok }, 'pairing approved over SSH on request');
      if (!approved.ok) return approved;
      parts.route()?.retryNow();
      return ok({});
    },
    'pairing.askForScopes': async () => {
      const { endpoint } = parts.snapshot().snapshot;
      if (!endpoint) return notNow('There is no connection');
      const plan = parts.plan();
      const { device, deviceTokens, version, env, clock } = parts.materials();
      const asked = await askForScopes({
        url: endpoint.url,
        ...dialOf(plan),
        env,
        gatewayKey: gatewayKeyOf(plan),
        credentials: credentialsOf(plan),
        device,
        deviceTokens,
        version,
        clock,
      });
      parts.logger.info({ granted: asked.ok }, 'more rights asked of the Gateway on request');
      return asked;
    },
    'sharedConfig.plan': ({ what }) => parts.sharedConfig.plan(what),
    'sharedConfig.apply': async ({ what, id }) => {
      const applied = await parts.sharedConfig.apply(what, id);
      parts.logger.info(
        { what, written: applied.ok && applied.value.written },
        'openclaw.json written on request',
      );
      return applied;
    },
    'command.state': () => parts.command.state(),
    'command.link': () => parts.command.link(),
    'command.unlink': () => parts.command.unlink(),
    'tunnelService.status': () => parts.tunnelService.status(),
    'tunnelService.plan': ({ what, choices }) => parts.tunnelService.plan(what, choices),
    'tunnelService.apply': async ({ what, choices, id }) => {
      const applied = await parts.tunnelService.apply(what, choices, id);
      parts.logger.info(
        { what, outcome: applied.ok ? applied.value.tag : applied.error.code },
        'the persistent tunnel was changed on request',
      );
      return applied;
    },
    'tunnelService.cancel': () => {
      parts.tunnelService.cancel();
      return ok({});
    },
    'tunnelService.settle': ({ how }) => parts.tunnelService.settle(how),
    'tunnelService.control': ({ action }) => parts.tunnelService.control(action),
    'tunnelService.log': ({ lines }) => parts.tunnelService.log(lines),
    'ssh.listIdentities': async () => ok({ files: await listIdentityFiles(parts.materials().homeDir) }),

    'webchat.connectParams': async ({ generation, transport, nonce, ts }) => {
      if (!endpointOf(generation)) return notNow('The connection has changed');
      const { device, deviceTokens, version, locale } = parts.materials();
      const plan = parts.plan();
      const connectParams = buildWebchatConnectParams({
        gatewayKey: gatewayKeyOf(plan),
        credentials: credentialsOf(plan),
        transport,
        nonce,
        ts,
        device,
        deviceTokens,
        version,
        locale: locale(),
        platform: process.platform,
      });
      return ok({ connectParams });
    },
    'webchat.refused': ({ generation, detailCode }) => {
      if (endpointOf(generation))
        forgetAfterRefusal(parts.materials().deviceTokens, gatewayKeyOf(parts.plan()), detailCode);
      return ok({});
    },

    'artifact.fetch': async ({ generation, path, maxBytes }) => {
      const address = addressOf(generation);
      if (!address) return notNow('The connection has changed');
      const fetched = await fetchGatewayFile({ ...address, path, maxBytes, signal: parts.stopping });
      if (!fetched.ok) return fetched;
      const { mimeType, bytes } = fetched.value;
      return ok({ mimeType, data: bytes.toString('base64') });
    },

    'relay.open': ({ generation }, screen) => {
      const address = addressOf(generation);
      return address ? screen.openRelay(address) : notNow('The connection has changed');
    },
    'relay.send': ({ relayId, data }, screen) => {
      const relay = screen.relay(relayId);
      if (!relay) return notNow('This relay is closed');
      relay.send(data);
      return ok({});
    },
    'relay.close': ({ relayId }, screen) => {
      screen.relay(relayId)?.close();
      return ok({});
    },
  };

  /** A saved target keeps its engine and policy; one that is only drafted is met as strictly as can be. */
  function draftEngine(draft: TestDraft, materials: RouteMaterials) {
    const { sshTarget, engine, hostKeyPolicy } = parts.view().remote;
    const isSaved = draft.sshTarget.trim() === sshTarget.value;
    return sshEngineFor({
      choice: engine.value,
      hostKeyPolicy: isSaved ? hostKeyPolicy.value : 'strict',
      forwardPorts: [draft.gatewayPort],
      keychain: materials.keychain,
      onHostKeyChange: materials.onHostKeyChange,
    });
  }
}
