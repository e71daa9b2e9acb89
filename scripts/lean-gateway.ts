import { fileURLToPath } from 'node:url';
import * as protocol from '@openclaw/gateway-protocol';
import type { Plugin } from 'vite';

/** Its names are read one by one by Node when a module imports it, and that loads an HTTP client of 90 ms. */
const HTTP = /^(?:node:)?http$/;
const HTTP_ID = '\0lean:http';
const httpNames = [
  'Agent',
  'METHODS',
  'STATUS_CODES',
  'ClientRequest',
  'IncomingMessage',
  'OutgoingMessage',
  'Server',
  'ServerResponse',
  'createServer',
  'get',
  'globalAgent',
  'maxHeaderSize',
  'request',
  'validateHeaderName',
  'validateHeaderValue',
];

const lazyCheckUrl = new URL('../src/gateway/server/lazy-check.ts', import.meta.url);
const PROTOCOL = '@openclaw/gateway-protocol';
/** Whoever makes a schema does nothing else, so what nobody uses may fall away. */
const SCHEMA_CALL = /(?<!function )\b(?:Type\.[A-Z]\w*|[a-z]\w*(?:Object|Schema|Since))\((?![^\n]*\) \{$)/gm;
const PURE = '/* @__PURE__ */ $&';
const PROTOCOL_ID = '\0lean:gateway-protocol';

/**
 * Makes the start of the built Gateway quick and small; what it does is the same.
 *
 * The published package builds some thousand schemas when it is imported, and each `Type.Optional` clones what is in it.
 * Here every validator carries its own schema as JSON, read and compiled when a frame first needs it.
 */
export function leanGateway(): Plugin {
  return {
    name: 'lean-gateway',
    enforce: 'pre',
    resolveId(source, importer) {
      if (HTTP.test(source)) return HTTP_ID;
      return source === PROTOCOL && importer !== PROTOCOL_ID ? PROTOCOL_ID : null;
    },
    load(id) {
      if (id === HTTP_ID) return httpModule();
      return id === PROTOCOL_ID ? protocolModule() : null;
    },
    transform(code, id) {
      return id.includes(`/${PROTOCOL}/dist/`) ? { code: code.replace(SCHEMA_CALL, PURE), map: null } : null;
    },
  };
}

const httpModule = () =>
  `const http = process.getBuiltinModule('node:http');\n` +
  `export default http;\nexport const { ${httpNames.join(', ')} } = http;\n`;

type Validator = ((data: unknown) => boolean) & { schema: object };

/** Those of workers check more than their schema says; the Gateway has no workers. */
const isPlainValidator = (name: string, value: unknown): value is Validator =>
  /^validate(?!Worker)[A-Z]/.test(name) && typeof value === 'function' && 'schema' in value;

function protocolModule(): string {
  const lines = [`import { lazyCheck } from ${JSON.stringify(fileURLToPath(lazyCheckUrl))};`];
  const others: string[] = [];
  for (const [name, value] of Object.entries(protocol)) {
    if (!isPlainValidator(name, value)) others.push(name);
    else {
      const json = JSON.stringify(JSON.stringify(value.schema));
      lines.push(`export const ${name} = /* @__PURE__ */ lazyCheck(${json});`);
    }
  }
  return [...lines, `export { ${others.join(', ')} } from '${PROTOCOL}';`].join('\n');
}
