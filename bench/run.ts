// `npm run bench -- <name> [--short] [--json]`: both sides in one run, interleaved, median (min-max) and ratios.
import { parseArgs } from 'node:util';
import { benchCli } from './cli/cli.ts';
import { benchGateway } from './gateway/gateway.ts';
import { printReport, type Report } from './report.ts';
import { benchTunnel } from './tunnel/tunnel.ts';
import { benchWebchat } from './webchat/webchat.ts';

const benches: Record<string, (options: { short: boolean; say: (line: string) => void }) => Promise<Report>> =
  {
    cli: benchCli,
    gateway: benchGateway,
    tunnel: benchTunnel,
    webchat: benchWebchat,
  };

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { short: { type: 'boolean', default: false }, json: { type: 'boolean', default: false } },
});
const [name = ''] = positionals;
const bench = benches[name];
if (!bench) {
  console.error(
    `usage: npm run bench -- <name> [--short] [--json]\nnames: ${Object.keys(benches).join(', ')}`,
  );
  process.exit(2);
}
const report = await bench({ short: values.short, say: (line) => console.error(line) });
if (values.json) console.log(JSON.stringify(report));
else printReport(report);
process.exit(0);
