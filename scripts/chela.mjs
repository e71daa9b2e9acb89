// `npm run --silent chela -- <args>`: the command line of this checkout.
import { join } from 'node:path';
import { become, ensureBuilt, ensureInstalled, node24, root } from './prepare.mjs';

ensureInstalled();
ensureBuilt();
become(node24, [join(root, 'out', 'main', 'cli.js'), ...process.argv.slice(2)], {
  cwd: process.env.INIT_CWD ?? process.cwd(),
});
