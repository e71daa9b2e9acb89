import { z } from 'zod';
import { gatewayConfigSchema } from '../src/gateway/options.ts';
import { checkCode } from './lean-gateway.ts';

/** Addresses that need no look at the rules for URLs; `z.url` takes each of them. */
const LABEL = '[a-z0-9]+(-[a-z0-9]+)*';
const PLAIN_URL = `^https?://(127\\.0\\.0\\.1|localhost|(${LABEL}\\.)+[a-z]{2,})(:[0-9]{1,4})?(/[A-Za-z0-9._~-]+)*$`;
/** One character each, whoever counts. */
const PLAIN_TEXT = '^[ -~]*$';

/**
 * The source text of a function that knows options to be right as they are, without zod. It knows only plain ones: what it
 * does not take is for the schema to judge, and what it takes the schema returns unchanged.
 */
export function plainOptionsCheck(): string {
  const schema = z.toJSONSchema(gatewayConfigSchema, {
    target: 'draft-2020-12',
    io: 'output',
    unrepresentable: 'throw',
    override({ jsonSchema }) {
      if (jsonSchema.format === 'uri') {
        delete jsonSchema.format;
        jsonSchema.pattern = PLAIN_URL;
      } else if (jsonSchema.maxLength !== undefined && jsonSchema.pattern === undefined) {
        jsonSchema.pattern = PLAIN_TEXT;
      }
    },
  });
  const { $schema: _, ...plain } = schema;
  const code = checkCode(plain);
  if (code === null) throw new Error('the options of a Gateway have a part that no plain check can know');
  // The only lengths in there are "at least one" and of plain text.
  const guard =
    '{ IsMinLength: (text, least) => text.length >= least, IsMaxLength: (text, most) => text.length <= most }';
  return `/* @__PURE__ */ ((Guard) => { ${code} })(${guard})`;
}
