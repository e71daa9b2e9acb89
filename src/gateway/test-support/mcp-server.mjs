// A small MCP server on standard input and output, or over HTTP with `--http`. It writes its process id to the file
// named in MCP_PID_FILE, and prints the port in HTTP mode.
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';

const tools = [
  {
    name: 'add',
    description: 'Adds two numbers',
    inputSchema: {
      type: 'object',
      properties: { a: { type: 'number' }, b: { type: 'number' } },
      required: ['a', 'b'],
    },
  },
  { name: 'say.hello', inputSchema: { type: 'object', properties: {} } },
  { name: 'fail', inputSchema: { type: 'object', properties: {} } },
  { name: 'hang', inputSchema: { type: 'object', properties: {} } },
  {
    name: 'draw',
    description: 'Gives back `content`',
    inputSchema: {
      type: 'object',
      properties: { content: { type: 'array', items: { type: 'object', additionalProperties: true } } },
      required: ['content'],
    },
  },
];

function call({ name, arguments: args }) {
  if (name === 'add') return { content: [{ type: 'text', text: String(args.a + args.b) }] };
  if (name === 'say.hello') return { content: [{ type: 'text', text: process.env.GREETING ?? 'hello' }] };
  if (name === 'fail') return { content: [{ type: 'text', text: 'it went wrong' }], isError: true };
  if (name === 'draw') return { content: args.content };
  return undefined;
}

function answer({ id, method, params }) {
  if (id === undefined) return undefined;
  const result = {
    initialize: () => ({
      protocolVersion: params.protocolVersion,
      capabilities: { tools: {} },
      serverInfo: { name: 'test', version: '1' },
    }),
    'tools/list': () => ({ tools }),
    'tools/call': () => call(params),
    ping: () => ({}),
  }[method];
  if (result === undefined) return { jsonrpc: '2.0', id, error: { code: -32601, message: 'no such method' } };
  const value = result();
  return value === undefined ? undefined : { jsonrpc: '2.0', id, result: value };
}

if (process.env.MCP_PID_FILE) writeFileSync(process.env.MCP_PID_FILE, String(process.pid));
if (process.env.MCP_BROKEN) process.exit(3);

if (process.argv.includes('--http')) {
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    if (request.headers.authorization !== 'Bearer for-mcp') return void response.writeHead(401).end();
    if (request.method !== 'POST') return void response.writeHead(405).end();
    const reply = answer(JSON.parse(body));
    if (reply === undefined) return void response.writeHead(202).end();
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(reply));
  });
  server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`));
} else {
  createInterface({ input: process.stdin }).on('line', (line) => {
    const reply = answer(JSON.parse(line));
    if (reply !== undefined) process.stdout.write(`${JSON.stringify(reply)}\n`);
  });
}
