/** Which Gateway this computer runs in Local mode. */
export const localGateway = {
  label: 'Gateway',
  auto: 'Automatic',
  embedded: 'Chela’s own',
  openclaw: 'OpenClaw',
  autoBody: 'Uses a Gateway that runs here already; where none does, Chela starts its own.',
  embeddedBody: 'Always the small one that Chela brings along. Chela uses no other.',
  openclawBody:
    'Uses an OpenClaw that runs here already; where none does, Chela starts the one that is installed and keeps it running.',
  option: 'which Gateway local runs: auto, embedded or openclaw',
  example: 'the installed OpenClaw, kept running by Chela',
  invalid: 'The Gateway is auto, embedded or openclaw, not “{{gateway}}”.',
  needsLocal: '--gateway goes with local.',
  is: 'Gateway here: {{gateway}} ({{origin}})',
};

export const localGatewayErrors = {
  OPENCLAW_NOT_INSTALLED: {
    title: 'OpenClaw is not installed on this computer',
    body: 'There is no “openclaw” on the PATH, nor where npm, pnpm, bun, Volta, nvm and Homebrew put it.',
    fix: 'Install it (npm install -g openclaw), or choose Chela’s own Gateway in Settings.',
  },
  OPENCLAW_NEEDS_NODE: {
    title: 'OpenClaw needs another Node',
    body: 'It asks for Node {{needs}}, and none of the Nodes on the PATH is that.',
    fix: 'Install such a Node, then try again.',
  },
  OPENCLAW_CONFIG_REFUSED: {
    title: 'OpenClaw does not start with its configuration',
    body: 'It ended with code 78, and “openclaw doctor --fix” did not help.',
    fix: 'Run “openclaw doctor” in a terminal and correct what it names, then try again.',
  },
  OPENCLAW_STOPPED: {
    title: 'OpenClaw was stopped',
    body: 'It ended in good order, and not because Chela asked.',
    fix: 'Try again to start it.',
  },
};
