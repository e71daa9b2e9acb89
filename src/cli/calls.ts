import { Option } from 'commander';
import { does } from './frame/does.ts';
import { parseCount, parseTimeout, withGatewayOptions } from './frame/options.ts';
import type { ChelaCommand } from './frame/program.ts';
import { registerGatewayRun } from './own.ts';

// Commands that ask a Gateway (R11). Each is loaded when it runs.

export function registerHealth(program: ChelaCommand): void {
  const { t } = program;
  withGatewayOptions(program.command('health').description(t('calls.about.health')))
    .examples(
      ['chela health', 'calls.examples.health'],
      ['chela health --url wss://gw.example --token-file ~/.gw', 'calls.examples.url'],
    )
    .action(does(() => import('./commands/health.ts').then(({ health }) => health)));
}

export function registerStatus(program: ChelaCommand): void {
  const { t } = program;
  withGatewayOptions(program.command('status').description(t('cli.status.description')))
    .option('--deep', t('calls.options.deep'))
    .option('--all', t('calls.options.all'))
    .examples(['chela status', 'cli.examples.status'], ['chela status --deep --json', 'calls.examples.deep'])
    .action(does(() => import('./commands/status.ts').then(({ status }) => status)));
}

export function registerGateway(program: ChelaCommand): void {
  const { t } = program;
  const gateway = program
    .command('gateway')
    .description(t('cli.gateway.description'))
    .examples(['chela gateway status'], ['chela gateway call models.list']);
  asking(gateway, 'status', 'calls.about.gatewayStatus', 'chela gateway status').action(
    does(() => import('./commands/gateway-status.ts').then(({ gatewayStatus }) => gatewayStatus)),
  );
  asking(gateway, 'health', 'calls.about.health', 'chela gateway health --json').action(
    does(() => import('./commands/health.ts').then(({ health }) => health)),
  );
  asking(gateway, 'probe', 'calls.about.probe', 'chela gateway probe --json').action(
    does(() => import('./commands/gateway-probe.ts').then(({ gatewayProbe }) => gatewayProbe)),
  );
  withGatewayOptions(gateway.command('call').description(t('calls.about.call')))
    .argument('<method>', t('calls.args.method'))
    .option('--params <json>', t('calls.options.params'))
    .option('--expect-final', t('calls.options.expectFinal'))
    .examples(
      ['chela gateway call models.list', 'calls.examples.call'],
      [`chela gateway call sessions.list --params '{"limit":5}'`, 'calls.examples.params'],
      ['chela gateway call agent --params @run.json --expect-final', 'calls.examples.final'],
    )
    .action(does(() => import('./commands/gateway-call.ts').then(({ gatewayCall }) => gatewayCall)));
  addDiscover(gateway, 'chela gateway discover');
  registerGatewayRun(gateway);
}

/** `chela discover`, as `chela gateway discover`. */
export function registerDiscover(program: ChelaCommand): void {
  addDiscover(program, 'chela discover');
}

function addDiscover(parent: ChelaCommand, example: string): void {
  const { t } = parent;
  parent
    .command('discover')
    .description(t('calls.about.discover'))
    .addOption(timeoutOption(parent, 'calls.options.lookFor', 3000))
    .examples([example], [`${example} --timeout 10s --json`])
    .action(does(() => import('./commands/discover.ts').then(({ discover }) => discover)));
}

export function registerChat(program: ChelaCommand): void {
  const { t } = program;
  withGatewayOptions(program.command('chat').description(t('calls.about.chat')))
    .argument('<text...>', t('calls.args.text'))
    .option('--session <key>', t('calls.options.session'))
    .examples(
      ['chela chat "what is on today?"', 'calls.examples.chat'],
      ['git diff | chela chat -', 'calls.examples.chatStdin'],
      ['chela chat --json "hello"', 'calls.examples.chatJson'],
    )
    .action(does(() => import('./commands/chat.ts').then(({ chat }) => chat)));
}

export function registerDevices(program: ChelaCommand): void {
  const { t } = program;
  const devices = program
    .command('devices')
    .description(t('calls.about.devices'))
    .examples(['chela devices list'], ['chela devices approve --latest']);
  const load = () => import('./commands/devices.ts');
  asking(devices, 'list', 'calls.about.devicesList', 'chela devices list').action(
    does(() => load().then(({ devicesList }) => devicesList)),
  );
  asking(
    devices,
    'approve',
    'calls.about.devicesApprove',
    'chela devices approve --latest',
    'chela devices approve REQUEST',
  )
    .argument('[request]', t('calls.args.request'))
    .option('--latest', t('calls.options.latest'))
    .action(does(() => load().then(({ devicesApprove }) => devicesApprove)));
  asking(devices, 'reject', 'calls.about.devicesReject', 'chela devices reject REQUEST')
    .argument('<request>', t('calls.args.request'))
    .action(does(() => load().then(({ devicesReject }) => devicesReject)));
  asking(devices, 'remove', 'calls.about.devicesRemove', 'chela devices remove studio')
    .argument('<device>', t('calls.args.device'))
    .action(does(() => load().then(({ devicesRemove }) => devicesRemove)));
  asking(devices, 'rotate', 'calls.about.devicesRotate', 'chela devices rotate studio --role operator')
    .argument('<device>', t('calls.args.device'))
    .option('--role <role>', t('calls.options.role'), 'operator')
    .option('--scope <scope...>', t('calls.options.scope'))
    .action(does(() => load().then(({ devicesRotate }) => devicesRotate)));
  asking(devices, 'revoke', 'calls.about.devicesRevoke', 'chela devices revoke studio --role node')
    .argument('<device>', t('calls.args.device'))
    .option('--role <role>', t('calls.options.role'), 'operator')
    .action(does(() => load().then(({ devicesRevoke }) => devicesRevoke)));
}

