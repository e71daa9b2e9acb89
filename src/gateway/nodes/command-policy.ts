/** Which commands a node may offer at all, before a person approves its surface (docs/nodes/command-policy). */

export type NodePlatform = 'ios' | 'watchos' | 'android' | 'macos' | 'windows' | 'linux' | 'unknown';

/** `gateway.nodes.commands` of the configuration. `deny` wins. */
export type CommandLists = { readonly allow: readonly string[]; readonly deny: readonly string[] };

const personal = [
  'contacts.search',
  'calendar.events',
  'reminders.list',
  'photos.latest',
  'motion.activity',
  'motion.pedometer',
];

const platformDefaults: Record<NodePlatform, readonly string[]> = {
  ios: ['camera.list', 'location.get', 'device.info', 'device.status', ...personal, 'system.notify'],
  watchos: ['device.info', 'device.status', 'system.notify'],
  android: [
    'camera.list',
    'location.get',
    'notifications.list',
    'notifications.actions',
    'system.notify',
    'device.info',
    'device.status',
    'device.permissions',
    'device.health',
    'device.apps',
    ...personal,
    'callLog.search',
    'mobile.ui.observe',
    'mobile.ui.act',
  ],
  macos: [
    'camera.list',
    'camera.ptz.status',
    'location.get',
    'device.info',
    'device.status',
    'device.apps',
    ...personal,
    'system.notify',
    'computer.act',
    'canvas.present',
    'canvas.hide',
    'canvas.navigate',
  ],
  windows: ['camera.list', 'location.get', 'device.info', 'device.status', 'system.notify', 'computer.act'],
  linux: ['system.notify', 'computer.act'],
  unknown: [],
};

/** Commands of a desktop host: the approval of the surface is what lets them through. */
const desktopHostCommands = new Set([
  'system.run',
  'system.run.prepare',
  'system.which',
  'system.execApprovals.get',
  'system.execApprovals.set',
  'browser.proxy',
  'browser.proxy.upload.v1',
  'mcp.tools.call.v1',
  'screen.snapshot',
  'desktop.stream',
  'fs.listDir',
]);
const desktops = new Set<NodePlatform>(['macos', 'windows', 'linux']);

/** Never on by default, whatever the platform. */
const dangerousCommands = new Set([
  'camera.snap',
  'camera.clip',
  'camera.ptz.control',
  'screen.record',
  'contacts.add',
  'calendar.add',
  'reminders.add',
  'health.summary',
  'sms.send',
  'sms.search',
]);

const talkCommands = new Set(['talk.ptt.start', 'talk.ptt.stop', 'talk.ptt.cancel', 'talk.ptt.once']);

/** Approving a surface with one of these takes an administrator. */
const adminCommands = new Set([
  'system.run',
  'system.run.prepare',
  'system.which',
  'browser.proxy',
  'browser.proxy.upload.v1',
  'fs.listDir',
  'system.execApprovals.get',
  'system.execApprovals.set',
]);

/** `linux`, `darwin`, `macOS 26.1`, `iOS 18.4`, … as clients write it. */
export function platformOf(text: string): NodePlatform {
  const name = text.trim().toLowerCase();
  if (name.startsWith('ios') || name.startsWith('ipados')) return 'ios';
  if (name.startsWith('watchos')) return 'watchos';
  if (name.startsWith('android')) return 'android';
  if (name.startsWith('mac') || name.startsWith('darwin')) return 'macos';
  if (name.startsWith('win')) return 'windows';
  return name.startsWith('linux') ? 'linux' : 'unknown';
}

export type Offer = {
  readonly platform: NodePlatform;
  readonly caps: readonly string[];
  readonly commands: readonly string[];
};

/** Why a command may not be used, in the words of a real Gateway; null when the policy lets it through. */
export function findPolicyFault(command: string, offer: Offer, lists: CommandLists): string | null {
  const name = JSON.stringify(command);
  if (lists.deny.includes(command)) return `${name} is denied by gateway.nodes.commands.deny`;
  if (lists.allow.includes(command) || platformDefaults[offer.platform].includes(command)) return null;
  if (dangerousCommands.has(command)) {
    return `${name} requires explicit gateway.nodes.commands.allow opt-in`;
  }
  if (desktops.has(offer.platform) && desktopHostCommands.has(command)) return null;
  const talks = offer.caps.includes('talk') || offer.commands.some((other) => other.startsWith('talk.'));
  if (talks && talkCommands.has(command)) return null;
  return `${name} is not in the allowlist for platform "${offer.platform}"`;
}

/** What is left of a declaration when the policy is done with it; sorted, each once. */
export function allowedCommands(offer: Offer, lists: CommandLists): string[] {
  const wanted = [...new Set(offer.commands)].sort();
  return wanted.filter((command) => findPolicyFault(command, offer, lists) === null);
}

/** What a person needs, besides `operator.pairing`, to approve these commands. */
export function approvalScope(commands: readonly string[]): 'operator.write' | 'operator.admin' | null {
  if (commands.some((command) => adminCommands.has(command))) return 'operator.admin';
  return commands.length > 0 ? 'operator.write' : null;
}

const adminRelays = new Set([
  'browser.proxy',
  'browser.proxy.upload.v1',
  'fs.listDir',
  'terminal.upload',
  // A node's own rules for programs, as `exec.approvals.*` are the Gateway's.
  'system.execApprovals.get',
  'system.execApprovals.set',
]);

/** What `node.invoke` of a command needs. Looks at parameters of any shape. */
export function invokeScope(params: unknown): 'operator.write' | 'operator.admin' {
  const command = typeof params === 'object' && params !== null && 'command' in params ? params.command : '';
  return typeof command === 'string' && adminRelays.has(command.trim()) ? 'operator.admin' : 'operator.write';
}
