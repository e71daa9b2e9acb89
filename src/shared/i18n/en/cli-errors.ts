/** Errors of the command line itself. */
export const cliErrors = {
  CLI_USAGE: {
    title: 'That command line cannot be carried out',
    body: '{{reason}}',
    fix: 'See {{help}}',
  },
  CLI_INPUT: {
    title: '{{source}} cannot be used',
    body: 'The input {{reason}}.',
    fix: 'Give another one and run the command again.',
  },
  GATEWAY_CREDENTIAL_NEEDED: {
    title: 'The Gateway asks for a token or a password',
    body: '{{url}} got neither: {{reason}}.',
    fix: 'Give --token-file or --password-file.',
  },
  TUNNEL_DOWN: {
    title: 'The tunnel is not up',
    body: 'Nothing listens at {{url}}, where the tunnel should end: {{reason}}.',
    fix: 'Run: chela connect',
  },
  RUN_FAILED: {
    title: 'The Gateway could not answer',
    body: 'The run ended with: {{reason}}.',
    fix: 'See chela logs, then try again.',
  },
  RUN_ABORTED: {
    title: 'The answer was stopped',
    body: 'Somebody aborted the run before it was done.',
    fix: 'Send the message again if you still want the answer.',
  },
  NOT_FOUND_THERE: {
    title: 'The Gateway knows no “{{wanted}}”',
    body: '{{reason}}.',
    fix: 'See {{see}}',
  },
  AMBIGUOUS: {
    title: '“{{wanted}}” could be more than one',
    body: 'These go by that name: {{ids}}.',
    fix: 'Name it by its whole id; see {{see}}',
  },
  NOT_CHOSEN: {
    title: 'Nothing was approved',
    body: 'The newest request is {{requestId}}, of {{name}}, which asks for {{asks}}.',
    fix: 'If that is yours, run: {{approve}} {{requestId}}, or with --latest',
  },
  NOTHING_PENDING: {
    title: 'Nothing waits for approval',
    body: 'Nobody asks to be let in at the moment. Requests go away after a few minutes.',
    fix: 'Let the device or node connect again, then see {{see}}',
  },
  NOT_HEALTHY: {
    title: 'The Gateway says that it is not well',
    body: 'It answered at {{url}}, and reports a problem of its own.',
    fix: 'See chela health --json and chela logs.',
  },
};

export const cliCauses = {
  CLI_INPUT: {
    absent: 'is not there: no such file',
    forbidden: 'may not be read by you',
    directory: 'is a folder, not a file',
    unreadable: 'could not be read ({{errno}})',
    tooLarge: 'is larger than {{limit}} bytes',
    binary: 'is not text in UTF-8',
    empty: 'is empty',
    lines: 'has more than one line; a secret is one line',
    control: 'has control characters in it',
    terminal: 'would be typed in plain sight: standard input is a terminal. Pipe it in',
    twice: 'is given in two ways; give one',
    both: 'is a token and a password at once; give one',
    urlScheme:
      'has to start with wss://, or with ws:// for this computer, such as wss://studio.example:18789',
    urlShape: 'is not written like a URL such as wss://studio.example:18789',
    urlSecret:
      'carries a user name, a token or a password. Those have options of their own, and a URL ends up in logs',
    notJson: 'is not JSON',
    notObject: 'is JSON, but not an object such as {"limit": 5}',
  },
  GATEWAY_CREDENTIAL_NEEDED: {
    urlFlagBare: 'with --url nothing secret is sent but what you give for it, and nothing was given',
    otherHost:
      'the URL entered in Chela is another host’s than gateway.remote.url, so {{withheld}} stayed here',
    urlFlag: 'with --url nothing secret is sent but what you give for it, so {{withheld}} stayed here',
    urlEnv: 'with OPENCLAW_GATEWAY_URL only secrets of the environment are sent, so {{withheld}} stayed here',
    strictRemote: 'status and probe of a remote Gateway take its own token only, so {{withheld}} stayed here',
    nothing: 'none is set for it',
  },
  TUNNEL_DOWN: {
    noApp: 'Chela, which keeps the tunnel to {{target}}, is not running',
    appRuns: 'Chela is running, but its tunnel to {{target}} is down; see chela tunnel status',
    foreign: 'whoever keeps this tunnel has not opened it',
  },
  NOT_FOUND_THERE: {
    device: 'No paired device has that id or name',
    node: 'No node has that id or name',
    request: 'No such request is pending; it may have expired or been decided',
  },
};
