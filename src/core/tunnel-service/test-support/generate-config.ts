import { join } from 'node:path';

export type GeneratedConfig = {
  readonly text: string;
  /** Names to ask about, known and unknown ones. */
  readonly hosts: readonly string[];
  /** Files that its Include lines name, with their texts. */
  readonly included: ReadonlyMap<string, string>;
};

/** A ~/.ssh/config as people have them, the same for the same seed. One character is one byte. */
export function generateConfig(seed: number, dir: string): GeneratedConfig {
  const random = mulberry32(seed);
  const chance = (of: number) => random() < of;
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const eol = chance(0.2) ? '\r\n' : '\n';
  const hosts = new Set(['unknown.example', 'build-7.corp']);
  const included = new Map<string, string>();

  const option = (): string => {
    const [keyword, value] = pick(options);
    const key = pick([keyword, keyword.toLowerCase(), keyword.toUpperCase()]);
    return `${key}${pick([' ', '  ', '\t', '=', ' = '])}${value}${chance(0.1) ? pick([' ', '\t']) : ''}`;
  };
  const section = (): string[] => {
    const name = pick(names);
    hosts.add(name.replace('*', 'x').replace('?', 'y'));
    const head = pick([
      `Host ${name}`,
      `Host ${name} ${pick(names)}`,
      `host=${name}`,
      `Match host ${name}`,
      `Match all`,
      `Host *`,
      `Host !${name} *`,
    ]);
    const indent = pick(['', '  ', '    ', '\t']);
    return [head, ...Array.from({ length: Math.floor(random() * 5) }, () => indent + option())];
  };
  const decorate = (lines: string[]): string[] =>
    lines.flatMap((line) => [
      ...(chance(0.15) ? [''] : []),
      ...(chance(0.15)
        ? [pick(['# note', '\t# caf\xc3\xa9', '#Host remote-gateway', '# >>> other tool >>>'])]
        : []),
      line,
    ]);

  const lines: string[] = [];
  if (chance(0.4)) lines.push('# my configuration', ...(chance(0.5) ? [''] : []));
  if (chance(0.4)) {
    const file = join(dir, `included-${seed}`);
    included.set(file, `${[...(chance(0.5) ? [option()] : []), ...section()].join('\n')}\n`);
    lines.push(`Include ${file}`);
  }
  if (chance(0.4)) lines.push(option());
  const sections = chance(0.05) ? 400 : Math.floor(random() * 6);
  for (let count = 0; count < sections; count += 1) lines.push(...section());
  const body = decorate(lines).join(eol);
  const bom = chance(0.05) ? '\xef\xbb\xbf' : '';
  const last = body === '' || chance(0.2) ? '' : eol;
  return { text: bom + body + last, hosts: [...hosts].slice(0, 4), included };
}

const names = ['mac-mini', 'git.example', '*.corp', 'build-?', '10.0.0.*', 'a', 'remote-*'];

const options = [
  ['User', 'bob'],
  ['Port', '2222'],
  ['HostName', '%h.lan'],
  ['IdentityFile', '"~/.ssh/my key"'],
  ['IdentityFile', '~/.ssh/id_work'],
  ['ServerAliveInterval', '60'],
  ['ForwardAgent', 'yes'],
  ['ProxyJump', 'hop.example'],
  ['ProxyCommand', 'nc -X 5 -x proxy:1080 %h %p'],
  ['Compression', 'yes'],
  ['ControlMaster', 'auto'],
  ['ControlPath', '~/.ssh/cm-%C'],
  ['LocalForward', '9999 localhost:99'],
  ['SetEnv', 'TOKEN=hunter2'],
  ['StrictHostKeyChecking', 'accept-new'],
  ['AddKeysToAgent', 'yes'],
] as const;

function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
