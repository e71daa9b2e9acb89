import { assertNever } from '../../../shared/assert-never.ts';

export type SshArguments = {
  /** An alias of ssh_config works too. */
  readonly host: string;
  readonly port?: number | undefined;
  readonly user?: string | undefined;
  readonly identityFile?: string | undefined;
  readonly hostKeyPolicy: 'strict' | 'openssh';
  /** Where the caller wants other files than the configured ones. */
  readonly knownHosts?: { readonly user: readonly string[]; readonly system: readonly string[] } | undefined;
  /** Instead of the usual configuration files. */
  readonly configFile?: string | undefined;
  readonly connectTimeoutMs: number;
  readonly keepaliveIntervalMs: number;
  readonly keepaliveCountMax: number;
};

/** What a session is for. */
export type SshPurpose =
  /** Channels come over a control socket. */
  | { readonly kind: 'master'; readonly controlPath: string }
  /** Channels come over these forwards; where `ssh` has no control sockets. */
  | { readonly kind: 'forwards'; readonly forwards: readonly LocalForward[] }
  | { readonly kind: 'exec'; readonly command: string };

export type LocalForward = { readonly localPort: number; readonly remotePort: number };

/**
 * The command line. What a person has configured counts (jump hosts, keys, algorithms, certificates), except for what
 * would get in the way of a session that is ours alone: forwards, sharing, terminals, commands. Holds no secret.
 * Only options that OpenSSH 7.6 knows: IgnoreUnknown would take the place of a configured one.
 */
export function sshArguments(options: SshArguments, purpose: SshPurpose): string[] {
  const strict = options.hostKeyPolicy === 'strict';
  const set: string[] = [
    // We can answer; a configured yes would make every question a refusal.
    'BatchMode=no',
    purpose.kind === 'exec' ? 'LogLevel=ERROR' : 'LogLevel=INFO',
    'FingerprintHash=sha256',
    `ConnectTimeout=${Math.max(1, Math.ceil(options.connectTimeoutMs / 1000))}`,
    `ServerAliveInterval=${Math.max(1, Math.round(options.keepaliveIntervalMs / 1000))}`,
    `ServerAliveCountMax=${options.keepaliveCountMax}`,
    'TCPKeepAlive=yes',
    'PermitLocalCommand=no',
    'RemoteCommand=none',
    'ForwardAgent=no',
    'ForwardX11=no',
    'Tunnel=no',
    ...(strict
      ? ['StrictHostKeyChecking=ask', 'NoHostAuthenticationForLocalhost=no', 'VerifyHostKeyDNS=no']
      : []),
    ...(options.identityFile ? ['IdentitiesOnly=yes'] : []),
    ...(options.knownHosts
      ? [
          `UserKnownHostsFile=${fileList(options.knownHosts.user)}`,
          `GlobalKnownHostsFile=${fileList(options.knownHosts.system)}`,
        ]
      : []),
    ...purposeOptions(purpose),
  ];
  return [
    ...(options.configFile === undefined ? [] : ['-F', options.configFile]),
    ...set.flatMap((option) => ['-o', option]),
    // The log tells which keys were offered, and how far it came. A command's stderr is its own.
    ...(purpose.kind === 'exec' ? [] : ['-v']),
    ...(options.port === undefined ? [] : ['-p', String(options.port)]),
    ...(options.user === undefined ? [] : ['-l', options.user]),
    ...(options.identityFile ? ['-i', options.identityFile.replaceAll('%', '%%')] : []),
    ...purposeFlags(purpose),
    '--',
    options.host,
    ...(purpose.kind === 'exec' ? [purpose.command] : []),
  ];
}

function purposeOptions(purpose: SshPurpose): string[] {
  const alone = ['ControlMaster=no', 'ControlPath=none', 'ControlPersist=no'];
  switch (purpose.kind) {
    case 'master':
      return [
        'ControlMaster=yes',
        `ControlPath=${purpose.controlPath.replaceAll('%', '%%')}`,
        'ControlPersist=no',
        // A configured LocalForward would take the port of our own listener.
        'ClearAllForwardings=yes',
        'ExitOnForwardFailure=yes',
      ];
    case 'forwards':
      // Configured forwards can't be cleared beside ours; they may fail.
      return [...alone, 'ExitOnForwardFailure=no', 'GatewayPorts=no'];
    case 'exec':
      return [...alone, 'ClearAllForwardings=yes'];
    default:
      return assertNever(purpose);
  }
}

function purposeFlags(purpose: SshPurpose): string[] {
  switch (purpose.kind) {
    case 'master':
      return ['-N', '-T', '-n'];
    case 'forwards':
      // The second -v makes it tell when the server has opened a channel.
      return [
        '-v',
        '-N',
        '-T',
        '-n',
        ...purpose.forwards.flatMap(({ localPort, remotePort }) => [
          '-L',
          `127.0.0.1:${localPort}:127.0.0.1:${remotePort}`,
        ]),
      ];
    case 'exec':
      return ['-T', '-n'];
    default:
      return assertNever(purpose);
  }
}

function fileList(files: readonly string[]): string {
  return files.length === 0
    ? '/dev/null'
    : files.map((file) => `"${file.replaceAll('\\', '/').replaceAll('%', '%%')}"`).join(' ');
}
