import { expect, it } from 'vitest';
import { parseWebArguments } from './arguments.ts';

it.each([
  [[], { tag: 'run', options: { opensBrowser: true } }],
  [['--no-open'], { tag: 'run', options: { opensBrowser: false } }],
  [
    ['--port', '8080', '--data-dir', '/d'],
    { tag: 'run', options: { opensBrowser: true, port: 8080, dataDir: '/d' } },
  ],
  [['--profile', 'work'], { tag: 'run', options: { opensBrowser: true, profile: 'work' } }],
  [['--profile', '../work'], { tag: 'badProfile', profile: '../work' }],
  [['--port=1'], { tag: 'run', options: { opensBrowser: true, port: 1 } }],
  [['--port', '0'], { tag: 'badPort' }],
  [['--port', '65536'], { tag: 'badPort' }],
  [['--port', '8e3'], { tag: 'badPort' }],
  [['--port', 'http'], { tag: 'badPort' }],
  [['--port'], { tag: 'unknown', argument: '--port' }],
  [['--nonsense'], { tag: 'unknown', argument: '--nonsense' }],
  [['stray'], { tag: 'unknown', argument: 'stray' }],
  [['--help'], { tag: 'help' }],
  [['-v'], { tag: 'version' }],
])('%j', (args, expected) => {
  expect(parseWebArguments(args)).toEqual(expected);
});
