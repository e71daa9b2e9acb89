export const DEFAULT_GATEWAY_PORT = 18789;

export function isPort(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 65_535;
}

/** The port of a loopback WebSocket URL such as `ws://127.0.0.1:18789`; null for anything else. */
export function loopbackPort(url: string | undefined): number | null {
  const match = /^(?:ws|http):\/\/(?:127\.\d+\.\d+\.\d+|localhost|\[::1\])(?::(\d{1,5}))?\/?$/i.exec(
    url ?? '',
  );
  if (!match) return null;
  const port = Number(match[1] ?? 80);
  return isPort(port) ? port : null;
}
