import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { createFixture } from '../test-support/fixture.ts';
import { startModelServer } from '../test-support/model-server.ts';
import { probeModelServers } from './model-servers.ts';

const fixture = createFixture();
afterEach(() => fixture.cleanUp());

async function serve(listener: RequestListener): Promise<number> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  fixture.defer(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

const json =
  (body: unknown, status = 200): RequestListener =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  };

describe('probeModelServers', () => {
  it('finds a server by the shape of its answer, without the models that can not chat', async () => {
    const server = await startModelServer([
      { id: 'llama3.2:latest', owned_by: 'library' },
      { id: 'nomic-embed-text' },
      { id: 'bge-m3' },
      { id: 'org/model' },
    ]);
    fixture.defer(server.stop);
    expect(await probeModelServers([server.port], 1000)).toEqual([
      {
        providerId: `local-${server.port}`,
        name: null,
        port: server.port,
        baseUrl: server.baseUrl,
        models: ['llama3.2:latest', 'org/model'],
      },
    ]);
  });

  it('names servers that say who they are, each by a name of its own', async () => {
    const first = await startModelServer([{ id: 'a', owned_by: 'llamacpp' }]);
    const second = await startModelServer([{ id: 'b', owned_by: 'llamacpp' }]);
    const third = await startModelServer([{ id: 'c', owned_by: 'vllm' }]);
    for (const { stop } of [first, second, third]) fixture.defer(stop);
    const found = await probeModelServers([first.port, second.port, third.port], 1000);
    expect(found.map(({ providerId, name }) => [providerId, name])).toEqual([
      ['llamacpp', 'llama.cpp'],
      [`local-${second.port}`, 'llama.cpp'],
      ['vllm', 'vLLM'],
    ]);
  });

  it.each<[string, RequestListener]>([
    ['a web page', (_request, response) => response.end('<html></html>')],
    ['other JSON', json({ hello: 'world' })],
    ['a list of something else', json({ object: 'list', data: [{ name: 'x' }] })],
    ['an error', json({ object: 'list', data: [] }, 401)],
    [
      'a redirect',
      (_request, response) => {
        response.writeHead(302, { location: 'http://127.0.0.1:1/v1/models' }).end();
      },
    ],
    ['an endless answer', (_request, response) => void pipeline(noise(), response).catch(() => {})],
    ['silence', () => {}],
  ])('takes %s for nothing', async (_name, listener) => {
    expect(await probeModelServers([await serve(listener)], 300)).toEqual([]);
  });

  it('knows a server without models (Ollama sends null)', async () => {
    const port = await serve(json({ object: 'list', data: null }));
    expect(await probeModelServers([port], 1000)).toMatchObject([{ port, models: [] }]);
  });

  it('finds nothing on closed ports', async () => {
    expect(await probeModelServers([1], 1000)).toEqual([]);
  });
});

function* noise(): Generator<string> {
  while (true) yield 'x'.repeat(64 * 1024);
}
