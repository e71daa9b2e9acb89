/** What `ssh -v` has told so far. */
export type SshFacts = {
  readonly step: 'tcp' | 'hostKey' | 'authentication' | 'ready';
  /** As the server showed it last. */
  readonly hostKey: { readonly keyType: string; readonly fingerprint: string } | null;
  /** Keys and methods that were tried, for a person. */
  readonly offered: readonly string[];
  readonly user: string | null;
  /** Where it is connecting, after ssh_config had its say. */
  readonly destination: { readonly host: string; readonly port: number } | null;
};

export type OutputReader = {
  feed(text: string): void;
  facts(): SshFacts;
  /** What is meant for a person: the last 4096 characters without the `debug` lines. */
  tail(): string;
  /** Every whole line, the `debug` ones too. */
  onLine(listener: (line: string) => void): void;
};

const tailChars = 4096;
const longestLine = 16 * 1024;

/** Reads the stderr of `ssh -v`. With a jump host, its lines stand in the same stream; the last host counts. */
export function createOutputReader(): OutputReader {
  let rest = '';
  let tail = '';
  let step: SshFacts['step'] = 'tcp';
  let hostKey: SshFacts['hostKey'] = null;
  let offered: string[] = [];
  let user: string | null = null;
  let destination: SshFacts['destination'] = null;
  let listener = (_line: string) => {};

  const note = (name: string) => {
    if (!offered.includes(name)) offered.push(name);
  };
  const readDebug = (text: string) => {
    const connecting = /^Connecting to (\S+) (?:\[\S+\] )?port (\d+)/.exec(text);
    if (connecting?.[1] !== undefined) destination = { host: connecting[1], port: Number(connecting[2]) };
    const authenticating = /^Authenticating to (\S+):(\d+) as '(.*)'/.exec(text);
    if (authenticating?.[1] !== undefined) {
      destination = { host: authenticating[1], port: Number(authenticating[2]) };
      user = authenticating[3] ?? null;
      offered = [];
      step = 'hostKey';
      return;
    }
    const key = /^Server host key: (\S+) (SHA256:\S+)/.exec(text);
    if (key?.[1] !== undefined && key[2] !== undefined) hostKey = { keyType: key[1], fingerprint: key[2] };
    if (/^SSH2_MSG_NEWKEYS received/.test(text)) step = 'authentication';
    const offer = /^Offering public key: (.+) [A-Z0-9-]+ SHA256:\S+(.*)$/.exec(text);
    if (offer?.[1] !== undefined) note(/ agent\b/.test(offer[2] ?? '') ? `agent: ${offer[1]}` : offer[1]);
    const method =
      /^Next authentication method: (password|keyboard-interactive|gssapi-with-mic|hostbased)/.exec(text);
    if (method?.[1] !== undefined) note(method[1]);
  };
  const readLine = (line: string) => {
    const debug = /^debug[123]: (.*)$/.exec(line);
    if (debug?.[1] !== undefined) readDebug(debug[1]);
    else if (/^Authenticated to /.test(line)) step = 'ready';
    else if (!isChatter(line)) tail = `${tail}${line}\n`.slice(-tailChars);
    listener(line);
  };

  return {
    feed(text) {
      const lines = (rest + text).split('\n');
      rest = (lines.pop() ?? '').slice(-longestLine);
      for (const line of lines) readLine(line.replace(/\r$/, ''));
    },
    facts: () => ({ step, hostKey, offered: [...offered], user, destination }),
    tail: () => `${tail}${/^debug/.test(rest) ? '' : rest}`.trim(),
    onLine(next) {
      listener = next;
    },
  };
}

/** Lines that `-v` adds without marking them. */
function isChatter(line: string): boolean {
  return /^(OpenSSH_\S+.*(SSL|without)|Transferred: |Bytes per second: |Authenticated to |Pseudo-terminal will not)/.test(
    line,
  );
}
