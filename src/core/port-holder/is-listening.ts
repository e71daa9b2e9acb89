import { connect } from 'node:net';

const CONNECT_TIMEOUT_MS = 1500;

/** Whether anybody takes connections on 127.0.0.1:`port`. Says nothing to it. */
export function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', timeout: CONNECT_TIMEOUT_MS });
    const settle = (listens: boolean) => {
      socket.destroy();
      resolve(listens);
    };
    socket.once('connect', () => settle(true));
    // A full backlog is somebody, too.
    socket.once('timeout', () => settle(true));
    socket.once('error', () => settle(false));
  });
}
