import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createTailscaleCli, type TailscaleCli } from '../server/tailscale-cli.ts';

/** What the daemon behind the stand-in would say. */
type Daemon = {
  backendState?: string;
  /** Login names by address; an address that is not listed is unknown. */
  users?: Record<string, string>;
  /** `refused`: the claim fails with this line. */
  serve?: 'active' | { refused: string };
};

export type StandIn = {
  readonly cli: TailscaleCli;
  set(daemon: Daemon): Promise<void>;
  /** The calls so far, one line each. */
  calls(): Promise<string[]>;
  /** The local URL that is served now, or null: the claim is gone. */
  served(): Promise<string | null>;
};

/**
 * A program in place of `tailscale`, which no build machine has. It answers in the shapes that the program documents: the
 * JSON of `status` and `whois`, exit code 1 with a line on stderr for a failure, and a `serve` in the foreground that
 * prints its address, holds the route while it runs and gives it back on SIGINT.
 */
export async function createTailscaleStandIn(dir: string, daemon: Daemon): Promise<StandIn> {
  const program = join(dir, 'tailscale');
  const state = join(dir, 'daemon.json');
  const log = join(dir, 'calls.log');
  const route = join(dir, 'route');
  const set = (next: Daemon) => writeFile(state, JSON.stringify(next));
  await set(daemon);
  await writeFile(log, '');
  await writeFile(
    program,
    `#!${process.execPath}
const fs = require('node:fs');
const daemon = JSON.parse(fs.readFileSync(${JSON.stringify(state)}, 'utf8'));
const [, , command, ...args] = process.argv;
fs.appendFileSync(${JSON.stringify(log)}, [command, ...args].join(' ') + '\\n');
const fail = (line) => { process.stderr.write(line + '\\n'); process.exit(1); };
if (command === 'status') {
  const BackendState = daemon.backendState ?? 'Running';
  process.stdout.write(JSON.stringify({ Version: '1.90.2', BackendState, Self: { DNSName: 'box.tail.ts.net.' } }));
} else if (command === 'whois') {
  const login = (daemon.users ?? {})[args.at(-1)];
  if (login === undefined) fail('peer not found');
  else process.stdout.write(JSON.stringify({ Node: { Name: 'laptop.tail.ts.net.' }, UserProfile: { ID: 1, LoginName: login } }));
} else if (command === 'serve') {
  if (daemon.serve?.refused) fail(daemon.serve.refused);
  else {
    const route = ${JSON.stringify(route)};
    fs.writeFileSync(route, args.at(-1));
    const leave = () => { fs.rmSync(route, { force: true }); process.exit(0); };
    process.on('SIGINT', leave);
    process.on('SIGTERM', leave);
    process.stdout.write('Available within your tailnet:\\n\\nhttps://box.tail.ts.net/\\n|-- proxy ' + args.at(-1) + '\\n\\nPress Ctrl+C to exit.\\n');
    setInterval(() => {}, 60_000);
  }
} else fail('unknown subcommand: ' + command);
`,
  );
  await chmod(program, 0o755);
  return {
    cli: createTailscaleCli(program),
    set,
    calls: async () => (await readFile(log, 'utf8')).split('\n').filter((line) => line !== ''),
    served: () => readFile(route, 'utf8').catch(() => null),
  };
}
