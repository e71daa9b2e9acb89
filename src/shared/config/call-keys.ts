import {
  hostKeyPolicies,
  locales,
  localGateways,
  modes,
  remoteTransports,
  sshEngines,
  storedTokenPlaces,
  themes,
} from './choices.ts';
import type { OpenclawConfig } from './openclaw.ts';
import { isPort } from './port.ts';
import type { Settings } from './settings.ts';

// What a single call needs of the two files, read without the schemas: making those takes longer than the call. A
// property test holds both to the same answers.

type Fields = Readonly<Record<string, unknown>>;
type Checks<T> = {
  readonly [Key in keyof T as string extends Key ? never : Key]-?: (value: unknown) => boolean;
};

const oneOf = (choices: readonly string[]) => (value: unknown) => choices.some((choice) => choice === value);
const text =
  (max = Number.POSITIVE_INFINITY) =>
  (value: unknown) =>
    typeof value === 'string' && value.length <= max;

const settingsRemote: Checks<Settings['remote']> = {
  transport: oneOf(remoteTransports),
  url: text(2048),
  tlsFingerprint: text(256),
  sshTarget: text(512),
  gatewayPort: isPort,
  localPort: isPort,
  identityFile: text(4096),
  token: text(4096),
  tokenIn: oneOf(storedTokenPlaces),
  engine: oneOf(sshEngines),
  hostKeyPolicy: oneOf(hostKeyPolicies),
  sideForwards: (value) => typeof value === 'boolean',
};
const settingsTop = { version: (value: unknown) => value === 1, mode: oneOf(modes) };
const settingsLocal: Checks<Settings['local']> = { port: isPort, gateway: oneOf(localGateways) };
const settingsAppearance: Checks<Settings['appearance']> = { theme: oneOf(themes), language: oneOf(locales) };

type TheirGateway = NonNullable<OpenclawConfig['gateway']>;
const theirRemote: Checks<NonNullable<TheirGateway['remote']>> = {
  url: text(),
  transport: oneOf(remoteTransports),
  tlsFingerprint: text(),
  sshTarget: text(),
  sshIdentity: text(),
  remotePort: isPort,
  sshHostKeyPolicy: oneOf(hostKeyPolicies),
  token: text(),
  password: text(),
};

export const noSettings: Settings = { version: 1, remote: {}, local: {}, appearance: {} };

/** `settings.json` as `settingsSchema` reads it; null where that refuses. */
export function readCallSettings(stored: unknown): Settings | null {
  if (!isFields(stored)) return null;
  const { remote = {}, local = {}, appearance = {}, version = 1 } = stored;
  const isGood =
    fits(stored, settingsTop) &&
    fits(remote, settingsRemote) &&
    fits(local, settingsLocal) &&
    fits(appearance, settingsAppearance);
  return isGood ? ({ ...stored, version, remote, local, appearance } as Settings) : null;
}

/** Of `openclaw.json`, as `openclawConfigSchema` reads them, the keys that say where the Gateway is; null where that refuses. */
export function readCallConfig(config: unknown): OpenclawConfig | null {
  if (!isFields(config)) return null;
  if (!isFields(config.gateway)) return {};
  const { gateway } = config;
  const own = pick(gateway, { mode: oneOf(modes), port: isPort });
  return {
    gateway: { ...own, ...(isFields(gateway.remote) && { remote: pick(gateway.remote, theirRemote) }) },
  };
}

/** Whether every key that is there has a value that its check accepts. */
function fits(value: unknown, checks: Readonly<Record<string, (value: unknown) => boolean>>): boolean {
  return (
    isFields(value) &&
    Object.entries(checks).every(([key, check]) => value[key] === undefined || check(value[key]))
  );
}

/** Lenient: a value of an unexpected shape counts as absent. */
function pick(value: Fields, checks: Readonly<Record<string, (value: unknown) => boolean>>): Fields {
  return Object.fromEntries(
    Object.entries(checks)
      .filter(([key, check]) => check(value[key]))
      .map(([key]) => [key, value[key]]),
  );
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
