import { expect, it } from 'vitest';
import { withoutOurVariables } from './child-environment.ts';

it('a program that is not ours gets nothing of ours, in any case Windows spells it in (R17)', () => {
  const theirs = {
    PATH: '/bin',
    SSH_AUTH_SOCK: '/s',
    AWS_SESSION_TOKEN: 'theirs',
    MY_OPENCLAW_: 'x',
    NODE_ENV: 'x',
  };
  const ours = {
    OPENCLAW_GATEWAY_TOKEN: 's',
    OPENCLAW_GATEWAY_PASSWORD: 's',
    OPENCLAW_GATEWAY_URL: 's',
    OpenClaw_Gateway_Token: 's',
    OPENCLAW_MY_SECRET: 's',
    CHELA_TOKEN: 's',
    ELECTRON_RUN_AS_NODE: '1',
    NODE_OPTIONS: '--inspect',
    NODE_CHANNEL_FD: '3',
  };
  expect(withoutOurVariables({ ...theirs, ...ours })).toEqual(theirs);
});
