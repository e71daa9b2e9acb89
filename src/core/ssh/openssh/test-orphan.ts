import { connectWithOpenssh, type OpensshConnectOptions } from './openssh.ts';

// A process of its own for a test that kills it: connects, says so, and stays.
const options: Pick<OpensshConnectOptions, 'port' | 'identityFile' | 'knownHosts'> & { home: string } =
  JSON.parse(process.argv[2] ?? '{}');
const stay = setInterval(() => {}, 1000);
connectWithOpenssh({
  ...options,
  host: '127.0.0.1',
  configFile: '/dev/null',
  env: { PATH: process.env.PATH, HOME: options.home },
  signal: new AbortController().signal,
  ask: () => {
    process.stdout.write('asked\n');
    return new Promise(() => {});
  },
}).then(
  () => process.stdout.write('connected\n'),
  (error: unknown) => {
    process.stdout.write(`${String(error)}\n`);
    clearInterval(stay);
  },
);
