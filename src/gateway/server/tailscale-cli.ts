import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';
import { z } from 'zod';
import { withoutOurVariables } from '../../shared/child-environment.ts';

/** The `tailscale` program, as far as the Gateway needs it. Its failures are rejections with a readable reason. */
export type TailscaleCli = {
  /** `Running`, `NoState`, `Starting`, `NeedsLogin`, `Stopped`, … */
  backendState(): Promise<string>;
  /** The login name behind a tailnet address; null when the daemon does not know it or it is no person's. */
  whois(address: string): Promise<string | null>;
  /** Serves HTTPS of this node from a local URL for as long as the claim is held. Resolves when it is active. */
  serve(localUrl: string): Promise<TailscaleClaim>;
};

export type TailscaleClaim = {
  /** Resolves with the reason when the claim ended, released or not. */
  readonly ended: Promise<string>;
  release(): Promise<void>;
};

const statusSchema = z.looseObject({ BackendState: z.string() });
const whoisSchema = z.looseObject({
  UserProfile: z.looseObject({ LoginName: z.string() }).optional(),
});

const QUERY_TIMEOUT_MS = 5_000;
const CLAIM_TIMEOUT_MS = 20_000;
const RELEASE_TIMEOUT_MS = 3_000;
const run = promisify(execFile);

/**
 * Calls the program. A `serve` without `--bg` is a claim of the process: the route is there while it runs, and the daemon
 * takes it away when it ends, however it ends (doc of `tailscale serve`).
 */
export function createTailscaleCli(program = 'tailscale'): TailscaleCli {
  const env = withoutOurVariables(process.env);
  const query = async (...args: string[]): Promise<unknown> => {
    const { stdout } = await run(program, args, {
      timeout: QUERY_TIMEOUT_MS,
      encoding: 'utf8',
      env,
    });
    return JSON.parse(stdout) as unknown;
  };
  return {
    async backendState() {
      return statusSchema.parse(await query('status', '--json')).BackendState;
    },
    async whois(address) {
      const answer = whoisSchema.parse(await query('whois', '--json', address));
      const login = answer.UserProfile?.LoginName;
      // A tagged node is nobody in particular.
      return login === undefined || login === '' || login === 'tagged-devices' ? null : login;
    },
    serve: (localUrl) => claim(spawn(program, ['serve', '--yes', '--https=443', localUrl], { env })),
  };
}

function claim(child: ChildProcess): Promise<TailscaleClaim> {
  let output = '';
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => resolve(lastLine(output) || `it ended with ${code ?? signal}`));
  });
  const release = async () => {
    child.kill('SIGINT');
    const timer = setTimeout(() => child.kill('SIGKILL'), RELEASE_TIMEOUT_MS);
    await ended;
    clearTimeout(timer);
  };
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      void release();
      reject(new Error(lastLine(output) || 'tailscale serve did not become active'));
    }, CLAIM_TIMEOUT_MS);
    const onOutput = (chunk: Buffer) => {
      output = (output + chunk.toString('utf8')).slice(-4_000);
      // It prints the address of the route once the daemon has taken the claim.
      if (!/^https:\/\//m.test(output)) return;
      clearTimeout(timer);
      resolve({ ended, release });
    };
    child.stdout?.on('data', onOutput);
    child.stderr?.on('data', onOutput);
    void ended.then((reason) => {
      clearTimeout(timer);
      reject(new Error(reason));
    });
  });
}

const lastLine = (text: string) => text.trim().split('\n').at(-1)?.slice(0, 300) ?? '';
