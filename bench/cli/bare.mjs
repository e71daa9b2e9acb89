// The same as `chela --help` and `chela health` as a person would write them in one file, with ws and nothing else.
import { readFileSync } from 'node:fs';
import { WebSocket } from 'ws';

const [what, port, tokenFile] = process.argv.slice(2);

if (what === '--help') {
  console.log('Usage: bare health PORT TOKEN_FILE\n\nAsks the Gateway on 127.0.0.1:PORT how it is.');
} else {
  const token = readFileSync(tokenFile, 'utf8').trim();
  const startedAt = performance.now();
  const socket = new WebSocket(`ws://127.0.0.1:${port}`);
  const send = (id, method, params) => socket.send(JSON.stringify({ type: 'req', id, method, params }));
  socket.on('message', (data) => {
    const frame = JSON.parse(data.toString());
    if (frame.event === 'connect.challenge') {
      send('1', 'connect', {
        minProtocol: 4,
        maxProtocol: 4,
        client: { id: 'gateway-client', version: '0', platform: process.platform, mode: 'backend' },
        role: 'operator',
        scopes: ['operator.read'],
        auth: { token },
      });
    } else if (frame.id === '1') {
      if (!frame.ok) throw new Error(frame.error.message);
      send('2', 'health', {});
    } else if (frame.id === '2') {
      if (!frame.ok) throw new Error(frame.error.message);
      console.log(`ok, ${Math.round(performance.now() - startedAt)} ms`);
      socket.close();
    }
  });
  socket.on('error', (error) => {
    throw error;
  });
}
