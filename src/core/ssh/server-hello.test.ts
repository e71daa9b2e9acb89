import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseServerHello } from './server-hello.ts';

function kexInit(...lists: string[]): Buffer {
  const fields = lists.flatMap((list) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(list.length);
    return [length, Buffer.from(list)];
  });
  const head = Buffer.alloc(22);
  head[5] = 20;
  return Buffer.concat([head, ...fields]);
}

const lists = ['a,b', 'ssh-ed25519', 'c1', 'c2', 'm1', 'm2', 'none', 'none,zlib'];

describe('what a server says before encryption', () => {
  it('reads its offer, after lines that are allowed before the identification', () => {
    const bytes = Buffer.concat([Buffer.from('welcome\r\nSSH-2.0-OpenSSH_9.2\r\n'), kexInit(...lists)]);
    expect(parseServerHello(bytes)).toEqual({
      kind: 'ssh',
      ident: 'SSH-2.0-OpenSSH_9.2',
      offer: {
        kex: ['a', 'b'],
        hostKey: ['ssh-ed25519'],
        cipher: ['c1'],
        mac: ['m1'],
        compression: ['none'],
      },
    });
  });

  it.each([
    ['', { kind: 'silent' }],
    ['HTTP/1.1 400 Bad Request\r\n', { kind: 'notSsh' }],
    ['SSH-2.0-unfinished', { kind: 'cut' }],
    ['SSH-1.5-old\n', { kind: 'ssh', ident: 'SSH-1.5-old', offer: null }],
    ['Exceeded MaxStartups\r\n', { kind: 'busy', text: 'Exceeded MaxStartups' }],
    ['Not allowed at this time\r\n', { kind: 'busy', text: 'Not allowed at this time' }],
  ])('tells %j apart', (text, hello) => {
    expect(parseServerHello(Buffer.from(text))).toEqual(hello);
  });

  it('survives any bytes, whole or cut off', () => {
    const whole = Buffer.concat([Buffer.from('SSH-2.0-x\r\n'), kexInit(...lists)]);
    for (let end = 0; end <= whole.length; end++) parseServerHello(whole.subarray(0, end));
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        parseServerHello(Buffer.from(bytes));
        parseServerHello(Buffer.concat([Buffer.from('SSH-2.0-x\r\n'), Buffer.from(bytes)]));
      }),
    );
  });
});
