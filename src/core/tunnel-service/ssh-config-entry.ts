import type { SshKeywords } from '../ssh/config-keywords.ts';

export type EntryFacts = {
  readonly alias: string;
  readonly destination: { readonly host: string; readonly port: number; readonly user: string };
  readonly localPort: number;
  readonly gatewayPort: number;
  readonly keyFile: string;
  readonly platform: NodeJS.Platform;
  /** What `ssh -G` says for the target, and for the alias, in a configuration without our entry. */
  readonly forTarget: SshKeywords;
  readonly forAlias: SshKeywords;
};

/** One line of an entry. */
export type Directive = { readonly keyword: string; readonly value: string };

/** What a target's own entry may say about the way to it; the rest is our own affair, or the terminal's. */
const carriedKeywords = [
  'AddressFamily',
  'BindAddress',
  'BindInterface',
  'CASignatureAlgorithms',
  'CertificateFile',
  'CheckHostIP',
  'Ciphers',
  'Compression',
  'ConnectTimeout',
  'GlobalKnownHostsFile',
  'HostKeyAlgorithms',
  'HostKeyAlias',
  'IdentityAgent',
  'IPQoS',
  'KexAlgorithms',
  'KnownHostsCommand',
  'MACs',
  'ProxyCommand',
  'ProxyJump',
  'ProxyUseFdpass',
  'PubkeyAcceptedAlgorithms',
  'RekeyLimit',
  'RequiredRSASize',
  'RevokedHostKeys',
  'StrictHostKeyChecking',
  'TCPKeepAlive',
  'UserKnownHostsFile',
  'VerifyHostKeyDNS',
];

/**
 * Set for all hosts, these would take the tunnel away from whoever keeps it running, or fill its log without end, a ProxyCommand with
 * its arguments included.
 */
const guards: readonly (Directive & { readonly against: RegExp })[] = [
  { keyword: 'ClearAllForwardings', value: 'no', against: /^(yes|true)$/i },
  { keyword: 'ForkAfterAuthentication', value: 'no', against: /^(yes|true)$/i },
  { keyword: 'LogLevel', value: 'INFO', against: /^debug/i },
  { keyword: 'PermitLocalCommand', value: 'no', against: /^(yes|true)$/i },
  { keyword: 'RemoteCommand', value: 'none', against: /^(?!none$)/i },
];

/** Taken over because the configuration says something else for the target than for a host it does not know. */
function carriedOver({ forTarget, forAlias }: EntryFacts, target: string): Directive[] {
  return carriedKeywords.flatMap((keyword) => {
    const [wanted, usual] = [forTarget, forAlias].map((from) => from.get(keyword.toLowerCase()) ?? []);
    if (!wanted || !usual || wanted.join('\n') === usual.join('\n')) return [];
    if (wanted.length === 0)
      return /^proxy(jump|command)$/i.test(keyword) ? [{ keyword, value: 'none' }] : [];
    if (/knownhostsfile$/i.test(keyword)) return [{ keyword, value: wanted.map(quoted).join(' ') }];
    // `ssh -G` leaves tokens alone, and %n is the name that was typed.
    const isToken = /^(proxycommand|hostkeyalias|knownhostscommand)$/i.test(keyword);
    return wanted.map((value) => ({
      keyword,
      value: isToken
        ? value.replace(/%([n%])/g, (all, token) => (token === 'n' ? target : all))
        : pathOr(keyword, value),
    }));
  });
}

function pathOr(keyword: string, value: string): string {
  return /file$|agent$|hostkeys$/i.test(keyword) ? quoted(value) : value;
}

/** The whole entry (R30). */
export function entryOf(
  facts: EntryFacts,
  target: string,
): { directives: Directive[]; carried: Directive[] } {
  const { destination, localPort, gatewayPort, keyFile, platform, forAlias } = facts;
  const carried = carriedOver(facts, target);
  const path = platform === 'win32' ? keyFile.replaceAll('\\', '/') : keyFile;
  const directives = [
    { keyword: 'HostName', value: destination.host },
    { keyword: 'User', value: destination.user },
    { keyword: 'Port', value: String(destination.port) },
    { keyword: 'LocalForward', value: `${localPort} 127.0.0.1:${gatewayPort}` },
    { keyword: 'IdentityFile', value: quoted(path.replaceAll('%', '%%')) },
    { keyword: 'IdentitiesOnly', value: 'yes' },
    { keyword: 'ExitOnForwardFailure', value: 'yes' },
    { keyword: 'ServerAliveInterval', value: '5' },
    { keyword: 'ServerAliveCountMax', value: '3' },
    { keyword: 'BatchMode', value: 'yes' },
    // Not open to the network, and no passenger of somebody else's connection, whatever is set for all hosts.
    { keyword: 'GatewayPorts', value: 'no' },
    { keyword: 'ControlMaster', value: 'no' },
    { keyword: 'ControlPath', value: 'none' },
    ...guards.flatMap(({ keyword, value, against }) =>
      against.test(forAlias.get(keyword.toLowerCase())?.[0] ?? 'none') ? [{ keyword, value }] : [],
    ),
    ...carried,
  ];
  return { directives, carried };
}

export function entryLines(alias: string, directives: readonly Directive[]): string[] {
  return [`Host ${alias}`, ...directives.map(({ keyword, value }) => `  ${keyword} ${value}`)];
}

function quoted(path: string): string {
  return /\s/.test(path) ? `"${path}"` : path;
}

/**
 * Where what `ssh -G` says differs from the entry: another forward beside ours, or a value that came before it. Null: all as
 * written.
 */
export function overruled(
  directives: readonly Directive[],
  said: SshKeywords,
): { keyword: string; wanted: string; found: string } | null {
  for (const { keyword, value } of directives) {
    const found = said.get(keyword.toLowerCase()) ?? [];
    if (keyword === 'LocalForward') {
      const plain = found.map((one) => one.replace(/[[\]]/g, ''));
      if (plain.length !== 1 || plain[0] !== value)
        return { keyword, wanted: value, found: plain.join(', ') };
    } else if (!saysSo(value, found)) {
      return { keyword, wanted: value, found: found.join(', ') };
    }
  }
  return null;
}

const spellings: Readonly<Record<string, readonly string[]>> = {
  no: ['no', 'false'],
  yes: ['yes', 'true'],
  // `ssh -G` leaves out what is none.
  none: ['none', ''],
};

function saysSo(value: string, found: readonly string[]): boolean {
  const plain = (text: string) => text.replaceAll('"', '').replaceAll('%%', '%').toLowerCase();
  const wanted = plain(value);
  const first = plain(found[0] ?? '');
  return (
    (spellings[wanted] ?? [wanted]).includes(first) ||
    plain(found.join(' ')) === wanted ||
    found.map(plain).includes(wanted)
  );
}
