import { type ConnectOptions, handshake, newDevice } from '../wire-client.ts';
import { addressOf, type Cell, clients, credentials, headerSets, origins } from './cells.ts';
import { urlVia } from './places.ts';

type Granted = { method: string; role: string; scopes: string[] };

/** What became of a cell at the Gateway of this computer that listens on `port`; see {@link outcomeOf}. */
export function attemptCell(cell: Cell, port: number): Promise<string> {
  const url = urlVia(cell.via, { port, address: addressOf(cell.world) });
  const origin = origins[cell.origin]?.replace('HOST', new URL(url).host);
  return outcomeOf({
    url,
    ...clients[cell.client],
    auth: credentials[cell.credential] ?? null,
    ...(cell.device === 'new' ? { device: newDevice() } : {}),
    ...(origin === undefined ? {} : { origin }),
    headers: headerSets[cell.headers] ?? {},
  });
}

/**
 * What became of an attempt, as one line: `in METHOD ROLE SCOPES`, `CODE DETAIL REASON`, `http STATUS TYPE` or
 * `no connection`. Says nothing of message texts.
 */
export async function outcomeOf(options: ConnectOptions): Promise<string> {
  const { client, response, refused } = await handshake(options).then(
    (done) => ({ ...done, refused: null }),
    (thrown: Error) => ({ client: null, response: null, refused: thrown.message }),
  );
  if (response === null) return refused ?? 'nothing';
  client?.socket.terminate();
  if (response.ok) {
    const { method, role, scopes } = (response.payload as { auth: Granted }).auth;
    return `in ${method} ${role} ${scopes.toSorted().join(',') || '-'}`;
  }
  const details = response.error?.details ?? {};
  const reason = details.authReason ?? details.reason;
  return [response.error?.code, details.code, reason].filter((part) => part !== undefined).join(' ');
}
