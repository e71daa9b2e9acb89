export const approvals = {
  label: 'Commands that wait for you',
  title: 'Run this command?',
  command: 'Command',
  host: 'Runs on',
  gateway: 'the Gateway',
  directory: 'Directory',
  agent: 'Agent',
  expires: 'expires in {{clock}}',
  'allow-once': 'Allow once',
  'allow-always': 'Always allow',
  deny: 'Deny',
  offline: 'You can decide when Chela is connected again.',
};
