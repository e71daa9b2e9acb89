import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findSystemNode } from './system-node.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'chela-node-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

function nodeThatSays(version: string): void {
  writeFileSync(join(dir, 'node'), `#!/bin/sh\necho ${version}\n`);
  chmodSync(join(dir, 'node'), 0o755);
}

describe('the Node that a linked command runs on', () => {
  it.each([
    ['v22.12.0', { tag: 'good', version: '22.12.0' }],
    ['v24.1.0', { tag: 'good', version: '24.1.0' }],
    ['v22.11.9', { tag: 'old', version: '22.11.9' }],
    ['v20.20.2', { tag: 'old', version: '20.20.2' }],
    ['nonsense', { tag: 'missing' }],
  ])('%s is %o', async (version, found) => {
    nodeThatSays(version);
    expect(await findSystemNode({ PATH: dir })).toEqual(found);
  });

  it('is missing where PATH has none', async () => {
    expect(await findSystemNode({ PATH: dir })).toEqual({ tag: 'missing' });
  });
});
