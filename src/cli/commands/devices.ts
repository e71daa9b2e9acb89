import { AppErrorException } from '../../shared/errors.ts';
import { oneLine } from '../../shared/printable.ts';
import { ago } from '../frame/ago.ts';
import type { CliContext, RunCommand } from '../frame/context.ts';
import type { GatewayOptions } from '../frame/options.ts';
import { table } from '../frame/table.ts';
import { type Connected, withGateway } from '../gateway/connect.ts';
import { type Fields, fields, list, number, shortId, text, texts } from '../gateway/payload.ts';
import { type ApproveOptions, notChosen, pickOne, pickRequest } from '../gateway/pick.ts';

const PAIRING = ['operator.pairing'];
const WITH_ADMIN = ['operator.pairing', 'operator.admin'];
const SEE = 'chela devices list';

const deviceName = (one: Fields) => text(one.operatorLabel) || text(one.displayName) || text(one.clientId);
const byDevice = { id: (one: Fields) => text(one.deviceId), name: deviceName };

/** `chela devices list`: who asks to be let in, and who may come in. */
export const devicesList: RunCommand<GatewayOptions> = (context, options) =>
  withGateway(context, options, { scopes: PAIRING }, async ({ ask }) => {
    const { out, t, locale } = context;
    const answer = await ask('device.pair.list', {});
    const pending = list(fields(answer).pending);
    const paired = list(fields(answer).paired);
    out.answer(answer, () => [
      t('calls.devices.pending', { count: pending.length }),
      ...(pending.length === 0
        ? []
        : table(
            [
              t('calls.heads.request'),
              t('calls.heads.name'),
              t('calls.heads.platform'),
              t('calls.heads.asks'),
            ],
            pending.map((one) => [text(one.requestId), deviceName(one), text(one.platform), asksFor(one)]),
          )),
      t('calls.devices.paired', { count: paired.length }),
      ...(paired.length === 0
        ? []
        : table(
            [t('calls.heads.device'), t('calls.heads.name'), t('calls.heads.roles'), t('calls.heads.seen')],
            paired.map((one) => [
              shortId(text(one.deviceId)),
              deviceName(one),
              texts(one.roles).join(', ') || text(one.role),
              one.connected === true
                ? t('calls.connected')
                : ago(number(one.lastSeenAtMs), Date.now(), locale),
            ]),
          )),
    ]);
    return 0;
  });

/** `chela devices approve [request]`: without one, and without `--latest`, it shows the newest and approves nothing. */
export const devicesApprove: RunCommand<ApproveOptions, [request: string | undefined]> = (
  context,
  options,
  wanted,
) =>
  withGateway(context, options, { scopes: PAIRING }, async (gateway) => {
    const { out, t } = context;
    const request = await findRequest(gateway, wanted);
    const requestId = text(request.requestId);
    const [name, asks] = [deviceName(request), asksFor(request)];
    if (wanted === undefined && !options.latest) {
      return out.fail(notChosen({ requestId, name, asks, approve: 'chela devices approve' }), { request });
    }
    const answer = await gateway.askAs(scopesToApprove(request), 'device.pair.approve', { requestId });
    out.answer(answer, () => [t('calls.devices.approved', { name: oneLine(name), asks: oneLine(asks) })]);
    return 0;
  });

export const devicesReject: RunCommand<GatewayOptions, [request: string]> = (context, options, wanted) =>
  withGateway(context, options, { scopes: PAIRING }, async (gateway) => {
    const { out, t } = context;
    const request = await findRequest(gateway, wanted);
    const answer = await gateway.ask('device.pair.reject', { requestId: text(request.requestId) });
    out.answer(answer, () => [t('calls.devices.rejected', { name: oneLine(deviceName(request)) })]);
    return 0;
  });

export const devicesRemove: RunCommand<GatewayOptions, [device: string]> = (context, options, wanted) =>
  withGateway(context, options, { scopes: PAIRING }, async (gateway) => {
    const { out, t } = context;
    const device = await findDevice(gateway, wanted);
    const answer = await removeDevice(gateway, text(device.deviceId));
    out.answer(answer, () => [t('calls.devices.removed', { name: oneLine(deviceName(device)) })]);
    return 0;
  });

export type TokenOptions = GatewayOptions & { readonly role: string; readonly scope?: readonly string[] };

/** `chela devices rotate <device>`: its old token stops working; the new one goes to the device alone. */
export const devicesRotate: RunCommand<TokenOptions, [device: string]> = (context, options, wanted) =>
  changeToken(context, options, wanted, 'device.token.rotate', 'calls.devices.rotated');

export const devicesRevoke: RunCommand<TokenOptions, [device: string]> = (context, options, wanted) =>
  changeToken(context, options, wanted, 'device.token.revoke', 'calls.devices.revoked');

function changeToken(
  context: CliContext,
  options: TokenOptions,
  wanted: string,
  method: string,
  sentence: string,
): Promise<number> {
  return withGateway(context, options, { scopes: PAIRING }, async (gateway) => {
    const { out, t } = context;
    const { role, scope } = options;
    const device = await findDevice(gateway, wanted);
    const token = list(device.tokens).find((one) => one.role === role);
    const params = {
      deviceId: text(device.deviceId),
      role,
      ...(method === 'device.token.rotate' && scope !== undefined && { scopes: [...scope] }),
    };
    // A caller may not hand out, or take back, more than it has itself.
    const scopes = [...new Set([...PAIRING, ...(scope ?? texts(token?.scopes))])];
    const answer = await gateway.askAs(scopes, method, params);
    out.answer(answer, () => [t(sentence, { name: oneLine(deviceName(device)), role })]);
    return 0;
  });
}

async function findRequest({ ask }: Connected, wanted: string | undefined): Promise<Fields> {
  return pickRequest(wanted, list(fields(await ask('device.pair.list', {})).pending), deviceName, SEE);
}

async function findDevice({ ask }: Connected, wanted: string): Promise<Fields> {
  const paired = list(fields(await ask('device.pair.list', {})).paired);
  return pickOne(wanted, paired, byDevice, { kind: 'device', see: SEE });
}

/** A caller may not hand out more than it has itself, and nodes are for administrators to let in. */
function scopesToApprove(request: Fields): string[] {
  const isNode = [text(request.role), ...texts(request.roles)].includes('node');
  return isNode ? WITH_ADMIN : [...new Set([...PAIRING, ...texts(request.scopes)])];
}

function asksFor(request: Fields): string {
  const roles = texts(request.roles).join(', ') || text(request.role);
  const scopes = texts(request.scopes).map((scope) => scope.replace(/^operator\./, ''));
  return scopes.length > 0 ? `${roles} (${scopes.join(', ')})` : roles;
}

/** With the right to pair; where the Gateway wants an administrator for this one, as one. */
async function removeDevice({ call, askAs }: Connected, deviceId: string): Promise<unknown> {
  const first = await call.request('device.pair.remove', { deviceId });
  if (first.ok) return first.value;
  const { details } = first.error;
  const isDenied = details?.gatewayCode === 'FORBIDDEN' || /denied/.test(String(details?.reason));
  if (!isDenied) throw new AppErrorException(first.error);
  return askAs(WITH_ADMIN, 'device.pair.remove', { deviceId });
}