export function registerNodes(program: ChelaCommand): void {
  const { t } = program;
  const nodes = program
    .command('nodes')
    .description(t('calls.about.nodes'))
    .examples(['chela nodes list'], ['chela nodes approve --latest']);
  const load = () => import('./commands/nodes.ts');
  asking(nodes, 'list', 'calls.about.nodesList', 'chela nodes list').action(
    does(() => load().then(({ nodesList }) => nodesList)),
  );
  asking(nodes, 'describe', 'calls.about.nodesDescribe', 'chela nodes describe studio')
    .argument('<node>', t('calls.args.node'))
    .action(does(() => load().then(({ nodesDescribe }) => nodesDescribe)));
  withGatewayOptions(nodes.command('invoke').description(t('calls.about.nodesInvoke')))
    .argument('<node>', t('calls.args.node'))
    .argument('<command>', t('calls.args.command'))
    .option('--params <json>', t('calls.options.params'))
    .addOption(timeoutOption(nodes, 'calls.options.invokeTimeout', 15_000, '--invoke-timeout'))
    .examples([`chela nodes invoke studio system.which --params '{"bins":["git"]}'`, 'calls.examples.invoke'])
    .action(does(() => load().then(({ nodesInvoke }) => nodesInvoke)));
  asking(nodes, 'pending', 'calls.about.nodesPending', 'chela nodes pending').action(
    does(() => load().then(({ nodesPending }) => nodesPending)),
  );
  asking(
    nodes,
    'approve',
    'calls.about.nodesApprove',
    'chela nodes approve --latest',
    'chela nodes approve REQUEST',
  )
    .argument('[request]', t('calls.args.request'))
    .option('--latest', t('calls.options.latest'))
    .action(does(() => load().then(({ nodesApprove }) => nodesApprove)));
  asking(nodes, 'reject', 'calls.about.nodesReject', 'chela nodes reject REQUEST')
    .argument('<request>', t('calls.args.request'))
    .action(does(() => load().then(({ nodesReject }) => nodesReject)));
  asking(nodes, 'rename', 'calls.about.nodesRename', 'chela nodes rename studio den')
    .argument('<node>', t('calls.args.node'))
    .argument('<name>', t('calls.args.name'))
    .action(does(() => load().then(({ nodesRename }) => nodesRename)));
}

export function registerSessions(program: ChelaCommand): void {
  const { t } = program;
  const sessions = program
    .command('sessions')
    .description(t('calls.about.sessions'))
    .examples(['chela sessions list --limit 10'], ['chela sessions removed']);
  asking(sessions, 'list', 'calls.about.sessionsList', 'chela sessions list --limit 10')
    .option('--limit <count>', t('calls.options.limit'), parseCount(1000), 50)
    .action(does(() => import('./commands/sessions.ts').then(({ sessionsList }) => sessionsList)));
  asking(sessions, 'removed', 'calls.about.sessionsRemoved', 'chela sessions removed --limit 10')
    .option('--limit <count>', t('calls.options.limit'), parseCount(1000), 50)
    .action(does(() => import('./commands/removed.ts').then(({ sessionsRemoved }) => sessionsRemoved)));
  asking(sessions, 'restore', 'calls.about.sessionsRestore', 'chela sessions restore NAME')
    .argument('<name>', t('calls.args.removed'))
    .action(does(() => import('./commands/removed.ts').then(({ sessionsRestore }) => sessionsRestore)));
}

export function registerLogs(program: ChelaCommand): void {
  const { t } = program;
  withGatewayOptions(program.command('logs').description(t('calls.about.logs')))
    .option('--limit <count>', t('calls.options.lines'), parseCount(5000), 200)
    .option('--follow', t('calls.options.follow'))
    .addOption(timeoutOption(program, 'calls.options.interval', 1000, '--interval'))
    .examples(
      ['chela logs --follow', 'calls.examples.follow'],
      ['chela logs --json | jq .message', 'calls.examples.logsJson'],
    )
    .action(does(() => import('./commands/logs.ts').then(({ logs }) => logs)));
}

/** A command that asks a Gateway, with lines to copy that need no word. */
function asking(parent: ChelaCommand, name: string, about: string, ...lines: string[]): ChelaCommand {
  const command = parent.command(name).description(parent.t(about));
  return withGatewayOptions(command).examples(...lines.map((line) => [line] as const));
}

function timeoutOption({ t }: ChelaCommand, about: string, fallback: number, flag = '--timeout'): Option {
  return new Option(`${flag} <ms>`, t(about))
    .argParser((given) => parseTimeout(given, t('cli.usage.timeout')))
    .default(fallback);
}
