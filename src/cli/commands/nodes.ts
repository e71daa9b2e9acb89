import { randomUUID } from 'node:crypto';
import { oneLine } from '../../shared/printable.ts';
import { ago } from '../frame/ago.ts';
import type { RunCommand } from '../frame/context.ts';
import type { GatewayOptions } from '../frame/options.ts';
import { table } from '../frame/table.ts';
import { type Connected, withGateway } from '../gateway/connect.ts';
import { type Fields, fields, list, number, shortId, text, texts } from '../gateway/payload.ts';
import { type ApproveOptions, notChosen, pickOne, pickRequest } from '../gateway/pick.ts';
import { readParams } from '../gateway/read-params.ts';

const READ = ['operator.read'];
const PAIRING = ['operator.pairing'];
const SEE = 'chela nodes list';
const SEE_PENDING = 'chela nodes pending';
/** What a node gets beyond its own time, for the way there and back. */
const GRACE_MS = 10_000;

const byNode = { id: (one: Fields) => text(one.nodeId), name: (one: Fields) => text(one.displayName) };

export const nodesList: RunCommand<GatewayOptions> = (context, options) =>
  withGateway(context, options, { scopes: READ }, async ({ ask }) => {
    const { out, t, locale } = context;
    const answer = await ask('node.list', {});
    const nodes = list(fields(answer).nodes);
    out.answer(answer, () => {
      if (nodes.length === 0) return [t('calls.nodes.none')];
      const heads = ['node', 'name', 'platform', 'commands', 'seen'].map((head) => t(`calls.heads.${head}`));
      return table(
        heads,
        nodes.map((node) => [
          shortId(text(node.nodeId)),
          text(node.displayName),
          text(node.platform),
          text(node.approvalState) === 'pending-approval'
            ? t('calls.nodes.waiting', { request: text(node.pendingRequestId) })
            : String(texts(node.commands).length),
          node.connected === true ? t('calls.connected') : ago(number(node.lastSeenAtMs), Date.now(), locale),
        ]),
      );
    });
    return 0;
  });

export const nodesDescribe: RunCommand<GatewayOptions, [node: string]> = (context, options, wanted) =>
  withGateway(context, options, { scopes: READ }, async (gateway) => {
    const { out, t, locale } = context;
    const { nodeId } = await findNode(gateway, wanted);
    const answer = fields(await gateway.ask('node.describe', { nodeId }));
    out.answer(answer, () => {
      const granted = Object.entries(fields(answer.permissions)).map(
        ([name, is]) => `${name}: ${String(is)}`,
      );
      const rows = [
        ['node', text(answer.nodeId)],
        ['name', text(answer.displayName)],
        ['platform', [text(answer.platform), text(answer.version)].filter(Boolean).join(' ')],
        ['caps', texts(answer.caps).join(', ')],
        ['commands', texts(answer.commands).join(', ')],
        ['permissions', granted.join(', ')],
        [
          'seen',
          answer.connected === true
            ? t('calls.connected')
            : ago(number(answer.lastSeenAtMs), Date.now(), locale),
        ],
      ] as const;
      return rows
        .filter(([, value]) => value !== '')
        .map(([head, value]) => `${t(`calls.heads.${head}`)}: ${oneLine(value)}`);
    });
    return 0;
  });

export type InvokeOptions = GatewayOptions & { readonly params?: string; readonly invokeTimeout: number };

/** `chela nodes invoke <node> <command>`: what the node answered, as JSON. */
export const nodesInvoke: RunCommand<InvokeOptions, [node: string, command: string]> = async (
  context,
  options,
  wanted,
  command,
) => {
  const { out } = context;
  const params = await readParams(options.params, context);
  if (!params.ok) return out.fail(params.error);
  return withGateway(context, options, { scopes: [...READ, 'operator.write'] }, async (gateway) => {
    const { nodeId } = await findNode(gateway, wanted);
    const answer = fields(
      await gateway.ask(
        'node.invoke',
        {
          nodeId,
          command,
          params: params.value,
          timeoutMs: options.invokeTimeout,
          idempotencyKey: randomUUID(),
        },
        { timeoutMs: options.invokeTimeout + GRACE_MS },
      ),
    );
    const result = context.globals.json ? answer : (answer.payload ?? answer.payloadJSON ?? null);
    out.write(`${JSON.stringify(result, null, 2)}\n`);
    return 0;
  });
};

export const nodesPending: RunCommand<GatewayOptions> = (context, options) =>
  withGateway(context, options, { scopes: PAIRING }, async ({ ask }) => {
    const { out, t } = context;
    const answer = await ask('node.pair.list', {});
    const pending = list(fields(answer).pending);
    out.answer(answer, () => {
      if (pending.length === 0) return [t('calls.nodes.nonePending')];
      const heads = ['request', 'name', 'platform', 'commands'].map((head) => t(`calls.heads.${head}`));
      return table(
        heads,
        pending.map((one) => [
          text(one.requestId),
          text(one.displayName) || shortId(text(one.nodeId)),
          text(one.platform),
          texts(one.commands).join(', '),
        ]),
      );
    });
    return 0;
  });

/** Approving takes what the request itself names: more where the node offers to run programs. */
export const nodesApprove: RunCommand<ApproveOptions, [request: string | undefined]> = (
  context,
  options,
  wanted,
) =>
  withGateway(context, options, { caller: 'backend', scopes: PAIRING }, async (gateway) => {
    const { out, t } = context;
    const request = await findRequest(gateway, wanted);
    const requestId = text(request.requestId);
    const name = nameOf(request);
    const commands = oneLine(texts(request.commands).join(', ')) || t('calls.none');
    if (wanted === undefined && !options.latest) {
      const shown = { requestId, name, asks: commands, approve: 'chela nodes approve' };
      return out.fail(notChosen(shown), { request });
    }
    const scopes = [...new Set([...PAIRING, ...texts(request.requiredApproveScopes)])];
    const answer = await gateway.askAs(scopes, 'node.pair.approve', { requestId });
    out.answer(answer, () => [t('calls.nodes.approved', { name, commands })]);
    return 0;
  });

export const nodesReject: RunCommand<GatewayOptions, [request: string]> = (context, options, wanted) =>
  withGateway(context, options, { scopes: PAIRING }, async (gateway) => {
    const { out, t } = context;
    const request = await findRequest(gateway, wanted);
    const answer = await gateway.ask('node.pair.reject', { requestId: text(request.requestId) });
    out.answer(answer, () => [t('calls.nodes.rejected', { name: nameOf(request) })]);
    return 0;
  });

export const nodesRename: RunCommand<GatewayOptions, [node: string, name: string]> = (
  context,
  options,
  wanted,
  displayName,
) =>
  withGateway(context, options, { scopes: [...READ, ...PAIRING] }, async (gateway) => {
    const { out, t } = context;
    const { nodeId } = await findNode(gateway, wanted);
    const answer = await gateway.ask('node.rename', { nodeId, displayName });
    out.answer(answer, () => [t('calls.nodes.renamed', { name: oneLine(displayName) })]);
    return 0;
  });

async function findNode({ ask }: Connected, wanted: string): Promise<Fields> {
  return pickOne(wanted, list(fields(await ask('node.list', {})).nodes), byNode, { kind: 'node', see: SEE });
}

async function findRequest({ ask }: Connected, wanted: string | undefined): Promise<Fields> {
  const pending = list(fields(await ask('node.pair.list', {})).pending);
  return pickRequest(wanted, pending, byNode.name, SEE_PENDING);
}

function nameOf(one: Fields): string {
  return oneLine(text(one.displayName) || shortId(text(one.nodeId)));
}
