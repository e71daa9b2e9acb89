import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { WebSocketServer } from 'ws';
import type { Clock } from '../../core/clock.ts';
import type { Screen } from '../../core/engine.ts';
import type { PageBridge } from '../../core/page-server/page-server.ts';
import { bridgeClose, sessionRequestSchema } from '../../shared/contract/web-bridge.ts';
import { serveBridgeSocket } from './bridge-socket.ts';
import { createSessions, createTickets } from './secrets.ts';

/** A relayed Gateway frame (25 MiB at most) travels inside a JSON string, which may double it. */
const MAX_FRAME_BYTES = 64 * 1024 * 1024;
const MAX_SESSION_BODY_BYTES = 1024;
const MAX_SOCKETS = 64;
/** For pages to answer the close frame. */
const GOODBYE_MS = 500;

export type Bridge = PageBridge & {
  /** For a link that opens the app once, within ten minutes. */
  issueTicket(): string;
};

export type BridgeOptions = { openScreen: () => Screen; clock: Clock };

/** The carrier of `shared/contract/web-bridge.ts`, server side. */
export function createBridge({ openScreen, clock }: BridgeOptions): Bridge {
  const tickets = createTickets(clock);
  const sessions = createSessions();
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_FRAME_BYTES,
    perMessageDeflate: false,
  });

  return {
    issueTicket: () => tickets.issue(),

    handleSession(request, response) {
      response.setHeader('Cache-Control', 'no-store');
      void readBody(request, MAX_SESSION_BODY_BYTES).then((body) => {
        if (body === null) return answer(response, 413);
        const parsed = sessionRequestSchema.safeParse(parseJson(body));
        if (!parsed.success) return answer(response, 400);
        const redeemed = tickets.redeem(parsed.data.ticket);
        if (redeemed === 'tooManyTries') return answer(response, 429);
        if (redeemed === 'refused') return answer(response, 401);
        answer(response, 200, { secret: sessions.open() });
      });
    },

    handleUpgrade(request, socket, head) {
      if (sockets.clients.size >= MAX_SOCKETS) {
        socket.end('HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
        return;
      }
      sockets.handleUpgrade(request, socket, head, (client) => {
        serveBridgeSocket({ socket: client, clock, knowsSecret: sessions.knows, openScreen });
      });
    },

    async stop() {
      const clients = [...sockets.clients];
      const allClosed = Promise.all(clients.map((client) => once(client, 'close')));
      for (const client of clients) client.close(bridgeClose.goingAway);
      const cancel = clock.after(GOODBYE_MS, () => {
        for (const client of clients) client.terminate();
      });
      await allClosed;
      cancel();
      sockets.close();
    },
  };
}

/** Null where the body is too long or breaks off. */
async function readBody(request: IncomingMessage, maxBytes: number): Promise<string | null> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) return null;
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > maxBytes) return null;
      chunks.push(chunk);
    }
  } catch {
    return null;
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function answer(response: ServerResponse, status: number, body?: object): void {
  response.statusCode = status;
  if (body) response.setHeader('Content-Type', 'application/json');
  response.end(body ? JSON.stringify(body) : undefined);
}
