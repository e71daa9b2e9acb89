import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { sshArguments } from './arguments.ts';
import { answerOne } from './askpass-windows.ts';
import { describeByWords, describeEnd } from './failures.ts';
import { findSsh } from './find-ssh.ts';
import { createOutputReader } from './output.ts';
import { classifyPrompt } from './prompts.ts';
import { createPacketSplitter, readWire, writeWire } from './wire.ts';

describe('what ssh asks', () => {
  it('whether a host is to be trusted', () => {
    const text = [
      "The authenticity of host '[gateway.example]:2222 ([192.0.2.7]:2222)' can't be established.",
      'ED25519 key fingerprint is SHA256:Zr4QJd0Zk0oI1rP9m7S5uQ0Z8C2h3Yw1yq8xV5r7abc.',
      'This key is not known by any other names.',
      'Are you sure you want to continue connecting (yes/no/[fingerprint])? ',
    ].join('\n');
    expect(classifyPrompt(text, 'text')).toEqual({
      kind: 'hostKey',
      host: 'gateway.example',
      port: 2222,
      keyType: 'ssh-ed25519',
      fingerprint: 'SHA256:Zr4QJd0Zk0oI1rP9m7S5uQ0Z8C2h3Yw1yq8xV5r7abc',
      takesFingerprint: true,
    });
  });

  it('the same, cut after its first line as batch files do', () => {
    const text = "The authenticity of host 'gateway.example (192.0.2.7)' can't be established.";
    expect(classifyPrompt(text, 'text')).toEqual({
      kind: 'hostKey',
      host: 'gateway.example',
      port: 22,
      takesFingerprint: false,
    });
  });

  it.each([
    [
      "Enter passphrase for key '/home/a b/.ssh/id': ",
      'text',
      { kind: 'passphrase', identityFile: '/home/a b/.ssh/id' },
    ],
    [
      "ann@corp@gateway.example's password: ",
      'text',
      { kind: 'password', user: 'ann@corp', host: 'gateway.example' },
    ],
    [
      '(ann@gateway.example) Verification code: ',
      'text',
      { kind: 'other', text: 'Verification code:', echo: false },
    ],
    [
      'Enter PIN for ED25519-SK key /home/a/.ssh/id_sk: ',
      'text',
      { kind: 'other', text: 'Enter PIN for ED25519-SK key /home/a/.ssh/id_sk:', echo: false },
    ],
    [
      'Confirm user presence for key ED25519-SK SHA256:abc',
      'none',
      { kind: 'presence', text: 'Confirm user presence for key ED25519-SK SHA256:abc' },
    ],
    [
      'Add key /home/a/.ssh/id (a@b) to agent?',
      'confirm',
      { kind: 'other', text: 'Add key /home/a/.ssh/id (a@b) to agent?', echo: true },
    ],
  ])('%s', (text, hint, prompt) => {
    expect(classifyPrompt(text, hint)).toEqual(prompt);
  });
});

