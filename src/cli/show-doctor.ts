import { homedir } from 'node:os';
import { styleText } from 'node:util';
import Conf from 'conf';
import { readConfiguration } from '../core/configuration.ts';
import { type Plan, planConnection } from '../core/connection/plan.ts';
import { sshEngineFor } from '../core/connection/ssh-engine.ts';
import { ensureDataDir } from '../core/data-dir.ts';
import { loadDeviceIdentity } from '../core/device/device-identity.ts';
import { openDeviceTokens } from '../core/device/device-tokens.ts';
import { doctorReport } from '../core/doctor/report.ts';
import { type DoctorPatient, runDoctor } from '../core/doctor/run-doctor.ts';
import { type SshMaterials, systemDoctorTools } from '../core/doctor/tools.ts';
import type { Keychain } from '../core/keychain/keychain.ts';
import { createSystemKeychain } from '../core/keychain/system-keychain.ts';
import type { AskQuestion } from '../core/questions.ts';
import { ensureServerToken } from '../core/server-token.ts';
import { openSettingsStore } from '../core/settings/settings-store.ts';
import { AppErrorException, type Translate, toAppError } from '../shared/errors.ts';
import type { Result } from '../shared/result.ts';
import { askInTerminal, declineAll } from './ask-in-terminal.ts';
import { doctorLines, type Paint } from './doctor-lines.ts';
import { exitCodeOf, exitCodes } from './exit-codes.ts';
import { describeHere } from './frame/describe-here.ts';
import { errorLines } from './frame/output.ts';

export type DoctorOptions = {
  dataDir?: string;
  profile?: string;
  json: boolean;
  /** The report to copy in place of the rungs as they come. */
  report: boolean;
  withNames: boolean;
  t: Translate;
  /** This process's own when absent. */
  world?: Partial<DoctorWorld>;
};

type DoctorWorld = {
  env: Record<string, string | undefined>;
  homeDir: string;
  ask: AskQuestion;
  keychain: Keychain;
  write: (text: string) => void;
  paint: Paint;
  signal: AbortSignal;
};

/** `chela doctor`: climbs the ladder and prints it. Returns the exit code, that of the rung that broke. */
export async function showDoctor(options: DoctorOptions): Promise<number> {
  const stop = new AbortController();
  const interrupt = () => stop.abort();
  const { json, report, withNames, t } = options;
  const world: DoctorWorld = {
    env: process.env,
    homeDir: homedir(),
    ask: askHere(t, interrupt),
    keychain: createSystemKeychain(),
    write: options.world?.write ?? writeHere(interrupt),
    // Leaves colours out where the stream is no terminal, or NO_COLOR says so.
    paint: (colour, text) => styleText(colour, text, { stream: process.stdout }),
    signal: stop.signal,
    ...options.world,
  };
  process.once('SIGINT', interrupt);
  try {
    const patient = await readPatient(ensureDataDir(options.dataDir, options.profile), world);
    const describe: typeof describeHere = (error, t) => {
      const text = describeHere(error, t);
      const isDown = patient.plan.tag === 'local' && error.details?.cause === 'refused';
      return isDown ? { ...text, fix: t('calls.localDown') } : text;
    };
    const steps = await runDoctor(patient, {
      signal: world.signal,
      onStep: (step) => {
        const lines = json || report ? null : doctorLines(step, t, world.paint, describe);
        if (lines) world.write(`${lines}\n`);
      },
    });
    const broken = steps.find(({ status }) => status === 'failed')?.error ?? null;
    const ok = steps.at(-1)?.status === 'passed';
    if (json) world.write(`${JSON.stringify({ ok, steps }, null, 2)}\n`);
    else if (report) world.write(doctorReport(steps, { withNames }));
    else if (ok) world.write(`${t('doctor.cli.allPassed')}\n`);
    if (ok) return exitCodes.ok;
    return broken ? exitCodeOf(broken.code) : exitCodes.failed;
  } catch (thrown) {
    const error = toAppError(thrown);
    process.stderr.write(`${errorLines(error, t).join('\n')}\n`);
    return exitCodeOf(error.code);
  } finally {
    process.removeListener('SIGINT', interrupt);
  }
}

/** `onGone`: nobody reads any more, as in `| head`. */
function writeHere(onGone: () => void): DoctorWorld['write'] {
  process.stdout.on('error', onGone);
  return (text) => void process.stdout.write(text);
}

function askHere(t: Translate, onInterrupt: () => void): AskQuestion {
  const { stdin: input, stderr: output } = process;
  return input.isTTY && output.isTTY ? askInTerminal({ t, input, output, onInterrupt }) : declineAll;
}

async function readPatient(dataDir: string, world: DoctorWorld): Promise<DoctorPatient> {
  const { env, homeDir, ask } = world;
  const store = openSettingsStore({ dataDir, create: (options) => new Conf(options) });
  const { probe: effective, openclaw } = await readConfiguration(store, env, homeDir);
  // Without it nobody knows which Gateway is meant.
  if (openclaw.problem) throw new AppErrorException(openclaw.problem);
  const { token } = await ensureServerToken(dataDir);
  const plan = planConnection(effective, openclaw.config, token);
  const { identity: device } = unwrap(await loadDeviceIdentity(dataDir));
  const deviceTokens = unwrap(await openDeviceTokens({ dataDir, deviceId: device.deviceId }));
  return {
    plan,
    tools: systemDoctorTools(plan.tag === 'remote' ? sshOf(plan, world) : null),
    ask,
    device,
    deviceTokens,
    version: __CHELA_VERSION__,
  };
}

/** The engine and the host key policy that the app would use; what it remembered serves here too. */
function sshOf(
  plan: Extract<Plan, { tag: 'remote' }>,
  { env, homeDir, keychain }: DoctorWorld,
): SshMaterials {
  const { target, identityFile, engine: choice, hostKeyPolicy, gatewayPort } = plan;
  const connect = sshEngineFor({
    choice,
    hostKeyPolicy,
    forwardPorts: [gatewayPort],
    keychain,
    onHostKeyChange: () => {},
  });
  return { target, identityFile, homeDir, env, unlockedKeys: new Map(), connect };
}

function unwrap<T>(result: Result<T>): T {
  if (!result.ok) throw new AppErrorException(result.error);
  return result.value;
}
