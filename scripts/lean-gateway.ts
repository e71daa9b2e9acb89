import * as protocol from '@openclaw/gateway-protocol';
import { Build } from 'typebox/schema';
import type { Plugin } from 'vite';
import { inSource } from './in-source.ts';

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

const leanModule = (name: string) => JSON.stringify(inSource(`gateway/lean/${name}.ts`));
const PROTOCOL = '@openclaw/gateway-protocol';
/** Whoever makes a schema does nothing else, so what nobody uses may fall away. */
const SCHEMA_CALL = /(?<!function )\b(?:Type\.[A-Z]\w*|[a-z]\w*(?:Object|Schema|Since))\((?![^\n]*\) \{$)/gm;
const PURE = '/* @__PURE__ */ $&';
const PROTOCOL_ID = '\0lean:gateway-protocol';

const SCHEMAS = /^typebox(?:\/compile|\/value)?$/;
const SCHEMAS_ID = '\0lean:schemas';
/** For the few that do not fall away and that nobody reads either: the package that makes them is as large as the rest. */
const noSchemas = `export const Type = new Proxy({}, { get: () => () => ({ anyOf: [], properties: {} }) });
  export const Value = {};
  export const Compile = () => { throw new Error('the built Gateway makes no schemas'); };`;

/**
 * Makes the start of the built Gateway quick and small; what it does is the same.
 *
 * The published package builds some thousand schemas when it is imported, and each `Type.Optional` clones what is in it.
 * Here every validator is the code that its schema compiles to.
 */
export function leanGateway(): Plugin {
  return {
    name: 'lean-gateway',
    enforce: 'pre',
    resolveId(source, importer) {
      if (HTTP.test(source)) return HTTP_ID;
      if (SCHEMAS.test(source) && importer?.includes(`/${PROTOCOL}/dist/`)) return SCHEMAS_ID;
      return source === PROTOCOL && importer !== PROTOCOL_ID ? PROTOCOL_ID : null;
    },
    load(id) {
      if (id === HTTP_ID) return httpModule();
      if (id === SCHEMAS_ID) return noSchemas;
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
  const lines = [
    `import { lazyCheck } from ${leanModule('lazy-check')};`,
    `import { precompiledCheck } from ${leanModule('precompiled-check')};`,
  ];
  const others: string[] = [];
  for (const [name, value] of Object.entries(protocol)) {
    if (isPlainValidator(name, value)) lines.push(`export const ${name} = ${checkExpression(value.schema)};`);
    else others.push(name);
  }
  return [...lines, `export { ${others.join(', ')} } from '${PROTOCOL}';`].join('\n');
}

/** The source text of a validator, for a module that imports both of `lean/`. */
export function checkExpression(schema: object): string {
  const json = JSON.stringify(JSON.stringify(schema));
  const code = checkCode(schema);
  return code === null
    ? `/* @__PURE__ */ lazyCheck(${json})`
    : `/* @__PURE__ */ precompiledCheck(${json}, ({ Guard, Hashing }) => { ${code} })`;
}

/** The body of a function that returns the check; null where it would call more of its compiler than `Guard` and `Hashing`. */
export function checkCode(schema: object): string | null {
  const build = Build(JSON.parse(JSON.stringify(schema)) as object);
  const { identifier, variables } = build.External();
  const code = build.Evaluate().Code();
  const canStandAlone =
    !/\b(?:Format|CheckContext)\b/.test(code) && variables.every((variable) => variable instanceof RegExp);
  return canStandAlone ? `const ${identifier} = [${variables.join(', ')}]; ${code};` : null;
}