describe('the pipe of the Windows askpass', () => {
  const over = async (line: string, answer: (text: string, hint: string) => Promise<string | null>) => {
    const server = createServer((socket) => answerOne(socket, answer)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    socket.write(line);
    let received = '';
    for await (const chunk of socket) received += String(chunk);
    server.close();
    return received;
  };

  it('takes a prompt with its hint and gives one line', async () => {
    const prompt = "Enter passphrase for key 'C:\\é': ";
    const asked: string[] = [];
    const line = `text ${Buffer.from(prompt).toString('base64')}\r\n`;
    const received = await over(line, async (text, hint) => {
      asked.push(text, hint);
      return 'pass wörd\nand more';
    });
    expect(asked).toEqual([prompt, 'text']);
    expect(received).toBe('pass wörd\n');
  });

  it('hangs up where there is no answer', async () => {
    expect(await over('text \n', () => Promise.reject(new Error('no')))).toBe('');
  });
});

describe('R7 what ssh said, in our words', () => {
  const facts = { step: 'tcp', hostKey: null, offered: [], user: null, destination: null } as const;
  const end = {
    host: 'gw',
    port: 22,
    user: 'ann',
    facts,
    timeoutMs: 9000,
    exitCode: 255,
    offline: () => false,
  };
  it.each([
    ['ssh: Could not resolve hostname gw: Name or service not known', 'SSH_HOST_NOT_FOUND', false],
    ['ssh: Could not resolve hostname gw: Temporary failure in name resolution', 'SSH_HOST_NOT_FOUND', true],
    [
      'ssh: Could not resolve hostname gw: nodename nor servname provided, or not known',
      'SSH_HOST_NOT_FOUND',
      false,
    ],
    ['ssh: connect to host gw port 22: Connection refused', 'SSH_REFUSED', true],
    ['ssh: connect to host gw port 22: Connection timed out', 'SSH_TIMEOUT', true],
    ['ssh: connect to host gw port 22: Operation timed out', 'SSH_TIMEOUT', true],
    ['ssh: connect to host gw port 22: No route to host', 'SSH_UNREACHABLE', true],
    ['ssh: connect to host gw port 22: Network is unreachable', 'SSH_UNREACHABLE', true],
    [
      'Connection timed out during banner exchange\nConnection to 192.0.2.1 port 22 timed out',
      'SSH_TIMEOUT',
      true,
    ],
    ['kex_exchange_identification: Connection closed by remote host', 'SSH_BUSY', true],
    ['kex_exchange_identification: read: Connection reset by peer', 'SSH_BUSY', true],
    ['Connection reset by 192.0.2.1 port 22', 'SSH_CLOSED', true],
    ['banner exchange: Connection to 192.0.2.1 port 80: invalid format', 'SSH_NOT_SSH', false],
    [
      'No ED25519 host key is known for gw and you have requested strict checking.\nHost key verification failed.',
      'SSH_HOST_KEY_UNKNOWN',
      false,
    ],
    ['ann@gw: Permission denied (publickey,password).', 'SSH_NO_KEY', false],
    ['Received disconnect from 192.0.2.1 port 22:2: Too many authentication failures', 'SSH_NO_KEY', false],
    ['/home/a/.ssh/config: line 3: Bad configuration option: foo', 'SSH_CONFIG_INVALID', false],
    ['Bad owner or permissions on /home/a/.ssh/config', 'SSH_CONFIG_INVALID', false],
    ['something new', 'OPENSSH_FAILED', false],
    ['', 'OPENSSH_FAILED', false],
  ])('%s', (text, code, retryable) => {
    expect(describeByWords({ ...end, text })).toMatchObject({ code, retryable });
  });

  it('a name that is not found without a network may be found with one', () => {
    const text = 'ssh: Could not resolve hostname gw: Name or service not known';
    expect(describeByWords({ ...end, text, offline: () => true }).retryable).toBe(true);
  });

  it('a jump host is named where it is the trouble', () => {
    const text =
      'ssh: connect to host jump port 2222: Connection refused\nConnection closed by UNKNOWN port 65535';
    expect(describeByWords({ ...end, text }).details).toMatchObject({ host: 'jump', port: 2222 });
  });

  it.each([
    ['Timeout, server gw not responding.', 'silent'],
    ['client_loop: send disconnect: Broken pipe', 'reset'],
    ['Connection to gw closed by remote host.', 'closed'],
    ['', 'closed'],
  ])('a loss: %s', (text, cause) => {
    expect(describeEnd(text, end)).toMatchObject({ code: 'SSH_CLOSED', details: { cause } });
  });
});

describe('the log of ssh -v', () => {
  it('tells steps, keys and the user, in whatever pieces it comes', () => {
    const log = [
      'OpenSSH_9.2p1 Debian-2, OpenSSL 3.0.19',
      'debug1: Connecting to gw [192.0.2.1] port 22.',
      "debug1: Authenticating to gw:22 as 'ann'",
      'debug1: Server host key: ssh-ed25519 SHA256:abc',
      'debug1: SSH2_MSG_NEWKEYS received',
      'debug1: Offering public key: /home/a/.ssh/id_rsa RSA SHA256:def agent',
      'debug1: Offering public key: /home/a b/id ED25519 SHA256:ghi explicit',
      'debug1: Next authentication method: password',
      'Permission denied, please try again.',
      '',
    ].join('\r\n');
    for (const size of [1, 7, 1000]) {
      const reader = createOutputReader();
      for (let at = 0; at < log.length; at += size) reader.feed(log.slice(at, at + size));
      expect(reader.facts()).toEqual({
        step: 'authentication',
        hostKey: { keyType: 'ssh-ed25519', fingerprint: 'SHA256:abc' },
        offered: ['agent: /home/a/.ssh/id_rsa', '/home/a b/id', 'password'],
        user: 'ann',
        destination: { host: 'gw', port: 22 },
      });
      expect(reader.tail()).toBe('Permission denied, please try again.');
    }
  });

  it('keeps the last 4096 characters', () => {
    const reader = createOutputReader();
    for (let n = 0; n < 1000; n++) reader.feed(`line ${n}\n`);
    expect(reader.tail().length).toBeLessThanOrEqual(4096);
    expect(reader.tail()).toMatch(/line 999$/);
  });
});

describe('the command line', () => {
  const options = {
    host: 'gw',
    hostKeyPolicy: 'strict' as const,
    connectTimeoutMs: 1500,
    keepaliveIntervalMs: 5000,
    keepaliveCountMax: 3,
  };
  it('names the target after --, and a key only when one was picked', () => {
    const args = sshArguments(options, { kind: 'master', controlPath: '/t/c' });
    expect(args.slice(-2)).toEqual(['--', 'gw']);
    expect(args).toContain('ConnectTimeout=2');
    expect(args.join(' ')).not.toMatch(/IdentitiesOnly|-i |-p |-l /);
    const picked = sshArguments(
      { ...options, identityFile: '/k', port: 2222, user: 'ann' },
      { kind: 'master', controlPath: '/t/c' },
    );
    expect(picked.join(' ')).toMatch(/-o IdentitiesOnly=yes .*-p 2222 -l ann -i \/k -N -T -n -- gw$/);
  });

  it('leaves host keys to the configuration where the policy is the system’s', () => {
    const args = sshArguments(
      { ...options, hostKeyPolicy: 'openssh' },
      { kind: 'master', controlPath: '/t/c' },
    );
    expect(args.join(' ')).not.toContain('StrictHostKeyChecking');
  });

  it('forwards loopback ports where there are no control sockets', () => {
    const args = sshArguments(options, {
      kind: 'forwards',
      forwards: [{ localPort: 50000, remotePort: 18789 }],
    });
    expect(args).toContain('127.0.0.1:50000:127.0.0.1:18789');
    expect(args).not.toContain('ClearAllForwardings=yes');
  });
});

describe('where ssh is', () => {
  const having = (...files: string[]) => ({ isExecutable: async (file: string) => files.includes(file) });
  it.each([
    ['linux', { PATH: '.:/opt/bin:/usr/bin' }, ['/opt/bin/ssh', '/usr/bin/ssh'], '/opt/bin/ssh'],
    ['linux', { PATH: '' }, ['/usr/bin/ssh'], '/usr/bin/ssh'],
    ['darwin', { PATH: '/opt/homebrew/bin' }, ['/opt/homebrew/bin/ssh', '/usr/bin/ssh'], '/usr/bin/ssh'],
    [
      'win32',
      { Path: 'C:\\Git\\bin', SystemRoot: 'C:\\Windows' },
      ['C:\\Git\\bin\\ssh.exe'],
      'C:\\Git\\bin\\ssh.exe',
    ],
    [
      'win32',
      { Path: 'C:\\Git\\bin', SystemRoot: 'D:\\W' },
      ['C:\\Git\\bin\\ssh.exe', 'D:\\W\\System32\\OpenSSH\\ssh.exe'],
      'D:\\W\\System32\\OpenSSH\\ssh.exe',
    ],
  ] as const)('%s %o', async (platform, env, files, found) => {
    expect(await findSsh({ platform, env, ...having(...files) })).toBe(found);
  });

  it('nowhere', async () => {
    await expect(findSsh({ platform: 'linux', env: {}, ...having() })).rejects.toMatchObject({
      error: { code: 'OPENSSH_MISSING' },
    });
  });
});

describe('packets', () => {
  it('come out whole, however they were cut', () => {
    const sent = ['', 'a', 'packet', 'x'.repeat(5000)];
    const stream = Buffer.concat(sent.map((text) => writeWire().text(text).packet()));
    for (const size of [1, 3, 4, 5, 1000, stream.length]) {
      const received: string[] = [];
      const split = createPacketSplitter(10_000, (body) => received.push(readWire(body).text()));
      for (let at = 0; at < stream.length; at += size) split(stream.subarray(at, at + size));
      expect(received).toEqual(sent);
    }
  });

  it('that are too long, or shorter than they say, are refused', () => {
    const split = createPacketSplitter(100, () => {});
    expect(() => split(Buffer.from([0, 0, 1, 0, 0]))).toThrow(RangeError);
    expect(() => readWire(Buffer.from([0, 0, 0, 9, 65])).text()).toThrow(RangeError);
  });
});
