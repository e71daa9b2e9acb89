export const cli = {
  description: 'Chat with an OpenClaw Gateway that runs on another machine.',
  options: {
    dataDir: 'where Chela keeps its files',
    json: 'print JSON',
    port: 'port on 127.0.0.1 (default: settings, OPENCLAW_GATEWAY_PORT, openclaw.json, 18789)',
  },
  status: {
    description: 'where the Gateway runs and whether it answers',
    runsLocal: 'OpenClaw runs: Local (this computer)',
    runsRemote: 'OpenClaw runs: Remote over SSH ({{target}})',
    gateway: 'Gateway: {{url}}',
    answers: '● {{version}} answers in {{rtt}} ms, signed in by {{method}}',
    fix: 'Fix: {{fix}}',
  },
  gateway: {
    description: 'the embedded Gateway',
    run: 'run the embedded Gateway until Ctrl+C',
    listening: 'The Gateway listens on {{url}}',
    token: 'Its token is in {{file}}',
    tokenConfigured: 'Its token is the one you configured.',
    stopping: 'Stopping …',
  },
};
